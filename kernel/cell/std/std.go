// Package std holds the types and the documentation of the Go standard
// library, and of the goherd packages that cells import, inside the binary:
// go/types and the editing help work on a machine without a Go toolchain.
//
// It is data, not code: nothing here runs a package or knows the interpreter's
// bindings, and third-party modules are not in it.
//
// The data is that of linux/amd64 without cgo, everywhere. The standard
// library's exported API differs between platforms in syscall (and in
// runtime/cgo, which is absent): a cell that uses a linux-only name of syscall
// passes the type check on another system, and the interpreter, whose bindings
// are the platform's own, reports it. Everything else is the same on all.
//
// Packages are stored compressed one by one and decoded when asked for. Only
// decoded types are kept, by their [Importer]; the archive itself lies in the
// binary's read-only pages.
package std

import (
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/goherd/goherd/kernel/cell/std/internal/archive"
)

//go:generate go run ./gen -o std.bin

//go:embed std.bin
var data string

// ErrNotFound is wrapped by the error for an import path that isn't in the
// archive.
var ErrNotFound = errors.New("not in the standard library")

// Package describes one importable package.
type Package struct {
	Path     string // import path
	Name     string // name in the package clause
	Synopsis string // first sentence of its documentation
}

type index struct {
	version string
	pkgs    []archive.Package
	byPath  map[string]int
	public  []Package // importable ones, sorted by path
	byName  map[string][]string
}

// load parses the index, once. It panics if the archive is broken: the tests
// of this package would have failed.
var load = sync.OnceValue(func() *index {
	version, pkgs, err := archive.Decode(data)
	if err != nil {
		panic(err)
	}
	x := &index{version: version, pkgs: pkgs, byPath: make(map[string]int, len(pkgs))}
	for i, p := range pkgs {
		x.byPath[p.Path] = i
		if p.Path != "builtin" && !hidden[p.Path] {
			x.public = append(x.public, Package{Path: p.Path, Name: p.Name, Synopsis: p.Synopsis})
		}
	}
	x.byName = names(x.public)
	return x
})

// Version is the Go release whose library this is, such as "go1.26.8".
func Version() string { return load().version }

// Packages lists the importable packages sorted by import path. The slice is
// shared; don't change it. Safe for concurrent use.
func Packages() []Package { return load().public }

// find gives the compressed parts of a package.
func (x *index) find(path string) (archive.Package, error) {
	i, ok := x.byPath[path]
	if !ok {
		return archive.Package{}, fmt.Errorf("package %s is %w", path, ErrNotFound)
	}
	return x.pkgs[i], nil
}

// unpack decompresses one part. The decoder isn't kept: it is made in
// microseconds and would hold more memory than the data.
func unpack(part string) ([]byte, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	return dec.DecodeAll([]byte(part), nil)
}
