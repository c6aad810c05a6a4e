package engine

import (
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/rtype"
)

// getItab returns the itab of an interface type with methods and a concrete type. If the type lacks a
// method it returns nil if that can be, else it panics as a type assertion does.
//
//go:linkname getItab runtime.getitab
func getItab(inter, typ unsafe.Pointer, canFail bool) unsafe.Pointer

// What the runtime's itab has behind the type of the interface.
const (
	itabType = 8  // the concrete type
	itabFun  = 24 // the code of the methods
)

// dynamic returns the type of the value in an interface, nil for none. empty says that the
// interface type has no methods.
func dynamic(v iface, empty bool) unsafe.Pointer {
	if empty || v.tab == nil {
		return v.tab
	}
	return *(*unsafe.Pointer)(unsafe.Add(v.tab, itabType))
}

// is reports whether a type that was found is the one that is wanted, or another version of it.
func is(found, want unsafe.Pointer) bool {
	if found == want {
		return true
	}
	// Mostly they differ in size, the first word of a type.
	return found != nil && *(*uintptr)(found) == *(*uintptr)(want) && rtype.Same(rtype.FromPtr(found), rtype.FromPtr(want))
}

func (c *compiler) ifaceExpr(t *typ, n *code.Node) *expr {
	x := c.expr(n.Kids[0])
	if n.Op != code.ToIface && x.t.kind != code.Interface {
		panic(fault("a %s is no interface", x.t))
	}
	switch n.Op {
	case code.ToIface:
		return c.toIface(t, x)
	case code.IfaceToIface:
		return ifaceToIface(t, x)
	case code.TypeIs:
		return c.typeIs(t, x, code.TypeID(n.A))
	}
	return c.assert(t, x)
}

// toIface puts a value in an interface.
func (c *compiler) toIface(t *typ, x *expr) *expr {
	if x.t.kind == code.Interface || t.kind != code.Interface {
		panic(fault("a %s becomes a %s", x.t, t))
	}
	tab := rtype.Itab(t.rt, x.t.rt)
	if tab == nil {
		panic(fault("%s doesn't implement %s", x.t, t))
	}
	data := x.t.data(x)
	if c.e.host.Boxed(x.t.rt) && !t.empty() {
		return c.box(t, x, data)
	}
	if x.konst {
		return constOf(t, iface{tab, data(nil)})
	}
	return &expr{t: t, fn: func(f *frame) iface { return iface{tab, data(f)} }}
}

// box makes toIface for values that the host may put others in place of.
func (c *compiler) box(t *typ, x *expr, data func(*frame) unsafe.Pointer) *expr {
	host, typ, conv := c.e.host, x.t.ptr, converter(t)
	return &expr{t: t, fn: func(f *frame) iface {
		v := iface{typ, data(f)}
		b := host.Box(*(*any)(unsafe.Pointer(&v)))
		v = *(*iface)(unsafe.Pointer(&b))
		return iface{conv(v.tab), v.data}
	}}
}

// unbox returns values of an interface without methods that hold what v did before it was
// boxed.
func (c *compiler) unbox(v func(*frame) iface, empty bool) func(*frame) iface {
	host := c.e.host
	return func(f *frame) iface {
		w := v(f)
		x := iface{dynamic(w, empty), w.data}
		b := host.Unbox(*(*any)(unsafe.Pointer(&x)))
		return *(*iface)(unsafe.Pointer(&b))
	}
}

// data returns what makes the data word of an interface.
func (t *typ) data(x *expr) func(*frame) unsafe.Pointer {
	switch t.class {
	case cBool:
		return dataOf[bool](x)
	case cInt8:
		return dataOf[int8](x)
	case cInt16:
		return dataOf[int16](x)
	case cInt32:
		return dataOf[int32](x)
	case cInt64:
		return dataOf[int64](x)
	case cUint8:
		return dataOf[uint8](x)
	case cUint16:
		return dataOf[uint16](x)
	case cUint32:
		return dataOf[uint32](x)
	case cUint64:
		return dataOf[uint64](x)
	case cFloat32:
		return dataOf[float32](x)
	case cFloat64:
		return dataOf[float64](x)
	case cComplex64:
		return dataOf[complex64](x)
	case cComplex128:
		return dataOf[complex128](x)
	case cString:
		return dataOf[string](x)
	case cSlice:
		v := get[slice](x)
		return func(f *frame) unsafe.Pointer {
			s := v(f)
			return boxed(*(*[]byte)(unsafe.Pointer(&s)))
		}
	case cPtr:
		return get[unsafe.Pointer](x)
	}
	rt, store := t.ptr, t.builder().store(x)
	if t.direct {
		return func(f *frame) unsafe.Pointer {
			p := newObject(rt)
			store(f, p)
			return *(*unsafe.Pointer)(p)
		}
	}
	return func(f *frame) unsafe.Pointer {
		p := newObject(rt)
		store(f, p)
		return p
	}
}

// boxed returns the data word of an interface that holds v. What it points to has the layout of any
// type of the class, and the runtime knows how to do without an allocation.
func boxed[T any](v T) unsafe.Pointer {
	x := any(v)
	return (*iface)(unsafe.Pointer(&x)).data
}

func dataOf[T any](x *expr) func(*frame) unsafe.Pointer {
	if off := x.slot; off != 0 {
		return func(f *frame) unsafe.Pointer { return boxed(*at[T](f, off)) }
	}
	v := get[T](x)
	return func(f *frame) unsafe.Pointer { return boxed(v(f)) }
}

// A conversion is a remembered step from a type to the first word of an interface; tab is nil if the
// type doesn't implement it.
type conversion struct{ typ, tab unsafe.Pointer }

// implements returns what finds the first word of an interface of type t for a
// concrete type: nil for a type without the methods.
func implements(t *typ) func(typ unsafe.Pointer) unsafe.Pointer {
	if t.empty() {
		return func(typ unsafe.Pointer) unsafe.Pointer { return typ }
	}
	inter := t.ptr
	last := new(atomic.Pointer[conversion])
	return func(typ unsafe.Pointer) unsafe.Pointer {
		if typ == nil {
			return nil
		}
		if l := last.Load(); l != nil && l.typ == typ {
			return l.tab
		}
		tab := getItab(inter, typ, true)
		last.Store(&conversion{typ, tab})
		return tab
	}
}

// converter is implements for types that are known to have the methods; it panics for
// others.
func converter(t *typ) func(typ unsafe.Pointer) unsafe.Pointer {
	find, inter := implements(t), t.ptr
	return func(typ unsafe.Pointer) unsafe.Pointer {
		tab := find(typ)
		if tab == nil && typ != nil {
			getItab(inter, typ, false)
		}
		return tab
	}
}

func ifaceToIface(t *typ, x *expr) *expr {
	v, empty, conv := get[iface](x), x.t.empty(), converter(t)
	if t.empty() && empty {
		return &expr{t: t, fn: v}
	}
	return &expr{t: t, fn: func(f *frame) iface {
		w := v(f)
		return iface{conv(dynamic(w, empty)), w.data}
	}}
}

func (c *compiler) typeIs(t *typ, x *expr, id code.TypeID) *expr {
	v, empty := get[iface](x), x.t.empty()
	if off := x.slot; off != 0 {
		v = func(f *frame) iface { return *at[iface](f, off) }
	}
	if id == 0 {
		return &expr{t: t, fn: func(f *frame) bool { return v(f).tab == nil }}
	}
	to := c.e.typ(id)
	if to.kind == code.Interface {
		find := implements(to)
		return &expr{t: t, fn: func(f *frame) bool { return find(dynamic(v(f), empty)) != nil }}
	}
	want := to.ptr
	if c.e.host.Boxed(to.rt) {
		v, empty = c.unbox(v, empty), true
	}
	return &expr{t: t, fn: func(f *frame) bool { return is(dynamic(v(f), empty), want) }}
}

// An assertionError is a runtime.TypeAssertionError.
type assertionError struct {
	inter, concrete, asserted unsafe.Pointer
	missing                   string
}

// assert makes x.(T), and its form with two values.
func (c *compiler) assert(t *typ, x *expr) *expr {
	v, empty, from := get[iface](x), x.t.empty(), x.t.ptr
	to, ok := t, t.class == cTuple
	if ok {
		if len(t.out) != 2 || t.out[1].class != cBool {
			panic(fault("a type assertion gives two values"))
		}
		to = t.out[0]
	}
	if to.kind == code.Interface {
		find, inter := implements(to), to.ptr
		if ok {
			return &expr{t: t, fn: tupleFunc(func(f *frame, store func(*frame, int, unsafe.Pointer)) {
				w := v(f)
				tab := find(dynamic(w, empty))
				ok := tab != nil
				r := iface{tab, w.data}
				if !ok {
					r = iface{}
				}
				store(f, 0, unsafe.Pointer(&r))
				store(f, 1, unsafe.Pointer(&ok))
			})}
		}
		return &expr{t: t, fn: func(f *frame) iface {
			w := v(f)
			typ := dynamic(w, empty)
			tab := find(typ)
			if tab == nil {
				if typ != nil {
					getItab(inter, typ, false)
				}
				panicAssertion(nil, nil, inter)
			}
			return iface{tab, w.data}
		}}
	}
	want := to.ptr
	if c.e.host.Boxed(to.rt) {
		v, empty = c.unbox(v, empty), true
	}
	if ok {
		zero := newObject(want)
		direct := to.direct
		return &expr{t: t, fn: tupleFunc(func(f *frame, store func(*frame, int, unsafe.Pointer)) {
			w := v(f)
			ok := is(dynamic(w, empty), want)
			p := zero
			switch {
			case ok && direct:
				p = unsafe.Pointer(&w.data)
			case ok:
				p = w.data
			}
			store(f, 0, p)
			store(f, 1, unsafe.Pointer(&ok))
		})}
	}
	held := func(f *frame) unsafe.Pointer {
		w := v(f)
		if typ := dynamic(w, empty); !is(typ, want) {
			panicAssertion(from, typ, want)
		}
		return w.data
	}
	switch {
	case to.class == cPtr:
		return &expr{t: t, fn: held}
	case to.direct:
		return &expr{t: t, fn: func(f *frame, p unsafe.Pointer) { *(*unsafe.Pointer)(p) = held(f) }}
	}
	return &expr{t: t, fn: to.builder().deref(held)}
}

func panicAssertion(from, found, want unsafe.Pointer) {
	panic((*runtime.TypeAssertionError)(unsafe.Pointer(&assertionError{from, found, want, ""})))
}

// A found is what an interface call found for the first word of an interface.
type found struct {
	tab   unsafe.Pointer
	fn    *function
	word  bool
	deref string
	fv    unsafe.Pointer // what the host has in place of a compiled method
}

// ifaceTarget finds what a method of an interface calls. It remembers what it found, for a few types at
// each place.
func (c *compiler) ifaceTarget(recv *expr, name string) (*signature, func(f *frame) target) {
	if recv.t.kind != code.Interface {
		panic(fault("method %s of a %s, which is no interface", name, recv.t))
	}
	index := -1
	var m reflect.Method
	for i := range recv.t.rt.NumMethod() {
		if k := recv.t.rt.Method(i); k.Name == name {
			index, m = i, k
		}
	}
	if index < 0 {
		panic(fault("%s has no method %s", recv.t, name))
	}
	sig := c.e.signature(m.Type)
	v, extern, fun := get[iface](recv), c.e.invoker(sig, true), itabFun+uintptr(index)*8
	if off := recv.slot; off != 0 {
		v = func(f *frame) iface { return *at[iface](f, off) }
	}
	e := c.e
	last, more := new(atomic.Pointer[found]), new(atomic.Pointer[[]*found])
	return sig, func(f *frame) target {
		w := v(f)
		nilCheck(w.tab)
		m := last.Load()
		if m == nil || m.tab != w.tab {
			m = e.find(w.tab, name, more)
			last.Store(m)
		}
		switch {
		case m.fv != nil:
			return target{env: m.fv, recv: w.data, extern: extern}
		case m.fn == nil:
			return target{env: unsafe.Add(w.tab, fun), recv: w.data, extern: extern}
		case m.word:
			th := f.th
			th.word = w.data
			return target{fn: m.fn, recv: unsafe.Pointer(&th.word)}
		case w.data == nil:
			return target{extern: func(_, _, _ unsafe.Pointer) { panic(nilReceiver(m.deref)) }}
		}
		return target{fn: m.fn, recv: w.data}
	}
}

// maxFound is how many types a place remembers.
const maxFound = 16

// find looks up what method name of the type in an itab calls; known has what was found before.
func (e *Engine) find(tab unsafe.Pointer, name string, known *atomic.Pointer[[]*found]) *found {
	var before []*found
	if p := known.Load(); p != nil {
		before = *p
	}
	for _, m := range before {
		if m.tab == tab {
			return m
		}
	}
	m := &found{tab: tab}
	if entry, ok := e.methods.Load(methodKey{*(*unsafe.Pointer)(unsafe.Add(tab, itabType)), name}); ok {
		entry := entry.(methodEntry)
		m.fn, m.word, m.deref = entry.fn, entry.word, entry.deref
	} else if rt := rtype.FromPtr(*(*unsafe.Pointer)(unsafe.Add(tab, itabType))); rt.Kind() == reflect.Pointer && rt.Name() == "" {
		if f, ok := e.host.Method(methodID(rt, name)); ok {
			m.fv = objectOf(f)
		}
	}
	if len(before) < maxFound {
		list := append(before[:len(before):len(before)], m)
		known.Store(&list)
	}
	return m
}
