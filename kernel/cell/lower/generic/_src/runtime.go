package runtime

import (
	"runtime"
	"unsafe"
)

func addCleanup(ptr unsafe.Pointer, cleanup func()) runtime.Cleanup

func AddCleanup[T, S any](ptr *T, cleanup func(S), arg S) runtime.Cleanup {
	if ptr == nil {
		panic("runtime.AddCleanup: ptr is nil")
	}
	if p, ok := any(arg).(*T); ok && p == ptr {
		panic("runtime.AddCleanup: ptr is equal to arg, cleanup will never run")
	}
	return addCleanup(unsafe.Pointer(ptr), func() { cleanup(arg) })
}
