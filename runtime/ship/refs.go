package ship

import (
	"reflect"
	"unsafe"
)

func (c *Codec) pointer(p *plan, to reflect.Type) {
	el := c.make(to)
	p.elem = el
	p.enc = func(e *encoder, q unsafe.Pointer) {
		at := *(*unsafe.Pointer)(q)
		if at == nil {
			e.byte(refNil)
		} else {
			e.variable(el, at)
		}
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		*(*unsafe.Pointer)(q) = d.variable(el)
	}
}

// variable writes a pointer that isn't nil.
func (e *encoder) variable(el *plan, at unsafe.Pointer) {
	if e.refer(at, el, one) {
		e.byte(refNew)
		e.push(el, at, one)
	}
}

func (d *decoder) variable(el *plan) unsafe.Pointer {
	switch ref := d.uint(); ref {
	case refNil:
		return nil
	case refNew:
		return d.object(el, nil, one, false)
	case refSegment:
		damaged("a pointer to a large slice")
		return nil
	case refInside:
		p, _ := d.inside(el, false)
		return p
	default:
		return d.old(ref, el, one).p
	}
}

func (c *Codec) slice(p *plan) {
	el := c.make(p.t.Elem())
	p.elem = el
	p.enc = func(e *encoder, q unsafe.Pointer) {
		s := *(*header)(q)
		switch {
		case s.data == nil:
			e.byte(refNil)
		case s.len == 0:
			e.byte(refNew)
			e.byte(0)
		case e.refer(s.data, el, s.len):
			if el.raw && s.len*int(el.size) >= large {
				e.byte(refSegment)
				e.uint(s.len)
				e.segment(s.data, s.len*int(el.size))
			} else {
				e.byte(refNew)
				e.uint(s.len)
				e.push(el, s.data, s.len)
			}
		}
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		reuse := d.reuse
		d.reuse = header{}
		var at unsafe.Pointer
		n := 0
		switch ref := d.uint(); ref {
		case refNil:
			*(*header)(q) = header{}
			return
		case refNew, refSegment:
			n = d.uint()
			switch {
			case n == 0:
				if at = reuse.data; at == nil {
					at = unsafe.Pointer(new(struct{}))
				}
			case n == reuse.len:
				at, d.used = reuse.data, true
				d.check(el, n, ref == refSegment)
				d.content(el, at, n, ref == refSegment)
			default:
				at = d.object(el, p.t, n, ref == refSegment)
			}
		case refInside:
			at, n = d.inside(el, true)
		default:
			o := d.old(ref, el, 0)
			at, n = o.p, o.n
		}
		*(*header)(q) = header{at, n, n}
	}
}

func (c *Codec) mapping(p *plan) {
	p.key, p.elem = c.make(p.t.Key()), c.make(p.t.Elem())
	p.enc = func(e *encoder, q unsafe.Pointer) {
		m := *(*unsafe.Pointer)(q)
		switch {
		case m == nil:
			e.byte(refNil)
		case e.refer(m, p, table):
			e.byte(refNew)
			n := reflect.NewAt(p.t, q).Elem().Len()
			e.uint(n)
			e.queue = append(e.queue, item{pl: p, p: m, n: table, at: e.at, count: n})
		}
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		ref := d.uint()
		switch ref {
		case refNil:
			*(*unsafe.Pointer)(q) = nil
			return
		case refNew:
		default:
			*(*unsafe.Pointer)(q) = d.old(ref, p, table).p
			return
		}
		n := d.uint()
		cost := p.key.min + p.elem.min
		if cost == 0 && n > 1 {
			damaged("a map with too many entries")
		}
		d.owe(times(cost, n))
		m := reflect.MakeMapWithSize(p.t, n)
		at := m.UnsafePointer()
		*(*unsafe.Pointer)(q) = at
		d.objs = append(d.objs, object{at, p, table})
		d.queue = append(d.queue, item{pl: p, p: at, n: table, count: n})
	}
}

// A pair has room for an entry of a map.
type pair struct {
	key, elem   reflect.Value
	keyP, elemP unsafe.Pointer
	iter        *reflect.MapIter
}

// pair returns room for an entry, which release gives back.
func (p *plan) pair() *pair {
	if x, ok := p.pairs.Get().(*pair); ok {
		return x
	}
	k, el := reflect.New(p.key.t), reflect.New(p.elem.t)
	return &pair{k.Elem(), el.Elem(), k.UnsafePointer(), el.UnsafePointer(), reflect.Zero(p.t).MapRange()}
}

func (p *plan) release(x *pair) {
	x.key.SetZero()
	x.elem.SetZero()
	x.iter.Reset(reflect.Value{})
	p.pairs.Put(x)
}

// entries writes what is in a map.
func (e *encoder) entries(it item) {
	pl := it.pl
	m := reflect.NewAt(pl.t, unsafe.Pointer(&it.p)).Elem()
	x := pl.pair()
	x.iter.Reset(m)
	n, up := 0, e.at
	for x.iter.Next() {
		x.key.SetIterKey(x.iter)
		x.elem.SetIterValue(x.iter)
		if n++; n > it.count {
			break
		}
		if e.traced {
			e.at = &step{up: up, label: keyLabel(x.key)}
		}
		e.keys++
		pl.key.enc(e, x.keyP)
		e.keys--
		pl.elem.enc(e, x.elemP)
	}
	e.at = up
	if n != it.count {
		e.fail(pl.t, "it was changed while it was written", "wait until nothing changes it, or keep a lock")
	}
	pl.release(x)
}

// entries reads what is in a map.
func (d *decoder) entries(it item) {
	pl := it.pl
	m := reflect.NewAt(pl.t, unsafe.Pointer(&it.p)).Elem()
	x := pl.pair()
	for range it.count {
		d.keys++
		pl.key.dec(d, x.keyP)
		d.keys--
		if pl.key.deep && !x.key.Comparable() {
			damaged("a map key that can't be one")
		}
		pl.elem.dec(d, x.elemP)
		m.SetMapIndex(x.key, x.elem)
	}
	pl.release(x)
}
