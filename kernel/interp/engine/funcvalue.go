package engine

import (
	"reflect"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/rtype"
)

// A closure is what is behind a func value of the session. It is part of the object that
// the value points to, whose first word is compiled code: an adapter's, or that of
// reflect.MakeFunc. So compiled code calls it as it calls any func.
type closure struct {
	kind *kind
	fn   *function // nil: kind.extern with env, a func value, and recv, a data word
	env  unsafe.Pointer
	recv unsafe.Pointer // to a receiver that comes before the arguments, or nil
}

// An adapted is a func value with an adapter.
type adapted struct {
	trampoline
	closure
}

// A made is a func value that reflect calls.
type made struct {
	madeFunc
	trampoline
	closure
}

// newClosure makes a func value.
func newClosure(k *kind, fn *function, env, recv unsafe.Pointer) unsafe.Pointer {
	if k.adapter != 0 {
		o := &adapted{closure: closure{k, fn, env, recv}}
		o.trampoline = trampoline{k.adapter, &o.closure}
		return unsafe.Pointer(o)
	}
	o := &made{madeFunc: *k.made, closure: closure{k, fn, env, recv}}
	o.trampoline = trampoline{adapters().slow, &o.closure}
	o.madeFunc.fn = unsafe.Pointer(&o.trampoline)
	return unsafe.Pointer(o)
}

// newAdapted makes a func value together with what it holds.
func newAdapted[E any](k *kind, fn *function) (p unsafe.Pointer, env *E) {
	o := &struct {
		adapted
		env E
	}{adapted: adapted{closure: closure{kind: k, fn: fn}}}
	o.trampoline = trampoline{k.adapter, &o.closure}
	o.closure.env = unsafe.Pointer(&o.env)
	return unsafe.Pointer(o), &o.env
}

// closureOf returns the closure behind a func value, nil if it isn't one of a session's function.
func closureOf(p unsafe.Pointer) *closure {
	if cl := anyClosure(p); cl != nil && cl.fn != nil {
		return cl
	}
	return nil
}

// anyClosure returns the closure behind a func value, nil if it has none.
func anyClosure(p unsafe.Pointer) *closure {
	if p == nil {
		return nil
	}
	t := adapters()
	code := *(*uintptr)(p)
	switch {
	case code == t.made:
		return madeClosure(p)
	case code >= t.low && code <= t.high && t.known[code]:
		return (*trampoline)(p).self
	}
	return nil
}

// madeClosure is anyClosure for what has the code of reflect.MakeFunc: only in ours the fn is part of
// the object.
func madeClosure(p unsafe.Pointer) *closure {
	// As numbers: in what isn't ours that would be a pointer beyond the object.
	if uintptr((*madeFunc)(p).fn) != uintptr(p)+unsafe.Offsetof(made{}.trampoline) {
		return nil
	}
	return &(*made)(p).closure
}

// called calls the closure for an adapter: a points to the words of the arguments, r to those
// of the results.
func (cl *closure) called(a, r unsafe.Pointer) {
	k := cl.kind
	if cl.fn == nil {
		block := newObject(k.sig.block)
		for i := range k.in {
			m := &k.in[i]
			m.copy(unsafe.Add(block, k.sig.inOff[m.item]+m.off), unsafe.Add(a, m.reg))
		}
		k.extern(cl.env, cl.recv, block)
		for i := range k.out {
			m := &k.out[i]
			m.copy(unsafe.Add(r, m.reg), unsafe.Add(block, k.sig.outOff[m.item]+m.off))
		}
		return
	}
	k.e.callback(cl.fn, cl.env, func(nf *frame) {
		in, moves := cl.receive(nf), k.in
		if k.deref != "" {
			k.receiver(nf, *(*unsafe.Pointer)(a))
			moves = moves[1:]
		}
		for i := range moves {
			m := &moves[i]
			m.copy(unsafe.Add(unsafe.Pointer(nf), in[m.item]+m.off), unsafe.Add(a, m.reg))
		}
	}, func(nf *frame) {
		out := nf.im.out
		for i := range k.out {
			m := &k.out[i]
			m.copy(unsafe.Add(r, m.reg), unsafe.Add(unsafe.Pointer(nf), out[m.item]+m.off))
		}
	})
}

// receive puts a bound receiver in place and returns where the arguments go.
func (cl *closure) receive(nf *frame) []uintptr {
	in := nf.im.in
	if cl.recv != nil {
		typedMove(nf.im.slots[0].ptr, unsafe.Add(unsafe.Pointer(nf), in[0]), cl.recv)
		return in[1:]
	}
	return in
}

// receiver puts the receiver that p points to in place.
func (k *kind) receiver(nf *frame, p unsafe.Pointer) {
	if p == nil {
		panic(nilReceiver(k.deref))
	}
	typedMove(nf.im.slots[0].ptr, unsafe.Add(unsafe.Pointer(nf), nf.im.in[0]), p)
}

// A nilReceiver is the error of calling a method of T through a nil *T in an interface.
type nilReceiver string

func (s nilReceiver) Error() string { return string(s) }
func (nilReceiver) RuntimeError()   {}

// calledSlowly calls the closure for reflect. The types of the values are only the shapes of what
// they should be.
func (cl *closure) calledSlowly(args []reflect.Value) []reflect.Value {
	k := cl.kind
	ft := rtype.FromPtr(k.made.ftyp)
	out := make([]reflect.Value, ft.NumOut())
	if cl.fn == nil {
		block := newObject(k.sig.block)
		for i, a := range args {
			reflect.NewAt(a.Type(), unsafe.Add(block, k.sig.inOff[i])).Elem().Set(a)
		}
		k.extern(cl.env, cl.recv, block)
		for i := range out {
			out[i] = reflect.NewAt(ft.Out(i), unsafe.Add(block, k.sig.outOff[i])).Elem()
		}
		return out
	}
	k.e.callback(cl.fn, cl.env, func(nf *frame) {
		in := cl.receive(nf)
		if k.deref != "" {
			k.receiver(nf, args[0].UnsafePointer())
			args, in = args[1:], in[1:]
		}
		for i, a := range args {
			reflect.NewAt(a.Type(), unsafe.Add(unsafe.Pointer(nf), in[i])).Elem().Set(a)
		}
	}, func(nf *frame) {
		for i := range out {
			v := reflect.New(ft.Out(i)).Elem()
			v.Set(reflect.NewAt(ft.Out(i), unsafe.Add(unsafe.Pointer(nf), nf.im.out[i])).Elem())
			out[i] = v
		}
	})
	return out
}

// funcExpr makes func values.
func (c *compiler) funcExpr(t *typ, n *code.Node) *expr {
	switch n.Op {
	case code.FuncVal:
		return fixedPtr(t, newClosure(c.e.kind(t.rt, ""), c.e.function(code.FuncID(n.A)), nil, nil))
	case code.Extern:
		return fixedPtr(t, objectOf(c.e.externFunc(n.S)))
	case code.Closure:
		return c.closure(t, n)
	}
	return c.bind(t, n)
}

// fixedPtr is a pointer that never changes.
func fixedPtr(t *typ, p unsafe.Pointer) *expr {
	return &expr{t: t, fn: func(*frame) unsafe.Pointer { return p }, konst: true}
}

func (c *compiler) closure(t *typ, n *code.Node) *expr {
	fn, k := c.e.function(code.FuncID(n.A)), c.e.kind(t.rt, "")
	cells := make([]func(*frame) unsafe.Pointer, len(n.Kids))
	for i, kid := range n.Kids {
		cells[i] = get[unsafe.Pointer](c.expr(kid))
	}
	switch {
	case len(cells) == 0:
		return fixedPtr(t, newClosure(k, fn, nil, nil))
	case k.adapter != 0 && len(cells) == 1:
		c0 := cells[0]
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
			p, env := newAdapted[[1]unsafe.Pointer](k, fn)
			env[0] = c0(f)
			return p
		}}
	case k.adapter != 0 && len(cells) == 2:
		c0, c1 := cells[0], cells[1]
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
			p, env := newAdapted[[2]unsafe.Pointer](k, fn)
			env[0] = c0(f)
			env[1] = c1(f)
			return p
		}}
	}
	return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
		env := make([]unsafe.Pointer, len(cells))
		for i, cell := range cells {
			env[i] = cell(f)
		}
		return newClosure(k, fn, unsafe.Pointer(&env[0]), nil)
	}}
}

// bind makes method values.
func (c *compiler) bind(t *typ, n *code.Node) *expr {
	x := c.expr(n.Kids[0])
	store, rt := x.t.builder().store(x), x.t.ptr
	if n.A != 0 {
		fn, k := c.e.function(code.FuncID(n.A)), c.e.kind(t.rt, "")
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
			recv := newObject(rt)
			store(f, recv)
			return newClosure(k, fn, nil, recv)
		}}
	}
	if x.t.kind == code.Interface {
		sig, find := c.ifaceTarget(x, n.S)
		k := c.e.kind(t.rt, "")
		bound := *k // for values that call compiled code
		bound.sig, bound.extern = sig, c.e.invoker(sig, true)
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
			m := find(f)
			if m.fn == nil {
				return newClosure(&bound, nil, m.env, m.recv)
			}
			recv := m.recv
			if recv == unsafe.Pointer(&f.th.word) {
				word := new(unsafe.Pointer)
				*word, recv = f.th.word, unsafe.Pointer(word)
			}
			return newClosure(k, m.fn, nil, recv)
		}}
	}
	m, _ := c.e.externMethod(x.t.rt, n.S)
	return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
		p := newObject(rt)
		store(f, p)
		recv := reflect.NewAt(x.t.rt, p).Elem()
		return objectOf(reflect.MakeFunc(t.rt, func(args []reflect.Value) []reflect.Value {
			args = append([]reflect.Value{recv}, args...)
			if m.Type().IsVariadic() {
				return m.CallSlice(args)
			}
			return m.Call(args)
		}))
	}}
}

// funcTarget finds what a func value calls.
func (c *compiler) funcTarget(fv *expr, sig *signature) func(f *frame) target {
	v, extern := get[unsafe.Pointer](fv), c.e.invoker(sig, false)
	k := c.e.kind(sig.rt, "")
	if k.adapter == 0 {
		made := adapters().made
		return func(f *frame) target {
			p := v(f)
			if p != nil && *(*uintptr)(p) == made {
				if cl := madeClosure(p); cl != nil {
					return cl.target()
				}
			}
			return target{env: p, extern: extern}
		}
	}
	code := k.adapter
	if off := fv.slot; off != 0 {
		v = func(f *frame) unsafe.Pointer { return *at[unsafe.Pointer](f, off) }
	}
	return func(f *frame) target {
		// A func of the type that has no adapter's code is compiled. It is called if it is nil, too: then that panics, but
		// after the arguments were evaluated.
		if p := v(f); p == nil || *(*uintptr)(p) != code {
			return target{env: p, extern: extern}
		} else {
			return (*trampoline)(p).self.target()
		}
	}
}

func (cl *closure) target() target {
	if cl.fn == nil {
		return target{env: cl.env, recv: cl.recv, extern: cl.kind.extern}
	}
	return target{fn: cl.fn, env: cl.env, recv: cl.recv}
}

// A methodKey is a method of a type of the session.
type methodKey struct {
	typ  unsafe.Pointer
	name string
}

// A methodEntry is what the method calls.
type methodEntry struct {
	fn *function
	// The function takes the data word of an interface that holds a value of the type, else what that points to; if it may be
	// nil, deref is the text of the panic.
	word  bool
	deref string
}

// method is the rtype.MethodMaker.
func (e *Engine) method(m code.Method, recv, typ reflect.Type, word bool) unsafe.Pointer {
	entry := methodEntry{fn: e.early(m.Func), word: word || m.Pointer}
	if recv.Kind() == reflect.Pointer && !m.Pointer {
		of := recv.Elem()
		name := of.Name()
		entry.deref = "value method " + of.PkgPath() + "." + name + "." + m.Name + " called using nil *" + name + " pointer"
	}
	e.methods.Store(methodKey{rtype.Ptr(recv), m.Name}, entry)
	return newClosure(e.kind(typ, entry.deref), entry.fn, nil, nil)
}
