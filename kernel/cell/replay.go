package cell

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/goherd/goherd/display/pretty"
	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/interp/link"
)

// Replay returns the program that gives the session's live declarations to a new
// interpreter, with variables at their zero values.
func (s *Session) Replay() *Program {
	// What the interpreter before it didn't take, the new one has never seen.
	s.pending = nil
	clear(s.tried)
	clear(s.doubtful)
	clear(s.methods)
	clear(s.generics)
	if s.linker != nil {
		return &Program{Program: link.Program{Code: s.linker.Everything().Encode()}}
	}
	var b strings.Builder
	paths := map[string]bool{}
	for _, d := range s.decls {
		maps.Copy(paths, d.imports)
		if d.host {
			paths[hostPath] = true
		}
		b.WriteString(d.source(s.names, func(key string) bool { return d.dead[key] }))
		if t, m, ok := strings.Cut(d.keys[0], "."); ok {
			s.methods[s.names[t]+"."+m] = d.sig
			if _, generic := d.genericMethod(); generic {
				s.generics[m] = s.names[t]
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		if v := s.vars[name]; !v.stale {
			fmt.Fprintf(&b, "var %s %s\n", s.names[name], newPrinter(s.pkg, s.names, paths).text(v.typ))
		}
	}
	p := &Program{}
	p.Source = header(paths) + b.String()
	return p
}

// usable returns the keys of the variables among names that have a value.
func (s *Session) usable(names []string) []string {
	var out []string
	for _, name := range names {
		name = s.key(name)
		if v := s.vars[name]; v != nil && !v.lost && !v.stale {
			out = append(out, name)
		}
	}
	return out
}

// Describe returns a program that reports the values of variables.
func (s *Session) Describe(names ...string) (*Program, error) {
	if s.linker != nil {
		return s.lowerVars(names, func(vars []*types.Var) lower.Entry { return lower.Entry{Describe: vars} })
	}
	desc := newDescriber(s.pkg)
	paths := map[string]bool{hostPath: true}
	var calls strings.Builder
	for _, name := range s.usable(names) {
		fmt.Fprintf(&calls, "%s.Describe(%q, %d, %s)\n", host, name, desc.add(s.vars[name].typ), s.names[name])
	}
	c := &compilation{s: s, pkg: s.pkg, names: s.names}
	methods := c.methodCalls(desc, paths)
	p := &Program{}
	p.Source = header(paths) + "func " + entry + "() {\n" + methods + "\n" + calls.String() + "}\n"
	p.Entry = entry
	var err error
	p.Types, err = pretty.Encode(desc.types...)
	return p, err
}

// Zero returns a program that gives variables their zero values, so that what they
// hold can be freed.
func (s *Session) Zero(names ...string) (*Program, error) {
	if s.linker != nil {
		return s.lowerVars(names, func(vars []*types.Var) lower.Entry { return lower.Entry{Zero: vars} })
	}
	paths := map[string]bool{}
	var body strings.Builder
	for _, name := range s.usable(names) {
		t := newPrinter(s.pkg, s.names, paths).text(s.vars[name].typ)
		fmt.Fprintf(&body, "{\nvar zero%s %s\n%s = zero%s\n}\n", mark, t, s.names[name], mark)
	}
	p := &Program{}
	p.Source = header(paths) + "func " + entry + "() {\n" + body.String() + "}\n"
	p.Entry = entry
	return p, nil
}
