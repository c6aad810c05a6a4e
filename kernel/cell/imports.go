package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// alias returns the name under which the compiler imports a package everywhere, so
// that no name of the user's can be in its way.
func alias(importPath string) string {
	if importPath == hostPath {
		return host
	}
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}
	return strings.Map(clean, importPath) + mark
}

// importSpec makes the syntax of an import.
func importSpec(name, importPath string) *ast.ImportSpec {
	return &ast.ImportSpec{
		Name: ast.NewIdent(name),
		Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(importPath)},
	}
}

func importDecl(specs []ast.Spec) *ast.GenDecl {
	return &ast.GenDecl{Tok: token.IMPORT, Lparen: 1, Specs: specs}
}

// localName returns the name that an import without one gives a package.
func (s *Session) localName(importPath string) string {
	if p, err := s.lib.Import(importPath); err == nil {
		return p.Name()
	}
	return path.Base(importPath)
}

// explicitImports records the imports of the cell. It takes those with a dot out:
// the compiler qualifies the names itself, so that they are in nobody's way.
func (c *compilation) explicitImports(g *ast.GenDecl) error {
	specs := g.Specs
	g.Specs = nil
	for _, spec := range specs {
		spec := spec.(*ast.ImportSpec)
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return c.fail(spec.Path.Pos(), "invalid import path %s", spec.Path.Value)
		}
		if p == "C" {
			return c.fail(spec.Path.Pos(), "import \"C\": a cell is interpreted and can't use cgo")
		}
		name := ""
		if spec.Name != nil {
			name = spec.Name.Name
		}
		switch name {
		case "_":
		case ".":
			if _, err := c.s.lib.Import(p); err != nil {
				return c.fail(spec.Path.Pos(), "%v", err)
			}
			c.dots = append(c.dots, p)
			continue
		case "":
			name = c.s.localName(p)
		}
		if name != "_" {
			if c.imports[name] == p {
				continue // the cell imports it twice
			}
			c.imports[name] = p
		}
		g.Specs = append(g.Specs, spec)
	}
	return nil
}

// resolve looks at the names that the cell itself doesn't declare where they are
// used: packages to import, and variables as they were before this cell.
func (c *compilation) resolve() error {
	members := map[string][]string{} // of x.Name, by x
	selected := map[*ast.Ident]bool{}
	ast.Inspect(c.file, func(n ast.Node) bool {
		if n, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := n.X.(*ast.Ident); ok {
				selected[id] = true
				members[id.Name] = append(members[id.Name], n.Sel.Name)
			}
		}
		return true
	})
	var specs []ast.Spec
	c.hideImports()
	dotted := map[ast.Node]string{} // identifiers that mean something imported with a dot: the path
	for _, id := range unresolved(c.file) {
		name := id.Name
		if end, declared := c.varEnd[name]; declared {
			before := c.inBody(id.Pos()) && c.offset(id.Pos()) < end
			if p := c.shadowed(name, members[name]); p != "" && selected[id] && (before || c.hidden[name] != "") {
				if c.shadows[name] == "" && c.hidden[name] == "" {
					specs = append(specs, importSpec(alias(p), p))
				}
				c.shadows[name] = p
				c.length[id] = len(name)
				id.Name = alias(p)
				continue
			}
			if !before || c.program || c.onlyDecls() && !c.ownValue(id) {
				continue
			}
			if v := c.s.vars[name]; v == nil || v.stale {
				return c.fail(id.Pos(), "undefined: %s (the cell declares it below)", name)
			}
			c.length[id] = len(name)
			id.Name = name + oldSuffix
			c.old[name] = true
			continue
		}
		if c.keys[name] || c.imports[name] != "" || c.known(name) {
			continue
		}
		if p := c.dot(name); p != "" {
			dotted[id] = p
			continue
		}
		if !selected[id] {
			continue
		}
		if p := c.choose(name, members[name]); p != "" {
			c.imports[name] = p
			c.guessed[name] = true
			specs = append(specs, importSpec(name, p))
		}
	}
	if len(dotted) > 0 {
		for _, p := range slices.Compact(slices.Sorted(maps.Values(dotted))) {
			specs = append(specs, importSpec(alias(p), p))
		}
		astutil.Apply(c.file, func(at *astutil.Cursor) bool {
			if p := dotted[at.Node()]; p != "" {
				id := at.Node().(*ast.Ident)
				at.Replace(&ast.SelectorExpr{X: &ast.Ident{NamePos: id.NamePos, Name: alias(p)}, Sel: id})
				return false
			}
			return true
		}, nil)
	}
	if len(specs) > 0 {
		c.file.Decls = append([]ast.Decl{importDecl(specs)}, c.file.Decls...)
	}
	return nil
}

// unresolved returns the identifiers that are declared outside a file.
func unresolved(file *ast.File) []*ast.Ident {
	out := slices.Clone(file.Unresolved)
	ast.Inspect(file, func(n ast.Node) bool {
		// The parser leaves keys out, which may be fields. Here they aren't; where the
		// type has a name, only the checker knows.
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		switch lit.Type.(type) {
		case *ast.ArrayType, *ast.MapType:
			for _, e := range lit.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok && id.Obj == nil {
						out = append(out, id)
					}
				}
			}
		}
		return true
	})
	return out
}

// hideImports gives packages another name that the cell imports under the name of one
// of its variables, as in "import "net/url"; url, err := url.Parse(s)".
func (c *compilation) hideImports() {
	for _, spec := range c.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := c.s.localName(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if _, declared := c.varEnd[name]; declared && c.imports[name] == p {
			spec.Name = &ast.Ident{NamePos: spec.Path.Pos(), Name: alias(p)}
			c.hidden[name] = p
			delete(c.imports, name)
		}
	}
}

// shadowed returns the path of the package that name means before the cell declares a
// variable of that name; "" if it means none.
func (c *compilation) shadowed(name string, members []string) string {
	if p := c.hidden[name]; p != "" {
		return p
	}
	if v := c.s.vars[name]; v != nil {
		return v.shadows // so that the cell means the same when it is run again
	}
	if c.s.liveDecl(name) != nil || c.program {
		return ""
	}
	return c.choose(name, members)
}

// dot returns the path of the package that has the name and was imported with a dot;
// "" if there is none.
func (c *compilation) dot(name string) string {
	if !ast.IsExported(name) {
		return ""
	}
	for _, p := range slices.Concat(c.dots, slices.Sorted(maps.Keys(c.s.dots))) {
		if pkg, err := c.s.lib.Import(p); err == nil && pkg.Scope().Lookup(name) != nil {
			return p
		}
	}
	return ""
}

// isDotted reports whether the compiler qualified the name that n selects.
func isDotted(n *ast.SelectorExpr) bool { return n.X.Pos() == n.Sel.Pos() }

// known reports whether name is declared by the session or by Go.
func (c *compilation) known(name string) bool {
	return c.s.vars[name] != nil || c.s.liveDecl(name) != nil || types.Universe.Lookup(name) != nil
}

// choose returns the path of the package that the cell means by name, of which it
// uses members; "" if there is none. What the session has imported by itself is given
// up for a package that fits better.
func (c *compilation) choose(name string, members []string) string {
	was := c.s.imports[name]
	if was != "" && !c.s.guessed[name] {
		return was
	}
	paths := c.s.lib.ByName(name)
	if was != "" {
		paths = append([]string{was}, paths...)
	}
	best, most := "", -1
	for _, p := range paths {
		pkg, err := c.s.lib.Import(p)
		if err != nil {
			continue
		}
		has := 0
		for _, m := range members {
			if ast.IsExported(m) && pkg.Scope().Lookup(m) != nil {
				has++
			}
		}
		if has > most {
			best, most = p, has
		}
	}
	return best
}
