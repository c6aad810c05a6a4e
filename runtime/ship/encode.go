package ship

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strconv"
	"sync"
	"unsafe"
)

// version is the first byte of what is written.
const version = 1

// large is how many bytes make a slice or a string a segment.
const large = 64 << 10

// How a reference begins: nil, one of these, or the number of the object + refOld.
const (
	refNil     = iota
	refNew     // the object is the next
	refSegment // it is, and its content is a segment
	refInside  // it is in another
	refOld
)

// What the count of an item or object says if it isn't that of the elements of an array.
const (
	one   = -1 - iota // a variable
	table             // a map
	box               // what an interface holds
	fn                // a func value
)

// What encoders and decoders keep for the next value.
const (
	keepBytes = 4 << 10
	keepItems = 16 << 10
	keepSlots = 64 << 10
	keepPages = 8 << 10
)

// maxDepth bounds what must be written one in the other.
const maxDepth = 10000

// An item is content that is yet to be written: n elements at p, or as the constants say.
type item struct {
	pl *plan
	p  unsafe.Pointer
	n  int
	at *step
	// count is that of the entries of a map.
	count int
}

// An encoder writes one value.
//
// What a value refers to isn't written in place but queued, so that long lists don't need a deep stack.
// References number the objects in the order in which they come up; the decoder counts with.
type encoder struct {
	vars  []Variable
	roots []root
	c     *Codec
	buf   []byte
	segs  [][]byte
	// texts are the segments that are strings.
	texts        map[*byte]int
	types, funcs []int32

	known []*plan // types that were named
	index map[*plan]int
	last  int // of known

	seen  objects
	count int
	queue []item
	head  int // of what is next in queue
	top   int // how far the queue's memory was used
	depth int
	keys  int // > 0: in a map key, where all is written in place

	waiting []Pending
	keep    []any // so that no address comes up twice

	held   unsafe.Pointer // what an interface holds
	hosts  []host         // what objects are in, if that matters
	traced bool
	at     *step // where we are, if traced
}

var encoders = sync.Pool{New: func() any { return &encoder{} }}

// finish writes e.vars and gives the encoder back.
func (e *encoder) finish(c *Codec) (Encoded, error) {
	out, err := e.encode(c, nil, false)
	if err == nil && e.seen.overlap() {
		hosts := e.seen.hosts()
		e.reset()
		out, err = e.encode(c, hosts, false)
	}
	if failed, ok := err.(*Error); ok {
		// Again, to see where it is.
		e.reset()
		out, err = e.encode(c, nil, true)
		if err == nil {
			err = failed // it was changed meanwhile
		}
	}
	e.reset()
	clear(e.vars)
	e.vars = e.vars[:0]
	encoders.Put(e)
	return out, err
}

// reset makes the encoder ready for another attempt.
func (e *encoder) reset() {
	top := max(e.top, len(e.queue))
	clear(e.queue[:top])
	clear(e.known)
	clear(e.roots)
	if cap(e.queue) > keepItems {
		e.queue = nil
	}
	if cap(e.buf) > keepBytes {
		e.buf = nil
	}
	e.seen.reset()
	e.buf, e.queue, e.known, e.roots = e.buf[:0], e.queue[:0], e.known[:0], e.roots[:0]
	// Field by field: a word that is nil costs less to set than the whole to copy.
	e.segs, e.texts, e.types, e.funcs, e.index, e.waiting, e.keep, e.hosts = nil, nil, nil, nil, nil, nil, nil, nil
	e.last, e.count, e.head, e.top, e.depth, e.keys = 0, 0, 0, 0, 0, 0
	e.held, e.at, e.traced = nil, nil, false
}

// encode does the work.
func (e *encoder) encode(c *Codec, hosts []host, traced bool) (out Encoded, err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			out, err = Encoded{}, failed
		}
	}()
	e.c, e.hosts, e.traced = c, hosts, traced
	for i := range e.vars {
		v := &e.vars[i]
		if !v.Value.IsValid() {
			return Encoded{}, errors.New("ship: there is no value to write")
		}
		pl := c.plan(v.Value.Type())
		addr := v.Value.CanAddr()
		if !addr && !v.Value.CanInterface() {
			return Encoded{}, errors.New("ship: a value that was reached through an unexported field can't be written")
		}
		r := root{pl, address(v.Value)}
		if addr {
			e.seen.add(e, r.p, pl, one, e.count)
		}
		e.count++
		e.roots = append(e.roots, r)
	}
	if len(e.roots) == 0 {
		return Encoded{}, errors.New("ship: there is nothing to write")
	}
	if hint := int(e.roots[0].pl.hint.Load()); hint > cap(e.buf) {
		e.buf = make([]byte, 0, hint)
	}
	e.buf = append(e.buf, version)
	e.uint(len(e.roots))
	for i := range e.roots {
		e.uint32(e.roots[i].pl.shape(c))
	}
	for i := range e.roots {
		r := &e.roots[i]
		if traced {
			e.at = &step{label: e.vars[i].Name}
		}
		r.pl.enc(e, r.p)
		e.drain(0)
	}
	if len(e.waiting) > 0 {
		return Encoded{}, &Waiting{On: e.waiting}
	}
	out = Encoded{Data: e.buf, Segments: e.segs, Types: e.types, Funcs: e.funcs}
	if len(e.buf) <= keepBytes {
		out.Data = append(make([]byte, 0, len(e.buf)), e.buf...)
	} else {
		e.roots[0].pl.hint.Store(int64(len(e.buf) + len(e.buf)/8))
		e.buf = nil
	}
	return out, nil
}

// A root is a variable that is written.
type root struct {
	pl *plan
	p  unsafe.Pointer
}

// drain writes what was queued from base on.
func (e *encoder) drain(base int) {
	for e.head < len(e.queue) {
		it := e.queue[e.head]
		e.head++
		if e.head == len(e.queue) {
			e.top = max(e.top, e.head)
			e.queue, e.head = e.queue[:base], base
		}
		e.at = it.at
		switch {
		case it.n >= 0:
			e.run(it.pl, it.p, it.n)
		case it.n == table:
			e.entries(it)
		default:
			it.pl.enc(e, it.p)
		}
	}
}

// whole calls f and writes what that queues at once: then a decoder has all of it when it has read it.
func (e *encoder) whole(f func()) {
	e.deeper()
	base, head, keys := len(e.queue), e.head, e.keys
	e.head, e.keys = base, 0
	up := e.at
	f()
	e.drain(base)
	e.head, e.keys, e.at = head, keys, up
	e.depth--
}

// deeper counts what is written in place; the caller counts back.
func (e *encoder) deeper() {
	if e.depth++; e.depth > maxDepth {
		e.fail(anyType, "it holds values in values more than "+strconv.Itoa(maxDepth)+" deep", "use pointers")
	}
}

// fail ends the encoding: a value can't travel.
func (e *encoder) fail(t reflect.Type, why, fix string) {
	e.refuse(&Error{Type: t, Why: why, Fix: fix})
}

// refuse is fail with an error that says all but where.
func (e *encoder) refuse(err *Error) {
	if e.traced {
		var f *Func
		if err.Path, f = e.at.path(); f != nil {
			err.Func, err.Place = f.Name, f.Place
		}
	}
	panic(err)
}

func (e *encoder) byte(b byte) { e.buf = append(e.buf, b) }

func (e *encoder) uint(n int) { e.buf = binary.AppendUvarint(e.buf, uint64(n)) }

func (e *encoder) uint32(n uint32) { e.buf = binary.LittleEndian.AppendUint32(e.buf, n) }

// word writes the 8 bytes at p.
func (e *encoder) word(p unsafe.Pointer) {
	e.buf = append(e.buf, (*[8]byte)(p)[:]...)
}

// bytes writes the n bytes at p.
func (e *encoder) bytes(p unsafe.Pointer, n int) {
	e.buf = append(e.buf, unsafe.Slice((*byte)(p), n)...)
}

// string writes a length and the bytes, or the number of a segment.
func (e *encoder) string(s string) {
	if len(s) < large {
		e.uint(len(s) << 1)
		e.buf = append(e.buf, s...)
		return
	}
	e.uint(len(s)<<1 | 1)
	p := unsafe.StringData(s)
	i, ok := e.texts[p]
	if !ok || len(e.segs[i]) != len(s) {
		if i = e.segment(unsafe.Pointer(p), len(s)); e.texts == nil {
			e.texts = map[*byte]int{}
		}
		e.texts[p] = i
	}
	e.uint(i)
}

// text writes a short string.
func (e *encoder) text(s string) {
	e.uint(len(s))
	e.buf = append(e.buf, s...)
}

func (e *encoder) segment(p unsafe.Pointer, n int) int {
	e.segs = append(e.segs, unsafe.Slice((*byte)(p), n))
	return len(e.segs) - 1
}

// run writes n elements that follow each other.
func (e *encoder) run(pl *plan, p unsafe.Pointer, n int) {
	switch {
	case pl.raw:
		e.bytes(p, n*int(pl.size))
	case pl.min == 0:
	case e.traced:
		up := e.at
		for i := range n {
			e.at = &step{up: up, label: "[" + strconv.Itoa(i) + "]"}
			pl.enc(e, unsafe.Add(p, uintptr(i)*pl.size))
		}
		e.at = up
	default:
		enc, size := pl.enc, pl.size
		for i := range n {
			enc(e, unsafe.Add(p, uintptr(i)*size))
		}
	}
}

// push queues the content of an object.
func (e *encoder) push(pl *plan, p unsafe.Pointer, n int) {
	e.queue = append(e.queue, item{pl: pl, p: p, n: n, at: e.at})
}

// refer writes a reference to an object and reports whether its content is yet to be written: then
// the caller does what has to be done for that.
func (e *encoder) refer(p unsafe.Pointer, pl *plan, n int) (first bool) {
	id, old := e.seen.find(p, pl, n)
	if old {
		e.uint(id + refOld)
		return false
	}
	if e.hosts != nil && n >= one && e.inside(p, pl, n) {
		return false
	}
	e.seen.add(e, p, pl, n, e.count)
	e.count++
	return true
}
