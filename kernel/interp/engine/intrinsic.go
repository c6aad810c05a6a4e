package engine

import (
	"math"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// intrinsic makes the functions of package unsafe, and what the cell compiler has no other
// way to say: "loops" is how often the host wants a timed statement to run.
func (c *compiler) intrinsic(t *typ, n *code.Node) *expr {
	if n.Op == code.Intrinsic {
		if n.S == "frame" && t.class == cPtr { // see code.Defer
			return &expr{t: t, fn: func(f *frame) unsafe.Pointer { return unsafe.Pointer(f) }}
		}
		if n.S != "loops" || t.class != cInt64 {
			panic(fault("unknown intrinsic %s", n.S))
		}
		host := c.e.host
		return &expr{t: t, fn: func(*frame) int64 { return int64(host.Loops()) }}
	}
	x := c.expr(n.Kids[0])
	switch n.S {
	case "SliceData":
		s := get[slice](x)
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer { return s(f).ptr }}
	case "StringData":
		s := get[string](x)
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s(f))) }}
	}
	if len(n.Kids) != 2 {
		panic(fault("unsafe.%s has %d arguments", n.S, len(n.Kids)))
	}
	p, i := get[unsafe.Pointer](x), c.index(c.expr(n.Kids[1]))
	switch n.S {
	case "Add":
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
			base := p(f)
			return unsafe.Add(base, i.fn(f))
		}}
	case "String":
		return &expr{t: t, fn: func(f *frame) string {
			base := p(f)
			return unsafe.String((*byte)(base), i.fn(f))
		}}
	case "Slice":
		size := int(c.e.elem(t).size)
		return &expr{t: t, fn: func(f *frame) slice {
			base := p(f)
			n := i.fn(f)
			if base == nil && n == 0 {
				return slice{}
			}
			if size == 0 {
				_ = unsafe.Slice((*struct{})(base), n)
			} else {
				bytes := -1 // too many
				if n >= 0 && n <= math.MaxInt/size {
					bytes = n * size
				}
				_ = unsafe.Slice((*byte)(base), bytes)
			}
			return slice{base, n, n}
		}}
	}
	panic(fault("unknown function unsafe.%s", n.S))
}
