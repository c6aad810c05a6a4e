package child

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/traefik/yaegi/interp"

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

// panicFailure describes a panic whose value is v, on the stack it left.
func panicFailure(v any, describe func() (name, text string), trace []byte) *link.Failure {
	f := &link.Failure{Kind: link.FailPanic, Frames: link.Frames(trace)}
	if w, ok := v.(interp.Panic); ok {
		v = w.Value
	}
	v = plain(v)
	switch v := v.(type) {
	case runtime.Error:
		f.Name, f.Text = "runtime error", strings.TrimPrefix(v.Error(), "runtime error: ")
		if t := (*runtime.TypeAssertionError)(nil); errors.As(v, &t) {
			f.Name, f.Text = "type assertion", strings.TrimPrefix(v.Error(), "interface conversion: ")
		}
	case *reflect.ValueError:
		f.Name, f.Text = "runtime error", "invalid memory address or nil pointer dereference"
	case error:
		f.Name, f.Text = typeName(v), safely(v.Error)
		f.Chain = Chain(v)
	case fmt.Stringer:
		f.Name, f.Text = typeName(v), safely(v.String)
	case string:
		f.Name, f.Text = "panic", v
		if s, ok := strings.CutPrefix(v, "reflect: "); ok || strings.HasPrefix(v, "reflect.") {
			f.Name, f.Text = "runtime error", goWords(s)
		}
	case nil:
		f.Name, f.Text = "panic", "nil"
	default:
		f.Name = "panic"
		if describe != nil {
			f.Name, f.Text = describe()
		} else {
			f.Text = safely(func() string { return fmt.Sprint(v) })
		}
	}
	return f
}

// goWords says in the words of the Go compiler what package reflect, which runs
// interpreted code, says in its own.
func goWords(s string) string {
	switch {
	case strings.Contains(s, "index out of range"):
		return "index out of range"
	case strings.Contains(s, "slice index out of bounds"), strings.Contains(s, "string slice index"):
		return "slice bounds out of range"
	case strings.Contains(s, "zero Value"), strings.Contains(s, "nil pointer"), strings.Contains(s, "nil interface"):
		return "invalid memory address or nil pointer dereference"
	}
	return s
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

func typeName(v any) string {
	name := fmt.Sprintf("%T", v)
	switch name {
	case "*errors.errorString", "*fmt.wrapError", "*fmt.wrapErrors", "*errors.joinError":
		return "error"
	}
	if strings.HasSuffix(name, "._error") || strings.Contains(name, "struct {") {
		return "error" // of a type that only the interpreter knows
	}
	return name
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

// labelled returns which runs goroutines of the process belong to.
func labelled() map[int]bool {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	runs := map[int]bool{}
	for _, g := range bytes.Split(buf, []byte("\n\n")) {
		if run := link.RunOf(g); run != 0 {
			runs[run] = true
		}
	}
	return runs
}
