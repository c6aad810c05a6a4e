package engine

import "github.com/goherd/goherd/kernel/interp/code"

// update makes place op= value.
func (c *compiler) update(n *code.Node) stmt {
	op := code.Op(n.A)
	to, y := c.expr(n.Kids[0]), c.expr(n.Kids[1])
	isShift := op == code.Shl || op == code.Shr
	if isShift {
		y = count(y)
	} else if y.t.class != to.t.class {
		panic(fault("a %s is added to a %s", y.t, to.t))
	}
	if to.slot == 0 && to.addr == nil {
		panic(fault("a value of type %s is updated", to.t))
	}
	u := updating{op: op, to: to, y: y, late: isLate(n)}
	var s stmt
	switch to.t.class {
	case cInt8:
		s = updateInt[int8](u)
	case cInt16:
		s = updateInt[int16](u)
	case cInt32:
		s = updateInt[int32](u)
	case cInt64:
		s = updateInt[int64](u)
	case cUint8:
		s = updateInt[uint8](u)
	case cUint16:
		s = updateInt[uint16](u)
	case cUint32:
		s = updateInt[uint32](u)
	case cUint64:
		s = updateInt[uint64](u)
	case cFloat32:
		s = updateNumber[float32](u)
	case cFloat64:
		s = updateNumber[float64](u)
	case cComplex64:
		s = updateNumber[complex64](u)
	case cComplex128:
		s = updateNumber[complex128](u)
	case cString:
		if op == code.Add {
			s = addTo[string](u)
		}
	}
	if s == nil {
		panic(fault("operation %d on a %s", op, to.t))
	}
	return s
}

// An updating is an Update being compiled.
type updating struct {
	op   code.Op
	to   *expr
	y    *expr
	late bool
}

func updateInt[T integer](u updating) stmt {
	switch u.op {
	case code.Shl:
		return updateBy(u, func(a T, k uint64) T { return a << k })
	case code.Shr:
		return updateBy(u, func(a T, k uint64) T { return a >> k })
	case code.Rem, code.And, code.Or, code.Xor, code.AndNot:
		return updateBy(u, intOp[T](u.op))
	}
	return updateNumber[T](u)
}

func updateNumber[T number](u updating) stmt {
	switch u.op {
	case code.Add:
		return addTo[T](u)
	case code.Sub:
		if u.y.konst {
			k := -konst[T](u.y)
			return addTo[T](updating{code.Add, u.to, constOf(u.y.t, k), u.late})
		}
	}
	op := numberOp[T](u.op)
	if op == nil {
		return nil
	}
	return updateBy(u, op)
}

// addTo is += for numbers and strings.
func addTo[T number | string](u updating) stmt {
	y := get[T](u.y)
	if s := u.to.slot; s != 0 {
		switch {
		case u.y.konst:
			k := y(nil)
			return func(f *frame) ctl { *at[T](f, s) += k; return next }
		case u.y.slot != 0:
			o := u.y.slot
			return func(f *frame) ctl { *at[T](f, s) += *at[T](f, o); return next }
		}
		return func(f *frame) ctl { w := y(f); *at[T](f, s) += w; return next }
	}
	if u.to.fixed != nil {
		p := (*T)(u.to.fixed)
		return func(f *frame) ctl { w := y(f); *p += w; return next }
	}
	a := u.to.addr
	switch {
	case u.y.konst:
		k := y(nil)
		return func(f *frame) ctl { *(*T)(a(f)) += k; return next }
	case u.late:
		return func(f *frame) ctl { w := y(f); *(*T)(a(f)) += w; return next }
	}
	return func(f *frame) ctl { p := (*T)(a(f)); w := y(f); *p += w; return next }
}

// updateBy is an update by any operation.
func updateBy[T, U any](u updating, op func(a T, b U) T) stmt {
	y := get[U](u.y)
	if s := u.to.slot; s != 0 {
		if u.y.konst {
			k := y(nil)
			return func(f *frame) ctl { p := at[T](f, s); *p = op(*p, k); return next }
		}
		return func(f *frame) ctl { w := y(f); p := at[T](f, s); *p = op(*p, w); return next }
	}
	a := u.to.addr
	if u.late {
		return func(f *frame) ctl { w := y(f); p := (*T)(a(f)); *p = op(*p, w); return next }
	}
	return func(f *frame) ctl { p := (*T)(a(f)); w := y(f); *p = op(*p, w); return next }
}
