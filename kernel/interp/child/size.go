package child

import (
	"reflect"
	"unsafe"
)

// maxVisits bounds the work of Size; beyond, the rest of a container is estimated
// from what was seen of it.
const maxVisits = 1 << 20

// Size returns about how many bytes v holds, shared parts counted once.
func Size(v any) int {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return 0
	}
	s := sizer{seen: map[unsafe.Pointer]bool{}, left: maxVisits}
	n := int(rv.Type().Size()) + s.beyond(rv)
	for len(s.later) > 0 {
		last := len(s.later) - 1
		v := s.later[last]
		s.later = s.later[:last]
		n += s.beyond(v)
	}
	return n
}

// maxDepth bounds how deep a structure is followed by calls, so that a long list
// doesn't take a deep stack.
const maxDepth = 1000

type sizer struct {
	seen  map[unsafe.Pointer]bool
	left  int
	depth int
	later []reflect.Value // too deep to be followed yet
}

// first reports whether p is seen for the first time.
func (s *sizer) first(p unsafe.Pointer) bool {
	if p == nil || s.seen[p] {
		return false
	}
	s.seen[p] = true
	return true
}

// beyond returns the bytes that v refers to, without those of v itself.
func (s *sizer) beyond(v reflect.Value) int {
	if s.left--; s.left < 0 {
		return 0
	}
	if s.depth == maxDepth {
		s.later = append(s.later, v)
		return 0
	}
	s.depth++
	defer func() { s.depth-- }()
	switch v.Kind() {
	case reflect.String:
		if s.first(unsafe.Pointer(unsafe.StringData(v.String()))) {
			return v.Len()
		}
	case reflect.Pointer:
		if s.first(v.UnsafePointer()) {
			return int(v.Type().Elem().Size()) + s.beyond(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			return int(v.Elem().Type().Size()) + s.beyond(v.Elem())
		}
	case reflect.Slice:
		if v.Cap() > 0 && s.first(v.UnsafePointer()) {
			return v.Cap()*int(v.Type().Elem().Size()) + s.elements(v)
		}
	case reflect.Array:
		return s.elements(v)
	case reflect.Map:
		if !s.first(v.UnsafePointer()) {
			return 0
		}
		t := v.Type()
		// Swiss tables are filled to 7/8 at most; a control byte a slot.
		n := v.Len() * (int(t.Key().Size()+t.Elem().Size()) + 1) * 8 / 7
		if flat(t.Key()) && flat(t.Elem()) {
			return n
		}
		for it := v.MapRange(); it.Next() && s.left > 0; {
			n += s.beyond(it.Key()) + s.beyond(it.Value())
		}
		return n
	case reflect.Struct:
		n := 0
		for i := range v.NumField() {
			n += s.beyond(v.Field(i))
		}
		return n
	case reflect.Chan:
		if s.first(v.UnsafePointer()) {
			return 96 + v.Cap()*int(v.Type().Elem().Size())
		}
	}
	return 0
}

// elements returns what the elements of a slice or array refer to.
func (s *sizer) elements(v reflect.Value) int {
	if flat(v.Type().Elem()) {
		return 0
	}
	n := 0
	for i := range v.Len() {
		if s.left <= 0 {
			return n * v.Len() / max(i, 1)
		}
		n += s.beyond(v.Index(i))
	}
	return n
}

// flat reports whether values of t refer to nothing.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return t.Kind() <= reflect.Complex128
}
