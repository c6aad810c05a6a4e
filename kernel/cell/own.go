package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// ownSuffix is added to what the session declares under a name that means something in
// Go itself, as in "max := 3". So the types of the session's variables, and what earlier
// cells declare, keep meaning what they meant.
const ownSuffix = mark + "own"

func isOwn(name string) bool { return strings.HasSuffix(name, ownSuffix) }

// has reports whether the session has a variable or a declaration of a key.
func (s *Session) has(key string) bool {
	if s.vars[key] != nil || s.liveDecl(key) != nil {
		return true
	}
	for d := range s.broken {
		if slices.Contains(d.live(), key) {
			return true
		}
	}
	return false
}

// key returns the key of what the user knows by a name.
func (s *Session) key(name string) string {
	if types.Universe.Lookup(name) != nil && s.has(name+ownSuffix) {
		return name + ownSuffix
	}
	return name
}

// ownNames renames what stands for a thing of the session, or of the cell, that has a
// name of Go's.
func (c *compilation) ownNames() {
	body := c.file.Decls[len(c.file.Decls)-1].(*ast.FuncDecl).Body
	//lint:ignore SA1019 the parser's resolution is what is known before the check
	own := map[*ast.Object]bool{}
	inBody, declaredHere := map[string]bool{}, map[string]bool{}
	var ids []*ast.Ident
	declare := func(id *ast.Ident) {
		if id != nil && types.Universe.Lookup(id.Name) != nil {
			declaredHere[id.Name] = true
			ids = append(ids, id)
			if id.Obj != nil {
				own[id.Obj] = true
			}
		}
	}
	for _, n := range c.file.Decls[:len(c.file.Decls)-1] {
		for _, id := range declared(n) {
			declare(id)
		}
	}
	for _, id := range declaredBy(body) {
		declare(id)
		inBody[id.Name] = true
	}
	fields := fieldKeys(c.file)
	if len(ids) > 0 {
		ast.Inspect(c.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && own[id.Obj] && !fields[id] {
				ids = append(ids, id)
			}
			return true
		})
	}
	for _, id := range unresolved(c.file) {
		if types.Universe.Lookup(id.Name) == nil {
			continue
		}
		key := id.Name + ownSuffix
		switch v := c.s.vars[key]; {
		case inBody[id.Name] && id.Pos() > body.Lbrace:
			// Before the cell declares it: what it was before the cell, also when that
			// is run again.
			if !c.s.has(key) || v != nil && v.builtin {
				c.builtins[key] = true
				continue
			}
		case !inBody[id.Name] && !c.s.has(key):
			continue
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		if !isOwn(id.Name) {
			id.Name += ownSuffix
		}
	}
}

// declaredBy returns the identifiers of the variables that statements declare at their level.
func declaredBy(body *ast.BlockStmt) []*ast.Ident {
	var out []*ast.Ident
	for _, s := range body.List {
		switch s := s.(type) {
		case *ast.DeclStmt:
			out = append(out, declared(s.Decl)...)
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				continue
			}
			for _, lhs := range s.Lhs {
				if id, ok := lhs.(*ast.Ident); ok {
					out = append(out, id)
				}
			}
		}
	}
	return out
}

// fieldKeys returns the keys of composite literals that may be names of fields: where the
// type has a name only the checker knows.
func fieldKeys(n ast.Node) map[*ast.Ident]bool {
	out := map[*ast.Ident]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		switch lit.Type.(type) {
		case *ast.ArrayType, *ast.MapType:
			return true
		}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if id, ok := kv.Key.(*ast.Ident); ok {
					out[id] = true
				}
			}
		}
		return true
	})
	return out
}

// goKeys reports keys of composite literals that were taken for Go's, where the cell may mean the
// session's.
func (c *compilation) goKeys(report func(pos token.Pos, format string, args ...any)) {
	for id := range fieldKeys(c.file) {
		obj := c.info.Uses[id]
		if obj == nil || obj.Parent() != types.Universe {
			continue
		}
		if key := id.Name + ownSuffix; c.keys[key] || c.s.has(key) {
			report(id.Pos(), "%s may mean what Go calls so or what the session does: write (%s) for the latter", id.Name, id.Name)
		}
	}
}

// userView returns pkg with the names that the user knows, and without earlier types.
func userView(pkg *types.Package) *types.Package {
	names := pkg.Scope().Names()
	if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, mark) }) {
		return pkg
	}
	view := types.NewPackage(pkg.Path(), pkg.Name())
	view.SetImports(pkg.Imports())
	for _, name := range names {
		obj := pkg.Scope().Lookup(name)
		if isOwn(name) {
			name = Plain(name)
			switch o := obj.(type) {
			case *types.Var:
				obj = types.NewVar(o.Pos(), view, name, o.Type())
			case *types.Const:
				obj = types.NewConst(o.Pos(), view, name, o.Type(), o.Val())
			case *types.TypeName:
				obj = types.NewTypeName(o.Pos(), view, name, o.Type())
			case *types.Func:
				obj = types.NewFunc(o.Pos(), view, name, o.Signature())
			}
		}
		if !strings.Contains(name, mark) {
			view.Scope().Insert(obj)
		}
	}
	return view
}
