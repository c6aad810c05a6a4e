package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A dest is where a value is assigned.
type dest struct {
	x ast.Expr
	v *types.Var // a new variable, else nil
	t types.Type // nil: the value is forgotten
}

func isBlank(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == "_"
}

// dest looks at a left side.
func (f *fn) dest(x ast.Expr, define bool) dest {
	x = ast.Unparen(x)
	if isBlank(x) {
		return dest{x: x}
	}
	id, ok := x.(*ast.Ident)
	if ok && define && f.u.Info.Uses[id] == nil {
		v := f.object(id).(*types.Var)
		return dest{x: x, v: v, t: f.varType(v)}
	}
	return dest{x: x, t: f.typ(x)}
}

func (f *fn) assignment(s *ast.AssignStmt) {
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		f.update(s.Lhs[0], updateOps[s.Tok], s.Rhs[0], s.TokPos)
		return
	}
	var lhs []dest
	for _, x := range s.Lhs {
		lhs = append(lhs, f.dest(x, s.Tok == token.DEFINE))
	}
	f.assign(lhs, s.Rhs, s.Pos())
}

// assign lowers an assignment or declaration with values.
func (f *fn) assign(lhs []dest, rhs []ast.Expr, pos token.Pos) {
	var operands []ast.Expr
	for _, d := range lhs {
		if _, ok := d.x.(*ast.Ident); !ok {
			operands = append(operands, d.x)
		}
	}
	old := f.order(append(operands, rhs...)...)
	switch {
	case len(lhs) == len(rhs) && len(lhs) == 1:
		f.assignOne(lhs[0], rhs[0], pos)
	case len(lhs) == len(rhs):
		f.assignAll(lhs, rhs, pos)
	default:
		f.assignTuple(lhs, rhs[0], pos)
	}
	f.hoist = old
}

func (f *fn) assignOne(d dest, x ast.Expr, pos token.Pos) {
	switch {
	case d.v != nil:
		f.declare(d.v, f.exprTo(x, d.t), pos)
	case d.t != nil:
		place := f.place(d.x)
		f.put(place, f.exprTo(x, place.t), pos)
	case f.isNil(x):
	default:
		f.eval(f.expr(x))
	}
}

// A place is where a value can be stored.
type place struct {
	n   *code.Node // a place, or a map if key is there
	key *code.Node
	t   types.Type
}

// place lowers the left side of an assignment.
func (f *fn) place(x ast.Expr) place {
	x = ast.Unparen(x)
	if ix, ok := x.(*ast.IndexExpr); ok {
		if m, ok := f.typ(ix.X).Underlying().(*types.Map); ok {
			n := f.expr(ix.X)
			return place{n, f.exprTo(ix.Index, types.Unalias(m.Key())), types.Unalias(m.Elem())}
		}
	}
	return place{n: f.expr(x), t: f.typ(x)}
}

func (f *fn) put(p place, value *code.Node, pos token.Pos) {
	if p.key != nil {
		f.do(f.node(code.MapSet, nil, pos, p.n, p.key, value))
		return
	}
	f.set(p.n, value, pos)
}

// store assigns values that have been computed to expressions, all at once. An expression may be nil.
func (f *fn) store(xs []ast.Expr, values []operand) {
	var lhs []dest
	var todo []operand
	for i, x := range xs {
		if x == nil {
			continue
		}
		if d := f.dest(x, false); d.t != nil {
			lhs, todo = append(lhs, d), append(todo, values[i])
		}
	}
	if len(lhs) == 0 {
		return
	}
	live := len(f.live)
	old := f.order(xs...)
	places := f.places(lhs)
	if len(lhs) > 1 {
		f.freezeAll(places, f.changed(lhs, places))
	}
	for i, p := range places {
		f.put(p, f.as(todo[i], p.t, lhs[i].x.Pos()), lhs[i].x.Pos())
	}
	f.hoist = old
	f.release(live)
}

// assignAll lowers a, b = x, y.
func (f *fn) assignAll(lhs []dest, rhs []ast.Expr, pos token.Pos) {
	if f.allNew(lhs) {
		// What is declared can't be used on the right side.
		for i, d := range lhs {
			f.assignOne(d, rhs[i], pos)
		}
		return
	}
	places := f.places(lhs)
	values := make([]*code.Node, len(rhs))
	for i, x := range rhs {
		switch {
		case lhs[i].t != nil:
			values[i] = f.exprTo(x, lhs[i].t)
		case !f.isNil(x):
			values[i] = f.expr(x)
		}
	}
	changed := f.changed(lhs, places)
	f.freezeAll(places, changed)
	last := -1
	if f.locals(lhs, places, changed) && lhs[len(lhs)-1].t != nil {
		last = len(lhs) - 1 // can be stored first, for nothing else depends on it
	}
	for i, n := range values {
		if lhs[i].t == nil {
			if n != nil {
				f.eval(n)
			}
			continue
		}
		if i != last && !stable(n, changed) {
			values[i] = f.tempNode(n)
		}
	}
	if last >= 0 {
		f.finishAssign(lhs[last], places[last], values[last], pos)
	}
	for i := range lhs {
		if i != last {
			f.finishAssign(lhs[i], places[i], values[i], pos)
		}
	}
}

func (f *fn) finishAssign(d dest, p place, value *code.Node, pos token.Pos) {
	switch {
	case d.v != nil:
		f.declare(d.v, value, pos)
	case d.t != nil:
		f.put(p, value, pos)
	}
}

// allNew reports whether all left sides are new variables of the function, or blank.
func (f *fn) allNew(lhs []dest) bool {
	for _, d := range lhs {
		if d.v == nil && d.t != nil || d.v != nil && isGlobal(d.v) {
			return false
		}
	}
	return true
}

// places lowers the left sides that are no new variables.
func (f *fn) places(lhs []dest) []place {
	saved := f.sliceAt
	f.sliceAt = map[*code.Node]bool{}
	out := make([]place, len(lhs))
	for i, d := range lhs {
		if d.v == nil && d.t != nil {
			out[i] = f.place(d.x)
		}
	}
	f.frozenAt, f.sliceAt = f.sliceAt, saved
	return out
}

// changed are the slots that an assignment changes, with how many times.
func (f *fn) changed(lhs []dest, places []place) map[int64]int {
	out := map[int64]int{}
	for i := range lhs {
		for n := places[i].n; n != nil && places[i].key == nil; n = n.Kids[0] {
			if n.Op == code.Local {
				out[n.A]++
			}
			if n.Op != code.FieldOf && (n.Op != code.Index || f.frozenAt[n]) {
				break
			}
		}
	}
	return out
}

// locals reports whether all left sides are different variables in slots.
func (f *fn) locals(lhs []dest, places []place, changed map[int64]int) bool {
	for i, d := range lhs {
		switch {
		case d.v != nil:
			if isGlobal(d.v) {
				return false
			}
		case d.t != nil:
			if n := places[i].n; n.Op != code.Local || places[i].key != nil || changed[n.A] > 1 {
				return false
			}
		}
	}
	return true
}

// stable reports whether an expression without effects has the same value after the assignment.
func stable(n *code.Node, changed map[int64]int) bool {
	switch n.Op {
	case code.Const, code.Zero:
		return true
	case code.Local:
		return changed[n.A] == 0
	}
	return false
}

// freezeAll evaluates the operands of indices and pointers in places.
func (f *fn) freezeAll(places []place, changed map[int64]int) {
	for i := range places {
		p := &places[i]
		switch {
		case p.n == nil:
		case p.key != nil:
			p.n, p.key = f.fix(p.n, changed), f.fix(p.key, changed)
		default:
			p.n = f.freeze(p.n, changed)
		}
	}
}

func (f *fn) freeze(n *code.Node, changed map[int64]int) *code.Node {
	c := *n
	switch {
	case n.Op == code.Deref && n.B == 0:
		c.Kids = []*code.Node{f.fix(n.Kids[0], changed)}
	case n.Op == code.FieldOf:
		c.Kids = []*code.Node{f.freeze(n.Kids[0], changed)}
	case n.Op == code.Index && f.frozenAt[n]:
		c.Kids = []*code.Node{f.fix(n.Kids[0], changed), f.fix(n.Kids[1], changed)}
	case n.Op == code.Index:
		c.Kids = []*code.Node{f.freeze(n.Kids[0], changed), f.fix(n.Kids[1], changed)}
	default:
		return n
	}
	return &c
}

func (f *fn) fix(n *code.Node, changed map[int64]int) *code.Node {
	if stable(n, changed) {
		return n
	}
	return f.tempNode(n)
}

// tempNode is temp for a value whose type is known by identity.
func (f *fn) tempNode(n *code.Node) *code.Node {
	s := f.slotOf(n.Type)
	to := code.Node{Op: code.Local, Type: n.Type, A: int64(s)}
	again := to
	f.do(&code.Node{Op: code.Assign, Pos: n.Pos, Kids: []*code.Node{&to, n}})
	return &again
}

// assignTuple lowers a, b = x where x has several values.
func (f *fn) assignTuple(lhs []dest, x ast.Expr, pos token.Pos) {
	places := f.places(lhs)
	n, list := f.severalValues(x)
	f.unpack(lhs, places, n, list, pos)
}

// severalValues lowers an expression in a context of several values: a call, or a value and an ok.
func (f *fn) severalValues(x ast.Expr) (*code.Node, []types.Type) {
	x = ast.Unparen(x)
	if call, ok := x.(*ast.CallExpr); ok {
		n, c := f.callNode(call)
		var list []types.Type
		for v := range c.sig.Results().Variables() {
			list = append(list, types.Unalias(v.Type()))
		}
		return n, list
	}
	t := f.typ(x)
	var n *code.Node
	switch x := x.(type) {
	case *ast.IndexExpr:
		m := f.typ(x.X).Underlying().(*types.Map)
		t = types.Unalias(m.Elem())
		n = f.mapIndex(x, m)
	case *ast.TypeAssertExpr:
		n = f.assert(x, t)
	case *ast.UnaryExpr:
		n = f.node(code.Recv, nil, x.Pos(), f.expr(x.X))
	default:
		f.fail(x.Pos(), "lowering: two values of %T", x)
	}
	list := []types.Type{t, types.Typ[types.Bool]}
	n.Type = f.p.tupleID(list...)
	return n, list
}

// unpack stores the values of n.
func (f *fn) unpack(lhs []dest, places []place, n *code.Node, list []types.Type, pos token.Pos) {
	un := f.node(code.Unpack, nil, pos, n)
	later := make([]*code.Node, len(lhs))
	f.do(un)
	changed := f.changed(lhs, places)
	direct := f.locals(lhs, places, changed)
	for i, d := range lhs {
		slot := -1
		same := d.t != nil && types.Identical(d.t, list[i])
		switch {
		case d.t == nil:
		case same && d.v != nil && !isGlobal(d.v) && !f.facts.escapes[d.v]:
			slot = f.slot(d.t)
			f.vars[d.v] = slot
		case same && d.v == nil && direct:
			slot = int(places[i].n.A)
		default:
			slot = f.slot(list[i])
			later[i] = f.conv(f.local(slot, list[i]), list[i], d.t, pos)
		}
		un.Ints = append(un.Ints, int64(slot))
	}
	f.freezeAll(places, changed)
	for i, d := range lhs {
		if later[i] != nil {
			f.finishAssign(d, places[i], later[i], pos)
		}
	}
}

var updateOps = map[token.Token]code.Op{
	token.ADD_ASSIGN: code.Add, token.SUB_ASSIGN: code.Sub, token.MUL_ASSIGN: code.Mul, token.QUO_ASSIGN: code.Quo, token.REM_ASSIGN: code.Rem,
	token.AND_ASSIGN: code.And, token.OR_ASSIGN: code.Or, token.XOR_ASSIGN: code.Xor, token.AND_NOT_ASSIGN: code.AndNot,
	token.SHL_ASSIGN: code.Shl, token.SHR_ASSIGN: code.Shr,
}

// update lowers x op= y.
func (f *fn) update(x ast.Expr, op code.Op, y ast.Expr, pos token.Pos) {
	old := f.order(x, y)
	p := f.place(x)
	var value *code.Node
	if op == code.Shl || op == code.Shr {
		value = f.shiftCount(y)
	} else {
		value = f.exprTo(y, p.t)
	}
	f.hoist = old
	f.change(p, op, value, pos)
}

func (f *fn) incDec(s *ast.IncDecStmt) {
	old := f.order(s.X)
	p := f.place(s.X)
	f.hoist = old
	op := code.Add
	if s.Tok == token.DEC {
		op = code.Sub
	}
	f.change(p, op, f.one(p.t, s.Pos()), s.TokPos)
}

// change does op= to a place.
func (f *fn) change(p place, op code.Op, value *code.Node, pos token.Pos) {
	if p.key == nil {
		n := f.node(code.Update, nil, pos, p.n, value)
		n.A = int64(op)
		f.do(n)
		return
	}
	m, key := f.fix(p.n, nil), f.fix(p.key, nil)
	value = f.fix(value, nil)
	elem := f.node(code.MapIndex, p.t, pos, m, key)
	f.do(f.node(code.MapSet, nil, pos, m, key, f.node(op, p.t, pos, elem, value)))
}
