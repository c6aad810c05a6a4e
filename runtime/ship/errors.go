package ship

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// An Error says what can't travel to another process.
type Error struct {
	// Path says where it is: "cfg.mu", `m["a"].ch`. It begins with the name of a
	// variable where there is one, and is empty for the value itself.
	Path string
	Type reflect.Type
	Why  string // "it would lock nothing there"
	Fix  string // what to do, "" if there is nothing to say
	// Func and Place are those of the function that captured the variable, if one did.
	Func, Place string
	Cause       error // what a Traveller said, else nil
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func (e *Error) Error() string {
	var b strings.Builder
	name := "a func"
	if e.Type != nil {
		name = e.Type.String()
		article := "a "
		if strings.ContainsRune("aeiou", rune(name[0])) && !strings.HasPrefix(name, "uint") && !strings.HasPrefix(name, "uni") {
			article = "an "
		}
		name = article + name
	}
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(" is ")
		b.WriteString(name)
		b.WriteString(", which")
	} else {
		b.WriteString(name)
	}
	b.WriteString(" can't travel to another process: ")
	b.WriteString(e.Why)
	if e.Fix != "" {
		b.WriteString("; ")
		b.WriteString(e.Fix)
	}
	return b.String()
}

// A Waiting says what must be there before a value can be written.
type Waiting struct{ On []Pending }

func (w *Waiting) Error() string {
	if len(w.On) == 1 {
		return "ship: a value that is used isn't there yet"
	}
	return fmt.Sprintf("ship: %d values that are used aren't there yet", len(w.On))
}

// A failure is what a decoder panics with.
type failure struct{ error }

func failf(format string, args ...any) {
	panic(failure{fmt.Errorf("ship: "+format, args...)})
}

// damaged fails because no encoder writes such bytes.
func damaged(what string) { failf("the bytes of a value are damaged: %s", what) }

// A step is a part of the way from a variable to a value in it.
type step struct {
	up    *step
	label string // ".name", "[3]"
	// Of a captured variable, which begins a way of its own.
	fn *Func
}

// The ends of a long way that are told.
const headSteps, tailSteps = 12, 4

// path writes a way and returns the function whose variable it begins with.
func (s *step) path() (path string, fn *Func) {
	var labels []string
	for at := s; at != nil; at = at.up {
		labels = append(labels, at.label)
		if at.fn != nil {
			fn = at.fn
			break
		}
	}
	var b strings.Builder
	for i := len(labels) - 1; i >= 0; i-- {
		if k := len(labels) - 1 - i; k == headSteps && i >= tailSteps {
			b.WriteString(" … ")
			i = tailSteps
			continue
		}
		b.WriteString(labels[i])
	}
	return strings.TrimPrefix(b.String(), "."), fn
}

// keyLabel returns how a map key is written in a path.
func keyLabel(k reflect.Value) string {
	for k.Kind() == reflect.Interface && !k.IsNil() {
		k = k.Elem()
	}
	switch k.Kind() {
	case reflect.String:
		s := k.String()
		if len(s) > 40 {
			s = s[:37] + "…"
		}
		return "[" + strconv.Quote(s) + "]"
	case reflect.Bool:
		return "[" + strconv.FormatBool(k.Bool()) + "]"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "[" + strconv.FormatInt(k.Int(), 10) + "]"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return "[" + strconv.FormatUint(k.Uint(), 10) + "]"
	case reflect.Float32, reflect.Float64:
		return "[" + strconv.FormatFloat(k.Float(), 'g', -1, 64) + "]"
	}
	return "[" + k.Type().String() + "]"
}
