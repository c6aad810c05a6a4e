package ship

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"unsafe"
)

// A decoder reads one value. It does what an encoder does, in the same order.
type decoder struct {
	dsts []reflect.Value
	c    *Codec
	data []byte
	pos  int
	// owed is what the items in the queue take of the data at least.
	owed int
	in   Decoder
	segs int // read so far
	// texts are the segments that are strings, by number.
	texts map[int]string

	known []*plan
	objs  []object
	queue []item
	head  int
	top   int // how far the queue's memory was used
	depth int
	keys  int

	held  unsafe.Pointer // what an interface is to hold
	reuse header         // memory for the next slice, if it has its length
	used  bool           // reuse was
}

// An object is something that references may lead to.
type object struct {
	p  unsafe.Pointer
	pl *plan
	n  int
}

var decoders = sync.Pool{New: func() any { return &decoder{} }}

// finish reads into d.dsts and gives the decoder back.
func (d *decoder) finish(c *Codec, in Decoder) error {
	d.in = in
	err := d.decode(c)
	top := max(d.top, len(d.queue))
	clear(d.queue[:top])
	clear(d.objs)
	clear(d.known)
	clear(d.dsts)
	if cap(d.queue) > keepItems {
		d.queue = nil
	}
	if cap(d.objs) > keepItems {
		d.objs = nil
	}
	d.dsts, d.queue, d.objs, d.known = d.dsts[:0], d.queue[:0], d.objs[:0], d.known[:0]
	d.data, d.texts, d.in, d.held, d.reuse, d.used = nil, nil, Decoder{}, nil, header{}, false
	d.pos, d.owed, d.segs, d.head, d.top, d.depth, d.keys = 0, 0, 0, 0, 0, 0, 0
	decoders.Put(d)
	return err
}

// decode does the work.
func (d *decoder) decode(c *Codec) (err error) {
	dsts := d.dsts
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = f.error
		}
	}()
	d.c, d.data = c, d.in.Data
	if len(d.data) == 0 {
		damaged("there are none")
	}
	if v := d.byte(); v != version {
		failf("a value was written by another version of goherd (%d, not %d)", v, version)
	}
	if n := d.uint(); n != len(dsts) {
		failf("%d values were written, %d are to be read", n, len(dsts))
	}
	for i, dst := range dsts {
		if !dst.IsValid() {
			return errors.New("ship: there is no variable to read into")
		}
		t := dst.Type()
		pl := c.plan(t)
		var p unsafe.Pointer
		switch {
		case dst.CanAddr():
			p = unsafe.Pointer(dst.UnsafeAddr())
		case dst.Kind() == reflect.Slice:
			p = unsafe.Pointer(&header{dst.UnsafePointer(), dst.Len(), dst.Len()})
		default:
			return fmt.Errorf("ship: variable %d, of type %s, can't be set", i, t)
		}
		d.objs = append(d.objs, object{p, pl, one})
		if d.uint32() != pl.shape(c) {
			return fmt.Errorf("ship: value %d isn't of type %s, or %s has other fields in the process that wrote it", i, t, named(t))
		}
	}
	for i, dst := range dsts {
		fill := dst.Kind() == reflect.Slice && (len(dsts) == 1 || !dst.CanAddr())
		if fill {
			d.reuse, d.used = header{dst.UnsafePointer(), dst.Len(), dst.Len()}, false
		}
		o := d.objs[i]
		o.pl.dec(d, o.p)
		d.drain(0)
		if fill && !d.used && !dst.CanAddr() && (dst.Len() > 0 || (*header)(o.p).len > 0) {
			return fmt.Errorf("ship: %d elements can't be read into a slice of %d", (*header)(o.p).len, dst.Len())
		}
		d.reuse = header{}
	}
	if d.pos != len(d.data) {
		damaged("they go on after the value")
	}
	return nil
}

// named returns the type with a name that values of type t are made of.
func named(t reflect.Type) reflect.Type {
	for t.Name() == "" {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan:
			t = t.Elem()
		default:
			return t
		}
	}
	return t
}

// drain reads the contents that were queued from base on.
func (d *decoder) drain(base int) {
	for d.head < len(d.queue) {
		it := d.queue[d.head]
		d.head++
		if d.head == len(d.queue) {
			d.top = max(d.top, d.head)
			d.queue, d.head = d.queue[:base], base
		}
		switch {
		case it.n >= 0:
			d.owed -= times(it.pl.min, it.n)
			d.run(it.pl, it.p, it.n)
		case it.n == table:
			d.owed -= times(it.pl.key.min+it.pl.elem.min, it.count)
			d.entries(it)
		default:
			d.owed -= it.pl.min
			it.pl.dec(d, it.p)
		}
	}
}

// whole is the counterpart of an encoder's.
func (d *decoder) whole(f func()) {
	d.deeper()
	base, head, keys := len(d.queue), d.head, d.keys
	d.head, d.keys = base, 0
	f()
	d.drain(base)
	d.head, d.keys = head, keys
	d.depth--
}

func (d *decoder) deeper() {
	if d.depth++; d.depth > maxDepth {
		damaged("values in values without end")
	}
}

// owe notes that n bytes more are to come.
func (d *decoder) owe(n int) {
	if n > len(d.data)-d.pos-d.owed {
		damaged("they end too early")
	}
	d.owed += n
}

// take returns the next n bytes.
func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.data)-d.pos {
		damaged("they end too early")
	}
	b := d.data[d.pos : d.pos+n : d.pos+n]
	d.pos += n
	return b
}

func (d *decoder) byte() byte {
	if d.pos >= len(d.data) {
		damaged("they end too early")
	}
	b := d.data[d.pos]
	d.pos++
	return b
}

func (d *decoder) bool() bool {
	switch d.byte() {
	case 0:
		return false
	case 1:
		return true
	}
	damaged("a bool that is neither true nor false")
	return false
}

func (d *decoder) uint() int {
	if d.pos < len(d.data) {
		if b := d.data[d.pos]; b < 0x80 {
			d.pos++
			return int(b)
		}
	}
	v, n := binary.Uvarint(d.data[d.pos:])
	if n <= 0 || v > 1<<62 {
		damaged("a length")
	}
	d.pos += n
	return int(v)
}

func (d *decoder) uint32() uint32 { return binary.LittleEndian.Uint32(d.take(4)) }

// word reads 8 bytes to p.
func (d *decoder) word(p unsafe.Pointer) {
	*(*[8]byte)(p) = [8]byte(d.take(8))
}

// bytes reads n bytes to p.
func (d *decoder) bytes(p unsafe.Pointer, n int) {
	copy(unsafe.Slice((*byte)(p), n), d.take(n))
}

func (d *decoder) string() string {
	n := d.uint()
	if n&1 == 0 {
		return string(d.take(n >> 1))
	}
	i := d.uint()
	if s, ok := d.texts[i]; ok && len(s) == n>>1 {
		return s
	}
	if i != d.segs {
		damaged("the number of a large string")
	}
	d.room(n >> 1)
	b := make([]byte, n>>1)
	d.segment(unsafe.Pointer(unsafe.SliceData(b)), len(b))
	s := unsafe.String(unsafe.SliceData(b), len(b))
	if d.texts == nil {
		d.texts = map[int]string{}
	}
	d.texts[i] = s
	return s
}

func (d *decoder) text() string { return string(d.take(d.uint())) }

// room checks that the next segment has n bytes.
func (d *decoder) room(n int) {
	if d.segs >= len(d.in.Sizes) || d.in.Segment == nil || d.in.Sizes[d.segs] != int64(n) {
		damaged(fmt.Sprintf("large slice %d is missing or has another size", d.segs))
	}
}

// segment reads the next segment to p.
func (d *decoder) segment(p unsafe.Pointer, n int) {
	i := d.segs
	d.segs++
	if n == 0 {
		damaged("a large slice without elements")
	}
	if err := d.in.Segment(i, unsafe.Slice((*byte)(p), n)); err != nil {
		failf("a large slice can't be read: %w", err)
	}
}

// run reads n elements that follow each other.
func (d *decoder) run(pl *plan, p unsafe.Pointer, n int) {
	switch {
	case pl.raw:
		d.bytes(p, n*int(pl.size))
		if pl.flags {
			checkFlags(p, n)
		}
	case pl.min == 0:
	default:
		dec, size := pl.dec, pl.size
		for i := range n {
			dec(d, unsafe.Add(p, uintptr(i)*size))
		}
	}
}

// checkFlags fails if n bytes aren't those of bools.
func checkFlags(p unsafe.Pointer, n int) {
	for _, b := range unsafe.Slice((*byte)(p), n) {
		if b > 1 {
			// What was read is no value of its type.
			clear(unsafe.Slice((*byte)(p), n))
			damaged("a bool that is neither true nor false")
		}
	}
}

// old returns the object with a number, which must be what is expected; any count of elements is right for n = 0.
func (d *decoder) old(ref int, pl *plan, n int) object {
	if ref -= refOld; ref < 0 || ref >= len(d.objs) {
		damaged("a reference to nothing")
	}
	o := d.objs[ref]
	if o.pl != pl || o.n != n && (n != 0 || o.n < 0) {
		damaged("a reference to something else")
	}
	return o
}

// inside reads a reference to a part of an object: to a variable, or to n elements, which the bytes say then.
func (d *decoder) inside(pl *plan, elems bool) (p unsafe.Pointer, n int) {
	var o object
	switch ref := d.uint(); ref {
	case refNew, refSegment:
		t := d.typeRef()
		o = object{pl: d.c.plan(t), n: d.uint() - 1}
		o.p = d.object(o.pl, nil, o.n, ref == refSegment)
	default:
		if ref -= refOld; ref < 0 || ref >= len(d.objs) {
			damaged("a reference to nothing")
		}
		o = d.objs[ref]
	}
	off := d.uint()
	n = 1
	if elems {
		n = d.uint()
	}
	if o.n < one || n == 0 || !holds(o.pl.t, elements(o.n), uintptr(off), pl.t, n) {
		damaged("a reference to a part of something else")
	}
	return unsafe.Add(o.p, off), n
}

// object makes a new object, a variable or array, and queues its content. The type of slices of such elements may be
// given.
func (d *decoder) object(pl *plan, slice reflect.Type, n int, segment bool) unsafe.Pointer {
	var p unsafe.Pointer
	switch {
	case n == one && !segment:
		d.owe(pl.min)
		p = reflect.New(pl.t).UnsafePointer()
	case n >= 0:
		d.check(pl, n, segment)
		p = array(pl, slice, n)
	default:
		damaged("an object of an unknown sort")
	}
	d.content(pl, p, n, segment)
	return p
}

// check fails if the bytes that n elements take aren't there.
func (d *decoder) check(pl *plan, n int, segment bool) {
	switch {
	case !segment:
		d.owe(times(pl.min, n))
	case !pl.raw || pl.size == 0:
		damaged("a large slice of what isn't numbers")
	default:
		d.room(times(int(pl.size), n))
	}
}

// content gives an object a number and reads its content, now or later.
func (d *decoder) content(pl *plan, p unsafe.Pointer, n int, segment bool) {
	d.objs = append(d.objs, object{p, pl, n})
	if !segment {
		d.queue = append(d.queue, item{pl: pl, p: p, n: n})
		return
	}
	d.segment(p, n*int(pl.size))
	if pl.flags {
		checkFlags(p, n)
	}
}

// array allocates n elements.
func array(pl *plan, slice reflect.Type, n int) unsafe.Pointer {
	switch {
	case pl.size == 0:
		return unsafe.Pointer(new(struct{}))
	case pl.raw: // such memory has no pointers and is had for less
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, (n*int(pl.size)+7)/8)))
	case slice == nil:
		slice = reflect.SliceOf(pl.t)
	}
	return reflect.MakeSlice(slice, n, n).UnsafePointer()
}
