package atomic

import (
	"sync/atomic"
	"unsafe"
)

// word is where a Pointer has its pointer: what comes before it has no size.
func word[T any](x *atomic.Pointer[T]) *unsafe.Pointer {
	return (*unsafe.Pointer)(unsafe.Pointer(x))
}

func Pointer_Load[T any](x *atomic.Pointer[T]) *T {
	return (*T)(atomic.LoadPointer(word(x)))
}

func Pointer_Store[T any](x *atomic.Pointer[T], val *T) {
	atomic.StorePointer(word(x), unsafe.Pointer(val))
}

func Pointer_Swap[T any](x *atomic.Pointer[T], new *T) (old *T) {
	return (*T)(atomic.SwapPointer(word(x), unsafe.Pointer(new)))
}

func Pointer_CompareAndSwap[T any](x *atomic.Pointer[T], old, new *T) (swapped bool) {
	return atomic.CompareAndSwapPointer(word(x), unsafe.Pointer(old), unsafe.Pointer(new))
}
