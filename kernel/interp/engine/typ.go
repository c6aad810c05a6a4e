package engine

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/rtype"
)

// A class says as which Go type closures move a value.
type class uint8

const (
	cNone       class = iota
	cBool             // bool
	cInt8             // int8 …
	cInt16            //
	cInt32            //
	cInt64            // int64: int, int64
	cUint8            //
	cUint16           //
	cUint32           //
	cUint64           // uint64: uint, uint64, uintptr
	cFloat32          //
	cFloat64          //
	cComplex64        //
	cComplex128       //
	cString           // string
	cSlice            // slice: any slice
	cIface            // iface: any interface, with methods or without
	cPtr              // unsafe.Pointer: pointers, maps, channels, funcs
	cMem              // structs and arrays, from memory to memory
	cTuple            // the values of a call
)

// A slice is what a slice of any type is in memory.
type slice struct {
	ptr      unsafe.Pointer
	len, cap int
}

// An iface is what an interface value is in memory: tab is the type of the value in an
// interface without methods, else an itab.
type iface struct {
	tab, data unsafe.Pointer
}

// A typ is a type as the compiler of closures needs it.
type typ struct {
	id     code.TypeID
	kind   code.Kind
	class  class
	rt     reflect.Type   // nil for a tuple
	ptr    unsafe.Pointer // the runtime's type
	size   uintptr
	direct bool // a value of it is the data word of an interface itself
	desc   *code.Type
	// Of tuples.
	out []*typ
}

func (t *typ) String() string {
	if t.rt != nil {
		return t.rt.String()
	}
	return fmt.Sprint(t.kind)
}

// empty reports whether t is an interface type without methods.
func (t *typ) empty() bool { return t.kind == code.Interface && t.rt.NumMethod() == 0 }

var classes = [...]class{
	code.Bool: cBool, code.Int: cInt64, code.Int8: cInt8, code.Int16: cInt16, code.Int32: cInt32, code.Int64: cInt64,
	code.Uint: cUint64, code.Uint8: cUint8, code.Uint16: cUint16, code.Uint32: cUint32, code.Uint64: cUint64, code.Uintptr: cUint64,
	code.Float32: cFloat32, code.Float64: cFloat64, code.Complex64: cComplex64, code.Complex128: cComplex128,
	code.Array: cMem, code.Chan: cPtr, code.FuncKind: cPtr, code.Interface: cIface, code.Map: cPtr, code.Pointer: cPtr, code.Slice: cSlice,
	code.String: cString, code.Struct: cMem, code.UnsafePointer: cPtr, code.Tuple: cTuple,
}

// typ returns the type with an ID, as it is now.
func (e *Engine) typ(id code.TypeID) *typ {
	d := e.types.Desc(id)
	if d == nil {
		panic(fault("unknown type %d", id))
	}
	if d.Kind == code.Tuple {
		t := &typ{id: id, kind: d.Kind, class: cTuple, desc: d}
		for _, o := range d.Out {
			t.out = append(t.out, e.typ(o))
		}
		return t
	}
	rt := e.types.Type(id)
	if t := e.known[id]; t != nil && t.rt == rt {
		return t
	}
	t := e.typeOf(rt)
	t.id, t.desc = id, d
	e.known[id] = t
	return t
}

// typeOf returns the typ of a type that needs no ID.
func (e *Engine) typeOf(rt reflect.Type) *typ {
	k := code.Kind(rt.Kind())
	return &typ{kind: k, class: classes[k], rt: rt, ptr: rtype.Ptr(rt), size: rt.Size(), direct: rtype.IsDirect(rt)}
}

func (e *Engine) elem(t *typ) *typ { return e.typeOf(t.rt.Elem()) }

// fault is a program that the engine can't take: a defect of the cell compiler or of ours.
func fault(format string, args ...any) error { return faultError(fmt.Sprintf(format, args...)) }

type faultError string

func (f faultError) Error() string { return "engine: " + string(f) }
