package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A sliceBuilder makes closures for slices with elements that are moved as T. They use Go's own
// append on a []T: how much a slice grows depends on the size of its elements and
// on whether they hold pointers, and both are those of T.
type sliceBuilder interface {
	add(s *expr, xs []*expr, late bool) func(*frame) slice
	addSlice(s, y *expr, late bool) func(*frame) slice
	copy(dst, src *expr) func(*frame) int64
}

// appendExpr makes append of elements.
func (c *compiler) appendExpr(t *typ, n *code.Node) *expr {
	s, elem := c.expr(n.Kids[0]), c.e.elem(t)
	xs := make([]*expr, len(n.Kids)-1)
	for i, k := range n.Kids[1:] {
		x := c.expr(k)
		if x.t.class != elem.class || x.t.size != elem.size {
			panic(fault("a %s is appended to a %s", x.t, t))
		}
		xs[i] = x
	}
	if len(xs) == 0 {
		same := *s
		same.t = t
		return &same
	}
	late := !inTurn(n.Kids[0]) // as for other operations: see isLate
	if b, ok := elem.builder().(sliceBuilder); ok {
		return &expr{t: t, fn: b.add(s, xs, late)}
	}
	return &expr{t: t, fn: addMemory(get[slice](s), elem, n.Kids[1:], xs, late)}
}

func (builderOf[T]) add(s *expr, xs []*expr, late bool) func(*frame) slice {
	v := get[slice](s)
	if len(xs) > 1 {
		vs := make([]func(*frame) T, len(xs))
		for i, x := range xs {
			vs[i] = get[T](x)
		}
		return func(f *frame) slice {
			var old slice
			if !late {
				old = v(f)
			}
			add := make([]T, len(vs))
			for i, v := range vs {
				add[i] = v(f)
			}
			if late {
				old = v(f)
			}
			s := append(*(*[]T)(unsafe.Pointer(&old)), add...)
			return *(*slice)(unsafe.Pointer(&s))
		}
	}
	x := get[T](xs[0])
	if o := s.slot; o != 0 {
		return func(f *frame) slice {
			w := x(f)
			s := append(*at[[]T](f, o), w)
			return *(*slice)(unsafe.Pointer(&s))
		}
	}
	if late {
		return func(f *frame) slice {
			w := x(f)
			old := v(f)
			s := append(*(*[]T)(unsafe.Pointer(&old)), w)
			return *(*slice)(unsafe.Pointer(&s))
		}
	}
	return func(f *frame) slice {
		old := v(f)
		w := x(f)
		s := append(*(*[]T)(unsafe.Pointer(&old)), w)
		return *(*slice)(unsafe.Pointer(&s))
	}
}

// grow returns s with num more elements, which the caller sets.
func (s slice) grow(elem *typ, num int) slice {
	if n := s.len + num; n > s.cap {
		return growSlice(s.ptr, n, s.cap, num, elem.ptr)
	}
	s.len += num
	return s
}

// addMemory appends structs or arrays.
func addMemory(v func(*frame) slice, elem *typ, nodes []*code.Node, xs []*expr, late bool) func(*frame) slice {
	size, num := elem.size, len(xs)
	if len(xs) == 1 && independent(nodes[0]) {
		store := memOf(xs[0])
		return func(f *frame) slice {
			s := v(f).grow(elem, 1)
			store(f, unsafe.Add(s.ptr, uintptr(s.len-1)*size))
			return s
		}
	}
	where := make([]func(*frame) unsafe.Pointer, len(xs))
	for i, x := range xs {
		if where[i] = x.copied(); x.slot != 0 {
			where[i] = x.where()
		}
	}
	return func(f *frame) slice {
		var s slice
		if !late {
			s = v(f)
		}
		var buf [4]unsafe.Pointer
		ps := buf[:0]
		for _, w := range where {
			ps = append(ps, w(f))
		}
		if late {
			s = v(f)
		}
		s = s.grow(elem, num)
		to := unsafe.Add(s.ptr, uintptr(s.len-num)*size)
		for i, p := range ps {
			typedMove(elem.ptr, unsafe.Add(to, uintptr(i)*size), p)
		}
		return s
	}
}

// copied returns a pointer to a copy of the value of x.
func (x *expr) copied() func(*frame) unsafe.Pointer {
	rt, store := x.t.ptr, x.t.builder().store(x)
	return func(f *frame) unsafe.Pointer {
		p := newObject(rt)
		store(f, p)
		return p
	}
}

// appendSlice makes append of a slice or a string.
func (c *compiler) appendSlice(t *typ, n *code.Node) *expr {
	s, y, elem := c.expr(n.Kids[0]), c.expr(n.Kids[1]), c.e.elem(t)
	v, late := get[slice](s), isLate(n)
	if y.t.class == cString {
		w := get[string](y)
		return &expr{t: t, fn: func(f *frame) slice {
			var old slice
			if !late {
				old = v(f)
			}
			add := w(f)
			if late {
				old = v(f)
			}
			s := append(*(*[]byte)(unsafe.Pointer(&old)), add...)
			return *(*slice)(unsafe.Pointer(&s))
		}}
	}
	if b, ok := elem.builder().(sliceBuilder); ok {
		return &expr{t: t, fn: b.addSlice(s, y, late)}
	}
	w, size := get[slice](y), elem.size
	return &expr{t: t, fn: func(f *frame) slice {
		var s slice
		if !late {
			s = v(f)
		}
		add := w(f)
		if late {
			s = v(f)
		}
		if add.len == 0 {
			return s
		}
		n := s.len
		s = s.grow(elem, add.len)
		copySlice(elem.ptr, slice{unsafe.Add(s.ptr, uintptr(n)*size), add.len, add.len}, add)
		return s
	}}
}

func (builderOf[T]) addSlice(s, y *expr, late bool) func(*frame) slice {
	v, w := get[slice](s), get[slice](y)
	return func(f *frame) slice {
		var old slice
		if !late {
			old = v(f)
		}
		add := w(f)
		if late {
			old = v(f)
		}
		s := append(*(*[]T)(unsafe.Pointer(&old)), *(*[]T)(unsafe.Pointer(&add))...)
		return *(*slice)(unsafe.Pointer(&s))
	}
}

// copyExpr makes the builtin copy.
func (c *compiler) copyExpr(n *code.Node) func(*frame) int64 {
	dst, src := c.expr(n.Kids[0]), c.expr(n.Kids[1])
	elem := c.e.elem(dst.t)
	if src.t.class == cString {
		v, w := get[slice](dst), get[string](src)
		return func(f *frame) int64 {
			d := v(f)
			return int64(copy(*(*[]byte)(unsafe.Pointer(&d)), w(f)))
		}
	}
	if b, ok := elem.builder().(sliceBuilder); ok {
		return b.copy(dst, src)
	}
	v, w := get[slice](dst), get[slice](src)
	return func(f *frame) int64 {
		d := v(f)
		return int64(copySlice(elem.ptr, d, w(f)))
	}
}

func (builderOf[T]) copy(dst, src *expr) func(*frame) int64 {
	v, w := get[slice](dst), get[slice](src)
	return func(f *frame) int64 {
		d := v(f)
		s := w(f)
		return int64(copy(*(*[]T)(unsafe.Pointer(&d)), *(*[]T)(unsafe.Pointer(&s))))
	}
}
