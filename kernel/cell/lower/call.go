package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A callee is what a call calls.
type callee struct {
	op        code.Op
	id        code.FuncID
	name      string
	first     *code.Node // what stands before the arguments: a receiver, a func value
	firstType types.Type
	sig       *types.Signature // without receiver and type parameters
	pos       token.Pos
}

// call makes the call of c with arguments; its type is a Tuple if there are several results, and
// none if there are none.
func (f *fn) call(c *callee, args []*code.Node) *code.Node {
	n := &code.Node{Op: c.op, Pos: f.pos(c.pos), A: int64(c.id), S: c.name}
	if c.first != nil {
		n.Kids = append(n.Kids, c.first)
	}
	n.Kids = append(n.Kids, args...)
	if t := f.resultType(c.sig); t != nil {
		n.Type = f.tid(t)
	}
	return n
}

// resultType is the type of a call: nil, a type, or a tuple.
func (f *fn) resultType(sig *types.Signature) types.Type {
	switch res := sig.Results(); res.Len() {
	case 0:
		return nil
	case 1:
		return types.Unalias(res.At(0).Type())
	default:
		return res
	}
}

// callExpr lowers a call that has a value.
func (f *fn) callExpr(x *ast.CallExpr) *code.Node {
	if f.u.Info.Types[x.Fun].IsType() {
		return f.conversion(x)
	}
	if name := f.builtinName(x.Fun); name != "" {
		return f.builtin(x, name)
	}
	n, c := f.callNode(x)
	t := f.resultType(c.sig)
	if t == nil {
		f.fail(x.Pos(), "lowering: a call without a value as a value")
	}
	return f.hoisted(n, t)
}

// callNode lowers a call of a function. The node isn't hoisted.
func (f *fn) callNode(x *ast.CallExpr) (*code.Node, *callee) {
	if len(x.Args) != 1 || !f.isTuple(x.Args[0]) {
		c := f.callee(x.Fun)
		ops := make([]operand, len(x.Args))
		for i, a := range x.Args {
			ops[i] = operand{x: a}
		}
		return f.call(c, f.pack(c, ops, x)), c
	}
	if f.hoist {
		return f.callWith(x)
	}
	var c *callee
	n := f.seq(func() (n *code.Node) {
		n, c = f.callWith(x)
		return n
	})
	return n, c
}

// callNow is callNode where statements before the call do no harm.
func (f *fn) callNow(x *ast.CallExpr) (*code.Node, *callee) {
	if len(x.Args) == 1 && f.isTuple(x.Args[0]) {
		return f.callWith(x)
	}
	return f.callNode(x)
}

// callWith lowers the call of a function with the values of another.
func (f *fn) callWith(x *ast.CallExpr) (*code.Node, *callee) {
	c := f.callee(x.Fun)
	if c.first != nil && c.first.Op != code.Local {
		c.first = f.temp(c.first, c.firstType)
	}
	args := f.pack(c, f.spread(x.Args[0]), x)
	return f.call(c, args), c
}

// An operand is an expression, or a value that has been computed.
type operand struct {
	x ast.Expr
	n *code.Node
	t types.Type // of n
}

func (f *fn) as(o operand, t types.Type, pos token.Pos) *code.Node {
	if o.x != nil {
		return f.exprTo(o.x, t)
	}
	return f.conv(o.n, o.t, t, pos)
}

// isTuple reports whether an expression is a call with several results.
func (f *fn) isTuple(x ast.Expr) bool {
	if _, ok := ast.Unparen(x).(*ast.CallExpr); !ok {
		return false
	}
	_, ok := f.u.Info.TypeOf(x).(*types.Tuple)
	return ok
}

// spread makes a call with several results and returns what stands for these.
func (f *fn) spread(x ast.Expr) []operand {
	n, c := f.callNode(ast.Unparen(x).(*ast.CallExpr))
	var out []operand
	un := &code.Node{Op: code.Unpack, Pos: n.Pos, Kids: []*code.Node{n}}
	for v := range c.sig.Results().Variables() {
		t := types.Unalias(v.Type())
		s := f.slot(t)
		un.Ints = append(un.Ints, int64(s))
		out = append(out, operand{n: f.local(s, t), t: t})
	}
	f.do(un)
	return out
}

// pack converts arguments to the parameters' types and makes the slice of a variadic function's last
// ones.
func (f *fn) pack(c *callee, ops []operand, x *ast.CallExpr) []*code.Node {
	params := c.sig.Params()
	var args []*code.Node
	for i := range params.Len() {
		t := types.Unalias(params.At(i).Type())
		if !c.sig.Variadic() || i < params.Len()-1 || x.Ellipsis.IsValid() {
			args = append(args, f.as(ops[i], t, x.Pos()))
			continue
		}
		if len(ops) == i {
			args = append(args, f.zero(t))
			continue
		}
		elem := types.Unalias(t.Underlying().(*types.Slice).Elem())
		lit := f.node(code.ArrayLit, t, x.Pos())
		for j, o := range ops[i:] {
			lit.Ints = append(lit.Ints, int64(j))
			lit.Kids = append(lit.Kids, f.as(o, elem, x.Pos()))
		}
		lit.A = int64(len(lit.Kids))
		args = append(args, lit)
	}
	return args
}

// callee finds out what a call calls, and lowers what stands before the arguments.
func (f *fn) callee(fun ast.Expr) *callee {
	if id := funcIdent(fun); id != nil {
		obj, _ := f.object(id).(*types.Func)
		if obj != nil && obj.Signature().Recv() == nil {
			return f.calledFunc(id, obj)
		}
	}
	if sel, ok := ast.Unparen(fun).(*ast.SelectorExpr); ok && !f.isQualified(sel) && !f.u.Info.Types[sel.X].IsType() {
		obj, index, _ := f.lookup(sel)
		if m, ok := obj.(*types.Func); ok {
			return f.method(f.expr(sel.X), f.typ(sel.X), m, index, sel.Sel.Pos())
		}
	}
	t := f.typ(fun)
	return &callee{op: code.CallValue, first: f.expr(fun), firstType: t, sig: t.Underlying().(*types.Signature), pos: callPos(fun)}
}

// callPos is the position of a call as the Go compiler reports it: that of the name for what is
// selected, else where it begins.
func callPos(fun ast.Expr) token.Pos {
	if sel, ok := ast.Unparen(fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Pos()
	}
	return fun.Pos()
}

func (f *fn) calledFunc(id *ast.Ident, obj *types.Func) *callee {
	targs := f.typeArgs(id)
	sig := obj.Signature()
	if inst, ok := f.u.Info.Instances[id]; ok {
		sig = inst.Type.(*types.Signature)
	}
	c := &callee{sig: f.e.subst(sig).(*types.Signature), pos: id.Pos()}
	if f.p.isExtern(obj) {
		c.op, c.name = code.CallExtern, f.p.externName(obj)
	} else {
		c.op, c.id = code.CallFunc, f.p.funcID(obj, targs)
	}
	return c
}

// method finds out how method m of the value n is called: index is the way to it through embedded
// fields.
func (f *fn) method(n *code.Node, t types.Type, m *types.Func, index []int, pos token.Pos) *callee {
	n, t = f.walk(n, t, index[:len(index)-1], pos)
	c := &callee{sig: plainSig(m), pos: pos, name: m.Name()}
	if types.IsInterface(t) {
		c.op, c.first, c.firstType = code.CallIface, n, t
		return c
	}
	ptr, isPtr := t.Underlying().(*types.Pointer)
	if _, named := t.(*types.Named); named {
		isPtr = false // methods aren't those of its elem
	}
	_, wantPtr := types.Unalias(m.Signature().Recv().Type()).(*types.Pointer)
	switch {
	case wantPtr && !isPtr:
		n, t = f.addr(n, t, pos), types.NewPointer(t)
	case !wantPtr && isPtr:
		t = types.Unalias(ptr.Elem())
		n = f.node(code.Deref, t, pos, n)
	}
	c.first, c.firstType = n, t
	if f.p.isExtern(m) {
		c.op = code.CallMethod
	} else {
		c.op, c.id, c.name = code.CallFunc, f.p.funcID(m, nil), ""
	}
	return c
}

// plainSig is the signature of a method without the receiver.
func plainSig(m *types.Func) *types.Signature {
	s := m.Signature()
	return types.NewSignatureType(nil, nil, nil, s.Params(), s.Results(), s.Variadic())
}

// methodValue lowers x.M without a call.
func (f *fn) methodValue(x *ast.SelectorExpr, m *types.Func, index []int) *code.Node {
	c := f.method(f.expr(x.X), f.typ(x.X), m, index, x.Sel.Pos())
	n := f.node(code.Bind, c.sig, x.Sel.Pos(), c.first)
	n.A, n.S = int64(c.id), m.Name()
	return n
}

// methodExpr lowers T.M: a function that takes the receiver first.
func (f *fn) methodExpr(x *ast.SelectorExpr) *code.Node {
	recv := f.typ(x.X)
	obj, index, _ := f.lookup(x)
	m, ok := obj.(*types.Func)
	if !ok {
		f.fail(x.Pos(), "lowering: a method expression without a method")
	}
	sig := f.typ(x).(*types.Signature)
	var in, out []types.Type
	for v := range sig.Params().Variables() {
		in = append(in, types.Unalias(v.Type()))
	}
	for v := range sig.Results().Variables() {
		out = append(out, types.Unalias(v.Type()))
	}
	in[0] = recv
	id := f.synth(f.name+"."+x.Sel.Name, in, out, func(g *fn, args []*code.Node) {
		c := g.method(args[0], recv, m, index, x.Sel.Pos())
		g.forward(g.call(c, args[1:]), len(in), len(out))
	})
	n := f.node(code.FuncVal, sig, x.Pos())
	n.A = int64(id)
	return n
}

// forward returns what a call returns.
func (f *fn) forward(call *code.Node, nin, nout int) {
	switch nout {
	case 0:
		f.do(&code.Node{Op: code.Eval, Kids: []*code.Node{call}})
	case 1:
		f.do(&code.Node{Op: code.Return, Kids: []*code.Node{call}})
	default:
		un := &code.Node{Op: code.Unpack, Kids: []*code.Node{call}}
		for i := range nout {
			un.Ints = append(un.Ints, int64(nin+i))
		}
		f.do(un)
		f.do(&code.Node{Op: code.Return})
	}
}

// conversion lowers T(x).
func (f *fn) conversion(x *ast.CallExpr) *code.Node {
	t := f.typ(x.Fun)
	arg := x.Args[0]
	if f.isNil(arg) {
		return f.zero(t)
	}
	if v := f.u.Info.Types[arg].Value; v != nil {
		// With a type parameter it is no constant, and the argument has the default type.
		_, basic := t.Underlying().(*types.Basic)
		if basic && f.isTypeParam(x.Fun) {
			return f.constant(v, t, x.Pos())
		}
		if types.IsInterface(t) {
			return f.exprTo(arg, t)
		}
	}
	from := f.typ(arg)
	n := f.conv(f.expr(arg), from, t, x.Pos())
	if copies(from, t) {
		return f.hoisted(n, t)
	}
	return n
}

// copies reports whether a conversion copies text.
func copies(from, to types.Type) bool {
	_, a := from.Underlying().(*types.Slice)
	_, b := to.Underlying().(*types.Slice)
	basic, ok := from.Underlying().(*types.Basic)
	if a {
		basic, ok = to.Underlying().(*types.Basic)
	}
	return a != b && ok && basic.Info()&types.IsString != 0
}

// isTypeParam reports whether an expression denotes a type parameter.
func (f *fn) isTypeParam(x ast.Expr) bool {
	_, ok := types.Unalias(f.u.Info.TypeOf(x)).(*types.TypeParam)
	return ok
}

// deferred lowers go and defer.
func (f *fn) deferred(op code.Op, x *ast.CallExpr, pos token.Pos) {
	old := f.order(x)
	if op == code.Defer {
		f.declared().flags |= code.HasDefer
	}
	var n *code.Node
	if name := f.builtinName(x.Fun); name == "recover" && op == code.Go {
		n = nil // does nothing
	} else if name != "" {
		n = f.deferredBuiltin(x, name)
	} else {
		n, _ = f.callNow(x)
	}
	f.hoist = old
	if n == nil {
		return
	}
	d := &code.Node{Op: op, Pos: f.pos(pos), Kids: []*code.Node{n}}
	if op == code.Defer && f.rf != nil {
		d.Kids = append(d.Kids, f.frame(pos))
	}
	f.do(d)
}
