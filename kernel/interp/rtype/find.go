package rtype

import (
	"reflect"
	"sync"
	"unsafe"
)

// Compiled returns the type that compiled code of the program calls path.name, exported or not; name may be that of an instance, as
// reflect has it. Types that no value in an interface can have anything to do with aren't there at run time.
func Compiled(path, name string) (reflect.Type, bool) {
	adding.Lock()
	pkg := packageName(path)
	adding.Unlock()
	for _, t := range typesByString("*" + pkg + "." + name) {
		if t := t.reflect().Elem(); t.PkgPath() == path && t.Name() == name {
			return t, true
		}
	}
	t, ok := compiledTypes()[typeName{path, name}]
	return t, ok
}

type typeName struct{ path, name string }

// compiledTypes finds the types with a name: what the types are made of that there is a list of.
var compiledTypes = sync.OnceValue(func() map[typeName]reflect.Type {
	all := map[typeName]reflect.Type{}
	seen := map[*abiType]bool{}
	var todo []*abiType
	note := func(t *abiType) {
		if t != nil && !seen[t] {
			seen[t] = true
			todo = append(todo, t)
		}
	}
	sections, offsets := typelinks()
	for i, section := range sections {
		for _, off := range offsets[i] {
			note((*abiType)(unsafe.Add(section, off)))
		}
	}
	for len(todo) > 0 {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		rt := t.reflect()
		if t.tflag&flagNamed != 0 && rt.PkgPath() != "" {
			all[typeName{rt.PkgPath(), rt.Name()}] = rt
		}
		switch reflect.Kind(t.kind) {
		case reflect.Array, reflect.Chan, reflect.Pointer, reflect.Slice:
			note(desc(rt.Elem()))
		case reflect.Map:
			note(desc(rt.Key()))
			note(desc(rt.Elem()))
		case reflect.Func:
			for _, a := range (*funcType)(unsafe.Pointer(t)).args() {
				note(a)
			}
		case reflect.Struct:
			for _, f := range (*structType)(unsafe.Pointer(t)).fields {
				note(f.typ)
			}
		case reflect.Interface:
			for i := range rt.NumMethod() {
				note(desc(rt.Method(i).Type))
			}
		}
	}
	return all
})
