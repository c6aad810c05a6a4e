package engine

import (
	"runtime"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A deferred is a call that waits for the end of its function.
type deferred struct {
	prev *deferred
	call prepared
}

// A prepared is a call with its operands evaluated. rec is the panic that the call may
// recover from.
type prepared func(th *Thread, rec *panicking)

// A panicking is a panic on its way, or a goroutine's end by runtime.Goexit.
type panicking struct {
	value     any
	goexit    bool
	recovered bool
}

// prepare makes a call that is carried out later.
func (c *compiler) prepare(n *code.Node) func(f *frame) prepared {
	cl := c.callee(n)
	pos := n.Pos.Stamp()
	if cl.fn != nil {
		return func(f *frame) prepared {
			nf := f.th.take(cl.fn.impl.Load())
			for i, a := range cl.args {
				a(f, unsafe.Add(unsafe.Pointer(nf), nf.im.in[i]))
			}
			return nf.later()
		}
	}
	if cl.extern != nil {
		return func(f *frame) prepared {
			block := newObject(cl.sig.block)
			for i, a := range cl.args {
				a(f, unsafe.Add(block, cl.sig.inOff[i]))
			}
			return func(*Thread, *panicking) { cl.extern(cl.fv, nil, block) }
		}
	}
	return func(f *frame) prepared {
		f.pos = pos
		t := cl.resolve(f)
		if t.fn == nil {
			block := newObject(cl.sig.block)
			for i, a := range cl.args {
				a(f, unsafe.Add(block, cl.sig.inOff[i]))
			}
			return func(*Thread, *panicking) { t.extern(t.env, t.recv, block) }
		}
		nf := f.th.take(t.fn.impl.Load())
		nf.env = t.env
		in := nf.im.in
		if t.recv != nil {
			typedMove(nf.im.slots[0].ptr, unsafe.Add(unsafe.Pointer(nf), in[0]), t.recv)
			in = in[1:]
		}
		for i, a := range cl.args {
			a(f, unsafe.Add(unsafe.Pointer(nf), in[i]))
		}
		return nf.later()
	}
}

// later returns the call of a frame with its parameters in place.
func (nf *frame) later() prepared {
	return func(th *Thread, rec *panicking) {
		nf.th, nf.rec = th, rec
		th.push(nf, th.top)
		nf.im.run(nf)
		nf.rec = nil
		th.pop(nf)
	}
}

func (c *compiler) deferStmt(n *code.Node) stmt {
	prepare := c.prepare(n.Kids[0])
	if len(n.Kids) > 1 { // for another function, which is still running
		of := get[unsafe.Pointer](c.expr(n.Kids[1]))
		return func(f *frame) ctl {
			to := (*frame)(of(f))
			to.defers = &deferred{to.defers, prepare(f)}
			return next
		}
	}
	return func(f *frame) ctl {
		f.defers = &deferred{f.defers, prepare(f)}
		return next
	}
}

// runDeferring runs the body of a function that has deferred calls, and those.
func (im *impl) runDeferring(f *frame) {
	th, depth := f.th, f.th.depth
	f.defers = nil
	rec := im.attempt(f)
	if rec != nil {
		th.top, th.depth = f, depth
	}
	switch rec = th.unwind(f, rec); {
	case rec == nil: // perhaps recovered: the function returns to its caller
	case rec.goexit:
		runtime.Goexit()
	default:
		panic(rec.value)
	}
}

// attempt runs the body of a function that has deferred calls and returns the panic that it
// ends with, with Go's stack unwound: a panic that passes many such functions would
// fill it otherwise. If the goroutine ends, it carries out the deferred calls itself.
func (im *impl) attempt(f *frame) (rec *panicking) {
	th, depth := f.th, f.th.depth
	done := false
	defer func() {
		if done {
			return
		}
		if v := recover(); v != nil {
			th.e.note(th, v)
			rec = &panicking{value: v}
			return
		}
		if th.e.host.Exiting() {
			return
		}
		th.top, th.depth = f, depth
		// The goroutine goes on to end by itself, unless a deferred call panics.
		if rec := th.unwind(f, &panicking{goexit: true}); rec != nil && !rec.goexit {
			panic(rec.value)
		}
	}()
	im.body(f)
	done = true
	return nil
}

// unwind runs the deferred calls of f, because of rec if that isn't nil. It returns
// the panic that is left: nil if there was none, or it was recovered.
func (th *Thread) unwind(f *frame, rec *panicking) *panicking {
	depth := th.depth
	for f.defers != nil {
		d := f.defers
		f.defers = d.prev
		if again := th.protect(d.call, rec); again != nil {
			th.top, th.depth = f, depth
			rec = again
			continue
		}
		if rec != nil && rec.recovered {
			th.e.forget(rec.value)
			rec = nil
		}
	}
	return rec
}

// protect carries out a deferred call and returns the panic that it caused.
func (th *Thread) protect(call prepared, rec *panicking) (again *panicking) {
	done := false
	defer func() {
		if done {
			return
		}
		again = &panicking{value: recover()}
		if again.value == nil {
			again.goexit = true
			if rec != nil && rec.goexit {
				return
			}
		} else {
			th.e.note(th, again.value)
		}
	}()
	call(th, rec)
	done = true
	return nil
}

// recover makes recover(): it ends the panic because of which the function was called.
func (c *compiler) recover(t *typ, n *code.Node) *expr {
	if len(n.Kids) > 0 {
		of := get[unsafe.Pointer](c.expr(n.Kids[0]))
		return &expr{t: t, fn: func(f *frame) iface {
			if f.rec != nil { // called because of a panic in the function with the defer, not by the function
				return iface{}
			}
			return (*frame)(of(f)).recovered()
		}}
	}
	return &expr{t: t, fn: (*frame).recovered}
}

// recovered is recover() in the function of f.
func (f *frame) recovered() iface {
	rec := f.rec
	if rec == nil || rec.recovered || rec.goexit {
		return iface{}
	}
	if _, ok := rec.value.(Fatal); ok {
		return iface{}
	}
	rec.recovered = true
	return *(*iface)(unsafe.Pointer(&rec.value))
}

func (c *compiler) panicStmt(n *code.Node) stmt {
	v, pos := get[iface](c.expr(n.Kids[0])), n.Pos.Stamp()
	return func(f *frame) ctl {
		w := v(f)
		f.pos = pos
		panic(*(*any)(unsafe.Pointer(&w)))
	}
}

func (c *compiler) goStmt(n *code.Node) stmt {
	prepare := c.prepare(n.Kids[0])
	return func(f *frame) ctl {
		call, e := prepare(f), c.e
		active.Add(1)
		go e.goroutine(call)
		return next
	}
}

// goroutine is a goroutine that a go statement started.
func (e *Engine) goroutine(call prepared) {
	th := e.newThread()
	e.guard(th, func() { call(th, nil) })
}

// Guard runs f, a function of the session's, as a goroutine of its own: on a goroutine that does nothing
// else. A panic is told to the host.
func (e *Engine) Guard(f func()) {
	active.Add(1)
	e.guard(e.newThread(), f)
}

func (e *Engine) guard(th *Thread, f func()) {
	th.enter()
	e.host.Started()
	done := false
	defer func() {
		active.Add(-1)
		if done {
			th.restore()
			e.host.Ended(nil)
			return
		}
		v := recover()
		if v == nil {
			e.host.Ended(nil)
			return
		}
		th.restore()
		e.note(th, v)
		e.host.Ended(&Panic{v, e.forget(v)})
	}()
	f()
	done = true
}

// Protect calls f and returns the panic that it ends with, or nil. If the goroutine ends in it, it does.
func (e *Engine) Protect(f func()) (p *Panic) {
	done := false
	defer func() {
		if done {
			return
		}
		if v := recover(); v != nil {
			p = &Panic{v, e.forget(v)}
		}
	}()
	f()
	done = true
	return nil
}

// A Panic is a panic that nobody recovered.
type Panic struct {
	Value  any
	Frames []Frame // innermost first
}

// A note says where a panic of a goroutine was.
type note struct {
	value  any
	th     *Thread
	frames []Frame
}

// note remembers where a panic happened, before the stack is gone. It is called again where the panic
// passes, and takes down the stack of each thread. first is set if the panic is new.
func (e *Engine) note(th *Thread, v any) (first bool) {
	id := goroutine()
	e.notesMu.Lock()
	defer e.notesMu.Unlock()
	n := e.notes[id]
	switch {
	case n == nil || !sameWords(n.value, v):
		e.notes[id] = &note{v, th, th.frames()}
		return true
	case n.th != th:
		n.th = th
		if len(n.frames) < maxFrames {
			n.frames = append(n.frames, th.frames()...)
		}
	}
	return false
}

// forget returns where a panic was that has ended.
func (e *Engine) forget(v any) []Frame {
	id := goroutine()
	e.notesMu.Lock()
	defer e.notesMu.Unlock()
	n := e.notes[id]
	delete(e.notes, id)
	if n == nil || !sameWords(n.value, v) {
		return nil
	}
	return n.frames
}

func sameWords(a, b any) bool { return *(*iface)(unsafe.Pointer(&a)) == *(*iface)(unsafe.Pointer(&b)) }
