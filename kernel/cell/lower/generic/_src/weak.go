package weak

import (
	"unsafe"
	"weak"
)

func register(ptr unsafe.Pointer) unsafe.Pointer

func strong(handle unsafe.Pointer) unsafe.Pointer

func Make[T any](ptr *T) weak.Pointer[T] {
	var p weak.Pointer[T]
	*(*unsafe.Pointer)(unsafe.Pointer(&p)) = register(unsafe.Pointer(ptr))
	return p
}

func Pointer_Value[T any](p weak.Pointer[T]) *T {
	return (*T)(strong(*(*unsafe.Pointer)(unsafe.Pointer(&p))))
}
