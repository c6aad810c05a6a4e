package ship

import (
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// How a func value begins, besides refNil and references.
const (
	funcNew      = refNew // a function of the session: its ID, whether it is bound, its checksum, receiver and variables
	funcCompiled = refSegment
)

func (c *Codec) function(p *plan) {
	p.enc = func(e *encoder, q unsafe.Pointer) { e.function(p, *(*unsafe.Pointer)(q)) }
	p.dec = func(d *decoder, q unsafe.Pointer) { d.function(p, (*unsafe.Pointer)(q)) }
}

// function writes a func value of type p.t.
func (e *encoder) function(p *plan, word unsafe.Pointer) {
	if word == nil {
		e.byte(refNil)
		return
	}
	if id, ok := e.seen.find(word, p, fn); ok {
		e.uint(id + refOld)
		return
	}
	v := reflect.NewAt(p.t, unsafe.Pointer(&word)).Elem()
	f, err := e.c.code.Open(v)
	switch {
	case errors.Is(err, ErrCompiled):
		e.compiled(v)
		return
	case err != nil:
		e.fail(p.t, err.Error(), "")
	}
	e.keep = append(e.keep, f.Captured)
	e.seen.add(e, word, p, fn, e.count)
	e.count++
	if !slices.Contains(e.funcs, f.ID) {
		e.funcs = append(e.funcs, f.ID)
	}
	e.byte(funcNew)
	e.uint(int(f.ID))
	plans := make([]*plan, len(f.Captured))
	for i, v := range f.Captured {
		plans[i] = e.c.plan(v.Type().Elem())
	}
	bound := f.Recv.IsValid()
	up := e.at
	if bound {
		pl := e.c.plan(f.Recv.Type())
		e.byte(1)
		e.uint32(sumOf(e.c, plans, pl))
		if e.traced {
			e.at = &step{label: "the receiver of " + f.Name, fn: &f}
		}
		e.whole(func() { pl.enc(e, address(f.Recv)) })
	} else {
		e.byte(0)
		e.uint32(sumOf(e.c, plans, nil))
	}
	e.uint(len(plans))
	for i, pl := range plans {
		if e.traced {
			s := &step{fn: &f, label: f.Name}
			if i < len(f.Names) {
				s.label = f.Names[i]
			}
			e.at = s
		}
		e.variable(pl, f.Captured[i].UnsafePointer())
	}
	e.at = up
}

// sumOf returns the checksum of what a function brings.
func sumOf(c *Codec, captured []*plan, recv *plan) uint32 {
	sum := uint32(len(captured))
	for _, p := range captured {
		sum = mix(sum, p.shape(c))
	}
	if recv != nil {
		sum = mix(sum, recv.shape(c))
	}
	return sum
}

// compiled writes the name of a compiled function.
func (e *encoder) compiled(v reflect.Value) {
	name := ""
	if f := runtime.FuncForPC(v.Pointer()); f != nil {
		name = f.Name()
	}
	g, err := e.c.code.CompiledFunc(name)
	if err != nil || !g.IsValid() || g.Kind() != reflect.Func || g.Pointer() != v.Pointer() || !g.Type().ConvertibleTo(v.Type()) {
		what := "it is a closure or a method value of compiled code"
		if i := strings.LastIndexByte(name, '/'); !strings.Contains(name[i+1:], ".func") && !strings.HasSuffix(name, "-fm") && name != "" && !strings.HasPrefix(name, "reflect.") {
			what = "the other process doesn't know the compiled function " + name
		}
		e.fail(v.Type(), what, "write a function that calls it")
	}
	e.byte(funcCompiled)
	e.text(name)
}

// function reads a func value of type p.t.
func (d *decoder) function(p *plan, to *unsafe.Pointer) {
	switch ref := d.uint(); ref {
	case refNil:
		*to = nil
	case funcCompiled:
		name := d.text()
		f, err := d.c.code.CompiledFunc(name)
		if err != nil || !f.IsValid() {
			failf("there is no function %s in this process: %w", name, err)
		}
		if !f.Type().ConvertibleTo(p.t) {
			failf("%s is a %s in this process, not a %s", name, f.Type(), p.t)
		}
		*to = funcWord(p.t, f)
	case funcNew:
		// The variables that it captures may lead to it: it has a number before it is there.
		at := len(d.objs)
		d.objs = append(d.objs, object{nil, p, fn})
		*to = d.made(p)
		d.objs[at].p = *to
	default:
		o := d.old(ref, p, fn)
		if o.p == nil {
			damaged("a function that is its own receiver")
		}
		*to = o.p
	}
}

// made reads a function of the session.
func (d *decoder) made(p *plan) unsafe.Pointer {
	id := d.uint()
	bound, sum := d.bool(), d.uint32()
	if id != int(int32(id)) {
		damaged("the ID of a function")
	}
	types, recv, err := d.c.code.Captures(int32(id), bound)
	if err != nil {
		failf("function %d of the session isn't here: %w", id, err)
	}
	plans := make([]*plan, len(types))
	for i, t := range types {
		plans[i] = d.c.plan(t)
	}
	var rp *plan
	if bound {
		rp = d.c.plan(recv)
	}
	if sumOf(d.c, plans, rp) != sum {
		failf("function %d of the session captures other variables in the process that wrote it", id)
	}
	f := Func{ID: int32(id)}
	if bound {
		d.owe(rp.min)
		d.owed -= rp.min
		v := reflect.New(recv)
		d.whole(func() { rp.dec(d, v.UnsafePointer()) })
		f.Recv = v.Elem()
	}
	if d.uint() != len(plans) {
		damaged("the number of captured variables")
	}
	for i, pl := range plans {
		at := d.variable(pl)
		if at == nil {
			damaged("a captured variable that isn't there")
		}
		f.Captured = append(f.Captured, reflect.NewAt(types[i], at))
	}
	v, err := d.c.code.Make(p.t, f)
	switch {
	case err != nil:
		failf("function %d of the session can't be made here: %w", id, err)
	case !v.IsValid() || v.Kind() != reflect.Func || v.IsNil() || !v.Type().ConvertibleTo(p.t):
		failf("function %d of the session isn't a %s here", id, p.t)
	}
	return funcWord(p.t, v)
}

// funcWord returns what a variable of func type t holds for f.
func funcWord(t reflect.Type, f reflect.Value) unsafe.Pointer {
	v := reflect.New(t)
	v.Elem().Set(f.Convert(t))
	return *(*unsafe.Pointer)(v.UnsafePointer())
}
