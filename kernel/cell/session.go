package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/cell/vet"
)

// A Library knows the packages that cells can import.
type Library interface {
	types.Importer
	// ByName returns the import paths of the packages of that name, the likeliest
	// first.
	ByName(name string) []string
}

// A Session is what a notebook has declared so far. Its methods are called by one
// goroutine at a time.
type Session struct {
	// Unwarned turns warnings off.
	Unwarned bool

	lib  Library
	fset *token.FileSet // of the cells in which declarations stand
	made token.Pos      // where what the compiler itself declares begins: in none of them

	imports map[string]string    // by the name the session uses: the path
	guessed map[string]bool      // names in imports that no cell has imported itself
	dots    map[string]bool      // paths of packages imported with a dot
	decls   []*decl              // live, in the order in which they were declared
	broken  map[*decl]bool       // that stopped compiling: they come back when they compile again
	vars    map[string]*variable // live

	pkg  *types.Package // of the last check that was committed
	view *types.Package // pkg with the names that the user knows

	linker *lower.Linker // nil if yaegi runs the cells
	facts  vet.Facts     // what its functions do, as far as warnings need it
	told   map[told]bool // warnings that were given
	ages   int           // earlier types so far

	// Of the interpreter.
	names    map[string]string // what the names of the session are called there
	gen      int               // the last number given to a name
	methods  map[string]string // signatures of the methods it has had, by its names: "T.M"
	generics map[string]string // the generic type, by its name, that has had a method of that name
	pending  *attempt          // the last program that wasn't committed, if it declared anything
	tried    map[string]bool   // names of declarations that it didn't take
	doubtful map[*decl]bool    // functions that it has to get again
}

// NewSession returns a session without declarations, whose programs are for the typed
// engine.
func NewSession(lib Library) *Session {
	s := NewTextSession(lib)
	s.linker = lower.NewLinker(lib)
	return s
}

// NewTextSession returns a session without declarations, whose programs are text for
// yaegi.
func NewTextSession(lib Library) *Session {
	fset, pkg := token.NewFileSet(), types.NewPackage("main", "main")
	return &Session{
		facts: vet.Facts{}, told: map[told]bool{},
		lib: lib, fset: fset, made: fset.AddFile("", -1, maxMade).Pos(0),
		imports: map[string]string{}, guessed: map[string]bool{}, dots: map[string]bool{},
		broken: map[*decl]bool{}, vars: map[string]*variable{},
		pkg: pkg, view: pkg,
		names: map[string]string{}, methods: map[string]string{}, generics: map[string]string{}, tried: map[string]bool{}, doubtful: map[*decl]bool{},
	}
}

// Imports returns the packages that the session's cells have imported, by name. A
// package imported with a dot has the name "." and its path.
func (s *Session) Imports() map[string]string {
	out := maps.Clone(s.imports)
	for p := range s.dots {
		out["."+p] = p
	}
	return out
}

// Package returns the package of the session as last checked: its scope holds the
// live declarations. It is replaced, never changed.
func (s *Session) Package() *types.Package { return s.view }

// Text returns the source of the live declaration of name, and the serial of its
// cell. A variable has no source of its own: its text is "var name type".
func (s *Session) Text(name string) (text string, serial int, ok bool) {
	key := s.key(name)
	if d := s.liveDecl(key); d != nil {
		return d.text, d.serial, true
	}
	if v := s.vars[key]; v != nil {
		return "var " + name + " " + v.shown, v.serial, true
	}
	return "", 0, false
}

// A Var is a session variable, as %whos lists it.
type Var struct {
	Name   string
	Type   string // as Go writes it, types of the session without a package
	Serial int    // of the cell that declared it
	Lost   bool   // it has no value that can be used
}

// Vars returns the session's variables in the order of their names.
func (s *Session) Vars() []Var {
	var out []Var
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		v := s.vars[name]
		out = append(out, Var{Plain(name), v.shown, v.serial, v.lost || v.stale})
	}
	return out
}

// Serials returns the cells in which live declarations stand.
func (s *Session) Serials() map[int]bool {
	out := map[int]bool{}
	for _, d := range s.decls {
		out[d.serial] = true
	}
	for _, v := range s.vars {
		out[v.serial] = true
	}
	return out
}

// Names returns the names of the session's functions, types and constants, sorted.
func (s *Session) Names() []string {
	var out []string
	for _, d := range s.decls {
		for _, k := range d.live() {
			out = append(out, Plain(k))
		}
	}
	slices.Sort(out)
	return out
}

// liveDecl returns the live declaration of key.
func (s *Session) liveDecl(key string) *decl {
	for _, d := range s.decls {
		if slices.Contains(d.keys, key) && !d.dead[key] {
			return d
		}
	}
	return nil
}

// Delete forgets names and returns those that the session doesn't have. Functions,
// types and constants that use a deleted name are gone until it is declared again. Variables
// of a deleted type stay.
func (s *Session) Delete(names ...string) (unknown []string) {
	why := map[string]string{}
	gone := map[string]bool{}
	for _, name := range names {
		user := name
		name = s.key(name)
		switch {
		case s.vars[name] != nil:
			delete(s.vars, name)
		case s.liveDecl(name) != nil:
			s.kill(name)
			s.killMethods(name)
		case s.kill(name): // one that didn't compile any more
		default:
			unknown = append(unknown, user)
			continue
		}
		why[name] = "it uses " + user + ", which was deleted"
	}
	for len(why) > 0 {
		maps.Copy(gone, keySet(why))
		next := map[string]string{}
		for _, d := range s.decls {
			for _, u := range slices.Sorted(maps.Keys(d.uses)) {
				if why[u] == "" || s.broken[d] || slices.Contains(d.keys, u) && !d.dead[u] {
					continue
				}
				s.broken[d] = true
				d.why = why[u]
				for _, k := range d.live() {
					next[k] = "it uses " + Plain(k) + ", which no longer compiles"
				}
			}
		}
		for name, v := range s.vars {
			for u := range v.uses {
				if s.linker == nil && why[u] != "" && !v.stale {
					v.spoil()
					next[name] = "it uses " + Plain(name) + ", whose type was deleted"
				}
			}
		}
		why = next
	}
	s.sweep()
	if s.linker != nil {
		s.keep(gone)
	}
	return unknown
}

// kill marks the declarations of key as replaced, and forgets what is known of a function.
func (s *Session) kill(key string) bool {
	found := false
	delete(s.facts, key)
	take := func(d *decl) {
		if slices.Contains(d.keys, key) && !d.dead[key] {
			if d.dead == nil {
				d.dead = map[string]bool{}
			}
			d.dead[key] = true
			found = true
		}
	}
	for _, d := range s.decls {
		take(d)
	}
	for d := range s.broken {
		take(d)
	}
	return found
}

// killMethods forgets the methods of a type that is no more.
func (s *Session) killMethods(name string) {
	for _, d := range slices.Concat(s.decls, slices.Collect(maps.Keys(s.broken))) {
		for _, k := range d.keys {
			if strings.HasPrefix(k, name+".") {
				s.kill(k)
			}
		}
	}
}

// sweep drops declarations that are of no further use, and the syntax of their cells.
func (s *Session) sweep() {
	maps.DeleteFunc(s.broken, func(d *decl, _ bool) bool { return len(d.live()) == 0 })
	s.decls = slices.DeleteFunc(s.decls, func(d *decl) bool { return len(d.live()) == 0 || s.broken[d] })
	maps.DeleteFunc(s.doubtful, func(d *decl, _ bool) bool { return !slices.Contains(s.decls, d) })
	used := map[*token.File]bool{}
	for _, d := range s.decls {
		used[s.fset.File(d.node.Pos())] = true
	}
	for d := range s.broken {
		used[s.fset.File(d.node.Pos())] = true
	}
	var unused []*token.File
	s.fset.Iterate(func(f *token.File) bool {
		if !used[f] && token.Pos(f.Base()) != s.made {
			unused = append(unused, f)
		}
		return true
	})
	for _, f := range unused {
		s.fset.RemoveFile(f)
	}
}

// Lose marks the values of all variables as lost, because the interpreter that held
// them is gone, and returns the names of those that had one, sorted. Using one is an error until a cell
// declares it again.
func (s *Session) Lose() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		v := s.vars[name]
		if !v.lost && !v.stale {
			out = append(out, Plain(name))
		}
		v.lost = true
	}
	return out
}

// FuncAt returns the name of the function or method around a place in a cell, ""
// where there is none.
func (s *Session) FuncAt(serial, line int) string {
	for _, d := range slices.Backward(s.decls) {
		f, ok := d.node.(*ast.FuncDecl)
		if ok && d.serial == serial && line >= d.line && line <= d.line+strings.Count(d.text, "\n") {
			return Plain(funcKey(f))
		}
	}
	return ""
}
