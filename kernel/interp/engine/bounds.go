package engine

import (
	"reflect"
	"unsafe"
)

// nilCheck panics as Go does if p is nil; else it returns p. It costs one instruction and must come
// before an offset is added.
func nilCheck(p unsafe.Pointer) unsafe.Pointer {
	_ = *(*byte)(p)
	return p
}

// An index is an integer of any type as int.
type index struct {
	fn       func(*frame) int
	slot     uintptr // of an int or int64
	konst    bool
	k        int
	unsigned bool // a negative int is really a big uint64
}

// index makes an index, size or bound.
func (c *compiler) index(x *expr) index {
	var i index
	switch x.t.class {
	case cInt8:
		i.fn = intOf[int8](x)
	case cInt16:
		i.fn = intOf[int16](x)
	case cInt32:
		i.fn = intOf[int32](x)
	case cInt64:
		i.fn = intOf[int64](x)
		i.slot = x.slot
	case cUint8:
		i.fn = intOf[uint8](x)
	case cUint16:
		i.fn = intOf[uint16](x)
	case cUint32:
		i.fn = intOf[uint32](x)
	case cUint64:
		i.fn = intOf[uint64](x)
		i.unsigned = true
	default:
		panic(fault("an index of type %s", x.t))
	}
	if x.konst {
		i.konst, i.k = true, i.fn(nil)
	}
	return i
}

func intOf[T integer](x *expr) func(*frame) int {
	if x.slot != 0 {
		off := x.slot
		return func(f *frame) int { return int(*at[T](f, off)) }
	}
	v := get[T](x)
	return func(f *frame) int { return int(v(f)) }
}

// badIndex panics for an index i of something with n elements.
func badIndex(i, n int, unsigned bool) {
	s := unsafe.Slice(new(struct{}), n)
	if unsigned {
		_ = s[uint(i)]
	}
	_ = s[i]
	panic(fault("index %d is good for length %d", i, n))
}

// badString panics for s[i:j]; only the length of s counts.
func badString(s string, i, j int, iu, ju bool) {
	if ju {
		_ = s[:uint(j)]
	}
	_ = s[:j]
	if iu {
		_ = s[uint(i):j]
	}
	_ = s[i:j]
	panic(fault("[%d:%d] is good for length %d", i, j, len(s)))
}

// badSlice panics for [i:j] of a slice of capacity n.
func badSlice(i, j, n int, iu, ju bool) {
	s := unsafe.Slice(new(struct{}), n)
	if ju {
		_ = s[:uint(j)]
	}
	_ = s[:j]
	if iu {
		_ = s[uint(i):j]
	}
	_ = s[i:j]
	panic(fault("[%d:%d] is good for capacity %d", i, j, n))
}

// badSlice3 panics for [i:j:k] of a slice of capacity n, or of an array of that length.
func badSlice3(i, j, k, n int, iu, ju, ku, array bool) {
	s := unsafe.Slice(new(struct{}), n)
	if k < 0 || k > n {
		if array {
			big := 2
			panic(boundsError(func() { _ = new([1]struct{})[0:0:big] }, int64(k), n, ku))
		}
		if ku {
			_ = s[0:0:uint(k)]
		}
		_ = s[0:0:k]
	}
	if ju {
		_ = s[0:uint(j):k]
	}
	_ = s[0:j:k]
	if iu {
		_ = s[uint(i):j:k]
	}
	_ = s[i:j:k]
	panic(fault("[%d:%d:%d] is good for %d", i, j, k, n))
}

// badArray panics for the conversion of a slice of length n to an array of length want.
func badArray(n, want int) {
	var none []struct{}
	panic(boundsError(func() { _ = [1]struct{}(none) }, int64(want), n, false))
}

// boundsError returns what sample panics with, but with other numbers in it. It is for
// those of the runtime's errors that no operation on slices of a length known at run
// time causes.
func boundsError(sample func(), x int64, y int, unsigned bool) (v any) {
	defer func() {
		v = recover()
		rt := reflect.TypeOf(v)
		if rt.Kind() != reflect.Struct {
			return
		}
		w := reflect.New(rt)
		w.Elem().Set(reflect.ValueOf(v))
		set := func(name string, kind reflect.Kind) unsafe.Pointer {
			fd, ok := rt.FieldByName(name)
			if !ok || fd.Type.Kind() != kind {
				return nil
			}
			return unsafe.Add(w.UnsafePointer(), fd.Offset)
		}
		px, py, ps := set("x", reflect.Int64), set("y", reflect.Int), set("signed", reflect.Bool)
		if px == nil || py == nil || ps == nil {
			return
		}
		*(*int64)(px), *(*int)(py), *(*bool)(ps) = x, y, !unsigned
		v = w.Elem().Interface()
	}()
	sample()
	return nil
}
