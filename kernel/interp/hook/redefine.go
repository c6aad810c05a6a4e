package hook

import (
	"reflect"
	"unsafe"
	"weak"

	"github.com/traefik/yaegi/interp"
)

// Funcs holds the declarations of each function that a session has compiled. The
// zero value is ready to use; it isn't safe for concurrent use.
type Funcs struct {
	// Declarations that nothing can call any more are the garbage collector's.
	byName map[string][]weak.Pointer[byte]
}

// Update makes every earlier declaration of a function in p run the new body, and
// remembers the new one. A compiled call reads the body and the frame layout from
// the declaration it was bound to, at each call, so these two are replaced; the
// signature must be the same. Function values taken earlier keep the old body.
func (fs *Funcs) Update(p *interp.Program) {
	if fs.byName == nil {
		fs.byName = map[string][]weak.Pointer[byte]{}
	}
	for _, n := range *at[[]node](rootOf(p), offChild) {
		if kind(n) != "funcDecl" {
			continue
		}
		name := declName(n)
		children := *at[[]node](n, offChild)
		known := fs.byName[name][:0]
		for _, w := range fs.byName[name] {
			if old := node(unsafe.Pointer(w.Value())); old != nil {
				*at[[]node](old, offChild) = children
				*at[[]reflect.Type](old, offTypes) = *at[[]reflect.Type](n, offTypes)
				known = append(known, w)
			}
		}
		fs.byName[name] = append(known, weak.Make((*byte)(n)))
	}
}

// Forget drops what is remembered of the function name: nothing earlier calls it.
func (fs *Funcs) Forget(name string) { delete(fs.byName, name) }

// declName returns the name of a function declaration, or "Type.name" for a method.
func declName(n node) string {
	children := *at[[]node](n, offChild)
	name := *at[string](children[1], offIdent)
	if recv := *at[[]node](children[0], offChild); len(recv) > 0 {
		t := recv[0]
		for { // the receiver's type is the last leaf: (t *T), (*T), (T)
			parts := *at[[]node](t, offChild)
			if len(parts) == 0 {
				break
			}
			t = parts[len(parts)-1]
		}
		name = *at[string](t, offIdent) + "." + name
	}
	return name
}
