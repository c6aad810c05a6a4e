package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// bounds are the indices of a slice expression; fn is nil where there is none.
type bounds struct{ low, high, max index }

// sliceOp makes a slice expression.
func (c *compiler) sliceOp(t *typ, n *code.Node) *expr {
	var b bounds
	for i, to := range []*index{&b.low, &b.high, &b.max} {
		if i+1 < len(n.Kids) && n.Kids[i+1] != nil {
			*to = c.index(c.expr(n.Kids[i+1]))
		}
	}
	switch xt := c.typeOf(n.Kids[0]); xt.kind {
	case code.String:
		return &expr{t: t, fn: b.ofString(get[string](c.expr(n.Kids[0])))}
	case code.Slice:
		return &expr{t: t, fn: b.ofSlice(get[slice](c.expr(n.Kids[0])), c.e.elem(t).size, false)}
	case code.Array:
		l, count := c.locate(n.Kids[0], 0), xt.rt.Len()
		if l.slot != 0 {
			panic(fault("a slice of an array in a slot"))
		}
		base := l.address()
		return &expr{t: t, fn: b.ofSlice(func(f *frame) slice { return slice{base(f), count, count} }, c.e.elem(t).size, true)}
	default:
		panic(fault("a slice of a %s", xt))
	}
}

func (b bounds) ofString(v func(*frame) string) func(*frame) string {
	return func(f *frame) string {
		s := v(f)
		i, j := 0, len(s)
		if b.low.fn != nil {
			i = b.low.fn(f)
		}
		if b.high.fn != nil {
			j = b.high.fn(f)
		}
		if uint(j) > uint(len(s)) || uint(i) > uint(j) {
			badString(s, i, j, b.low.unsigned, b.high.unsigned)
		}
		return s[i:j]
	}
}

// ofSlice slices what v returns, whose elements have a size. array says that it is an array.
func (b bounds) ofSlice(v func(*frame) slice, size uintptr, array bool) func(*frame) slice {
	return func(f *frame) slice {
		s := v(f)
		i, j, n := 0, s.len, s.cap
		if b.low.fn != nil {
			i = b.low.fn(f)
		}
		if b.high.fn != nil {
			j = b.high.fn(f)
		}
		if b.max.fn != nil {
			k := b.max.fn(f)
			if uint(k) > uint(n) || uint(j) > uint(k) || uint(i) > uint(j) {
				badSlice3(i, j, k, n, b.low.unsigned, b.high.unsigned, b.max.unsigned, array)
			}
			n = k
		} else if uint(j) > uint(n) || uint(i) > uint(j) {
			if array {
				badString(string(make([]byte, n)), i, j, b.low.unsigned, b.high.unsigned)
			}
			badSlice(i, j, n, b.low.unsigned, b.high.unsigned)
		}
		p := s.ptr
		if i < n { // else it would point behind the array
			p = unsafe.Add(p, uintptr(i)*size)
		}
		return slice{p, j - i, n - i}
	}
}
