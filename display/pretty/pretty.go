package pretty

import (
	"reflect"
	"unicode/utf8"
)

// Options bound and direct [Format]. The zero value is ready to use.
type Options struct {
	// Width is the number of columns after which a composite is written over
	// several lines; zero means 100.
	Width int
	// MaxBytes bounds the text, in bytes; zero means 20,000. Deep values may
	// exceed it by their indentation.
	MaxBytes int
	// MaxItems is the length up to which a slice, array or map at the top is
	// shown whole; deeper ones are cut sooner, and all of them where the text
	// would exceed MaxBytes. Zero means 100.
	MaxItems int
	// MaxDepth is how deep composites are followed; zero means 10.
	MaxDepth int
	// Interpreted says that the value comes from the interpreter, whose structs
	// call an unexported field f "Xf"; it is shown as f.
	Interpreted bool
	// Method calls a method that takes nothing and returns a string, of a value
	// whose static type lists it in Methods; false means that it can't be
	// called. It may be nil: then only methods that reflection knows are called.
	// A panic in it is caught and noted in the text.
	Method func(t *Type, v reflect.Value, name string) (string, bool)
	// Dynamic returns the type of the value held by an interface, or nil. It
	// gets the value with what the interpreter wraps around it.
	Dynamic func(v reflect.Value) *Type
}

func (o Options) withDefaults() Options {
	set := func(n *int, to int) {
		if *n <= 0 {
			*n = to
		}
	}
	set(&o.Width, 100)
	set(&o.MaxBytes, 20_000)
	set(&o.MaxItems, 100)
	set(&o.MaxDepth, 10)
	return o
}

// Format returns the text of v in Go's syntax. t is its static type, or nil if
// there is none but reflection's; parts of t that do not fit v are ignored. The
// zero Value is "nil".
//
// It never panics for what the value's own methods do, and may be called from
// any goroutine, but reads the value without a lock, as any Go code would: maps
// written meanwhile by other goroutines end the process.
func Format(v reflect.Value, t *Type, o Options) string {
	o = o.withDefaults()
	if s, ok := whole(v, t, o); ok {
		return s
	}
	// Text is cut where it is least missed: too long a text is made anew with
	// shorter lists rather than cut at its end.
	var text string
	for tighter := range uint(4) {
		b := &builder{Options: o, tighter: tighter, left: o.MaxBytes}
		root := b.value(v, t, place{top: true})
		w := writer{width: o.Width}
		w.write(root, "", 0, 0)
		text = w.String() + b.comment
		if b.left >= 0 && len(text) <= 2*o.MaxBytes {
			break
		}
	}
	return text
}

// whole returns the text of a value whose String or Error method says it all.
// At the top it stands as it is, over as many lines as it has.
func whole(v reflect.Value, t *Type, o Options) (string, bool) {
	b := &builder{Options: o}
	v, t = b.unwrap(v, t)
	if !v.IsValid() {
		return "", false
	}
	t = fits(t, v)
	text, kind, note := b.method(v, t)
	if kind == noMethod || note != "" {
		return "", false
	}
	text, cut := clip(text, o.MaxBytes)
	if kind == isError {
		text = b.errorName(v, t) + ": " + text
	}
	return text + cut, true
}

// clip shortens s to at most n bytes, at a character's boundary, and says how
// much was cut.
func clip(s string, n int) (head, note string) {
	if len(s) <= n {
		return s, ""
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], " … " + group(len(s)-n) + " more bytes"
}
