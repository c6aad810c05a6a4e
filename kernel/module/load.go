package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"go/version"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/goherd/goherd/kernel/cell/lower"
)

// listed is what the go command says of a package.
type listed struct {
	ImportPath, Dir, Name         string
	Standard                      bool
	GoFiles, CgoFiles, EmbedFiles []string
	EmbedPatterns                 []string
	Imports                       []string
	Module                        *module
	Error                         *struct{ Err string }

	files    fs.FS // that Dir is in; nil: the system's
	synopsis string
}

// read returns the contents of a file of the package.
func (p *listed) read(name string) ([]byte, error) {
	if p.files != nil {
		return fs.ReadFile(p.files, path.Join(p.Dir, name))
	}
	return os.ReadFile(filepath.Join(p.Dir, name))
}

type module struct{ Path, Version, GoVersion string }

func (m *module) String() string {
	if m == nil {
		return "no module"
	}
	return m.Path + " " + m.Version
}

// needs returns a package and all that it needs, but the standard library.
func (g *goCommand) needs(ctx context.Context, path string) (map[string]*listed, error) {
	out, err := g.run(ctx, "list", "-e", "-deps", "-tags", tags,
		"-json=ImportPath,Dir,Name,Standard,GoFiles,CgoFiles,EmbedFiles,EmbedPatterns,Imports,Module,Error", "--", path)
	if err != nil {
		return nil, err
	}
	found := map[string]*listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := &listed{}
		err := dec.Decode(p)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("go list -json: %w", err)
		}
		if p.Error != nil {
			if strings.Contains(p.Error.Err, "build constraints exclude all Go files") {
				return nil, fmt.Errorf("package %s has no Go files that can be interpreted here: they need cgo or another system", p.ImportPath)
			}
			return nil, fmt.Errorf("package %s: %w", p.ImportPath, explain("list", strings.Split(p.Error.Err, "\n"), errors.New("it can't be used")))
		}
		if !p.Standard {
			found[p.ImportPath] = p
		}
	}
	return found, nil
}

// know takes over what needs has found for a package. s.mu is held.
func (s *Set) know(path string, found map[string]*listed) error {
	maps.DeleteFunc(found, func(dep string, _ *listed) bool { return s.ours(dep) })
	for dep, p := range found {
		if s.loaded[dep] == nil || p.Dir == s.listed[dep].Dir {
			continue
		}
		return fmt.Errorf("package %s needs %s, and another version of it, %s, is in use: %%reset ends that", path, p.Module, s.listed[dep].Module)
	}
	for dep, p := range found {
		if s.loaded[dep] == nil {
			s.listed[dep] = p
		}
		if m := p.Module; m != nil && s.graph[m.Path] == "" {
			s.graph[m.Path] = m.Version
		}
	}
	return nil
}

// A loading is a package that is, or is being, read and checked.
type loading struct {
	done chan struct{}
	pkg  *types.Package
	err  error
	src  *lower.Source
}

// load reads and checks a package that is listed, and those that it needs, side by side where
// they don't need each other. s.mu is held.
func (s *Set) load(path string) (*types.Package, error) {
	fresh := map[string]*loading{}
	var visit func(path string)
	visit = func(path string) {
		p := s.listed[path]
		if p == nil || s.loaded[path] != nil || fresh[path] != nil {
			return
		}
		fresh[path] = &loading{done: make(chan struct{})}
		for _, i := range p.Imports {
			visit(i)
		}
	}
	visit(path)
	all := map[string]*loading{}
	for path, l := range s.loaded {
		all[path] = l
	}
	for path, l := range fresh {
		all[path] = l
	}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for path, l := range fresh {
		p := s.listed[path]
		wg.Go(func() {
			defer close(l.done)
			for _, i := range p.Imports {
				if dep := all[i]; dep != nil {
					<-dep.done
				}
			}
			slots <- struct{}{}
			defer func() { <-slots }()
			l.src, l.err = s.check(p, all)
			if l.err == nil {
				l.pkg = l.src.Pkg
			}
		})
	}
	wg.Wait()
	for path, l := range fresh {
		s.loaded[path] = l
		if l.err == nil {
			s.sources[l.pkg] = l.src
		}
	}
	s.keepOwn(fresh)
	l := s.loaded[path]
	return l.pkg, l.err
}

// An importer finds the packages that a package imports.
type importer func(path string) (*types.Package, error)

func (i importer) Import(path string) (*types.Package, error) { return i(path) }

// check reads and checks a package whose imports have been checked.
func (s *Set) check(p *listed, all map[string]*loading) (*lower.Source, error) {
	broken := func(format string, args ...any) error {
		return fmt.Errorf("package "+p.ImportPath+" "+format, args...)
	}
	if len(p.GoFiles) == 0 {
		if len(p.CgoFiles) > 0 {
			return nil, broken("needs cgo, and is interpreted")
		}
		return nil, broken("has no Go files for this system")
	}
	src := &lower.Source{Path: p.ImportPath}
	links := map[string]string{}
	mode := parser.SkipObjectResolution
	if len(p.EmbedPatterns) > 0 {
		mode |= parser.ParseComments
	}
	for _, name := range p.GoFiles {
		b, err := p.read(name)
		if err != nil {
			return nil, broken("can't be read: %w", err)
		}
		f, err := parser.ParseFile(s.fset, filepath.Join(p.Dir, name), b, mode)
		if err != nil {
			return nil, broken("has a syntax error: %w", err)
		}
		src.Files = append(src.Files, f)
		linknames(b, links)
	}
	src.Info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Instances: map[*ast.Ident]types.Instance{}, Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		FileVersions: map[*ast.File]string{},
	}
	var first error
	conf := types.Config{
		Sizes: types.SizesFor("gc", runtime.GOARCH),
		Importer: importer(func(path string) (*types.Package, error) {
			if l := all[path]; l != nil {
				return l.pkg, l.err
			}
			return s.lib.Import(path)
		}),
		Error: func(err error) {
			if first == nil {
				first = err
			}
		},
	}
	if p.Module != nil {
		conf.GoVersion = "go1.16" // of a module that doesn't say
		if p.Module.GoVersion != "" {
			conf.GoVersion = "go" + p.Module.GoVersion
		}
	}
	// The first error has come through conf.Error.
	src.Pkg, _ = conf.Check(p.ImportPath, s.fset, src.Files, src.Info)
	if first != nil {
		for _, i := range p.Imports { // it is only one of what another lacks
			if l := all[i]; l != nil && l.err != nil {
				return nil, l.err
			}
		}
		return nil, broken("doesn't compile here: %w", s.place(first))
	}
	src.OldLoops = oldLoops(src)
	src.Link = func(f *types.Func) string { return links[f.Name()] }
	if len(p.EmbedPatterns) > 0 {
		if err := s.embed(p, src); err != nil {
			return nil, broken("%w", err)
		}
	}
	return src, nil
}

// place shortens the file's name in an error of the checker.
func (s *Set) place(err error) error {
	if e := (types.Error{}); errors.As(err, &e) {
		at := e.Fset.Position(e.Pos)
		return fmt.Errorf("%s:%d: %s", filepath.Base(at.Filename), at.Line, e.Msg)
	}
	return err
}

// oldLoops returns which positions are in files of a Go before 1.22, in which the turns of a loop share its
// variables; nil if there are none.
func oldLoops(src *lower.Source) func(token.Pos) bool {
	var old []*ast.File
	for _, f := range src.Files {
		if v := src.Info.FileVersions[f]; v != "" && version.Compare(v, "go1.22") < 0 {
			old = append(old, f)
		}
	}
	if old == nil {
		return nil
	}
	return func(pos token.Pos) bool {
		for _, f := range old {
			if pos >= f.FileStart && pos <= f.FileEnd {
				return true
			}
		}
		return false
	}
}

// linknames notes which functions stand for others: //go:linkname local target.
func linknames(src []byte, links map[string]string) {
	mark := []byte("\n//go:linkname ")
	for {
		i := bytes.Index(src, mark)
		if i < 0 {
			return
		}
		src = src[i+len(mark):]
		line, _, _ := bytes.Cut(src, []byte("\n"))
		if f := strings.Fields(string(line)); len(f) == 2 {
			links[f[0]] = f[1]
		}
	}
}
