package pretty

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// scalar writes numbers, strings and booleans.
func (b *builder) scalar(v reflect.Value, t *Type, at place) *node {
	s, natural := b.literal(v, at)
	// In an interface the literal alone would be of another type.
	if at.iface && b.nameOf(v.Type(), t) != natural {
		s = b.nameOf(v.Type(), t) + "(" + strings.TrimSuffix(s, ".0") + ")"
	}
	return b.text(s)
}

// literal returns the text of a scalar and the type that a constant of that
// text has by itself.
func (b *builder) literal(v reflect.Value, at place) (text, natural string) {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), "bool"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), "int"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), "int"
	case reflect.Uintptr:
		return "0x" + strconv.FormatUint(v.Uint(), 16), "int"
	case reflect.Float32, reflect.Float64:
		s := float(v.Float(), v.Type().Bits())
		if at.iface && !strings.ContainsAny(s, ".eNI") {
			s += ".0"
		}
		return s, "float64"
	case reflect.Complex64, reflect.Complex128:
		c, bits := v.Complex(), v.Type().Bits()/2
		im := float(imag(c), bits)
		if im[0] != '-' && im[0] != '+' {
			im = "+" + im
		}
		return "(" + float(real(c), bits) + im + "i)", "complex128"
	case reflect.String:
		return b.quoted(v, at), "string"
	}
	return "?", "" // no other kind reaches this
}

// float writes the shortest text that reads back as f, with an exponent only
// for very large and very small numbers, as fmt does.
func float(f float64, bits int) string {
	const large = 21
	s := strconv.FormatFloat(f, 'g', -1, bits)
	if i := strings.Index(s, "e+"); i >= 0 {
		if exp, _ := strconv.Atoi(s[i+2:]); exp < large {
			return strconv.FormatFloat(f, 'f', -1, bits)
		}
	}
	return s
}

// stringLimit is how many bytes of a string are shown.
func (b *builder) stringLimit(at place) int {
	if at.top && at.depth == 0 {
		return b.MaxBytes / 2 >> b.tighter
	}
	return max(min(1000, b.MaxBytes/4)>>(2*b.tighter), 20)
}

func (b *builder) quoted(v reflect.Value, at place) string {
	full := v.String()
	head, cut := clip(full, b.stringLimit(at))
	s := strconv.Quote(head)
	if cut != "" {
		s += cut
		b.lenComment(len(full), len(head), at, "")
	}
	return s
}

func hexByte(u uint64) string {
	const digits = "0123456789abcdef"
	return string([]byte{'0', 'x', digits[u>>4&15], digits[u&15]})
}

// bytes writes a []byte that is text as text.
func (b *builder) bytes(v reflect.Value, t *Type, at place) (*node, bool) {
	n := v.Len()
	if n == 0 {
		return nil, false
	}
	limit := b.stringLimit(at)
	data := v.Slice(0, min(n, limit)).Bytes()
	if n > limit { // a character may be cut
		for i := 0; i < utf8.UTFMax-1 && len(data) > 0 && !utf8.Valid(data); i++ {
			data = data[:len(data)-1]
		}
	}
	if !utf8.Valid(data) {
		return nil, false
	}
	for _, r := range string(data) {
		if !strconv.IsPrint(r) && r != '\n' && r != '\t' && r != '\r' {
			return nil, false
		}
	}
	s := b.nameOf(v.Type(), t) + "(" + strconv.Quote(string(data))
	if n > len(data) {
		s += " … " + group(n-len(data)) + " more bytes"
		b.lenComment(n, len(data), at, "")
	}
	return b.text(s + ")"), true
}

// methodKind says what a text returned by a value's method is.
type methodKind int

const (
	noMethod methodKind = iota
	isText
	isError
)

// method returns the text that v gives of itself, if it has a method for that.
// failed says that it has but panicked.
func (b *builder) method(v reflect.Value, t *Type) (text string, kind methodKind, failed string) {
	name := ""
	defer func() {
		if p := recover(); p != nil {
			text, kind = "", noMethod
			failed = name + " panicked: " + panicText(p)
		}
	}()
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return "", noMethod, ""
	}
	if b.Method != nil {
		for _, m := range []struct {
			name string
			kind methodKind
		}{{"Error", isError}, {"String", isText}} {
			if t.HasMethod(m.name) {
				name = m.name
				if s, ok := b.Method(t, v, m.name); ok {
					return s, m.kind, ""
				}
			}
		}
	}
	if v.Type().NumMethod() == 0 || !v.CanInterface() {
		return "", noMethod, ""
	}
	switch x := v.Interface().(type) {
	case time.Time:
		// Without the reading of the monotonic clock, which String adds.
		return x.Format("2006-01-02 15:04:05.999999999 -0700 MST"), isText, ""
	case error:
		name = "Error"
		return x.Error(), isError, ""
	case fmt.Stringer:
		name = "String"
		return x.String(), isText, ""
	}
	return "", noMethod, ""
}

// panicText is a panic's value in one short line that can't end a comment.
func panicText(p any) (s string) {
	defer func() {
		if recover() != nil { // of the panic value's own methods
			s = "a value of type " + fmt.Sprintf("%T", p)
		}
	}()
	var text string
	switch x := p.(type) {
	case error:
		text = x.Error()
	case fmt.Stringer:
		text = x.String()
	default:
		text = fmt.Sprint(p)
	}
	text, _ = clip(text, 200)
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "*/", "* /")
}

// inline makes the text of a method stand within a line.
func (b *builder) inline(s string, kind methodKind, v reflect.Value, t *Type) string {
	text, cut := clip(s, b.stringLimit(place{}))
	switch {
	case kind == isError:
		return b.errorName(v, t) + "(" + strconv.Quote(text) + cut + ")"
	case plain(text) && cut == "":
		return text
	}
	return b.nameOf(v.Type(), t) + "(" + strconv.Quote(text) + cut + ")"
}

// errorName is the type of an error, "error" where its type says nothing.
func (b *builder) errorName(v reflect.Value, t *Type) string {
	switch name := b.nameOf(v.Type(), t); name {
	case "*errors.errorString", "*errors.joinError", "*fmt.wrapError", "*fmt.wrapErrors":
		return "error"
	default:
		return name
	}
}
