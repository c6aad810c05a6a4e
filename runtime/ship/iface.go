package ship

import (
	"reflect"
	"unsafe"
)

// How the value of an interface begins, or a type.
const (
	typNil   = iota
	typNew   // a type that is described
	typError // an error with a name
	typType  // a reflect.Type
	typOld   // the number of a type + typOld
)

func (c *Codec) iface(p *plan) {
	p.deep = true
	if p.t.NumMethod() == 0 {
		p.enc = func(e *encoder, q unsafe.Pointer) { e.dynamic(*(*words)(q)) }
	} else {
		p.enc = func(e *encoder, q unsafe.Pointer) {
			x := any(*(*methods)(q))
			e.dynamic(*(*words)(unsafe.Pointer(&x)))
		}
	}
	p.dec = func(d *decoder, q unsafe.Pointer) { d.dynamic(p, (*words)(q)) }
}

var typeOfType = typeWord(reflect.TypeOf(anyType))

// dynamic writes an interface{}.
func (e *encoder) dynamic(w words) {
	if w.tab == nil {
		e.byte(typNil)
		return
	}
	var pl *plan
	if e.last < len(e.known) && e.known[e.last].rt == w.tab {
		pl = e.known[e.last]
	} else {
		pl = e.c.plan(typeOf(w.tab))
	}
	if pl.isErr {
		if name, ok := e.c.code.ErrorName((*(*any)(unsafe.Pointer(&w))).(error)); ok {
			e.byte(typError)
			e.text(name)
			return
		}
	}
	if w.tab == typeOfType {
		e.byte(typType)
		e.typeRef((*(*any)(unsafe.Pointer(&w))).(reflect.Type))
		return
	}
	e.typePlan(pl)
	switch {
	case pl.direct:
		e.held = w.data
		pl.enc(e, unsafe.Pointer(&e.held))
	case pl.deep && e.keys == 0:
		if e.refer(w.data, pl, box) {
			e.byte(refNew)
			e.push(pl, w.data, box)
		}
	case pl.deep:
		e.deeper()
		pl.enc(e, w.data)
		e.depth--
	default:
		pl.enc(e, w.data)
	}
}

// dynamic reads a value into an interface of any type.
func (d *decoder) dynamic(iface *plan, to *words) {
	switch code := d.uint(); code {
	case typNil:
		*to = words{}
	case typError:
		name := d.text()
		err, ok := d.c.code.ErrorNamed(name)
		if !ok || err == nil {
			failf("there is no error %q in this process", name)
		}
		d.set(iface, to, any(err))
	case typType:
		d.set(iface, to, any(d.typeRef()))
	default:
		pl := d.typeAt(code)
		tab := d.c.tab(iface, pl)
		switch {
		case pl.direct && pl.t.Kind() == reflect.Struct || pl.direct && pl.t.Kind() == reflect.Array:
			p := reflect.New(pl.t).UnsafePointer() // it may have methods that keep its address
			pl.dec(d, p)
			*to = words{tab, *(*unsafe.Pointer)(p)}
		case pl.direct:
			pl.dec(d, unsafe.Pointer(&d.held))
			*to = words{tab, d.held}
			d.held = nil
		case pl.deep && d.keys == 0:
			ref := d.uint()
			if ref != refNew {
				*to = words{tab, d.old(ref, pl, box).p}
				return
			}
			d.owe(pl.min)
			p := reflect.New(pl.t).UnsafePointer()
			*to = words{tab, p}
			d.content(pl, p, box, false)
		default:
			d.owe(pl.min) // before memory is asked for
			d.owed -= pl.min
			p := reflect.New(pl.t).UnsafePointer()
			*to = words{tab, p}
			if pl.deep {
				d.deeper()
				defer func() { d.depth-- }()
			}
			pl.dec(d, p)
		}
	}
}

// set puts x into an interface of any type.
func (d *decoder) set(iface *plan, to *words, x any) {
	w := *(*words)(unsafe.Pointer(&x))
	*to = words{d.c.tab(iface, d.c.plan(typeOf(w.tab))), w.data}
}

type tabKey struct{ iface, concrete unsafe.Pointer }

// tab returns the first word of values of an interface type that hold a value of another type.
func (c *Codec) tab(iface, pl *plan) unsafe.Pointer {
	if iface.t.NumMethod() == 0 {
		return pl.rt
	}
	k := tabKey{iface.rt, pl.rt}
	if tab, ok := c.tabs.Load(k); ok {
		return tab.(unsafe.Pointer)
	}
	if pl.t.Kind() == reflect.Interface || !pl.t.Implements(iface.t) {
		failf("%s has other methods in the process that wrote a value of it: it isn't a %s here", pl.t, iface.t)
	}
	v := reflect.New(iface.t)
	v.Elem().Set(reflect.Zero(pl.t))
	tab := (*words)(v.UnsafePointer()).tab
	c.tabs.Store(k, tab)
	return tab
}
