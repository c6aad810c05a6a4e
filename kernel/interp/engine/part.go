package engine

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A Part is a part of the session's program for another process: some functions and types and all that they use, with the IDs
// that they have here. An engine that Uses it can make func values of these functions and values of these types.
type Part struct {
	ID      string // by content
	Encoded []byte // for Arrive
	// Globals are the session variables that the functions use, by ID. Their values are not in the program. (Those
	// of packages that run from their source are initialised where they are used.)
	Globals []Needed
	// Serials are those of the sources that the functions stand in.
	Serials []int
}

// A Needed is a session variable that a Part uses.
type Needed struct {
	ID code.GlobalID
	Variable
}

// contents are the IDs of what is in a part.
type contents struct {
	types map[code.TypeID]code.TypeID
	funcs map[code.FuncID]code.FuncID
}

func (c *contents) has(types []code.TypeID, funcs []code.FuncID) bool {
	for _, id := range types {
		if _, ok := c.types[id]; !ok {
			return false
		}
	}
	for _, id := range funcs {
		if _, ok := c.funcs[id]; !ok {
			return false
		}
	}
	return true
}

// forgetParts is called when functions change. e.mu is held.
func (e *Engine) forgetParts() {
	clear(e.parts)
	clear(e.stores)
	e.errors = nil
}

// Part returns the part of the program that functions and types of the session need. It may be called from any goroutine. Asking
// for the same again costs a microsecond, until the next Load.
func (e *Engine) Part(funcs []code.FuncID, types []code.TypeID) (*Part, error) {
	funcs, types = inOrder(funcs), inOrder(types)
	key := make([]byte, 0, 64)
	for _, id := range funcs {
		key = strconv.AppendInt(append(key, ' '), int64(id), 36)
	}
	key = append(key, ',')
	for _, id := range types {
		key = strconv.AppendInt(append(key, ' '), int64(id), 36)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.parts[string(key)]; p != nil {
		return p, nil
	}
	p, err := e.collect(funcs, types)
	if err == nil {
		e.parts[string(key)] = p
	}
	return p, err
}

// inOrder returns the IDs sorted, each once.
func inOrder[ID cmp.Ordered](ids []ID) []ID {
	if len(ids) < 2 {
		return ids
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (e *Engine) collect(funcs []code.FuncID, types []code.TypeID) (*Part, error) {
	w := newCollector(e)
	w.same = true
	for _, id := range funcs {
		w.fn(id)
	}
	for _, id := range types {
		w.typ(id)
	}
	for _, id := range e.effects {
		w.fn(id)
	}
	if err := w.collect(); err != nil {
		return nil, err
	}
	p := w.out
	p.Effects = e.effects
	slices.SortFunc(p.Types, func(a, b code.Type) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Globals, func(a, b code.Global) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Funcs, func(a, b code.Func) int { return cmp.Compare(a.ID, b.ID) })
	out := &Part{Encoded: p.Encode()}
	out.ID = partID(out.Encoded)
	stored := map[code.GlobalID]bool{}
	for i := range p.Funcs {
		if n := p.Funcs[i].Pos.Serial(); n != 0 {
			out.Serials = append(out.Serials, n)
		}
		for id := range e.storesOf(p.Funcs[i].ID).globals {
			stored[id] = true
		}
	}
	out.Serials = inOrder(out.Serials)
	for _, g := range p.Globals {
		if g.Init == 0 {
			out.Globals = append(out.Globals, Needed{g.ID, e.globals[g.ID].variable(stored[g.ID])})
		}
	}
	if e.sent[out.ID] == nil {
		e.sentLast = append(e.sentLast, out.ID)
		if len(e.sentLast) > maxSent {
			delete(e.sent, e.sentLast[0])
			e.sentLast = slices.Delete(e.sentLast, 0, 1)
		}
	}
	e.sent[out.ID] = &contents{w.types, w.funcs}
	return out, nil
}

// maxSent is of how many parts it is remembered what is in them: more than calls have under way.
const maxSent = 1024

// Lacks reports whether functions and types are in none of the parts with these IDs, which this engine has
// made. Of parts that were made long ago that isn't known: nothing is in them.
func (e *Engine) Lacks(parts []string, funcs []code.FuncID, types []code.TypeID) (fs []code.FuncID, ts []code.TypeID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	has := func(types []code.TypeID, funcs []code.FuncID) bool {
		return slices.ContainsFunc(parts, func(id string) bool {
			c := e.sent[id]
			return c != nil && c.has(types, funcs)
		})
	}
	for _, id := range funcs {
		if !has(nil, []code.FuncID{id}) {
			fs = append(fs, id)
		}
	}
	for _, id := range types {
		if !has([]code.TypeID{id}, nil) {
			ts = append(ts, id)
		}
	}
	return fs, ts
}

func partID(b []byte) string {
	h := sha256.Sum256(b)
	return fmt.Sprintf("%x", h[:16])
}

// A sum says what a function does, and where it stands.
type sum [16]byte

// An Arrived is a Part in the process that is to use it.
type Arrived struct {
	ID      string
	program *code.Program
	sums    []sum // of the functions
	counted bool  // in Engine.holders
	// literals are those of the part, which others may not refer to.
	literals []*function
}

// Arrive reads what the Encoded of a Part is.
func Arrive(b []byte) (*Arrived, error) {
	p, err := code.Decode(b)
	if err != nil {
		return nil, err
	}
	a := &Arrived{ID: partID(b), program: p, sums: make([]sum, len(p.Funcs))}
	for i := range p.Funcs {
		h := sha256.Sum256(p.Funcs[i].Encode())
		a.sums[i] = sum(h[:])
	}
	return a, nil
}

// Use makes parts of a session's program current: where this engine, or one of the parts, has a function in several versions, that
// of the last part runs from now on. It initialises the packages among them that haven't been. Code may run meanwhile, but Use must
// be called by one goroutine at a time. If there is an error, nothing but what was initialised has changed.
func (e *Engine) Use(parts ...*Arrived) error { return e.take(parts, false) }

// Add puts what this engine doesn't have yet of a part in place. It is otherwise as Use.
func (e *Engine) Add(part *Arrived) error { return e.take([]*Arrived{part}, true) }

func (e *Engine) take(parts []*Arrived, missing bool) error {
	inits, err := e.use(parts, missing)
	if err != nil {
		return err
	}
	for _, in := range inits {
		if in.done != nil && *(*bool)(in.done.ptr) {
			continue
		}
		if p := e.Run(in.fn); p != nil {
			return fmt.Errorf("engine: %s panicked: %v", in.name, p.Value)
		}
	}
	return nil
}

// An initialiser is a function that initialises a package, and the variable that says that it has.
type initialiser struct {
	fn   code.FuncID
	name string
	done *global
}

// use puts parts, or what is missing of them, in place and returns what initialises their packages.
func (e *Engine) use(parts []*Arrived, missing bool) (inits []initialiser, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := &code.Program{}
	var packages []code.FuncID
	wanted := map[code.FuncID]sum{} // the functions that differ from what is there
	bodies := map[code.FuncID]*code.Func{}
	types := map[code.TypeID]*code.Type{}
	grown := false
	for _, a := range parts {
		for i := range a.program.Types {
			t := &a.program.Types[i]
			was := types[t.ID]
			if was == nil {
				was = e.types.Desc(t.ID)
			}
			if was != nil && (missing || !gains(was, t)) {
				continue
			}
			grown = grown || was != nil
			types[t.ID] = t
		}
		for _, g := range a.program.Globals {
			if e.globals[g.ID] == nil {
				p.Globals = append(p.Globals, g)
			}
			if g.Init != 0 {
				packages = append(packages, g.Init)
			}
		}
		packages = append(packages, a.program.Effects...)
		p.Effects = append(p.Effects, a.program.Effects...)
		for i := range a.program.Funcs {
			f := &a.program.Funcs[i]
			if missing && e.lookup(f.ID) != nil {
				continue
			}
			wanted[f.ID], bodies[f.ID] = a.sums[i], f
		}
	}
	for _, t := range types {
		p.Types = append(p.Types, *t)
	}
	if grown { // functions and variables know the version of a type that there was when they were made
		clear(e.used)
		clear(e.kept)
		for _, a := range parts {
			p.Globals = append(p.Globals, a.program.Globals...)
		}
	}
	var back []*impl
	for id, s := range wanted {
		if e.used[id] == s && e.lookup(id) != nil {
			delete(wanted, id)
		} else if im := e.kept[version{id, s}]; im != nil {
			back = append(back, im)
		} else {
			p.Funcs = append(p.Funcs, *bodies[id])
		}
	}
	if len(wanted)+len(p.Types)+len(p.Globals) > 0 {
		impls, err := e.load(p)
		if err != nil {
			return nil, err
		}
		for _, im := range impls {
			e.kept[version{im.fn.id, wanted[im.fn.id]}] = im
		}
		for _, im := range back {
			body := *bodies[im.fn.id] // without the others of the part
			im.fn.impl.Store(im)
			im.fn.body = &body
		}
		for id, s := range wanted {
			e.used[id] = s
		}
	}
	for _, a := range parts {
		e.keep(a)
	}
	for _, id := range inOrder(packages) {
		inits = append(inits, initialiser{id, e.body(id).Name, e.globals[e.inits[id]]})
	}
	return inits, nil
}

// keep keeps what a part needs until it is dropped. e.mu is held.
func (e *Engine) keep(a *Arrived) {
	a.literals = a.literals[:0]
	for i := range a.program.Funcs {
		f := &a.program.Funcs[i]
		if f.Flags&code.Literal != 0 {
			a.literals = append(a.literals, e.lookup(f.ID))
		}
		if !a.counted {
			e.holders[version{f.ID, a.sums[i]}]++
		}
	}
	a.counted = true
}

// Drop says that a part will not be used again. What func values and other parts need of it stays.
func (e *Engine) Drop(a *Arrived) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !a.counted {
		return
	}
	for i := range a.program.Funcs {
		v := version{a.program.Funcs[i].ID, a.sums[i]}
		if e.holders[v]--; e.holders[v] == 0 {
			delete(e.holders, v)
			delete(e.kept, v)
		}
	}
	a.counted, a.literals = false, nil
}

// gains reports whether a description of a type has a method that another of the same type doesn't have. Types only grow: one from
// before a method was declared changes nothing.
func gains(was, t *code.Type) bool {
	for _, m := range t.Methods {
		if !slices.Contains(was.Methods, m) {
			return true
		}
	}
	return false
}
