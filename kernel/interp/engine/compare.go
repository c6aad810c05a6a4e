package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

type ordered interface{ integer | float | string }

// comparison makes comparisons and the logical operators.
func (c *compiler) comparison(t *typ, n *code.Node) *expr {
	switch n.Op {
	case code.LAnd:
		a, b := get[bool](c.expr(n.Kids[0])), get[bool](c.expr(n.Kids[1]))
		return &expr{t: t, fn: func(f *frame) bool { return a(f) && b(f) }}
	case code.LOr:
		a, b := get[bool](c.expr(n.Kids[0])), get[bool](c.expr(n.Kids[1]))
		return &expr{t: t, fn: func(f *frame) bool { return a(f) || b(f) }}
	}
	op, left, right := n.Op, n.Kids[0], n.Kids[1]
	if op == code.Eq || op == code.Ne {
		if left.Op == code.Zero {
			left, right = right, left
		}
		if right.Op == code.Zero {
			if fn := isNil(c.expr(left), op == code.Eq); fn != nil {
				return &expr{t: t, fn: fn}
			}
		}
	}
	x, y := c.expr(left), c.expr(right)
	if x.t.class != y.t.class || x.t.size != y.t.size {
		panic(fault("comparison of a %s with a %s", x.t, y.t))
	}
	late := isLate(n)
	if late {
		// Operands are swapped, and so is what is asked.
		if x, y = y, x; op > code.Ne {
			op = mirrored[op]
		}
	}
	fn := compare(op, x, y)
	if fn == nil {
		panic(fault("comparison %d of %s", op, x.t))
	}
	return &expr{t: t, fn: fn}
}

// mirrored says how to compare y with x instead of x with y.
var mirrored = map[code.Op]code.Op{code.Eq: code.Eq, code.Ne: code.Ne, code.Lt: code.Gt, code.Le: code.Ge, code.Gt: code.Lt, code.Ge: code.Le}

// isNil compares x with nil, if it is of a type that can be nil.
func isNil(x *expr, equal bool) any {
	s := x.slot
	switch x.t.class {
	case cPtr:
		v := get[unsafe.Pointer](x)
		switch {
		case s != 0 && equal:
			return func(f *frame) bool { return *at[unsafe.Pointer](f, s) == nil }
		case s != 0:
			return func(f *frame) bool { return *at[unsafe.Pointer](f, s) != nil }
		case equal:
			return func(f *frame) bool { return v(f) == nil }
		}
		return func(f *frame) bool { return v(f) != nil }
	case cSlice:
		v := get[slice](x)
		return func(f *frame) bool { return (v(f).ptr == nil) == equal }
	case cIface:
		v := get[iface](x)
		switch {
		case s != 0:
			return func(f *frame) bool { return (at[iface](f, s).tab == nil) == equal }
		case equal:
			return func(f *frame) bool { return v(f).tab == nil }
		}
		return func(f *frame) bool { return v(f).tab != nil }
	}
	return nil
}

func compare(op code.Op, x, y *expr) any {
	switch x.t.class {
	case cInt8:
		return order[int8](op, x, y)
	case cInt16:
		return order[int16](op, x, y)
	case cInt32:
		return order[int32](op, x, y)
	case cInt64:
		return order[int64](op, x, y)
	case cUint8:
		return order[uint8](op, x, y)
	case cUint16:
		return order[uint16](op, x, y)
	case cUint32:
		return order[uint32](op, x, y)
	case cUint64:
		return order[uint64](op, x, y)
	case cFloat32:
		return order[float32](op, x, y)
	case cFloat64:
		return order[float64](op, x, y)
	case cString:
		return order[string](op, x, y)
	}
	if op != code.Eq && op != code.Ne {
		return nil
	}
	switch x.t.class {
	case cBool:
		return equality[bool](op, x, y)
	case cComplex64:
		return equality[complex64](op, x, y)
	case cComplex128:
		return equality[complex128](op, x, y)
	case cPtr:
		return equality[unsafe.Pointer](op, x, y)
	case cIface:
		return equalIfaces(op == code.Eq, x, y)
	case cMem:
		return equalMemory(op == code.Eq, x, y)
	}
	return nil
}

func order[T ordered](op code.Op, x, y *expr) any {
	if x.konst {
		x, y, op = y, x, mirrored[op]
	}
	switch op {
	case code.Lt:
		return less[T](x, y)
	case code.Le:
		return lessEqual[T](x, y)
	case code.Gt:
		return greater[T](x, y)
	case code.Ge:
		return greaterEqual[T](x, y)
	}
	return equality[T](op, x, y)
}

func equality[T comparable](op code.Op, x, y *expr) any {
	if op == code.Eq {
		return equal[T](x, y)
	}
	return unequal[T](x, y)
}

// A method in an interface type makes the compiler compare itabs.
type withMethod interface{ method() }

// equalIfaces compares interface values as Go does: it panics for equal types that can't be compared.
func equalIfaces(want bool, x, y *expr) any {
	a, b := get[iface](x), get[iface](y)
	if x.t.empty() {
		return func(f *frame) bool {
			v := a(f)
			w := b(f)
			if v.tab != w.tab {
				return equalVersions(v, w, true) == want
			}
			return (*(*any)(unsafe.Pointer(&v)) == *(*any)(unsafe.Pointer(&w))) == want
		}
	}
	return func(f *frame) bool {
		v := a(f)
		w := b(f)
		if v.tab != w.tab {
			return equalVersions(v, w, false) == want
		}
		return (*(*withMethod)(unsafe.Pointer(&v)) == *(*withMethod)(unsafe.Pointer(&w))) == want
	}
}

// equalVersions compares interface values that differ in their types: these may be versions of one
// type, which has got methods in between.
func equalVersions(v, w iface, empty bool) bool {
	found, other := dynamic(v, empty), dynamic(w, empty)
	if found == nil || other == nil || !is(found, other) {
		return false
	}
	v.tab, w.tab = other, other
	return *(*any)(unsafe.Pointer(&v)) == *(*any)(unsafe.Pointer(&w))
}

// equalMemory compares structs and arrays: as interface values that hold them.
func equalMemory(want bool, x, y *expr) any {
	if !x.t.rt.Comparable() {
		return nil
	}
	a, b, rt, direct := x.where(), y.where(), x.t.ptr, x.t.direct
	return func(f *frame) bool {
		p := a(f)
		q := b(f)
		if direct {
			return (*(*unsafe.Pointer)(p) == *(*unsafe.Pointer)(q)) == want
		}
		v, w := iface{rt, p}, iface{rt, q}
		return (*(*any)(unsafe.Pointer(&v)) == *(*any)(unsafe.Pointer(&w))) == want
	}
}

// The comparisons, each for the forms that its operands have: see the operations of numbers.

func equal[T comparable](x, y *expr) func(*frame) bool {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) bool { return *at[T](f, s) == *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) bool { return *at[T](f, s) == k }
	case y.konst:
		k := b(nil)
		return func(f *frame) bool { return a(f) == k }
	case o != 0:
		return func(f *frame) bool { return a(f) == *at[T](f, o) }
	case s != 0:
		return func(f *frame) bool { return *at[T](f, s) == b(f) }
	}
	return func(f *frame) bool { return a(f) == b(f) }
}

func unequal[T comparable](x, y *expr) func(*frame) bool {
	if x.konst {
		x, y = y, x
	}
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) bool { return *at[T](f, s) != *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) bool { return *at[T](f, s) != k }
	case y.konst:
		k := b(nil)
		return func(f *frame) bool { return a(f) != k }
	case o != 0:
		return func(f *frame) bool { return a(f) != *at[T](f, o) }
	case s != 0:
		return func(f *frame) bool { return *at[T](f, s) != b(f) }
	}
	return func(f *frame) bool { return a(f) != b(f) }
}

func less[T ordered](x, y *expr) func(*frame) bool {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) bool { return *at[T](f, s) < *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) bool { return *at[T](f, s) < k }
	case y.konst:
		k := b(nil)
		return func(f *frame) bool { return a(f) < k }
	case o != 0:
		return func(f *frame) bool { return a(f) < *at[T](f, o) }
	case s != 0:
		return func(f *frame) bool { return *at[T](f, s) < b(f) }
	}
	return func(f *frame) bool { return a(f) < b(f) }
}

func lessEqual[T ordered](x, y *expr) func(*frame) bool {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) bool { return *at[T](f, s) <= *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) bool { return *at[T](f, s) <= k }
	case y.konst:
		k := b(nil)
		return func(f *frame) bool { return a(f) <= k }
	case o != 0:
		return func(f *frame) bool { return a(f) <= *at[T](f, o) }
	case s != 0:
		return func(f *frame) bool { return *at[T](f, s) <= b(f) }
	}
	return func(f *frame) bool { return a(f) <= b(f) }
}

func greater[T ordered](x, y *expr) func(*frame) bool {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) bool { return *at[T](f, s) > *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) bool { return *at[T](f, s) > k }
	case y.konst:
		k := b(nil)
		return func(f *frame) bool { return a(f) > k }
	case o != 0:
		return func(f *frame) bool { return a(f) > *at[T](f, o) }
	case s != 0:
		return func(f *frame) bool { return *at[T](f, s) > b(f) }
	}
	return func(f *frame) bool { return a(f) > b(f) }
}

func greaterEqual[T ordered](x, y *expr) func(*frame) bool {
	a, b, s, o := get[T](x), get[T](y), x.slot, y.slot
	switch {
	case s != 0 && o != 0:
		return func(f *frame) bool { return *at[T](f, s) >= *at[T](f, o) }
	case s != 0 && y.konst:
		k := b(nil)
		return func(f *frame) bool { return *at[T](f, s) >= k }
	case y.konst:
		k := b(nil)
		return func(f *frame) bool { return a(f) >= k }
	case o != 0:
		return func(f *frame) bool { return a(f) >= *at[T](f, o) }
	case s != 0:
		return func(f *frame) bool { return *at[T](f, s) >= b(f) }
	}
	return func(f *frame) bool { return a(f) >= b(f) }
}
