package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// shipped warns of functions that change a variable from outside of them but run in
// another process, where they get a copy.
func shipped(c *checker) {
	bodies := map[types.Object]ast.Node{} // of what a name stands for
	note := func(id *ast.Ident, e ast.Expr) {
		if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
			if o := c.Info.ObjectOf(id); o != nil {
				bodies[o] = lit
			}
		}
	}
	var calls []*ast.CallExpr
	for _, f := range c.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if o := c.Info.Defs[n.Name]; o != nil && n.Body != nil {
					bodies[o] = n
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
						note(id, n.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if len(n.Names) == len(n.Values) {
						note(n.Names[i], v)
					}
				}
			case *ast.CallExpr:
				if fn := c.callee(n); fn != nil && len(c.Shipped(fn)) > 0 {
					calls = append(calls, n)
				}
			}
			return true
		})
	}
	for _, call := range calls {
		fn := c.callee(call)
		for _, i := range c.Shipped(fn) {
			if i >= len(call.Args) {
				continue
			}
			switch f := ast.Unparen(call.Args[i]).(type) {
			case *ast.FuncLit:
				c.ships(f, call, fn)
			case *ast.Ident:
				if o := c.Info.Uses[f]; o != nil && bodies[o] != nil {
					c.ships(bodies[o], call, fn)
				}
			}
		}
	}
}

// ships warns of what a shipped function changes outside of itself.
func (c *checker) ships(f ast.Node, call *ast.CallExpr, fn *types.Func) {
	told := map[*types.Var]bool{}
	change := func(e ast.Expr, n ast.Node) {
		id := root(e)
		if id == nil {
			return
		}
		v, ok := c.Info.Uses[id].(*types.Var)
		if !ok || told[v] || v.Pos() >= f.Pos() && v.Pos() < f.End() {
			return
		}
		told[v] = true
		c.at(n, "shipped-write",
			fmt.Sprintf("%s is changed by a function that %s runs in another process (line %d): the change stays there", id.Name, fn.Name(), c.Line(call.Pos())),
			fmt.Sprintf("return the value instead, and put the results into %s here, where %s returns them", id.Name, fn.Name()))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok && c.Info.Defs[id] == nil {
						change(l, n)
					}
				}
				return true
			}
			for _, l := range n.Lhs {
				change(l, n)
			}
		case *ast.IncDecStmt:
			change(n.X, n)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				if n.Key != nil {
					change(n.Key, n.Key)
				}
				if n.Value != nil {
					change(n.Value, n.Value)
				}
			}
		case *ast.CallExpr:
			id, ok := ast.Unparen(n.Fun).(*ast.Ident)
			if !ok || len(n.Args) == 0 {
				return true
			}
			if b, ok := c.Info.Uses[id].(*types.Builtin); ok && (b.Name() == "delete" || b.Name() == "clear" || b.Name() == "copy") {
				change(n.Args[0], n)
			}
		}
		return true
	})
}

// root returns the variable at the beginning of a place: x of x.f[i], also through
// pointers, which a copy takes along.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			if x.Name == "_" {
				return nil
			}
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
}
