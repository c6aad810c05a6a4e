package cell

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// declare finds what the cell declares, and turns variables of its statements into
// variables of the package, for the checker.
func (c *compilation) declare() error {
	body := c.file.Decls[len(c.file.Decls)-1].(*ast.FuncDecl)
	c.body = body.Body
	for i, n := range c.file.Decls[:len(c.file.Decls)-1] {
		if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			if err := c.explicitImports(g); err != nil {
				return err
			}
			continue
		}
		if err := c.newDecl(n, c.l.pieces[i]); err != nil {
			return err
		}
	}
	c.stmts = append(c.stmts, c.body.List...)
	if n := len(c.stmts); n > 0 && !c.program {
		if e, ok := c.stmts[n-1].(*ast.ExprStmt); ok {
			c.last = e.X
		}
	}
	vars, err := c.hoist()
	if err != nil {
		return err
	}
	c.file.Decls = append(c.file.Decls, vars...)
	return nil
}

// newDecl records a declaration of the cell.
func (c *compilation) newDecl(n ast.Decl, p piece) error {
	if f, ok := n.(*ast.FuncDecl); ok && f.Body == nil {
		return c.fail(f.Name.Pos(), "missing function body")
	}
	at := c.s.pos(n.Pos())
	d := &decl{
		keys: keysOf(n), node: n, serial: c.src.Serial, line: at.Line(), col: at.Column(),
		text: strings.Clone(c.src.Text[p.src : p.src+p.n]),
	}
	for _, id := range declared(n) {
		if err := c.mayDeclare(id); err != nil {
			return err
		}
	}
	c.decls = append(c.decls, d)
	for _, k := range d.keys {
		if k == "init" {
			c.inits++
			continue
		}
		c.keys[k] = true
	}
	return nil
}

// declared returns the identifiers that a declaration declares in the package.
func declared(n ast.Decl) []*ast.Ident {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil {
			return []*ast.Ident{n.Name}
		}
	case *ast.GenDecl:
		var out []*ast.Ident
		for _, spec := range n.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				out = append(out, spec.Name)
			case *ast.ValueSpec:
				out = append(out, spec.Names...)
			}
		}
		return out
	}
	return nil
}

// mayDeclare reports a name that the session can't do without: the types of its
// variables are written with it.
func (c *compilation) mayDeclare(id *ast.Ident) error {
	switch types.Universe.Lookup(id.Name).(type) {
	case *types.TypeName, *types.Const, *types.Nil:
		return c.fail(id.Pos(), "%s means something in Go that the session needs: choose another name at the top level", id.Name)
	}
	return nil
}

// hoist takes the declarations of variables out of the body, for the checker, and
// returns them as declarations of the package.
func (c *compilation) hoist() ([]ast.Decl, error) {
	var out []ast.Decl
	var rest []ast.Stmt
	add := func(spec *ast.ValueSpec) {
		out = append(out, &ast.GenDecl{TokPos: spec.Pos(), Tok: token.VAR, Specs: []ast.Spec{spec}})
	}
	define := func(id *ast.Ident, end token.Pos) error {
		c.vars = append(c.vars, id)
		c.varEnd[id.Name] = c.offset(end)
		c.keys[id.Name] = true
		return c.mayDeclare(id)
	}
	for _, stmt := range c.body.List {
		switch stmt := stmt.(type) {
		case *ast.DeclStmt:
			for _, spec := range stmt.Decl.(*ast.GenDecl).Specs {
				spec := spec.(*ast.ValueSpec)
				for _, id := range spec.Names {
					if _, again := c.varEnd[id.Name]; again {
						return nil, c.fail(id.Pos(), "%s redeclared in this cell", id.Name)
					}
					if id.Name != "_" {
						if err := define(id, spec.End()); err != nil {
							return nil, err
						}
					}
				}
				add(spec)
			}
		case *ast.AssignStmt:
			if stmt.Tok != token.DEFINE {
				rest = append(rest, stmt)
				continue
			}
			spec := &ast.ValueSpec{Values: stmt.Rhs}
			fresh := 0
			for i, lhs := range stmt.Lhs {
				id, ok := lhs.(*ast.Ident)
				if !ok {
					return nil, c.fail(lhs.Pos(), "non-name on left side of :=")
				}
				if _, again := c.varEnd[id.Name]; again {
					if c.offset(id.End()) <= c.varEnd[id.Name] {
						return nil, c.fail(id.Pos(), "%s repeated on left side of :=", id.Name)
					}
					// The variable exists: it is assigned, and the checker sees that
					// in a statement of its own.
					tmp := fmt.Sprintf("%s%s%d_%d", id.Name, mark, c.offset(stmt.Pos()), i)
					spec.Names = append(spec.Names, &ast.Ident{NamePos: id.NamePos, Name: tmp})
					rest = append(rest, &ast.AssignStmt{
						Lhs:    []ast.Expr{&ast.Ident{NamePos: id.NamePos, Name: id.Name}},
						TokPos: stmt.TokPos, Tok: token.ASSIGN,
						Rhs: []ast.Expr{&ast.Ident{NamePos: id.NamePos, Name: tmp}},
					})
					continue
				}
				spec.Names = append(spec.Names, id)
				if id.Name != "_" {
					fresh++
					if err := define(id, stmt.End()); err != nil {
						return nil, err
					}
				}
			}
			if fresh == 0 {
				return nil, c.fail(stmt.TokPos, "no new variables on left side of :=")
			}
			add(spec)
		case *ast.ExprStmt:
			if stmt.X == c.last && needsValue(stmt.X) {
				rest = append(rest, &ast.AssignStmt{
					Lhs: []ast.Expr{&ast.Ident{NamePos: stmt.Pos(), Name: "_"}}, TokPos: stmt.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{stmt.X},
				})
				continue
			}
			rest = append(rest, stmt)
		default:
			rest = append(rest, stmt)
		}
	}
	c.body.List = rest
	return out, nil
}

// needsValue reports whether the cell's last expression must have exactly one value,
// and one that a variable can hold: the checker then sees it assigned. A call may
// have any number of values, and nil shows nothing.
func needsValue(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return false
	case *ast.Ident:
		return e.Name != "nil"
	}
	return true
}
