package core

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// count writes a number of things: "1 item", "2,000 items".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(n) + " " + thing
}

// thousands writes n with a comma between thousands.
func thousands(n int) string {
	s := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration writes a time with two or three digits.
func duration(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute).String()
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= 10*time.Second:
		return digits(d.Seconds(), 0) + " s"
	case d >= time.Second:
		return digits(d.Seconds(), 1) + " s"
	case d >= time.Millisecond:
		return digits(d.Seconds()*1e3, 10) + " ms"
	case d >= time.Microsecond:
		return digits(d.Seconds()*1e6, 10) + " µs"
	}
	return strconv.FormatInt(d.Nanoseconds(), 10) + " ns"
}

// digits writes f with so many digits behind the point, or, for 10, with as many as make two in all.
func digits(f float64, behind int) string {
	if behind == 10 {
		behind = 0
		if f < 9.95 {
			behind = 1
		}
	}
	return strconv.FormatFloat(f, 'f', behind, 64)
}

// rate writes how many there are in a second.
func rate(n int, d time.Duration) string {
	r := float64(n) / max(d.Seconds(), 1e-9)
	switch {
	case r >= 1e6:
		return digits(r/1e6, 10) + "M/s"
	case r >= 10:
		return thousands(int(r+0.5)) + "/s"
	}
	return digits(r, 1) + "/s"
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return digits(float64(n)/1e9, 10) + " GB"
	case n >= 1e6:
		return digits(float64(n)/1e6, 10) + " MB"
	case n >= 1e3:
		return digits(float64(n)/1e3, 10) + " kB"
	}
	return count(int(n), "byte")
}

// maxValue is how long the text of an item in a message may be.
const maxValue = 60

// shortValue writes a value so that a person knows which it is. It looks at no more of it than it needs.
func shortValue(v reflect.Value) string {
	var b strings.Builder
	writeValue(&b, v, 0)
	s := b.String()
	if len(s) <= maxValue {
		return s
	}
	cut := maxValue - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func writeValue(b *strings.Builder, v reflect.Value, depth int) {
	if b.Len() > maxValue {
		return
	}
	if depth > 4 {
		b.WriteString("…")
		return
	}
	if !v.IsValid() {
		b.WriteString("nil")
		return
	}
	if v.CanInterface() && described(v) {
		if p, ok := v.Interface().(*Pool); ok {
			b.WriteString(p.name) // its String asks the head
			return
		}
		b.WriteString(strings.Join(strings.Fields(fmt.Sprint(v.Interface())), " "))
		return
	}
	switch v.Kind() {
	case reflect.String:
		s := v.String()
		b.WriteString(strconv.Quote(s[:min(len(s), 2*maxValue)]))
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			b.WriteString("nil")
			return
		}
		b.WriteByte('[')
		for i := 0; i < v.Len() && b.Len() <= maxValue; i++ {
			if i > 0 {
				b.WriteByte(' ')
			}
			writeValue(b, v.Index(i), depth+1)
		}
		b.WriteByte(']')
	case reflect.Struct:
		b.WriteByte('{')
		for i := 0; i < v.NumField() && b.Len() <= maxValue; i++ {
			if i > 0 {
				b.WriteByte(' ')
			}
			writeValue(b, v.Field(i), depth+1)
		}
		b.WriteByte('}')
	case reflect.Map:
		fmt.Fprintf(b, "map of %d", v.Len())
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		b.WriteByte('&')
		writeValue(b, v.Elem(), depth+1)
	case reflect.Interface:
		writeValue(b, v.Elem(), depth)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		b.WriteString(v.Type().String())
	default:
		fmt.Fprint(b, v)
	}
}

// described reports whether v says itself how it is written. fmt holds a panic of its method off.
func described(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		if v.IsNil() {
			return false
		}
	}
	switch v.Interface().(type) {
	case error, fmt.Stringer:
		return true
	}
	return false
}

// FormatSize writes a number of bytes: "1.2 GB".
func FormatSize(n int64) string { return size(n) }
