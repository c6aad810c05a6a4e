package cell

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// rename decides what the cell's names are called in the interpreter, finds the old
// declarations that must be compiled again because of it, and reports whether that
// needs another pass of the checker.
//
// A name stays what it was where the interpreter can put the new declaration in the
// place of the old: a variable of the same type, a type or constant that reads the
// same, a function of the same signature, whose body the interpreter replaces. Else
// it gets a new name, and who uses it is compiled again.
func (c *compilation) rename() bool {
	for _, d := range c.decls {
		d.uses, d.imports = c.mentions(d.node)
	}
	own := slices.Clone(c.decls)
	for d := range c.again {
		own = append(own, d)
	}
	slices.SortFunc(own, byPos)
	n := &naming{compilation: c, decls: own}
	grown := map[string]bool{}
	if c.s.linker != nil {
		n.decide()
		grown = n.grown()
	} else {
		for n.decide(); n.forceTypes(); n.decide() {
		}
	}
	for name := range c.imports {
		if c.s.vars[name] != nil || c.s.liveDecl(name) != nil {
			n.changed[name] = true
		}
	}
	return c.spread(n.changed, grown) || n.added
}

// A naming is one attempt of rename.
type naming struct {
	*compilation
	decls   []*decl           // that the interpreter gets
	fresh   map[string]string // names decided
	changed map[string]bool   // keys that are called otherwise than before
	added   bool              // declarations joined those to be compiled again
}

// decide names everything that is declared.
func (n *naming) decide() {
	c := n.compilation
	c.names, c.gen = maps.Clone(c.s.names), c.s.gen
	c.nameEarlier()
	c.sigs = map[*decl]string{}
	n.fresh, n.changed = map[string]string{}, map[string]bool{}
	// Types and constants may depend on each other in any order.
	for grown := true; grown; {
		grown = false
		for _, d := range n.decls {
			if d.isFunc() {
				continue
			}
			same := !overlap(d.uses, n.changed) && (c.inCell(d.node.Pos()) && c.sameText(d) || !c.inCell(d.node.Pos()) && !c.s.broken[d])
			for _, k := range c.kept(d) {
				same := same && !c.force[k]
				if f, done := n.fresh[k]; !done || !same && f == c.s.names[k] {
					delete(n.fresh, k)
					n.give(k, same)
					grown = grown || n.changed[k]
				}
			}
		}
	}
	// The engine knows a function by its signature too, and a variable by its type: these are others
	// under the same name, and the same again if they are declared as they were.
	give := n.give
	if c.s.linker != nil {
		give = n.keepName
	}
	for _, d := range n.decls {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok || len(c.kept(d)) == 0 || d.keys[0] == "init" {
			continue
		}
		c.sigs[d] = c.sig(f)
		if f.Recv != nil {
			continue // the interpreter finds it by its type
		}
		old := d
		if c.inCell(d.node.Pos()) {
			old = c.s.liveDecl(d.keys[0])
		}
		give(d.keys[0], old != nil && old.isFunc() && old.sig == c.sigs[d] && (!d.isGeneric() || n.sameGeneric(d)))
	}
	for _, id := range c.vars {
		v, obj := c.s.vars[id.Name], c.pkg.Scope().Lookup(id.Name)
		give(id.Name, v != nil && !v.stale && !overlap(v.uses, n.changed) &&
			c.typeText(obj.Type(), c.names) == c.typeText(v.typ, c.s.names))
	}
}

// give decides what key is called: what it was called before if keep is set, else
// something new.
func (n *naming) give(key string, keep bool) {
	c := n.compilation
	if _, done := n.fresh[key]; done {
		return
	}
	old, existed := c.s.names[key]
	switch {
	case existed && keep:
		n.fresh[key] = old
	case existed || c.s.tried[key] || key == "main" || types.Universe.Lookup(key) != nil:
		c.gen++
		n.fresh[key] = fmt.Sprintf("%s%s%d", key, mark, c.gen)
		n.changed[key] = existed
	default:
		n.fresh[key] = key
	}
	c.names[key] = n.fresh[key]
}

// keepName keeps what key was called before; it has changed unless same is set.
func (n *naming) keepName(key string, same bool) {
	if _, done := n.fresh[key]; done {
		return
	}
	name, existed := n.s.names[key]
	if !existed {
		name = key
	}
	n.fresh[key], n.compilation.names[key] = name, name
	if existed && !same {
		n.changed[key] = true
	}
}

// grown returns the types of earlier cells whose methods change in this one: they get
// another one, or one gets another signature. Their variables stay; the code that uses
// them is made anew, because the type that it puts into interfaces is another one.
func (n *naming) grown() map[string]bool {
	c := n.compilation
	out := map[string]bool{}
	for _, d := range n.decls {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok || f.Recv == nil || len(d.keys) == 0 || !c.inCell(f.Pos()) {
			continue
		}
		t, _, _ := strings.Cut(d.keys[0], ".")
		old := c.s.liveDecl(d.keys[0])
		if !c.keys[t] && (old == nil || old.sig != c.sigs[d]) {
			out[t] = true
		}
	}
	return out
}

// forceTypes finds methods that the interpreter can't put in the place of the old
// ones, because they have another signature or are generic: their types need new
// names. It reports whether there are any that weren't known.
func (n *naming) forceTypes() bool {
	c := n.compilation
	more := false
	for _, d := range n.decls {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok || f.Recv == nil || len(d.keys) == 0 {
			continue
		}
		t, m, _ := strings.Cut(d.keys[0], ".")
		was, known := c.s.methods[c.names[t]+"."+m]
		if !known || was == c.sigs[d] && (!d.isGeneric() || n.sameGeneric(d)) {
			continue
		}
		c.force[t], more = true, true
		if td := c.s.liveDecl(t); td != nil && !c.keys[t] && !c.again[td] {
			c.again[td], n.added = true, true
			n.decls = append(n.decls, td)
			slices.SortFunc(n.decls, byPos)
		}
	}
	return more
}

// sameGeneric reports whether a generic function or method is what the interpreter
// has instances of already.
func (n *naming) sameGeneric(d *decl) bool {
	return !overlap(d.uses, n.changed) && (!n.inCell(d.node.Pos()) || n.sameText(d))
}

// sameText reports whether an old declaration of the same names reads the same.
func (c *compilation) sameText(d *decl) bool {
	if len(d.keys) == 0 {
		return false
	}
	old := c.s.liveDecl(d.keys[0])
	return old != nil && old.text == d.text && maps.Equal(old.imports, d.imports) && len(old.live()) == len(d.keys)
}

// sig returns a function's signature in the interpreter's terms.
func (c *compilation) sig(f *ast.FuncDecl) string {
	sig := c.info.Defs[f.Name].(*types.Func).Signature()
	recv := ""
	if r := sig.Recv(); r != nil {
		recv = c.typeText(r.Type(), c.names) + " "
	}
	return recv + c.typeText(sig, c.names)
}

// typeText writes a type in the interpreter's terms.
func (c *compilation) typeText(t types.Type, names map[string]string) string {
	return newPrinter(c.pkg, names, nil).text(t)
}
