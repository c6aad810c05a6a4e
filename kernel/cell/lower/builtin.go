package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// builtinName is the name of the builtin that a call calls, empty if it calls something else. Those of package
// unsafe are "unsafe.Add" and so on.
func (f *fn) builtinName(fun ast.Expr) string {
	var id *ast.Ident
	switch x := ast.Unparen(fun).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return ""
	}
	b, ok := f.u.Info.Uses[id].(*types.Builtin)
	if !ok {
		return ""
	}
	if b.Pkg() == types.Unsafe {
		return "unsafe." + b.Name()
	}
	return b.Name()
}

// unsafeNames are the builtins of package unsafe that are no constants.
var unsafeNames = map[string]string{
	"unsafe.Add": "Add", "unsafe.Slice": "Slice", "unsafe.SliceData": "SliceData", "unsafe.String": "String", "unsafe.StringData": "StringData",
}

// sizes are those of all platforms that the engine runs on.
var sizes = types.SizesFor("gc", "amd64")

// builtin lowers the call of a builtin with a value.
func (f *fn) builtin(x *ast.CallExpr, name string) *code.Node {
	t := f.typ(x)
	pos := x.Pos()
	if len(x.Args) == 1 && f.isTuple(x.Args[0]) {
		return f.inline(func() *code.Node { return f.builtin(f.spreadArgs(x), name) })
	}
	switch name {
	case "len", "cap":
		op := code.Len
		if name == "cap" {
			op = code.Cap
		}
		return f.hoisted(f.node(op, t, pos, f.expr(x.Args[0])), t)
	case "append":
		return f.hoisted(f.appendCall(x, t), t)
	case "copy":
		dst := f.expr(x.Args[0])
		return f.hoisted(f.node(code.Copy, t, pos, dst, f.copySource(x.Args[1])), t)
	case "make":
		return f.makeCall(x, t)
	case "new":
		n := f.node(code.New, t, pos)
		if arg := x.Args[0]; !f.u.Info.Types[arg].IsType() {
			n.Kids = []*code.Node{f.exprTo(arg, types.Unalias(t.Underlying().(*types.Pointer).Elem()))}
		}
		return n
	case "min", "max":
		op := code.Min
		if name == "max" {
			op = code.Max
		}
		return f.hoisted(f.node(op, t, pos, f.exprsTo(x.Args, t)...), t)
	case "complex":
		kids := make([]*code.Node, 2)
		for i, a := range x.Args {
			kids[i] = f.exprTo(a, f.partType(a, t))
		}
		return f.hoisted(f.node(code.Complex, t, pos, kids...), t)
	case "real":
		return f.hoisted(f.node(code.Real, t, pos, f.expr(x.Args[0])), t)
	case "imag":
		return f.hoisted(f.node(code.Imag, t, pos, f.expr(x.Args[0])), t)
	case "recover":
		return f.hoisted(f.node(code.Recover, t, pos), t)
	case "unsafe.Sizeof":
		return f.size(sizes.Sizeof(f.typ(x.Args[0])), t)
	case "unsafe.Alignof":
		return f.size(sizes.Alignof(f.typ(x.Args[0])), t)
	case "unsafe.Offsetof":
		return f.size(f.offset(x.Args[0]), t)
	}
	if s := unsafeNames[name]; s != "" {
		n := f.node(code.Unsafe, t, pos)
		n.S = s
		for i, a := range x.Args {
			switch {
			case i == 1:
				n.Kids = append(n.Kids, f.indexValue(a))
			case s == "String":
				n.Kids = append(n.Kids, f.exprTo(a, types.NewPointer(types.Typ[types.Byte])))
			case s == "Add":
				n.Kids = append(n.Kids, f.exprTo(a, types.Typ[types.UnsafePointer]))
			default:
				n.Kids = append(n.Kids, f.expr(a))
			}
		}
		return n
	}
	f.fail(pos, "lowering: %s as a value", name)
	return nil
}

// partType is the type of a part of a complex number of type t: that of x, unless x is a constant of
// none that fits.
func (f *fn) partType(x ast.Expr, t types.Type) types.Type {
	part := f.typ(x)
	if b, ok := part.Underlying().(*types.Basic); ok && b.Info()&types.IsFloat != 0 {
		return part
	}
	if b, ok := t.Underlying().(*types.Basic); ok && b.Kind() == types.Complex64 {
		return types.Typ[types.Float32]
	}
	return types.Typ[types.Float64]
}

func (f *fn) exprsTo(list []ast.Expr, t types.Type) []*code.Node {
	out := make([]*code.Node, len(list))
	for i, x := range list {
		out[i] = f.exprTo(x, t)
	}
	return out
}

func (f *fn) size(n int64, t types.Type) *code.Node {
	return &code.Node{Op: code.Const, Type: f.tid(t), A: n}
}

// offset is where a field of a struct is. It has to be computed where type arguments decide it.
func (f *fn) offset(x ast.Expr) int64 {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok {
		f.fail(x.Pos(), "lowering: the offset of what is no field")
	}
	_, index, _ := f.lookup(sel)
	t := f.typ(sel.X)
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	sum := int64(0)
	for _, i := range index {
		st := t.Underlying().(*types.Struct)
		var fields []*types.Var
		for v := range st.Fields() {
			fields = append(fields, v)
		}
		sum += sizes.Offsetsof(fields)[i]
		t = st.Field(i).Type()
	}
	return sum
}

func (f *fn) appendCall(x *ast.CallExpr, t types.Type) *code.Node {
	to := f.exprTo(x.Args[0], t)
	if x.Ellipsis.IsValid() {
		return f.node(code.AppendSlice, t, x.Pos(), to, f.appended(x.Args[1], t))
	}
	if len(x.Args) == 1 {
		return to
	}
	elem := types.Unalias(t.Underlying().(*types.Slice).Elem())
	return f.node(code.Append, t, x.Pos(), append([]*code.Node{to}, f.exprsTo(x.Args[1:], elem)...)...)
}

// appended lowers what is spread: a slice of the same elements, or a string.
func (f *fn) appended(x ast.Expr, t types.Type) *code.Node {
	if f.isNil(x) {
		return f.zero(t)
	}
	return f.copySource(x)
}

func (f *fn) copySource(x ast.Expr) *code.Node {
	if v := f.u.Info.Types[x].Value; v != nil {
		return f.constant(v, types.Typ[types.String], x.Pos())
	}
	return f.expr(x)
}

func (f *fn) makeCall(x *ast.CallExpr, t types.Type) *code.Node {
	var kids []*code.Node
	for _, a := range x.Args[1:] {
		kids = append(kids, f.indexValue(a))
	}
	switch t.Underlying().(type) {
	case *types.Slice:
		return f.node(code.MakeSlice, t, x.Pos(), kids...)
	case *types.Map:
		return f.node(code.MakeMap, t, x.Pos(), kids...)
	case *types.Chan:
		return f.node(code.MakeChan, t, x.Pos(), kids...)
	}
	f.fail(x.Pos(), "lowering: make of %s", t)
	return nil
}

// anyType is any.
var anyType = types.Universe.Lookup("any").Type().Underlying()

// builtinOperands are the operands of a builtin that is a statement.
func (f *fn) builtinOperands(x *ast.CallExpr, name string) (nodes []*code.Node, list []types.Type) {
	add := func(n *code.Node, t types.Type) { nodes, list = append(nodes, n), append(list, t) }
	if len(x.Args) == 1 && f.isTuple(x.Args[0]) {
		x = f.spreadArgs(x)
	}
	switch name {
	case "panic":
		add(f.exprTo(x.Args[0], anyType), anyType)
	case "print", "println":
		for _, a := range x.Args {
			t := f.typ(a)
			if f.isNil(a) {
				t = types.Typ[types.UnsafePointer]
			}
			add(f.exprTo(a, t), t)
		}
	case "delete":
		m := f.typ(x.Args[0])
		key := types.Unalias(m.Underlying().(*types.Map).Key())
		add(f.expr(x.Args[0]), m)
		add(f.exprTo(x.Args[1], key), key)
	case "copy":
		add(f.expr(x.Args[0]), f.typ(x.Args[0]))
		add(f.copySource(x.Args[1]), f.typ(x.Args[1]))
	case "clear", "close":
		add(f.expr(x.Args[0]), f.typ(x.Args[0]))
	case "recover":
	default:
		f.fail(x.Pos(), "lowering: %s as a statement", name)
	}
	return nodes, list
}

// builtinStmt is the statement of a builtin with operands.
func (f *fn) builtinStmt(name string, pos token.Pos, args []*code.Node) *code.Node {
	n := f.node(code.Bad, nil, pos, args...)
	switch name {
	case "panic":
		n.Op = code.Panic
	case "print":
		n.Op = code.Print
	case "println":
		n.Op, n.A = code.Print, 1
	case "delete":
		n.Op = code.Delete
	case "clear":
		n.Op = code.Clear
	case "close":
		n.Op = code.Close
	case "copy":
		n.Op, n.Type = code.Copy, f.tid(types.Typ[types.Int])
		n = &code.Node{Op: code.Eval, Kids: []*code.Node{n}}
	case "recover":
		n.Op, n.Type = code.Recover, f.tid(anyType)
		n = &code.Node{Op: code.Eval, Kids: []*code.Node{n}}
	}
	return n
}

// deferredBuiltin returns the call of a function that does what a builtin does.
func (f *fn) deferredBuiltin(x *ast.CallExpr, name string) *code.Node {
	if name == "recover" {
		return f.deferredRecover(x)
	}
	nodes, list := f.builtinOperands(x, name)
	id := f.synth(f.name+"."+name, list, nil, func(g *fn, args []*code.Node) {
		g.do(g.builtinStmt(name, x.Pos(), args))
	})
	return &code.Node{Op: code.CallFunc, Pos: f.pos(x.Pos()), A: int64(id), Kids: nodes}
}

// deferredRecover returns the call of a function that recovers as the one that it stands in would.
func (f *fn) deferredRecover(x *ast.CallExpr) *code.Node {
	t := types.Typ[types.UnsafePointer]
	id := f.synth(f.name+".recover", []types.Type{t}, nil, func(g *fn, args []*code.Node) {
		g.do(g.node(code.Eval, nil, x.Pos(), g.node(code.Recover, anyType, x.Pos(), args...)))
	})
	return &code.Node{Op: code.CallFunc, Pos: f.pos(x.Pos()), A: int64(id), Kids: []*code.Node{f.frame(x.Pos())}}
}

// spreadArgs makes the call that is the only argument of x, and returns x with variables that hold its values as arguments.
func (f *fn) spreadArgs(x *ast.CallExpr) *ast.CallExpr {
	info := f.u.Info
	again := *x
	again.Args = nil
	for _, o := range f.spread(x.Args[0]) {
		v := types.NewVar(x.Pos(), nil, "value", o.t)
		id := &ast.Ident{Name: v.Name(), NamePos: x.Pos()}
		info.Uses[id] = v
		info.Types[id] = types.TypeAndValue{Type: o.t}
		f.vars[v] = int(o.n.A)
		again.Args = append(again.Args, id)
	}
	info.Types[&again] = info.Types[x]
	return &again
}
