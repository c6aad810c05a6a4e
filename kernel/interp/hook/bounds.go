package hook

import (
	"go/constant"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// genValue returns what reads the value of a node in a frame.
//
//go:linkname genValue github.com/traefik/yaegi/interp.genValue
func genValue(n node) func(frame unsafe.Pointer) reflect.Value

// genValueArray is genValue, but reads an array through a pointer.
//
//go:linkname genValueArray github.com/traefik/yaegi/interp.genValueArray
func genValueArray(n node) func(frame unsafe.Pointer) reflect.Value

// A BoundsError is the value of the panic of an index or slice expression whose
// operands are out of range: the words of the Go runtime, without "runtime error: ".
// It is a runtime.Error.
type BoundsError string

func (e BoundsError) Error() string { return "runtime error: " + string(e) }

// RuntimeError makes it a runtime.Error.
func (BoundsError) RuntimeError() {}

// AtIndex is At for a node that has Bounds. Where exec panics because its operands are
// out of range, the panic goes on with a BoundsError: package reflect, which yaegi
// indexes with, doesn't tell the numbers. Other panics pass.
//
//go:noinline
func AtIndex(pos uintptr, exec Exec, bounds func(frame unsafe.Pointer) error, frame unsafe.Pointer) Exec {
	returned := false
	defer func() {
		if returned {
			return
		}
		if err := bounds(frame); err != nil {
			panic(err)
		}
	}()
	next := exec(frame)
	returned = true
	if pos == 0 { // as in At
		return nil
	}
	return next
}

// boundsOf returns the Bounds of a node whose closure gen has just made, with which it
// shares how operands are read; nil if it is neither an index nor a slice expression.
func boundsOf(n node, gen string) func(frame unsafe.Pointer) error {
	gen = strings.TrimSuffix(gen, "[]")
	if gen != "getIndexArray" && gen != "slice" && gen != "slice0" {
		return nil
	}
	children := *at[[]node](n, offChild)
	container := genValueArray(children[0])
	var operands []func(unsafe.Pointer) reflect.Value
	if gen == "slice0" {
		operands = append(operands, func(unsafe.Pointer) reflect.Value { return reflect.ValueOf(0) })
	}
	for _, c := range children[1:] {
		if v := *at[reflect.Value](c, offRval); v.IsValid() { // yaegi doesn't convert all constants
			operands = append(operands, func(unsafe.Pointer) reflect.Value { return v })
		} else {
			operands = append(operands, genValue(c))
		}
	}
	return func(frame unsafe.Pointer) (err error) {
		defer func() {
			if recover() != nil { // the panic that is looked into came from reading them
				err = nil
			}
		}()
		var xs []bound
		for _, read := range operands {
			x, ok := boundOf(read(frame))
			if !ok {
				return nil
			}
			xs = append(xs, x)
		}
		words := ""
		if v := container(frame); gen == "getIndexArray" {
			words = indexWords(v, xs[0])
		} else {
			words = sliceWords(v, xs)
		}
		if words == "" {
			return nil
		}
		return BoundsError(words)
	}
}

// A bound is an operand of an index or slice expression.
type bound struct {
	n    int64 // the greatest, if it is greater
	text string
}

func newBound(n int) bound { return bound{int64(n), strconv.Itoa(n)} }

// boundOf returns the integer v, which may be an untyped constant.
func boundOf(v reflect.Value) (b bound, ok bool) {
	switch {
	case v.CanInt():
		return bound{v.Int(), strconv.FormatInt(v.Int(), 10)}, true
	case v.CanUint():
		return bound{int64(min(v.Uint(), math.MaxInt64)), strconv.FormatUint(v.Uint(), 10)}, true
	case !v.CanInterface():
		return bound{}, false
	}
	if c, isConst := v.Interface().(constant.Value); isConst {
		n, exact := constant.Int64Val(constant.ToInt(c))
		return bound{n, strconv.FormatInt(n, 10)}, exact
	}
	return bound{}, false
}

// indexWords says that x is no index of v, or "" if it is one.
func indexWords(v reflect.Value, x bound) string {
	switch n := v.Len(); {
	case x.n < 0:
		return "index out of range [" + x.text + "]"
	case x.n >= int64(n):
		return "index out of range [" + x.text + "] with length " + strconv.Itoa(n)
	}
	return ""
}

// sliceWords says which of the operands xs, the first of which is there always, isn't
// one of a slice expression of v, or "" if all are. As in Go, the last comes first.
func sliceWords(v reflect.Value, xs []bound) string {
	const out = "slice bounds out of range ["
	limit, limitName := v.Len(), "length"
	if v.Kind() == reflect.Slice {
		limit, limitName = v.Cap(), "capacity"
	}
	full := len(xs) == 3
	before := ":" // the operands before
	if full {
		before = "::"
	}
	// Without a last operand that is the length, which needs no check.
	last := newBound(v.Len())
	if len(xs) > 1 {
		last = xs[len(xs)-1]
		xs = xs[:len(xs)-1]
		switch {
		case last.n < 0:
			return out + before + last.text + "]"
		case last.n > int64(limit):
			return out + before + last.text + "] with " + limitName + " " + strconv.Itoa(limit)
		}
	}
	after := "" // the operands after
	if full {
		switch high := xs[1]; {
		case high.n < 0:
			return out + ":" + high.text + ":]"
		case high.n > last.n:
			return out + ":" + high.text + ":" + last.text + "]"
		}
		last, after = xs[1], ":"
	}
	switch low := xs[0]; {
	case low.n < 0:
		return out + low.text + ":" + after + "]"
	case low.n > last.n:
		return out + low.text + ":" + last.text + after + "]"
	}
	return ""
}
