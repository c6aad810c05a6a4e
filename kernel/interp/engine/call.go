package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A callee is a call being compiled.
type callee struct {
	pos     link.Stamp
	wrapper bool // the call is made by a Wrapper: the callee may recover for it
	sig     *signature
	args    []storer // arguments; of a dynamic call without the receiver

	fn      *function             // static
	resolve func(f *frame) target // dynamic: evaluates what is called
	// Of compiled code that is known: how it is called, and as what.
	extern   invoker
	fv       unsafe.Pointer
	operands []*expr // what args are made of
}

// A target is what a dynamic call turns out to call: a function of the session or, if
// fn is nil, compiled code.
type target struct {
	fn  *function
	env unsafe.Pointer
	// recv points to the value of fn's first parameter, if that isn't among the arguments.
	recv unsafe.Pointer
	// extern calls compiled code: the func value env, with recv as its first word if it is for that.
	extern invoker
}

// call makes a call of any kind.
func (c *compiler) call(t *typ, n *code.Node) *expr {
	return c.callee(n).expr(t)
}

// callee makes what a CallFunc, CallValue or CallIface calls, with its arguments.
func (c *compiler) callee(n *code.Node) *callee {
	cl := &callee{pos: n.Pos.Stamp(), wrapper: c.im.flags&wrapper != 0}
	args := n.Kids
	switch n.Op {
	case code.CallFunc:
		cl.fn = c.e.function(code.FuncID(n.A))
		cl.sig = cl.fn.sig
	case code.CallValue:
		fv := c.expr(n.Kids[0])
		args = n.Kids[1:]
		cl.sig = c.e.signature(fv.t.rt)
		cl.resolve = c.funcTarget(fv, cl.sig)
	case code.CallIface:
		recv := c.expr(n.Kids[0])
		args = n.Kids[1:]
		cl.sig, cl.resolve = c.ifaceTarget(recv, n.S)
	default:
		c.setExtern(cl, n)
	}
	if len(args) != len(cl.sig.in) {
		panic(fault("a call of %s with %d arguments", cl.sig.rt, len(args)))
	}
	for i, a := range args {
		x := c.expr(a)
		if x.t.class != cl.sig.in[i].class || x.t.size != cl.sig.in[i].size {
			panic(fault("argument %d of a call of %s has type %s", i, cl.sig.rt, x.t))
		}
		cl.args, cl.operands = append(cl.args, x.t.builder().store(x)), append(cl.operands, x)
	}
	return cl
}

// expr returns the call as an expression of type t: nil without a result, a tuple
// for several.
func (cl *callee) expr(t *typ) *expr {
	switch len(cl.sig.out) {
	case 0:
		return &expr{t: &typ{class: cNone}, fn: cl.stmt()}
	case 1:
		if t == nil {
			panic(fault("the call of %s has no type", cl.sig.rt))
		}
		if cl.fn != nil {
			return &expr{t: t, fn: t.builder().static(cl)}
		}
		return &expr{t: t, fn: t.builder().dynamic(cl)}
	}
	outs := len(cl.sig.out)
	return &expr{t: t, fn: tupleFunc(func(f *frame, store func(*frame, int, unsafe.Pointer)) {
		nf, off := cl.invoke(f)
		for i := range outs {
			store(f, i, unsafe.Add(unsafe.Pointer(nf), off[i]))
		}
		cl.done(f, nf)
	})}
}

// invoke carries out the call and returns the frame with its results, and where they are.
func (cl *callee) invoke(f *frame) (nf *frame, out []uintptr) {
	f.pos = cl.pos
	th := f.th
	if cl.fn != nil {
		im := cl.fn.impl.Load()
		nf = th.take(im)
		for i, a := range cl.args {
			a(f, unsafe.Add(unsafe.Pointer(nf), im.in[i]))
		}
		cl.enter(th, nf, f)
		return nf, im.out
	}
	if cl.extern != nil {
		return cl.externBlock(f), cl.sig.outOff
	}
	t := cl.resolve(f)
	if t.fn == nil {
		block := th.block(cl.sig)
		for i, a := range cl.args {
			a(f, unsafe.Add(unsafe.Pointer(block), cl.sig.inOff[i]))
		}
		f.pos = cl.pos
		t.extern(t.env, t.recv, unsafe.Pointer(block))
		return block, cl.sig.outOff
	}
	im := t.fn.impl.Load()
	nf = th.take(im)
	nf.env = t.env
	in := im.in
	if t.recv != nil {
		typedMove(im.slots[0].ptr, unsafe.Add(unsafe.Pointer(nf), in[0]), t.recv)
		in = in[1:]
	}
	for i, a := range cl.args {
		a(f, unsafe.Add(unsafe.Pointer(nf), in[i]))
	}
	cl.enter(th, nf, f)
	return nf, im.out
}

// enter runs nf as called by f.
func (cl *callee) enter(th *Thread, nf, f *frame) {
	f.pos = cl.pos // arguments may have been calls
	if cl.wrapper {
		nf.rec = f.rec
	}
	th.push(nf, f)
	nf.im.run(nf)
}

// done ends the use of a frame that invoke returned.
func (cl *callee) done(f *frame, nf *frame) {
	if nf.im == nil {
		f.th.unblock(cl.sig, nf)
		return
	}
	if cl.wrapper {
		nf.rec = nil
	}
	f.th.pop(nf)
}

// stmt returns the call without its results.
func (cl *callee) stmt() stmt {
	if cl.fn == nil {
		return func(f *frame) ctl {
			nf, _ := cl.invoke(f)
			cl.done(f, nf)
			return next
		}
	}
	fn, pos := cl.fn, cl.pos
	if cl.wrapper {
		return func(f *frame) ctl {
			nf, _ := cl.invoke(f)
			cl.done(f, nf)
			return next
		}
	}
	args, offs := cl.args, cl.sig.inOff
	return func(f *frame) ctl {
		th := f.th
		im := fn.impl.Load()
		nf := th.take(im)
		for i, a := range args {
			a(f, unsafe.Add(unsafe.Pointer(nf), offs[i]))
		}
		f.pos = pos
		th.push(nf, f)
		im.run(nf)
		th.pop(nf)
		return next
	}
}

func (builderOf[T]) static(cl *callee) any {
	fn, pos := cl.fn, cl.pos
	out := cl.sig.outOff[0]
	if cl.wrapper {
		return func(f *frame) T {
			nf, _ := cl.invoke(f)
			v := *at[T](nf, out)
			cl.done(f, nf)
			return v
		}
	}
	args, offs := cl.args, cl.sig.inOff
	switch len(args) {
	case 0:
		return func(f *frame) T {
			th := f.th
			im := fn.impl.Load()
			nf := th.take(im)
			f.pos = pos
			th.push(nf, f)
			im.run(nf)
			v := *at[T](nf, out)
			th.pop(nf)
			return v
		}
	case 1:
		a0, o0 := args[0], offs[0]
		return func(f *frame) T {
			th := f.th
			im := fn.impl.Load()
			nf := th.take(im)
			a0(f, unsafe.Add(unsafe.Pointer(nf), o0))
			f.pos = pos
			th.push(nf, f)
			im.run(nf)
			v := *at[T](nf, out)
			th.pop(nf)
			return v
		}
	case 2:
		a0, o0, a1, o1 := args[0], offs[0], args[1], offs[1]
		return func(f *frame) T {
			th := f.th
			im := fn.impl.Load()
			nf := th.take(im)
			a0(f, unsafe.Add(unsafe.Pointer(nf), o0))
			a1(f, unsafe.Add(unsafe.Pointer(nf), o1))
			f.pos = pos
			th.push(nf, f)
			im.run(nf)
			v := *at[T](nf, out)
			th.pop(nf)
			return v
		}
	}
	return func(f *frame) T {
		th := f.th
		im := fn.impl.Load()
		nf := th.take(im)
		for i, a := range args {
			a(f, unsafe.Add(unsafe.Pointer(nf), offs[i]))
		}
		f.pos = pos
		th.push(nf, f)
		im.run(nf)
		v := *at[T](nf, out)
		th.pop(nf)
		return v
	}
}

func (builderOf[T]) dynamic(cl *callee) any {
	if cl.extern != nil {
		return externCall[T](cl)
	}
	return func(f *frame) T {
		nf, out := cl.invoke(f)
		v := *at[T](nf, out[0])
		cl.done(f, nf)
		return v
	}
}

func (b memBuilder) static(cl *callee) any { return b.dynamic(cl) }

func (b memBuilder) dynamic(cl *callee) any {
	rt := b.t.ptr
	return func(f *frame, p unsafe.Pointer) {
		nf, out := cl.invoke(f)
		typedMove(rt, p, unsafe.Add(unsafe.Pointer(nf), out[0]))
		cl.done(f, nf)
	}
}
