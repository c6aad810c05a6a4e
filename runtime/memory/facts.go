package memory

import (
	"math"
	"math/rand/v2"
	"reflect"
	"unsafe"

	"github.com/goherd/goherd/runtime/bus"
)

// facts are what advice is made of.
type facts struct {
	status    bus.Runtime
	err       error // why there is no status: the session has no runtime
	variables []variable
	shipped   []shipped
}

// A variable is one of the session's.
type variable struct {
	name, typ string
	bytes     int64
	idle      int // cells since one mentioned it, -1 if functions do
	floats    *floats
	pointers  *pointers
}

// A shipped is something that functions use and that was sent to workers with them.
type shipped struct {
	fn, place string
	bytes     int64 // all that has travelled
	times     int
}

// floats are what float32 would do to the float64s of a variable.
type floats struct {
	count    int64
	seen     int64   // of them that were looked at
	relative float64 // the largest error, as a part of the value
	absolute float64 // the largest error
	at       float64 // the value that has it
	over     bool    // there are values that float32 doesn't reach
}

// maxFloats bounds about how many numbers are looked at, which takes some 10 ms.
const maxFloats = 1 << 24

// floatsOf looks at the numbers of a variable, nil if it doesn't hold float64s in slices and arrays.
func floatsOf(v reflect.Value) *floats {
	n := countFloats(v)
	if n == 0 {
		return nil
	}
	f := &floats{count: n}
	step := func() int { return 1 }
	if n > maxFloats {
		// Of numbers with a period, steps of one length would find always the same.
		mean, r := int(n/maxFloats)+1, rand.New(rand.NewPCG(1, 2))
		step = func() int { return 1 + r.IntN(2*mean-1) }
	}
	f.walk(v, step)
	return f
}

// countFloats returns how many float64s there are in slices and arrays.
func countFloats(v reflect.Value) (n int64) {
	if !v.IsValid() || v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return 0
	}
	switch v.Type().Elem().Kind() {
	case reflect.Float64:
		return int64(v.Len())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			n += countFloats(v.Index(i))
		}
	}
	return n
}

// walk looks at numbers that are steps apart.
func (f *floats) walk(v reflect.Value, step func() int) {
	if v.Type().Elem().Kind() != reflect.Float64 {
		for i := range v.Len() {
			f.walk(v.Index(i), step)
		}
		return
	}
	if v.Kind() == reflect.Slice {
		list := unsafe.Slice((*float64)(v.UnsafePointer()), v.Len())
		for i := 0; i < len(list); i += step() {
			f.add(list[i])
		}
		return
	}
	for i := 0; i < v.Len(); i += step() {
		f.add(v.Index(i).Float())
	}
}

// add looks at a number.
func (f *floats) add(x float64) {
	f.seen++
	y := float64(float32(x))
	if x == y || x != x {
		return
	}
	if math.IsInf(y, 0) {
		f.over = true
		return
	}
	if e := math.Abs(x - y); e > f.absolute {
		f.absolute, f.at = e, x
	}
	f.relative = max(f.relative, math.Abs(x-y)/math.Abs(x))
}

// pointers are what a slice of pointers costs beside a slice of what they point to.
type pointers struct {
	elem  string // the type that they point to
	count int64
	now   int64 // bytes of the pointers and of what they point to
	then  int64 // bytes of the values side by side
}

// maxPointers bounds how many pointers are looked at.
const maxPointers = 1 << 16

// pointersOf looks at a slice of pointers. It is nil for other types, and where pointers are nil or
// shared, so that values couldn't take their place.
func pointersOf(v reflect.Value) *pointers {
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Pointer || v.Len() == 0 {
		return nil
	}
	seen := map[unsafe.Pointer]bool{}
	for i := range min(v.Len(), maxPointers) {
		p := v.Index(i).UnsafePointer()
		if p == nil || seen[p] {
			return nil
		}
		seen[p] = true
	}
	t := v.Type().Elem().Elem()
	n, s := int64(v.Len()), int64(t.Size())
	return &pointers{elem: t.Name(), count: n, now: n * (8 + allocated(s)), then: n * s}
}

// allocated returns about what Go's allocator takes for a value of a size.
func allocated(n int64) int64 {
	switch {
	case n <= 8:
		return 8
	case n <= 1024:
		step := int64(8)
		for s := int64(16); s < n; s *= 2 { // some size classes for each power of two
			step = max(16, s/8)
		}
		return (n + step - 1) / step * step
	default:
		return n + n/10
	}
}
