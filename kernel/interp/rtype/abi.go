package rtype

import (
	"reflect"
	"unsafe"
)

// The runtime's type descriptors, as package internal/abi has them in Go 1.26. Check
// compares them with what the program really has.

type abiType struct {
	size       uintptr
	ptrBytes   uintptr
	hash       uint32
	tflag      uint8
	align      uint8
	fieldAlign uint8
	kind       uint8
	equal      func(p, q unsafe.Pointer) bool // nil if values can't be compared
	gcData     *byte
	str        int32 // the offset of a name
	ptrToThis  int32 // the offset of a type, or 0
}

// Bits of tflag.
const (
	flagUncommon  = 1 << 0 // an uncommon follows
	flagExtraStar = 1 << 1 // the name at str has a star too many
	flagNamed     = 1 << 2
	flagRegular   = 1 << 3 // equal and hash take all bytes as they are
	flagOnDemand  = 1 << 4 // gcData is the place of a pointer to the mask
	flagDirect    = 1 << 5 // an interface's data word is the value itself
)

type arrayType struct {
	abiType
	elem  *abiType
	slice *abiType
	len   uintptr
}

type chanType struct {
	abiType
	elem *abiType
	dir  int
}

// A funcType is followed by its uncommon, if any, and then by pointers to the types of
// parameters and results.
type funcType struct {
	abiType
	inCount  uint16
	outCount uint16 // variadic is the top bit
}

const variadic = 1 << 15

type interfaceType struct {
	abiType
	pkgPath *byte
	methods []imethod
}

type imethod struct {
	name int32
	typ  int32
}

type mapType struct {
	abiType
	key       *abiType
	elem      *abiType
	group     *abiType
	hasher    func(unsafe.Pointer, uintptr) uintptr
	groupSize uintptr
	slotSize  uintptr
	elemOff   uintptr
	flags     uint32
}

// An elemType is a pointer or slice type.
type elemType struct {
	abiType
	elem *abiType
}

type structType struct {
	abiType
	pkgPath *byte
	fields  []structField
}

type structField struct {
	name   *byte
	typ    *abiType
	offset uintptr
}

// An uncommon follows the descriptor of a type that has a name or methods.
type uncommon struct {
	pkgPath int32
	mcount  uint16
	xcount  uint16 // how many are exported; they come first
	moff    uint32 // from here to the methods
	_       uint32
}

type method struct {
	name int32
	typ  int32 // without receiver
	ifn  int32 // code that takes the data word of an interface
	tfn  int32 // code that takes the receiver
}

// addReflectOff returns the number by which descriptors on the heap refer to p.
//
//go:linkname addReflectOff reflect.addReflectOff
func addReflectOff(p unsafe.Pointer) int32

// typesByString returns the types without a name in the program that have the string,
// interface types excepted.
//
//go:linkname typesByString reflect.typesByString
func typesByString(s string) []*abiType

// typelinks returns, for each module, where its types are and the offsets there of those
// that typesByString finds.
//
//go:linkname typelinks reflect.typelinks
func typelinks() (sections []unsafe.Pointer, offsets [][]int32)

//go:linkname getitab runtime.getitab
func getitab(inter, typ *abiType, canfail bool) unsafe.Pointer

// Ptr returns what the runtime knows the type by: the first word of an interface{} that
// holds a value of the type.
func Ptr(t reflect.Type) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1]
}

// FromPtr is the inverse of Ptr.
func FromPtr(p unsafe.Pointer) reflect.Type {
	var x any
	(*[2]unsafe.Pointer)(unsafe.Pointer(&x))[0] = p
	return reflect.TypeOf(x)
}

// IsDirect reports whether the data word of an interface that holds a value of the type is
// the value itself, and not a pointer to it.
func IsDirect(t reflect.Type) bool {
	return desc(t).tflag&flagDirect != 0
}

// Itab returns the first word of a value of interface type iface that holds a value of type
// concrete, or nil if concrete doesn't implement iface.
func Itab(iface, concrete reflect.Type) unsafe.Pointer {
	i := desc(iface)
	if i.kind != uint8(reflect.Interface) {
		panic("rtype: Itab of " + iface.String() + ", which is no interface type")
	}
	if len((*interfaceType)(unsafe.Pointer(i)).methods) == 0 {
		return Ptr(concrete)
	}
	return getitab(i, desc(concrete), true)
}

func desc(t reflect.Type) *abiType {
	return (*abiType)(Ptr(t))
}

func (t *abiType) reflect() reflect.Type {
	return FromPtr(unsafe.Pointer(t))
}

func (t *abiType) String() string {
	return t.reflect().String()
}

// heap reports whether the type was made at run time: the numbers of addReflectOff are
// negative, the linker's aren't.
func (t *abiType) heap() bool {
	return t.str < 0
}

// uncommon returns what follows t, or nil.
func (t *abiType) uncommon() *uncommon {
	if t.tflag&flagUncommon == 0 {
		return nil
	}
	return (*uncommon)(unsafe.Add(unsafe.Pointer(t), headSize(reflect.Kind(t.kind))))
}

func (u *uncommon) methods() []method {
	if u == nil || u.mcount == 0 {
		return nil
	}
	return unsafe.Slice((*method)(unsafe.Add(unsafe.Pointer(u), u.moff)), u.mcount)
}

// args returns the types of t's parameters, then those of its results.
func (t *funcType) args() []*abiType {
	off := unsafe.Sizeof(*t)
	if t.tflag&flagUncommon != 0 {
		off += unsafe.Sizeof(uncommon{})
	}
	n := int(t.inCount) + int(t.outCount&^variadic)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((**abiType)(unsafe.Add(unsafe.Pointer(t), off)), n)
}

// headOf returns the type of a descriptor of a kind, without what may follow it.
func headOf(k reflect.Kind) reflect.Type {
	switch k {
	case reflect.Array:
		return reflect.TypeFor[arrayType]()
	case reflect.Chan:
		return reflect.TypeFor[chanType]()
	case reflect.Func:
		return reflect.TypeFor[funcType]()
	case reflect.Interface:
		return reflect.TypeFor[interfaceType]()
	case reflect.Map:
		return reflect.TypeFor[mapType]()
	case reflect.Pointer, reflect.Slice:
		return reflect.TypeFor[elemType]()
	case reflect.Struct:
		return reflect.TypeFor[structType]()
	}
	return reflect.TypeFor[abiType]()
}

func headSize(k reflect.Kind) uintptr {
	return headOf(k).Size()
}

// keep has all descriptors that were made here. Interface values don't keep them alive, because the
// collector doesn't look at their first word.
var keep []*abiType

type room struct {
	kind          reflect.Kind
	args, methods int
}

var rooms = map[room]reflect.Type{}

// alloc returns a descriptor of the kind, zero, with room for an uncommon, the types of
// parameters and results, and methods.
func alloc(k reflect.Kind, args, methods int) *abiType {
	r := room{k, args, methods}
	t, ok := rooms[r]
	if !ok {
		t = reflect.StructOf([]reflect.StructField{
			{Name: "Head", Type: headOf(k)},
			{Name: "Uncommon", Type: reflect.TypeFor[uncommon]()},
			{Name: "Args", Type: reflect.ArrayOf(args, reflect.TypeFor[*abiType]())},
			{Name: "Methods", Type: reflect.ArrayOf(methods, reflect.TypeFor[method]())},
		})
		rooms[r] = t
	}
	d := (*abiType)(reflect.New(t).UnsafePointer())
	keep = append(keep, d)
	return d
}

// follow makes d have an uncommon with n methods, in the room that alloc has made.
func (d *abiType) follow(path string, args, n, exported int) *uncommon {
	d.tflag |= flagUncommon
	u := d.uncommon()
	if path != "" {
		u.pkgPath = nameOff(path, "", false)
	}
	u.mcount = uint16(n)
	u.xcount = uint16(exported)
	u.moff = uint32(unsafe.Sizeof(uncommon{}) + uintptr(args)*unsafe.Sizeof(d))
	return u
}

// head copies from a type of the same layout what doesn't depend on the name.
func (d *abiType) head(from *abiType) {
	d.size = from.size
	d.ptrBytes = from.ptrBytes
	d.tflag = from.tflag & (flagRegular | flagOnDemand | flagDirect)
	d.align = from.align
	d.fieldAlign = from.fieldAlign
	d.kind = from.kind
	d.equal = from.equal
	d.gcData = from.gcData
}
