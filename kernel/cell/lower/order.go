package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// Go says in which order calls are made, and leaves open when, among them, variables are
// read. The Go compiler makes the calls of a statement first and reads variables after them:
// in f(x, g()) it passes what x is after g(). Programs rely on that without knowing it, so
// the same is done here. Where a variable that a call could change, or an operation that could
// panic, stands before a call, the calls of the statement become statements
// of their own (fn.hoist), in their order, and with them what the Go compiler evaluates in its turn
// too: len, slices, conversions of text, comparisons of structs, literals that need memory.

// order decides whether the calls in the expressions of a statement must be hoisted, and returns
// what the decision was before.
func (f *fn) order(list ...ast.Expr) (old bool) {
	old = f.hoist
	s := sight{f: f}
	for _, x := range list {
		s.expr(x)
	}
	f.hoist = s.late
	return old
}

// hoisted evaluates a call now if that is the order.
func (f *fn) hoisted(n *code.Node, t types.Type) *code.Node {
	if !f.hoist {
		return n
	}
	return f.temp(n, t)
}

// A sight is what has been seen of a statement, from left to right.
type sight struct {
	f     *fn
	loose bool // something that depends on when it is evaluated
	late  bool // a call behind that
}

// expr looks at an expression.
func (s *sight) expr(x ast.Expr) {
	f := s.f
	if x == nil || f.u.Info.Types[x].Value != nil || f.u.Info.Types[x].IsType() {
		return
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		s.expr(x.X)
	case *ast.Ident:
		if v, ok := f.object(x).(*types.Var); ok && (isGlobal(v) || f.facts.escapes[v]) {
			s.loose = true
		}
	case *ast.CompositeLit:
		saved := s.loose
		for _, e := range x.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if _, ok := f.typ(x).Underlying().(*types.Map); ok {
					s.expr(kv.Key)
				}
				e = kv.Value
			}
			s.expr(e)
		}
		if _, ok := f.typ(x).Underlying().(*types.Map); ok {
			s.loose = saved
		}
	case *ast.SelectorExpr:
		if f.isQualified(x) {
			_, isVar := f.u.Info.Uses[x.Sel].(*types.Var)
			s.loose = s.loose || isVar
			return
		}
		s.expr(x.X)
		// Only what is in the frame, or in a value at hand, is the same later.
		if t := f.typ(x.X); t != nil {
			if _, ok := t.Underlying().(*types.Struct); !ok {
				s.loose = true
			}
		}
		if sel := f.u.Info.Selections[x]; sel == nil || sel.Indirect() {
			s.loose = true
		}
	case *ast.IndexExpr:
		if f.u.Info.Types[x.Index].IsType() {
			return
		}
		saved := s.loose
		s.expr(x.X)
		s.expr(x.Index)
		s.loose = true
		if _, ok := f.typ(x.X).Underlying().(*types.Map); ok {
			s.loose = saved // hoisted itself
		}
	case *ast.SliceExpr:
		saved := s.loose
		for _, e := range []ast.Expr{x.X, x.Low, x.High, x.Max} {
			s.expr(e)
		}
		s.loose = saved
	case *ast.StarExpr:
		s.expr(x.X)
		s.loose = true
	case *ast.TypeAssertExpr:
		saved := s.loose
		s.expr(x.X)
		s.loose = saved
	case *ast.UnaryExpr:
		if x.Op == token.ARROW {
			s.call(x.X)
			return
		}
		saved := s.loose
		s.expr(x.X)
		if _, ok := ast.Unparen(x.X).(*ast.CompositeLit); ok && x.Op == token.AND {
			s.loose = saved
		}
	case *ast.BinaryExpr:
		saved := s.loose
		s.expr(x.X)
		switch x.Op {
		case token.LAND, token.LOR:
			s.loose = saved
			s.expr(x.Y)
			s.loose = saved
			return
		}
		s.expr(x.Y)
		if (x.Op == token.QUO || x.Op == token.REM) && f.u.Info.Types[x.Y].Value == nil {
			s.loose = true
		}
	case *ast.CallExpr:
		if f.u.Info.Types[x.Fun].IsType() {
			s.expr(x.Args[0])
			return
		}
		switch f.builtinName(x.Fun) {
		case "":
			s.call(append([]ast.Expr{x.Fun}, x.Args...)...)
		case "len", "cap", "min", "max", "complex", "real", "imag":
			// Hoisted among the calls, but no reason to hoist any: they change nothing.
			saved := s.loose
			for _, a := range x.Args {
				s.expr(a)
			}
			s.loose = saved
		case "append", "copy", "recover":
			s.call(x.Args...)
		default:
			for _, a := range x.Args {
				s.expr(a)
			}
		}
	}
}

// call looks at a call with operands. What is loose among these is settled by it.
func (s *sight) call(operands ...ast.Expr) {
	saved := s.loose
	for _, x := range operands {
		s.expr(x)
	}
	s.late = s.late || saved
	s.loose = saved
}
