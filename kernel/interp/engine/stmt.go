package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
)

// stmt makes a statement. A missing one does nothing.
func (c *compiler) stmt(n *code.Node) stmt {
	if n == nil {
		return func(*frame) ctl { return next }
	}
	switch n.Op {
	case code.Block:
		return c.block(n)
	case code.Eval:
		return c.eval(n.Kids[0])
	case code.Assign:
		return c.assign(n)
	case code.Update:
		return c.update(n)
	case code.Unpack:
		return c.unpack(n)
	case code.MapSet, code.Delete, code.Clear, code.RangeMap, code.RangeString:
		return c.containerStmt(n)
	case code.Send, code.Close, code.Select:
		return c.chanStmt(n)
	case code.If:
		return c.ifStmt(n)
	case code.For:
		return c.forStmt(n)
	case code.RangeInt:
		return c.rangeInt(n)
	case code.RangeSlice:
		return c.rangeSlice(n)
	case code.Switch:
		return c.switchStmt(n)
	case code.Break:
		k := jump(toBreak, n.A)
		return func(*frame) ctl { return k }
	case code.Continue:
		k := jump(toCont, n.A)
		return func(*frame) ctl { return k }
	case code.Goto:
		k := jump(toGoto, n.A)
		stop := &c.e.Stop
		return func(f *frame) ctl {
			if stop.Load() != 0 { // it may lead backwards
				f.th.check()
			}
			return k
		}
	case code.Label:
		return func(*frame) ctl { return next }
	case code.Return:
		return c.returnStmt(n)
	case code.Go:
		return c.goStmt(n)
	case code.Defer:
		return c.deferStmt(n)
	case code.Panic:
		return c.panicStmt(n)
	case code.Print:
		return c.print(n)
	case code.Result, code.Describe:
		return c.result(n)
	}
	panic(fault("unknown statement %d", n.Op))
}

// loopCtl says what the end of a loop's body, or of a switch's, with label means: whether the loop
// stops, and what is then passed on.
func loopCtl(k ctl, label int64) (stop bool, out ctl) {
	switch k {
	case next, jump(toCont, label):
		return false, next
	case jump(toBreak, label):
		return true, next
	}
	return true, k
}

func (c *compiler) block(n *code.Node) stmt {
	type step struct {
		pos link.Stamp
		s   stmt
	}
	var steps []step
	labels := map[ctl]int{}
	for _, k := range n.Kids {
		if k == nil {
			continue
		}
		if k.Op == code.Label {
			labels[jump(toGoto, k.A)] = len(steps)
			continue
		}
		pos := k.Pos.Stamp()
		if pos == 0 && len(steps) > 0 {
			pos = steps[len(steps)-1].pos
		}
		steps = append(steps, step{pos, c.stmt(k)})
	}
	if len(labels) > 0 {
		return func(f *frame) ctl {
			for i := 0; i < len(steps); i++ {
				f.pos = steps[i].pos
				if k := steps[i].s(f); k != next {
					at, ok := labels[k]
					if !ok {
						return k
					}
					i = at - 1
				}
			}
			return next
		}
	}
	switch len(steps) {
	case 0:
		return func(*frame) ctl { return next }
	case 1:
		s0, p0 := steps[0].s, steps[0].pos
		return func(f *frame) ctl {
			f.pos = p0
			return s0(f)
		}
	case 2:
		s0, p0, s1, p1 := steps[0].s, steps[0].pos, steps[1].s, steps[1].pos
		return func(f *frame) ctl {
			f.pos = p0
			if k := s0(f); k != next {
				return k
			}
			f.pos = p1
			return s1(f)
		}
	case 3:
		s0, p0, s1, p1, s2, p2 := steps[0].s, steps[0].pos, steps[1].s, steps[1].pos, steps[2].s, steps[2].pos
		return func(f *frame) ctl {
			f.pos = p0
			if k := s0(f); k != next {
				return k
			}
			f.pos = p1
			if k := s1(f); k != next {
				return k
			}
			f.pos = p2
			return s2(f)
		}
	}
	return func(f *frame) ctl {
		for i := range steps {
			f.pos = steps[i].pos
			if k := steps[i].s(f); k != next {
				return k
			}
		}
		return next
	}
}

// eval makes an expression whose value nobody wants.
func (c *compiler) eval(n *code.Node) stmt {
	switch n.Op {
	case code.CallFunc, code.CallValue, code.CallIface:
		return c.callee(n).stmt()
	}
	x := c.expr(n)
	switch x.t.class {
	case cNone:
		return x.fn.(stmt)
	case cTuple:
		v := x.fn.(tupleFunc)
		return func(f *frame) ctl {
			v(f, func(*frame, int, unsafe.Pointer) {})
			return next
		}
	}
	return x.t.builder().discard(x)
}

// calls reports whether evaluating n may run other code of the session.
func calls(n *code.Node) bool {
	if n == nil {
		return false
	}
	switch n.Op {
	case code.CallFunc, code.CallValue, code.CallExtern, code.CallMethod, code.CallIface, code.Recv, code.Seq, code.Intrinsic:
		return true
	}
	for _, k := range n.Kids {
		if calls(k) {
			return true
		}
	}
	return false
}

// assign stores a value. As compiled code does, it looks where to after the value is
// there, unless finding the place runs code itself.
func (c *compiler) assign(n *code.Node) stmt {
	to, x := c.expr(n.Kids[0]), c.expr(n.Kids[1])
	if to.t.class != x.t.class || to.t.size != x.t.size {
		panic(fault("a %s is assigned to a %s", x.t, to.t))
	}
	if to.t.class == cMem && isDirect(n.Kids[0], n.Kids[1]) {
		return direct(to.place(), x)
	}
	b := to.t.builder()
	if to.slot != 0 {
		return b.set(to.slot, x)
	}
	if to.put != nil && !calls(n.Kids[0]) && !calls(n.Kids[1]) {
		return to.put(x)
	}
	if calls(n.Kids[0]) || to.t.class == cMem && !calls(n.Kids[1]) {
		return b.assign(to.place(), x)
	}
	return b.assignLate(to.place(), x)
}

func (b builderOf[T]) assignLate(a func(*frame) unsafe.Pointer, x *expr) stmt {
	if x.slot != 0 || x.konst {
		return b.assign(a, x)
	}
	v := get[T](x)
	return func(f *frame) ctl { w := v(f); *(*T)(a(f)) = w; return next }
}

func (b memBuilder) assignLate(a func(*frame) unsafe.Pointer, x *expr) stmt {
	v, rt := memOf(x), b.t.ptr
	return func(f *frame) ctl {
		tmp := newObject(rt)
		v(f, tmp)
		typedMove(rt, touch(a(f)), tmp)
		return next
	}
}

// unpack stores the values of a call in slots.
func (c *compiler) unpack(n *code.Node) stmt {
	x := c.expr(n.Kids[len(n.Kids)-1])
	if x.t.class != cTuple || len(n.Ints) != len(x.t.out) {
		panic(fault("%d variables for the values of a %s", len(n.Ints), x.t))
	}
	v := x.fn.(tupleFunc)
	moves := make([]func(f *frame, p unsafe.Pointer), len(n.Ints))
	for i, s := range n.Ints {
		if s < 0 {
			moves[i] = func(*frame, unsafe.Pointer) {}
			continue
		}
		off, t := c.offs[s], c.slots[s]
		if t.class != x.t.out[i].class || t.size != x.t.out[i].size {
			panic(fault("value %d of a call is a %s, its variable a %s", i, x.t.out[i], t))
		}
		move := t.mover()
		moves[i] = func(f *frame, p unsafe.Pointer) { move(unsafe.Add(unsafe.Pointer(f), off), p) }
	}
	return func(f *frame) ctl {
		v(f, func(f *frame, i int, p unsafe.Pointer) { moves[i](f, p) })
		return next
	}
}

// mover returns what copies a value of the type in memory.
func (t *typ) mover() func(dst, src unsafe.Pointer) { return t.builder().mover() }

func (builderOf[T]) mover() func(dst, src unsafe.Pointer) {
	return func(dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) }
}

func (b memBuilder) mover() func(dst, src unsafe.Pointer) {
	rt := b.t.ptr
	return func(dst, src unsafe.Pointer) { typedMove(rt, dst, src) }
}

func (c *compiler) ifStmt(n *code.Node) stmt {
	cond, then := get[bool](c.expr(n.Kids[0])), c.stmt(n.Kids[1])
	if len(n.Kids) < 3 || n.Kids[2] == nil {
		return func(f *frame) ctl {
			if cond(f) {
				return then(f)
			}
			return next
		}
	}
	other := c.stmt(n.Kids[2])
	return func(f *frame) ctl {
		if cond(f) {
			return then(f)
		}
		return other(f)
	}
}

func (c *compiler) forStmt(n *code.Node) stmt {
	brk, cont := jump(toBreak, n.A), jump(toCont, n.A)
	stop, pos := &c.e.Stop, n.Pos.Stamp()
	body := c.stmt(n.Kids[1])
	var cond func(*frame) bool
	if n.Kids[0] != nil {
		cond = get[bool](c.expr(n.Kids[0]))
	} else {
		cond = func(*frame) bool { return true }
	}
	var post stmt
	if len(n.Kids) > 2 && n.Kids[2] != nil {
		post = c.stmt(n.Kids[2])
	} else {
		post = func(*frame) ctl { return next }
	}
	return func(f *frame) ctl {
		for cond(f) {
			if k := body(f); k != next && k != cont {
				if k == brk {
					return next
				}
				return k
			}
			f.pos = pos
			post(f)
			if stop.Load() != 0 {
				f.th.check()
			}
		}
		return next
	}
}

func (c *compiler) rangeInt(n *code.Node) stmt {
	x, body := c.expr(n.Kids[0]), c.stmt(n.Kids[1])
	off := c.offs[n.A]
	switch x.t.class {
	case cInt8:
		return rangeInt[int8](c, off, x, body, n.B)
	case cInt16:
		return rangeInt[int16](c, off, x, body, n.B)
	case cInt32:
		return rangeInt[int32](c, off, x, body, n.B)
	case cInt64:
		return rangeInt[int64](c, off, x, body, n.B)
	case cUint8:
		return rangeInt[uint8](c, off, x, body, n.B)
	case cUint16:
		return rangeInt[uint16](c, off, x, body, n.B)
	case cUint32:
		return rangeInt[uint32](c, off, x, body, n.B)
	case cUint64:
		return rangeInt[uint64](c, off, x, body, n.B)
	}
	panic(fault("range over a %s", x.t))
}

func rangeInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](c *compiler, off uintptr, x *expr, body stmt, label int64) stmt {
	limit := get[T](x)
	brk, cont, stop := jump(toBreak, label), jump(toCont, label), &c.e.Stop
	return func(f *frame) ctl {
		n := limit(f)
		for i := T(0); i < n; i++ {
			*at[T](f, off) = i
			if k := body(f); k != next && k != cont {
				if k == brk {
					return next
				}
				return k
			}
			if stop.Load() != 0 {
				f.th.check()
			}
		}
		return next
	}
}

func (c *compiler) rangeSlice(n *code.Node) stmt {
	x, body := c.expr(n.Kids[0]), c.stmt(n.Kids[1])
	s := get[slice](x)
	elem := c.e.elem(x.t)
	size, move := elem.size, elem.mover()
	index, value := n.Ints[0], int64(-1)
	if len(n.Ints) > 1 {
		value = n.Ints[1]
	}
	var indexOff, valueOff uintptr
	if index >= 0 {
		indexOff = c.offs[index]
	}
	if value >= 0 {
		valueOff = c.offs[value]
	}
	brk, cont, stop := jump(toBreak, n.B), jump(toCont, n.B), &c.e.Stop
	return func(f *frame) ctl {
		s := s(f)
		for i := range s.len {
			if indexOff != 0 {
				*at[int](f, indexOff) = i
			}
			if valueOff != 0 {
				move(unsafe.Add(unsafe.Pointer(f), valueOff), unsafe.Add(s.ptr, uintptr(i)*size))
			}
			if k := body(f); k != next && k != cont {
				if k == brk {
					return next
				}
				return k
			}
			if stop.Load() != 0 {
				f.th.check()
			}
		}
		return next
	}
}

func (c *compiler) switchStmt(n *code.Node) stmt {
	type clause struct {
		conds   []func(*frame) bool
		body    stmt
		through bool
	}
	clauses := make([]clause, len(n.Kids))
	byDefault := -1
	for i, k := range n.Kids {
		cl := &clauses[i]
		cl.body, cl.through = c.stmt(k.Kids[0]), k.A == 1
		for _, cond := range k.Kids[1:] {
			cl.conds = append(cl.conds, get[bool](c.expr(cond)))
		}
		if k.B == 1 {
			byDefault = i
		}
	}
	brk := jump(toBreak, n.A)
	return func(f *frame) ctl {
		chosen := byDefault
	find:
		for i := range clauses {
			for _, cond := range clauses[i].conds {
				if cond(f) {
					chosen = i
					break find
				}
			}
		}
		if chosen < 0 {
			return next
		}
		for {
			k := clauses[chosen].body(f)
			if k != next {
				if k == brk {
					return next
				}
				return k
			}
			if !clauses[chosen].through {
				return next
			}
			chosen++
		}
	}
}

// returnStmt stores the results and leaves. Several are evaluated before the first
// is stored if one of them may read a result.
func (c *compiler) returnStmt(n *code.Node) stmt {
	if len(n.Kids) == 0 {
		return func(*frame) ctl { return leave }
	}
	if len(n.Kids) != c.im.numOut {
		panic(fault("%s returns %d values", c.im.name, len(n.Kids)))
	}
	xs := make([]*expr, len(n.Kids))
	apart := false
	for i, k := range n.Kids {
		xs[i] = c.expr(k)
		if want := c.slots[c.im.numIn+i]; xs[i].t.class != want.class || xs[i].t.size != want.size {
			panic(fault("%s returns a %s for a %s", c.im.name, xs[i].t, want))
		}
		apart = apart || len(n.Kids) > 1 && (c.readsResult(k) || len(c.im.cells) > 0)
	}
	if len(xs) == 1 {
		b := xs[0].t.builder()
		var set stmt
		if cell := c.cellOf(0); cell != 0 {
			set = b.assignLate(func(f *frame) unsafe.Pointer { return *at[unsafe.Pointer](f, cell) }, xs[0])
		} else {
			set = b.set(c.im.out[0], xs[0])
		}
		return func(f *frame) ctl { set(f); return leave }
	}
	stores := make([]storer, len(xs))
	for i, x := range xs {
		stores[i] = x.t.builder().store(x)
	}
	out := c.im.out
	if !apart {
		return func(f *frame) ctl {
			for i, s := range stores {
				s(f, unsafe.Add(unsafe.Pointer(f), out[i]))
			}
			return leave
		}
	}
	block, offs := c.fnSig.block, c.fnSig.outOff
	moves := make([]func(dst, src unsafe.Pointer), len(xs))
	cells := make([]uintptr, len(xs))
	for i, x := range xs {
		moves[i], cells[i] = x.t.mover(), c.cellOf(i)
	}
	return func(f *frame) ctl {
		tmp := newObject(block)
		for i, s := range stores {
			s(f, unsafe.Add(tmp, offs[i]))
		}
		for i, move := range moves {
			to := unsafe.Add(unsafe.Pointer(f), out[i])
			if cells[i] != 0 {
				to = *at[unsafe.Pointer](f, cells[i])
			}
			move(to, unsafe.Add(tmp, offs[i]))
		}
		return leave
	}
}

// cellOf returns the slot with the pointer to where result i is, 0 if it is in its slot.
func (c *compiler) cellOf(i int) uintptr {
	if i < len(c.fn.Cells) && c.fn.Cells[i] != 0 {
		return c.offs[c.fn.Cells[i]]
	}
	return 0
}

// readsResult reports whether evaluating n reads a result's slot.
func (c *compiler) readsResult(n *code.Node) bool {
	if n == nil {
		return false
	}
	if i := int(n.A); n.Op == code.Local && i >= c.im.numIn && i < c.im.numIn+c.im.numOut {
		return true
	}
	for _, k := range n.Kids {
		if c.readsResult(k) {
			return true
		}
	}
	return false
}
