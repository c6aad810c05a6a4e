package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// conversion makes a conversion between types that aren't both interfaces with methods.
func (c *compiler) conversion(t *typ, n *code.Node) *expr {
	x := c.expr(n.Kids[0])
	from, to := x.t, t
	switch {
	case to.kind == code.String && from.class >= cInt8 && from.class <= cUint64:
		return &expr{t: t, fn: stringOfInt(x)}
	case to.kind == code.String && from.kind == code.Slice:
		if c.e.elem(from).kind == code.Uint8 {
			v := get[slice](x)
			return &expr{t: t, fn: func(f *frame) string { s := v(f); return string(*(*[]byte)(unsafe.Pointer(&s))) }}
		}
		v := get[slice](x)
		return &expr{t: t, fn: func(f *frame) string { s := v(f); return string(*(*[]rune)(unsafe.Pointer(&s))) }}
	case to.kind == code.Slice && from.kind == code.String:
		v := get[string](x)
		if c.e.elem(to).kind == code.Uint8 {
			return &expr{t: t, fn: func(f *frame) slice { b := []byte(v(f)); return *(*slice)(unsafe.Pointer(&b)) }}
		}
		return &expr{t: t, fn: func(f *frame) slice { r := []rune(v(f)); return *(*slice)(unsafe.Pointer(&r)) }}
	case from.kind == code.Slice && to.kind == code.Array:
		return c.memory(t, arrayOf(x, to.rt.Len()))
	case from.kind == code.Slice && to.kind == code.Pointer:
		return &expr{t: t, fn: arrayOf(x, to.rt.Elem().Len())}
	case from.class == cPtr && to.class == cUint64: // uintptr
		v := get[unsafe.Pointer](x)
		return &expr{t: t, fn: func(f *frame) uint64 { return uint64(uintptr(v(f))) }}
	case from.class == cUint64 && to.class == cPtr:
		v := get[uint64](x)
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer { p := v(f); return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }}
	case to.kind == code.Interface && from.kind == code.Interface && !to.empty() && to.rt != from.rt:
		return c.ifaceExpr(t, &code.Node{Op: code.IfaceToIface, Type: n.Type, Pos: n.Pos, Kids: n.Kids})
	case from.class == to.class && from.size == to.size:
		same := *x
		same.t = t
		return &same
	}
	fn := convertNumber(x, to.class)
	if fn == nil {
		panic(fault("conversion of a %s to a %s", from, to))
	}
	return &expr{t: t, fn: fn, konst: x.konst}
}

// arrayOf returns the address of the first n elements of a slice: nil for none of a nil slice.
func arrayOf(x *expr, n int) func(*frame) unsafe.Pointer {
	v := get[slice](x)
	return func(f *frame) unsafe.Pointer {
		s := v(f)
		if s.len < n {
			badArray(s.len, n)
		}
		return s.ptr
	}
}

// stringOfInt makes a string of the number of a character.
func stringOfInt(x *expr) any {
	w := convertNumber(x, cInt64)
	if w == nil {
		w = x.fn
	}
	v, unsigned := w.(func(*frame) int64), x.t.class == cUint64
	return func(f *frame) string {
		k := v(f)
		if k != int64(rune(k)) || unsigned && k < 0 {
			k = -1
		}
		return string(rune(k))
	}
}

// convertNumber makes a number of another class, with Go's own conversion. It returns
// nil for what isn't a number.
func convertNumber(x *expr, to class) any {
	switch x.t.class {
	case cInt8:
		return fromReal[int8](x, to)
	case cInt16:
		return fromReal[int16](x, to)
	case cInt32:
		return fromReal[int32](x, to)
	case cInt64:
		return fromReal[int64](x, to)
	case cUint8:
		return fromReal[uint8](x, to)
	case cUint16:
		return fromReal[uint16](x, to)
	case cUint32:
		return fromReal[uint32](x, to)
	case cUint64:
		return fromReal[uint64](x, to)
	case cFloat32:
		return fromReal[float32](x, to)
	case cFloat64:
		return fromReal[float64](x, to)
	case cComplex64:
		if v := get[complex64](x); to == cComplex128 {
			return func(f *frame) complex128 { return complex128(v(f)) }
		}
	case cComplex128:
		if v := get[complex128](x); to == cComplex64 {
			return func(f *frame) complex64 { return complex64(v(f)) }
		}
	}
	return nil
}

func fromReal[A integer | float](x *expr, to class) any {
	switch to {
	case cInt8:
		return convert[A, int8](x)
	case cInt16:
		return convert[A, int16](x)
	case cInt32:
		return convert[A, int32](x)
	case cInt64:
		return convert[A, int64](x)
	case cUint8:
		return convert[A, uint8](x)
	case cUint16:
		return convert[A, uint16](x)
	case cUint32:
		return convert[A, uint32](x)
	case cUint64:
		return convert[A, uint64](x)
	case cFloat32:
		return convert[A, float32](x)
	case cFloat64:
		return convert[A, float64](x)
	}
	return nil
}

func convert[A, B integer | float](x *expr) any {
	if s := x.slot; s != 0 {
		return func(f *frame) B { return B(*at[A](f, s)) }
	}
	v := get[A](x)
	if x.konst {
		k := B(v(nil))
		return func(*frame) B { return k }
	}
	return func(f *frame) B { return B(v(f)) }
}
