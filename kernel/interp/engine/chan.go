package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// Channels are those of compiled Go. One of any type is used as a channel of the class of its elements: it
// knows itself what it holds. What has to wait does so in a real select, together with what the
// host may end it by.

// chanSend and chanReceive don't wait if nb is set.
//
//go:linkname chanSend reflect.chansend0
func chanSend(c, elem unsafe.Pointer, nb bool) (sent bool)

//go:linkname chanReceive reflect.chanrecv
func chanReceive(c unsafe.Pointer, nb bool, elem unsafe.Pointer) (done, ok bool)

// A chanBuilder makes the operations on channels with elements of a class.
type chanBuilder interface {
	receive(e *Engine, ch func(*frame) unsafe.Pointer) any
	receiveOK(e *Engine, ch func(*frame) unsafe.Pointer) tupleFunc
	send(e *Engine, ch func(*frame) unsafe.Pointer, x *expr) stmt
}

// T is the Go type of the class, C an element type of the same layout. They differ for pointers: a program that
// uses *chan unsafe.Pointer breaks reflect.ChanOf, which copies the descriptor of chan unsafe.Pointer with its link to that.
type chanOf[C, T any] struct{}

var chanBuilders = [...]chanBuilder{
	cBool: chanOf[bool, bool]{}, cInt8: chanOf[int8, int8]{}, cInt16: chanOf[int16, int16]{}, cInt32: chanOf[int32, int32]{}, cInt64: chanOf[int64, int64]{},
	cUint8: chanOf[uint8, uint8]{}, cUint16: chanOf[uint16, uint16]{}, cUint32: chanOf[uint32, uint32]{}, cUint64: chanOf[uint64, uint64]{},
	cFloat32: chanOf[float32, float32]{}, cFloat64: chanOf[float64, float64]{}, cComplex64: chanOf[complex64, complex64]{}, cComplex128: chanOf[complex128, complex128]{},
	cString: chanOf[string, string]{}, cSlice: chanOf[slice, slice]{}, cIface: chanOf[iface, iface]{}, cPtr: chanOf[*byte, unsafe.Pointer]{},
}

func (t *typ) chanBuilder() chanBuilder {
	if t.class == cMem {
		return chanOfMem{t}
	}
	return chanBuilders[t.class]
}

// chanExpr returns the channel that n is, and the type of its elements.
func (c *compiler) chanExpr(n *code.Node) (ch func(*frame) unsafe.Pointer, elem *typ) {
	x := c.expr(n)
	if x.t.kind != code.Chan {
		panic(fault("a %s is no channel", x.t))
	}
	return get[unsafe.Pointer](x), c.e.elem(x.t)
}

func (c *compiler) recv(t *typ, n *code.Node) *expr {
	ch, elem := c.chanExpr(n.Kids[0])
	if t.class == cTuple {
		if len(t.out) != 2 || t.out[0].class != elem.class || t.out[0].size != elem.size || t.out[1].class != cBool {
			panic(fault("a receive gives two values"))
		}
		return &expr{t: t, fn: elem.chanBuilder().receiveOK(c.e, ch)}
	}
	if t.class != elem.class || t.size != elem.size {
		panic(fault("a %s comes from a channel of %s", t, elem))
	}
	return &expr{t: t, fn: elem.chanBuilder().receive(c.e, ch)}
}

// chanStmt makes the statements about channels.
func (c *compiler) chanStmt(n *code.Node) stmt {
	switch n.Op {
	case code.Close:
		ch, _ := c.chanExpr(n.Kids[0])
		return func(f *frame) ctl {
			p := ch(f)
			close(*(*chan struct{})(unsafe.Pointer(&p)))
			return next
		}
	case code.Send:
		ch, elem := c.chanExpr(n.Kids[0])
		x := c.expr(n.Kids[1])
		if x.t.class != elem.class || x.t.size != elem.size {
			panic(fault("a %s is sent to a channel of %s", x.t, elem))
		}
		return elem.chanBuilder().send(c.e, ch, x)
	}
	return c.selectStmt(n)
}

func receive[T any](e *Engine, c chan T) (v T, ok bool) {
	select {
	case v, ok = <-c:
		return v, ok
	default:
	}
	done, exit := e.host.Done()
	p := *(*unsafe.Pointer)(unsafe.Pointer(&c))
	e.onTimer(p, 1)
	select {
	case v, ok = <-c:
		e.onTimer(p, -1)
	case <-done:
		e.onTimer(p, -1)
		exit()
	}
	return v, ok
}

func (chanOf[C, T]) receive(e *Engine, ch func(*frame) unsafe.Pointer) any {
	return func(f *frame) T {
		p := ch(f)
		v, _ := receive(e, *(*chan C)(unsafe.Pointer(&p)))
		return *(*T)(unsafe.Pointer(&v))
	}
}

func (chanOf[C, T]) receiveOK(e *Engine, ch func(*frame) unsafe.Pointer) tupleFunc {
	return func(f *frame, store func(*frame, int, unsafe.Pointer)) {
		p := ch(f)
		v, ok := receive(e, *(*chan C)(unsafe.Pointer(&p)))
		store(f, 0, unsafe.Pointer(&v))
		store(f, 1, unsafe.Pointer(&ok))
	}
}

func (chanOf[C, T]) send(e *Engine, ch func(*frame) unsafe.Pointer, x *expr) stmt {
	value := get[T](x)
	return func(f *frame) ctl {
		p := ch(f)
		w := value(f)
		c, v := *(*chan C)(unsafe.Pointer(&p)), *(*C)(unsafe.Pointer(&w))
		select {
		case c <- v:
			return next
		default:
		}
		done, exit := e.host.Done()
		select {
		case c <- v:
		case <-done:
			exit()
		}
		return next
	}
}

// chanOfMem makes the operations on channels of structs and arrays.
type chanOfMem struct{ t *typ }

// receive returns memory with the value.
func (b chanOfMem) value(e *Engine, c unsafe.Pointer) (p unsafe.Pointer, ok bool) {
	p = newObject(b.t.ptr)
	if c != nil {
		if done, ok := chanReceive(c, true, p); done {
			return p, ok
		}
	}
	_, ok = e.wait([]selectCase{{selectRecv, nil, c, p}})
	return p, ok
}

func (b chanOfMem) receive(e *Engine, ch func(*frame) unsafe.Pointer) any {
	rt := b.t.ptr
	return func(f *frame, to unsafe.Pointer) {
		p, _ := b.value(e, ch(f))
		typedMove(rt, to, p)
	}
}

func (b chanOfMem) receiveOK(e *Engine, ch func(*frame) unsafe.Pointer) tupleFunc {
	return func(f *frame, store func(*frame, int, unsafe.Pointer)) {
		p, ok := b.value(e, ch(f))
		store(f, 0, p)
		store(f, 1, unsafe.Pointer(&ok))
	}
}

func (b chanOfMem) send(e *Engine, ch func(*frame) unsafe.Pointer, x *expr) stmt {
	rt, store := b.t.ptr, b.t.builder().store(x)
	return func(f *frame) ctl {
		c, p := ch(f), newObject(rt)
		store(f, p)
		if c == nil || !chanSend(c, p, true) {
			e.wait([]selectCase{{selectSend, nil, c, p}})
		}
		return next
	}
}
