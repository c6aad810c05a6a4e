package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A mapping is a map expression as the compiler needs it.
type mapping struct {
	m    func(*frame) unsafe.Pointer
	rt   unsafe.Pointer
	key  *typ
	elem *typ
	hash hash
}

// A hash says which of the runtime's functions serve a map.
type hash uint8

const (
	anyHash    hash = iota // the key is passed by pointer
	hash32                 // keys are integers of 4 bytes
	hash64                 // of 8 bytes
	hashString             // strings
)

// maxFast is the size of the largest elements that the functions for special keys can handle.
const maxFast = 128

func (c *compiler) mapping(x *expr) mapping {
	m := mapping{m: get[unsafe.Pointer](x), rt: x.t.ptr}
	if x.t.kind != code.Map {
		panic(fault("a %s is no map", x.t))
	}
	m.key, m.elem = c.e.typeOf(x.t.rt.Key()), c.e.typeOf(x.t.rt.Elem())
	if m.elem.size > maxFast {
		return m
	}
	switch m.key.class {
	case cInt32, cUint32:
		m.hash = hash32
	case cInt64, cUint64:
		m.hash = hash64
	case cString:
		m.hash = hashString
	}
	return m
}

// check panics if x can't be a key or element.
func (m mapping) check(x *expr, want *typ) *expr {
	if x.t.class != want.class || x.t.size != want.size {
		panic(fault("a %s in a map where a %s belongs", x.t, want))
	}
	return x
}

// access returns where the element of a key is, or nil.
func (m mapping) access(key *expr) func(*frame) unsafe.Pointer {
	m.check(key, m.key)
	mf, rt := m.m, m.rt
	switch m.hash {
	case hash32:
		k := bits32(key)
		return func(f *frame) unsafe.Pointer {
			mp := mf(f)
			p, ok := mapAccess32(rt, mp, k(f))
			if !ok {
				return nil
			}
			return p
		}
	case hash64:
		k := bits64(key)
		return func(f *frame) unsafe.Pointer {
			mp := mf(f)
			p, ok := mapAccess64(rt, mp, k(f))
			if !ok {
				return nil
			}
			return p
		}
	case hashString:
		k := get[string](key)
		return func(f *frame) unsafe.Pointer {
			mp := mf(f)
			p, ok := mapAccessString(rt, mp, k(f))
			if !ok {
				return nil
			}
			return p
		}
	}
	if b, ok := key.t.builder().(keyBuilder); ok {
		return b.access(m, key)
	}
	k := key.where()
	return func(f *frame) unsafe.Pointer {
		mp := mf(f)
		p, ok := mapAccess(rt, mp, k(f))
		if !ok {
			return nil
		}
		return p
	}
}

// set stores an element. Map, key and element are evaluated first, in this order.
// A direct element, a struct or array, is made in the map.
func (m mapping) set(key *expr, v *expr, direct bool) stmt {
	m.check(key, m.key)
	m.check(v, m.elem)
	if b, ok := m.elem.builder().(keyBuilder); ok {
		return b.setElem(m, key, v)
	}
	// Structs and arrays: the element is there before the map changes.
	mf, rt, elem, w := m.m, m.rt, m.elem.ptr, v.where()
	if m.hash == hashString {
		k := get[string](key)
		if direct {
			store := memOf(v)
			return func(f *frame) ctl {
				mp := mf(f)
				store(f, mapAssignString(rt, mp, k(f)))
				return next
			}
		}
		return func(f *frame) ctl {
			mp, s := mf(f), k(f)
			src := w(f)
			typedMove(elem, mapAssignString(rt, mp, s), src)
			return next
		}
	}
	k := key.where()
	if direct {
		store := memOf(v)
		return func(f *frame) ctl {
			mp := mf(f)
			store(f, mapAssign(rt, mp, k(f)))
			return next
		}
	}
	return func(f *frame) ctl {
		mp, p := mf(f), k(f)
		src := w(f)
		typedMove(elem, mapAssign(rt, mp, p), src)
		return next
	}
}

// bits32 and bits64 return an integer key as the runtime's functions take it.
func bits32(x *expr) func(*frame) uint32 {
	if v, ok := x.fn.(func(*frame) int32); ok {
		return func(f *frame) uint32 { return uint32(v(f)) }
	}
	return get[uint32](x)
}

func bits64(x *expr) func(*frame) uint64 {
	if s := x.slot; s != 0 {
		return func(f *frame) uint64 { return *at[uint64](f, s) }
	}
	if v, ok := x.fn.(func(*frame) int64); ok {
		return func(f *frame) uint64 { return uint64(v(f)) }
	}
	return get[uint64](x)
}

// A keyBuilder makes closures for keys and elements that are moved as T.
type keyBuilder interface {
	access(m mapping, key *expr) func(*frame) unsafe.Pointer
	remove(m mapping, key *expr) stmt
	read(find func(*frame) unsafe.Pointer) any
	setElem(m mapping, key, v *expr) stmt
}

func (builderOf[T]) access(m mapping, key *expr) func(*frame) unsafe.Pointer {
	k, mf, rt := get[T](key), m.m, m.rt
	return func(f *frame) unsafe.Pointer {
		mp := mf(f)
		w := k(f)
		p, ok := mapAccess(rt, mp, unsafe.Pointer(&w))
		if !ok {
			return nil
		}
		return p
	}
}

func (builderOf[T]) remove(m mapping, key *expr) stmt {
	k, mf, rt := get[T](key), m.m, m.rt
	return func(f *frame) ctl {
		mp := mf(f)
		w := k(f)
		mapDelete(rt, mp, unsafe.Pointer(&w))
		return next
	}
}

func (builderOf[T]) read(find func(*frame) unsafe.Pointer) any {
	return func(f *frame) (v T) {
		if p := find(f); p != nil {
			v = *(*T)(p)
		}
		return v
	}
}

func (builderOf[T]) setElem(m mapping, key, v *expr) stmt {
	e, mf, rt := get[T](v), m.m, m.rt
	switch m.hash {
	case hash32:
		k := bits32(key)
		return func(f *frame) ctl {
			mp, i := mf(f), k(f)
			w := e(f)
			*(*T)(mapAssign32(rt, mp, i)) = w
			return next
		}
	case hash64:
		k := bits64(key)
		return func(f *frame) ctl {
			mp, i := mf(f), k(f)
			w := e(f)
			*(*T)(mapAssign64(rt, mp, i)) = w
			return next
		}
	case hashString:
		k := get[string](key)
		return func(f *frame) ctl {
			mp, s := mf(f), k(f)
			w := e(f)
			*(*T)(mapAssignString(rt, mp, s)) = w
			return next
		}
	}
	k := key.where()
	return func(f *frame) ctl {
		mp, p := mf(f), k(f)
		w := e(f)
		*(*T)(mapAssign(rt, mp, p)) = w
		return next
	}
}

// find returns where the element of a key is, or a zero value.
func (m mapping) find(key *expr) func(*frame) unsafe.Pointer {
	find, none := m.access(key), newObject(m.elem.ptr)
	return func(f *frame) unsafe.Pointer {
		if p := find(f); p != nil {
			return p
		}
		return none
	}
}

// mapIndex makes m[k], with a second value if t is a tuple.
func (c *compiler) mapIndex(t *typ, n *code.Node) *expr {
	m := c.mapping(c.expr(n.Kids[0]))
	find := m.access(c.expr(n.Kids[1]))
	if t.class == cTuple {
		none := newObject(m.elem.ptr)
		return &expr{t: t, fn: tupleFunc(func(f *frame, store func(*frame, int, unsafe.Pointer)) {
			p := find(f)
			ok := p != nil
			if !ok {
				p = none
			}
			store(f, 0, p)
			store(f, 1, boolAt(ok))
		})}
	}
	if b, ok := t.builder().(keyBuilder); ok {
		return &expr{t: t, fn: b.read(find)}
	}
	rt := t.ptr
	return &expr{t: t, fn: func(f *frame, p unsafe.Pointer) {
		if from := find(f); from != nil {
			typedMove(rt, p, from)
		} else {
			typedClear(rt, p)
		}
	}}
}

var bools = [2]bool{false, true}

// boolAt returns a pointer to b that nobody writes to.
func boolAt(b bool) unsafe.Pointer {
	if b {
		return unsafe.Pointer(&bools[1])
	}
	return unsafe.Pointer(&bools[0])
}

// mapLit makes a composite literal of a map.
func (c *compiler) mapLit(t *typ, n *code.Node) *expr {
	size, rt := len(n.Kids)/2, t.ptr
	key, elem := c.e.typeOf(t.rt.Key()), c.e.typeOf(t.rt.Elem())
	type entry struct{ key, value storer }
	entries := make([]entry, size)
	for i := range entries {
		k, v := c.expr(n.Kids[2*i]), c.expr(n.Kids[2*i+1])
		m := mapping{}
		m.check(k, key)
		m.check(v, elem)
		entries[i] = entry{k.t.builder().store(k), v.t.builder().store(v)}
	}
	return &expr{t: t, fn: func(f *frame) unsafe.Pointer {
		m := makeMap(rt, size)
		if size == 0 {
			return m
		}
		k, v := newObject(key.ptr), newObject(elem.ptr)
		for i := range entries {
			entries[i].key(f, k)
			entries[i].value(f, v)
			typedMove(elem.ptr, mapAssign(rt, m, k), v)
		}
		return m
	}}
}

// remove makes delete(m, k).
func (c *compiler) remove(n *code.Node) stmt {
	m, key := c.mapping(c.expr(n.Kids[0])), c.expr(n.Kids[1])
	m.check(key, m.key)
	if b, ok := key.t.builder().(keyBuilder); ok {
		return b.remove(m, key)
	}
	k, mf, rt := key.where(), m.m, m.rt
	return func(f *frame) ctl {
		mp := mf(f)
		mapDelete(rt, mp, k(f))
		return next
	}
}

// rangeMap runs the body for each entry.
func (c *compiler) rangeMap(n *code.Node) stmt {
	m := c.mapping(c.expr(n.Kids[0]))
	key, value := c.rangeSlots(n)
	body, label, stop := c.stmt(n.Kids[1]), n.B, &c.e.Stop
	mf, rt, moveKey, moveValue := m.m, m.rt, m.key.mover(), m.elem.mover()
	return func(f *frame) ctl {
		it := new(mapIter)
		m := mf(f)
		for mapIterInit(rt, m, it); it.key != nil; mapIterNext(m, it) {
			if key != 0 {
				moveKey(unsafe.Add(unsafe.Pointer(f), key), it.key)
			}
			if value != 0 {
				moveValue(unsafe.Add(unsafe.Pointer(f), value), it.elem)
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

// rangeSlots returns the slots for what a range statement yields, 0 for those not wanted.
func (c *compiler) rangeSlots(n *code.Node) (first, second uintptr) {
	if len(n.Ints) > 0 && n.Ints[0] >= 0 {
		first = c.offs[n.Ints[0]]
	}
	if len(n.Ints) > 1 && n.Ints[1] >= 0 {
		second = c.offs[n.Ints[1]]
	}
	return first, second
}
