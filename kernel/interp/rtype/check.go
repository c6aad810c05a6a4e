//lint:file-ignore U1000 only the layout matters

package rtype

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// Check reports an error if the Go version that the program was built with isn't one for which this
// package works. It compares descriptors of compiled types with what reflect says of them,
// looks at the stubs, and makes and uses a type. It does so once and takes less than a
// millisecond.
var Check = sync.OnceValue(func() error {
	for _, step := range [...]func() error{checkHeader, checkKinds, checkMethods, checkStubs, checkUse} {
		if err := step(); err != nil {
			return fmt.Errorf("can't make types as %s has them: %w", runtime.Version(), err)
		}
	}
	return nil
})

// checkHeader compares abiType with what package reflect uses. The rest of the descriptors
// isn't in reach of reflection.
func checkHeader() error {
	real := reflect.TypeOf(reflect.TypeFor[int]()).Elem()
	for real.Kind() == reflect.Struct && real.NumField() == 1 {
		real = real.Field(0).Type
	}
	mine := reflect.TypeFor[abiType]()
	if real.Kind() != reflect.Struct || real.Size() != mine.Size() || real.NumField() != mine.NumField() {
		return errors.New("the header of a type has changed")
	}
	names := [...]string{
		"Size_", "PtrBytes", "Hash", "TFlag", "Align_", "FieldAlign_", "Kind_", "Equal", "GCData", "Str", "PtrToThis",
	}
	for i, name := range names {
		r, m := real.Field(i), mine.Field(i)
		if r.Name != name || r.Offset != m.Offset || r.Type.Kind() != m.Type.Kind() || r.Type.Size() != m.Type.Size() {
			return fmt.Errorf("the header of a type has changed: %s", r.Name)
		}
	}
	return nil
}

// The types that Check looks at are variables because the compiler takes loads from a type
// that it knows for constants, and the linker then takes these for types.
var (
	intType      = reflect.TypeFor[int]()
	stringType   = reflect.TypeFor[string]()
	arrayProbe   = reflect.TypeFor[[3]int]()
	sliceProbe   = reflect.TypeFor[[]int]()
	chanProbe    = reflect.TypeFor[<-chan int]()
	funcProbe    = reflect.TypeFor[func(int, ...string) (string, int)]()
	mapProbe     = reflect.TypeFor[map[string]int]()
	pointerProbe = reflect.TypeFor[*int]()
	structProbe  = reflect.TypeFor[checked]()
	structPtr    = reflect.TypeFor[*checked]()
	ifaceProbe   = reflect.TypeFor[interface {
		Get() int
		Set(string)
	}]()
)

type checked struct {
	A int `tag:"x"`
	b string
}

func (checked) Get() int  { return 0 }
func (*checked) set(byte) {}

// checkKinds compares what comes after the header.
func checkKinds() error {
	is := func(t *abiType, want reflect.Type) bool { return unsafe.Pointer(t) == Ptr(want) }
	at := (*arrayType)(Ptr(arrayProbe))
	ct := (*chanType)(Ptr(chanProbe))
	ft := (*funcType)(Ptr(funcProbe))
	it := (*interfaceType)(Ptr(ifaceProbe))
	mt := (*mapType)(Ptr(mapProbe))
	pt := (*elemType)(Ptr(pointerProbe))
	lt := (*elemType)(Ptr(sliceProbe))
	st := (*structType)(Ptr(structProbe))

	switch {
	case !is(at.elem, intType) || !is(at.slice, sliceProbe) || at.len != 3:
		return errors.New("array types have changed")
	case !is(ct.elem, intType) || ct.dir != int(reflect.RecvDir):
		return errors.New("channel types have changed")
	case ft.inCount != 2 || ft.outCount != 2|variadic || !is(ft.args()[0], intType) || !is(ft.args()[3], intType):
		return errors.New("func types have changed")
	case len(it.methods) != 2 || it.pkgPath != nil || it.methods[0].typ == 0:
		return errors.New("interface types have changed")
	case !is(mt.key, stringType) || !is(mt.elem, intType) || mt.groupSize != mt.group.size ||
		mt.elemOff != stringType.Size() || mt.slotSize != stringType.Size()+intType.Size() || mt.hasher == nil:
		return errors.New("map types have changed")
	case !is(pt.elem, intType) || !is(lt.elem, intType):
		return errors.New("pointer or slice types have changed")
	case len(st.fields) != 2 || decodeName(st.pkgPath) != structProbe.PkgPath() ||
		decodeName(st.fields[0].name) != "A" || *st.fields[0].name != 1<<0|1<<1 ||
		decodeName(st.fields[1].name) != "b" || st.fields[1].offset != intType.Size() || !is(st.fields[1].typ, stringType):
		return errors.New("struct types have changed")
	}
	return nil
}

// checkMethods looks at the methods of a compiled type.
func checkMethods() error {
	t := desc(structProbe)
	p := desc(structPtr)
	u, v := t.uncommon(), p.uncommon()
	switch {
	case u == nil || v == nil:
		return errors.New("methods have changed: there are none")
	case u.mcount != 1 || u.xcount != 1 || v.mcount != 2 || v.xcount != 1:
		return errors.New("methods have changed: their number")
	case len(u.methods()) != 1 || u.methods()[0].name != v.methods()[0].name || u.methods()[0].typ != v.methods()[0].typ:
		return errors.New("methods have changed: their order")
	case t.tflag&flagNamed == 0 || p.tflag&(flagNamed|flagDirect) != flagDirect:
		return errors.New("the flags of types have changed")
	}
	return nil
}

// checkStubs looks at some of them, the last one too: one of another size would move all that follow.
func checkStubs() error {
	for i := 0; i < stubCount; i += 255 {
		if !stubOK(i) {
			return fmt.Errorf("stub %d has not the code that it should have", i)
		}
	}
	return nil
}

// checkUse makes a type with a field and two methods, and uses it.
func checkUse() error {
	const (
		str code.TypeID = iota + 1
		sig
		typ
	)
	type like struct{ a, b string }
	get := func(p *like) string { runtime.Gosched(); return p.b }
	value := func(v like) string { return v.a }
	t := NewTable(nil, func(m code.Method, recv, typ reflect.Type, word bool) unsafe.Pointer {
		if recv.Kind() == reflect.Pointer {
			return *(*unsafe.Pointer)(unsafe.Pointer(&get))
		}
		return *(*unsafe.Pointer)(unsafe.Pointer(&value))
	})
	err := t.Add([]code.Type{
		{ID: str, Kind: code.String, Name: "string"},
		{ID: sig, Kind: code.FuncKind, Out: []code.TypeID{str}},
		{ID: typ, Kind: code.Struct, Name: "Checked", Path: "main",
			Fields:  []code.Field{{Name: "A", Type: str}, {Name: "b", Path: "main", Type: str}},
			Methods: []code.Method{{Name: "String", Sig: sig, Func: 1}}},
	})
	if err != nil {
		return err
	}
	rt := t.Type(typ)
	v := reflect.New(rt)
	*(*like)(v.UnsafePointer()) = like{"a", "b"}
	s, ok := v.Elem().Interface().(fmt.Stringer)
	p, okp := v.Interface().(fmt.Stringer)
	switch {
	case rt.String() != "main.Checked" || rt.Name() != "Checked" || rt.PkgPath() != "main" ||
		reflect.PointerTo(rt).String() != "*main.Checked":
		return errors.New("a type has not the name that it was given")
	case rt.NumField() != 2 || rt.Field(1).Name != "b" || rt.Field(1).IsExported():
		return errors.New("a type has not the fields that it was given")
	case !ok || !okp || s.String() != "b" || p.String() != "b" ||
		rt.Method(0).Func.Call([]reflect.Value{v.Elem()})[0].String() != "a":
		return errors.New("a type has not the methods that it was given")
	case any(s) != v.Elem().Interface():
		return errors.New("a value isn't equal to itself")
	}
	return nil
}
