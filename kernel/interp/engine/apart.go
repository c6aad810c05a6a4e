package engine

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/rtype"
)

// A Func is a func value of the session taken apart.
type Func struct {
	ID   code.FuncID
	Name string
	Pos  link.Pos
	// Captured are the variables of surrounding functions that it uses: the variables themselves, which other
	// closures may share. Written says that the function, or a literal in it, stores in one.
	Captured []Variable
	// Receiver is the bound receiver of a method value; else it is not valid.
	Receiver reflect.Value
}

// ErrMethod is the error for a method value of a compiled type.
var ErrMethod = errors.New("engine: a method value of a compiled type has no code that could be sent elsewhere")

// TakeApart says what the func value f consists of. The error is ErrCompiled or ErrMethod where it isn't
// the session's. It may be called from any goroutine.
func (e *Engine) TakeApart(f reflect.Value) (*Func, error) {
	if f.Kind() != reflect.Func || f.IsNil() {
		return nil, fmt.Errorf("engine: %v is not a function to be sent", f)
	}
	cl := anyClosure(objectOf(f))
	switch {
	case cl == nil:
		return nil, ErrCompiled
	case cl.fn == nil:
		return nil, ErrMethod
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	id := cl.fn.id
	body := cl.fn.body
	if body == nil {
		return nil, fmt.Errorf("engine: function %d has no body", id)
	}
	im := cl.fn.impl.Load()
	out := &Func{ID: id, Name: im.name, Pos: im.pos, Captured: make([]Variable, len(body.Captured))}
	for i, c := range body.Captured {
		cell := *(*unsafe.Pointer)(unsafe.Add(cl.env, uintptr(i)*unsafe.Sizeof(uintptr(0))))
		out.Captured[i] = Variable{c.Name, reflect.NewAt(e.typ(c.Type).rt, cell).Elem(), e.storesOf(id).env[i]}
	}
	if cl.recv != nil {
		out.Receiver = reflect.NewAt(im.slots[0].rt, cl.recv).Elem()
	}
	return out, nil
}

// Describe returns the name of a function of the session, where it stands, and the names of the variables that
// it captures with whether it, or a literal in it, stores in them.
func (e *Engine) Describe(id code.FuncID) (name string, pos link.Pos, captured []Variable, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.body(id)
	if f == nil {
		return "", 0, nil, false
	}
	for i, c := range f.Captured {
		captured = append(captured, Variable{c.Name, reflect.Zero(e.typ(c.Type).rt), e.storesOf(id).env[i]})
	}
	return f.Name, f.Pos, captured, true
}

// Join makes a func value of type t: of a function, with the variables that the pointers captured point to, and bound to recv if
// that is valid. The types must be those that Needs returns. It may be called from any goroutine.
func (e *Engine) Join(t reflect.Type, id code.FuncID, captured []reflect.Value, recv reflect.Value) (reflect.Value, error) {
	types, rt, err := e.Needs(id, recv.IsValid())
	if err != nil {
		return reflect.Value{}, err
	}
	if len(captured) != len(types) {
		return reflect.Value{}, fmt.Errorf("engine: %d values for %d captured variables", len(captured), len(types))
	}
	cells := make([]unsafe.Pointer, len(captured))
	for i, v := range captured {
		if v.Kind() != reflect.Pointer || v.IsNil() || !rtype.Same(v.Type().Elem(), types[i]) {
			return reflect.Value{}, fmt.Errorf("engine: a variable of type %s is wanted, not %v", types[i], v)
		}
		cells[i] = v.UnsafePointer()
	}
	var bound unsafe.Pointer
	if recv.IsValid() {
		if !rtype.Same(recv.Type(), rt) {
			return reflect.Value{}, fmt.Errorf("engine: a receiver of type %s is wanted, not %s", rt, recv.Type())
		}
		p := reflect.New(rt)
		reflect.NewAt(recv.Type(), p.UnsafePointer()).Elem().Set(recv)
		bound = p.UnsafePointer()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	fn := e.lookup(id)
	if fn == nil {
		return reflect.Value{}, fmt.Errorf("engine: no function %d", id)
	}
	sig := fn.sig.rt
	if bound != nil {
		sig = withoutFirst(sig)
	}
	if t.Kind() != reflect.Func || !sameSignature(t, sig) {
		return reflect.Value{}, fmt.Errorf("engine: a %s is wanted, function %d is a %s", t, id, sig)
	}
	v := newClosure(e.kind(t, ""), fn, unsafe.Pointer(unsafe.SliceData(cells)), bound)
	return reflect.NewAt(t, unsafe.Pointer(&v)).Elem(), nil
}

// sameSignature reports whether two func types differ in nothing but a name.
func sameSignature(a, b reflect.Type) bool {
	if a.NumIn() != b.NumIn() || a.NumOut() != b.NumOut() || a.IsVariadic() != b.IsVariadic() {
		return false
	}
	for i := range a.NumIn() {
		if !rtype.Same(a.In(i), b.In(i)) {
			return false
		}
	}
	for i := range a.NumOut() {
		if !rtype.Same(a.Out(i), b.Out(i)) {
			return false
		}
	}
	return true
}

// TypeID returns the ID of a type that only the session has: one with a name, or one without that package reflect can't make of
// others. All versions of a type have the same. It may be called from any goroutine.
func (e *Engine) TypeID(t reflect.Type) (code.TypeID, bool) { return e.types.ID(t) }

// Type returns the newest version of the type with an ID, nil if there is none. It may be called from any
// goroutine.
func (e *Engine) Type(id code.TypeID) reflect.Type { return e.types.Type(id) }

// Errors returns the variables that may hold errors which are told apart by what they are, not by what they say: of the session and
// of packages that run from their source. It may be called from any goroutine.
func (e *Engine) Errors() map[code.GlobalID]reflect.Value {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.errors == nil {
		e.errors = map[code.GlobalID]reflect.Value{}
		for id, g := range e.globals {
			if k := g.t.rt.Kind(); (k == reflect.Interface || k == reflect.Pointer) && g.t.rt.Implements(errorType) {
				e.errors[id] = reflect.NewAt(g.t.rt, g.ptr).Elem()
			}
		}
	}
	return e.errors
}

var errorType = reflect.TypeFor[error]()

// variable describes a session variable.
func (g *global) variable(written bool) Variable {
	return Variable{g.name, reflect.NewAt(g.t.rt, g.ptr).Elem(), written}
}

// Initialised reports whether a variable belongs to a package that runs from its source, so that it has a value of its own in each
// process.
func (e *Engine) Initialised(id code.GlobalID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.globals[id]
	return g != nil && g.init != 0
}
