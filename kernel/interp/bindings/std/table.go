package std

import (
	"go/constant"
	"go/token"
	"reflect"
	"strings"
)

// A table collects the symbols of a package. Each method takes names, separated by
// blanks, and their values. The forms are yaegi's.
type table struct {
	symbols map[string]reflect.Value
}

// put adds n symbols.
func (t *table) put(names string, n int, value func(i int) reflect.Value) {
	i := 0
	for name := range strings.SplitSeq(names, " ") {
		t.symbols[name] = value(i)
		i++
	}
	if i != n {
		panic("not as many values as names: " + names)
	}
}

func (t *table) funcs(names string, values ...any) {
	t.put(names, len(values), func(i int) reflect.Value { return reflect.ValueOf(values[i]) })
}

// consts adds typed constants.
func (t *table) consts(names string, values ...any) { t.funcs(names, values...) }

// types adds types, given as nil pointers to them.
func (t *table) types(names string, values ...any) { t.funcs(names, values...) }

// vars adds variables, given by their addresses.
func (t *table) vars(names string, values ...any) {
	t.put(names, len(values), func(i int) reflect.Value { return reflect.ValueOf(values[i]).Elem() })
}

// ints adds untyped constants, as do the next.
func (t *table) ints(names string, values ...int64) {
	t.put(names, len(values), func(i int) reflect.Value { return reflect.ValueOf(constant.MakeInt64(values[i])) })
}

func (t *table) uints(names string, values ...uint64) {
	t.put(names, len(values), func(i int) reflect.Value { return reflect.ValueOf(constant.MakeUint64(values[i])) })
}

func (t *table) strs(names string, values ...string) {
	t.put(names, len(values), func(i int) reflect.Value { return reflect.ValueOf(constant.MakeString(values[i])) })
}

// floats takes literals: a float64 would be less exact than the constant.
func (t *table) floats(names string, values ...string) {
	t.put(names, len(values), func(i int) reflect.Value {
		return reflect.ValueOf(constant.MakeFromLiteral(values[i], token.FLOAT, 0))
	})
}
