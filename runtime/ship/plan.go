package ship

import (
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A plan is how the values of a type are written and read. It is made once for a type.
type plan struct {
	t    reflect.Type
	rt   unsafe.Pointer // t, as the first word of an interface{} has it
	size uintptr
	// min is how many bytes a value takes at least. It is 0 only for values without memory.
	min int
	// raw says that a value is written as the bytes of its memory; flags that these must be 0 or 1 each.
	raw, flags bool
	// deep says that a value may hold others in a chain of any length that isn't one of pointers:
	// it has an interface in its own memory.
	deep   bool
	direct bool  // a value is itself the data word of an interface
	isErr  bool  // an error that may have a name
	elem   *plan // of pointers, slices, arrays, maps
	key    *plan // of maps
	refuse *refusal

	// enc writes the value at p; dec reads one to p, whatever is there.
	enc func(e *encoder, p unsafe.Pointer)
	dec func(d *decoder, p unsafe.Pointer)

	named func() error // whether the other process finds the type by its name
	pairs sync.Pool    // of *pair, of maps
	hint  atomic.Int64 // bytes that the last large value took
	sum   uint32       // see shape
	once  sync.Once    // sum was made
}

// plan returns the plan for a type.
func (c *Codec) plan(t reflect.Type) *plan {
	if p := c.newest.Load(); p != nil && p.t == t {
		return p
	}
	p := c.planOf(t)
	c.newest.Store(p)
	return p
}

func (c *Codec) planOf(t reflect.Type) *plan {
	if p, ok := c.plans.Load(t); ok {
		return p.(*plan)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.make(t)
	// All are complete now: those that refer to each other are shown together.
	for t, p := range c.making {
		c.plans.LoadOrStore(t, p)
	}
	clear(c.making)
	return p
}

// make returns the plan for a type, which may not be complete yet.
func (c *Codec) make(t reflect.Type) *plan {
	if p, ok := c.plans.Load(t); ok {
		return p.(*plan)
	}
	if p := c.making[t]; p != nil {
		return p
	}
	p := &plan{t: t, rt: typeWord(t), size: t.Size(), min: 1}
	c.making[t] = p
	p.direct = isDirect(t)
	p.named = c.lookup(t)
	c.build(p)
	if p.min == 0 && p.size > 0 {
		// So that damaged bytes can't ask for memory that they don't pay for.
		p.min = 1
		enc, dec := p.enc, p.dec
		p.enc = func(e *encoder, q unsafe.Pointer) { e.byte(0); enc(e, q) }
		p.dec = func(d *decoder, q unsafe.Pointer) { d.byte(); dec(d, q) }
	}
	// An error type that can't be compared with == can't be one that a variable is known to hold.
	p.isErr = t.Kind() != reflect.Interface && t.Implements(errorType) && t.Comparable() && !p.deep
	return p
}

var (
	errorType = reflect.TypeFor[error]()
	anyType   = reflect.TypeFor[any]()
)

// compiled reports whether t is a type with a name that isn't of the session.
func (c *Codec) compiled(t reflect.Type) bool {
	if t.Name() == "" || t.PkgPath() == "" {
		return false
	}
	_, session := c.code.TypeID(t)
	return !session
}

// build fills in the plan.
func (c *Codec) build(p *plan) {
	if !c.special(p) {
		c.kind(p)
	}
	if p.t.Name() != "" && p.t.Kind() != reflect.Interface && c.compiled(p.t) && c.way(p.t) == byFields && reflect.PointerTo(p.t).Implements(pendingType) {
		enc := p.enc
		p.enc = func(e *encoder, q unsafe.Pointer) {
			if e.ready(reflect.NewAt(p.t, q).Interface().(Pending)) {
				enc(e, q)
			}
		}
		p.raw = false
	}
}

// kind fills in the plan as the kind of the type asks.
func (c *Codec) kind(p *plan) {
	switch t := p.t; t.Kind() {
	case reflect.Bool:
		p.setRaw()
		p.flags = true
		p.dec = func(d *decoder, q unsafe.Pointer) { *(*bool)(q) = d.bool() }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		p.setRaw()
	case reflect.String:
		p.enc = func(e *encoder, q unsafe.Pointer) { e.string(*(*string)(q)) }
		p.dec = func(d *decoder, q unsafe.Pointer) { *(*string)(q) = d.string() }
	case reflect.Array:
		c.array(p)
	case reflect.Struct:
		c.structure(p)
	case reflect.Pointer:
		c.pointer(p, t.Elem())
	case reflect.Slice:
		c.slice(p)
	case reflect.Map:
		c.mapping(p)
	case reflect.Interface:
		c.iface(p)
	case reflect.Func:
		c.function(p)
	case reflect.Chan:
		p.onlyNil("what is sent into it would never leave that process", "send slices or use the results of the tasks")
	default:
		p.onlyNil("an address means nothing there", "")
	}
}

// setRaw makes the values travel as the bytes of their memory.
func (p *plan) setRaw() {
	n := int(p.size)
	p.raw, p.min = true, n
	switch n {
	case 1:
		p.enc = func(e *encoder, q unsafe.Pointer) { e.buf = append(e.buf, *(*byte)(q)) }
		p.dec = func(d *decoder, q unsafe.Pointer) { *(*byte)(q) = d.byte() }
	case 8:
		p.enc = func(e *encoder, q unsafe.Pointer) { e.word(q) }
		p.dec = func(d *decoder, q unsafe.Pointer) { d.word(q) }
	default:
		p.enc = func(e *encoder, q unsafe.Pointer) { e.bytes(q, n) }
		p.dec = func(d *decoder, q unsafe.Pointer) { d.bytes(q, n) }
	}
}

// onlyNil makes a plan for types with one word of memory whose values can't travel but for nil.
func (p *plan) onlyNil(why, fix string) {
	p.enc = func(e *encoder, q unsafe.Pointer) {
		if *(*unsafe.Pointer)(q) != nil {
			e.fail(p.t, why, fix)
		}
		e.byte(0)
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		if d.byte() != 0 {
			damaged("a " + p.t.Kind().String() + " that isn't nil")
		}
		*(*unsafe.Pointer)(q) = nil
	}
}

func (c *Codec) array(p *plan) {
	el, n := c.make(p.t.Elem()), p.t.Len()
	p.elem, p.deep = el, el.deep
	p.min = times(el.min, n)
	if el.raw && !el.flags {
		p.setRaw()
		return
	}
	p.enc = func(e *encoder, q unsafe.Pointer) { e.run(el, q, n) }
	p.dec = func(d *decoder, q unsafe.Pointer) { d.run(el, q, n) }
}

// How a field is written, and read.
type fieldOp uint8

const (
	opCall  fieldOp = iota // as its plan says
	opWord                 // 8 bytes of memory
	opBytes                // n bytes of memory
	opText                 // a string
	opRef                  // as its plan says, but nil if the first word is
)

// A field is a field of a struct, or several that are written as one piece of memory.
type field struct {
	op   fieldOp
	name string
	off  uintptr
	n    int // bytes of memory
	pl   *plan
}

// fieldOf returns how field f is written.
func fieldOf(f reflect.StructField, pl *plan) field {
	g := field{name: f.Name, off: f.Offset, pl: pl}
	switch k := f.Type.Kind(); {
	case pl.raw && !pl.flags:
		g.op, g.n = opBytes, int(pl.size)
	case k == reflect.String:
		g.op = opText
	case k == reflect.Pointer || k == reflect.Slice || k == reflect.Map || k == reflect.Func || k == reflect.Interface:
		g.op = opRef
	}
	return g
}

func (c *Codec) structure(p *plan) {
	var fs []field
	p.min = 0
	end := uintptr(0) // of the raw fields so far, if there is no gap
	whole := true
	for i := range p.t.NumField() {
		f := p.t.Field(i)
		el := c.make(f.Type)
		g := fieldOf(f, el)
		switch {
		case el.size == 0 && (el.min == 0 || el.refuse != nil):
			continue // there is nothing in it
		case f.Name == "_" && g.op != opBytes:
			whole = false
			continue
		}
		p.deep = p.deep || el.deep
		p.min += el.min
		whole = whole && f.Offset == end && g.op == opBytes
		end = f.Offset + el.size
		if k := len(fs) - 1; g.op == opBytes && k >= 0 && fs[k].op == opBytes && fs[k].off+uintptr(fs[k].n) == f.Offset {
			fs[k].n += g.n
		} else {
			fs = append(fs, g)
		}
	}
	if whole && end == p.size && len(fs) > 0 {
		p.setRaw()
		return
	}
	for i := range fs {
		if fs[i].op == opBytes && fs[i].n == 8 {
			fs[i].op = opWord
		}
	}
	p.enc = func(e *encoder, q unsafe.Pointer) { e.fields(fs, q) }
	p.dec = func(d *decoder, q unsafe.Pointer) { d.fields(fs, q) }
}

// fields writes a struct.
func (e *encoder) fields(fs []field, q unsafe.Pointer) {
	up, buf := e.at, e.buf
	for i := range fs {
		f := &fs[i]
		at := unsafe.Add(q, f.off)
		switch f.op {
		case opWord:
			buf = append(buf, (*[8]byte)(at)[:]...)
			continue
		case opBytes:
			buf = append(buf, unsafe.Slice((*byte)(at), f.n)...)
			continue
		case opText:
			if s := *(*string)(at); len(s) < 64 {
				buf = append(append(buf, byte(len(s)<<1)), s...)
				continue
			}
		case opRef:
			if *(*unsafe.Pointer)(at) == nil {
				buf = append(buf, refNil)
				continue
			}
		}
		e.buf = buf
		if e.traced {
			e.at = &step{up: up, label: "." + f.name}
		}
		f.pl.enc(e, at)
		e.at, buf = up, e.buf
	}
	e.buf = buf
}

// fields reads a struct.
func (d *decoder) fields(fs []field, q unsafe.Pointer) {
	for i := range fs {
		f := &fs[i]
		at := unsafe.Add(q, f.off)
		switch f.op {
		case opWord:
			d.word(at)
		case opBytes:
			d.bytes(at, f.n)
		case opText:
			*(*string)(at) = d.string()
		default:
			f.pl.dec(d, at)
		}
	}
}

// times multiplies without overflow.
func times(a, n int) int {
	if a != 0 && n > math.MaxInt/2/a {
		return math.MaxInt / 2
	}
	return a * n
}

// The words of an interface value.
type words struct{ tab, data unsafe.Pointer }

// A header is what a slice of any type is in memory.
type header struct {
	data     unsafe.Pointer
	len, cap int
}

// methods stands for all interface types with methods.
type methods interface{ m() }

// typeWord returns the first word of an interface{} that holds a value of type t.
func typeWord(t reflect.Type) unsafe.Pointer {
	return (*words)(unsafe.Pointer(&t)).data
}

// typeOf is the inverse of typeWord.
func typeOf(rt unsafe.Pointer) reflect.Type {
	var x any
	(*words)(unsafe.Pointer(&x)).tab = rt
	return reflect.TypeOf(x)
}

// isDirect reports whether an interface holds values of type t itself, and not a pointer to them.
func isDirect(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return false
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Struct, reflect.Array:
		if t.Size() != unsafe.Sizeof(uintptr(0)) {
			return false
		}
		// Of a zero value that is boxed, the word is an address.
		x := reflect.Zero(t).Interface()
		return (*words)(unsafe.Pointer(&x)).data == nil
	}
	return false
}

// address returns a pointer to the value of v, which isn't changed through it.
func address(v reflect.Value) unsafe.Pointer {
	if v.CanAddr() {
		return unsafe.Pointer(v.UnsafeAddr())
	}
	if v.Kind() == reflect.Interface {
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return p.UnsafePointer()
	}
	x := v.Interface()
	p := (*words)(unsafe.Pointer(&x)).data
	if isDirect(v.Type()) {
		return boxed(p)
	}
	return p
}

// boxed returns a pointer to a variable that holds p.
func boxed(p unsafe.Pointer) unsafe.Pointer { return unsafe.Pointer(&p) }
