package engine

import "unsafe"

// Functions of the runtime that package reflect shares with others.

//go:linkname newObject reflect.unsafe_New
func newObject(typ unsafe.Pointer) unsafe.Pointer

//go:linkname newArray reflect.unsafe_NewArray
func newArray(typ unsafe.Pointer, n int) unsafe.Pointer

//go:linkname typedMove reflect.typedmemmove
func typedMove(typ, dst, src unsafe.Pointer)

//go:linkname typedClear reflect.typedmemclr
func typedClear(typ, ptr unsafe.Pointer)

// clearMemory clears size bytes at ptr, which is at offset off of a value of the type.
//
//go:linkname clearMemory reflect.typedmemclrpartial
func clearMemory(typ, ptr unsafe.Pointer, off, size uintptr)
