package cell

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"unicode/utf8"
)

// suggest returns ": did you mean x?" for an error about a name that doesn't exist, if
// there is one so much like it that a slip of the keys is likely; else "".
func (c *compilation) suggest(e types.Error, msg string) string {
	if strings.Contains(msg, "but have ") || strings.Contains(msg, "but does have ") {
		return "" // the checker has found one
	}
	var name string
	var names []string
	if text, ok := strings.CutPrefix(msg, "undefined: "); ok {
		name = text
		if _, member, ok := strings.Cut(text, "."); ok {
			name = member
		}
	} else if _, text, ok := strings.Cut(msg, "has no field or method "); ok {
		name = strings.TrimSuffix(text, ")")
	} else {
		return ""
	}
	if sel := c.selectorAt(e.Pos); sel != nil {
		names = c.members(sel)
	} else {
		names = c.visible(e.Pos)
	}
	if len(name) < 3 {
		return ""
	}
	best, distance := "", max(1, (len(name)+1)/3)
	for _, n := range names {
		d := editDistance(name, n, distance)
		first := d == distance && best == ""
		// Of two that are as near, the one that ends alike: a letter is left out sooner
		// than put in, and seldom the last one.
		nicer := d == distance && best != "" && n[len(n)-1] == name[len(name)-1] && best[len(best)-1] != name[len(name)-1]
		if d < distance || first || nicer {
			best, distance = n, d
		}
	}
	if best == "" || best == name {
		return ""
	}
	return ": did you mean " + best + "?"
}

// selectorAt returns the selector whose selected name is at pos, nil if there is none.
func (c *compilation) selectorAt(pos token.Pos) (found *ast.SelectorExpr) {
	ast.Inspect(c.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Pos() == pos && sel.X.Pos() != pos {
			found = sel
		}
		return found == nil
	})
	return found
}

// members returns what could be selected there.
func (c *compilation) members(sel *ast.SelectorExpr) []string {
	var out []string
	if id, ok := sel.X.(*ast.Ident); ok {
		if p, ok := c.info.Uses[id].(*types.PkgName); ok {
			for _, n := range p.Imported().Scope().Names() {
				if token.IsExported(n) {
					out = append(out, n)
				}
			}
			return out
		}
	}
	t := c.info.Types[sel.X].Type
	if t == nil {
		return nil
	}
	seen := map[types.Type]bool{}
	var fields func(t types.Type)
	fields = func(t types.Type) {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		s, ok := t.Underlying().(*types.Struct)
		if !ok || seen[t] {
			return
		}
		seen[t] = true
		for f := range s.Fields() {
			if f.Exported() || f.Pkg() == c.pkg {
				out = append(out, Plain(f.Name()))
			}
			if f.Embedded() {
				fields(f.Type())
			}
		}
	}
	fields(t)
	if _, ok := t.Underlying().(*types.Pointer); !ok && !types.IsInterface(t) {
		t = types.NewPointer(t)
	}
	for m := range types.NewMethodSet(t).Methods() {
		if m.Obj().Exported() || m.Obj().Pkg() == c.pkg {
			out = append(out, m.Obj().Name())
		}
	}
	return out
}

// visible returns the names that mean something at a place, those of inner blocks
// first.
func (c *compilation) visible(pos token.Pos) []string {
	var out []string
	ast.Inspect(c.file, func(n ast.Node) bool {
		if n == nil || n.Pos() > pos || n.End() < pos {
			return n == nil || n == ast.Node(c.file)
		}
		scope := c.info.Scopes[n]
		if f, ok := n.(*ast.FuncDecl); ok {
			scope = c.info.Scopes[f.Type]
		}
		if scope != nil && scope.Parent() != types.Universe && n != ast.Node(c.file) {
			out = append(out, scope.Names()...)
		}
		return true
	})
	for _, n := range c.pkg.Scope().Names() {
		if !strings.Contains(n, mark) || isOwn(n) {
			out = append(out, Plain(n))
		}
	}
	for n := range c.s.imports {
		out = append(out, n)
	}
	return append(out, types.Universe.Names()...)
}

// editDistance returns how many letters must be changed, added, left out or swapped with
// their neighbour to make b of a, or a number above limit if that are more. Letters that
// differ in their case only count nothing but for the first such, so that the name itself
// is no match.
func editDistance(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if strings.EqualFold(a, b) {
		return 1
	}
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if d := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); d > limit || -d > limit {
		return limit + 1
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
