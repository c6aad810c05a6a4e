package rtype

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// setMethods gives an interface type its methods.
func (b *builder) setMethods(it *interfaceType, ms []code.Method) {
	ms, _ = sortMethods(ms)
	it.methods = make([]imethod, len(ms))
	for i, m := range ms {
		it.methods[i] = imethod{
			name: methodName(m),
			typ:  addReflectOff(unsafe.Pointer(b.resolve(m.Sig))),
		}
	}
}

// interfaces has the interface types without a name that have methods, by string.
var interfaces = map[string][]*abiType{}

// interfaceOf returns an interface type without a name.
func (b *builder) interfaceOf(d *code.Type) *abiType {
	compiledInterfaces()
	ms, _ := sortMethods(d.Methods)
	str := []byte("interface {")
	for i, m := range ms {
		if i > 0 {
			str = append(str, ';')
		}
		str = append(str, ' ')
		if !exported(m.Name) {
			str = append(append(str, packageName(m.Path)...), '.')
		}
		str = append(append(str, m.Name...), b.resolve(m.Sig).String()[len("func"):]...)
	}
	str = append(str, " }"...)

	for _, t := range interfaces[string(str)] {
		if b.hasMethods(t.reflect(), ms) {
			return t
		}
	}
	o := b.object(d, string(str))
	b.setMethods((*interfaceType)(unsafe.Pointer(o.typ)), ms)
	interfaces[string(str)] = append(interfaces[string(str)], o.typ)
	return o.typ
}

// hasMethods reports whether the interface type t has exactly the methods.
func (b *builder) hasMethods(t reflect.Type, ms []code.Method) bool {
	if t.NumMethod() != len(ms) {
		return false
	}
	for i, m := range ms {
		got := t.Method(i)
		if got.Name != m.Name || desc(got.Type) != b.resolve(m.Sig) || !exported(m.Name) && got.PkgPath != m.Path {
			return false
		}
	}
	return true
}

// compiledInterfaces puts the interface types without a name that the program has into
// interfaces, because types must be unique. There is no list of them. But those that values
// can have anything to do with are part of the types that there is a list of:
// elements of pointers, slices and the like, parameters, results, fields.
var compiledInterfaces = sync.OnceFunc(func() {
	seen := map[*abiType]bool{}
	note := func(t *abiType) {
		if t.kind != uint8(reflect.Interface) || t.tflag&flagNamed != 0 || seen[t] {
			return
		}
		seen[t] = true
		if len((*interfaceType)(unsafe.Pointer(t)).methods) > 0 {
			s := t.String()
			interfaces[s] = append(interfaces[s], t)
		}
	}
	fields := func(t *abiType) {
		if t.kind == uint8(reflect.Struct) {
			for _, f := range (*structType)(unsafe.Pointer(t)).fields {
				note(f.typ)
			}
		}
	}
	sections, offsets := typelinks()
	for i, section := range sections {
		for _, off := range offsets[i] {
			t := (*abiType)(unsafe.Add(section, off))
			switch reflect.Kind(t.kind) {
			case reflect.Array:
				note((*arrayType)(unsafe.Pointer(t)).elem)
			case reflect.Chan:
				note((*chanType)(unsafe.Pointer(t)).elem)
			case reflect.Func:
				for _, a := range (*funcType)(unsafe.Pointer(t)).args() {
					note(a)
				}
			case reflect.Map:
				note((*mapType)(unsafe.Pointer(t)).key)
				note((*mapType)(unsafe.Pointer(t)).elem)
			case reflect.Pointer, reflect.Slice:
				e := (*elemType)(unsafe.Pointer(t)).elem
				note(e)
				fields(e)
			case reflect.Struct:
				fields(t)
			}
		}
	}
})
