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
	risky bool // of that, something that may panic
	turns bool // something that may panic and is evaluated in its turn
	late  bool // a call behind something loose, or something that turns behind something risky
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
		s.composite(x)
	case *ast.SelectorExpr:
		s.selector(x)
	case *ast.IndexExpr:
		if f.u.Info.Types[x.Index].IsType() {
			return
		}
		s.all([]ast.Expr{x.X, x.Index})
		s.mayPanic()
	case *ast.SliceExpr:
		s.turn(true, x.X, x.Low, x.High, x.Max)
	case *ast.StarExpr:
		s.expr(x.X)
		s.mayPanic()
	case *ast.TypeAssertExpr:
		s.turn(true, x.X)
	case *ast.UnaryExpr:
		_, lit := ast.Unparen(x.X).(*ast.CompositeLit)
		switch {
		case x.Op == token.ARROW:
			s.call(x.X)
		case x.Op == token.AND && lit:
			s.turn(false, x.X)
		default:
			s.expr(x.X)
		}
	case *ast.BinaryExpr:
		s.binary(x)
	case *ast.CallExpr:
		if f.u.Info.Types[x.Fun].IsType() {
			s.expr(x.Args[0])
			return
		}
		switch f.builtinName(x.Fun) {
		case "":
			s.call(append([]ast.Expr{x.Fun}, x.Args...)...)
		case "append", "copy", "recover":
			s.call(x.Args...)
		case "len", "cap", "min", "max", "complex", "real", "imag":
			s.turn(false, x.Args...)
		default:
			s.all(x.Args)
		}
	}
}

func (s *sight) all(list []ast.Expr) {
	for _, x := range list {
		s.expr(x)
	}
}

func (s *sight) mayPanic() { s.loose, s.risky = true, true }

func (s *sight) composite(x *ast.CompositeLit) {
	_, isMap := s.f.typ(x).Underlying().(*types.Map)
	var operands []ast.Expr
	for _, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if isMap {
				operands = append(operands, kv.Key)
			}
			e = kv.Value
		}
		operands = append(operands, e)
	}
	if isMap {
		s.turn(false, operands...)
	} else {
		s.all(operands)
	}
}

func (s *sight) selector(x *ast.SelectorExpr) {
	f := s.f
	if f.isQualified(x) {
		_, isVar := f.u.Info.Uses[x.Sel].(*types.Var)
		s.loose = s.loose || isVar
		return
	}
	s.expr(x.X)
	// Only what is in the frame, or in a value at hand, is the same later.
	if t := f.typ(x.X); t != nil {
		if _, ok := t.Underlying().(*types.Struct); !ok {
			s.mayPanic()
		}
	}
	if sel := f.u.Info.Selections[x]; sel == nil || sel.Indirect() {
		s.mayPanic()
	}
}

func (s *sight) binary(x *ast.BinaryExpr) {
	saved := *s
	s.expr(x.X)
	switch x.Op {
	case token.LAND, token.LOR:
		s.loose, s.risky = saved.loose, saved.risky
		s.expr(x.Y)
		s.loose, s.risky = saved.loose, saved.risky
		return
	}
	s.expr(x.Y)
	if s.f.u.Info.Types[x.Y].Value != nil {
		return
	}
	switch x.Op {
	case token.QUO, token.REM, token.SHL, token.SHR:
		s.mayPanic()
	}
}

// turn looks at what is hoisted among the calls with its operands. As it changes nothing, it is
// a reason to do so only if it may panic.
func (s *sight) turn(panics bool, operands ...ast.Expr) {
	saved := *s
	s.risky, s.turns = false, panics
	s.all(operands)
	s.turns = s.turns || s.risky
	s.late = s.late || saved.risky && s.turns
	s.loose, s.risky, s.turns = saved.loose, saved.risky, saved.turns || s.turns
}

// call looks at a call with operands. What is loose among these is settled by it.
func (s *sight) call(operands ...ast.Expr) {
	saved := *s
	s.all(operands)
	s.late = s.late || saved.loose
	s.loose, s.risky = saved.loose, saved.risky
}
