package cell

import (
	"go/ast"
	"go/token"
	"slices"
)

// statements returns the statements of the cell in the order in which they run, and how
// many of them come before the functions called init: the variables declared first. In a program, and
// in a cell that only declares, these get their values in the order that Go has for packages.
func (c *compilation) statements() (list []ast.Stmt, first int) {
	if !c.program && !c.onlyDecls() {
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

// onlyDecls reports whether the cell consists of declarations, as a package does. If a variable
// needs itself to get its value, which the cell may mean and a package never does, they stay in the order of
// the text.
func (c *compilation) onlyDecls() bool {
	return c.s.linker != nil && !c.cyclic && c.allDecls()
}

func (c *compilation) allDecls() bool {
	return !slices.ContainsFunc(c.stmts, func(s ast.Stmt) bool { return !isDecl(s) })
}

// ownValue reports whether an identifier stands in the value of the variable that it
// names: there it means the one before.
func (c *compilation) ownValue(id *ast.Ident) bool {
	for _, s := range c.stmts {
		d, ok := s.(*ast.DeclStmt)
		if !ok || id.Pos() < s.Pos() || id.Pos() >= s.End() {
			continue
		}
		for _, spec := range d.Decl.(*ast.GenDecl).Specs {
			v := spec.(*ast.ValueSpec)
			for i, value := range v.Values {
				if id.Pos() < value.Pos() || id.Pos() >= value.End() {
					continue
				}
				names := v.Names
				if len(v.Values) == len(names) {
					names = names[i : i+1]
				}
				return slices.ContainsFunc(names, func(n *ast.Ident) bool { return n.Name == id.Name })
			}
		}
	}
	return false
}

// anyOrder reports whether what is at pos may use variables that are declared after it: a
// declaration in a program may, and one in a cell of nothing else.
func (c *compilation) anyOrder(pos token.Pos) bool {
	return (c.program || c.onlyDecls()) && slices.ContainsFunc(c.stmts, func(s ast.Stmt) bool {
		return isDecl(s) && pos >= s.Pos() && pos < s.End()
	})
}
