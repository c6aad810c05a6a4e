package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// containerExpr makes the builtins for slices, maps and channels.
func (c *compiler) containerExpr(t *typ, n *code.Node) *expr {
	switch n.Op {
	case code.MapIndex:
		return c.mapIndex(t, n)
	case code.MapLit:
		return c.mapLit(t, n)
	case code.MakeMap, code.MakeChan, code.MakeSlice:
		return c.makeExpr(t, n)
	case code.Len, code.Cap:
		return &expr{t: t, fn: c.length(n)}
	case code.Append:
		return c.appendExpr(t, n)
	case code.AppendSlice:
		return c.appendSlice(t, n)
	case code.Copy:
		return &expr{t: t, fn: c.copyExpr(n)}
	}
	panic(fault("unknown expression %d", n.Op))
}

// containerStmt makes statements about maps, and range over strings.
func (c *compiler) containerStmt(n *code.Node) stmt {
	switch n.Op {
	case code.MapSet:
		m := c.mapping(c.expr(n.Kids[0]))
		return m.set(c.expr(n.Kids[1]), c.expr(n.Kids[2]), n.Kids[2].Op == code.StructLit && independent(n.Kids[2]))
	case code.Delete:
		return c.remove(n)
	case code.Clear:
		return c.clear(n)
	case code.RangeMap:
		return c.rangeMap(n)
	case code.RangeString:
		return c.rangeString(n)
	}
	panic(fault("unknown statement %d", n.Op))
}

// makeExpr makes the builtin make. The runtime checks the sizes.
func (c *compiler) makeExpr(t *typ, n *code.Node) *expr {
	var size, capacity index
	if len(n.Kids) > 0 && n.Kids[0] != nil {
		size = c.index(c.expr(n.Kids[0]))
	} else {
		size.fn = func(*frame) int { return 0 }
	}
	count, rt := size.fn, t.ptr
	switch n.Op {
	case code.MakeMap:
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer { return makeMap(rt, count(f)) }}
	case code.MakeChan:
		return &expr{t: t, fn: func(f *frame) unsafe.Pointer { return makeChan(rt, count(f)) }}
	}
	elem := c.e.elem(t).ptr
	if len(n.Kids) < 2 || n.Kids[1] == nil {
		return &expr{t: t, fn: func(f *frame) slice {
			k := count(f)
			return slice{makeSlice(elem, k, k), k, k}
		}}
	}
	capacity = c.index(c.expr(n.Kids[1]))
	most := capacity.fn
	return &expr{t: t, fn: func(f *frame) slice {
		k, m := count(f), most(f)
		return slice{makeSlice(elem, k, m), k, m}
	}}
}

// length makes len and cap.
func (c *compiler) length(n *code.Node) func(*frame) int64 {
	x := c.expr(n.Kids[0])
	s := x.slot
	switch x.t.kind {
	case code.String:
		v := get[string](x)
		switch {
		case s != 0:
			return func(f *frame) int64 { return int64(len(*at[string](f, s))) }
		case x.addr != nil:
			a := x.addr
			return func(f *frame) int64 { return int64(len(*(*string)(a(f)))) }
		}
		return func(f *frame) int64 { return int64(len(v(f))) }
	case code.Slice:
		v := get[slice](x)
		switch {
		case n.Op == code.Cap:
			return func(f *frame) int64 { return int64(v(f).cap) }
		case s != 0:
			return func(f *frame) int64 { return int64(at[slice](f, s).len) }
		case x.fixed != nil:
			p := (*slice)(x.fixed)
			return func(*frame) int64 { return int64(p.len) }
		case x.addr != nil:
			a := x.addr
			return func(f *frame) int64 { return int64((*slice)(a(f)).len) }
		}
		return func(f *frame) int64 { return int64(v(f).len) }
	case code.Array:
		k := int64(x.t.rt.Len())
		v := x.t.builder().discard(x)
		if !calls(n.Kids[0]) {
			return func(*frame) int64 { return k }
		}
		return func(f *frame) int64 { v(f); return k }
	case code.Pointer:
		k, v := int64(x.t.rt.Elem().Len()), get[unsafe.Pointer](x)
		return func(f *frame) int64 { v(f); return k }
	case code.Map:
		v := get[unsafe.Pointer](x)
		return func(f *frame) int64 { return int64(mapLen(v(f))) }
	case code.Chan:
		v := get[unsafe.Pointer](x)
		if n.Op == code.Cap {
			return func(f *frame) int64 { return int64(chanCap(v(f))) }
		}
		return func(f *frame) int64 { return int64(chanLen(v(f))) }
	}
	panic(fault("the length of a %s", x.t))
}

// clear makes the builtin clear.
func (c *compiler) clear(n *code.Node) stmt {
	x := c.expr(n.Kids[0])
	if x.t.kind == code.Map {
		v, rt := get[unsafe.Pointer](x), x.t.ptr
		return func(f *frame) ctl { mapClear(rt, v(f)); return next }
	}
	v, elem := get[slice](x), c.e.elem(x.t).ptr
	return func(f *frame) ctl {
		if s := v(f); s.len > 0 {
			clearSlice(elem, s.ptr, s.len)
		}
		return next
	}
}

// rangeString runs the body for each character.
func (c *compiler) rangeString(n *code.Node) stmt {
	v, body, label, stop := get[string](c.expr(n.Kids[0])), c.stmt(n.Kids[1]), n.B, &c.e.Stop
	index, char := c.rangeSlots(n)
	return func(f *frame) ctl {
		for i, r := range v(f) {
			if index != 0 {
				*at[int](f, index) = i
			}
			if char != 0 {
				*at[rune](f, char) = r
			}
			if k := body(f); k != next {
				if stop, out := loopCtl(k, label); stop {
					return out
				}
			}
			if stop.Load() != 0 {
				f.th.check()
			}
		}
		return next
	}
}
