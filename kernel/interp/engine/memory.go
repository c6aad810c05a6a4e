package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// memoryExpr makes expressions that denote memory, take addresses or make composite values.
func (c *compiler) memoryExpr(t *typ, n *code.Node) *expr {
	switch n.Op {
	case code.FieldOf, code.Deref:
		return c.locate(n, 0).expr(t)
	case code.Index:
		return c.indexExpr(t, n)
	case code.Addr:
		l := c.locate(n.Kids[0], 0)
		if l.slot != 0 {
			panic(fault("the address of a slot is taken"))
		}
		return &expr{t: t, fn: l.address()}
	case code.New:
		return c.newExpr(t, n)
	case code.SliceOp:
		return c.sliceOp(t, n)
	case code.StructLit:
		return c.structLit(t, n)
	}
	return c.arrayLit(t, n)
}

// A location says where a value lies: at offset off from
//   - the frame (slot is the sum), or
//   - fixed, or
//   - what the pointer in slot ptr points to, or
//   - base(f), which isn't nil unless check is set.
type location struct {
	slot  uintptr
	fixed unsafe.Pointer
	ptr   uintptr
	base  func(*frame) unsafe.Pointer
	check bool // the pointer may be nil
	off   uintptr
}

// locate finds the place n, or the memory that its value is put into, and adds off.
func (c *compiler) locate(n *code.Node, off uintptr) location {
	switch n.Op {
	case code.FieldOf:
		t := c.typeOf(n.Kids[0])
		if t.kind != code.Struct || n.A < 0 || int(n.A) >= t.rt.NumField() {
			panic(fault("no field %d of a %s", n.A, t))
		}
		return c.locate(n.Kids[0], off+t.rt.Field(int(n.A)).Offset)
	case code.Deref:
		x := c.expr(n.Kids[0])
		if x.t.class != cPtr {
			panic(fault("what a %s points to", x.t))
		}
		if x.slot != 0 {
			return location{ptr: x.slot, check: n.B != 1, off: off}
		}
		return location{base: get[unsafe.Pointer](x), check: n.B != 1, off: off}
	case code.MapIndex:
		m := c.mapping(c.expr(n.Kids[0]))
		return location{base: m.find(c.expr(n.Kids[1])), off: off}
	case code.Index:
		switch t := c.typeOf(n.Kids[0]); t.kind {
		case code.Array:
			return c.locateInArray(t, n, off)
		case code.Slice:
			x, i, size := c.expr(n.Kids[0]), c.index(c.expr(n.Kids[1])), c.e.elem(t).size
			return location{base: elemAddr(x, i, size, off)}
		}
	}
	x := c.expr(n)
	switch {
	case x.slot != 0:
		return location{slot: x.slot + off}
	case x.fixed != nil:
		return location{fixed: unsafe.Add(x.fixed, off)}
	}
	return location{base: x.where(), off: off}
}

// typeOf returns the type of an expression that is going to be compiled.
func (c *compiler) typeOf(n *code.Node) *typ {
	if n.Op == code.Local || n.Type == 0 {
		return c.expr(n).t
	}
	return c.e.typ(n.Type)
}

func (c *compiler) locateInArray(t *typ, n *code.Node, off uintptr) location {
	size, count := c.e.elem(t).size, t.rt.Len()
	i := c.index(c.expr(n.Kids[1]))
	if i.konst && i.k >= 0 && i.k < count {
		return c.locate(n.Kids[0], off+uintptr(i.k)*size)
	}
	l := c.locate(n.Kids[0], 0)
	if l.slot != 0 {
		slot := l.slot + off
		if i.slot != 0 {
			from := i.slot
			return location{base: func(f *frame) unsafe.Pointer {
				k := *at[int](f, from)
				if uint(k) >= uint(count) {
					badIndex(k, count, false)
				}
				return unsafe.Add(unsafe.Pointer(f), slot+uintptr(k)*size)
			}}
		}
		return location{base: func(f *frame) unsafe.Pointer {
			k := i.fn(f)
			if uint(k) >= uint(count) {
				badIndex(k, count, i.unsigned)
			}
			return unsafe.Add(unsafe.Pointer(f), slot+uintptr(k)*size)
		}}
	}
	base := l.address()
	return location{base: func(f *frame) unsafe.Pointer {
		p, k := base(f), i.fn(f)
		if uint(k) >= uint(count) {
			badIndex(k, count, i.unsigned)
		}
		return unsafe.Add(p, off+uintptr(k)*size)
	}}
}

// elemAddr returns the address of an element of a slice, plus off.
func elemAddr(x *expr, i index, size, off uintptr) func(*frame) unsafe.Pointer {
	unsigned := i.unsigned
	if x.slot == 0 && x.addr == nil {
		v := get[slice](x)
		return func(f *frame) unsafe.Pointer {
			s := v(f)
			k := i.fn(f)
			if uint(k) >= uint(s.len) {
				badIndex(k, s.len, unsigned)
			}
			return unsafe.Add(s.ptr, uintptr(k)*size+off)
		}
	}
	if x.slot != 0 {
		slot := x.slot
		if from := i.slot; from != 0 {
			return func(f *frame) unsafe.Pointer {
				s, k := at[slice](f, slot), *at[int](f, from)
				if uint(k) >= uint(s.len) {
					badIndex(k, s.len, false)
				}
				return unsafe.Add(s.ptr, uintptr(k)*size+off)
			}
		}
		return func(f *frame) unsafe.Pointer {
			k := i.fn(f)
			s := at[slice](f, slot)
			if uint(k) >= uint(s.len) {
				badIndex(k, s.len, unsigned)
			}
			return unsafe.Add(s.ptr, uintptr(k)*size+off)
		}
	}
	a := x.addr
	if from := i.slot; from != 0 {
		return func(f *frame) unsafe.Pointer {
			s, k := (*slice)(a(f)), *at[int](f, from)
			if uint(k) >= uint(s.len) {
				badIndex(k, s.len, false)
			}
			return unsafe.Add(s.ptr, uintptr(k)*size+off)
		}
	}
	return func(f *frame) unsafe.Pointer {
		s := (*slice)(a(f))
		k := i.fn(f)
		if uint(k) >= uint(s.len) {
			badIndex(k, s.len, unsigned)
		}
		return unsafe.Add(s.ptr, uintptr(k)*size+off)
	}
}

// address returns the location's address, never nil.
func (l location) address() func(*frame) unsafe.Pointer {
	off, slot, base := l.off, l.ptr, l.base
	switch {
	case l.slot != 0:
		slot := l.slot
		return func(f *frame) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(f), slot) }
	case l.fixed != nil:
		p := l.fixed
		return func(*frame) unsafe.Pointer { return p }
	case slot != 0 && l.check:
		return func(f *frame) unsafe.Pointer { return unsafe.Add(nilCheck(*at[unsafe.Pointer](f, slot)), off) }
	case slot != 0:
		return func(f *frame) unsafe.Pointer { return unsafe.Add(*at[unsafe.Pointer](f, slot), off) }
	case l.check:
		return func(f *frame) unsafe.Pointer { return unsafe.Add(nilCheck(base(f)), off) }
	case off != 0:
		return func(f *frame) unsafe.Pointer { return unsafe.Add(base(f), off) }
	}
	return base
}

// expr returns the value at the location.
func (l location) expr(t *typ) *expr {
	if l.slot != 0 {
		return &expr{t: t, fn: t.builder().load(l.slot), slot: l.slot}
	}
	x := &expr{t: t, addr: l.address(), fixed: l.fixed}
	if b, ok := t.builder().(memoryBuilder); ok {
		x.fn, x.put = b.at(l), func(v *expr) stmt { return b.put(l, v) }
	} else {
		x.fn = t.builder().deref(x.addr)
	}
	return x
}

// fixed returns the expression of a variable that is always at p.
func (c *compiler) fixed(t *typ, p unsafe.Pointer) *expr { return location{fixed: p}.expr(t) }

// A memoryBuilder makes closures that reach values in memory without calling others.
type memoryBuilder interface {
	at(l location) any
	put(l location, x *expr) stmt
	index(x *expr, i index) any
	putIndex(x *expr, i index, v *expr) stmt
	alloc(x *expr) any
}

func (builderOf[T]) at(l location) any {
	off, slot, base := l.off, l.ptr, l.base
	switch {
	case l.fixed != nil:
		p := (*T)(l.fixed)
		return func(*frame) T { return *p }
	case slot != 0 && l.check:
		return func(f *frame) T { return *(*T)(unsafe.Add(nilCheck(*at[unsafe.Pointer](f, slot)), off)) }
	case slot != 0:
		return func(f *frame) T { return *(*T)(unsafe.Add(*at[unsafe.Pointer](f, slot), off)) }
	case off == 0:
		return func(f *frame) T { return *(*T)(base(f)) } // checks for nil by itself
	case l.check:
		return func(f *frame) T { return *(*T)(unsafe.Add(nilCheck(base(f)), off)) }
	}
	return func(f *frame) T { return *(*T)(unsafe.Add(base(f), off)) }
}

// put stores x at the location; neither runs other code of the session.
func (b builderOf[T]) put(l location, x *expr) stmt {
	v, off, slot := get[T](x), l.off, l.ptr
	switch {
	case l.fixed != nil:
		p := (*T)(l.fixed)
		return func(f *frame) ctl { *p = v(f); return next }
	case slot != 0:
		return func(f *frame) ctl {
			w := v(f)
			*(*T)(unsafe.Add(nilCheck(*at[unsafe.Pointer](f, slot)), off)) = w
			return next
		}
	}
	return b.assignLate(l.address(), x)
}

// indexExpr makes an element of an array, slice or string.
func (c *compiler) indexExpr(t *typ, n *code.Node) *expr {
	xt := c.typeOf(n.Kids[0])
	switch xt.kind {
	case code.Array:
		return c.locate(n, 0).expr(t)
	case code.String:
		return &expr{t: t, fn: char(c.expr(n.Kids[0]), c.index(c.expr(n.Kids[1])))}
	case code.Slice:
		x, i := c.expr(n.Kids[0]), c.index(c.expr(n.Kids[1]))
		addr := elemAddr(x, i, t.size, 0)
		b, ok := t.builder().(memoryBuilder)
		if !ok || i.unsigned {
			return c.memory(t, addr)
		}
		return &expr{t: t, fn: b.index(x, i), addr: addr, put: func(v *expr) stmt { return b.putIndex(x, i, v) }}
	}
	panic(fault("an element of a %s", xt))
}

// index reads an element of a slice: Go's own slice operation does the checks.
func (builderOf[T]) index(x *expr, i index) any {
	n, k := i.fn, i.k
	switch s := x.slot; {
	case s != 0 && i.slot != 0:
		o := i.slot
		return func(f *frame) T { return (*at[[]T](f, s))[*at[int](f, o)] }
	case s != 0 && i.konst:
		return func(f *frame) T { return (*at[[]T](f, s))[k] }
	case s != 0:
		return func(f *frame) T { k := n(f); return (*at[[]T](f, s))[k] }
	case x.fixed != nil && i.slot != 0:
		p, o := (*[]T)(x.fixed), i.slot
		return func(f *frame) T { return (*p)[*at[int](f, o)] }
	case x.fixed != nil:
		p := (*[]T)(x.fixed)
		return func(f *frame) T { k := n(f); return (*p)[k] }
	case x.addr != nil && i.slot != 0:
		a, o := x.addr, i.slot
		return func(f *frame) T { return (*(*[]T)(a(f)))[*at[int](f, o)] }
	case x.addr != nil:
		a := x.addr
		return func(f *frame) T { p := a(f); k := n(f); return (*(*[]T)(p))[k] }
	}
	v := get[slice](x)
	return func(f *frame) T { s := v(f); k := n(f); return (*(*[]T)(unsafe.Pointer(&s)))[k] }
}

// putIndex stores y in an element of a slice. As in compiled code y comes first.
func (b builderOf[T]) putIndex(x *expr, i index, y *expr) stmt {
	v, n := get[T](y), i.fn
	switch s := x.slot; {
	case s != 0 && i.slot != 0 && y.slot != 0:
		o, from := i.slot, y.slot
		return func(f *frame) ctl { (*at[[]T](f, s))[*at[int](f, o)] = *at[T](f, from); return next }
	case s != 0 && i.slot != 0 && y.konst:
		o, w := i.slot, konst[T](y)
		return func(f *frame) ctl { (*at[[]T](f, s))[*at[int](f, o)] = w; return next }
	case s != 0 && i.slot != 0:
		o := i.slot
		return func(f *frame) ctl { w := v(f); (*at[[]T](f, s))[*at[int](f, o)] = w; return next }
	case s != 0:
		return func(f *frame) ctl { w := v(f); k := n(f); (*at[[]T](f, s))[k] = w; return next }
	case x.fixed != nil:
		p := (*[]T)(x.fixed)
		return func(f *frame) ctl { w := v(f); k := n(f); (*p)[k] = w; return next }
	case x.addr != nil:
		a := x.addr
		return func(f *frame) ctl { w := v(f); p := a(f); k := n(f); (*(*[]T)(p))[k] = w; return next }
	}
	u := get[slice](x)
	return func(f *frame) ctl {
		w := v(f)
		s, k := u(f), n(f)
		(*(*[]T)(unsafe.Pointer(&s)))[k] = w
		return next
	}
}

// char reads a byte of a string.
func char(x *expr, i index) func(*frame) byte {
	n, unsigned := i.fn, i.unsigned
	if s, o := x.slot, i.slot; s != 0 && o != 0 {
		return func(f *frame) byte { return (*at[string](f, s))[*at[int](f, o)] }
	}
	v := get[string](x)
	return func(f *frame) byte {
		s, k := v(f), n(f)
		if uint(k) >= uint(len(s)) {
			badIndex(k, len(s), unsigned)
		}
		return s[k]
	}
}

func (c *compiler) newExpr(t *typ, n *code.Node) *expr {
	elem := c.e.elem(t)
	rt := elem.ptr
	if len(n.Kids) == 0 || n.Kids[0] == nil {
		return &expr{t: t, fn: func(*frame) unsafe.Pointer { return newObject(rt) }}
	}
	x := c.expr(n.Kids[0])
	if x.t.class != elem.class || x.t.size != elem.size {
		panic(fault("a new %s of a %s", elem, x.t))
	}
	if b, ok := elem.builder().(memoryBuilder); ok {
		return &expr{t: t, fn: b.alloc(x)}
	}
	v := memOf(x)
	return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
		p := newObject(rt)
		v(f, p)
		return p
	}}
}

func (builderOf[T]) alloc(x *expr) any {
	if x.slot != 0 {
		off := x.slot
		return func(f *frame) unsafe.Pointer {
			p := new(T)
			*p = *at[T](f, off)
			return unsafe.Pointer(p)
		}
	}
	v := get[T](x)
	return func(f *frame) unsafe.Pointer {
		w := v(f)
		p := new(T)
		*p = w
		return unsafe.Pointer(p)
	}
}

// isDirect reports whether v, a struct or array, can be made in place, part by part: no part of
// it reads the place or panics.
func isDirect(place, v *code.Node) bool {
	for place.Op == code.FieldOf {
		place = place.Kids[0]
	}
	return v.Op == code.StructLit && independent(v) && !reads(v, place)
}

// direct stores x, which may be made in place, at an address.
func direct(addr func(*frame) unsafe.Pointer, x *expr) stmt {
	store := memOf(x)
	return func(f *frame) ctl { store(f, addr(f)); return next }
}

// reads reports whether n, which is independent, may read the place.
func reads(n, place *code.Node) bool {
	if n.Op == code.Local && place.Op == code.Local && n.A == place.A {
		return true
	}
	if n.Op == code.GlobalVar && place.Op != code.Local {
		return true
	}
	for _, k := range n.Kids {
		if reads(k, place) {
			return true
		}
	}
	return false
}

// independent reports whether n is made of variables and constants by operations that don't
// panic and reach no other memory.
func independent(n *code.Node) bool {
	switch n.Op {
	case code.Const, code.Zero, code.Local, code.GlobalVar, code.FuncVal:
		return true
	case code.StructLit, code.FieldOf, code.Neg, code.Not, code.Add, code.Sub, code.Mul, code.And, code.Or, code.Xor:
		for _, k := range n.Kids {
			if !independent(k) {
				return false
			}
		}
		return true
	}
	return false
}

// structLit makes a struct. What it is stored in may hold anything before.
func (c *compiler) structLit(t *typ, n *code.Node) *expr {
	if t.kind != code.Struct || len(n.Ints) != len(n.Kids) {
		panic(fault("a literal of a %s with %d fields", t, len(n.Ints)))
	}
	parts, set := make([]part, len(n.Kids)), map[int64]bool{}
	for i, k := range n.Kids {
		fd := t.rt.Field(int(n.Ints[i]))
		x := c.expr(k)
		if x.t.class != classes[fd.Type.Kind()] || x.t.size != fd.Type.Size() {
			panic(fault("field %s of a %s is a %s", fd.Name, t, x.t))
		}
		parts[i] = part{fd.Offset, x.t.builder().store(x)}
		set[n.Ints[i]] = true
	}
	return &expr{t: t, fn: fill(t, parts, len(set) == t.rt.NumField())}
}

// A part is an element of a composite value.
type part struct {
	off   uintptr
	store storer
}

// fill stores the parts of a value; all says that nothing else has to be zero.
func fill(t *typ, parts []part, all bool) func(*frame, unsafe.Pointer) {
	rt := t.ptr
	if !all {
		return func(f *frame, p unsafe.Pointer) {
			typedClear(rt, p)
			for i := range parts {
				parts[i].store(f, unsafe.Add(p, parts[i].off))
			}
		}
	}
	switch len(parts) {
	case 1:
		s0, o0 := parts[0].store, parts[0].off
		return func(f *frame, p unsafe.Pointer) { s0(f, unsafe.Add(p, o0)) }
	case 2:
		s0, o0, s1, o1 := parts[0].store, parts[0].off, parts[1].store, parts[1].off
		return func(f *frame, p unsafe.Pointer) {
			s0(f, unsafe.Add(p, o0))
			s1(f, unsafe.Add(p, o1))
		}
	}
	return func(f *frame, p unsafe.Pointer) {
		for i := range parts {
			parts[i].store(f, unsafe.Add(p, parts[i].off))
		}
	}
}

// arrayLit makes an array or a slice.
func (c *compiler) arrayLit(t *typ, n *code.Node) *expr {
	if t.kind != code.Array && t.kind != code.Slice || len(n.Ints) != len(n.Kids) {
		panic(fault("a literal of a %s with %d elements", t, len(n.Ints)))
	}
	elem, count := c.e.elem(t), int(n.A)
	if t.kind == code.Array {
		count = t.rt.Len()
	}
	parts, set := make([]part, len(n.Kids)), map[int64]bool{}
	for i, k := range n.Kids {
		x := c.expr(k)
		if n.Ints[i] < 0 || n.Ints[i] >= int64(count) || x.t.class != elem.class || x.t.size != elem.size {
			panic(fault("element %d of a %s is a %s", n.Ints[i], t, x.t))
		}
		parts[i] = part{uintptr(n.Ints[i]) * elem.size, x.t.builder().store(x)}
		set[n.Ints[i]] = true
	}
	if t.kind == code.Array {
		return &expr{t: t, fn: fill(t, parts, len(set) == count)}
	}
	rt := elem.ptr
	return &expr{t: t, fn: func(f *frame) slice {
		p := newArray(rt, count)
		for i := range parts {
			parts[i].store(f, unsafe.Add(p, parts[i].off))
		}
		return slice{p, count, count}
	}}
}
