// Package rtype makes types at run time: types with names, unexported fields, embedding
// and methods, that package reflect can't make. A value of such a type is a Go value like
// any other: fmt, encoding/json, errors.As and sort.Sort treat it as if its type had been
// compiled.
//
// It is not a general library. It writes the runtime's own type descriptors, so it knows
// their layout (abi.go) and is bound to the Go versions that have it; [Check] says whether
// this one does. What reflect can make exactly is left to reflect, because types must be
// unique: reflect.SliceOf of a type made here must be the slice type made here.
//
// Types are never freed. The runtime takes that for granted.
package rtype

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A MethodMaker makes the code of method m of type recv: a func value of type typ, that is,
// the pointer that a variable of that type holds.
//
// If word is false, the first parameter of typ is the receiver, of type recv. This may be *T
// for a method of T; then the method runs on a copy of what the pointer points to, and
// panics as Go does if that is nil. If word is true, recv is pointer-shaped (IsDirect) and
// the first parameter is an unsafe.Pointer: the data word of an interface that holds recv,
// which is the value itself.
//
// It is called by Add when all types of that call are complete and in the table, and again
// for a type that is made anew because one that it depends on has got more methods; values
// of the old versions of the type then run the new code too. It must not call Add, return
// nil or panic.
type MethodMaker func(m code.Method, recv, typ reflect.Type, word bool) unsafe.Pointer

// A Table holds the types of a session. Add may be called by one goroutine at a time; the
// other methods by any at any time.
type Table struct {
	extern  func(path, name string) (reflect.Type, bool)
	method  MethodMaker
	entries atomic.Pointer[[]entry] // by ID; never changed once it is here
	ids     sync.Map                // reflect.Type to code.TypeID, of all versions; see ID

	// Of Add, under its lock.
	shapes map[code.TypeID]reflect.Type
	slots  map[slotKey]int
}

type entry struct {
	desc *code.Type
	typ  reflect.Type
}

// NewTable returns a table without types. extern finds the compiled types by package path
// and name.
func NewTable(extern func(path, name string) (reflect.Type, bool), method MethodMaker) *Table {
	t := &Table{
		extern: extern,
		method: method,
		shapes: map[code.TypeID]reflect.Type{},
		slots:  map[slotKey]int{},
	}
	t.entries.Store(new([]entry))
	return t
}

// Type returns the newest version of the type with the ID: nil for a Tuple and for IDs that
// haven't been added.
func (t *Table) Type(id code.TypeID) reflect.Type {
	if es := *t.entries.Load(); uint(id) < uint(len(es)) {
		return es[id].typ
	}
	return nil
}

// Desc returns the description that the type with the ID was made from, or nil.
func (t *Table) Desc(id code.TypeID) *code.Type {
	if es := *t.entries.Load(); uint(id) < uint(len(es)) {
		return es[id].desc
	}
	return nil
}

// ID returns the ID of a type that only the table can make: one with a name that isn't compiled, an interface with methods, or
// a struct with fields that are embedded or not exported. All versions of a type have the same. Others, which
// package reflect makes of these, have none.
func (t *Table) ID(rt reflect.Type) (code.TypeID, bool) {
	if id, ok := t.ids.Load(rt); ok {
		return id.(code.TypeID), true
	}
	return 0, false
}

// hasID reports whether ID knows a type with that description.
func hasID(d *code.Type) bool {
	switch {
	case d.Compiled:
		return false
	case d.Name != "":
		return d.Path != ""
	case d.Kind == code.Interface:
		return len(d.Methods) > 0
	case d.Kind == code.Struct:
		for _, f := range d.Fields {
			if f.Embedded || !exported(f.Name) {
				return true
			}
		}
	}
	return false
}

// adding guards what all tables share: stubs, names, and reflect's view of types that are
// half made.
var adding sync.Mutex

// Add adds types, in any order, that may refer to each other and to those added before. If
// there is an error nothing has been added.
//
// A type that is there already may come again. With the methods it had, that changes
// nothing. With other methods a new version of it is made, with the same name and layout,
// and new versions of all types that depend on it; Type returns those from then on. Values
// of the old versions go on to work; see [Same].
func (t *Table) Add(types []code.Type) (err error) {
	adding.Lock()
	defer adding.Unlock()

	b := newBuilder(t)
	defer func() {
		// reflect says by panicking what it can't make.
		switch r := recover().(type) {
		case nil:
		case string:
			err = fmt.Errorf("can't make the types: %s", r)
		case failure:
			err = r.error
		default:
			panic(r)
		}
	}()
	if !b.plan(types) {
		return nil
	}
	b.build()
	b.publish()
	return nil
}

// A failure is what a builder panics with to leave Add.
type failure struct{ error }

func fail(format string, args ...any) {
	panic(failure{fmt.Errorf(format, args...)})
}
