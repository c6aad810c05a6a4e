package lower

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// stmts lowers a list of statements into the block.
func (f *fn) stmts(list []ast.Stmt) {
	for _, s := range list {
		f.stmt(s)
	}
}

// stmt lowers a statement. Slots that it needs for itself are free afterwards.
func (f *fn) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			f.varDecl(d)
		}
		return
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			f.assignment(s)
			return
		}
	case *ast.LabeledStmt:
		f.labelled(s)
		return
	}
	live := len(f.live)
	f.simple(s)
	f.release(live)
}

// simple lowers a statement that declares nothing in the block that it stands in.
func (f *fn) simple(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.EmptyStmt:
	case *ast.BlockStmt:
		f.do(f.block(func() { f.stmts(s.List) }))
	case *ast.ExprStmt:
		f.exprStmt(s.X)
	case *ast.AssignStmt:
		f.assignment(s)
	case *ast.IncDecStmt:
		f.incDec(s)
	case *ast.SendStmt:
		old := f.order(s.Chan, s.Value)
		elem := types.Unalias(f.typ(s.Chan).Underlying().(*types.Chan).Elem())
		c := f.expr(s.Chan)
		f.do(f.node(code.Send, nil, s.Arrow, c, f.exprTo(s.Value, elem)))
		f.hoist = old
	case *ast.GoStmt:
		f.deferred(code.Go, s.Call, s.Pos())
	case *ast.DeferStmt:
		f.deferred(code.Defer, s.Call, s.Pos())
	case *ast.ReturnStmt:
		f.returnStmt(s)
	case *ast.BranchStmt:
		label := ""
		if s.Label != nil {
			label = s.Label.Name
		}
		f.branch(s.Tok, label, s.Pos())
	case *ast.IfStmt:
		f.ifStmt(s)
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		f.compound(s, "")
	default:
		f.fail(s.Pos(), "lowering: %T as a statement", s)
	}
}

// compound lowers a statement that break can leave.
func (f *fn) compound(s ast.Stmt, label string) {
	switch s := s.(type) {
	case *ast.ForStmt:
		f.do(f.block(func() { f.forStmt(s, label) }))
	case *ast.RangeStmt:
		f.do(f.block(func() { f.rangeStmt(s, label) }))
	case *ast.SwitchStmt:
		f.do(f.block(func() { f.switchStmt(s, label) }))
	case *ast.TypeSwitchStmt:
		f.do(f.block(func() { f.typeSwitch(s, label) }))
	case *ast.SelectStmt:
		f.do(f.block(func() { f.selectStmt(s, label) }))
	default:
		f.stmt(s)
	}
}

func (f *fn) labelled(s *ast.LabeledStmt) {
	if name := s.Label.Name; f.scope.gotos[name] {
		f.do(&code.Node{Op: code.Label, A: f.labelOf(name)})
	}
	f.compound(s.Stmt, s.Label.Name)
}

func (f *fn) exprStmt(x ast.Expr) {
	x = ast.Unparen(x)
	old := f.order(x)
	defer func() { f.hoist = old }()
	call, ok := x.(*ast.CallExpr)
	if ok && !f.u.Info.Types[call.Fun].IsType() {
		switch name := f.builtinName(call.Fun); name {
		case "":
			n, _ := f.callNow(call)
			if t := f.typ(call); f.u.Unused != nil && t != nil {
				if name := f.u.Unused(t); name != "" {
					n = &code.Node{Op: code.CallExtern, S: name, Pos: n.Pos, Kids: []*code.Node{n}}
				}
			}
			f.do(&code.Node{Op: code.Eval, Pos: n.Pos, Kids: []*code.Node{n}})
			return
		case "panic", "print", "println", "delete", "clear", "close", "copy", "recover":
			args, _ := f.builtinOperands(call, name)
			f.do(f.builtinStmt(name, call.Pos(), args))
			return
		}
	}
	f.eval(f.expr(x))
}

// eval evaluates an expression for its effects.
func (f *fn) eval(n *code.Node) {
	if n.Op == code.Local || n.Op == code.Const {
		return
	}
	f.do(&code.Node{Op: code.Eval, Pos: n.Pos, Kids: []*code.Node{n}})
}

func (f *fn) ifStmt(s *ast.IfStmt) {
	if s.Init != nil {
		f.do(f.block(func() {
			f.stmt(s.Init)
			f.ifElse(s)
		}))
		return
	}
	f.ifElse(s)
}

func (f *fn) ifElse(s *ast.IfStmt) {
	old := f.order(s.Cond)
	cond := f.expr(s.Cond)
	f.hoist = old
	n := f.node(code.If, nil, s.Pos(), cond, f.block(func() { f.stmts(s.Body.List) }))
	switch e := s.Else.(type) {
	case nil:
	case *ast.BlockStmt:
		n.Kids = append(n.Kids, f.block(func() { f.stmts(e.List) }))
	default:
		n.Kids = append(n.Kids, f.block(func() { f.stmt(e) }))
	}
	f.do(n)
}

// returnStmt lowers a return, out of the bodies of ranges over functions too.
func (f *fn) returnStmt(s *ast.ReturnStmt) {
	d := f.declared()
	if len(s.Results) > 0 {
		old := f.order(s.Results...)
		values := f.returned(d, s)
		f.hoist = old
		if f == d && f.cells == nil {
			f.do(f.node(code.Return, nil, s.Pos(), values...))
			return
		}
		for i, n := range values {
			f.set(f.variable(d.results[i], s.Pos()), n, s.Pos())
		}
	}
	f.leave(s.Pos())
}

// leave ends the function that the user wrote, whose results are in their variables.
func (f *fn) leave(pos token.Pos) {
	if f.rf != nil {
		f.exit(token.RETURN, "", pos)
		return
	}
	f.do(f.node(code.Return, nil, pos))
}

// returned evaluates the operands of a return from function d. If there are several and results have variables, or
// can be seen although the evaluation panics, they are what storing one of them doesn't change.
func (f *fn) returned(d *fn, s *ast.ReturnStmt) []*code.Node {
	var ops []operand
	if len(s.Results) == 1 && f.isTuple(s.Results[0]) {
		ops = f.spread(s.Results[0])
	} else {
		for _, x := range s.Results {
			ops = append(ops, operand{x: x})
		}
	}
	values := make([]*code.Node, len(ops))
	for i, o := range ops {
		t := d.resTypes[i]
		values[i] = f.as(o, t, s.Pos())
		if len(ops) > 1 && (d.named || d.cells != nil || d.scope.defers) && values[i].Op != code.Const && values[i].Op != code.Zero {
			values[i] = f.temp(values[i], t)
		}
	}
	return values
}

// varDecl lowers the declaration of variables.
func (f *fn) varDecl(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		var lhs []dest
		for _, id := range spec.Names {
			to := dest{x: id}
			if id.Name != "_" {
				to.v, _ = f.object(id).(*types.Var)
				to.t = f.varType(to.v)
			}
			lhs = append(lhs, to)
		}
		if len(spec.Values) == 0 {
			for _, to := range lhs {
				if to.v != nil {
					f.declare(to.v, nil, to.x.Pos())
				}
			}
			continue
		}
		f.assign(lhs, spec.Values, spec.Pos())
	}
}

// A target is a statement that break can leave, and continue go on with if it is a loop.
type target struct {
	label string
	id    int64
	loop  bool
}

func (f *fn) newLabel() int64 {
	f.nlabels++
	return f.nlabels
}

// labelOf is the number of a label that goto names.
func (f *fn) labelOf(name string) int64 {
	if f.labels[name] == 0 {
		f.labels[name] = f.newLabel()
	}
	return f.labels[name]
}

// into lowers what is inside a statement that break can leave.
func (f *fn) into(t target, do func()) {
	f.targets = append(f.targets, t)
	do()
	f.targets = f.targets[:len(f.targets)-1]
}

// branch lowers break, continue and goto.
func (f *fn) branch(tok token.Token, label string, pos token.Pos) {
	switch tok {
	case token.GOTO:
		if f.scope.labels[label] {
			f.do(f.node(code.Goto, nil, pos))
			f.cur[len(f.cur)-1].A = f.labelOf(label)
			return
		}
	case token.BREAK, token.CONTINUE:
		for i := len(f.targets) - 1; i >= 0; i-- {
			t := f.targets[i]
			if label != t.label && label != "" || tok == token.CONTINUE && !t.loop {
				continue
			}
			op := code.Break
			if tok == token.CONTINUE {
				op = code.Continue
			}
			n := f.node(op, nil, pos)
			n.A = t.id
			f.do(n)
			return
		}
	case token.FALLTHROUGH:
		f.fail(pos, "lowering: fallthrough that isn't the last statement of its case")
	}
	if f.rf == nil {
		f.fail(pos, "lowering: %s to label %q that isn't there", tok, label)
	}
	f.exit(tok, label, pos)
}
