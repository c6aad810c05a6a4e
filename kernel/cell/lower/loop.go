package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// forStmt lowers a for with a condition or clauses, in a block of its own.
func (f *fn) forStmt(s *ast.ForStmt, label string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	n := f.node(code.For, nil, s.Pos())
	n.A = f.newLabel()
	n.Kids = make([]*code.Node, 3)
	if s.Cond != nil {
		n.Kids[0] = f.seq(func() *code.Node {
			old := f.order(s.Cond)
			c := f.expr(s.Cond)
			f.hoist = old
			return c
		})
	}
	f.into(target{label, n.A, true}, func() {
		n.Kids[1] = f.block(func() { f.stmts(s.Body.List) })
	})
	again := f.perTurn(s.Init)
	if s.Post != nil || len(again) > 0 {
		n.Kids[2] = f.block(func() {
			for _, v := range again {
				f.cellAgain(v)
			}
			if s.Post != nil {
				f.stmt(s.Post)
			}
		})
	}
	f.do(n)
}

// perTurn are the variables that each turn of a for has anew, and something else may still have.
func (f *fn) perTurn(init ast.Stmt) []*types.Var {
	a, ok := init.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE || f.oldLoops(a.Pos()) {
		return nil
	}
	var out []*types.Var
	for _, x := range a.Lhs {
		if v, ok := f.object(x.(*ast.Ident)).(*types.Var); ok && f.facts.escapes[v] && !isGlobal(v) {
			out = append(out, v)
		}
	}
	return out
}

// cellAgain makes a new variable with the value of the last one.
func (f *fn) cellAgain(v *types.Var) {
	t := types.NewPointer(f.varType(v))
	p := f.local(f.vars[v], t)
	f.set(p, &code.Node{Op: code.New, Type: f.tid(t), Kids: []*code.Node{f.variable(v, token.NoPos)}}, token.NoPos)
}

// A binding connects the slots that a range fills with the variables that the user wants there.
type binding struct {
	slots []int64
	start []func() // at the beginning of each turn
}

// bind makes a binding for the key, the value or both of a range, of the types in list.
func (f *fn) bind(s *ast.RangeStmt, list ...types.Type) *binding {
	b := &binding{}
	var values []operand
	xs := []ast.Expr{s.Key, s.Value}[:len(list)]
	for i, x := range xs {
		slot := -1
		if x != nil && !isBlank(ast.Unparen(x)) {
			slot = f.slot(list[i])
			if s.Tok == token.DEFINE {
				f.bindNew(b, x, slot, list[i])
			}
		}
		b.slots = append(b.slots, int64(slot))
		values = append(values, operand{n: f.local(slot, list[i]), t: list[i]})
	}
	if s.Tok == token.ASSIGN {
		b.start = append(b.start, func() { f.store(xs, values) })
	}
	return b
}

// bindNew binds a new variable. It is the slot itself if nobody can see a difference.
func (f *fn) bindNew(b *binding, x ast.Expr, slot int, t types.Type) {
	v := f.object(x.(*ast.Ident)).(*types.Var)
	if !f.facts.escapes[v] && !f.facts.assigned[v] && !isGlobal(v) {
		f.vars[v] = slot
		return
	}
	if f.facts.escapes[v] && f.oldLoops(x.Pos()) {
		f.declare(v, nil, x.Pos())
		b.start = append(b.start, func() { f.set(f.variable(v, x.Pos()), f.local(slot, t), x.Pos()) })
		return
	}
	b.start = append(b.start, func() { f.declare(v, f.local(slot, t), x.Pos()) })
}

// oldLoops reports whether the turns of a loop share its variables, as they did before Go 1.22.
func (f *fn) oldLoops(pos token.Pos) bool { return f.u.OldLoops != nil && f.u.OldLoops(pos) }

// turn is the body of a range.
func (f *fn) turn(s *ast.RangeStmt, label string, id int64, b *binding) *code.Node {
	var n *code.Node
	f.into(target{label, id, true}, func() {
		n = f.block(func() {
			for _, start := range b.start {
				start()
			}
			f.stmts(s.Body.List)
		})
	})
	return n
}

// rangeStmt lowers a range, in a block of its own.
func (f *fn) rangeStmt(s *ast.RangeStmt, label string) {
	t := f.typ(s.X)
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			f.rangeOver(code.RangeString, s, f.rangeOperand(s.X), types.Typ[types.Int], types.Typ[types.Rune], label)
			return
		}
		if u.Info()&types.IsInteger != 0 || f.u.Info.Types[s.X].Value != nil {
			f.rangeInt(s, t, label)
			return
		}
	case *types.Slice:
		f.rangeOver(code.RangeSlice, s, f.rangeOperand(s.X), types.Typ[types.Int], types.Unalias(u.Elem()), label)
		return
	case *types.Array:
		f.rangeArray(s, u, false, label)
		return
	case *types.Pointer:
		if a, ok := u.Elem().Underlying().(*types.Array); ok {
			f.rangeArray(s, a, true, label)
			return
		}
	case *types.Map:
		f.rangeOver(code.RangeMap, s, f.rangeOperand(s.X), types.Unalias(u.Key()), types.Unalias(u.Elem()), label)
		return
	case *types.Chan:
		f.rangeChan(s, types.Unalias(u.Elem()), label)
		return
	case *types.Signature:
		f.rangeFunc(s, u, label)
		return
	}
	f.fail(s.X.Pos(), "lowering: range over %s", t)
}

func (f *fn) rangeOperand(x ast.Expr) *code.Node {
	old := f.order(x)
	n := f.expr(x)
	f.hoist = old
	return n
}

// rangeOver lowers a range for which there is an operation with key and value.
func (f *fn) rangeOver(op code.Op, s *ast.RangeStmt, x *code.Node, key, value types.Type, label string) {
	n := f.node(op, nil, s.Pos())
	n.B = f.newLabel()
	b := f.bind(s, key, value)
	n.Ints = b.slots
	n.Kids = []*code.Node{x, f.turn(s, label, n.B, b)}
	f.do(n)
}

func (f *fn) rangeInt(s *ast.RangeStmt, t types.Type, label string) {
	if f.u.Info.Types[s.X].Value != nil && s.Key != nil && !isBlank(s.Key) {
		t = f.typ(s.Key) // the constant has the type of what it is assigned to
	}
	old := f.order(s.X)
	limit := f.exprTo(s.X, t)
	f.hoist = old
	f.count(s, limit, t, label)
}

// count runs the body for 0 to below a limit.
func (f *fn) count(s *ast.RangeStmt, limit *code.Node, t types.Type, label string) {
	n := f.node(code.RangeInt, nil, s.Pos())
	n.B = f.newLabel()
	b := f.bind(s, t)
	n.A = b.slots[0]
	if n.A < 0 {
		n.A = int64(f.slot(t))
	}
	n.Kids = []*code.Node{limit, f.turn(s, label, n.B, b)}
	f.do(n)
}

// rangeArray lowers a range over an array, or over what a pointer points to. With a value variable
// it goes over a copy of an array.
func (f *fn) rangeArray(s *ast.RangeStmt, u *types.Array, pointer bool, label string) {
	elem := types.Unalias(u.Elem())
	if s.Value == nil || isBlank(ast.Unparen(s.Value)) {
		if f.calls(s.X) { // else its length is a constant
			f.eval(f.rangeOperand(s.X))
		}
		f.count(s, f.intConst(u.Len()), types.Typ[types.Int], label)
		return
	}
	x := f.rangeOperand(s.X)
	arr := f.typ(s.X)
	if pointer {
		arr = types.Unalias(arr.Underlying().(*types.Pointer).Elem())
	} else {
		x = f.node(code.New, types.NewPointer(arr), s.X.Pos(), x)
	}
	place := f.node(code.Deref, arr, s.X.Pos(), x)
	all := f.node(code.SliceOp, types.NewSlice(elem), s.X.Pos(), place, nil, nil)
	f.rangeOver(code.RangeSlice, s, all, types.Typ[types.Int], elem, label)
}

// calls reports whether an expression has calls or receives in it, but those of its function literals.
func (f *fn) calls(x ast.Expr) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || f.u.Info.Types[n].Value == nil && !f.u.Info.Types[n.Fun].IsType()
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}

func (f *fn) rangeChan(s *ast.RangeStmt, elem types.Type, label string) {
	c := f.temp(f.rangeOperand(s.X), f.typ(s.X))
	n := f.node(code.For, nil, s.Pos())
	n.A = f.newLabel()
	ok := types.Typ[types.Bool]
	b := f.bind(s, elem)
	more := f.slot(ok)
	body := f.block(func() {
		recv := f.node(code.Recv, nil, s.X.Pos(), c)
		recv.Type = f.p.tupleID(elem, ok)
		un := f.node(code.Unpack, nil, s.X.Pos(), recv)
		un.Ints = []int64{b.slots[0], int64(more)}
		f.do(un)
		end := &code.Node{Op: code.Break, A: n.A}
		f.do(&code.Node{Op: code.If, Kids: []*code.Node{f.node(code.Not, ok, token.NoPos, f.local(more, ok)), end}})
		f.do(f.turn(s, label, n.A, b))
	})
	n.Kids = []*code.Node{nil, body, nil}
	f.do(n)
}
