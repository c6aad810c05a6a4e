package rtype

import (
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// BenchmarkAdd adds a struct with two methods, the pointer to it and a slice, to a session of
// growing size.
func BenchmarkAdd(b *testing.B) {
	fn := func() {}
	tab := NewTable(nil, func(code.Method, reflect.Type, reflect.Type, bool) unsafe.Pointer {
		return *(*unsafe.Pointer)(unsafe.Pointer(&fn))
	})
	if err := tab.Add([]code.Type{
		{ID: 1, Kind: code.Int, Name: "int"}, {ID: 2, Kind: code.String, Name: "string"},
		{ID: 3, Kind: code.FuncKind, In: []code.TypeID{1}, Out: []code.TypeID{2}},
	}); err != nil {
		b.Fatal(err)
	}
	id := code.TypeID(4)
	stubs := nextStub
	for b.Loop() {
		nextStub = stubs // or there wouldn't be enough
		err := tab.Add([]code.Type{
			{ID: id, Kind: code.Struct, Name: fmt.Sprint("T", id), Path: "main",
				Fields:  []code.Field{{Name: "A", Type: 1}, {Name: "b", Path: "main", Type: 2}, {Name: "next", Path: "main", Type: id + 1}},
				Methods: []code.Method{{Name: "Get", Sig: 3, Func: 1}, {Name: "set", Path: "main", Sig: 3, Func: 2, Pointer: true}}},
			{ID: id + 1, Kind: code.Pointer, Elem: id},
			{ID: id + 2, Kind: code.Slice, Elem: id},
		})
		if err != nil {
			b.Fatal(err)
		}
		id += 3
	}
}

func BenchmarkSame(b *testing.B) {
	versions.Store(true)
	x, y := reflect.TypeFor[*abiType](), reflect.TypeFor[*method]()
	for b.Loop() {
		if Same(x, y) {
			b.Fatal("not the same")
		}
	}
}
