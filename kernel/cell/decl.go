package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/interp/link"
)

// A decl is a declaration of functions, types or constants, of the session or of the
// cell being compiled.
type decl struct {
	keys    []string        // "f", "T", "T.Method"; one for each constant and type of a group
	dead    map[string]bool // the keys that later declarations have taken
	node    ast.Decl        // its package names are aliases once it is of the session
	serial  int             // of its cell
	line    int             // where it begins there
	col     int
	text    string
	refs    []ref           // the places in text that name session objects and packages
	edits   []edit          // what else the interpreter gets otherwise
	uses    map[string]bool // keys of the session that it mentions
	imports map[string]bool // paths of the packages that it mentions
	host    bool            // its edits call the host
	sig     string          // of a function or method, in the interpreter's terms
	why     string          // of a broken one: what is wrong
}

// live returns the keys that no later declaration has taken.
func (d *decl) live() []string {
	return slices.DeleteFunc(slices.Clone(d.keys), func(k string) bool { return d.dead[k] })
}

// isFunc reports whether d declares a function or a method.
func (d *decl) isFunc() bool {
	_, ok := d.node.(*ast.FuncDecl)
	return ok
}

// isGeneric reports whether d declares a function with type parameters, or a method
// of a type that has some.
func (d *decl) isGeneric() bool {
	f, ok := d.node.(*ast.FuncDecl)
	if !ok {
		return false
	}
	if f.Type.TypeParams != nil {
		return true
	}
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return false
	}
	t := f.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	switch t.(type) {
	case *ast.IndexExpr, *ast.IndexListExpr:
		return true
	}
	return false
}

// genericMethod returns the key of a method whose type is generic.
func (d *decl) genericMethod() (key string, ok bool) {
	f, isFunc := d.node.(*ast.FuncDecl)
	if !isFunc || f.Recv == nil || !d.isGeneric() || len(d.keys) == 0 {
		return "", false
	}
	return d.keys[0], true
}

// source returns the declaration as the interpreter gets it: names says what the
// session's names are called there, taken which of d's own are no longer its.
func (d *decl) source(names map[string]string, taken func(key string) bool) string {
	edits := slices.Clone(d.edits)
	for _, r := range d.refs {
		text := r.called(names)
		if r.def && taken(r.name) {
			// It stays in its group, because iota counts it, under a name that nobody
			// uses. The interpreter doesn't take _ for a type.
			text = "_"
			if r.typ {
				text = fmt.Sprintf("%s%sgone%d_%d", r.name, mark, d.serial, d.line)
			}
		}
		edits = append(edits, edit{at: r.at, n: r.n, text: text})
	}
	return link.LineComment(d.serial, d.line, d.col) + settle(apply(d.text, edits), names) + "\n"
}

// A ref is a place in a text that names a session object or a package. What it is
// called in the interpreter is known when the text is emitted.
type ref struct {
	at, n int
	name  string // of the session object
	def   bool   // the place declares the object
	typ   bool   // the object is a type
	path  string // or of the package
}

// called returns what a ref is called in the interpreter.
func (r ref) called(names map[string]string) string {
	switch {
	case r.path != "":
		return alias(r.path)
	case names[r.name] != "":
		return names[r.name]
	}
	return r.name
}

// A variable is a variable of the session.
type variable struct {
	typ     types.Type      // of the last check; nil if stale
	uses    map[string]bool // session types in typ
	shown   string          // typ as the user knows it
	serial  int             // of the cell that declared it
	shadows string          // path of the package that its name meant before, in its cell
	lost    bool            // its value went with an interpreter
	stale   bool            // its type was declared anew, or is gone
	builtin bool            // its name meant what Go calls so before, in its cell
}

// spoil makes v unusable because its type isn't the session's any more.
func (v *variable) spoil() { v.typ, v.stale = nil, true }

// typeString writes a type as the user knows it. Types of the session have no
// package, from whatever check they are.
func typeString(t types.Type) string {
	return Readable(types.TypeString(t, func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	}))
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
	return slices.DeleteFunc(out, func(k string) bool { return k == "_" || strings.HasSuffix(k, "._") })
}

// overlap reports whether the sets have a common element.
func overlap(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// list names keys for a person: "a", "a and b", "a, b and c".
func list(keys []string) string {
	switch n := len(keys); n {
	case 0:
		return ""
	case 1:
		return keys[0]
	default:
		return fmt.Sprintf("%s and %s", strings.Join(keys[:n-1], ", "), keys[n-1])
	}
}
