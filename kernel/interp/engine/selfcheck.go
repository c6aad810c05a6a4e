package engine

import (
	"errors"
	"reflect"
	"runtime"
	"unsafe"
)

// selfCheck reports an error if func values, interfaces or errors are not made as this
// package takes for granted.
func selfCheck() error {
	if err := adapters().err; err != nil {
		return err
	}
	var err error = nilReceiver("")
	x := any(err)
	i, e := (*iface)(unsafe.Pointer(&err)), (*iface)(unsafe.Pointer(&x))
	if dynamic(*i, false) != e.tab {
		return errors.New("an itab isn't made as expected")
	}
	// The method as a func that takes the data word.
	fv := unsafe.Add(i.tab, itabFun)
	if (*(*func(unsafe.Pointer) string)(unsafe.Pointer(&fv)))(i.data) != "" {
		return errors.New("an itab's method isn't called as expected")
	}
	a, b := reflect.TypeFor[runtime.TypeAssertionError](), reflect.TypeFor[assertionError]()
	if a.NumField() != b.NumField() || a.Size() != b.Size() {
		return errors.New("runtime.TypeAssertionError has changed")
	}
	for i := range a.NumField() {
		if a.Field(i).Offset != b.Field(i).Offset || pointers(a.Field(i).Type) != pointers(b.Field(i).Type) {
			return errors.New("runtime.TypeAssertionError has changed")
		}
	}
	return nil
}
