package cell

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// An attempt is what a program declares in the interpreter. One that isn't committed
// was not taken: yaegi then knows some of its names, bound to what can't run.
type attempt struct {
	gen     int
	fresh   []string          // new names
	funcs   []*decl           // live functions that were to get a new body
	methods map[string]string // signatures, by the interpreter's names: "T.M"
}

func (c *compilation) attempt() *attempt {
	a := &attempt{gen: c.gen, methods: map[string]string{}}
	for key, name := range c.names {
		if c.s.names[key] != name {
			a.fresh = append(a.fresh, name)
		}
	}
	for d, sig := range c.sigs {
		if t, m, ok := strings.Cut(d.keys[0], "."); ok {
			a.methods[c.names[t]+"."+m] = sig
			continue
		}
		if old := c.s.liveDecl(d.keys[0]); old != nil && c.names[d.keys[0]] == c.s.names[d.keys[0]] {
			a.funcs = append(a.funcs, old)
		}
	}
	return a
}

// suspect looks at the program before: if it wasn't committed, its names are never
// used again, and the functions that it was to replace are given to the interpreter
// once more.
func (s *Session) suspect() {
	a := s.pending
	if a == nil {
		return
	}
	s.pending = nil
	s.gen = max(s.gen, a.gen)
	for _, name := range a.fresh {
		s.tried[name] = true
	}
	for _, d := range a.funcs {
		if slices.Contains(s.decls, d) {
			s.doubtful[d] = true
		}
	}
	for key := range a.methods {
		if _, ok := s.methods[key]; !ok {
			s.methods[key] = "not taken by the interpreter" // no signature is this
		}
	}
}

// commit makes what the cell declares part of the session.
func (c *compilation) commit(a *attempt) {
	s := c.s
	if s.pending == a {
		s.pending = nil
	}
	for key := range c.keys {
		s.kill(key)
		delete(s.vars, key)
	}
	for name, p := range c.imports {
		s.kill(name)
		delete(s.vars, name)
		s.imports[name] = p
		delete(s.guessed, name)
		if c.guessed[name] {
			s.guessed[name] = true
		}
	}
	for _, p := range c.dots {
		s.dots[p] = true
	}
	for name := range c.stale {
		if v := s.vars[name]; v != nil {
			v.spoil()
		}
	}
	for name := range c.aged {
		s.vars[name].shown = ""
	}
	// What compiles again is live again; what doesn't is kept aside.
	for d := range c.again {
		if s.broken[d] {
			delete(s.broken, d)
			s.decls = append(s.decls, d)
		}
		delete(s.doubtful, d)
	}
	maps.Copy(s.broken, c.gone)
	for d, why := range c.why {
		d.why = why
	}
	for d, sig := range c.sigs {
		d.sig = sig
	}
	maps.Copy(s.methods, a.methods)
	s.generics = c.generics
	for _, d := range c.decls {
		if slices.Contains(d.keys, "init") || c.program && slices.Contains(d.keys, "main") || len(d.keys) == 0 {
			continue
		}
		c.rebind(d)
		s.decls = append(s.decls, d)
	}
	slices.SortFunc(s.decls, byPos)
	for _, id := range c.vars {
		s.vars[id.Name] = &variable{
			serial: c.src.Serial, typ: c.pkg.Scope().Lookup(id.Name).Type(), shadows: c.shadows[id.Name], builtin: c.builtins[id.Name],
		}
	}
	s.names, s.gen = c.names, c.gen
	s.ages += len(c.earlier)
	s.sweep()
	s.adopt(c.pkg)
}

// adopt makes pkg the session's package, and the types of the variables its.
func (s *Session) adopt(pkg *types.Package) {
	s.pkg = pkg
	s.retype()
	passing := func(name string) bool { return strings.Contains(name, mark) && !isEarlier(name) && !isOwn(name) }
	if slices.ContainsFunc(pkg.Scope().Names(), passing) {
		// Names that the compiler needed for this check are nobody else's business:
		// the session is checked by itself.
		c := s.compilation(Source{}, Normal)
		if err := c.guard(c.analyse); err == nil {
			s.pkg = c.pkg
			s.retype()
		}
		c.forget()
	}
	maps.DeleteFunc(s.names, func(name, _ string) bool { return isEarlier(name) && s.pkg.Scope().Lookup(name) == nil })
	s.view = userView(s.pkg)
}

// retype gives the session's variables the types that they have in its package.
func (s *Session) retype() {
	for name, v := range s.vars {
		if v.stale {
			continue
		}
		v.typ = s.pkg.Scope().Lookup(name).Type()
		if v.shown == "" { // later checks know less: names of parameters, any
			v.shown = typeString(v.typ)
		}
		v.uses = map[string]bool{}
		sessionTypes(s.pkg, v.typ, v.uses)
	}
}

// rebind makes a declaration's package names aliases, so that it can be checked
// beside later cells whatever they declare.
func (c *compilation) rebind(d *decl) {
	ast.Inspect(d.node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if p, ok := c.info.Uses[id].(*types.PkgName); ok {
				id.Name = alias(p.Imported().Path())
			}
			id.Obj = nil
		}
		return true
	})
}

// Commit makes the cell's declarations part of the session: the interpreter has
// compiled it.
func (p *Program) Commit() {
	if p.commit != nil {
		p.commit()
	}
}
