package module

import (
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	sources "github.com/goherd/goherd/runtime"
)

// Goherd's generic packages run from their source, as those of modules do, so that their type
// arguments can be types of the session. They need no go command, and no %get.

// home is the import path of the folder that goherd's own packages are below of.
const home = "github.com/goherd/goherd/runtime/"

// offeredOwn names what cells import.
const offeredOwn = home + "pool, task, cluster and memory"

// ownPackages lists the packages with what they need, by path.
var ownPackages = sync.OnceValue(func() map[string]*listed { return listOwn(sources.Files) })

// listOwn lists the packages in the folders of files.
func listOwn(files fs.FS) map[string]*listed {
	out := map[string]*listed{}
	names, err := fs.Glob(files, "*/*.go")
	if err != nil {
		panic(err) // of the pattern
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		dir, file := path.Split(name)
		at := home + path.Clean(dir)
		p := out[at]
		if p == nil {
			p = &listed{ImportPath: at, Dir: path.Clean(dir), files: files}
			out[at] = p
		}
		p.GoFiles = append(p.GoFiles, file)
		b, err := p.read(file)
		if err != nil {
			continue // check says so
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, b, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			continue // likewise
		}
		p.Name = f.Name.Name
		if f.Doc != nil {
			p.synopsis = new(doc.Package).Synopsis(f.Doc.Text())
		}
		for _, i := range f.Imports {
			if to, err := strconv.Unquote(i.Path.Value); err == nil && !slices.Contains(p.Imports, to) {
				p.Imports = append(p.Imports, to)
			}
		}
	}
	return out
}

// takeOwn puts goherd's own packages into the set: they stay as they were loaded. s.mu is held, or
// s is new.
func (s *Set) takeOwn() {
	for path, p := range s.own {
		s.listed[path] = p
		if l := s.ownLoaded[path]; l != nil {
			s.loaded[path] = l
			if l.err == nil {
				s.sources[l.pkg] = l.src
			}
		}
	}
}

// keepOwn remembers which of goherd's packages are loaded. s.mu is held.
func (s *Set) keepOwn(fresh map[string]*loading) {
	for path, l := range fresh {
		if s.own[path] != nil {
			s.ownLoaded[path] = l
		}
	}
}

// ownByName returns the import paths of goherd's packages of a name.
func (s *Set) ownByName(name string) (out []string) {
	for path, p := range s.own {
		if p.Name == name {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// ours reports whether a package comes with goherd, whatever a module says: there is one of it, whose types
// compiled code knows.
func (s *Set) ours(path string) bool {
	if !strings.HasPrefix(path, "github.com/goherd/goherd/") {
		return false
	}
	_, err := s.lib.Import(path)
	return s.own[path] != nil || err == nil
}
