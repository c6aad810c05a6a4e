package engine

import (
	"math"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A stmt runs a statement and says how to go on.
type stmt func(f *frame) ctl

// A ctl is 0 to go on with the next statement; else kind and label of a jump.
type ctl int

const (
	next    ctl = 0
	leave   ctl = 1 // return
	toBreak ctl = 2 // with the label above these two bits … Break
	toCont  ctl = 3 // Continue
	toGoto  ctl = 4 // Goto
)

func jump(kind ctl, label int64) ctl { return ctl(label)<<3 | kind }

// An expr is an expression made into closures.
type expr struct {
	t *typ
	// fn is a func(*frame) T where T is the Go type of the class, and for cMem a
	// func(*frame, unsafe.Pointer) that stores the value. For cTuple it is a tupleFunc.
	fn any
	// slot is the offset of the slot that the expression is, 0 if it isn't one.
	slot uintptr
	// konst is set for constants, whose value fn returns for a nil frame.
	konst bool
	// addr returns where the value is, if it is in memory but not in a slot.
	addr func(*frame) unsafe.Pointer
	// fixed is where addr leads, if that is always the same.
	fixed unsafe.Pointer
	// put, if it is there, makes a faster assignment to the place than builder.assign. Neither the
	// place nor v runs other code of the session.
	put func(v *expr) stmt
}

// A tupleFunc evaluates a call of several values and hands a pointer to each to
// store, before anything else can happen to them.
type tupleFunc func(f *frame, store func(f *frame, i int, p unsafe.Pointer))

// get returns the closure of an expression whose class has the Go type T.
func get[T any](x *expr) func(*frame) T {
	fn, ok := x.fn.(func(*frame) T)
	if !ok {
		panic(fault("a value of type %s is used as %T", x.t, *new(T)))
	}
	return fn
}

// konst returns the value of a constant expression.
func konst[T any](x *expr) T { return get[T](x)(nil) }

// A storer evaluates an expression and stores the value at p. Nothing is stored before the evaluation is done, but
// for structs and arrays: who needs that for them uses a temporary.
type storer func(f *frame, p unsafe.Pointer)

// A builder makes closures for values of one class.
type builder interface {
	load(off uintptr) any                                   // of a slot
	deref(addr func(*frame) unsafe.Pointer) any             // of memory
	store(x *expr) storer                                   // x in memory
	set(off uintptr, x *expr) stmt                          // x in a slot
	assign(a func(*frame) unsafe.Pointer, x *expr) stmt     // x in memory; the address is evaluated first
	assignLate(a func(*frame) unsafe.Pointer, x *expr) stmt // the address is evaluated last
	mover() func(dst, src unsafe.Pointer)
	zero() any
	discard(x *expr) stmt
	static(cl *callee) any  // the result of a call of a known function
	dynamic(cl *callee) any // of one that is found when it runs
	cond(c func(*frame) bool, x, y *expr) any
	seq(ss []stmt, x *expr) any
}

type builderOf[T any] struct{}

var builders = [...]builder{
	cBool: builderOf[bool]{}, cInt8: builderOf[int8]{}, cInt16: builderOf[int16]{}, cInt32: builderOf[int32]{}, cInt64: builderOf[int64]{},
	cUint8: builderOf[uint8]{}, cUint16: builderOf[uint16]{}, cUint32: builderOf[uint32]{}, cUint64: builderOf[uint64]{},
	cFloat32: builderOf[float32]{}, cFloat64: builderOf[float64]{}, cComplex64: builderOf[complex64]{}, cComplex128: builderOf[complex128]{},
	cString: builderOf[string]{}, cSlice: builderOf[slice]{}, cIface: builderOf[iface]{}, cPtr: builderOf[unsafe.Pointer]{},
}

// builder returns the builder of the type's class.
func (t *typ) builder() builder {
	if t.class == cMem {
		return memBuilder{t}
	}
	if t.class == cNone || int(t.class) >= len(builders) {
		panic(fault("no value has the type %s", t))
	}
	return builders[t.class]
}

func (builderOf[T]) load(off uintptr) any {
	return func(f *frame) T { return *at[T](f, off) }
}

func (builderOf[T]) deref(addr func(*frame) unsafe.Pointer) any {
	return func(f *frame) T { return *(*T)(addr(f)) }
}

func (builderOf[T]) store(x *expr) storer {
	if x.slot != 0 {
		off := x.slot
		return func(f *frame, p unsafe.Pointer) { *(*T)(p) = *at[T](f, off) }
	}
	if x.konst {
		v := konst[T](x)
		return func(f *frame, p unsafe.Pointer) { *(*T)(p) = v }
	}
	v := get[T](x)
	return func(f *frame, p unsafe.Pointer) { *(*T)(p) = v(f) }
}

func (builderOf[T]) set(off uintptr, x *expr) stmt {
	if x.slot != 0 {
		from := x.slot
		return func(f *frame) ctl { *at[T](f, off) = *at[T](f, from); return next }
	}
	if x.konst {
		v := konst[T](x)
		return func(f *frame) ctl { *at[T](f, off) = v; return next }
	}
	v := get[T](x)
	return func(f *frame) ctl { *at[T](f, off) = v(f); return next }
}

func (builderOf[T]) assign(a func(*frame) unsafe.Pointer, x *expr) stmt {
	if x.slot != 0 {
		from := x.slot
		return func(f *frame) ctl { *(*T)(a(f)) = *at[T](f, from); return next }
	}
	if x.konst {
		v := konst[T](x)
		return func(f *frame) ctl { *(*T)(a(f)) = v; return next }
	}
	v := get[T](x)
	return func(f *frame) ctl { p := a(f); *(*T)(p) = v(f); return next }
}

func (builderOf[T]) zero() any {
	return func(*frame) T { var v T; return v }
}

func (builderOf[T]) discard(x *expr) stmt {
	v := get[T](x)
	return func(f *frame) ctl { v(f); return next }
}

func (builderOf[T]) cond(c func(*frame) bool, x, y *expr) any {
	a, b := get[T](x), get[T](y)
	return func(f *frame) T {
		if c(f) {
			return a(f)
		}
		return b(f)
	}
}

func (builderOf[T]) seq(ss []stmt, x *expr) any {
	v := get[T](x)
	return func(f *frame) T {
		for _, s := range ss {
			s(f)
		}
		return v(f)
	}
}

// A memBuilder makes closures for structs and arrays.
type memBuilder struct{ t *typ }

func (b memBuilder) load(off uintptr) any {
	rt := b.t.ptr
	return func(f *frame, p unsafe.Pointer) { typedMove(rt, p, unsafe.Add(unsafe.Pointer(f), off)) }
}

func (b memBuilder) deref(addr func(*frame) unsafe.Pointer) any {
	rt := b.t.ptr
	return func(f *frame, p unsafe.Pointer) { typedMove(rt, p, addr(f)) }
}

func (b memBuilder) store(x *expr) storer { return memOf(x) }

func memOf(x *expr) storer {
	fn, ok := x.fn.(func(*frame, unsafe.Pointer))
	if !ok {
		panic(fault("a value of type %s is used as memory", x.t))
	}
	return fn
}

// inPlace says of an expression that it is stored part by part, while it is evaluated.
func inPlace(x *expr) bool { return x.t.class == cMem && x.slot == 0 && x.addr == nil }

func (b memBuilder) set(off uintptr, x *expr) stmt {
	v, rt := memOf(x), b.t.ptr
	if inPlace(x) { // what is evaluated may read the slot
		return func(f *frame) ctl {
			tmp := newObject(rt)
			v(f, tmp)
			typedMove(rt, unsafe.Add(unsafe.Pointer(f), off), tmp)
			return next
		}
	}
	return func(f *frame) ctl { v(f, unsafe.Add(unsafe.Pointer(f), off)); return next }
}

func (b memBuilder) assign(a func(*frame) unsafe.Pointer, x *expr) stmt {
	v, rt := memOf(x), b.t.ptr
	if inPlace(x) {
		return func(f *frame) ctl {
			p, tmp := a(f), newObject(rt)
			v(f, tmp)
			typedMove(rt, touch(p), tmp)
			return next
		}
	}
	return func(f *frame) ctl { p := a(f); v(f, touch(p)); return next }
}

// touch panics as Go does if p is nil: the runtime's copying would end the process.
func touch(p unsafe.Pointer) unsafe.Pointer {
	if p == nil {
		_ = *(*byte)(p)
	}
	return p
}

func (b memBuilder) zero() any {
	rt := b.t.ptr
	return func(f *frame, p unsafe.Pointer) { typedClear(rt, p) }
}

func (b memBuilder) discard(x *expr) stmt {
	v, rt := memOf(x), b.t.ptr
	return func(f *frame) ctl { v(f, newObject(rt)); return next }
}

func (b memBuilder) cond(c func(*frame) bool, x, y *expr) any {
	v, w := memOf(x), memOf(y)
	return func(f *frame, p unsafe.Pointer) {
		if c(f) {
			v(f, p)
		} else {
			w(f, p)
		}
	}
}

func (b memBuilder) seq(ss []stmt, x *expr) any {
	v := memOf(x)
	return func(f *frame, p unsafe.Pointer) {
		for _, s := range ss {
			s(f)
		}
		v(f, p)
	}
}

// A compiler makes one function.
type compiler struct {
	e     *Engine
	fn    *code.Func
	im    *impl
	slots []*typ
	offs  []uintptr
	fnSig *signature
}

// expr makes an expression.
func (c *compiler) expr(n *code.Node) *expr {
	if n == nil {
		panic(fault("an expression is missing"))
	}
	var t *typ
	if n.Type != 0 {
		t = c.e.typ(n.Type)
	}
	switch n.Op {
	case code.Const:
		return c.constant(t, n)
	case code.Zero:
		return &expr{t: t, fn: t.builder().zero(), konst: t.class != cMem}
	case code.Local:
		i := int(n.A)
		if i < 0 || i >= len(c.slots) {
			panic(fault("no slot %d", i))
		}
		t = c.slots[i]
		return &expr{t: t, fn: t.builder().load(c.offs[i]), slot: c.offs[i]}
	case code.Env:
		k := uintptr(n.A) * unsafe.Sizeof(uintptr(0))
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Add(f.env, k)) }}
	case code.GlobalVar:
		g := c.e.global(code.GlobalID(n.A))
		p := g.ptr
		return c.fixed(g.t, p)
	case code.ExternVar:
		v := c.e.externVar(n.S)
		p := v.UnsafePointer()
		return c.fixed(c.e.typeOf(v.Type().Elem()), p)
	case code.FieldOf, code.Deref, code.Index, code.Addr, code.New, code.SliceOp, code.StructLit, code.ArrayLit:
		return c.memoryExpr(t, n)
	case code.MapIndex, code.MapLit, code.MakeMap, code.MakeSlice, code.MakeChan, code.Len, code.Cap, code.Append, code.AppendSlice, code.Copy:
		return c.containerExpr(t, n)
	case code.Neg, code.Not, code.Compl, code.Add, code.Sub, code.Mul, code.Quo, code.Rem, code.And, code.Or, code.Xor, code.AndNot,
		code.Shl, code.Shr, code.Min, code.Max, code.Complex, code.Real, code.Imag:
		return c.arithmetic(t, n)
	case code.Eq, code.Ne, code.Lt, code.Le, code.Gt, code.Ge, code.LAnd, code.LOr:
		return c.comparison(t, n)
	case code.Convert:
		return c.conversion(t, n)
	case code.ToIface, code.IfaceToIface, code.Assert, code.TypeIs:
		return c.ifaceExpr(t, n)
	case code.FuncVal, code.Extern, code.Closure, code.Bind:
		return c.funcExpr(t, n)
	case code.CallFunc, code.CallValue, code.CallExtern, code.CallMethod, code.CallIface:
		return c.call(t, n)
	case code.Recv:
		return c.recv(t, n)
	case code.Recover:
		return c.recover(t, n)
	case code.Unsafe, code.Intrinsic:
		return c.intrinsic(t, n)
	case code.Seq:
		return c.seq(n)
	}
	panic(fault("unknown expression %d", n.Op))
}

// memory returns the expression of a value in memory.
func (c *compiler) memory(t *typ, addr func(*frame) unsafe.Pointer) *expr {
	return &expr{t: t, fn: t.builder().deref(addr), addr: addr}
}

// place returns where the value of x is; the address of a slot is good as long as the frame is.
func (x *expr) place() func(*frame) unsafe.Pointer {
	if x.slot != 0 {
		off := x.slot
		return func(f *frame) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(f), off) }
	}
	if x.addr == nil {
		panic(fault("a value of type %s is used as a place", x.t))
	}
	return x.addr
}

// where returns where the value of x is: its place, or memory made for it.
func (x *expr) where() func(*frame) unsafe.Pointer {
	if x.slot != 0 || x.addr != nil {
		return x.place()
	}
	rt, store := x.t.ptr, x.t.builder().store(x)
	return func(f *frame) unsafe.Pointer {
		p := newObject(rt)
		store(f, p)
		return p
	}
}

// constOf returns the expression of a constant.
func constOf[T any](t *typ, v T) *expr {
	return &expr{t: t, fn: func(*frame) T { return v }, konst: true}
}

func (c *compiler) constant(t *typ, n *code.Node) *expr {
	switch t.class {
	case cBool:
		return constOf(t, n.A != 0)
	case cInt8:
		return constOf(t, int8(n.A))
	case cInt16:
		return constOf(t, int16(n.A))
	case cInt32:
		return constOf(t, int32(n.A))
	case cInt64:
		return constOf(t, n.A)
	case cUint8:
		return constOf(t, uint8(n.A))
	case cUint16:
		return constOf(t, uint16(n.A))
	case cUint32:
		return constOf(t, uint32(n.A))
	case cUint64:
		return constOf(t, uint64(n.A))
	case cFloat32:
		return constOf(t, float32(math.Float64frombits(uint64(n.A))))
	case cFloat64:
		return constOf(t, math.Float64frombits(uint64(n.A)))
	case cComplex64:
		return constOf(t, complex64(complex(math.Float64frombits(uint64(n.A)), math.Float64frombits(uint64(n.B)))))
	case cComplex128:
		return constOf(t, complex(math.Float64frombits(uint64(n.A)), math.Float64frombits(uint64(n.B))))
	case cString:
		return constOf(t, n.S)
	}
	panic(fault("a constant of type %s", t))
}

func (c *compiler) seq(n *code.Node) *expr {
	last := len(n.Kids) - 1
	var ss []stmt
	for _, k := range n.Kids[:last] {
		ss = append(ss, c.stmt(k))
	}
	x := c.expr(n.Kids[last])
	if x.t.class == cTuple {
		v := x.fn.(tupleFunc)
		return &expr{t: x.t, fn: tupleFunc(func(f *frame, store func(*frame, int, unsafe.Pointer)) {
			for _, s := range ss {
				s(f)
			}
			v(f, store)
		})}
	}
	return &expr{t: x.t, fn: x.t.builder().seq(ss, x)}
}
