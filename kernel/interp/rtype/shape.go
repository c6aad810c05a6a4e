package rtype

import (
	"reflect"
	"strconv"
	"sync"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// probed has a method, so that its layout is that of all interfaces that have some.
type probed interface{ probe() }

// shape returns a type that reflect can make and that has the layout of type id: the same
// size, the same pointers, comparable or not. Where the language allows recursion, behind
// pointers and the like, it doesn't look. So types can be laid out before any of them
// is there.
func (b *builder) shape(id code.TypeID) reflect.Type {
	if s, ok := b.t.shapes[id]; ok {
		return s
	}
	if s, ok := b.shapes[id]; ok {
		return s
	}
	if b.shaping[id] {
		fail("%s contains itself", b.label(id))
	}
	b.shaping[id] = true
	defer delete(b.shaping, id)

	d := b.desc(id)
	s := b.native(d)
	switch {
	case s != nil:
	case d.Kind == code.Array:
		s = reflect.ArrayOf(int(d.Len), b.shape(d.Elem))
	case d.Kind == code.Struct:
		fs := make([]reflect.StructField, len(d.Fields))
		for i, f := range d.Fields {
			fs[i] = shapeField(i, f.Name, b.shape(f.Type))
		}
		s = reflect.StructOf(fs)
	default:
		s = kindShape(reflect.Kind(d.Kind), len(d.Methods) > 0)
	}
	b.shapes[id] = s
	return s
}

// Shape returns a type without names and methods that has the layout of t: the same size
// and alignment, the same pointers. It is one type for many, so it is what memory that holds
// all sorts of values should be made of.
func Shape(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Array, reflect.Struct:
	default:
		return kindShape(t.Kind(), t.Kind() == reflect.Interface && t.NumMethod() > 0)
	}
	if s, ok := knownShapes.Load(desc(t)); ok {
		return s.(reflect.Type)
	}
	var s reflect.Type
	if t.Size() == 0 && t.Align() == 8 { // sync/atomic's align64, which the compiler knows
		s = reflect.TypeFor[[0]uint64]()
	} else if t.Kind() == reflect.Array {
		s = reflect.ArrayOf(t.Len(), Shape(t.Elem()))
	} else {
		fs := make([]reflect.StructField, t.NumField())
		for i := range fs {
			f := t.Field(i)
			fs[i] = shapeField(i, f.Name, Shape(f.Type))
		}
		s = reflect.StructOf(fs)
	}
	if s.Size() != t.Size() || s.Align() != t.Align() {
		panic("rtype: there is no shape for " + t.String())
	}
	knownShapes.Store(desc(t), s)
	return s
}

var knownShapes sync.Map // *abiType to reflect.Type

// kindShape returns the shape of types of a kind that isn't made of others.
func kindShape(k reflect.Kind, methods bool) reflect.Type {
	switch k {
	case reflect.Pointer, reflect.Chan:
		return reflect.TypeFor[unsafe.Pointer]()
	case reflect.Func:
		return reflect.TypeFor[func()]()
	case reflect.Map:
		return reflect.TypeFor[map[bool]bool]()
	case reflect.Slice:
		return reflect.TypeFor[[]bool]()
	case reflect.Interface:
		if methods {
			return reflect.TypeFor[probed]()
		}
		return reflect.TypeFor[any]()
	}
	return basic(code.Kind(k))
}

// shapeField returns field i of a shape. That it is blank matters: then it isn't compared.
func shapeField(i int, name string, t reflect.Type) reflect.StructField {
	if name == "_" {
		return reflect.StructField{Name: "_", PkgPath: "main", Type: t}
	}
	return reflect.StructField{Name: "F" + strconv.Itoa(i), Type: t}
}

// native returns the type that d names if that is in the program, else nil.
func (b *builder) native(d *code.Type) reflect.Type {
	switch {
	case d.Compiled:
		t, ok := b.t.extern(d.Path, d.Name)
		if !ok {
			fail("there is no compiled type %s.%s", d.Path, d.Name)
		}
		if d.Kind != code.Invalid && t.Kind() != reflect.Kind(d.Kind) {
			fail("%s.%s is a %s, not a %s", d.Path, d.Name, t.Kind(), reflect.Kind(d.Kind))
		}
		return t
	case d.Kind == code.UnsafePointer && (d.Path == "" || d.Path == "unsafe"):
		return basic(d.Kind)
	case d.Path != "":
		return nil
	case d.Kind == code.Interface && d.Name == "error":
		return reflect.TypeFor[error]()
	case d.Kind == code.Interface && len(d.Methods) == 0:
		return reflect.TypeFor[any]()
	}
	return basic(d.Kind)
}

// basics are the predeclared types.
var basics = [...]reflect.Type{
	code.Bool:          reflect.TypeFor[bool](),
	code.Int:           reflect.TypeFor[int](),
	code.Int8:          reflect.TypeFor[int8](),
	code.Int16:         reflect.TypeFor[int16](),
	code.Int32:         reflect.TypeFor[int32](),
	code.Int64:         reflect.TypeFor[int64](),
	code.Uint:          reflect.TypeFor[uint](),
	code.Uint8:         reflect.TypeFor[uint8](),
	code.Uint16:        reflect.TypeFor[uint16](),
	code.Uint32:        reflect.TypeFor[uint32](),
	code.Uint64:        reflect.TypeFor[uint64](),
	code.Uintptr:       reflect.TypeFor[uintptr](),
	code.Float32:       reflect.TypeFor[float32](),
	code.Float64:       reflect.TypeFor[float64](),
	code.Complex64:     reflect.TypeFor[complex64](),
	code.Complex128:    reflect.TypeFor[complex128](),
	code.String:        reflect.TypeFor[string](),
	code.UnsafePointer: reflect.TypeFor[unsafe.Pointer](),
}

// basic returns the predeclared type of a kind, nil if there is none.
func basic(k code.Kind) reflect.Type {
	if int(k) < len(basics) {
		return basics[k]
	}
	return nil
}

// regular reports whether all bytes of a value, and nothing else, say what it is: then it can
// be compared and hashed as a whole. reflect doesn't say so of all structs for which it holds.
func regular(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return regular(t.Elem())
	case reflect.Struct:
		end := uintptr(0)
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" || f.Offset != end || !regular(f.Type) {
				return false
			}
			end += f.Type.Size()
		}
		return end == t.Size()
	}
	return desc(t).tflag&flagRegular != 0
}

// memEqual compares values of a type whose bytes say all.
func memEqual(size uintptr) func(p, q unsafe.Pointer) bool {
	return func(p, q unsafe.Pointer) bool {
		return unsafe.String((*byte)(p), size) == unsafe.String((*byte)(q), size)
	}
}

// A comparison is a field that == looks at.
type comparison struct {
	offset uintptr
	typ    *abiType
}

// comparisons returns what == on a struct looks at.
func comparisons(fs []structField) []comparison {
	var cs []comparison
	for _, f := range fs {
		if decodeName(f.name) != "_" {
			cs = append(cs, comparison{f.offset, f.typ})
		}
	}
	return cs
}

// structEqual returns a function that compares structs. cs may be set later.
func structEqual(cs *[]comparison) func(p, q unsafe.Pointer) bool {
	return func(p, q unsafe.Pointer) bool {
		for _, c := range *cs {
			if !c.typ.equal(unsafe.Add(p, c.offset), unsafe.Add(q, c.offset)) {
				return false
			}
		}
		return true
	}
}

// arrayEqual returns a function that compares arrays of type t, whose elem may be set
// later.
func arrayEqual(t *arrayType) func(p, q unsafe.Pointer) bool {
	return func(p, q unsafe.Pointer) bool {
		for i := range t.len {
			if !t.elem.equal(unsafe.Add(p, i*t.elem.size), unsafe.Add(q, i*t.elem.size)) {
				return false
			}
		}
		return true
	}
}

// skipBlank makes == on a struct type that reflect has made leave out blank fields, as the
// language says. reflect compares them.
func skipBlank(t *abiType) {
	st := (*structType)(unsafe.Pointer(t))
	if cs := comparisons(st.fields); t.heap() && t.equal != nil && len(cs) < len(st.fields) && !blanks[t] {
		blanks[t] = true
		t.equal = structEqual(&cs)
	}
}

// blanks has the types that skipBlank has changed.
var blanks = map[*abiType]bool{}
