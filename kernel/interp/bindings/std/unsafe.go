package std

import (
	"maps"
	"reflect"
	"unsafe"

	"github.com/traefik/yaegi/interp"
	yaegi "github.com/traefik/yaegi/stdlib/unsafe"
)

// unsafeSymbols returns the symbols of package unsafe: those that yaegi's compiler
// knows, and what has a compiled form besides.
func unsafeSymbols() map[string]reflect.Value {
	m := maps.Clone(yaegi.Symbols["unsafe/unsafe"])
	m["String"] = reflect.ValueOf(func(p *byte, n int) string { return unsafe.String(p, n) })
	m["StringData"] = reflect.ValueOf(func(s string) *byte { return unsafe.StringData(s) })
	return m
}

// unsafeExports returns what yaegi needs for unsafe: the package and the conversions
// of pointers.
func unsafeExports() interp.Exports {
	const conversions = "github.com/traefik/yaegi/yaegi"
	return interp.Exports{"unsafe/unsafe": unsafeSymbols(), conversions: yaegi.Symbols[conversions]}
}
