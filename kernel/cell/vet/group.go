package vet

import (
	"fmt"
	"go/ast"
	"go/types"
)

// waitGroups warns of a WaitGroup that a goroutine adds itself to: Wait may have
// returned by then.
func waitGroups(c *checker) {
	decls := map[types.Object]*ast.FuncDecl{}
	for _, f := range c.Files {
		for _, d := range f.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok && fd.Body != nil {
				decls[c.Info.Defs[fd.Name]] = fd
			}
		}
	}
	for _, f := range c.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			g, ok := n.(*ast.GoStmt)
			if !ok {
				return true
			}
			switch fun := ast.Unparen(g.Call.Fun).(type) {
			case *ast.FuncLit:
				c.adds(fun.Body)
			case *ast.Ident:
				if d := decls[c.Info.Uses[fun]]; d != nil && c.Info.Uses[fun] != nil {
					c.adds(d.Body)
				}
			}
			return true
		})
	}
}

// adds looks at the body of a goroutine. Whoever counts itself also says Done; an Add
// before another go statement counts that goroutine and is right.
func (c *checker) adds(body *ast.BlockStmt) {
	var add *ast.CallExpr
	var wg types.Object
	done, first := false, false
	for i, s := range body.List {
		var call *ast.CallExpr
		switch s := s.(type) {
		case *ast.ExprStmt:
			call, _ = s.X.(*ast.CallExpr)
		case *ast.DeferStmt:
			call = s.Call
		}
		if call == nil {
			if add != nil && starts(s) {
				return
			}
			continue
		}
		path, typ, name := method(c.callee(call))
		if path != "sync" || typ != "WaitGroup" {
			if add != nil && starts(s) {
				return
			}
			continue
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			continue
		}
		id := root(sel.X)
		if id == nil {
			continue
		}
		obj := c.Info.Uses[id]
		switch {
		case name == "Add" && add == nil:
			if obj == nil || obj.Pos() >= body.Pos() && obj.Pos() < body.End() {
				continue // its own
			}
			add, wg, first = call, obj, i == 0
		case name == "Go" && obj == wg:
			return
		case name == "Done" && (wg == nil || obj == wg):
			done = true
		}
	}
	if add == nil || !done && !first {
		return
	}
	x := types.ExprString(ast.Unparen(add.Fun).(*ast.SelectorExpr).X)
	c.at(add, "waitgroup-add",
		fmt.Sprintf("%s.Add is called in the goroutine that it counts: %s.Wait may return before it has started", x, x),
		fmt.Sprintf("call %s.Add(1) before the go statement, or start it with %s.Go(func() { … })", x, x))
}

// starts reports whether a statement contains a go statement.
func starts(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		_, ok := n.(*ast.GoStmt)
		found = found || ok
		return !found
	})
	return found
}
