//lint:file-ignore U1000 the layout is the runtime's

package natives

import "unsafe"

// Functions inside the runtime and package reflect that modules name with go:linkname, as far as Go
// lets others do that.
var linked = map[string]any{
	"reflect.ifaceE2I":        ifaceE2I,
	"reflect.makemap":         makemap,
	"reflect.mapaccess":       mapaccess,
	"reflect.mapassign":       mapassign,
	"reflect.mapdelete":       mapdelete,
	"reflect.mapiterinit":     mapiterinit,
	"reflect.mapiternext":     mapiternext,
	"reflect.maplen":          maplen,
	"reflect.resolveTypeOff":  resolveTypeOff,
	"reflect.typedmemmove":    typedmemmove,
	"reflect.typedslicecopy":  typedslicecopy,
	"reflect.typelinks":       typelinks,
	"reflect.unsafe_New":      unsafeNew,
	"reflect.unsafe_NewArray": unsafeNewArray,
	"runtime.fastrand":        fastrand,
	"runtime.fastrand64":      fastrand64,
	"runtime.fastrandn":       fastrandn,
	"runtime.memhash":         memhash,
	"runtime.nanotime":        nanotime,
	"runtime.strhash":         strhash,
}

type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

//go:linkname ifaceE2I reflect.ifaceE2I
func ifaceE2I(typ unsafe.Pointer, src any, dst unsafe.Pointer)

//go:linkname makemap reflect.makemap
func makemap(typ unsafe.Pointer, n int) unsafe.Pointer

//go:linkname mapaccess reflect.mapaccess
func mapaccess(typ, m, key unsafe.Pointer) unsafe.Pointer

//go:linkname mapassign reflect.mapassign
func mapassign(typ, m, key, val unsafe.Pointer)

//go:linkname mapdelete reflect.mapdelete
func mapdelete(typ, m, key unsafe.Pointer)

//go:linkname mapiterinit reflect.mapiterinit
func mapiterinit(typ, m, it unsafe.Pointer)

//go:linkname mapiternext reflect.mapiternext
func mapiternext(it unsafe.Pointer)

//go:linkname maplen reflect.maplen
func maplen(m unsafe.Pointer) int

//go:linkname resolveTypeOff reflect.resolveTypeOff
func resolveTypeOff(typ unsafe.Pointer, off int32) unsafe.Pointer

//go:linkname typedmemmove reflect.typedmemmove
func typedmemmove(typ, dst, src unsafe.Pointer)

//go:linkname typedslicecopy reflect.typedslicecopy
func typedslicecopy(typ unsafe.Pointer, dst, src sliceHeader) int

//go:linkname typelinks reflect.typelinks
func typelinks() (sections []unsafe.Pointer, offsets [][]int32)

//go:linkname unsafeNew reflect.unsafe_New
func unsafeNew(typ unsafe.Pointer) unsafe.Pointer

//go:linkname unsafeNewArray reflect.unsafe_NewArray
func unsafeNewArray(typ unsafe.Pointer, n int) unsafe.Pointer

//go:linkname fastrand runtime.fastrand
func fastrand() uint32

//go:linkname fastrand64 runtime.fastrand64
func fastrand64() uint64

//go:linkname fastrandn runtime.fastrandn
func fastrandn(n uint32) uint32

//go:linkname memhash runtime.memhash
func memhash(p unsafe.Pointer, seed, size uintptr) uintptr

//go:linkname nanotime runtime.nanotime
func nanotime() int64

//go:linkname strhash runtime.strhash
func strhash(p unsafe.Pointer, seed uintptr) uintptr
