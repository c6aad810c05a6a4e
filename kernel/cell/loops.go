package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// What yaegi gets wrong about loops and deferred calls, said in other words: loops
// over integers, variables that are new in each iteration, and operands of deferred
// calls, which are evaluated when the defer statement is.

// rangeInt writes a loop over an integer as one with a counter.
func (w *walker) rangeInt(n *ast.RangeStmt) {
	c := w.c
	if !isInteger(c.info.Types[n.X].Type) {
		return
	}
	t := types.Default(c.info.Types[n.X].Type)
	set := ""
	counter, limit := w.unique("i", n), w.unique("n", n)
	if id, ok := n.Key.(*ast.Ident); ok && id.Name != "_" {
		name := id.Name
		if n.Tok == token.DEFINE {
			t = c.info.Defs[id].Type()
			set = fmt.Sprintf(" %s := %s; _ = %s;", name, counter, name)
		} else {
			if obj := c.info.Uses[id]; obj.Parent() == c.pkg.Scope() {
				name = c.names[obj.Name()]
			}
			t = c.info.Uses[id].Type()
			set = fmt.Sprintf(" %s = %s;", name, counter)
		}
	}
	text := w.printer().text(t)
	from := c.offset(n.For) + len("for")
	w.edit(edit{at: from, n: c.offset(n.X.Pos()) - from, text: fmt.Sprintf(" %s, %s := %s(0), %s(", counter, limit, text, text)})
	w.edit(edit{at: c.offset(n.X.End()), text: fmt.Sprintf("); %s < %s; %s++ ", counter, limit, counter), after: true})
	w.edit(edit{at: c.offset(n.Body.Lbrace) + 1, text: set})
}

// unique returns a name that belongs to a statement.
func (w *walker) unique(name string, n ast.Node) string {
	return fmt.Sprintf("%s%s%d", name, mark, w.c.offset(n.Pos()))
}

func isInteger(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// rangeVars gives each iteration variables of its own where a function or a pointer
// could tell the difference (Go 1.22).
func (w *walker) rangeVars(n *ast.RangeStmt) {
	if n.Tok != token.DEFINE || isInteger(w.c.info.Types[n.X].Type) {
		return // of an integer it is new by itself
	}
	for _, x := range []ast.Expr{n.Key, n.Value} {
		if id, ok := x.(*ast.Ident); ok && id.Name != "_" && w.captured(w.c.info.Defs[id], n.Body) {
			outer := w.unique(id.Name+"o", n)
			w.edit(edit{at: w.c.offset(id.Pos()), n: len(id.Name), text: outer})
			w.perIteration(id, outer, n, n.Body)
		}
	}
}

// perIteration copies a variable of a loop, by the name outer, at the beginning of
// its body and makes the body use the copy, whose name it returns.
func (w *walker) perIteration(id *ast.Ident, outer string, loop ast.Node, body *ast.BlockStmt) string {
	inner := w.unique(id.Name+"b", loop)
	w.edit(edit{at: w.c.offset(body.Lbrace) + 1, text: fmt.Sprintf(" %s := %s; _ = %s;", inner, outer, inner)})
	w.renameIn(body, w.c.info.Defs[id], inner)
	return inner
}

func (w *walker) renameIn(n ast.Node, obj types.Object, name string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && (w.c.info.Uses[id] == obj || w.c.info.Defs[id] == obj) {
			w.edit(edit{at: w.c.offset(id.Pos()), n: len(id.Name), text: name})
		}
		return true
	})
}

// captured reports whether a variable outlives its iteration: a function literal uses
// it, or its address is taken.
func (w *walker) captured(obj types.Object, body ast.Node) bool {
	found := false
	uses := func(n ast.Node) bool {
		used := false
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && w.c.info.Uses[id] == obj {
				used = true
			}
			return !used
		})
		return used
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			found = found || uses(n)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && uses(n.X)
		}
		return !found
	})
	return found
}

// forVars does what rangeVars does for a loop with a condition: each iteration begins
// with a copy of the variable and hands its value on to the next.
func (w *walker) forVars(n *ast.ForStmt) {
	init, ok := n.Init.(*ast.AssignStmt)
	if !ok || init.Tok != token.DEFINE {
		return
	}
	for _, x := range init.Lhs {
		id, ok := x.(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		obj := w.c.info.Defs[id]
		if obj == nil || !w.captured(obj, n.Body) {
			continue
		}
		outer := w.unique(id.Name+"o", n)
		for _, part := range []ast.Node{init, n.Cond, n.Post} {
			if part != nil {
				w.renameIn(part, obj, outer)
			}
		}
		inner := w.perIteration(id, outer, n, n.Body)
		back := fmt.Sprintf("%s = %s", outer, inner)
		w.edit(edit{at: w.c.offset(n.Body.Rbrace), text: "; " + back})
		for _, b := range continues(n.Body, w.label(n)) {
			w.edit(edit{at: w.c.offset(b.Pos()), text: "{ " + back + "; "})
			w.edit(edit{at: w.c.offset(b.End()), text: " }", after: true})
		}
	}
}

// label returns the label of a statement, "" if it has none.
func (w *walker) label(n ast.Stmt) string {
	if l, ok := w.stack[len(w.stack)-1].(*ast.LabeledStmt); ok && l.Stmt == n {
		return l.Label.Name
	}
	return ""
}

// continues returns the continue statements that go on with the loop of a body.
func continues(body *ast.BlockStmt, label string) []*ast.BranchStmt {
	var out []*ast.BranchStmt
	var walk func(body *ast.BlockStmt, inner bool)
	walk = func(body *ast.BlockStmt, inner bool) {
		ast.Inspect(body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ForStmt:
				walk(n.Body, true)
				return false
			case *ast.RangeStmt:
				walk(n.Body, true)
				return false
			case *ast.BranchStmt:
				if n.Tok == token.CONTINUE && (n.Label == nil && !inner || n.Label != nil && n.Label.Name == label) {
					out = append(out, n)
				}
			}
			return true
		})
	}
	walk(body, false)
	return out
}

// deferArgs makes the operands of a deferred call values of their own: yaegi keeps the
// places they were in, which change before the call. What a pointer to a new variable
// points to doesn't.
func (w *walker) deferArgs(n *ast.DeferStmt) {
	for _, a := range n.Call.Args {
		tv := w.c.info.Types[a]
		if _, multi := tv.Type.(*types.Tuple); multi {
			return // f(g())
		}
		if _, lit := a.(*ast.FuncLit); lit || tv.Value != nil || tv.IsNil() || tv.IsType() {
			continue
		}
		p := w.printer()
		if t := p.text(types.Default(tv.Type)); p.bad == nil {
			w.edit(edit{at: w.c.offset(a.Pos()), text: fmt.Sprintf("(*func(v%s %s) *%s { return &v%s }(", mark, t, t, mark)})
			w.edit(edit{at: w.c.offset(a.End()), text: "))", after: true})
		}
	}
}
