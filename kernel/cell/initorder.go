package cell

import (
	"go/ast"
	"go/token"
	"slices"
)

// statements returns the statements of the cell in the order in which they run, and how
// many of them come before the functions called init: the variables declared first. In a program
// these get their values in the order that Go has for packages.
func (c *compilation) statements() (list []ast.Stmt, first int) {
	if !c.program {
		for first < len(c.stmts) && isDecl(c.stmts[first]) {
			first++
		}
		return c.stmts, first
	}
	var rest []ast.Stmt
	parts := map[ast.Expr]*ast.ValueSpec{} // declarations by the value, one for each
	for _, stmt := range c.stmts {
		if !isDecl(stmt) {
			rest = append(rest, stmt)
			continue
		}
		for _, spec := range stmt.(*ast.DeclStmt).Decl.(*ast.GenDecl).Specs {
			spec := spec.(*ast.ValueSpec)
			switch len(spec.Values) {
			case 0:
				list = append(list, declStmt(spec))
			case len(spec.Names):
				for i, v := range spec.Values {
					parts[v] = &ast.ValueSpec{Names: spec.Names[i : i+1], Type: spec.Type, Values: spec.Values[i : i+1]}
				}
			default:
				parts[spec.Values[0]] = spec
			}
		}
	}
	for _, init := range c.info.InitOrder {
		if spec := parts[init.Rhs]; spec != nil {
			list = append(list, declStmt(spec))
		}
	}
	return slices.Concat(list, rest), len(list)
}

func isDecl(s ast.Stmt) bool {
	_, ok := s.(*ast.DeclStmt)
	return ok
}

func declStmt(spec *ast.ValueSpec) *ast.DeclStmt {
	return &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: spec.Pos(), Tok: token.VAR, Specs: []ast.Spec{spec}}}
}

// anyOrder reports whether what is at pos may use variables that are declared after it: a
// declaration in a program may.
func (c *compilation) anyOrder(pos token.Pos) bool {
	return c.program && slices.ContainsFunc(c.stmts, func(s ast.Stmt) bool {
		return isDecl(s) && pos >= s.Pos() && pos < s.End()
	})
}
