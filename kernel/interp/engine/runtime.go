//lint:file-ignore U1000 the layout is the runtime's

package engine

import "unsafe"

// Functions of the runtime for maps, slices and channels of any type. Where a key is
// passed by pointer, nobody keeps the pointer. Those for maps are behind gates: mapguard.go.

//go:noescape
//go:linkname mapAccessAlone runtime.mapaccess2
func mapAccessAlone(t, m, key unsafe.Pointer) (unsafe.Pointer, bool)

//go:linkname mapAccess32Alone runtime.mapaccess2_fast32
func mapAccess32Alone(t, m unsafe.Pointer, key uint32) (unsafe.Pointer, bool)

//go:linkname mapAccess64Alone runtime.mapaccess2_fast64
func mapAccess64Alone(t, m unsafe.Pointer, key uint64) (unsafe.Pointer, bool)

//go:linkname mapAccessStringAlone runtime.mapaccess2_faststr
func mapAccessStringAlone(t, m unsafe.Pointer, key string) (unsafe.Pointer, bool)

//go:noescape
//go:linkname mapAssignAlone runtime.mapassign
func mapAssignAlone(t, m, key unsafe.Pointer) unsafe.Pointer

//go:linkname mapAssign32Alone runtime.mapassign_fast32
func mapAssign32Alone(t, m unsafe.Pointer, key uint32) unsafe.Pointer

//go:linkname mapAssign64Alone runtime.mapassign_fast64
func mapAssign64Alone(t, m unsafe.Pointer, key uint64) unsafe.Pointer

//go:linkname mapAssignStringAlone runtime.mapassign_faststr
func mapAssignStringAlone(t, m unsafe.Pointer, key string) unsafe.Pointer

//go:noescape
//go:linkname mapDeleteAlone runtime.mapdelete
func mapDeleteAlone(t, m, key unsafe.Pointer)

//go:linkname mapClearAlone reflect.mapclear
func mapClearAlone(t, m unsafe.Pointer)

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

//go:linkname mapIterInitAlone runtime.mapiterinit
func mapIterInitAlone(t, m unsafe.Pointer, it *mapIter)

//go:linkname mapIterNextAlone runtime.mapiternext
func mapIterNextAlone(it *mapIter)

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
