//lint:file-ignore U1000 only the layout of some types matters

package engine

import (
	"reflect"
	"unsafe"
)

// Where compiled code passes values: what the engine relies on of Go's calling convention
// (cmd/compile/abi-internal). A value is taken apart into words; each goes into the next free integer or
// floating-point register, whatever its type is called. So a function can be called as if its type were another
// one with the same words. Bits of a register above a small value mean nothing.

// maxInts and maxFloats are how many words are passed at most: as many registers
// there are for them on all processors.
const (
	maxInts   = 9
	maxFloats = 4
)

// A move is a word of a value: where it is among the words of all values, and where in memory.
type move struct {
	reg  uintptr // offset in a struct of all words, integers first
	item int     // which value
	off  uintptr // in the value
	kind moveKind
}

type moveKind uint8

const (
	movePtr moveKind = iota
	move1            // 1, 2, 4 or 8 bytes without a pointer
	move2
	move4
	move8
	float4
	float8
)

// copy copies the word from memory to memory. For little-endian processors: the low bytes of a register are first.
func (m *move) copy(dst, src unsafe.Pointer) {
	switch m.kind {
	case movePtr:
		*(*unsafe.Pointer)(dst) = *(*unsafe.Pointer)(src)
	case move1:
		*(*uint8)(dst) = *(*uint8)(src)
	case move2:
		*(*uint16)(dst) = *(*uint16)(src)
	case move4, float4:
		*(*uint32)(dst) = *(*uint32)(src)
	default:
		*(*uint64)(dst) = *(*uint64)(src)
	}
}

// words takes values of the types apart. The pattern has a letter for each word, in the
// order of the struct that reg means: P for a pointer, W for another integer word, then D for
// floats. ok is false if not all of them are passed in registers, or may not be.
func words(types []reflect.Type) (pattern string, moves []move, ok bool) {
	var floats []move
	for i, t := range types {
		n := len(moves) + len(floats)
		ok := wordsOf(t, 0, func(off uintptr, k moveKind) {
			m := move{item: i, off: off, kind: k}
			switch {
			case k >= float4:
				floats = append(floats, m)
			case k == movePtr:
				pattern += "P"
				moves = append(moves, m)
			default:
				pattern += "W"
				moves = append(moves, m)
			}
		})
		// Who is called may save a value as a whole, in room for its words.
		if !ok || t.Size() > uintptr(len(moves)+len(floats)-n)*8 {
			return "", nil, false
		}
	}
	if len(moves) > maxInts || len(floats) > maxFloats {
		return "", nil, false
	}
	for range floats {
		pattern += "D"
	}
	moves = append(moves, floats...)
	for i := range moves {
		moves[i].reg = uintptr(i) * 8
	}
	return pattern, moves, true
}

func wordsOf(t reflect.Type, off uintptr, add func(uintptr, moveKind)) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		add(off, move1)
	case reflect.Int16, reflect.Uint16:
		add(off, move2)
	case reflect.Int32, reflect.Uint32:
		add(off, move4)
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr:
		add(off, move8)
	case reflect.Float32:
		add(off, float4)
	case reflect.Float64:
		add(off, float8)
	case reflect.Complex64:
		add(off, float4)
		add(off+4, float4)
	case reflect.Complex128:
		add(off, float8)
		add(off+8, float8)
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.UnsafePointer:
		add(off, movePtr)
	case reflect.String:
		add(off, movePtr)
		add(off+8, move8)
	case reflect.Slice:
		add(off, movePtr)
		add(off+8, move8)
		add(off+16, move8)
	case reflect.Interface:
		add(off, movePtr)
		add(off+8, movePtr)
	case reflect.Array:
		return t.Len() == 0 || t.Len() == 1 && wordsOf(t.Elem(), off, add)
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Name == "_" || !wordsOf(f.Type, off+f.Offset, add) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

// The structs of words that values are passed as.
type (
	wordP = unsafe.Pointer
	wordW = uint64
	wordD = float64

	words0           struct{}
	words2[A, B any] struct {
		a A
		b B
	}
	words3[A, B, C any] struct {
		a A
		b B
		c C
	}
	words4[A, B, C, D any] struct {
		a A
		b B
		c C
		d D
	}
	words5[A, B, C, D, E any] struct {
		a A
		b B
		c C
		d D
		e E
	}
)
