package vet

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// blocks warns of what stands still or turns for ever: channels that only their own
// goroutine knows, loops that wait without waiting, unlocks that are never reached.
func blocks(c *checker) {
	for _, f := range c.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				c.list(n.List)
			case *ast.CaseClause:
				c.list(n.Body)
			case *ast.CommClause:
				c.list(n.Body)
			case *ast.ForStmt:
				c.spins(n)
			}
			return true
		})
	}
}

func (c *checker) list(list []ast.Stmt) {
	for i, s := range list {
		if id, size := c.makes(s); id != nil {
			c.alone(id, size, list[i+1:])
		}
		if i > 0 && ends(c, list[i-1]) {
			c.lateUnlock(s, list[i-1])
		}
	}
}

// makes returns the channel that a statement makes, and its capacity.
func (c *checker) makes(s ast.Stmt) (*ast.Ident, int64) {
	var id *ast.Ident
	var e ast.Expr
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE && len(s.Lhs) == 1 && len(s.Rhs) == 1 {
			id, _ = s.Lhs[0].(*ast.Ident)
			e = s.Rhs[0]
		}
	case *ast.DeclStmt:
		if g, ok := s.Decl.(*ast.GenDecl); ok && len(g.Specs) == 1 {
			if v, ok := g.Specs[0].(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 {
				id, e = v.Names[0], v.Values[0]
			}
		}
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || id == nil || len(call.Args) == 0 || c.Info.Defs[id] == nil {
		return nil, 0
	}
	f, ok := call.Fun.(*ast.Ident)
	if !ok {
		return nil, 0
	}
	if b, ok := c.Info.Uses[f].(*types.Builtin); !ok || b.Name() != "make" {
		return nil, 0
	}
	t := c.Info.TypeOf(call)
	if t == nil {
		return nil, 0
	}
	if _, ok := t.Underlying().(*types.Chan); !ok {
		return nil, 0
	}
	if len(call.Args) == 1 {
		return id, 0
	}
	if v := c.Info.Types[call.Args[1]].Value; v != nil {
		if n, ok := constant.Int64Val(constant.ToInt(v)); ok {
			return id, n
		}
	}
	return nil, 0
}

// alone follows the statements after the making of a channel for as long as nobody
// else can have got hold of it.
func (c *checker) alone(id *ast.Ident, size int64, list []ast.Stmt) {
	ch := c.Info.Defs[id]
	full := int64(0)
	closed := false
	for _, s := range list {
		if !c.mentions(s, ch) {
			continue
		}
		switch s := s.(type) {
		case *ast.SendStmt:
			if !c.is(s.Chan, ch) || c.mentions(s.Value, ch) {
				return
			}
			if full++; full > size && !closed {
				if size == 0 {
					c.at(s, "deadlock",
						fmt.Sprintf("%s has no buffer and nobody else has it yet: this send waits for ever", id.Name),
						fmt.Sprintf("send in a goroutine, go func() { %s <- … }(), or make room: make(chan T, 1)", id.Name))
				} else {
					c.at(s, "deadlock",
						fmt.Sprintf("%s has room for %d and nobody else has it yet: send number %d waits for ever", id.Name, size, full),
						"receive in a goroutine that is started before, or make the buffer larger")
				}
				return
			}
			continue
		case *ast.RangeStmt:
			if c.is(s.X, ch) && !closed && !c.mentions(s.Body, ch) && !leaves(s.Body) {
				c.at(s.X, "deadlock",
					fmt.Sprintf("%s is never closed, so this loop waits for ever after the last value", id.Name),
					fmt.Sprintf("close(%s) after the last send", id.Name))
			}
			return
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && len(call.Args) == 1 && c.is(call.Args[0], ch) {
				if f, ok := call.Fun.(*ast.Ident); ok {
					if b, ok := c.Info.Uses[f].(*types.Builtin); ok && b.Name() == "close" {
						closed = true
						continue
					}
				}
			}
		}
		// One receive, alone in its statement or in the arguments of a call.
		if call := c.notifies(s, ch); call != nil && size == 0 {
			c.at(call, "sigchanyzer",
				fmt.Sprintf("signal.Notify doesn't wait for a receiver: with no buffer in %s a signal may be lost", id.Name),
				"give the channel room for one signal: make(chan os.Signal, 1)")
		}
		recv, others := c.receives(s, ch)
		if others || len(recv) == 0 {
			return
		}
		for _, u := range recv {
			if full == 0 && !closed {
				c.at(u, "deadlock",
					fmt.Sprintf("nothing has been sent to %s and nobody else has it yet: this receive waits for ever", id.Name),
					fmt.Sprintf("send in a goroutine that is started before: go func() { %s <- … }()", id.Name))
				return
			}
			full = max(full-1, 0)
		}
	}
}

// notifies returns the call of signal.Notify with ch that a statement is.
func (c *checker) notifies(s ast.Stmt, ch types.Object) *ast.CallExpr {
	x, ok := s.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	call, ok := x.X.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || !c.is(call.Args[0], ch) {
		return nil
	}
	if path, _, name := method(c.callee(call)); path != "os/signal" || name != "Notify" {
		return nil
	}
	return call
}

// receives returns the receives from ch that a plain statement makes; others tells
// that it uses ch in another way, or that it isn't plain.
func (c *checker) receives(s ast.Stmt, ch types.Object) (recv []*ast.UnaryExpr, others bool) {
	switch s.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt:
	default:
		return nil, true
	}
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			others = others || c.mentions(n, ch)
			return false
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				others = true
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && c.is(n.X, ch) {
				recv = append(recv, n)
				return false
			}
		case *ast.Ident:
			others = others || c.Info.Uses[n] == ch || c.Info.Defs[n] == ch
		}
		return true
	})
	return recv, others
}

func (c *checker) is(e ast.Expr, obj types.Object) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && c.Info.Uses[id] == obj
}

func (c *checker) mentions(n ast.Node, obj types.Object) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && c.Info.Uses[id] == obj {
			found = true
		}
		return !found
	})
	return found
}

// leaves reports whether a loop's body may end the loop.
func leaves(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt, *ast.FuncLit:
			found = true
		case *ast.BranchStmt:
			found = found || n.Tok != token.CONTINUE
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "panic" {
				found = true
			}
		}
		return !found
	})
	return found
}

// ends reports whether nothing after a statement is reached.
func ends(c *checker, s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.FALLTHROUGH
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok {
				b, ok := c.Info.Uses[id].(*types.Builtin)
				return ok && b.Name() == "panic"
			}
		}
	}
	return false
}

// lateUnlock warns of an unlock that stands after a return or the like.
func (c *checker) lateUnlock(s, end ast.Stmt) {
	var call *ast.CallExpr
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, _ = s.X.(*ast.CallExpr)
	case *ast.DeferStmt:
		call = s.Call
	}
	if call == nil {
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Unlock" && sel.Sel.Name != "RUnlock" {
		return
	}
	x := types.ExprString(sel.X)
	c.useless[end.Pos()] = true
	c.at(s, "unlock-unreachable",
		fmt.Sprintf("%s.%s is never reached: line %d has left by then", x, sel.Sel.Name, c.Line(end.Pos())),
		fmt.Sprintf("write defer %s.%s() right after the lock is taken", x, sel.Sel.Name))
}

// spins warns of a loop that does nothing but ask again.
func (c *checker) spins(s *ast.ForStmt) {
	if s.Init != nil || s.Post != nil {
		return
	}
	if len(s.Body.List) == 1 {
		if sel, ok := s.Body.List[0].(*ast.SelectStmt); ok {
			c.polls(s, sel)
			return
		}
	}
	if s.Cond == nil && len(s.Body.List) == 0 {
		c.warn(Warning{s.Pos(), s.End(), "spin", "this loop does nothing, on a whole processor, for ever",
			"select {} waits for ever without using a processor; wg.Wait() or <-done waits for something"})
		return
	}
	var conds []ast.Expr
	if s.Cond != nil {
		conds = append(conds, s.Cond)
	}
	for _, st := range s.Body.List {
		if c.yields(st) {
			continue
		}
		i, ok := st.(*ast.IfStmt)
		if !ok || i.Init != nil || i.Else != nil || len(i.Body.List) != 1 {
			return
		}
		switch br := i.Body.List[0].(type) {
		case *ast.BranchStmt:
			if br.Tok != token.BREAK {
				return
			}
		case *ast.ReturnStmt:
			if len(br.Results) > 0 {
				return
			}
		default:
			return
		}
		conds = append(conds, i.Cond)
	}
	name := ""
	for _, x := range conds {
		n, ok := c.plainCond(x)
		if !ok {
			return
		}
		if name == "" {
			name = n
		}
	}
	if name == "" {
		if s.Cond == nil || !constantTrue(c, s.Cond) {
			return
		}
		name = "nothing"
	}
	c.warn(Warning{s.Pos(), s.Body.End(), "spin",
		fmt.Sprintf("this loop only asks for %s again and again: it uses a whole processor and may never see a change that another goroutine makes", name),
		"wait on a channel that the other goroutine closes, <-done, or on wg.Wait()"})
}

func constantTrue(c *checker, e ast.Expr) bool {
	v := c.Info.Types[e].Value
	return v != nil && v.Kind() == constant.Bool && constant.BoolVal(v)
}

// yields reports whether a statement is runtime.Gosched() or continue.
func (c *checker) yields(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.EmptyStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.CONTINUE
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok {
			path, _, name := method(c.callee(call))
			return path == "runtime" && name == "Gosched"
		}
	}
	return false
}

// plainCond returns the first variable of a condition; ok is false if it calls or
// receives anything, and so may change by itself.
func (c *checker) plainCond(e ast.Expr) (name string, ok bool) {
	ok = true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if id, isID := n.Fun.(*ast.Ident); isID {
				if b, isB := c.Info.Uses[id].(*types.Builtin); isB && (b.Name() == "len" || b.Name() == "cap") {
					t := c.Info.TypeOf(n.Args[0])
					if t != nil {
						_, isChan := t.Underlying().(*types.Chan)
						ok = ok && !isChan
					}
					return true
				}
			}
			ok = false
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		case *ast.FuncLit:
			ok = false
		case *ast.Ident:
			if v, isVar := c.Info.Uses[n].(*types.Var); isVar && name == "" && !v.IsField() {
				name = n.Name
			}
		}
		return ok
	})
	return name, ok
}

// polls warns of a select that is asked in a loop without ever waiting.
func (c *checker) polls(loop *ast.ForStmt, s *ast.SelectStmt) {
	for _, cl := range s.Body.List {
		cl := cl.(*ast.CommClause)
		if cl.Comm != nil {
			continue
		}
		for _, st := range cl.Body {
			if !c.yields(st) {
				return
			}
		}
		if len(s.Body.List) == 1 {
			c.warn(Warning{loop.Pos(), s.End(), "busy-select", "this loop does nothing, on a whole processor, for ever", "remove the default: select {} waits for ever"})
			return
		}
		c.warn(Warning{cl.Pos(), cl.End(), "busy-select",
			fmt.Sprintf("the empty default makes the loop on line %d ask again and again, on a whole processor, instead of waiting", c.Line(loop.Pos())),
			"remove the default: select then waits until one of its channels is ready"})
	}
}
