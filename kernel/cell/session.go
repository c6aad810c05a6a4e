package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
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
	lib  Library
	fset *token.FileSet

	imports map[string]string    // by the name the session uses: the path
	decls   []*decl              // live, in the order in which they were declared
	broken  []*decl              // that stopped compiling: they come back when they compile again
	vars    map[string]*variable // live
	names   map[string]string    // what a session name is called in the interpreter
	gen     int                  // the last number given to a name

	pkg *types.Package // of the last check that succeeded
}

// NewSession returns a session without declarations.
func NewSession(lib Library) *Session {
	return &Session{
		lib: lib, fset: token.NewFileSet(),
		imports: map[string]string{}, vars: map[string]*variable{}, names: map[string]string{},
		pkg: types.NewPackage("main", "main"),
	}
}

// A decl is a live declaration of functions, types or constants.
type decl struct {
	keys    []string // "f", "T", "T.Method"; one for each constant and type of a group
	dead    map[string]bool
	node    ast.Decl // its package names are aliases
	serial  int
	line    int
	col     int
	text    string
	refs    []ref
	edits   []edit
	uses    map[string]bool
	imports map[string]bool // paths
	sig     string          // of a function or method, in the interpreter's terms
}

// live returns the keys that no later declaration has taken.
func (d *decl) live() []string {
	var out []string
	for _, k := range d.keys {
		if !d.dead[k] {
			out = append(out, k)
		}
	}
	return out
}

// A variable is a variable of the session.
type variable struct {
	name   string
	typ    types.Type
	uses   map[string]bool // session types in typ
	serial int             // of the cell that declared it
	lost   bool            // its value went with an interpreter
	stale  bool            // its type was declared anew
}

// alias returns the name under which the compiler imports a package everywhere, so
// that no name of the user's can be in its way.
func alias(importPath string) string {
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}
	return strings.Map(clean, importPath) + mark
}

// Imports returns the packages that the session's cells have imported, by name.
func (s *Session) Imports() map[string]string { return maps.Clone(s.imports) }

// Package returns the package of the session as last checked: its scope holds the
// live declarations. It is replaced, never changed.
func (s *Session) Package() *types.Package { return s.pkg }

// Import imports a package, for those who ask about the session.
func (s *Session) Import(importPath string) (*types.Package, error) { return s.lib.Import(importPath) }

// Text returns the source of the live declaration of name, and the serial of its
// cell. A variable has no source of its own: its text is "var name type".
func (s *Session) Text(name string) (text string, serial int, ok bool) {
	for _, d := range s.decls {
		if slices.Contains(d.live(), name) {
			return d.text, d.serial, true
		}
	}
	if v := s.vars[name]; v != nil {
		return "var " + name + " " + types.TypeString(v.typ, types.RelativeTo(s.pkg)), v.serial, true
	}
	return "", 0, false
}

// A Var is a session variable, as %whos lists it.
type Var struct {
	Name   string
	Type   string
	Serial int  // of the cell that declared it
	Lost   bool // its value was lost with an interpreter
}

// Vars returns the session's variables in the order of their names.
func (s *Session) Vars() []Var {
	var out []Var
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		v := s.vars[name]
		out = append(out, Var{name, types.TypeString(v.typ, types.RelativeTo(s.pkg)), v.serial, v.lost || v.stale})
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
		out = append(out, d.live()...)
	}
	slices.Sort(out)
	return out
}

// Delete forgets names and returns those that the session doesn't have. Functions
// that use a deleted name are dropped when they would be compiled again.
func (s *Session) Delete(names ...string) (unknown []string) {
	for _, name := range names {
		if s.vars[name] != nil {
			delete(s.vars, name)
			continue
		}
		if !s.kill(name) {
			unknown = append(unknown, name)
		}
	}
	s.decls = slices.DeleteFunc(s.decls, func(d *decl) bool { return len(d.live()) == 0 })
	return unknown
}

// kill marks the declaration of key as replaced.
func (s *Session) kill(key string) bool {
	found := false
	for _, d := range s.decls {
		if slices.Contains(d.keys, key) && !d.dead[key] {
			if d.dead == nil {
				d.dead = map[string]bool{}
			}
			d.dead[key] = true
			found = true
		}
	}
	return found
}

// Lose marks the values of all variables as lost, because the interpreter that held
// them is gone, and returns their names, sorted. Using one is an error until a cell
// declares it again.
func (s *Session) Lose() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		if v := s.vars[name]; !v.lost {
			v.lost = true
			out = append(out, name)
		}
	}
	return out
}

// FuncAt returns the name of the function or method around a place in a cell, ""
// where there is none.
func (s *Session) FuncAt(serial, line int) string {
	for _, d := range slices.Backward(s.decls) {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok || d.serial != serial || line < d.line || line > d.line+strings.Count(d.text, "\n") {
			continue
		}
		return funcKey(f)
	}
	return ""
}

// funcKey returns "f" for a function, "T.M" for a method.
func funcKey(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	return receiver(f.Recv.List[0].Type) + "." + f.Name.Name
}

// receiver returns the name of a receiver's type.
func receiver(e ast.Expr) string {
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.ParenExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// keysOf returns the keys that a declaration defines.
func keysOf(n ast.Decl) []string {
	var out []string
	switch n := n.(type) {
	case *ast.FuncDecl:
		out = append(out, funcKey(n))
	case *ast.GenDecl:
		for _, spec := range n.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				out = append(out, spec.Name.Name)
			case *ast.ValueSpec:
				for _, id := range spec.Names {
					out = append(out, id.Name)
				}
			}
		}
	}
	return slices.DeleteFunc(out, func(k string) bool { return k == "_" })
}

// importSpec makes the syntax of an import.
func importSpec(name, importPath string) *ast.ImportSpec {
	spec := &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(importPath)}}
	if name != "" {
		spec.Name = ast.NewIdent(name)
	}
	return spec
}

func importDecl(specs []ast.Spec) *ast.GenDecl {
	return &ast.GenDecl{Tok: token.IMPORT, Lparen: 1, Specs: specs}
}

// localName returns the name that an import without one gives a package.
func (s *Session) localName(importPath string) string {
	if p, err := s.lib.Import(importPath); err == nil {
		return p.Name()
	}
	return path.Base(importPath)
}
