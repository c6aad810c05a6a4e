package ship

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// How the description of a type begins, if it isn't the kind of a predeclared one.
const (
	tagSession  = 100 + iota // its ID, shape
	tagCompiled              // path, name, shape
	tagPointer               // and so on: the types it is made of
	tagSlice
	tagArray
	tagMap
	tagChan
	tagFunc
	tagStruct
	tagAny
	tagError
)

// maxTypeText bounds how long the text of a type may be that is made for a value.
const maxTypeText = 1 << 16

var unsafeType = reflect.TypeFor[unsafe.Pointer]()

// typeRef writes a type.
func (e *encoder) typeRef(t reflect.Type) { e.typePlan(e.c.plan(t)) }

// typePlan writes the type of a plan: a number, or a description.
func (e *encoder) typePlan(pl *plan) {
	if e.last >= len(e.known) || e.known[e.last] != pl {
		i, ok := -1, false
		if e.index != nil {
			i, ok = e.index[pl]
		} else {
			i = slices.Index(e.known, pl)
			ok = i >= 0
		}
		if !ok {
			e.byte(typNew)
			e.describe(pl)
			e.last = len(e.known)
			e.known = append(e.known, pl)
			if e.index != nil {
				e.index[pl] = e.last
			} else if len(e.known) > 16 {
				e.index = map[*plan]int{}
				for i, p := range e.known {
					e.index[p] = i
				}
			}
			return
		}
		e.last = i
	}
	e.uint(e.last + typOld)
}

// describe writes what a type is.
func (e *encoder) describe(pl *plan) {
	t := pl.t
	name, kind := t.Name(), t.Kind()
	switch {
	case t == errorType:
		e.byte(tagError)
		return
	case t == unsafeType || name != "" && t.PkgPath() == "":
		e.byte(byte(kind))
		return
	case kind == reflect.Interface && name == "" && t.NumMethod() == 0:
		e.byte(tagAny)
		return
	}
	if name != "" || kind == reflect.Struct || kind == reflect.Interface {
		if id, ok := e.c.code.TypeID(t); ok {
			e.byte(tagSession)
			e.uint(int(id))
			e.uint32(pl.shape(e.c))
			e.types = append(e.types, id)
			return
		}
	}
	if name != "" {
		if err := pl.named(); err != nil {
			if pl.refuse != nil {
				e.fail(t, pl.refuse.why, pl.refuse.fix)
			}
			e.fail(t, "the other process doesn't know its type by name", "declare the type in a cell")
		}
		e.byte(tagCompiled)
		e.text(t.PkgPath())
		e.text(name)
		e.uint32(pl.shape(e.c))
		return
	}
	switch kind {
	case reflect.Pointer:
		e.byte(tagPointer)
		e.typeRef(t.Elem())
	case reflect.Slice:
		e.byte(tagSlice)
		e.typeRef(t.Elem())
	case reflect.Array:
		e.byte(tagArray)
		e.uint(t.Len())
		e.typeRef(t.Elem())
	case reflect.Map:
		e.byte(tagMap)
		e.typeRef(t.Key())
		e.typeRef(t.Elem())
	case reflect.Chan:
		e.byte(tagChan)
		e.byte(byte(t.ChanDir()))
		e.typeRef(t.Elem())
	case reflect.Func:
		e.byte(tagFunc)
		variadic := 0
		if t.IsVariadic() {
			variadic = 1
		}
		e.uint(t.NumIn()<<1 | variadic)
		for i := range t.NumIn() {
			e.typeRef(t.In(i))
		}
		e.uint(t.NumOut())
		for i := range t.NumOut() {
			e.typeRef(t.Out(i))
		}
	case reflect.Struct:
		e.byte(tagStruct)
		e.uint(t.NumField())
		for i := range t.NumField() {
			f := t.Field(i)
			e.text(f.Name)
			e.text(f.PkgPath)
			e.text(string(f.Tag))
			if f.Anonymous {
				e.byte(1)
			} else {
				e.byte(0)
			}
			e.typeRef(f.Type)
		}
	default:
		e.fail(t, "the other process doesn't know its type, which has no name", "declare a type with a name")
	}
}

// nameable returns an error if t can't be written.
func (c *Codec) nameable(t reflect.Type) (err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = failed
		}
	}()
	(&encoder{c: c}).typeRef(t)
	return nil
}

// lookup returns a func that says whether t is found by its name, which it finds out once.
func (c *Codec) lookup(t reflect.Type) func() error {
	return sync.OnceValue(func() error {
		u, err := c.code.Compiled(t.PkgPath(), t.Name())
		if err == nil && u != t {
			err = fmt.Errorf("ship: there is another %s", t)
		}
		return err
	})
}

// typeRef reads a type.
func (d *decoder) typeRef() reflect.Type { return d.typeAt(d.uint()).t }

// typeAt returns the plan of the type that begins with ref.
func (d *decoder) typeAt(ref int) *plan {
	if ref != typNew {
		if ref -= typOld; ref < 0 || ref >= len(d.known) {
			damaged("an unknown type")
		}
		return d.known[ref]
	}
	d.deeper()
	pl := d.described()
	d.depth--
	d.known = append(d.known, pl)
	return pl
}

// described reads what a type is.
func (d *decoder) described() *plan {
	switch tag := d.byte(); tag {
	case tagError:
		return d.c.plan(errorType)
	case tagAny:
		return d.c.plan(anyType)
	case tagSession:
		id := d.uint()
		t, err := d.c.code.Type(int32(id))
		if err != nil || t == nil || id != int(int32(id)) {
			failf("type %d of the session isn't here: %w", id, err)
		}
		return d.shaped(t)
	case tagCompiled:
		path, name := d.text(), d.text()
		t, err := d.c.code.Compiled(path, name)
		if err != nil || t == nil {
			failf("there is no type %s.%s in this process: %w", path, name, err)
		}
		return d.shaped(t)
	default:
		if tag < tagSession {
			if int(tag) >= len(predeclared) || predeclared[tag] == nil {
				damaged("an unknown kind of type")
			}
			return d.c.plan(predeclared[tag])
		}
		return d.c.plan(d.composed(tag))
	}
}

// shaped returns the plan of a type that must have the shape it has in the other process.
func (d *decoder) shaped(t reflect.Type) *plan {
	pl := d.c.plan(t)
	if d.uint32() != pl.shape(d.c) {
		failf("%s has other fields in the process that wrote a value of it", t)
	}
	return pl
}

// composed reads what a type without a name is made of.
func (d *decoder) composed(tag byte) (t reflect.Type) {
	text := 0
	part := func() reflect.Type {
		t := d.typeRef()
		if text += len(t.String()); text > maxTypeText {
			damaged("a type without end")
		}
		return t
	}
	// reflect says by panicking what it can't make.
	made := func(f func()) {
		defer func() {
			if r := recover(); r != nil {
				damaged(fmt.Sprint("an impossible type: ", r))
			}
		}()
		f()
	}
	switch tag {
	case tagPointer:
		t = reflect.PointerTo(part())
	case tagSlice:
		t = reflect.SliceOf(part())
	case tagArray:
		n, el := d.uint(), part()
		if el.Size() > 0 && n > 1<<40/int(el.Size()) {
			damaged("an impossible type: an array too large")
		}
		made(func() { t = reflect.ArrayOf(n, el) })
	case tagMap:
		key, el := part(), part()
		if !key.Comparable() {
			damaged("an impossible type: a map with such keys")
		}
		made(func() { t = reflect.MapOf(key, el) })
	case tagChan:
		dir, el := reflect.ChanDir(d.byte()), part()
		made(func() { t = reflect.ChanOf(dir, el) })
	case tagFunc:
		k := d.uint()
		d.owe(k >> 1)
		in := make([]reflect.Type, k>>1)
		d.owed -= len(in)
		for i := range in {
			in[i] = part()
		}
		k2 := d.uint()
		d.owe(k2)
		out := make([]reflect.Type, k2)
		d.owed -= len(out)
		for i := range out {
			out[i] = part()
		}
		made(func() { t = reflect.FuncOf(in, out, k&1 != 0) })
	case tagStruct:
		k := d.uint()
		d.owe(times(k, 5))
		d.owed -= times(k, 5)
		fs := make([]reflect.StructField, k)
		for i := range fs {
			fs[i] = reflect.StructField{Name: d.text(), PkgPath: d.text(), Tag: reflect.StructTag(d.text()), Anonymous: d.bool(), Type: part()}
			text += len(fs[i].Name) + len(fs[i].Tag)
		}
		made(func() { t = reflect.StructOf(fs) })
	default:
		damaged("an unknown kind of type")
	}
	return t
}

var predeclared = func() []reflect.Type {
	ts := make([]reflect.Type, reflect.UnsafePointer+1)
	for _, t := range []reflect.Type{
		reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
		reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
		reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[complex64](), reflect.TypeFor[complex128](), reflect.TypeFor[string](), unsafeType,
	} {
		ts[t.Kind()] = t
	}
	return ts
}()
