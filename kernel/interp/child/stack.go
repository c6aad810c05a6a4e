package child

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"unsafe"

	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/kernel/interp/hook"
	"github.com/goherd/goherd/kernel/interp/link"
)

// maxStack bounds the traceback of a panic, in bytes.
const maxStack = 1 << 20

func stack() []byte {
	buf := make([]byte, 16<<10)
	for {
		n := runtime.Stack(buf, false)
		if n < len(buf) || len(buf) >= maxStack {
			return buf[:n]
		}
		buf = make([]byte, 4*len(buf))
	}
}

// An announced is the value of a panic and what is to be said of it.
type announced struct {
	value any
	name  string
	text  func() string
}

// is reports whether v is the value that was announced.
func (a *announced) is(v any) (same bool) {
	defer func() {
		if recover() != nil { // of a type that can't be compared
			same = reflect.DeepEqual(a.value, v)
		}
	}()
	return a.value == v
}

// panicking takes the place of yaegi's panic: it hands on the value itself, where
// yaegi panics with a reflect.Value around it, which neither recover nor the Go
// runtime sees through.
func (s *session) panicking(e hook.Exec) hook.Exec {
	return func(f unsafe.Pointer) hook.Exec {
		defer func() {
			v := recover()
			if inner, ok := v.(reflect.Value); ok {
				v = nil
				if inner.IsValid() {
					v = inner.Interface()
				}
			}
			s.announce(v)
			panic(v)
		}()
		return e(f)
	}
}

// announce remembers what the value of a panic is. Should the panic end the process,
// the runtime says it of simple values; the others are told the kernel now.
func (s *session) announce(v any) {
	r := s.current()
	a := &announced{value: v}
	if r != nil {
		r.mu.Lock()
		if r.next != nil {
			a.name, a.text = r.next.name, r.next.text
		}
		r.next, r.last = nil, a
		r.mu.Unlock()
	}
	switch plain(v).(type) {
	case error, fmt.Stringer, nil:
		return
	}
	if k := reflect.ValueOf(plain(v)).Kind(); k <= reflect.Complex128 || k == reflect.String {
		return
	}
	p := &link.Panic{Name: "panic"}
	if a.text != nil {
		p.Name, p.Text = a.name, safely(a.text)
	} else {
		p.Text = safely(func() string { return fmt.Sprintf("%+v", plain(v)) })
	}
	_ = s.w.Send(link.Event{Type: link.EventPanic, Run: currentRun(), Panic: p}) // a help, no more
}

// panicFailure describes a panic whose value is v, on the stack it left. last is the
// last value that was announced.
func panicFailure(v any, last *announced, trace []byte) *link.Failure {
	f := &link.Failure{Kind: link.FailPanic, Frames: link.Frames(trace)}
	if w, ok := v.(interp.Panic); ok {
		v = w.Value
	}
	if last != nil && last.text != nil && last.is(v) {
		f.Name, f.Text = last.name, safely(last.text)
		return f
	}
	v = plain(v)
	switch v := v.(type) {
	case runtime.Error:
		f.Name, f.Text = "runtime error", strings.TrimPrefix(v.Error(), "runtime error: ")
		if t := (*runtime.TypeAssertionError)(nil); errors.As(v, &t) {
			f.Name = "type assertion"
		}
	case *reflect.ValueError:
		f.Name, f.Text = "runtime error", "invalid memory address or nil pointer dereference"
	case error:
		f.Name, f.Text = typeName(v), safely(v.Error)
		f.Chain = Chain(v)
		if words, ok := link.GoWords(f.Text); ok && f.Name == "*interp.cfgError" {
			f.Name, f.Text = "runtime error", words
			if strings.HasPrefix(words, "interface conversion: ") {
				f.Name = "type assertion"
			}
		}
	case fmt.Stringer:
		f.Name, f.Text = typeName(v), safely(v.String)
	case string:
		f.Name, f.Text = "panic", v
		if words, ok := link.GoWords(v); ok {
			f.Name, f.Text = "runtime error", words
		}
	case nil:
		f.Name, f.Text = "panic", "nil"
	default:
		f.Name, f.Text = "panic", safely(func() string { return panicText(v) })
	}
	return f
}

// panicText is the text of a value that is neither an error nor a Stringer: simple ones with the name of their
// type if that isn't Go's own, as the Go runtime prints them.
func panicText(v any) string {
	t := reflect.TypeOf(v)
	switch k := t.Kind(); {
	case t.PkgPath() == "":
	case k == reflect.String:
		return fmt.Sprintf("%s(%q)", t, v)
	case k <= reflect.Complex128:
		return fmt.Sprintf("%s(%v)", t, v)
	}
	return fmt.Sprintf("%+v", v)
}

// plain takes off what yaegi wraps around a value in an interface.
func plain(v any) any {
	for range 4 {
		if inner, ok := v.(reflect.Value); ok { // as yaegi panics with it
			if !inner.IsValid() || !inner.CanInterface() {
				return nil
			}
			v = inner.Interface()
		}
		rv := reflect.ValueOf(v)
		if rv.Kind() != reflect.Struct || rv.Type().String() != "interp.valueInterface" {
			return v
		}
		inner, ok := unexported(rv, "value").(reflect.Value)
		if !ok || !inner.IsValid() || !inner.CanInterface() {
			return v
		}
		v = inner.Interface()
	}
	return v
}

// unexported returns a field of a struct of yaegi's.
func unexported(v reflect.Value, name string) any {
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	f := p.FieldByName(name)
	if !f.IsValid() || !f.CanAddr() {
		return nil
	}
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().Interface()
}

// sessionPackage finds the package that the types of cells are in, which the user never wrote.
var sessionPackage = regexp.MustCompile(`\bmain\.`)

func typeName(v any) string {
	name := fmt.Sprintf("%T", v)
	switch name {
	case "*errors.errorString", "*fmt.wrapError", "*fmt.wrapErrors", "*errors.joinError":
		return "error"
	}
	if strings.HasSuffix(name, "._error") || strings.Contains(name, "struct {") {
		return "error" // of a type that only the interpreter knows
	}
	return sessionPackage.ReplaceAllString(name, "")
}

func safely(f func() string) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = fmt.Sprintf("(the value's own method panicked: %v)", r)
		}
	}()
	return f()
}

// maxChain bounds how many wrapped errors are told.
const maxChain = 10

// Chain returns the texts of the errors that err wraps, with their types, outermost
// first.
func Chain(err error) []string {
	var out []string
	var walk func(error)
	walk = func(err error) {
		var inner []error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = []error{e.Unwrap()}
		case interface{ Unwrap() []error }:
			inner = e.Unwrap()
		}
		for _, e := range inner {
			if e == nil || len(out) == maxChain {
				continue
			}
			out = append(out, typeName(e)+": "+safely(e.Error))
			walk(e)
		}
	}
	walk(err)
	return out
}
