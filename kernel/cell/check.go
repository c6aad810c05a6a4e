package cell

import (
	"go/ast"
	"go/types"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// goVersion is the language version of cells.
const goVersion = "go1.26"

// maxPasses bounds how often a cell is checked. Each further pass is caused by
// declarations that depend on one that has changed or stopped compiling: as many as
// there are steps in the longest chain of them.
const maxPasses = 1000

// check type-checks the cell with the live declarations of the session. Where the
// cell changes what others depend on, it checks those again with their bodies.
func (c *compilation) check() error {
	c.revive()
	for d := range c.s.doubtful {
		c.again[d] = true
	}
	if c.s.linker != nil {
		c.foresee()
	}
	for range maxPasses {
		c.pass()
		own := &Error{}
		gone := map[string]bool{} // keys of what stopped compiling
		for _, name := range c.unwritten {
			gone[name] = true
		}
		if c.selectEarlier() {
			continue
		}
		for _, e := range c.errs {
			if c.inCell(e.Pos) {
				own.Diagnostics = append(own.Diagnostics, Diagnostic{c.s.pos(e.Pos), c.explain(e)})
				continue
			}
			d := c.declAt(e.Pos)
			if d == nil {
				if c.isMade(e.Pos) && c.giveUp(e.Pos, gone) {
					continue
				}
				own.Diagnostics = append(own.Diagnostics, Diagnostic{0, Readable(e.Msg)})
				continue
			}
			if !c.gone[d] {
				c.drop(d, e)
				for _, k := range d.live() {
					gone[k] = true
				}
			}
		}
		if len(gone) > 0 {
			c.spread(gone, nil)
			continue
		}
		if len(own.Diagnostics) > 0 {
			return own.sorted()
		}
		if !c.rename() {
			c.staleNote()
			c.ageNote()
			for i := range c.notes {
				c.notes[i] = Readable(c.notes[i])
			}
			return c.misuse()
		}
	}
	return c.fail(0, "too many earlier declarations depend on what this cell changes")
}

// revive has broken declarations compiled again that use what the cell declares, and
// those that use them: perhaps the cell mends them.
func (c *compilation) revive() {
	mended := maps.Clone(c.keys)
	for grown := true; grown; {
		grown = false
		for d := range c.s.broken {
			if c.again[d] || !overlap(d.uses, mended) || len(c.kept(d)) == 0 {
				continue
			}
			c.again[d], grown = true, true
			for _, k := range d.live() {
				mended[k] = true
			}
		}
	}
}

// drop takes an old declaration out because of an error in it.
func (c *compilation) drop(d *decl, e types.Error) {
	c.gone[d] = true
	delete(c.again, d)
	c.why[d] = Readable(e.Msg)
	if !c.s.broken[d] { // else it was gone before
		c.notes = append(c.notes, list(d.live())+" no longer compiles and is gone until it does: "+c.why[d])
	}
}

// spread finds what depends on keys that have changed or are gone: declarations are
// compiled again, variables can't be used any more. Types that have grown only have
// declarations compiled again. It reports whether there are any.
func (c *compilation) spread(changed, grown map[string]bool) bool {
	more := false
	changed = maps.Clone(changed)
	if c.s.linker != nil {
		more = c.age(changed)
	}
	for name, v := range c.s.vars {
		if c.s.linker == nil && !c.keys[name] && !c.stale[name] && !v.stale && overlap(v.uses, changed) {
			c.stale[name] = true
			changed[name] = true
			more = true
		}
	}
	for _, d := range c.s.decls {
		if !c.again[d] && !c.gone[d] && c.remaining(d) != nil && (overlap(d.uses, changed) || overlap(d.uses, grown)) {
			c.again[d] = true
			more = true
		}
	}
	return more
}

func (c *compilation) staleNote() {
	switch names := slices.Sorted(maps.Keys(c.stale)); len(names) {
	case 0:
	case 1:
		c.notes = append(c.notes, names[0]+" still has the earlier type: run its cell again to use it")
	default:
		c.notes = append(c.notes, list(names)+" still have the earlier type: run their cells again to use them")
	}
}

// pass runs the checker once.
func (c *compilation) pass() {
	c.errs, c.unwritten = nil, nil
	c.pkg = types.NewPackage("main", "main")
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
		Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{
		GoVersion: goVersion, Importer: c.s.lib, Sizes: types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !c.harmless(e) {
				c.errs = append(c.errs, e)
			}
		},
	}
	files := []*ast.File{c.file, c.oldFile()}
	if vars := c.varFile(); vars != nil {
		files = append(files, vars)
	}
	// Errors come through conf.Error.
	_ = types.NewChecker(&conf, c.s.fset, c.pkg, c.info).Files(files)
}

// harmless reports whether e is an error in a program but not in a notebook.
func (c *compilation) harmless(e types.Error) bool {
	switch {
	case strings.HasPrefix(e.Msg, "\t"): // continues another one
		return true
	case strings.HasPrefix(e.Msg, "declared and not used"), strings.HasSuffix(e.Msg, "imported and not used"),
		strings.Contains(e.Msg, " imported as ") && strings.HasSuffix(e.Msg, " and not used"):
		return true
	case strings.HasPrefix(e.Msg, "initialization cycle") && !c.program:
		// A function may use the variable that its first call makes.
		c.cyclic = true
		return true
	case strings.HasSuffix(e.Msg, " is not used") && c.last != nil:
		return e.Pos >= c.last.Pos() && e.Pos <= c.last.End()
	case strings.Contains(e.Msg, "missing function body"): // generic functions of earlier cells
		return true
	}
	return false
}

// mentions returns the session's names and the packages that a piece of syntax uses.
func (c *compilation) mentions(n ast.Node) (uses, paths map[string]bool) {
	uses, paths = map[string]bool{}, map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch obj := c.info.Uses[id].(type) {
		case nil:
		case *types.PkgName:
			paths[obj.Imported().Path()] = true
		default:
			if key := c.keyOf(obj); key != "" {
				uses[key] = true
			}
		}
		return true
	})
	return uses, paths
}

// keyOf returns the key under which the session knows an object: "f", "T.Method"; ""
// if it doesn't.
func (c *compilation) keyOf(obj types.Object) string {
	if obj == nil || obj.Pkg() != c.pkg {
		return ""
	}
	if obj.Parent() == c.pkg.Scope() {
		return strings.TrimSuffix(obj.Name(), oldSuffix)
	}
	if f, ok := obj.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			if o := owner(types.Unalias(recv.Type())); o != nil {
				return o.Name() + "." + f.Name()
			}
		}
	}
	return ""
}
