package ship

import (
	"reflect"
	"strconv"
)

// mix adds a number to a checksum; it is FNV-1a over the four bytes at once.
func mix(sum, x uint32) uint32 {
	sum ^= x
	sum *= 16777619
	return sum ^ sum>>15
}

// shape returns a checksum of what a type looks like: kinds, lengths and the names of fields, down to the
// last type that its values lead to without an interface. Names of types don't count, so that a type of
// the session has the shape of the same type compiled.
func (p *plan) shape(c *Codec) uint32 {
	p.once.Do(func() {
		s := shaper{c: c, seen: map[reflect.Type]int{}, sum: 2166136261}
		s.add(p.t)
		p.sum = s.sum
	})
	return p.sum
}

type shaper struct {
	c    *Codec
	seen map[reflect.Type]int
	sum  uint32
}

func (s *shaper) text(t string) {
	for i := range len(t) {
		s.sum = (s.sum ^ uint32(t[i])) * 16777619
	}
	s.sum = mix(s.sum, uint32(len(t)))
}

func (s *shaper) add(t reflect.Type) {
	if i, ok := s.seen[t]; ok {
		s.text("#" + strconv.Itoa(i))
		return
	}
	k := t.Kind()
	if k == reflect.Interface || k == reflect.Func || k == reflect.Chan {
		s.text(k.String())
		return
	}
	s.seen[t] = len(s.seen)
	if how := s.c.way(t); how != byFields && how != refused {
		// The bytes are the type's own.
		s.text(t.PkgPath() + "." + t.Name())
		return
	}
	s.text(k.String())
	switch k {
	case reflect.Pointer, reflect.Slice:
		s.add(t.Elem())
	case reflect.Array:
		s.text(strconv.Itoa(t.Len()))
		s.add(t.Elem())
	case reflect.Map:
		s.add(t.Key())
		s.add(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			s.text(f.Name)
			s.add(f.Type)
		}
		s.text("}")
	}
}
