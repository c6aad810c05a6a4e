package engine

import (
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
)

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

type float interface{ float32 | float64 }

type number interface {
	integer | float | complex64 | complex128
}

// arithmetic makes unary and binary operations, but for comparisons.
func (c *compiler) arithmetic(t *typ, n *code.Node) *expr {
	if n.Op == code.Add && t.class == cString {
		return &expr{t: t, fn: c.concat(n)}
	}
	xs := make([]*expr, len(n.Kids))
	for i, k := range n.Kids {
		xs[i] = c.expr(k)
		if xs[i].t.class != xs[0].t.class && n.Op != code.Shl && n.Op != code.Shr {
			panic(fault("operation %d on a %s and a %s", n.Op, xs[0].t, xs[i].t))
		}
	}
	x := xs[0]
	var fn any
	switch n.Op {
	case code.Neg, code.Not, code.Compl:
		fn = unary(n.Op, x)
	case code.Real, code.Imag, code.Complex:
		fn = complexPart(n.Op, xs)
	case code.Min, code.Max:
		fn = extreme(n.Op, xs)
	case code.Shl, code.Shr:
		fn = shift(n.Op, x, count(xs[1]))
	default:
		fn = binary(n.Op, x, xs[1], isLate(n))
	}
	if fn == nil {
		panic(fault("operation %d on a %s", n.Op, x.t))
	}
	return &expr{t: t, fn: fn}
}

// isLate reports whether the right operand of n is evaluated before the left one, as
// compiled code does with variables on the left and a call on the right, which might change
// them. It makes no difference for slots.
func isLate(n *code.Node) bool {
	return n.Kids[0].Op != code.Local && !inTurn(n.Kids[0]) && calls(n.Kids[1])
}

// inTurn reports whether n has calls, or operations that compiled code carries out where they
// stand among calls.
func inTurn(n *code.Node) bool {
	if n == nil {
		return false
	}
	switch n.Op {
	case code.Len, code.Cap, code.Min, code.Max, code.Complex, code.Real, code.Imag, code.LAnd, code.LOr,
		code.SliceOp, code.Convert, code.Assert, code.New, code.MapLit, code.Append, code.AppendSlice, code.Copy, code.Recover:
		return true
	}
	return calls(n) || slices.ContainsFunc(n.Kids, inTurn)
}

func binary(op code.Op, x, y *expr, late bool) any {
	switch x.t.class {
	case cInt8:
		return binaryInt[int8](op, x, y, late)
	case cInt16:
		return binaryInt[int16](op, x, y, late)
	case cInt32:
		return binaryInt[int32](op, x, y, late)
	case cInt64:
		return binaryInt[int64](op, x, y, late)
	case cUint8:
		return binaryInt[uint8](op, x, y, late)
	case cUint16:
		return binaryInt[uint16](op, x, y, late)
	case cUint32:
		return binaryInt[uint32](op, x, y, late)
	case cUint64:
		return binaryInt[uint64](op, x, y, late)
	case cFloat32:
		return binaryNumber[float32](op, x, y, late)
	case cFloat64:
		return binaryNumber[float64](op, x, y, late)
	case cComplex64:
		return binaryNumber[complex64](op, x, y, late)
	case cComplex128:
		return binaryNumber[complex128](op, x, y, late)
	}
	return nil
}

func binaryInt[T integer](op code.Op, x, y *expr, late bool) any {
	if late {
		return lateOp(intOp[T](op), x, y)
	}
	switch op {
	case code.Rem:
		return rem[T](x, y)
	case code.And:
		return and[T](x, y)
	case code.Or:
		return or[T](x, y)
	case code.Xor:
		return xor[T](x, y)
	case code.AndNot:
		return andNot[T](x, y)
	}
	return binaryNumber[T](op, x, y, late)
}

func binaryNumber[T number](op code.Op, x, y *expr, late bool) any {
	if late {
		return lateOp(numberOp[T](op), x, y)
	}
	switch op {
	case code.Add:
		return add[T](x, y)
	case code.Sub:
		return sub[T](x, y)
	case code.Mul:
		return mul[T](x, y)
	case code.Quo:
		return quo[T](x, y)
	}
	return nil
}

func lateOp[T any](op func(a, b T) T, x, y *expr) any {
	if op == nil {
		return nil
	}
	a, b := get[T](x), get[T](y)
	return func(f *frame) T {
		w := b(f)
		return op(a(f), w)
	}
}

// intOp returns an operation as a function, for where speed isn't all.
func intOp[T integer](op code.Op) func(a, b T) T {
	switch op {
	case code.Rem:
		return func(a, b T) T { return a % b }
	case code.And:
		return func(a, b T) T { return a & b }
	case code.Or:
		return func(a, b T) T { return a | b }
	case code.Xor:
		return func(a, b T) T { return a ^ b }
	case code.AndNot:
		return func(a, b T) T { return a &^ b }
	}
	return numberOp[T](op)
}

func numberOp[T number](op code.Op) func(a, b T) T {
	switch op {
	case code.Add:
		return func(a, b T) T { return a + b }
	case code.Sub:
		return func(a, b T) T { return a - b }
	case code.Mul:
		return func(a, b T) T { return a * b }
	case code.Quo:
		return func(a, b T) T { return a / b }
	}
	return nil
}

// concat joins strings. A chain of additions is one operation.
func (c *compiler) concat(n *code.Node) any {
	var parts []func(*frame) string
	var collect func(n *code.Node)
	collect = func(n *code.Node) {
		if n.Op == code.Add {
			collect(n.Kids[0])
			collect(n.Kids[1])
			return
		}
		parts = append(parts, get[string](c.expr(n)))
	}
	collect(n)
	switch len(parts) {
	case 2:
		a, b := parts[0], parts[1]
		if isLate(n) {
			return func(f *frame) string { w := b(f); return a(f) + w }
		}
		return func(f *frame) string { v := a(f); return v + b(f) }
	case 3:
		a, b, d := parts[0], parts[1], parts[2]
		return func(f *frame) string { v, w := a(f), b(f); return v + w + d(f) }
	}
	return func(f *frame) string {
		var buf [8]string
		ss := buf[:0]
		for _, p := range parts {
			ss = append(ss, p(f))
		}
		return strings.Join(ss, "")
	}
}

func unary(op code.Op, x *expr) any {
	if op == code.Not {
		v := get[bool](x)
		return func(f *frame) bool { return !v(f) }
	}
	switch x.t.class {
	case cInt8:
		return unaryInt[int8](op, x)
	case cInt16:
		return unaryInt[int16](op, x)
	case cInt32:
		return unaryInt[int32](op, x)
	case cInt64:
		return unaryInt[int64](op, x)
	case cUint8:
		return unaryInt[uint8](op, x)
	case cUint16:
		return unaryInt[uint16](op, x)
	case cUint32:
		return unaryInt[uint32](op, x)
	case cUint64:
		return unaryInt[uint64](op, x)
	}
	if op != code.Neg {
		return nil
	}
	switch x.t.class {
	case cFloat32:
		return neg[float32](x)
	case cFloat64:
		return neg[float64](x)
	case cComplex64:
		return neg[complex64](x)
	case cComplex128:
		return neg[complex128](x)
	}
	return nil
}

func neg[T number](x *expr) any {
	v := get[T](x)
	return func(f *frame) T { return -v(f) }
}

func unaryInt[T integer](op code.Op, x *expr) any {
	if op == code.Neg {
		return neg[T](x)
	}
	v := get[T](x)
	return func(f *frame) T { return ^v(f) }
}

// count makes the right operand of a shift.
func count(x *expr) *expr {
	var v func(*frame) uint64
	switch x.t.class {
	case cInt8:
		v = signedCount[int8](x)
	case cInt16:
		v = signedCount[int16](x)
	case cInt32:
		v = signedCount[int32](x)
	case cInt64:
		v = signedCount[int64](x)
	case cUint8:
		v = unsignedCount[uint8](x)
	case cUint16:
		v = unsignedCount[uint16](x)
	case cUint32:
		v = unsignedCount[uint32](x)
	case cUint64:
		v = unsignedCount[uint64](x)
	default:
		panic(fault("a shift by a %s", x.t))
	}
	return &expr{t: x.t, fn: v, konst: x.konst}
}

func signedCount[T int8 | int16 | int32 | int64](x *expr) func(*frame) uint64 {
	v := get[T](x)
	return func(f *frame) uint64 {
		k := v(f)
		if k < 0 {
			_ = 1 << k // panics
		}
		return uint64(k)
	}
}

func unsignedCount[T integer](x *expr) func(*frame) uint64 {
	v := get[T](x)
	return func(f *frame) uint64 { return uint64(v(f)) }
}

func shift(op code.Op, x, n *expr) any {
	switch x.t.class {
	case cInt8:
		return shiftInt[int8](op, x, n)
	case cInt16:
		return shiftInt[int16](op, x, n)
	case cInt32:
		return shiftInt[int32](op, x, n)
	case cInt64:
		return shiftInt[int64](op, x, n)
	case cUint8:
		return shiftInt[uint8](op, x, n)
	case cUint16:
		return shiftInt[uint16](op, x, n)
	case cUint32:
		return shiftInt[uint32](op, x, n)
	case cUint64:
		return shiftInt[uint64](op, x, n)
	}
	return nil
}

func shiftInt[T integer](op code.Op, x, n *expr) any {
	v, count := get[T](x), get[uint64](n)
	switch {
	case op == code.Shl && n.konst:
		k := konst[uint64](n)
		return func(f *frame) T { return v(f) << k }
	case op == code.Shl:
		return func(f *frame) T { w := v(f); return w << count(f) }
	case n.konst:
		k := konst[uint64](n)
		return func(f *frame) T { return v(f) >> k }
	}
	return func(f *frame) T { w := v(f); return w >> count(f) }
}

// extreme makes min and max.
func extreme(op code.Op, xs []*expr) any {
	switch xs[0].t.class {
	case cInt8:
		return extremeOf[int8](op, xs)
	case cInt16:
		return extremeOf[int16](op, xs)
	case cInt32:
		return extremeOf[int32](op, xs)
	case cInt64:
		return extremeOf[int64](op, xs)
	case cUint8:
		return extremeOf[uint8](op, xs)
	case cUint16:
		return extremeOf[uint16](op, xs)
	case cUint32:
		return extremeOf[uint32](op, xs)
	case cUint64:
		return extremeOf[uint64](op, xs)
	case cFloat32:
		return extremeOf[float32](op, xs)
	case cFloat64:
		return extremeOf[float64](op, xs)
	case cString:
		return extremeOf[string](op, xs)
	}
	return nil
}

func extremeOf[T integer | float | string](op code.Op, xs []*expr) any {
	v := get[T](xs[0])
	for _, x := range xs[1:] {
		a, b := v, get[T](x)
		if op == code.Min {
			v = func(f *frame) T { w := a(f); return min(w, b(f)) }
		} else {
			v = func(f *frame) T { w := a(f); return max(w, b(f)) }
		}
	}
	return v
}

// complexPart makes the builtins real, imag and complex.
func complexPart(op code.Op, xs []*expr) any {
	x := xs[0]
	if op == code.Complex {
		switch x.t.class {
		case cFloat32:
			a, b := get[float32](x), get[float32](xs[1])
			return func(f *frame) complex64 { re := a(f); return complex(re, b(f)) }
		case cFloat64:
			a, b := get[float64](x), get[float64](xs[1])
			return func(f *frame) complex128 { re := a(f); return complex(re, b(f)) }
		}
		return nil
	}
	switch x.t.class {
	case cComplex64:
		v := get[complex64](x)
		if op == code.Real {
			return func(f *frame) float32 { return real(v(f)) }
		}
		return func(f *frame) float32 { return imag(v(f)) }
	case cComplex128:
		v := get[complex128](x)
		if op == code.Real {
			return func(f *frame) float64 { return real(v(f)) }
		}
		return func(f *frame) float64 { return imag(v(f)) }
	}
	return nil
}
