package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// switchStmt lowers an expression switch, in a block of its own.
func (f *fn) switchStmt(s *ast.SwitchStmt, label string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	var tag *code.Node
	var tagType types.Type
	if s.Tag != nil {
		old := f.order(s.Tag)
		tagType = f.typ(s.Tag)
		tag = f.expr(s.Tag)
		f.hoist = old
		if tag.Op != code.Const {
			tag = f.temp(tag, tagType)
		}
	}
	sw := f.node(code.Switch, nil, s.Pos())
	sw.A = f.newLabel()
	f.into(target{label, sw.A, false}, func() {
		for _, c := range s.Body.List {
			c := c.(*ast.CaseClause)
			n := f.node(code.Case, nil, c.Pos(), nil)
			if c.List == nil {
				n.B = 1
			}
			for _, x := range c.List {
				n.Kids = append(n.Kids, f.seq(func() *code.Node { return f.caseCond(tag, tagType, x) }))
			}
			body := c.Body
			if last := lastStmt(body); last >= 0 {
				if b, ok := body[last].(*ast.BranchStmt); ok && b.Tok == token.FALLTHROUGH {
					n.A, body = 1, body[:last]
				}
			}
			n.Kids[0] = f.block(func() { f.stmts(body) })
			sw.Kids = append(sw.Kids, n)
		}
	})
	f.do(sw)
}

// lastStmt is the index of the last statement that isn't empty.
func lastStmt(list []ast.Stmt) int {
	i := len(list) - 1
	for i >= 0 {
		if _, ok := list[i].(*ast.EmptyStmt); !ok {
			break
		}
		i--
	}
	return i
}

// caseCond is the condition of a case. tag is nil for a switch without one.
func (f *fn) caseCond(tag *code.Node, tagType types.Type, x ast.Expr) *code.Node {
	old := f.order(x)
	defer func() { f.hoist = old }()
	boolean := types.Typ[types.Bool]
	t := f.typ(x)
	if tag == nil {
		if !types.IsInterface(t) {
			return f.expr(x)
		}
		tag, tagType = f.boolConst(true), boolean
	}
	with := tagType
	if !f.isNil(x) {
		with = f.commonType(tagType, t, false)
	}
	left := f.conv(tag, tagType, with, x.Pos())
	return f.node(code.Eq, boolean, x.Pos(), left, f.exprTo(x, with))
}

// typeSwitch lowers a type switch, in a block of its own.
func (f *fn) typeSwitch(s *ast.TypeSwitchStmt, label string) {
	if s.Init != nil {
		f.stmt(s.Init)
	}
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.ExprStmt:
		x = a.X
	case *ast.AssignStmt:
		x = a.Rhs[0]
	}
	operand := ast.Unparen(x).(*ast.TypeAssertExpr).X
	old := f.order(operand)
	t := f.typ(operand)
	value := f.temp(f.expr(operand), t)
	f.hoist = old
	boolean := types.Typ[types.Bool]

	sw := f.node(code.Switch, nil, s.Pos())
	sw.A = f.newLabel()
	f.into(target{label, sw.A, false}, func() {
		for _, c := range s.Body.List {
			c := c.(*ast.CaseClause)
			n := f.node(code.Case, nil, c.Pos(), nil)
			if c.List == nil {
				n.B = 1
			}
			for _, x := range c.List {
				is := f.node(code.TypeIs, boolean, x.Pos(), value)
				if !f.isNil(x) {
					is.A = int64(f.tid(f.typ(x)))
				}
				n.Kids = append(n.Kids, is)
			}
			n.Kids[0] = f.block(func() {
				if v, ok := f.u.Info.Implicits[c].(*types.Var); ok {
					f.declare(v, f.switched(c, value, t, f.varType(v)), c.Pos())
				}
				f.stmts(c.Body)
			})
			sw.Kids = append(sw.Kids, n)
		}
	})
	f.do(sw)
}

// switched is the value of a type switch in a clause where its variable is of type t.
func (f *fn) switched(c *ast.CaseClause, value *code.Node, from, t types.Type) *code.Node {
	if len(c.List) != 1 || f.isNil(c.List[0]) {
		return value
	}
	n := f.node(code.Assert, t, c.Pos(), value)
	n.A = int64(n.Type)
	return n
}

// selectStmt lowers a select, in a block of its own.
func (f *fn) selectStmt(s *ast.SelectStmt, label string) {
	var operands []ast.Expr
	for _, c := range s.Body.List {
		switch comm := c.(*ast.CommClause).Comm.(type) {
		case *ast.SendStmt:
			operands = append(operands, comm.Chan, comm.Value)
		case nil:
		default:
			operands = append(operands, received(comm).X)
		}
	}
	old := f.order(operands...)
	sel := f.node(code.Select, nil, s.Pos())
	sel.A = f.newLabel()
	bodies := make([]func(), len(s.Body.List))
	for i, c := range s.Body.List {
		c := c.(*ast.CommClause)
		var n *code.Node
		switch comm := c.Comm.(type) {
		case nil:
			n = f.node(code.SelDefault, nil, c.Pos(), nil)
		case *ast.SendStmt:
			elem := types.Unalias(f.typ(comm.Chan).Underlying().(*types.Chan).Elem())
			ch := f.settled(f.expr(comm.Chan))
			n = f.node(code.SelSend, nil, c.Pos(), ch, f.settled(f.exprTo(comm.Value, elem)), nil)
		default:
			recv := received(comm)
			elem := types.Unalias(f.typ(recv.X).Underlying().(*types.Chan).Elem())
			n = f.node(code.SelRecv, nil, c.Pos(), f.settled(f.expr(recv.X)), nil)
			n.Ints, bodies[i] = f.receive(comm, elem)
		}
		sel.Kids = append(sel.Kids, n)
	}
	f.hoist = old
	f.into(target{label, sel.A, false}, func() {
		for i, c := range s.Body.List {
			n := sel.Kids[i]
			n.Kids[len(n.Kids)-1] = f.block(func() {
				if bodies[i] != nil {
					bodies[i]()
				}
				f.stmts(c.(*ast.CommClause).Body)
			})
		}
	})
	f.do(sel)
}

// settled evaluates an operand of a select now if calls come after it: here they don't come first.
func (f *fn) settled(n *code.Node) *code.Node {
	if !f.hoist {
		return n
	}
	return f.fix(n, nil)
}

// received is the receive operation of a communication.
func received(s ast.Stmt) *ast.UnaryExpr {
	var x ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		x = s.X
	case *ast.AssignStmt:
		x = s.Rhs[0]
	}
	return ast.Unparen(x).(*ast.UnaryExpr)
}

// receive returns the slots for what is received, and what to do with them then.
func (f *fn) receive(s ast.Stmt, elem types.Type) (slots []int64, start func()) {
	a, ok := s.(*ast.AssignStmt)
	if !ok {
		return []int64{-1, -1}, nil
	}
	list := []types.Type{elem, types.Typ[types.Bool]}
	slots = []int64{-1, -1}
	var lhs []dest
	values := make([]operand, len(a.Lhs))
	for i, x := range a.Lhs {
		d := f.dest(x, a.Tok == token.DEFINE)
		lhs = append(lhs, d)
		if d.t != nil {
			slot := f.slot(list[i])
			slots[i] = int64(slot)
			values[i] = operand{n: f.local(slot, list[i]), t: list[i]}
		}
	}
	return slots, func() {
		if a.Tok == token.ASSIGN {
			f.store(a.Lhs, values)
			return
		}
		for i, d := range lhs {
			if d.v != nil {
				f.declare(d.v, f.as(values[i], d.t, d.x.Pos()), d.x.Pos())
			}
		}
	}
}
