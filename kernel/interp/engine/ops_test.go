package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// An ops makes programs of a few operations on variables, and runs them.
type ops struct {
	t    testing.TB
	e    *Engine
	prog code.Program
	ids  map[reflect.Type]code.TypeID
	next code.TypeID
	vars code.GlobalID
	fns  code.FuncID
}

// nobody is a host for code that needs none.
type nobody struct{ Host }

func (nobody) Symbol(string, string) (reflect.Value, bool) { return reflect.Value{}, false }

func newOps(t testing.TB) *ops {
	e, err := New(nobody{})
	if err != nil {
		t.Fatal(err)
	}
	return &ops{t: t, e: e, ids: map[reflect.Type]code.TypeID{}}
}

// typ returns the ID of a type without methods.
func (o *ops) typ(rt reflect.Type) code.TypeID {
	if id := o.ids[rt]; id != 0 {
		return id
	}
	o.next++
	id := o.next
	o.ids[rt] = id
	d := code.Type{ID: id, Kind: code.Kind(rt.Kind())}
	switch rt.Kind() {
	case reflect.Array:
		d.Elem, d.Len = o.typ(rt.Elem()), int64(rt.Len())
	case reflect.Slice, reflect.Pointer:
		d.Elem = o.typ(rt.Elem())
	case reflect.Chan:
		d.Elem, d.Dir = o.typ(rt.Elem()), int(rt.ChanDir())
	case reflect.Map:
		d.Key, d.Elem = o.typ(rt.Key()), o.typ(rt.Elem())
	case reflect.Func:
		for t := range rt.Ins() {
			d.In = append(d.In, o.typ(t))
		}
		for t := range rt.Outs() {
			d.Out = append(d.Out, o.typ(t))
		}
	case reflect.Interface:
	case reflect.Struct:
		for f := range rt.Fields() {
			d.Fields = append(d.Fields, code.Field{Name: f.Name, Path: f.PkgPath, Type: o.typ(f.Type)})
		}
	default:
		if rt.Kind() != reflect.UnsafePointer {
			d.Name = rt.Kind().String()
		}
	}
	o.prog.Types = append(o.prog.Types, d)
	return id
}

func ty[T any](o *ops) code.TypeID { return o.typ(reflect.TypeFor[T]()) }

// tuple returns the ID of the type of two values.
func (o *ops) tuple(a, b code.TypeID) code.TypeID {
	o.next++
	o.prog.Types = append(o.prog.Types, code.Type{ID: o.next, Kind: code.Tuple, Out: []code.TypeID{a, b}})
	return o.next
}

// variable declares a variable of the session.
func (o *ops) variable(t code.TypeID) *code.Node {
	o.vars++
	o.prog.Globals = append(o.prog.Globals, code.Global{ID: o.vars, Name: fmt.Sprint("v", o.vars), Type: t})
	return &code.Node{Op: code.GlobalVar, Type: t, A: int64(o.vars)}
}

// function declares a func() with slots.
func (o *ops) function(slots []code.TypeID, body ...*code.Node) code.FuncID {
	o.fns++
	o.prog.Funcs = append(o.prog.Funcs, code.Func{ID: o.fns, Name: fmt.Sprint("f", o.fns), Sig: ty[func()](o), Slots: slots, Body: st(code.Block, body...)})
	return o.fns
}

func (o *ops) load() {
	o.t.Helper()
	p := o.prog
	o.prog = code.Program{}
	if err := o.e.Load(&p); err != nil {
		o.t.Fatal(err)
	}
}

// run runs a function and returns the text of its panic.
func (o *ops) run(id code.FuncID) string {
	if p := o.e.Run(id); p != nil {
		return fmt.Sprint(p.Value)
	}
	return ""
}

// in returns the memory of a variable.
func in[T any](o *ops, v *code.Node) *T {
	g, ok := o.e.Global(code.GlobalID(v.A))
	if !ok || g.Type() != reflect.TypeFor[T]() {
		o.t.Fatalf("variable %d is a %v, want %v", v.A, g.Type(), reflect.TypeFor[T]())
	}
	return (*T)(g.Addr().UnsafePointer())
}

func st(op code.Op, kids ...*code.Node) *code.Node { return &code.Node{Op: op, Kids: kids} }

func ex(op code.Op, t code.TypeID, kids ...*code.Node) *code.Node {
	return &code.Node{Op: op, Type: t, Kids: kids}
}

func local(t code.TypeID, slot int) *code.Node {
	return &code.Node{Op: code.Local, Type: t, A: int64(slot)}
}

func set(place, v *code.Node) *code.Node { return st(code.Assign, place, v) }

func (o *ops) konst(v any) *code.Node {
	rv := reflect.ValueOf(v)
	n := &code.Node{Op: code.Const, Type: o.typ(rv.Type())}
	switch {
	case rv.CanInt():
		n.A = rv.Int()
	case rv.CanUint():
		n.A = int64(rv.Uint())
	case rv.CanFloat():
		n.A = int64(math.Float64bits(rv.Float()))
	case rv.CanComplex():
		n.A, n.B = int64(math.Float64bits(real(rv.Complex()))), int64(math.Float64bits(imag(rv.Complex())))
	case rv.Kind() == reflect.Bool:
		if rv.Bool() {
			n.A = 1
		}
	default:
		n.S = rv.String()
	}
	return n
}

// catch returns what compiled code panics with.
func catch(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

// same compares values bit by bit, with one NaN like another.
func same(a, b any) bool {
	return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b)
}

var opNames = map[code.Op]string{
	code.Add: "+", code.Sub: "-", code.Mul: "*", code.Quo: "/", code.Rem: "%", code.And: "&", code.Or: "|", code.Xor: "^", code.AndNot: "&^",
	code.Shl: "<<", code.Shr: ">>", code.Eq: "==", code.Ne: "!=", code.Lt: "<", code.Le: "<=", code.Gt: ">", code.Ge: ">=", code.Min: "min", code.Max: "max",
}

// testBinary compares op with want, for all forms of operands, on pairs of values.
func testBinary[T, U, R any](t *testing.T, op code.Op, want func(a T, b U) R, as []T, bs []U) {
	t.Helper()
	o := newOps(t)
	tt, tu, tr := ty[T](o), ty[U](o), ty[R](o)
	a, b, r := o.variable(tt), o.variable(tu), o.variable(tr)
	type test struct {
		form string
		fn   code.FuncID
		a    []T
		b    []U
	}
	var tests []test
	slots := []code.TypeID{tt, tu, tr}
	begin := []*code.Node{set(local(tt, 0), a), set(local(tu, 1), b)}
	add := func(form string, as []T, bs []U, x, y *code.Node) {
		body := append(begin[:2:2], set(r, ex(op, tr, x, y)))
		tests = append(tests, test{form, o.function(slots, body...), as, bs})
	}
	add("slot slot", as, bs, local(tt, 0), local(tu, 1))
	add("slot any", as, bs, local(tt, 0), b)
	add("any slot", as, bs, a, local(tu, 1))
	add("any any", as, bs, a, b)
	for range 4 {
		if k := reflect.TypeFor[T]().Kind(); k > reflect.Complex128 && k != reflect.String {
			break // there are no constants
		}
		i, j := rand.IntN(len(as)), rand.IntN(len(bs))
		add("const slot", as[i:i+1], bs, o.konst(as[i]), local(tu, 1))
		add("const any", as[i:i+1], bs, o.konst(as[i]), b)
		if op == code.Quo && reflect.ValueOf(bs[j]).IsZero() || op == code.Rem && reflect.ValueOf(bs[j]).IsZero() {
			continue
		}
		if v := reflect.ValueOf(bs[j]); v.CanInt() && v.Int() < 0 && (op == code.Shl || op == code.Shr) {
			continue
		}
		add("slot const", as, bs[j:j+1], local(tt, 0), o.konst(bs[j]))
		add("any const", as, bs[j:j+1], a, o.konst(bs[j]))
	}
	if tt == tr && op < code.Eq {
		update := func(form string, bs []U, to, y *code.Node) {
			up := &code.Node{Op: code.Update, A: int64(op), Kids: []*code.Node{to, y}}
			body := append(begin[:2:2], set(local(tr, 2), a), set(r, a), up)
			if to.Op == code.Local {
				body = append(body, set(r, to))
			}
			tests = append(tests, test{form, o.function(slots, body...), as, bs})
		}
		ptr := o.typ(reflect.PointerTo(reflect.TypeFor[T]()))
		deref := ex(code.Deref, tt, ex(code.Addr, ptr, r))
		update("slot op= slot", bs, local(tr, 2), local(tu, 1))
		update("slot op= any", bs, local(tr, 2), b)
		update("variable op= any", bs, r, b)
		update("memory op= any", bs, deref, b)
		if j := rand.IntN(len(bs)); !reflect.ValueOf(bs[j]).IsZero() && op != code.Shl && op != code.Shr {
			update("slot op= const", bs[j:j+1], local(tr, 2), o.konst(bs[j]))
			update("memory op= const", bs[j:j+1], deref, o.konst(bs[j]))
		}
	}
	o.load()
	for _, test := range tests {
		for _, x := range test.a {
			for _, y := range test.b {
				*in[T](o, a), *in[U](o, b) = x, y
				var v R
				panics := catch(func() { v = want(x, y) })
				got := o.run(test.fn)
				if res := *in[R](o, r); got != panics || panics == "" && !same(res, v) {
					t.Fatalf("%T: %#v %s %#v (%s) = %#v %q, want %#v %q", x, x, opNames[op], y, test.form, res, got, v, panics)
				}
			}
		}
	}
}

// numbers returns values at the limits of a type, and others.
func numbers[T integer | float]() []T {
	var out []T
	rt := reflect.TypeFor[T]()
	bits := rt.Bits()
	v := reflect.New(rt).Elem()
	switch {
	case v.CanInt():
		for _, k := range []int64{0, 1, -1, 2, 3, -7, 64, math.MinInt64 >> (64 - bits), math.MaxInt64 >> (64 - bits), rand.Int64(), -rand.Int64() >> 40} {
			v.SetInt(k << (64 - bits) >> (64 - bits))
			out = append(out, v.Interface().(T))
		}
	case v.CanUint():
		for _, k := range []uint64{0, 1, 2, 3, 63, 64, math.MaxUint64 >> (64 - bits), math.MaxUint64 >> (65 - bits), rand.Uint64()} {
			v.SetUint(k << (64 - bits) >> (64 - bits))
			out = append(out, v.Interface().(T))
		}
	default:
		for _, k := range []float64{0, math.Copysign(0, -1), 1, -1.5, 3.25, 1e9, -1e19, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), rand.NormFloat64()} {
			out = append(out, T(k))
		}
	}
	return out
}

func testOrdered[T ordered](t *testing.T, vs []T) {
	testBinary(t, code.Eq, func(a, b T) bool { return a == b }, vs, vs)
	testBinary(t, code.Ne, func(a, b T) bool { return a != b }, vs, vs)
	testBinary(t, code.Lt, func(a, b T) bool { return a < b }, vs, vs)
	testBinary(t, code.Le, func(a, b T) bool { return a <= b }, vs, vs)
	testBinary(t, code.Gt, func(a, b T) bool { return a > b }, vs, vs)
	testBinary(t, code.Ge, func(a, b T) bool { return a >= b }, vs, vs)
	testBinary(t, code.Add, func(a, b T) T { return a + b }, vs, vs)
	testBinary(t, code.Min, func(a, b T) T { return min(a, b) }, vs, vs)
	testBinary(t, code.Max, func(a, b T) T { return max(a, b) }, vs, vs)
}

func testNumber[T number](t *testing.T, vs []T) {
	testBinary(t, code.Add, func(a, b T) T { return a + b }, vs, vs)
	testBinary(t, code.Sub, func(a, b T) T { return a - b }, vs, vs)
	testBinary(t, code.Mul, func(a, b T) T { return a * b }, vs, vs)
	testBinary(t, code.Quo, func(a, b T) T { return a / b }, vs, vs)
}

func testInteger[T integer](t *testing.T) {
	vs := numbers[T]()
	testOrdered(t, vs)
	testNumber(t, vs)
	testBinary(t, code.Rem, func(a, b T) T { return a % b }, vs, vs)
	testBinary(t, code.And, func(a, b T) T { return a & b }, vs, vs)
	testBinary(t, code.Or, func(a, b T) T { return a | b }, vs, vs)
	testBinary(t, code.Xor, func(a, b T) T { return a ^ b }, vs, vs)
	testBinary(t, code.AndNot, func(a, b T) T { return a &^ b }, vs, vs)
	testShift[T](t, []int8{-1, 0, 1, 7, 8, 31, 63, 64, 127})
	testShift[T](t, []int64{math.MinInt64, -1, 0, 3, 64, 65, math.MaxInt64})
	testShift[T](t, []uint8{0, 1, 9, 200})
	testShift[T](t, []uint64{0, 1, 15, 16, math.MaxUint64})
}

func testShift[T, U integer](t *testing.T, counts []U) {
	testBinary(t, code.Shl, func(a T, b U) T { return a << b }, numbers[T](), counts)
	testBinary(t, code.Shr, func(a T, b U) T { return a >> b }, numbers[T](), counts)
}

func TestIntegers(t *testing.T) {
	testInteger[int8](t)
	testInteger[int16](t)
	testInteger[int32](t)
	testInteger[int64](t)
	testInteger[uint8](t)
	testInteger[uint16](t)
	testInteger[uint32](t)
	testInteger[uint64](t)
}

func TestFloats(t *testing.T) {
	testNumber(t, numbers[float32]())
	testNumber(t, numbers[float64]())
	testOrdered(t, numbers[float32]())
	testOrdered(t, numbers[float64]())
	var cs []complex128
	var ds []complex64
	for _, re := range numbers[float64]()[:6] {
		cs = append(cs, complex(re, 2), complex(-1, re), complex(re, 0))
		ds = append(ds, complex64(complex(re, -2)), complex64(complex(1, re)))
	}
	testNumber(t, cs)
	testNumber(t, ds)
	testBinary(t, code.Eq, func(a, b complex128) bool { return a == b }, cs, cs)
	testBinary(t, code.Ne, func(a, b complex64) bool { return a != b }, ds, ds)
	testBinary(t, code.Complex, func(a, b float32) complex64 { return complex(a, b) }, numbers[float32](), numbers[float32]())
	testBinary(t, code.Complex, func(a, b float64) complex128 { return complex(a, b) }, numbers[float64](), numbers[float64]())
}

func TestStrings(t *testing.T) {
	testOrdered(t, []string{"", "a", "ab", "b", "é", "\xff", strings.Repeat("x", 100)})
	o := newOps(t)
	s := ty[string](o)
	a, b, r := o.variable(s), o.variable(s), o.variable(s)
	sum := a
	for _, k := range []*code.Node{b, o.konst("-"), a, b, a, b, a, b, a} {
		sum = ex(code.Add, s, sum, k)
	}
	fn := o.function(nil, set(r, sum))
	o.load()
	*in[string](o, a), *in[string](o, b) = "1", "2"
	if o.run(fn); *in[string](o, r) != "12-1212121" {
		t.Error(*in[string](o, r))
	}
}

func testUnary[A, B any](t *testing.T, op code.Op, want func(A) B, as []A) {
	t.Helper()
	o := newOps(t)
	ta, tb := ty[A](o), ty[B](o)
	a, r := o.variable(ta), o.variable(tb)
	anyForm := o.function(nil, set(r, ex(op, tb, a)))
	slot := o.function([]code.TypeID{ta}, set(local(ta, 0), a), set(r, ex(op, tb, local(ta, 0))))
	o.load()
	for _, x := range as {
		var v B
		panics := catch(func() { v = want(x) })
		for _, fn := range []code.FuncID{anyForm, slot} {
			*in[A](o, a) = x
			got := o.run(fn)
			if res := *in[B](o, r); got != panics || panics == "" && !same(res, v) {
				t.Errorf("operation %d: %T of %#v = %#v %q, want %#v %q", op, v, x, res, got, v, panics)
			}
		}
	}
}

func testConversions[A integer | float](t *testing.T) {
	as := numbers[A]()
	testUnary(t, code.Convert, func(a A) int8 { return int8(a) }, as)
	testUnary(t, code.Convert, func(a A) int16 { return int16(a) }, as)
	testUnary(t, code.Convert, func(a A) int32 { return int32(a) }, as)
	testUnary(t, code.Convert, func(a A) int64 { return int64(a) }, as)
	testUnary(t, code.Convert, func(a A) int { return int(a) }, as)
	testUnary(t, code.Convert, func(a A) uint8 { return uint8(a) }, as)
	testUnary(t, code.Convert, func(a A) uint16 { return uint16(a) }, as)
	testUnary(t, code.Convert, func(a A) uint32 { return uint32(a) }, as)
	testUnary(t, code.Convert, func(a A) uint64 { return uint64(a) }, as)
	testUnary(t, code.Convert, func(a A) uintptr { return uintptr(a) }, as)
	testUnary(t, code.Convert, func(a A) float32 { return float32(a) }, as)
	testUnary(t, code.Convert, func(a A) float64 { return float64(a) }, as)
	testUnary(t, code.Neg, func(a A) A { return -a }, as)
}

func TestConversions(t *testing.T) {
	testConversions[int8](t)
	testConversions[int16](t)
	testConversions[int32](t)
	testConversions[int64](t)
	testConversions[uint8](t)
	testConversions[uint16](t)
	testConversions[uint32](t)
	testConversions[uint64](t)
	testConversions[float32](t)
	testConversions[float64](t)

	testUnary(t, code.Convert, func(a complex128) complex64 { return complex64(a) }, []complex128{1 + 2i, 1e300})
	testUnary(t, code.Convert, func(a int32) string { return string(a) }, []int32{65, 0, -1, 0x10ffff, 0x110000, 0xd800, math.MinInt32})
	testUnary(t, code.Convert, func(a byte) string { return string(rune(a)) }, []byte{65, 0, 255})
	far := func(k int64) string { return "\ufffd" }
	testUnary(t, code.Convert, far, []int64{-1, 1 << 32, 1<<32 + 65, math.MaxInt64})
	testUnary(t, code.Convert, func(uint64) string { return "\ufffd" }, []uint64{math.MaxUint64, 1 << 63})
	testUnary(t, code.Convert, func(s string) []byte { return []byte(s) }, []string{"", "héllo\xff"})
	testUnary(t, code.Convert, func(s string) []rune { return []rune(s) }, []string{"", "héllo\xff"})
	testUnary(t, code.Convert, func(b []byte) string { return string(b) }, [][]byte{nil, {}, []byte("x\xff")})
	testUnary(t, code.Convert, func(r []rune) string { return string(r) }, [][]rune{nil, {65, -1, 0x1F600}})
	slices := [][]string{nil, {}, {"a"}, {"a", "b"}, {"a", "b", "c"}}
	testUnary(t, code.Convert, func(s []string) [2]string { return [2]string(s) }, slices)
	testUnary(t, code.Convert, func(s []string) [0]string { return [0]string(s) }, slices)
	testUnary(t, code.Compl, func(a int16) int16 { return ^a }, numbers[int16]())
	testUnary(t, code.Compl, func(a uint64) uint64 { return ^a }, numbers[uint64]())
	testUnary(t, code.Not, func(a bool) bool { return !a }, []bool{true, false})
	testUnary(t, code.Real, func(a complex64) float32 { return real(a) }, []complex64{1 - 2i})
	testUnary(t, code.Imag, func(a complex128) float64 { return imag(a) }, []complex128{1 - 2i})

	o := newOps(t)
	ts, tp := ty[[]int](o), ty[*[2]int](o)
	s, p := o.variable(ts), o.variable(tp)
	fn := o.function(nil, set(p, ex(code.Convert, tp, s)))
	tu, tup := ty[uintptr](o), ty[unsafe.Pointer](o)
	u, up := o.variable(tu), o.variable(tup)
	there := o.function(nil, set(u, ex(code.Convert, tu, ex(code.Convert, tup, p))), set(up, ex(code.Convert, tup, u)))
	o.load()
	*in[[]int](o, s) = []int{1, 2, 3}
	if text := o.run(fn); text != "" || *in[*[2]int](o, p) != (*[2]int)(*in[[]int](o, s)) {
		t.Error("slice to array pointer", text)
	}
	if text := o.run(there); text != "" || *in[unsafe.Pointer](o, up) != unsafe.Pointer(*in[*[2]int](o, p)) {
		t.Error("pointer to uintptr and back", text)
	}
	short := []int{1}
	*in[[]int](o, s) = short
	if got, want := o.run(fn), catch(func() { _ = (*[2]int)(short) }); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
