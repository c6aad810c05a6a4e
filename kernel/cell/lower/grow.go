package lower

import (
	"go/types"
	"slices"

	"github.com/goherd/goherd/kernel/interp/code"
)

// isGrown reports whether earlier cells have a type that doesn't have a method, or not with the
// signature that it has now.
func (p *Program) isGrown(t *types.Named, method code.FuncID) bool {
	if t == nil {
		return false
	}
	old := p.l.described[p.typeID(t)]
	return old != nil && !slices.ContainsFunc(old.Methods, func(m code.Method) bool { return m.Func == method })
}

// hasInstances reports whether earlier cells have instances of a generic type.
func (p *Program) hasInstances(t *types.Named) bool {
	if t == nil {
		return false
	}
	key := p.objectKey(t.Obj())
	for _, from := range p.l.made {
		if from.key == key {
			return true
		}
	}
	return false
}

// grow adds to the program what has to do with types that have more methods than before: variables
// and functions of earlier cells are sent again, so that the values
// they make from now on have the methods.
func (p *Program) grow() {
	grown := map[code.TypeID]bool{}
	for i := range p.out.Types {
		if id := p.out.Types[i].ID; p.l.described[id] != nil {
			grown[id] = true
		}
	}
	if len(grown) == 0 {
		return
	}
	for changed := true; changed; {
		changed = false
		for id, t := range p.l.described {
			if !grown[id] && made(t, grown) {
				grown[id] = true
				changed = true
			}
		}
	}
	for _, v := range p.l.variables {
		if grown[v.Type] {
			p.out.Globals = append(p.out.Globals, v)
		}
	}
	for _, id := range p.l.order {
		group := p.l.bodies[id]
		if p.bodies[id] == nil && slices.ContainsFunc(group, func(f code.Func) bool { return uses(&f, grown) }) {
			p.bodies[id] = group
			p.out.Funcs = append(p.out.Funcs, group...)
		}
	}
}

// made reports whether a type is made of others.
func made(t *code.Type, of map[code.TypeID]bool) bool {
	has := func(id code.TypeID) bool { return of[id] }
	return of[t.Elem] || of[t.Key] || slices.ContainsFunc(t.In, has) || slices.ContainsFunc(t.Out, has) ||
		slices.ContainsFunc(t.Fields, func(f code.Field) bool { return of[f.Type] }) ||
		slices.ContainsFunc(t.Methods, func(m code.Method) bool { return of[m.Sig] })
}

// uses reports whether a function has to do with types.
func uses(f *code.Func, of map[code.TypeID]bool) bool {
	return of[f.Sig] || slices.ContainsFunc(f.Slots, func(id code.TypeID) bool { return of[id] }) || mentions(f.Body, of)
}

func mentions(n *code.Node, of map[code.TypeID]bool) bool {
	if n == nil {
		return false
	}
	if of[n.Type] || (n.Op == code.Assert || n.Op == code.TypeIs) && of[code.TypeID(n.A)] {
		return true
	}
	return slices.ContainsFunc(n.Kids, func(k *code.Node) bool { return mentions(k, of) })
}
