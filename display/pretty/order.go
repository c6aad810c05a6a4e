package pretty

import (
	"cmp"
	"reflect"
	"slices"
)

type entry struct{ key, value reflect.Value }

// sortedEntries returns at most n entries of a map, in the order of their keys.
func sortedEntries(m reflect.Value, n int) []entry {
	entries := make([]entry, 0, n)
	for it := m.MapRange(); len(entries) < n && it.Next(); {
		entries = append(entries, entry{it.Key(), it.Value()})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return compare(a.key, b.key, 0) })
	return entries
}

// compare orders two map keys as fmt does: by value, composites by their parts,
// values of different types in an interface by their kind and type. Pointers and
// channels are in the order of their addresses.
func compare(a, b reflect.Value, depth int) int {
	const deepest = 20 // an interface in an interface … in a key
	a, b = Unwrap(a), Unwrap(b)
	switch {
	case !a.IsValid() || !b.IsValid():
		return boolean(a.IsValid(), b.IsValid())
	case a.Kind() != b.Kind():
		return cmp.Compare(a.Kind(), b.Kind())
	case a.Type() != b.Type():
		return cmp.Compare(a.Type().String(), b.Type().String())
	case depth > deepest:
		return 0
	}
	switch a.Kind() {
	case reflect.Bool:
		return boolean(a.Bool(), b.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cmp.Compare(a.Uint(), b.Uint())
	case reflect.Float32, reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		return cmp.Or(cmp.Compare(real(x), real(y)), cmp.Compare(imag(x), imag(y)))
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer:
		return cmp.Compare(a.Pointer(), b.Pointer())
	case reflect.Struct:
		for i := range a.NumField() {
			if c := compare(a.Field(i), b.Field(i), depth+1); c != 0 {
				return c
			}
		}
	case reflect.Array:
		for i := range a.Len() {
			if c := compare(a.Index(i), b.Index(i), depth+1); c != 0 {
				return c
			}
		}
	}
	return 0
}

func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
