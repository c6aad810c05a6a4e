package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A walker finds what the interpreter gets otherwise than the user wrote it.
type walker struct {
	c     *compilation
	ref   func(at, n int, r ref) // offsets in the file
	edit  func(edit)
	paths map[string]bool // of packages that are used
	stack []ast.Node      // around the node that is visited
}

// printer writes types into edits. What the session's types are called is settled
// when the text is emitted, perhaps again after one was declared anew.
func (w *walker) printer() *typePrinter {
	p := newPrinter(w.c.pkg, nil, w.paths)
	p.session = func(name string) string { return unsettled + name + unsettled }
	return p
}

// unsettled stands around a session name whose name in the interpreter isn't known.
const unsettled = "\x00"

// settle replaces the unsettled names of a text.
func settle(text string, names map[string]string) string {
	parts := strings.Split(text, unsettled)
	for i := 1; i < len(parts); i += 2 {
		if n := names[parts[i]]; n != "" {
			parts[i] = n
		}
	}
	return strings.Join(parts, "")
}

// walk walks n, which stands in parent.
func (w *walker) walk(n, parent ast.Node) {
	w.stack = append(w.stack[:0], parent)
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			w.stack = w.stack[:len(w.stack)-1]
			return true
		}
		if !w.visit(n) {
			return false
		}
		w.stack = append(w.stack, n)
		return true
	})
}

// visit reports whether what is in n is to be visited.
func (w *walker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		w.stdio(n)
		if isDotted(n) {
			p := w.c.info.Uses[n.X.(*ast.Ident)].(*types.PkgName).Imported().Path()
			w.paths[p] = true
			w.edit(edit{at: w.c.offset(n.Pos()), text: alias(p) + "."})
			return false
		}
	case *ast.Ident:
		w.ident(n)
	case *ast.CallExpr:
		w.panicking(n)
	case *ast.RangeStmt:
		w.rangeInt(n)
		w.rangeVars(n)
	case *ast.ForStmt:
		w.forVars(n)
	case *ast.DeferStmt:
		w.deferArgs(n)
	case *ast.AssignStmt:
		w.parens(n.Rhs)
	case *ast.ValueSpec:
		w.parens(n.Values)
	case *ast.ExprStmt:
		if t := w.c.info.Types[n.X].Type; t != nil && isContent(t) {
			w.wrap(n.X, host+".Discarded(", ")")
		}
	}
	return true
}

// parens puts text around what must not stand bare among several values.
func (w *walker) parens(values []ast.Expr) {
	for _, v := range bare(values) {
		w.edit(edit{at: w.c.offset(v.Pos()), text: "("})
		w.edit(edit{at: w.c.offset(v.End()), text: ")", after: true})
	}
}

// bare returns the composite literals among several values: yaegi loses the values
// behind one that isn't in parentheses.
func bare(values []ast.Expr) []ast.Expr {
	var out []ast.Expr
	for _, v := range values {
		if _, ok := v.(*ast.CompositeLit); ok && len(values) > 1 {
			out = append(out, v)
		}
	}
	return out
}

// wrap puts text around an expression, of which the host is part.
func (w *walker) wrap(x ast.Expr, before, after string) {
	w.paths[hostPath] = true
	w.edit(edit{at: w.c.offset(x.Pos()), text: before})
	w.edit(edit{at: w.c.offset(x.End()), text: after, after: true})
}

// isContent reports whether t is display.Content, which is shown when a statement
// leaves it unused.
func isContent(t types.Type) bool {
	obj := owner(types.Unalias(t))
	return obj != nil && obj.Name() == "Content" && obj.Pkg() != nil && obj.Pkg().Path() == "github.com/goherd/goherd/display"
}

func (w *walker) ident(id *ast.Ident) {
	c := w.c
	at := c.offset(id.Pos())
	n := len(id.Name)
	if was, ok := c.length[id]; ok {
		n = was
	}
	obj, def := c.info.Uses[id], false
	if obj == nil {
		obj, def = c.info.Defs[id], true
	}
	if f, ok := obj.(*types.Func); obj == nil || ok && f.Name() == "init" { // init has no name in the package
		return
	}
	if p, ok := obj.(*types.PkgName); ok {
		w.paths[p.Imported().Path()] = true
		w.ref(at, n, ref{path: p.Imported().Path()})
		return
	}
	scope := c.pkg.Scope()
	switch {
	case obj.Parent() == scope:
		_, typ := obj.(*types.TypeName)
		w.ref(at, n, ref{name: obj.Name(), def: def, typ: typ})
	case obj.Pkg() == c.pkg:
		// An embedded field is called as its type.
		if v, ok := obj.(*types.Var); ok && v.Embedded() {
			if t, ok := scope.Lookup(v.Name()).(*types.TypeName); ok {
				w.ref(at, n, ref{name: t.Name()})
			}
		}
	}
}

// stdio keeps os.Stdout and its kin an *os.File where nothing else will do. In a
// cell they are types of the kernel's, which know whose output it is.
func (w *walker) stdio(n *ast.SelectorExpr) {
	c := w.c
	obj, ok := c.info.Uses[n.Sel].(*types.Var)
	if !ok || obj.Pkg() == nil || obj.Pkg().Path() != "os" || !strings.HasPrefix(obj.Name(), "Std") {
		return
	}
	asInterface := func(t types.Type) bool { return t != nil && types.IsInterface(t) }
	switch parent := w.stack[len(w.stack)-1].(type) {
	case *ast.SelectorExpr: // os.Stdout.Write
		return
	case *ast.CallExpr:
		fun := c.info.Types[parent.Fun]
		if fun.IsType() {
			if asInterface(fun.Type) {
				return
			}
			break
		}
		sig, ok := types.Unalias(fun.Type).Underlying().(*types.Signature)
		if !ok {
			break
		}
		for i, a := range parent.Args {
			if a == ast.Expr(n) && asInterface(paramType(sig, i, parent.Ellipsis.IsValid())) {
				return
			}
		}
	case *ast.AssignStmt:
		for i, r := range parent.Rhs {
			if r == ast.Expr(n) && len(parent.Lhs) == len(parent.Rhs) && parent.Tok == token.ASSIGN && asInterface(c.info.Types[parent.Lhs[i]].Type) {
				return
			}
		}
	case *ast.ValueSpec:
		if parent.Type != nil && asInterface(c.info.Types[parent.Type].Type) {
			return
		}
	case *ast.KeyValueExpr:
		if id, ok := parent.Key.(*ast.Ident); ok {
			if v, ok := c.info.Uses[id].(*types.Var); ok && asInterface(v.Type()) {
				return
			}
		}
	}
	w.edit(edit{at: c.offset(n.End()), text: ".File", after: true})
}

// paramType returns the type of the i-th argument of a call.
func paramType(sig *types.Signature, i int, spread bool) types.Type {
	last := sig.Params().Len() - 1
	if sig.Variadic() && i >= last && !spread {
		if s, ok := sig.Params().At(last).Type().(*types.Slice); ok {
			return s.Elem()
		}
	}
	if i > last {
		return nil
	}
	return sig.Params().At(i).Type()
}

// panicking tells the host what a value is that a panic carries, if only the
// interpreter knows its methods.
func (w *walker) panicking(call *ast.CallExpr) {
	c := w.c
	id, ok := call.Fun.(*ast.Ident)
	if !ok || len(call.Args) != 1 {
		return
	}
	if b, ok := c.info.Uses[id].(*types.Builtin); !ok || b.Name() != "panic" {
		return
	}
	arg := call.Args[0]
	t := c.info.Types[arg].Type
	if t == nil || types.IsInterface(t) {
		return
	}
	if obj := owner(types.Unalias(t)); obj == nil || obj.Pkg() != c.pkg || obj.Parent() != c.pkg.Scope() {
		return
	}
	set := types.NewMethodSet(t)
	for _, m := range []string{"Error", "String"} {
		if sel := set.Lookup(c.pkg, m); sel != nil && showMethod(sel.Obj()) {
			text := w.printer().text(t)
			w.wrap(arg, fmt.Sprintf("func() %s { v%s := ", text, mark),
				fmt.Sprintf("; %s.Panicking(%q, v%s.%s); return v%s }()", host, typeString(t), mark, m, mark))
			return
		}
	}
}
