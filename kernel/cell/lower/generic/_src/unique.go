package unique

import (
	"unique"
	"unsafe"
)

func canonical(typ, value any, fresh func() any) any

func Make[T comparable](value T) unique.Handle[T] {
	p := canonical((*T)(nil), value, func() any {
		p := new(T)
		*p = value
		return p
	}).(*T)
	var h unique.Handle[T]
	*(**T)(unsafe.Pointer(&h)) = p
	return h
}

func Handle_Value[T comparable](h unique.Handle[T]) T {
	return **(**T)(unsafe.Pointer(&h))
}
