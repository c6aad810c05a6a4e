// Package std gives the interpreter the Go standard library: the compiled functions,
// variables, constants and types of every package, as yaegi wants them. What it can't
// give, such as generic functions, is listed with the reason in missing.txt.
//
// It is data about packages and no replacement for any of them: functions that must
// behave differently in a cell are the business of the caller, who lays them over.
// The types that the cell compiler checks against are elsewhere (kernel/cell/std).
//
// The binding of a package is made when it is first loaded. Until then there is only
// code that nobody has run: a process that never interprets pays nothing.
package std

//go:generate go run ./gen

import (
	_ "embed"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/traefik/yaegi/interp"
)

//go:embed missing.txt
var missing string

// Missing returns what the standard library exports and the interpreter has no binding
// for, by import path and name, with the reason. Names that only some platforms lack
// have the platform behind the reason.
func Missing() map[string]map[string]string {
	m := map[string]map[string]string{}
	var names map[string]string
	for line := range strings.Lines(missing) {
		line = strings.TrimSuffix(line, "\n")
		switch name, why, _ := strings.Cut(strings.TrimPrefix(line, "\t"), ": "); {
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			names[name] = why
		default:
			names = map[string]string{}
			m[line] = names
		}
	}
	return m
}

// A pkg is one package of the standard library.
type pkg struct {
	path, name string
	bind       func(*table) // its symbols
	wrap       func(*table) // wrappers of its interfaces; nil if there are none
}

// Packages returns the import paths of what can be loaded, sorted. It is the same for
// all processors of a system. The package unsafe is among them; runtime/cgo, which has
// no meaning in an interpreter, and plugin aren't.
func Packages() []string {
	list := []string{"unsafe"}
	for _, p := range packages {
		list = append(list, p.path)
	}
	slices.Sort(list)
	return list
}

func find(path string) *pkg {
	i, ok := slices.BinarySearchFunc(packages[:], path, func(p pkg, path string) int { return strings.Compare(p.path, path) })
	if !ok {
		return nil
	}
	return &packages[i]
}

// Symbols returns the symbols of a package by name, without wrappers of interfaces.
// The map is the caller's. ok is false if there is no such package.
func Symbols(path string) (symbols map[string]reflect.Value, ok bool) {
	if path == "unsafe" {
		return unsafeSymbols(), true
	}
	p := find(path)
	if p == nil {
		return nil, false
	}
	t := table{map[string]reflect.Value{}}
	p.bind(&t)
	return t.symbols, true
}

// A Loader gives an interpreter the packages of the standard library one by one.
//
// yaegi reads its table of a package while compiled code runs, without a lock, when a
// value of an interpreted type meets an interface of that package: it looks for the
// wrapper. So the table with the wrappers, under the package's own path, is complete
// before anything runs, and the symbols, which only yaegi's compiler reads, are added
// to a table of their own, under the path that [Loader.Load] returns.
type Loader struct {
	interp   *interp.Interpreter
	overlays []interp.Exports
	loaded   map[string]bool // by import path
}

// home is the folder of the tables that have the symbols.
const home = "goherd/std/"

// key is the name under which yaegi's Use takes a package. The second slash
// keeps Use from knowing "fmt/fmt", on which it would put functions of its own into
// packages and compile its sources of the generic ones.
func key(path, name string) string { return path + "//" + name }

// New prepares an interpreter to import packages of the standard library. Symbols of
// overlays, whose keys have the form "math/rand/rand", take the place of those with
// the same names, the last one's first; packages that the standard library doesn't
// have are there from the start.
//
// It replaces http.DefaultServeMux: the handlers that net/http/pprof and expvar
// register belong to who imports these packages.
func New(i *interp.Interpreter, overlays ...interp.Exports) (*Loader, error) {
	l := &Loader{i, overlays, map[string]bool{}}
	use := unsafeExports()
	use["."] = map[string]reflect.Value{"MapTypes": reflect.ValueOf(l.formatters())}
	for _, p := range packages {
		use[key(home+p.path, p.name)] = nil // no table is added while programs run
		if p.wrap != nil {
			t := table{map[string]reflect.Value{}}
			p.wrap(&t)
			use[key(p.path, p.name)] = t.symbols
		}
	}
	if err := i.Use(use); err != nil {
		return nil, fmt.Errorf("standard library: %w", err)
	}
	for _, o := range overlays {
		other := maps.Clone(o)
		maps.DeleteFunc(other, func(k string, _ map[string]reflect.Value) bool {
			path, _ := split(k)
			return find(path) != nil
		})
		if err := i.Use(other); err != nil {
			return nil, err
		}
	}
	isolateHandlers()
	return l, nil
}

// split takes a key of overlays apart: "math/rand/rand" is rand of math/rand.
func split(key string) (path, name string) {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return key, ""
	}
	return key[:i], key[i+1:]
}

// Load makes a package known to the interpreter, if it is one of the standard library,
// and returns the path by which interpreted code must import it. Other paths are
// returned unchanged. It must not be called while yaegi compiles; programs may run.
func (l *Loader) Load(path string) (string, error) {
	p := find(path)
	if p == nil {
		return path, nil
	}
	if !l.loaded[path] {
		symbols, _ := Symbols(path)
		for _, o := range l.overlays {
			maps.Copy(symbols, o[p.path+"/"+p.name])
		}
		if err := l.interp.Use(interp.Exports{key(home+path, p.name): symbols}); err != nil {
			return "", fmt.Errorf("package %s: %w", path, err)
		}
		registerHandlers(path)
		l.loaded[path] = true
	}
	return home + path, nil
}
