package rtype

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/interp/code"
)

const shapes = `
type Circle struct { R float64; next *Circle }
type Box struct { inner Circle; all []Circle }
type Other struct { n int }
func (o Other) String() string { return "" }
var list []*Circle
var table map[string]Box
var fn func(Circle) interface { Get() Box }
var anon struct { Circle; N int }
var unrelated map[Other]int
`

func TestVersions(t *testing.T) {
	s := newSession(t, map[string]body{
		"Circle.String": func(c reflect.Value, _ []reflect.Value) []reflect.Value {
			return text(fmt.Sprint("circle ", c.Field(0).Float()))
		},
		"(*Circle).Grow": func(c reflect.Value, _ []reflect.Value) []reflect.Value { c.Elem().Field(0).SetFloat(9); return nil },
		"Other.String":   func(reflect.Value, []reflect.Value) []reflect.Value { return text("other") },
	})
	names := []string{"Circle", "Box", "list", "table", "fn", "anon", "Other", "unrelated"}
	types := func() map[string]reflect.Type {
		m := map[string]reflect.Type{}
		for _, n := range names {
			m[n] = s.typ(n)
		}
		return m
	}
	s.declare(shapes)
	v1 := types()
	old := reflect.New(v1["Circle"])
	old.Elem().Field(0).SetFloat(2)

	used := nextStub
	s.declare(shapes)
	check(t, fmt.Sprint(types()), fmt.Sprint(v1))
	check(t, nextStub, used)
	for n, typ := range types() {
		check(t, typ, v1[n])
	}

	s.declare(shapes + `func (c Circle) String() string { return "" }`)
	v2 := types()
	s.declare(shapes + `func (c Circle) String() string { return "" }; func (c *Circle) Grow() {}`)
	v3 := types()
	for _, n := range names {
		changed := n != "Other" && n != "unrelated"
		for _, pair := range [][2]reflect.Type{{v1[n], v2[n]}, {v2[n], v3[n]}, {v1[n], v3[n]}} {
			a, b := pair[0], pair[1]
			check(t, a != b, changed)
			check(t, Same(a, b), true)
			check(t, Same(reflect.PointerTo(a), reflect.PointerTo(b)), true)
			check(t, Same(reflect.SliceOf(a), reflect.SliceOf(b)), true)
			check(t, Same(reflect.FuncOf([]reflect.Type{a}, nil, false), reflect.FuncOf([]reflect.Type{b}, nil, false)), true)
			check(t, Same(reflect.MapOf(reflect.TypeFor[int](), a), reflect.MapOf(reflect.TypeFor[int](), b)), true)
			check(t, Same(a, reflect.PointerTo(b)), false)
			check(t, Same(reflect.SliceOf(a), reflect.SliceOf(v1["Other"])), n == "Other")
			check(t, a.String(), b.String())
			check(t, a.Size(), b.Size())
		}
	}
	check(t, Same(v1["Circle"], v3["Box"]), false)
	check(t, Same(v1["Circle"], v1["Other"]), false)
	check(t, v3["Box"].Field(0).Type, v3["Circle"])
	check(t, v3["anon"].Field(0).Type, v3["Circle"])
	check(t, v3["list"].Elem().Elem(), v3["Circle"])

	if _, ok := old.Interface().(fmt.Stringer); ok {
		t.Error("an old value has a new method")
	}
	now := reflect.NewAt(v3["Circle"], old.UnsafePointer())
	now.Interface().(interface{ Grow() }).Grow()
	check(t, fmt.Sprint(now.Elem().Interface()), "circle 9")
	check(t, reflect.NewAt(v2["Circle"], old.UnsafePointer()).Elem().Interface().(fmt.Stringer).String(), "circle 9")
	check(t, reflect.New(v3["anon"]).Interface().(fmt.Stringer).String(), "circle 0")

	// A type that only depends on the changed one keeps its stubs.
	used = nextStub
	s.declare(shapes + `func (c Circle) String() string { return "" }; func (c *Circle) Grow() {}; func (b Box) X() {}; var b struct { Box }`)
	check(t, nextStub, used+4) // Box.X by pointer and value; so for b
}

func TestAddErrors(t *testing.T) {
	used := nextStub
	tab := NewTable(nil, nil)
	integer := code.Type{ID: 1, Kind: code.Int, Name: "int"}
	long := make([]code.TypeID, 200)
	for i := range long {
		long[i] = 1
	}
	for want, types := range map[string][]code.Type{
		"type 2 needs type 3, which is not there":                  {integer, {ID: 2, Kind: code.Slice, Elem: 3}},
		"type 2 needs type 3, which is a tuple":                    {{ID: 2, Kind: code.Slice, Elem: 3}, {ID: 3, Kind: code.Tuple}},
		"type 2 has no element type":                               {{ID: 2, Kind: code.Slice}},
		"type 2 has the kind 77":                                   {{ID: 2, Kind: 77}},
		"type 2 has the direction 0":                               {integer, {ID: 2, Kind: code.Chan, Elem: 1}},
		"type \"X\" has the ID 0":                                  {{Kind: code.Int, Name: "X", Path: "main"}},
		"main.T contains itself":                                   {{ID: 2, Kind: code.Struct, Name: "T", Path: "main", Fields: []code.Field{{Name: "X", Type: 2}}}},
		"main.T has no package for field x":                        {integer, {ID: 2, Kind: code.Struct, Name: "T", Path: "main", Fields: []code.Field{{Name: "x", Type: 1}}}},
		"invalid map key type []int":                               {integer, {ID: 2, Kind: code.Slice, Elem: 1}, {ID: 3, Kind: code.Map, Key: 2, Elem: 1}},
		"can't make the types: reflect.FuncOf: too many arguments": {integer, {ID: 2, Kind: code.FuncKind, In: long}},
		"can't make the types: reflect.ChanOf: element size too large": {integer,
			{ID: 2, Kind: code.Array, Elem: 1, Len: 10000}, {ID: 3, Kind: code.Chan, Elem: 2, Dir: 3}},
		"T is not a predeclared type and has no package": {{ID: 2, Kind: code.Struct, Name: "T"}},
		"a type of package main has no name":             {{ID: 2, Kind: code.Struct, Path: "main"}},
		"method M of main.T has no func type": {integer,
			{ID: 2, Kind: code.Int, Name: "T", Path: "main", Methods: []code.Method{{Name: "M", Sig: 1}}}},
		"method m of main.T has no package": {{ID: 1, Kind: code.FuncKind},
			{ID: 2, Kind: code.Int, Name: "T", Path: "main", Methods: []code.Method{{Name: "m", Sig: 1}}}},
	} {
		check(t, fmt.Sprint(tab.Add(types)), want)
		check(t, tab.Type(1), nil)
		check(t, tab.Desc(2) == nil, true)
	}
	check(t, nextStub, used)

	if err := tab.Add([]code.Type{integer}); err != nil {
		t.Fatal(err)
	}
	check(t, fmt.Sprint(tab.Add([]code.Type{{ID: 1, Kind: code.Uint, Name: "uint"}})), "type 1 can't become another type")
	check(t, tab.Type(1), reflect.TypeFor[int]())
	check(t, tab.Add(nil), nil)
}

// TestStubsRunOut asks for more methods than there can be.
func TestStubsRunOut(t *testing.T) {
	types := []code.Type{{ID: 1, Kind: code.FuncKind}}
	for i := range 80 {
		d := code.Type{ID: code.TypeID(i + 2), Kind: code.Int, Name: fmt.Sprint("T", i), Path: "main"}
		for j := range 500 {
			d.Methods = append(d.Methods, code.Method{Name: fmt.Sprint("M", j), Sig: 1})
		}
		types = append(types, d)
	}
	used := nextStub
	tab := NewTable(nil, nil)
	err := tab.Add(types)
	check(t, err != nil && strings.HasPrefix(err.Error(), "there are too many methods: 80000 more are needed"), true)
	check(t, nextStub, used)
	check(t, tab.Type(1), nil)
}

func TestSame(t *testing.T) {
	check(t, Same(nil, nil), true)
	check(t, Same(nil, reflect.TypeFor[int]()), false)
	check(t, Same(reflect.TypeFor[int](), reflect.TypeFor[int]()), true)
	check(t, Same(reflect.TypeFor[int](), reflect.TypeFor[code.FuncID]()), false)
	check(t, Same(reflect.TypeFor[struct{ A int }](), reflect.TypeFor[struct{ B int }]()), false)
	check(t, Same(reflect.TypeFor[[]int](), reflect.TypeFor[[]uint]()), false)
}
