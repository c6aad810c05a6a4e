package lower

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// typ is the type of an expression, the first one's of a value and an ok.
func (f *fn) typ(x ast.Expr) types.Type {
	t := f.u.Info.TypeOf(x)
	if t == nil {
		if id, ok := x.(*ast.Ident); ok {
			if obj := f.object(id); obj != nil {
				t = obj.Type()
			}
		}
	}
	if t == nil {
		return nil
	}
	if tuple, ok := t.(*types.Tuple); ok {
		if tuple.Len() == 0 {
			return nil
		}
		t = tuple.At(0).Type()
	}
	return types.Unalias(types.Default(f.e.subst(t)))
}

// isNil reports whether an expression is the predeclared nil.
func (f *fn) isNil(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = f.u.Info.Uses[id].(*types.Nil)
	return ok
}

// exprTo lowers an expression that is assigned to something of type t.
func (f *fn) exprTo(x ast.Expr, t types.Type) *code.Node {
	if f.isNil(x) {
		return f.zero(t)
	}
	if v := f.u.Info.Types[x].Value; v != nil {
		from := f.typ(x)
		if types.IsInterface(t) && !types.IsInterface(from) {
			return f.node(code.ToIface, t, x.Pos(), f.constant(v, from, x.Pos()))
		}
		return f.constant(v, t, x.Pos())
	}
	from, n := f.typ(x), f.expr(x)
	if _, ok := ast.Unparen(x).(*ast.CompositeLit); ok && types.IsInterface(t) {
		switch from.Underlying().(type) {
		case *types.Struct, *types.Array:
			n = f.hoisted(n, from)
		}
	}
	return f.conv(n, from, t, x.Pos())
}

// conv converts a value where Go does it implicitly, and where the types allow no more than that.
func (f *fn) conv(n *code.Node, from, to types.Type, pos token.Pos) *code.Node {
	switch {
	case from == to || types.Identical(from, to):
		return n
	case types.IsInterface(to):
		if types.IsInterface(from) {
			return f.node(code.IfaceToIface, to, pos, n)
		}
		return f.node(code.ToIface, to, pos, n)
	}
	return f.node(code.Convert, to, pos, n)
}

// expr lowers an expression with one value. If it is addressable the node is a place.
func (f *fn) expr(x ast.Expr) *code.Node {
	if v := f.u.Info.Types[x].Value; v != nil {
		return f.constant(v, f.typ(x), x.Pos())
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		return f.expr(x.X)
	case *ast.Ident:
		return f.ident(x, x)
	case *ast.FuncLit:
		return f.funcLit(x)
	case *ast.CompositeLit:
		t := f.typ(x)
		n := f.composite(x, t)
		if _, ok := t.Underlying().(*types.Map); ok {
			return f.hoisted(n, t)
		}
		return n
	case *ast.SelectorExpr:
		return f.selector(x)
	case *ast.IndexExpr:
		if f.u.Info.Types[x.Index].IsType() {
			return f.instantiated(x.X, x)
		}
		return f.index(x)
	case *ast.IndexListExpr:
		return f.instantiated(x.X, x)
	case *ast.SliceExpr:
		return f.hoisted(f.slice(x), f.typ(x))
	case *ast.StarExpr:
		return f.node(code.Deref, f.typ(x), x.Pos(), f.expr(x.X))
	case *ast.TypeAssertExpr:
		t := f.typ(x)
		return f.hoisted(f.assert(x, t), t)
	case *ast.UnaryExpr:
		return f.unary(x)
	case *ast.BinaryExpr:
		return f.binary(x)
	case *ast.CallExpr:
		return f.callExpr(x)
	}
	f.fail(x.Pos(), "lowering: %T as an expression", x)
	return nil
}

// ident lowers an identifier, or the name in a qualified one; x is all of it.
func (f *fn) ident(id *ast.Ident, x ast.Expr) *code.Node {
	switch obj := f.object(id).(type) {
	case *types.Var:
		return f.variable(obj, id.Pos())
	case *types.Nil:
		return f.zero(f.typ(x))
	case *types.Func:
		return f.funcValue(id, obj, x)
	case *types.Const:
		return f.constant(obj.Val(), types.Default(f.e.subst(obj.Type())), id.Pos())
	}
	f.fail(id.Pos(), "lowering: %s is no value", id.Name)
	return nil
}

// instantiated lowers a generic function with type arguments.
func (f *fn) instantiated(fun, x ast.Expr) *code.Node {
	id := funcIdent(fun)
	if obj, ok := f.u.Info.Uses[id].(*types.Func); ok {
		return f.funcValue(id, obj, x)
	}
	f.fail(x.Pos(), "lowering: type arguments of what is no function")
	return nil
}

// funcIdent is the name of the function that an expression without calls denotes, nil if it is none.
func funcIdent(x ast.Expr) *ast.Ident {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return funcIdent(x.X)
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	case *ast.IndexExpr:
		return funcIdent(x.X)
	case *ast.IndexListExpr:
		return funcIdent(x.X)
	}
	return nil
}

// typeArgs are those of a use of a generic function.
func (f *fn) typeArgs(id *ast.Ident) []types.Type {
	var out []types.Type
	for t := range f.u.Info.Instances[id].TypeArgs.Types() {
		out = append(out, f.e.subst(t))
	}
	return out
}

// funcValue is a function as a value; its type is that of x.
func (f *fn) funcValue(id *ast.Ident, obj *types.Func, x ast.Expr) *code.Node {
	t := f.typ(x)
	if f.p.isExtern(obj) {
		return &code.Node{Op: code.Extern, Type: f.tid(t), Pos: f.pos(id.Pos()), S: f.p.externName(obj)}
	}
	targs := f.typeArgs(id)
	if sig, ok := t.(*types.Signature); ok && sig.TypeParams() != nil {
		inst := f.u.Info.Instances[id].Type
		if inst == nil {
			f.fail(id.Pos(), "cannot use generic function %s without instantiation", id.Name)
		}
		t = f.e.subst(inst)
	}
	return &code.Node{Op: code.FuncVal, Type: f.tid(t), Pos: f.pos(id.Pos()), A: int64(f.p.funcID(obj, targs))}
}

// isQualified reports whether a selector names something of a package.
func (f *fn) isQualified(x *ast.SelectorExpr) bool {
	id, ok := x.X.(*ast.Ident)
	if !ok {
		return false
	}
	_, ok = f.u.Info.Uses[id].(*types.PkgName)
	return ok
}

// lookup finds the field or method of a selector, with the type arguments at hand.
func (f *fn) lookup(x *ast.SelectorExpr) (obj types.Object, index []int, indirect bool) {
	t := f.typ(x.X)
	pkg := f.u.Pkg
	if sel := f.u.Info.Uses[x.Sel]; sel != nil && sel.Pkg() != nil {
		pkg = sel.Pkg()
	}
	obj, index, indirect = types.LookupFieldOrMethod(t, true, pkg, x.Sel.Name)
	if obj == nil {
		f.fail(x.Sel.Pos(), "lowering: %s has no field or method %s", t, x.Sel.Name)
	}
	return obj, index, indirect
}

// walk goes from a value of type t through fields, embedded ones mostly.
func (f *fn) walk(n *code.Node, t types.Type, index []int, pos token.Pos) (*code.Node, types.Type) {
	for _, i := range index {
		if ptr, ok := t.Underlying().(*types.Pointer); ok {
			t = types.Unalias(ptr.Elem())
			n = f.node(code.Deref, t, pos, n)
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			f.fail(pos, "lowering: a field of %s", t)
		}
		t = types.Unalias(st.Field(i).Type())
		n = f.node(code.FieldOf, t, pos, n)
		n.A = int64(i)
	}
	return n, t
}

func (f *fn) selector(x *ast.SelectorExpr) *code.Node {
	if f.isQualified(x) {
		return f.ident(x.Sel, x)
	}
	if f.u.Info.Types[x.X].IsType() {
		return f.methodExpr(x)
	}
	obj, index, _ := f.lookup(x)
	if m, ok := obj.(*types.Func); ok {
		return f.methodValue(x, m, index)
	}
	n, _ := f.walk(f.expr(x.X), f.typ(x.X), index, x.Sel.Pos())
	return n
}

// addr is a pointer to a place.
func (f *fn) addr(n *code.Node, t types.Type, pos token.Pos) *code.Node {
	if n.Op == code.Deref && n.B == 1 {
		return n.Kids[0]
	}
	in := n
	for in.Op == code.FieldOf {
		in = in.Kids[0]
	}
	if in.Op == code.Local {
		f.fail(pos, "lowering: the address of a variable that has none")
	}
	return f.node(code.Addr, types.NewPointer(t), pos, n)
}

func (f *fn) index(x *ast.IndexExpr) *code.Node {
	t := f.typ(x.X)
	elem := f.typ(x)
	switch u := t.Underlying().(type) {
	case *types.Map:
		return f.mapIndex(x, u)
	case *types.Pointer:
		arr := types.Unalias(u.Elem())
		return f.node(code.Index, elem, x.Lbrack, f.node(code.Deref, arr, x.Lbrack, f.expr(x.X)), f.indexValue(x.Index))
	}
	n := f.node(code.Index, elem, x.Lbrack, f.expr(x.X), f.indexValue(x.Index))
	if f.sliceAt != nil && !isArray(t) {
		f.sliceAt[n] = true
	}
	return n
}

// indexValue lowers an index, which is of any integer type, or a constant that is one.
func (f *fn) indexValue(x ast.Expr) *code.Node {
	if x == nil {
		return nil
	}
	if v := f.u.Info.Types[x].Value; v != nil {
		if b, ok := f.typ(x).Underlying().(*types.Basic); !ok || b.Info()&types.IsInteger == 0 {
			return f.constant(v, types.Typ[types.Int], x.Pos())
		}
	}
	return f.expr(x)
}

func (f *fn) mapIndex(x *ast.IndexExpr, m *types.Map) *code.Node {
	return f.node(code.MapIndex, types.Unalias(m.Elem()), x.Lbrack, f.expr(x.X), f.exprTo(x.Index, m.Key()))
}

func (f *fn) slice(x *ast.SliceExpr) *code.Node {
	n := f.expr(x.X)
	if ptr, ok := f.typ(x.X).Underlying().(*types.Pointer); ok {
		n = f.node(code.Deref, types.Unalias(ptr.Elem()), x.Lbrack, n)
	}
	kids := []*code.Node{n, f.indexValue(x.Low), f.indexValue(x.High)}
	if x.Max != nil {
		kids = append(kids, f.indexValue(x.Max))
	}
	return f.node(code.SliceOp, f.typ(x), x.Lbrack, kids...)
}

func (f *fn) assert(x *ast.TypeAssertExpr, t types.Type) *code.Node {
	n := f.node(code.Assert, t, x.Lparen, f.expr(x.X))
	n.A = int64(n.Type)
	return n
}

func (f *fn) unary(x *ast.UnaryExpr) *code.Node {
	t := f.typ(x)
	switch x.Op {
	case token.AND:
		if lit, ok := ast.Unparen(x.X).(*ast.CompositeLit); ok {
			return f.hoisted(f.node(code.New, t, x.Pos(), f.composite(lit, f.typ(lit))), t)
		}
		n := f.addr(f.expr(x.X), f.typ(x.X), x.Pos())
		return f.conv(n, types.NewPointer(f.typ(x.X)), t, x.Pos())
	case token.ARROW:
		return f.hoisted(f.node(code.Recv, t, x.Pos(), f.expr(x.X)), t)
	case token.ADD:
		return f.exprTo(x.X, t)
	case token.SUB:
		return f.node(code.Neg, t, x.Pos(), f.exprTo(x.X, t))
	case token.NOT:
		return f.node(code.Not, t, x.Pos(), f.exprTo(x.X, t))
	case token.XOR:
		return f.node(code.Compl, t, x.Pos(), f.exprTo(x.X, t))
	}
	f.fail(x.Pos(), "lowering: unary %s", x.Op)
	return nil
}

var binaryOps = map[token.Token]code.Op{
	token.ADD: code.Add, token.SUB: code.Sub, token.MUL: code.Mul, token.QUO: code.Quo, token.REM: code.Rem,
	token.AND: code.And, token.OR: code.Or, token.XOR: code.Xor, token.AND_NOT: code.AndNot,
	token.SHL: code.Shl, token.SHR: code.Shr,
	token.EQL: code.Eq, token.NEQ: code.Ne, token.LSS: code.Lt, token.LEQ: code.Le, token.GTR: code.Gt, token.GEQ: code.Ge,
	token.LAND: code.LAnd, token.LOR: code.LOr,
}

func (f *fn) binary(x *ast.BinaryExpr) *code.Node {
	t := f.typ(x)
	op := binaryOps[x.Op]
	switch x.Op {
	case token.LAND, token.LOR:
		return f.logic(x, op, t)
	case token.SHL, token.SHR:
		left := f.exprTo(x.X, t)
		return f.node(op, t, x.OpPos, left, f.shiftCount(x.Y))
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		with := f.comparedAs(x.X, x.Y)
		left := f.exprTo(x.X, with)
		n := f.node(op, t, x.OpPos, left, f.exprTo(x.Y, with))
		switch with.Underlying().(type) {
		case *types.Struct, *types.Array:
			return f.hoisted(n, t)
		}
		return n
	}
	left := f.exprTo(x.X, t)
	return f.node(op, t, x.OpPos, left, f.exprTo(x.Y, t))
}

// logic lowers && and ||, whose right side may not be evaluated.
func (f *fn) logic(x *ast.BinaryExpr, op code.Op, t types.Type) *code.Node {
	left := f.exprTo(x.X, t)
	if !f.hoist {
		return f.node(op, t, x.OpPos, left, f.exprTo(x.Y, t))
	}
	value := f.temp(left, t)
	saved := f.cur
	f.cur = nil
	f.set(value, f.exprTo(x.Y, t), x.OpPos)
	then := &code.Node{Op: code.Block, Kids: f.cur}
	f.cur = saved
	cond := value
	if op == code.LOr {
		cond = f.node(code.Not, t, x.OpPos, value)
	}
	f.do(&code.Node{Op: code.If, Kids: []*code.Node{cond, then}})
	return value
}

// shiftCount lowers the right side of a shift.
func (f *fn) shiftCount(x ast.Expr) *code.Node {
	if v := f.u.Info.Types[x].Value; v != nil {
		v = constant.ToInt(v)
		if _, ok := constant.Uint64Val(v); ok {
			return f.constant(v, types.Typ[types.Uint], x.Pos())
		}
	}
	return f.expr(x)
}

// comparedAs is the type that both operands of a comparison are converted to.
func (f *fn) comparedAs(x, y ast.Expr) types.Type {
	switch {
	case f.isNil(x):
		return f.typ(y)
	case f.isNil(y):
		return f.typ(x)
	}
	return f.commonType(f.typ(x), f.typ(y), f.isUntyped(x))
}

// isUntyped reports whether an expression takes the type of what is beside it.
func (f *fn) isUntyped(x ast.Expr) bool {
	b, ok := f.u.Info.TypeOf(x).(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

func (f *fn) commonType(x, y types.Type, untyped bool) types.Type {
	switch {
	case types.Identical(x, y):
		return x
	case types.IsInterface(x) && !types.IsInterface(y):
		return x
	case types.IsInterface(y) && !types.IsInterface(x):
		return y
	case untyped || types.AssignableTo(x, y):
		return y
	}
	return x
}

// composite lowers a literal of type t, or of what t points to.
func (f *fn) composite(x *ast.CompositeLit, t types.Type) *code.Node {
	switch u := t.Underlying().(type) {
	case *types.Pointer: // &T is left out
		elem := types.Unalias(u.Elem())
		return f.node(code.New, t, x.Pos(), f.composite(x, elem))
	case *types.Struct:
		return f.inline(func() *code.Node { return f.structLit(x, t, u) })
	case *types.Array:
		n := f.elements(x, t, types.Unalias(u.Elem()))
		n.A = u.Len()
		return n
	case *types.Slice:
		return f.elements(x, t, types.Unalias(u.Elem()))
	case *types.Map:
		n := f.node(code.MapLit, t, x.Pos())
		for _, e := range x.Elts {
			kv := e.(*ast.KeyValueExpr)
			key := f.exprTo(kv.Key, types.Unalias(u.Key()))
			n.Kids = append(n.Kids, key, f.exprTo(kv.Value, types.Unalias(u.Elem())))
		}
		return n
	}
	f.fail(x.Pos(), "lowering: a composite literal of type %s", t)
	return nil
}

func (f *fn) structLit(x *ast.CompositeLit, t types.Type, u *types.Struct) *code.Node {
	n := f.node(code.StructLit, t, x.Pos())
	for i, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			name := kv.Key.(*ast.Ident)
			i = fieldIndex(u, name.Name, f.u.Info.Uses[name])
			e = kv.Value
		}
		value := f.exprTo(e, types.Unalias(u.Field(i).Type()))
		if u.Field(i).Name() == "_" { // stays zero
			f.eval(value)
			continue
		}
		n.Ints = append(n.Ints, int64(i))
		n.Kids = append(n.Kids, value)
	}
	return n
}

// fieldIndex finds a field by name; obj, the field in the check, tells names of other packages apart.
func fieldIndex(t *types.Struct, name string, obj types.Object) int {
	for i := range t.NumFields() {
		if v := t.Field(i); v == obj || v.Name() == name && (obj == nil || v.Exported() || v.Pkg() == obj.Pkg()) {
			return i
		}
	}
	return -1
}

// elements lowers a literal of an array or a slice, with the length that the elements need.
func (f *fn) elements(x *ast.CompositeLit, t, elem types.Type) *code.Node {
	n := f.node(code.ArrayLit, t, x.Pos())
	next := int64(0)
	for _, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			i, ok := constant.Int64Val(constant.ToInt(f.u.Info.Types[kv.Key].Value))
			if !ok {
				f.fail(kv.Pos(), "lowering: an index that is no constant")
			}
			next, e = i, kv.Value
		}
		n.Ints = append(n.Ints, next)
		n.Kids = append(n.Kids, f.exprTo(e, elem))
		next++
		n.A = max(n.A, next)
	}
	return n
}
