package pretty

import (
	"reflect"
	"strings"
	"time"
	"unsafe"
)

var (
	valueType = reflect.TypeFor[reflect.Value]()
	timeType  = reflect.TypeFor[time.Time]()
)

// Unwrap returns what an interface holds, through what the interpreter wraps
// around it; any other value comes back as it is. The result is the zero Value
// if the interface is nil.
func Unwrap(v reflect.Value) reflect.Value {
	for v.IsValid() {
		switch {
		case v.Kind() == reflect.Interface:
			v = v.Elem()
		case isValueInterface(v.Type()):
			v = wrapped(v)
		default:
			return v
		}
	}
	return v
}

// isValueInterface reports whether rt is the interpreter's representation of a
// value in an interface with methods: struct { node *node; value reflect.Value }.
// It is known by its shape, as this package knows no interpreter.
func isValueInterface(rt reflect.Type) bool {
	return rt.Kind() == reflect.Struct && rt.NumField() == 2 && rt.Name() == "valueInterface" && rt.Field(1).Name == "value" && rt.Field(1).Type == valueType
}

func wrapped(v reflect.Value) reflect.Value {
	inner, ok := accessible(addressable(v).Field(1))
	if !ok {
		return reflect.Value{}
	}
	return inner.Interface().(reflect.Value)
}

// addressable returns v in memory that has an address, so that accessible can
// read its fields. Large values are not copied.
func addressable(v reflect.Value) reflect.Value {
	const limit = 4096
	if v.CanAddr() || !v.CanInterface() || v.Type().Size() > limit {
		return v
	}
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

// accessible returns the value of an unexported field without the mark by which
// reflection forbids its use, or false if the field has no address.
func accessible(v reflect.Value) (reflect.Value, bool) {
	if v.CanInterface() {
		return v, true
	}
	if !v.CanAddr() {
		return v, false
	}
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem(), true
}

// wrapperName returns the name of the interface for which the interpreter has
// made a compiled wrapper: "error" for interp._error, "fmt.Stringer" for
// stdlib._fmt_Stringer.
func wrapperName(rt reflect.Type) (string, bool) {
	if !isWrapper(rt) {
		return "", false
	}
	return strings.Replace(rt.Name()[1:], "_", ".", 1), true
}

// isWrapper reports whether rt is a struct by which the interpreter gives a
// value's methods to compiled code; its first field holds the value.
func isWrapper(rt reflect.Type) bool {
	return rt.Kind() == reflect.Struct && strings.HasPrefix(rt.Name(), "_") && rt.NumField() > 0 && rt.Field(0).Name == "IValue"
}
