package rtype

import (
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// publish puts what was built into the table.
func (b *builder) publish() {
	es := b.old
	if int(b.order[0]) < len(es) {
		es = slices.Clone(es) // others are reading the old ones
	}
	// Beyond its length nobody reads, so that room can be used.
	if n := int(b.order[len(b.order)-1]) + 1 - len(es); n > 0 {
		es = slices.Grow(es, n)[:len(es)+n]
	}
	for _, id := range b.order {
		e := entry{desc: b.descs[id]}
		if t := b.types[id]; t != nil {
			e.typ = t.reflect()
		}
		if e.typ != nil && hasID(e.desc) {
			b.t.ids.Store(e.typ, id)
		}
		if was := es[id].typ; was != nil && was != e.typ {
			unite(was, e.typ)
		}
		es[id] = e
	}
	maps.Copy(b.t.shapes, b.shapes)
	maps.Copy(b.t.slots, b.slots)
	nextStub = b.next
	b.t.entries.Store(&es)
	for _, f := range b.fills {
		atomic.StorePointer(&stubTable[f.slot], b.t.method(f.m, f.recv, f.typ, f.word))
	}
}

// roots has, for the versions of a type, the first one.
var (
	roots    sync.Map // *abiType to *abiType
	versions atomic.Bool
)

// unite makes b a version of the type that a is one of.
func unite(a, b reflect.Type) {
	root := rootOf(desc(a))
	if root == nil {
		root = desc(a)
		roots.Store(root, root)
	}
	roots.Store(desc(b), root)
	versions.Store(true)
}

// rootOf returns the first version of t, or nil if it has only one that is known.
func rootOf(t *abiType) *abiType {
	if r, ok := roots.Load(t); ok {
		return r.(*abiType)
	}
	return nil
}

// Same reports whether a and b are one type for the user: identical, or versions of one
// type, or made in the same way of such. Their layouts are the same then.
func Same(a, b reflect.Type) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || !versions.Load() || a.Kind() != b.Kind() {
		return false
	}
	if r := rootOf(desc(a)); r != nil && r == rootOf(desc(b)) {
		return true
	}
	if (desc(a).tflag|desc(b).tflag)&flagNamed != 0 {
		return false
	}
	switch a.Kind() {
	case reflect.Array:
		return a.Len() == b.Len() && Same(a.Elem(), b.Elem())
	case reflect.Chan:
		return a.ChanDir() == b.ChanDir() && Same(a.Elem(), b.Elem())
	case reflect.Func:
		return sameFunc(a, b)
	case reflect.Interface:
		return sameInterface(a, b)
	case reflect.Map:
		return Same(a.Key(), b.Key()) && Same(a.Elem(), b.Elem())
	case reflect.Pointer, reflect.Slice:
		return Same(a.Elem(), b.Elem())
	case reflect.Struct:
		return sameStruct(a, b)
	}
	return false
}

func sameFunc(a, b reflect.Type) bool {
	f, g := (*funcType)(Ptr(a)), (*funcType)(Ptr(b))
	if f.inCount != g.inCount || f.outCount != g.outCount {
		return false
	}
	as, bs := f.args(), g.args()
	for i := range as {
		if !Same(as[i].reflect(), bs[i].reflect()) {
			return false
		}
	}
	return true
}

func sameInterface(a, b reflect.Type) bool {
	if a.NumMethod() != b.NumMethod() {
		return false
	}
	for i := range a.NumMethod() {
		m, n := a.Method(i), b.Method(i)
		if m.Name != n.Name || m.PkgPath != n.PkgPath || !Same(m.Type, n.Type) {
			return false
		}
	}
	return true
}

func sameStruct(a, b reflect.Type) bool {
	if a.NumField() != b.NumField() {
		return false
	}
	for i := range a.NumField() {
		f, g := a.Field(i), b.Field(i)
		if f.Name != g.Name || f.PkgPath != g.PkgPath || f.Tag != g.Tag || f.Anonymous != g.Anonymous ||
			!Same(f.Type, g.Type) {
			return false
		}
	}
	return true
}
