package ship

import (
	"cmp"
	"math/bits"
	"reflect"
	"slices"
	"sort"
	"unsafe"
)

// objects are the things that an encoder has met, by address and type. It is a hash table that is
// emptied without being touched.
type objects struct {
	slots []slot
	used  int
	gen   uint32

	// Which bytes of memory the objects have: whether they overlap is known at little cost.
	pages    []page
	paged    int
	newest   *page
	big      []extent // those of bigBytes or more
	overlaps bool
}

type slot struct {
	p   uintptr
	pl  *plan
	n   int
	id  uint32
	gen uint32
}

// A page says which bytes of 1 kB are of objects.
type page struct {
	number uintptr
	gen    uint32
	bytes  [16]uint64
}

const (
	pageShift = 10
	pageBytes = 1 << pageShift
	bigBytes  = 4 * pageBytes
)

// An extent is the memory of an object.
type extent struct {
	p, size uintptr
	pl      *plan
	n       int
}

func (o *objects) reset() {
	if o.used == 0 {
		return
	}
	if len(o.slots) > keepSlots {
		o.slots = nil
	}
	if len(o.pages) > keepPages {
		o.pages = nil
	}
	clear(o.big)
	o.used, o.paged, o.newest, o.big, o.overlaps = 0, 0, nil, o.big[:0], false
	if o.gen++; o.gen == 0 {
		o.slots, o.pages, o.gen = nil, nil, 1
	}
}

func scatter(x uintptr) uintptr { return uintptr(uint64(x) * 0x9E3779B97F4A7C15 >> 20) }

// find returns the number of an object.
func (o *objects) find(p unsafe.Pointer, pl *plan, n int) (id int, ok bool) {
	if o.used == 0 {
		return 0, false
	}
	mask := uintptr(len(o.slots) - 1)
	for i := scatter(uintptr(p)) & mask; ; i = (i + 1) & mask {
		s := &o.slots[i]
		if s.gen != o.gen {
			return 0, false
		}
		if s.p == uintptr(p) && s.pl == pl && s.n == n {
			return int(s.id), true
		}
	}
}

// add adds an object that isn't there.
func (o *objects) add(e *encoder, p unsafe.Pointer, pl *plan, n, id int) {
	if o.gen == 0 {
		o.gen = 1
	}
	if 2*o.used >= len(o.slots) {
		o.grow()
	}
	o.put(slot{uintptr(p), pl, n, uint32(id), o.gen})
	o.used++
	if n >= one && e.hosts == nil {
		o.mark(p, pl, n)
	}
}

func (o *objects) put(s slot) {
	mask := uintptr(len(o.slots) - 1)
	i := scatter(s.p) & mask
	for o.slots[i].gen == o.gen {
		i = (i + 1) & mask
	}
	o.slots[i] = s
}

func (o *objects) grow() {
	old := o.slots
	o.slots = make([]slot, max(16, 4*len(old)))
	for _, s := range old {
		if s.gen == o.gen {
			o.put(s)
		}
	}
}

// elements returns how many values the object is that has the count n.
func elements(n int) int {
	if n == one {
		return 1
	}
	return n
}

// extentOf returns the memory of a variable, or of n elements.
func extentOf(p uintptr, pl *plan, n int) extent {
	size := pl.size
	if n >= 0 {
		size *= uintptr(n)
	}
	return extent{p, size, pl, n}
}

// mark notes the memory of an object.
func (o *objects) mark(p unsafe.Pointer, pl *plan, n int) {
	x := extentOf(uintptr(p), pl, n)
	if x.size >= bigBytes {
		o.big = append(o.big, x)
		return
	}
	for at, end := x.p, x.p+x.size; at < end; {
		pg := o.page(at >> pageShift)
		for stop := min(end, (at|(pageBytes-1))+1); at < stop; {
			word, bit := at&(pageBytes-1)/64, at%64
			k := min(stop-at, 64-bit)
			m := ^uint64(0) >> (64 - k) << bit
			if pg.bytes[word]&m != 0 {
				o.overlaps = true
			}
			pg.bytes[word] |= m
			at += k
		}
	}
}

// page returns the page with a number.
func (o *objects) page(number uintptr) *page {
	if o.newest != nil && o.newest.number == number {
		return o.newest
	}
	if 2*o.paged >= len(o.pages) {
		old := o.pages
		o.pages = make([]page, max(8, 4*len(old)))
		for i := range old {
			if old[i].gen == o.gen {
				*o.pageSlot(old[i].number) = old[i]
			}
		}
	}
	pg := o.pageSlot(number)
	if pg.gen != o.gen {
		*pg = page{number: number, gen: o.gen}
		o.paged++
	}
	o.newest = pg
	return pg
}

func (o *objects) pageSlot(number uintptr) *page {
	mask := uintptr(len(o.pages) - 1)
	i := scatter(number<<4) & mask
	for o.pages[i].gen == o.gen && o.pages[i].number != number {
		i = (i + 1) & mask
	}
	return &o.pages[i]
}

// overlap reports whether objects may share memory.
func (o *objects) overlap() bool {
	if o.overlaps || len(o.big) == 0 {
		return o.overlaps
	}
	slices.SortFunc(o.big, func(a, b extent) int { return cmp.Compare(a.p, b.p) })
	for i := 1; i < len(o.big); i++ {
		if o.big[i-1].p+o.big[i-1].size > o.big[i].p {
			return true
		}
	}
	for i := range o.pages {
		pg := &o.pages[i]
		if pg.gen != o.gen {
			continue
		}
		low := pg.number << pageShift
		k := sort.Search(len(o.big), func(k int) bool { return o.big[k].p+o.big[k].size > low })
		if k == len(o.big) {
			continue
		}
		// Exactly those bytes count: a large object needn't begin with a page.
		for w, m := range pg.bytes {
			for ; m != 0; m &= m - 1 {
				at := low + uintptr(64*w+bits.TrailingZeros64(m))
				if b := o.big[k]; at >= b.p && at < b.p+b.size {
					return true
				}
			}
		}
	}
	return false
}

// A host is an object that others are in.
type host struct {
	extent
	guests bool
}

// hosts returns the objects that aren't in others, in the order of their addresses. Arrays that overlap make one.
func (o *objects) hosts() []host {
	var xs []extent
	for i := range o.slots {
		if s := &o.slots[i]; s.gen == o.gen && s.n >= one {
			if x := extentOf(s.p, s.pl, s.n); x.size > 0 {
				xs = append(xs, x)
			}
		}
	}
	slices.SortFunc(xs, func(a, b extent) int {
		return cmp.Or(cmp.Compare(a.p, b.p), cmp.Compare(b.size, a.size))
	})
	hs := []host{}
	for _, x := range xs {
		if len(hs) > 0 {
			h := &hs[len(hs)-1]
			end, hend := x.p+x.size, h.p+h.size
			switch {
			case x.p >= hend:
			case end <= hend && h.holds(x):
				h.guests = true
				continue
			case x.p == h.p && end == hend && (&host{extent: x}).holds(h.extent):
				h.extent, h.guests = x, true
				continue
			case end > hend && h.pl == x.pl && (x.p-h.p)%x.pl.size == 0:
				h.n, h.guests = int((end-h.p)/x.pl.size), true
				h.size = end - h.p
				continue
			default:
				continue // it can't be told what it is of the other: it arrives as a copy
			}
		}
		hs = append(hs, host{extent: x})
	}
	return slices.DeleteFunc(hs, func(h host) bool { return !h.guests })
}

// holds reports whether x is a part of the host that its type knows.
func (h *host) holds(x extent) bool {
	return holds(h.pl.t, elements(h.n), x.p-h.p, x.pl.t, elements(x.n))
}

// holds reports whether in count values of type t, off bytes from their begin, there are n values of type want.
func holds(t reflect.Type, count int, off uintptr, want reflect.Type, n int) bool {
	for {
		size := t.Size()
		if size == 0 || off/size >= uintptr(count) {
			return false
		}
		i := off / size
		if t == want && off%size == 0 && n <= count-int(i) {
			return true
		}
		off -= i * size
		switch t.Kind() {
		case reflect.Array:
			t, count = t.Elem(), t.Len()
		case reflect.Struct:
			k := sort.Search(t.NumField(), func(k int) bool { return t.Field(k).Offset > off }) - 1
			for k >= 0 && t.Field(k).Type.Size() == 0 {
				k--
			}
			if k < 0 {
				return false
			}
			f := t.Field(k)
			t, count, off = f.Type, 1, off-f.Offset
		default:
			return false
		}
	}
}

// inside writes a reference to a part of a host, if that is what the object is.
func (e *encoder) inside(p unsafe.Pointer, pl *plan, n int) bool {
	x := extentOf(uintptr(p), pl, n)
	k := sort.Search(len(e.hosts), func(k int) bool { return e.hosts[k].p+e.hosts[k].size > x.p })
	if k == len(e.hosts) {
		return false
	}
	h := &e.hosts[k]
	if x.p < h.p || x.size == 0 || h.pl == pl && h.n == n && h.p == x.p || !h.holds(x) {
		return false
	}
	at := unsafe.Add(p, -int(x.p-h.p))
	id, old := e.seen.find(at, h.pl, h.n)
	if !old && e.c.nameable(h.pl.t) != nil {
		return false // it can't be told what to make: this arrives as a copy
	}
	e.uint(refInside)
	if old {
		e.uint(id + refOld)
	} else {
		e.seen.add(e, at, h.pl, h.n, e.count)
		e.count++
		seg := h.n >= 0 && h.pl.raw && h.size >= large
		if seg {
			e.uint(refSegment)
		} else {
			e.uint(refNew)
		}
		e.typeRef(h.pl.t)
		e.uint(h.n + 1)
		if seg {
			e.segment(at, int(h.size))
		} else {
			e.push(h.pl, at, h.n)
		}
	}
	e.uint(int(x.p - h.p))
	if n >= 0 {
		e.uint(n)
	}
	return true
}
