package ship

import (
	"encoding"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"
)

// A way is how the values of a type travel.
type way uint8

const (
	byFields way = iota // or elements, by kind
	refused
	asTime
	asLocation
	asRegexp
	asBuilder
	asAtomic
	asTraveller
	asGob
	asBinary
	asText
)

var (
	timeType      = reflect.TypeFor[time.Time]()
	locationType  = reflect.TypeFor[*time.Location]()
	regexpType    = reflect.TypeFor[regexp.Regexp]()
	builderType   = reflect.TypeFor[strings.Builder]()
	travellerType = reflect.TypeFor[Traveller]()
	pendingType   = reflect.TypeFor[Pending]()
	gobType       = reflect.TypeFor[interface {
		gob.GobEncoder
		gob.GobDecoder
	}]()
	binaryType = reflect.TypeFor[interface {
		encoding.BinaryMarshaler
		encoding.BinaryUnmarshaler
	}]()
	textType = reflect.TypeFor[interface {
		encoding.TextMarshaler
		encoding.TextUnmarshaler
	}]()
)

// way returns how the values of a type travel.
func (c *Codec) way(t reflect.Type) way {
	switch t {
	case timeType:
		return asTime
	case locationType:
		return asLocation
	case regexpType:
		return asRegexp
	case builderType:
		return asBuilder
	}
	if t.Name() == "" || t.Kind() == reflect.Interface {
		return byFields
	}
	if atomicTarget(t) != nil {
		return asAtomic
	}
	if !c.compiled(t) {
		return byFields
	}
	p := reflect.PointerTo(t)
	switch {
	case refusalOf(t) != nil:
		return refused
	case p.Implements(travellerType):
		return asTraveller
	case t.Kind() != reflect.Struct || !hidden(t):
		return byFields
	case p.Implements(gobType):
		return asGob
	case p.Implements(binaryType):
		return asBinary
	case p.Implements(textType):
		return asText
	}
	return byFields
}

// hidden reports whether a struct type has fields that other packages can't see.
func hidden(t reflect.Type) bool {
	for i := range t.NumField() {
		if f := t.Field(i); !f.IsExported() && f.Name != "_" {
			return true
		}
	}
	return false
}

// special fills in the plan of a type whose values don't travel as their kind does, and reports whether it is one.
func (c *Codec) special(p *plan) bool {
	switch c.way(p.t) {
	case byFields:
		return false
	case refused:
		p.refuse = refusalOf(p.t)
		p.enc = func(e *encoder, _ unsafe.Pointer) { e.fail(p.t, p.refuse.why, p.refuse.fix) }
		p.dec = func(*decoder, unsafe.Pointer) { damaged("a " + p.t.String()) }
	case asTime:
		c.make(locationType)
		p.min = 13
		p.enc, p.dec = (*encoder).time, (*decoder).time
	case asLocation:
		p.enc, p.dec = (*encoder).location, (*decoder).location
		p.elem = c.make(locationType.Elem())
	case asRegexp:
		p.min = 2
		p.enc, p.dec = encodeRegexp, decodeRegexp
	case asBuilder:
		p.enc = func(e *encoder, q unsafe.Pointer) { e.string((*strings.Builder)(q).String()) }
		p.dec = func(d *decoder, q unsafe.Pointer) {
			b := (*strings.Builder)(q)
			b.Reset()
			b.WriteString(d.string())
		}
	case asAtomic:
		c.atomic(p)
	case asTraveller:
		c.traveller(p)
	case asGob:
		p.setMarshal(func(x any) ([]byte, error) { return x.(gob.GobEncoder).GobEncode() },
			func(x any, b []byte) error { return x.(gob.GobDecoder).GobDecode(b) })
	case asBinary:
		p.setMarshal(func(x any) ([]byte, error) { return x.(encoding.BinaryMarshaler).MarshalBinary() },
			func(x any, b []byte) error { return x.(encoding.BinaryUnmarshaler).UnmarshalBinary(b) })
	case asText:
		p.setMarshal(func(x any) ([]byte, error) { return x.(encoding.TextMarshaler).MarshalText() },
			func(x any, b []byte) error { return x.(encoding.TextUnmarshaler).UnmarshalText(b) })
	}
	return true
}

// protect calls f, a method of a value, and returns its panic as an error.
func protect(f func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			panic(r)
		case *Error:
			panic(r)
		default:
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

// setMarshal makes the values travel as their methods say.
func (p *plan) setMarshal(get func(x any) ([]byte, error), set func(x any, b []byte) error) {
	p.enc = func(e *encoder, q unsafe.Pointer) {
		var b []byte
		err := protect(func() (err error) {
			b, err = get(reflect.NewAt(p.t, q).Interface())
			return err
		})
		if err != nil {
			e.fail(p.t, "it can't be written: "+err.Error(), "")
		}
		e.uint(len(b))
		e.buf = append(e.buf, b...)
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		b := d.take(d.uint())
		v := reflect.NewAt(p.t, q)
		v.Elem().SetZero()
		if err := protect(func() error { return set(v.Interface(), b) }); err != nil {
			failf("a %s can't be read: %w", p.t, err)
		}
	}
}

// traveller makes the values travel as what stands for them.
func (c *Codec) traveller(p *plan) {
	content := c.make(anyType)
	pending := reflect.PointerTo(p.t).Implements(pendingType)
	p.enc = func(e *encoder, q unsafe.Pointer) {
		x := reflect.NewAt(p.t, q).Interface()
		if pending && !e.ready(x.(Pending)) {
			return
		}
		var v any
		err := protect(func() (err error) {
			v, err = x.(Traveller).Travel()
			return err
		})
		switch {
		case errors.Is(err, ErrPending) && pending:
			e.waiting = append(e.waiting, x.(Pending))
			return
		case err != nil:
			e.refuse(&Error{Type: p.t, Why: err.Error(), Cause: err})
		}
		e.keep = append(e.keep, v)
		e.whole(func() { content.enc(e, unsafe.Pointer(&v)) })
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		var v any
		d.whole(func() { content.dec(d, unsafe.Pointer(&v)) })
		x := reflect.NewAt(p.t, q)
		x.Elem().SetZero()
		if err := protect(func() error { return x.Interface().(Traveller).Arrive(v) }); err != nil {
			failf("a %s can't be read: %w", p.t, err)
		}
	}
}

// ready reports whether a value is there, and notes if it isn't.
func (e *encoder) ready(x Pending) bool {
	select {
	case <-x.Ready():
		return true
	default:
		e.waiting = append(e.waiting, x)
		return false
	}
}

// atomicTarget returns the type T of an atomic.Pointer[T], else nil.
func atomicTarget(t reflect.Type) reflect.Type {
	if t.PkgPath() != "sync/atomic" || !strings.HasPrefix(t.Name(), "Pointer[") || t.Kind() != reflect.Struct || t.NumField() == 0 {
		return nil
	}
	f, ok := t.FieldByName("v")
	a := t.Field(0).Type
	if !ok || f.Type != unsafeType || a.Kind() != reflect.Array || a.Elem().Kind() != reflect.Pointer {
		return nil
	}
	return a.Elem().Elem()
}

func (c *Codec) atomic(p *plan) {
	el := c.make(atomicTarget(p.t))
	f, _ := p.t.FieldByName("v")
	p.enc = func(e *encoder, q unsafe.Pointer) {
		at := atomic.LoadPointer((*unsafe.Pointer)(unsafe.Add(q, f.Offset)))
		if at == nil {
			e.byte(refNil)
		} else {
			e.variable(el, at)
		}
	}
	p.dec = func(d *decoder, q unsafe.Pointer) {
		atomic.StorePointer((*unsafe.Pointer)(unsafe.Add(q, f.Offset)), d.variable(el))
	}
}

func encodeRegexp(e *encoder, q unsafe.Pointer) {
	re := (*regexp.Regexp)(q)
	longest := reflect.ValueOf(re).Elem().FieldByName("longest")
	if longest.IsValid() && longest.Bool() {
		e.byte(1)
	} else {
		e.byte(0)
	}
	e.text(re.String())
}

func decodeRegexp(d *decoder, q unsafe.Pointer) {
	longest, text := d.bool(), d.text()
	re := new(regexp.Regexp)
	if text != "" || longest {
		var err error
		if re, err = regexp.Compile(text); err != nil {
			failf("a regexp.Regexp can't be read: %w", err)
		}
		if longest {
			re.Longest()
		}
	}
	reflect.NewAt(regexpType, q).Elem().Set(reflect.ValueOf(re).Elem())
}
