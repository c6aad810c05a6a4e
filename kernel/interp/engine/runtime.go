package engine

import "unsafe"

// Functions of the runtime for maps, slices and channels of any type. Where a key is
// passed by pointer, nobody keeps the pointer.

//go:noescape
//go:linkname mapAccess runtime.mapaccess2
func mapAccess(t, m, key unsafe.Pointer) (unsafe.Pointer, bool)

//go:linkname mapAccess32 runtime.mapaccess2_fast32
func mapAccess32(t, m unsafe.Pointer, key uint32) (unsafe.Pointer, bool)

//go:linkname mapAccess64 runtime.mapaccess2_fast64
func mapAccess64(t, m unsafe.Pointer, key uint64) (unsafe.Pointer, bool)

//go:linkname mapAccessString runtime.mapaccess2_faststr
func mapAccessString(t, m unsafe.Pointer, key string) (unsafe.Pointer, bool)

//go:noescape
//go:linkname mapAssign runtime.mapassign
func mapAssign(t, m, key unsafe.Pointer) unsafe.Pointer

//go:linkname mapAssign32 runtime.mapassign_fast32
func mapAssign32(t, m unsafe.Pointer, key uint32) unsafe.Pointer

//go:linkname mapAssign64 runtime.mapassign_fast64
func mapAssign64(t, m unsafe.Pointer, key uint64) unsafe.Pointer

//go:linkname mapAssignString runtime.mapassign_faststr
func mapAssignString(t, m unsafe.Pointer, key string) unsafe.Pointer

//go:noescape
//go:linkname mapDelete runtime.mapdelete
func mapDelete(t, m, key unsafe.Pointer)

//go:linkname mapClear reflect.mapclear
func mapClear(t, m unsafe.Pointer)

//go:linkname makeMap reflect.makemap
func makeMap(t unsafe.Pointer, size int) unsafe.Pointer

//go:noescape
//go:linkname mapLen reflect.maplen
func mapLen(m unsafe.Pointer) int

// A mapIter is what the runtime remembers between two steps through a map. key and elem point to what
// is there; key is nil at the end.
type mapIter struct {
	key, elem unsafe.Pointer
	typ, it   unsafe.Pointer
}

//go:linkname mapIterInit runtime.mapiterinit
func mapIterInit(t, m unsafe.Pointer, it *mapIter)

//go:linkname mapIterNext runtime.mapiternext
func mapIterNext(it *mapIter)

//go:linkname makeSlice runtime.makeslice
func makeSlice(elem unsafe.Pointer, len, cap int) unsafe.Pointer

// growSlice returns a slice with newLen elements, the last num of which the caller
// sets.
//
//go:linkname growSlice runtime.growslice
func growSlice(old unsafe.Pointer, newLen, oldCap, num int, elem unsafe.Pointer) slice

//go:linkname copySlice reflect.typedslicecopy
func copySlice(elem unsafe.Pointer, dst, src slice) int

//go:linkname clearSlice reflect.typedarrayclear
func clearSlice(elem, ptr unsafe.Pointer, len int)

//go:linkname makeChan reflect.makechan
func makeChan(t unsafe.Pointer, size int) unsafe.Pointer

//go:noescape
//go:linkname chanLen reflect.chanlen
func chanLen(c unsafe.Pointer) int

//go:noescape
//go:linkname chanCap reflect.chancap
func chanCap(c unsafe.Pointer) int
