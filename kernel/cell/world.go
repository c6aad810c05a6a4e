package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// oldSuffix is added to a variable as it was before the cell that declares it anew,
// where that cell uses both.
const oldSuffix = mark + "old"

// maxMade is how many declarations the compiler makes at the most that have places of their
// own.
const maxMade = 1 << 20

// candidates are the old declarations that are checked: the live ones and the broken
// ones that may work again.
func (c *compilation) candidates() []*decl {
	out := slices.Clone(c.s.decls)
	for d := range c.again {
		if c.s.broken[d] {
			out = append(out, d)
		}
	}
	out = slices.DeleteFunc(out, func(d *decl) bool { return c.gone[d] })
	slices.SortFunc(out, byPos)
	return out
}

// byPos orders declarations as they were made.
func byPos(a, b *decl) int { return int(a.node.Pos() - b.node.Pos()) }

// oldFile holds the live declarations of earlier cells, functions without bodies
// unless they are to be compiled again.
func (c *compilation) oldFile() *ast.File {
	f := &ast.File{Name: ast.NewIdent("main"), Package: c.file.Package, FileStart: c.file.FileStart, FileEnd: c.file.FileEnd}
	paths := map[string]bool{}
	var decls []ast.Decl
	for _, d := range c.candidates() {
		if n := c.remaining(d); n != nil {
			maps.Copy(paths, d.imports)
			decls = append(decls, n)
		}
	}
	var specs []ast.Spec
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		specs = append(specs, importSpec(alias(p), p))
	}
	if len(specs) > 0 {
		f.Decls = append(f.Decls, importDecl(specs))
	}
	f.Decls = append(f.Decls, decls...)
	return f
}

// taken reports whether the cell, or a later declaration, declares key, one of d's,
// anew.
func (c *compilation) taken(d *decl, key string) bool {
	return !c.inCell(d.node.Pos()) && (d.dead[key] || c.keys[key] || c.imports[key] != "")
}

// kept returns the keys of a declaration that are still its.
func (c *compilation) kept(d *decl) []string {
	return slices.DeleteFunc(slices.Clone(d.keys), func(k string) bool { return c.taken(d, k) })
}

// remaining returns what is left of an old declaration beside the cell, nil if
// nothing is.
func (c *compilation) remaining(d *decl) ast.Decl {
	if len(c.kept(d)) == 0 {
		return nil
	}
	switch n := d.node.(type) {
	case *ast.FuncDecl:
		if c.again[d] || c.s.linker != nil && d.isGeneric() {
			return n
		}
		bare := *n
		bare.Body = nil
		return &bare
	case *ast.GenDecl:
		cp := *n
		cp.Specs = nil
		for _, spec := range n.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if !c.taken(d, spec.Name.Name) {
					cp.Specs = append(cp.Specs, spec)
				}
			case *ast.ValueSpec: // constants: iota counts on
				v := *spec
				v.Names = slices.Clone(spec.Names)
				for i, id := range v.Names {
					if c.taken(d, id.Name) {
						v.Names[i] = &ast.Ident{NamePos: id.NamePos, Name: "_"}
					}
				}
				cp.Specs = append(cp.Specs, &v)
			}
		}
		return &cp
	}
	return nil
}

// varFile puts the session's variables into the package: as objects where their
// types belong to no check, else as a file of declarations.
func (c *compilation) varFile() *ast.File {
	var b strings.Builder
	paths := map[string]bool{}
	w := newAgeWriter(c, paths)
	insert := func(name string, v *variable) {
		if free(v.typ) {
			c.pkg.Scope().Insert(types.NewVar(token.NoPos, c.pkg, name, v.typ))
			return
		}
		text, ok := w.variable(v.typ)
		if !ok && c.s.linker != nil {
			c.stale[name] = true // an earlier type that can't be written
			c.unwritten = append(c.unwritten, name)
			delete(c.aged, name)
			return
		}
		fmt.Fprintf(&b, "var %s %s\n", name, text)
	}
	for _, name := range slices.Sorted(maps.Keys(c.s.vars)) {
		v := c.s.vars[name]
		if v.stale || c.stale[name] {
			continue
		}
		if c.old[name] {
			insert(name+oldSuffix, v)
		}
		if !c.keys[name] && c.imports[name] == "" {
			insert(name, v)
		}
	}
	clear(c.varAt)
	if b.Len() == 0 {
		return nil
	}
	// Its positions belong to no file set that is asked, but where the checker needs one:
	// errors in it are errors in no cell.
	f, err := parser.ParseFile(token.NewFileSet(), "", header(paths)+w.declarations()+b.String(), parser.SkipObjectResolution)
	if err != nil {
		panic(fmt.Sprintf("declarations of session variables: %v\n%s", err, b.String()))
	}
	for i, d := range f.Decls {
		pos := c.s.made + token.Pos(min(i, maxMade))
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			c.varAt[pos] = strings.TrimSuffix(g.Specs[0].(*ast.ValueSpec).Names[0].Name, oldSuffix)
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				id.NamePos = pos
			}
			return true
		})
	}
	f.FileStart, f.FileEnd, f.Package = c.file.FileStart, c.file.FileEnd, c.file.Package
	return f
}

// free reports whether t mentions nothing that belongs to a check, neither types of
// the session nor parameters or fields: such a type can be used in the next one
// without keeping this one in memory.
func free(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return true
	case *types.Named:
		return t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != "main" && t.TypeArgs() == nil
	case *types.Pointer:
		return free(t.Elem())
	case *types.Slice:
		return free(t.Elem())
	case *types.Array:
		return free(t.Elem())
	case *types.Chan:
		return free(t.Elem())
	case *types.Map:
		return free(t.Key()) && free(t.Elem())
	}
	return false
}

// declAt returns the old declaration that a position is in.
func (c *compilation) declAt(pos token.Pos) *decl {
	for _, d := range c.candidates() {
		if pos >= d.node.Pos() && pos < d.node.End() {
			return d
		}
	}
	return nil
}
