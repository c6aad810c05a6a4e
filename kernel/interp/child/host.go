package child

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goherd/goherd/display"
	"github.com/goherd/goherd/display/pretty"
	"github.com/goherd/goherd/kernel/interp/link"
)

// The methods of session that are exported are the package goherd/host, which the
// cell compiler's output calls.

// Method says how to call a method of a type that only the interpreter knows: f is a
// func(T) with the method's results. name is "T.Method", as package pretty spells T.
func (s *session) Method(name string, f any) {
	if r := s.current(); r != nil {
		if r.methods == nil {
			r.methods = map[string]reflect.Value{}
		}
		r.methods[name] = reflect.ValueOf(f)
	}
}

// Result takes the values of the cell's last expression. types are indices into the
// program's table of types, separated by spaces; call says that the expression is a
// call, whose trailing error is the cell's error.
func (s *session) Result(call bool, types string, values ...any) {
	r := s.current()
	if r == nil {
		return
	}
	known := make([]*pretty.Type, len(values))
	for i, f := range strings.Fields(types) {
		var n int
		if _, err := fmt.Sscan(f, &n); err == nil && i < len(known) && n < len(r.types) {
			known[i] = r.types[n]
		}
	}
	if n := len(values) - 1; call && n >= 0 && known[n] != nil && known[n].Name == "error" {
		if failure := r.errorFailure(values[n]); failure != nil {
			failure.Frames = link.Frames(stack())
			r.fail(failure)
			return
		}
		values, known = values[:n], known[:n]
	}
	var b *link.Bundle
	switch len(values) {
	case 0:
		return
	case 1:
		b = r.bundle(values[0], known[0])
	default:
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = r.text(v, known[i])
		}
		b = lines(texts)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = b
}

// lines returns texts one below the other.
func lines(texts []string) *link.Bundle {
	return &link.Bundle{Data: map[string]any{"text/plain": strings.Join(texts, "\n")}}
}

// errorFailure describes the error that a cell's last call returned; nil if it is nil.
func (r *run) errorFailure(v any) *link.Failure {
	err, ok := plain(v).(error)
	if !ok {
		if err, ok = v.(error); !ok {
			return nil
		}
	}
	return &link.Failure{Kind: link.FailError, Name: typeName(err), Text: safely(err.Error), Chain: Chain(err)}
}

func (r *run) options() pretty.Options {
	return pretty.Options{Interpreted: true, Method: r.call}
}

func (r *run) text(v any, t *pretty.Type) string {
	return pretty.Format(reflect.ValueOf(v), t, r.options())
}

// call calls a method without parameters of an interpreted value, for a string.
func (r *run) call(t *pretty.Type, v reflect.Value, name string) (string, bool) {
	out, ok := r.invoke(t, v, name)
	if !ok || out.Kind() != reflect.String {
		return "", false
	}
	return out.String(), true
}

func (r *run) invoke(t *pretty.Type, v reflect.Value, name string) (out reflect.Value, ok bool) {
	f := r.methods[t.String()+"."+name]
	if !f.IsValid() || f.Type().NumIn() != 1 || f.Type().NumOut() < 1 || !v.Type().AssignableTo(f.Type().In(0)) {
		return reflect.Value{}, false
	}
	return f.Call([]reflect.Value{v})[0], true
}

// bundle returns how a value is shown; nil if it shows nothing.
func (r *run) bundle(v any, t *pretty.Type) *link.Bundle {
	b := display.BundleOf(display.Typed{
		Value: reflect.ValueOf(v), Type: t,
		Method: func(t *pretty.Type, v reflect.Value, name string) (any, bool) {
			out, ok := r.invoke(t, v, name)
			if !ok {
				return nil, false
			}
			return out.Interface(), true
		},
	})
	if len(b.Data) == 0 {
		return nil
	}
	return &link.Bundle{Data: b.Data, Metadata: b.Metadata}
}

// Panicking is called before a panic whose value is of the interpreter's own type: it
// says what the value is, should the panic end the cell.
func (s *session) Panicking(name string, text func() string) {
	if r := s.current(); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.next = &announced{name: name, text: text}
	}
}

// Describe reports the value of a session variable to the kernel.
func (s *session) Describe(name string, typ int, v any) {
	r := s.current()
	if r == nil {
		return
	}
	var t *pretty.Type
	if typ >= 0 && typ < len(r.types) {
		t = r.types[typ]
	}
	r.describe(name, reflect.ValueOf(v), t, r.options())
}

// describe reports a variable to the kernel.
func (r *run) describe(name string, v reflect.Value, t *pretty.Type, o pretty.Options) {
	o.MaxBytes, o.MaxItems = 200, 8
	text := strings.Join(strings.Fields(pretty.Format(v, t, o)), " ")
	length := -1
	size := 0
	if v.IsValid() {
		inner := v
		if v.CanInterface() {
			inner = reflect.ValueOf(plain(v.Interface()))
			size = Size(v.Interface())
		}
		switch inner.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map, reflect.String, reflect.Chan:
			length = inner.Len()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.vars = append(r.vars, link.Var{Name: name, Text: text, Len: length, Bytes: size})
}

// Loops returns how often the statement that is being timed shall run.
func (s *session) Loops() int {
	if r := s.current(); r != nil {
		return r.loops
	}
	return 0
}

// Discarded shows a display.Content that a statement leaves unused.
func (s *session) Discarded(c display.Content) { display.Show(c) }
