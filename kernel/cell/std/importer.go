package std

import (
	"bytes"
	"fmt"
	"go/token"
	"go/types"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
)

// Importer implements [types.Importer] over the embedded archive. All packages
// of one importer share their types: the io.Reader that bufio mentions is that
// of io, in whatever order they are imported. Types of two importers are
// different types, so a session needs exactly one.
//
// It may be used by several goroutines; imports take turns. A package that
// Import has returned may be read while another is being imported.
//
// A first import decodes the package and what its API refers to, about
// half a millisecond for fmt and 3 ms for net/http; the decoded types stay in
// memory: about 1 MB for net/http, 7 MB for the whole library.
type Importer struct {
	mu   sync.Mutex
	fset *token.FileSet
	pkgs map[string]*types.Package // also incomplete ones, known by reference only
}

// NewImporter makes an importer that has decoded nothing yet.
func NewImporter() *Importer {
	return &Importer{
		fset: token.NewFileSet(), // stays empty: the archive has no positions
		pkgs: map[string]*types.Package{"unsafe": types.Unsafe},
	}
}

// Import returns the types of a package. The error wraps [ErrNotFound] if
// there is no such package.
func (i *Importer) Import(path string) (*types.Package, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if p := i.pkgs[path]; p != nil && p.Complete() {
		return p, nil
	}
	entry, err := load().find(path)
	if err != nil {
		return nil, err
	}
	if entry.Types == "" {
		return nil, fmt.Errorf("package %s is documentation and can't be imported", path)
	}
	raw, err := unpack(entry.Types)
	if err != nil {
		return nil, fmt.Errorf("type data of %s: %w", path, err)
	}
	p, err := gcexportdata.Read(bytes.NewReader(raw), i.fset, i.pkgs, path)
	if err != nil {
		return nil, fmt.Errorf("type data of %s: %w", path, err)
	}
	return p, nil
}
