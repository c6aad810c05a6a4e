package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"
	"weak"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/rtype"
	"github.com/goherd/goherd/kernel/interp/token"
)

// A global is a variable of the session.
type global struct {
	name string
	t    *typ
	ptr  unsafe.Pointer
	init code.FuncID // see code.Global
	done bool
}

// Load puts a program in place. Code of earlier programs may run meanwhile: it calls
// the new bodies of functions from then on. If there is an error, nothing has changed.
func (e *Engine) Load(p *code.Program) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range p.Funcs {
		delete(e.used, p.Funcs[i].ID)
	}
	_, err := e.load(p)
	return err
}

// load is Load, with e.mu held. It returns the code of p.Funcs.
func (e *Engine) load(p *code.Program) (impls []*impl, err error) {
	e.forgetParts()
	defer func() {
		e.pending, e.pendingGlobals = nil, nil
		defer func() {
			if err != nil {
				clear(e.promised) // by types that no other program has
			}
		}()
		if v := recover(); v != nil {
			f, ok := v.(faultError)
			if !ok {
				f = faultError(fmt.Sprint(v))
			}
			err = f
		}
	}()
	if err := e.types.Add(p.Types); err != nil {
		return nil, err
	}
	e.pending, e.pendingGlobals = map[code.FuncID]*function{}, map[code.GlobalID]*global{}
	for _, g := range p.Globals {
		t := e.typ(g.Type)
		if old := e.globals[g.ID]; old != nil { // again: of a type that has more methods now
			e.pendingGlobals[g.ID] = &global{g.Name, t, old.ptr, g.Init, g.Done}
			continue
		}
		e.pendingGlobals[g.ID] = &global{g.Name, t, newObject(t.ptr), g.Init, g.Done}
	}
	for i := range p.Funcs {
		f := &p.Funcs[i]
		fn := e.lookup(f.ID)
		if fn == nil {
			fn = e.early(f.ID)
			fn.sig = e.signature(e.typ(f.Sig).rt)
		}
		e.pending[f.ID] = fn
	}
	for id := range e.promised {
		if e.pending[id] == nil {
			panic(fault("no function %d for a method", id))
		}
	}
	impls = make([]*impl, len(p.Funcs))
	bodies := make([]*code.Func, len(p.Funcs))
	for i, f := range p.Funcs {
		bodies[i] = &f // one function is not to keep the others in memory
		impls[i] = e.compile(bodies[i])
	}
	for id, g := range e.pendingGlobals {
		e.globals[id] = g
		if g.done {
			e.inits[g.init] = id
		}
	}
	for _, id := range p.Effects {
		if !slices.Contains(e.effects, id) {
			e.effects = append(e.effects, id)
		}
	}
	for i, im := range impls {
		f := im.fn
		f.impl.Store(im)
		if p.Entry != f.id {
			f.body = bodies[i]
		}
		if bodies[i].Flags&code.Literal != 0 {
			e.literals[f.id] = weak.Make(f)
		} else {
			e.funcs[f.id] = f
		}
		delete(e.promised, f.id)
	}
	e.sweep()
	return impls, nil
}

// lookup returns the function with an ID, nil if there is none. e.mu is held.
func (e *Engine) lookup(id code.FuncID) *function {
	if f := e.funcs[id]; f != nil {
		return f
	}
	return e.literals[id].Value()
}

// body returns what a function was made of, nil if there is none. e.mu is held.
func (e *Engine) body(id code.FuncID) *code.Func {
	if f := e.lookup(id); f != nil {
		return f.body
	}
	return nil
}

// newIndex returns an index in Thread.free. e.mu is held.
func (e *Engine) newIndex() int {
	if n := len(e.spare); n > 0 {
		i := e.spare[n-1]
		e.spare = e.spare[:n-1]
		return i
	}
	e.indices++
	return e.indices - 1
}

// sweep forgets what is gone, now and then: literals, and code of functions whose index others may have: a thread that
// had frames for it would have kept it. e.mu is held.
func (e *Engine) sweep() {
	if len(e.indexed) < e.sweepAt {
		return
	}
	for i, im := range e.indexed {
		if im.Value() == nil {
			delete(e.indexed, i)
			e.spare = append(e.spare, i)
		}
	}
	for id, f := range e.literals {
		if f.Value() == nil {
			delete(e.literals, id)
			delete(e.used, id)
		}
	}
	e.sweepAt = 2*len(e.indexed) + 256
}

// early returns the function with an ID that may only be loaded later, as that of a method when its type is made.
func (e *Engine) early(id code.FuncID) *function {
	if f := e.lookup(id); f != nil {
		return f
	}
	f := e.promised[id]
	if f == nil {
		f = &function{id: id}
		e.promised[id] = f
	}
	return f
}

// function returns the function with an ID.
func (e *Engine) function(id code.FuncID) *function {
	if f := e.pending[id]; f != nil {
		return f
	}
	if f := e.lookup(id); f != nil {
		return f
	}
	panic(fault("no function %d", id))
}

func (e *Engine) global(id code.GlobalID) *global {
	if g := e.pendingGlobals[id]; g != nil {
		return g
	}
	if g := e.globals[id]; g != nil {
		return g
	}
	panic(fault("no variable %d", id))
}

// compile makes the code of a function.
func (e *Engine) compile(f *code.Func) (im *impl) {
	defer func() {
		if v := recover(); v != nil {
			panic(fault("%s: %s", f.Name, strings.TrimPrefix(fmt.Sprint(v), "engine: ")))
		}
	}()
	im = &impl{fn: e.function(f.ID), name: f.Name, pos: f.Pos, index: e.newIndex(), numIn: f.NumIn, numOut: f.NumOut}
	e.indexed[im.index] = weak.Make(im)
	if f.Flags&code.HasDefer != 0 {
		im.flags |= hasDefer
	}
	if f.Flags&code.Wrapper != 0 {
		im.flags |= wrapper
	}
	for _, id := range f.Slots {
		im.slots = append(im.slots, e.typ(id))
	}
	im.arrange()
	c := &compiler{e: e, fn: f, im: im, slots: im.slots, offs: im.offs, fnSig: im.fn.sig}
	if len(c.fnSig.in) != f.NumIn || len(c.fnSig.out) != f.NumOut {
		panic(fault("its type is %s", c.fnSig.rt))
	}
	for i, t := range im.slots[im.numIn : im.numIn+im.numOut] {
		if f.Flags&code.NoResultInit != 0 {
			break
		}
		off := im.out[i]
		set := t.builder().set(off, &expr{t: t, fn: t.builder().zero(), konst: t.class != cMem})
		if t.class == cMem {
			rt := t.ptr
			set = func(f *frame) ctl { typedClear(rt, unsafe.Add(unsafe.Pointer(f), off)); return next }
		}
		im.zero = append(im.zero, func(f *frame) { set(f) })
	}
	for i, slot := range f.Cells {
		if slot != 0 {
			im.cells = append(im.cells, cell{im.offs[slot], im.out[i], im.slots[im.numIn+i]})
		}
	}
	im.body = c.stmt(f.Body)
	return im
}

// Run calls a function without parameters and results on the calling goroutine and
// returns the panic that it ends with, or nil.
func (e *Engine) Run(id code.FuncID) (p *Panic) {
	e.mu.Lock()
	fn := e.funcs[id]
	e.mu.Unlock()
	if fn == nil {
		return &Panic{Value: fault("no function %d", id)}
	}
	th := e.newThread()
	e.running.Store(th, true)
	active.Add(1)
	th.enter()
	done := false
	defer func() {
		e.running.Delete(th)
		active.Add(-1)
		if done {
			return
		}
		if v := recover(); v != nil {
			th.restore()
			e.note(th, v)
			p = &Panic{v, e.forget(v)}
		}
	}()
	nf := th.take(fn.impl.Load())
	th.push(nf, th.top)
	nf.im.run(nf)
	th.pop(nf)
	th.restore()
	done = true
	return nil
}

// Forget lets go of a function that is run once, such as the statements of a cell.
func (e *Engine) Forget(id code.FuncID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.funcs, id)
}

// Where returns the stacks of calls of Run, innermost first: a glance at programs that run, for a
// report about them.
func (e *Engine) Where() (stacks [][]Frame) {
	e.running.Range(func(th, _ any) bool {
		if at := th.(*Thread).frames(); len(at) > 0 {
			stacks = append(stacks, at)
		}
		return true
	})
	return stacks
}

// Here returns where the calling goroutine is, innermost first.
func Here() []Frame {
	if th, ok := token.Owner().(*Thread); ok && th.g == goroutine() {
		return th.allFrames()
	}
	return nil
}

// thread returns a thread for a call from compiled code.
func (e *Engine) thread() *Thread {
	th, _ := e.threads.Get().(*Thread)
	if th == nil || th.set.Token() != token.Current() {
		return e.newThread()
	}
	return th
}

// release gives a thread back that has nothing to do any more.
func (e *Engine) release(th *Thread) { e.threads.Put(th) }

// Global returns the variable with an ID, settable.
func (e *Engine) Global(id code.GlobalID) (reflect.Value, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.globals[id]
	if g == nil {
		return reflect.Value{}, false
	}
	return reflect.NewAt(g.t.rt, g.ptr).Elem(), true
}

// value returns the value of x as reflect has it.
func (x *expr) value() func(*frame) reflect.Value {
	rt := x.t.rt
	store, ptr := x.t.builder().store(x), rtype.Ptr(rt)
	return func(f *frame) reflect.Value {
		p := newObject(ptr)
		store(f, p)
		return reflect.NewAt(rt, p).Elem()
	}
}

// result hands values to the host.
func (c *compiler) result(n *code.Node) stmt {
	host := c.e.host
	if n.Op == code.Describe {
		v, name := c.expr(n.Kids[0]).value(), n.S
		return func(f *frame) ctl {
			host.Describe(name, v(f))
			return next
		}
	}
	call, names, pos := n.A == 1, strings.Split(n.S, "\n"), n.Pos
	if len(n.Kids) == 1 {
		if x := c.expr(n.Kids[0]); x.t.class == cTuple {
			v, out := x.fn.(tupleFunc), x.t.out
			return func(f *frame) ctl {
				values := make([]reflect.Value, len(out))
				v(f, func(_ *frame, i int, p unsafe.Pointer) {
					w := reflect.New(out[i].rt)
					typedMove(out[i].ptr, w.UnsafePointer(), p)
					values[i] = w.Elem()
				})
				host.Result(call, names, values, pos)
				return next
			}
		}
	}
	values := make([]func(*frame) reflect.Value, len(n.Kids))
	for i, k := range n.Kids {
		values[i] = c.expr(k).value()
	}
	return func(f *frame) ctl {
		out := make([]reflect.Value, len(values))
		for i, v := range values {
			out[i] = v(f)
		}
		host.Result(call, names, out, pos)
		return next
	}
}
