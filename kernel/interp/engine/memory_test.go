package engine

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/goherd/goherd/kernel/interp/code"
)

func (o *ops) index(x, i *code.Node) *code.Node {
	o.t.Helper()
	var elem code.TypeID
	for rt, id := range o.ids {
		if id == x.Type {
			if elem = ty[byte](o); rt.Kind() != reflect.String {
				elem = o.typ(rt.Elem())
			}
			break
		}
	}
	return ex(code.Index, elem, x, i)
}

func testIndex[I integer](t *testing.T) {
	o := newOps(t)
	ti := ty[I](o)
	s, a, str := o.variable(ty[[]string](o)), o.variable(ty[[3]string](o)), o.variable(ty[string](o))
	big := o.variable(ty[[][2]int](o))
	i, r, rb, rbig := o.variable(ti), o.variable(ty[string](o)), o.variable(ty[byte](o)), o.variable(ty[[2]int](o))
	slots := []code.TypeID{s.Type, a.Type, str.Type, ti, ty[string](o)}
	begin := []*code.Node{set(local(s.Type, 0), s), set(local(a.Type, 1), a), set(local(str.Type, 2), str), set(local(ti, 3), i)}
	idx := local(ti, 3)
	type test struct {
		name string
		fn   code.FuncID
		want func(k I) any
		got  func() any
	}
	xs, ar, text, bigs := []string{"a", "b", "c", "d"}, [3]string{"x", "y", "z"}, "hello", [][2]int{{1, 2}, {3, 4}}
	var tests []test
	add := func(name string, want func(k I) any, got func() any, body ...*code.Node) {
		tests = append(tests, test{name, o.function(slots, append(begin[:4:4], body...)...), want, got})
	}
	result := func() any { return *in[string](o, r) }
	for form, at := range map[string]*code.Node{"slot": idx, "any": i} {
		ofSlice, ofArray := func(k I) any { return xs[k] }, func(k I) any { return ar[k] }
		add("slot slice "+form, ofSlice, result, set(r, o.index(local(s.Type, 0), at)))
		add("slice "+form, ofSlice, result, set(r, o.index(s, at)))
		add("new slice "+form, ofSlice, result, set(r, o.index(ex(code.SliceOp, s.Type, s, nil, nil), at)))
		add("slot array "+form, ofArray, result, set(r, o.index(local(a.Type, 1), at)))
		add("array "+form, ofArray, result, set(r, o.index(a, at)))
		add("slot string "+form, func(k I) any { return text[k] }, func() any { return *in[byte](o, rb) }, set(rb, o.index(local(str.Type, 2), at)))
		add("string "+form, func(k I) any { return text[k] }, func() any { return *in[byte](o, rb) }, set(rb, o.index(str, at)))
		add("structs "+form, func(k I) any { return bigs[k] }, func() any { return *in[[2]int](o, rbig) }, set(rbig, o.index(big, at)))
		// Stores.
		stored := func(k I) any { c := append([]string(nil), xs...); c[k] = "new"; return c }
		now := func() any { return *in[[]string](o, s) }
		add("set slot slice "+form, stored, now, set(o.index(local(s.Type, 0), at), o.konst("new")))
		add("set slice "+form, stored, now, set(o.index(s, at), o.konst("new")))
		add("set any "+form, stored, now, set(r, o.konst("new")), set(o.index(s, at), r))
		add("set slot "+form, stored, now, set(local(slots[4], 4), o.konst("new")), set(o.index(local(s.Type, 0), at), local(slots[4], 4)))
		add("set array "+form, func(k I) any { c := ar; c[k] = "new"; return c }, func() any { return *in[[3]string](o, a) },
			set(o.index(a, at), o.konst("new")))
	}
	o.load()
	ks := append(numbers[I](), 0, 1, 2, 3, 4, 5)
	for _, test := range tests {
		for _, k := range ks {
			*in[[]string](o, s), *in[[3]string](o, a), *in[string](o, str) = append([]string(nil), xs...), ar, text
			*in[[][2]int](o, big), *in[I](o, i) = bigs, k
			var want any
			panics := catch(func() { want = test.want(k) })
			if text := o.run(test.fn); text != panics || panics == "" && !reflect.DeepEqual(test.got(), want) {
				t.Errorf("%s of %#v: %v %q, want %v %q", test.name, k, test.got(), text, want, panics)
			}
		}
	}
}

func TestIndex(t *testing.T) {
	testIndex[int64](t)
	testIndex[int8](t)
	testIndex[uint16](t)
	testIndex[uint64](t)
}

func testSliceOp[I integer](t *testing.T) {
	o := newOps(t)
	ti := ty[I](o)
	s, a, str := o.variable(ty[[]int](o)), o.variable(ty[[4]int](o)), o.variable(ty[string](o))
	i, j, k, r, rs := o.variable(ti), o.variable(ti), o.variable(ti), o.variable(ty[[]int](o)), o.variable(ty[string](o))
	xs, ar, text := make([]int, 3, 5), [4]int{}, "hello"
	type test struct {
		name string
		fn   code.FuncID
		want func(i, j, k I) any
	}
	op := func(x *code.Node, idx ...*code.Node) code.FuncID {
		kids, to := append([]*code.Node{x}, idx...), r
		if x == str {
			to = rs
		}
		return o.function(nil, set(to, ex(code.SliceOp, to.Type, kids...)))
	}
	tests := []test{
		{"s[i:]", op(s, i), func(i, j, k I) any { return xs[i:] }},
		{"s[:j]", op(s, nil, j), func(i, j, k I) any { return xs[:j] }},
		{"s[i:j]", op(s, i, j), func(i, j, k I) any { return xs[i:j] }},
		{"s[i:j:k]", op(s, i, j, k), func(i, j, k I) any { return xs[i:j:k] }},
		{"a[i:]", op(a, i), func(i, j, k I) any { return ar[i:] }},
		{"a[:j]", op(a, nil, j), func(i, j, k I) any { return ar[:j] }},
		{"a[i:j:k]", op(a, i, j, k), func(i, j, k I) any { return ar[i:j:k] }},
		{"str[i:]", op(str, i), func(i, j, k I) any { return text[i:] }},
		{"str[:j]", op(str, nil, j), func(i, j, k I) any { return text[:j] }},
		{"str[i:j]", op(str, i, j), func(i, j, k I) any { return text[i:j] }},
	}
	o.load()
	*in[[]int](o, s), *in[string](o, str) = xs, text
	vs := append(numbers[I](), 0, 1, 2, 3, 4, 5, 6)
	for _, test := range tests {
		for range 400 {
			x, y, z := vs[rand.IntN(len(vs))], vs[rand.IntN(len(vs))], vs[rand.IntN(len(vs))]
			*in[I](o, i), *in[I](o, j), *in[I](o, k) = x, y, z
			var want any
			panics := catch(func() { want = test.want(x, y, z) })
			panicked := o.run(test.fn)
			var got any = *in[string](o, rs)
			if _, ok := want.([]int); ok {
				got = *in[[]int](o, r)
			}
			if panicked != panics {
				t.Fatalf("%s with %v %v %v: %q, want %q", test.name, x, y, z, panicked, panics)
			}
			if panics == "" && (!reflect.DeepEqual(got, want) || reflect.ValueOf(got).Kind() == reflect.Slice && cap(got.([]int)) != cap(want.([]int))) {
				t.Fatalf("%s with %v %v %v: %v, want %v", test.name, x, y, z, got, want)
			}
		}
	}
}

func TestSliceOp(t *testing.T) {
	testSliceOp[int64](t)
	testSliceOp[int8](t)
	testSliceOp[uint32](t)
	testSliceOp[uint64](t)
}

func TestFields(t *testing.T) {
	o := newOps(t)
	pair := o.typ(reflect.TypeOf(struct{ A, B int }{}))
	ti, ptr := ty[int](o), ty[*struct{ A, B int }](o)
	v, p := o.variable(pair), o.variable(ptr)
	field := func(x *code.Node, i int64) *code.Node {
		return &code.Node{Op: code.FieldOf, Type: ti, A: i, Kids: []*code.Node{x}}
	}
	lit := func(ints []int64, kids ...*code.Node) *code.Node {
		return &code.Node{Op: code.StructLit, Type: pair, Ints: ints, Kids: kids}
	}
	x, deref := local(pair, 0), ex(code.Deref, pair, local(ptr, 1))
	slots := []code.TypeID{pair, ptr}
	swapSlot := o.function(slots, set(x, v), set(x, lit([]int64{0, 1}, field(x, 1), field(x, 0))), set(v, x))
	swap := o.function(slots, set(v, lit([]int64{1, 0}, field(v, 0), field(v, 1))))
	partial := o.function(slots, set(v, lit([]int64{1}, o.konst(9))))
	viaPtr := o.function(slots, set(local(ptr, 1), p), set(field(deref, 1), ex(code.Add, ti, field(deref, 0), field(deref, 1))))
	viaAny := o.function(nil, set(field(ex(code.Deref, pair, p), 1), field(ex(code.Deref, pair, p), 0)))
	copied := o.function(nil, set(v, ex(code.Deref, pair, p)))
	into := o.function(nil, set(ex(code.Deref, pair, p), v))
	self := o.function(slots, set(x, v), set(x, lit([]int64{0, 1}, ex(code.Add, ti, field(x, 1), o.konst(1)), field(x, 0))), set(v, x))
	fresh := o.function(nil, set(p, ex(code.New, ptr, lit([]int64{0, 1}, o.konst(5), o.konst(6)))))
	addr := o.function(nil, set(p, ex(code.Addr, ptr, v)))
	o.load()
	at := in[struct{ A, B int }](o, v)
	check := func(fn code.FuncID, a, b int) {
		t.Helper()
		if text := o.run(fn); text != "" || at.A != a || at.B != b {
			t.Errorf("%v %q, want %d %d", *at, text, a, b)
		}
	}
	at.A, at.B = 1, 2
	check(swapSlot, 2, 1)
	check(swap, 1, 2)
	check(partial, 0, 9)
	check(swap, 9, 0)
	const nilError = "runtime error: invalid memory address or nil pointer dereference"
	for _, fn := range []code.FuncID{viaPtr, viaAny, copied, into} {
		if text := o.run(fn); text != nilError {
			t.Errorf("%q", text)
		}
	}
	o.run(addr)
	check(viaPtr, 9, 9)
	check(viaPtr, 9, 18)
	check(viaAny, 9, 9)
	at.A = 4
	check(self, 10, 4)
	at.A, at.B = 9, 9
	check(fresh, 9, 9)
	check(copied, 5, 6)
	at.A = 7
	o.run(into)
	if got := **in[*struct{ A, B int }](o, p); got.A != 7 || got.B != 6 {
		t.Error(got)
	}
}

func sorted[K any](keys []K) string {
	var out []string
	for _, k := range keys {
		out = append(out, fmt.Sprint(k))
	}
	slices.Sort(out)
	return fmt.Sprint(out)
}

func testMap[K comparable, V any](t *testing.T, keys []K, values []V) {
	t.Helper()
	o := newOps(t)
	tm, tk, tv, tb := ty[map[K]V](o), ty[K](o), ty[V](o), ty[bool](o)
	m, k, v, r, ok, count := o.variable(tm), o.variable(tk), o.variable(tv), o.variable(tv), o.variable(tb), o.variable(ty[int](o))
	ks := o.variable(ty[[]K](o))
	slots := []code.TypeID{tk, tv, tb}
	begin := set(local(tk, 0), k)
	put := o.function(slots, st(code.MapSet, m, k, v))
	putSlot := o.function(slots, begin, st(code.MapSet, m, local(tk, 0), v))
	get := o.function(slots, set(r, ex(code.MapIndex, tv, m, k)))
	getSlot := o.function(slots, begin, set(r, ex(code.MapIndex, tv, m, local(tk, 0))))
	two := &code.Node{Op: code.Unpack, Ints: []int64{1, 2}, Kids: []*code.Node{ex(code.MapIndex, o.tuple(tv, tb), m, k)}}
	getTwo := o.function(slots, two, set(r, local(tv, 1)), set(ok, local(tb, 2)))
	del := o.function(slots, st(code.Delete, m, k))
	clear := o.function(nil, st(code.Clear, m))
	length := o.function(nil, set(count, ex(code.Len, ty[int](o), m)))
	fresh := o.function(nil, set(m, ex(code.MakeMap, tm)))
	lit := o.function(nil, set(m, ex(code.MapLit, tm, k, v)))
	each := o.function(slots, &code.Node{Op: code.RangeMap, Ints: []int64{0, 1}, B: 1, Kids: []*code.Node{
		m, set(ks, ex(code.Append, ks.Type, ks, local(tk, 0)))}})
	o.load()
	want, got := map[K]V(nil), in[map[K]V](o, m)
	compare := func(what string, panics, text string) {
		t.Helper()
		if text != panics || fmt.Sprint(*got) != fmt.Sprint(want) {
			t.Fatalf("%T: %s: %v %q, want %v %q", want, what, *got, text, want, panics)
		}
	}
	step := func() {
		t.Helper()
		key, value := keys[rand.IntN(len(keys))], values[rand.IntN(len(values))]
		*in[K](o, k), *in[V](o, v) = key, value
		switch rand.IntN(8) {
		case 0, 1:
			compare("set", catch(func() { want[key] = value }), o.run(put))
		case 2:
			compare("set", catch(func() { want[key] = value }), o.run(putSlot))
		case 3:
			compare("delete", catch(func() { delete(want, key) }), o.run(del))
		default:
			for _, fn := range []code.FuncID{get, getSlot, getTwo} {
				var v V
				var there bool
				panics := catch(func() { v, there = want[key] })
				compare("get", panics, o.run(fn))
				if panics == "" && (!same(*in[V](o, r), v) || fn == getTwo && *in[bool](o, ok) != there) {
					t.Fatalf("%T: get %v: %v, want %v", want, key, *in[V](o, r), v)
				}
			}
		}
	}
	for range 10 {
		step() // of a nil map
	}
	if o.run(each); len(*in[[]K](o, ks)) != 0 {
		t.Error("a nil map has keys")
	}
	want = map[K]V{}
	compare("make", "", o.run(fresh))
	for range 200 {
		step()
	}
	if o.run(length); *in[int](o, count) != len(want) {
		t.Errorf("len = %d, want %d", *in[int](o, count), len(want))
	}
	o.run(each)
	if got, all := sorted(*in[[]K](o, ks)), sorted(slices.Collect(maps.Keys(want))); got != all {
		t.Errorf("%T: ranged over %s, want %s", want, got, all)
	}
	*in[K](o, k), *in[V](o, v) = keys[0], values[0]
	want = map[K]V{keys[0]: values[0]}
	compare("literal", "", o.run(lit))
	want = map[K]V{}
	compare("clear", "", o.run(clear))
}

func TestMaps(t *testing.T) {
	ints := []int{1, 2, 3, 4, 5, 1 << 40, -1}
	testMap(t, ints, []string{"a", "b"})
	testMap(t, []int32{1, 2, -3}, []float64{1, 2})
	testMap(t, []uint64{1, 2, 3}, [][]int{{1}, {2}})
	testMap(t, []string{"a", "", "b", "long key that isn't short"}, ints)
	testMap(t, []string{"a", "b"}, []struct{ A, B string }{{"x", "y"}, {"", "z"}})
	testMap(t, []int{1, 2}, [][200]byte{{1}, {2}})
	testMap(t, []string{"a", "b"}, [][200]byte{{1}, {2}})
	testMap(t, []int16{1, 2}, []bool{true, false})
	testMap(t, []bool{true, false}, ints)
	testMap(t, []struct{ A, B int }{{1, 2}, {3, 4}}, []struct{ A int }{{1}, {2}})
	testMap(t, []float64{0, math.Copysign(0, -1), 1, math.NaN()}, []int{7})
	testMap(t, []any{1, "a", nil, 2.5, []int{1}, func() {}}, []any{nil, 1})
	a, b := new(int), new(int)
	testMap(t, []*int{a, b, nil}, []*int{a, b})
}

func TestMapOfStructs(t *testing.T) {
	o := newOps(t)
	ti, pair := ty[int](o), ty[struct{ A, B int }](o)
	tm := ty[map[string]struct{ A, B int }](o)
	ts, tl := ty[string](o), ty[map[float64]struct{ A, B int }](o)
	m, l, k, r := o.variable(tm), o.variable(tl), o.variable(ts), o.variable(ti)
	lit := &code.Node{Op: code.StructLit, Type: pair, Ints: []int64{1}, Kids: []*code.Node{r}}
	field := func(m, k *code.Node) *code.Node {
		return &code.Node{Op: code.FieldOf, Type: ti, A: 1, Kids: []*code.Node{ex(code.MapIndex, pair, m, k)}}
	}
	put, get := o.function(nil, st(code.MapSet, m, k, lit)), o.function(nil, set(r, field(m, k)))
	other := o.function(nil, st(code.MapSet, l, o.konst(1.5), lit), set(r, ex(code.Add, ti, field(l, o.konst(1.5)), field(l, o.konst(2.5)))))
	o.load()
	*in[string](o, k), *in[int](o, r) = "x", 3
	if got := o.run(put); got != "assignment to entry in nil map" {
		t.Error(got)
	}
	*in[map[string]struct{ A, B int }](o, m) = map[string]struct{ A, B int }{"x": {7, 8}}
	*in[map[float64]struct{ A, B int }](o, l) = map[float64]struct{ A, B int }{}
	o.run(put)
	*in[int](o, r) = 0
	if o.run(get); *in[int](o, r) != 3 {
		t.Error(*in[int](o, r))
	}
	if got := *in[map[string]struct{ A, B int }](o, m); got["x"].A != 0 {
		t.Error(got)
	}
	if o.run(other); *in[int](o, r) != 3 {
		t.Error(*in[int](o, r))
	}
	*in[string](o, k) = "y"
	if o.run(get); *in[int](o, r) != 0 {
		t.Error(*in[int](o, r))
	}
}

func testGrowth[T any](t *testing.T) {
	t.Helper()
	o := newOps(t)
	ts, tt := ty[[]T](o), ty[T](o)
	s, y, x := o.variable(ts), o.variable(ts), o.variable(tt)
	one := o.function(nil, set(s, ex(code.Append, ts, s, x)))
	slot := o.function([]code.TypeID{ts}, set(local(ts, 0), s), set(s, ex(code.Append, ts, local(ts, 0), x)))
	three := o.function(nil, set(s, ex(code.Append, ts, s, x, x, x)))
	many := o.function(nil, set(s, ex(code.AppendSlice, ts, s, y)))
	o.load()
	got, add := in[[]T](o, s), in[[]T](o, y)
	var zero T
	compare := func(what string, fn code.FuncID, want []T) {
		t.Helper()
		if text := o.run(fn); text != "" || len(*got) != len(want) || cap(*got) != cap(want) || (*got == nil) != (want == nil) {
			t.Fatalf("%T: %s: len %d, cap %d %q, want %d, %d", want, what, len(*got), cap(*got), text, len(want), cap(want))
		}
	}
	for n := range 40 {
		old := make([]T, n, n+n%3)
		*got = old
		compare("append 1", one, append(old, zero))
		*got = old
		compare("append 1 to a slot", slot, append(old, zero))
		*got = old
		compare("append 3", three, append(old, zero, zero, zero))
		for _, k := range []int{0, 1, 2, 5, 33, 300} {
			*got, *add = old, make([]T, k)
			compare(fmt.Sprint("append ", k), many, append(old, *add...))
		}
	}
	*got = nil
	var want []T
	for range 2000 {
		want = append(want, zero)
		compare("append in a loop", one, want)
	}
}

func TestGrowth(t *testing.T) {
	testGrowth[[0]byte](t)
	testGrowth[byte](t)
	testGrowth[int16](t)
	testGrowth[[3]byte](t)
	testGrowth[float32](t)
	testGrowth[[5]byte](t)
	testGrowth[int](t)
	testGrowth[complex128](t)
	testGrowth[string](t)
	testGrowth[[]int](t)
	testGrowth[any](t)
	testGrowth[*int](t)
	testGrowth[[8]byte](t)
	testGrowth[[12]byte](t)
	testGrowth[[24]byte](t)
	testGrowth[[33]byte](t)
	testGrowth[[72]byte](t)
	testGrowth[struct{ P *int }](t)
	testGrowth[struct {
		A int
		P *int
	}](t)
	testGrowth[struct {
		S, T string
		N    int8
	}](t)
	testGrowth[[100]*int](t)
}

func TestSlices(t *testing.T) {
	o := newOps(t)
	ti := ty[int](o)
	pair := ty[struct{ A, B string }](o)
	ts, tp, tb := ty[[]int](o), ty[[]struct{ A, B string }](o), ty[[]byte](o)
	s, y, p, q, b, str := o.variable(ts), o.variable(ts), o.variable(tp), o.variable(tp), o.variable(tb), o.variable(ty[string](o))
	n, m := o.variable(ti), o.variable(ti)
	test := func(body ...*code.Node) func() string {
		fn := o.function([]code.TypeID{ti, ty[int32](o), pair}, body...)
		return func() string { return o.run(fn) }
	}
	field := func(x *code.Node, i int64) *code.Node {
		return &code.Node{Op: code.FieldOf, Type: str.Type, A: i, Kids: []*code.Node{x}}
	}
	makeOne, makeTwo := test(set(s, ex(code.MakeSlice, ts, n))), test(set(s, ex(code.MakeSlice, ts, n, m)))
	copyInts, copyPairs, copyString := test(set(n, ex(code.Copy, ti, s, y))), test(set(n, ex(code.Copy, ti, p, q))), test(set(n, ex(code.Copy, ti, b, str)))
	clearInts, clearPairs := test(st(code.Clear, s)), test(st(code.Clear, p))
	first := o.index(p, o.konst(0))
	turn := test(set(p, ex(code.Append, tp, ex(code.SliceOp, tp, p, nil, o.konst(0)),
		&code.Node{Op: code.StructLit, Type: pair, Ints: []int64{0, 1}, Kids: []*code.Node{field(first, 1), field(first, 0)}})))
	lit := test(set(s, &code.Node{Op: code.ArrayLit, Type: ts, A: 4, Ints: []int64{3, 1}, Kids: []*code.Node{n, m}}))
	bytes := test(set(b, ex(code.AppendSlice, tb, b, str)))
	length, capacity := test(set(n, ex(code.Len, ti, s))), test(set(n, ex(code.Cap, ti, s)))
	chars := test(&code.Node{Op: code.RangeString, Ints: []int64{0, 1}, B: 1, Kids: []*code.Node{str, st(code.Block,
		&code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{n, local(ti, 0)}},
		&code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{m, ex(code.Convert, ti, local(ty[int32](o), 1))}},
		st(code.If, ex(code.Eq, ty[bool](o), local(ty[int32](o), 1), o.konst('!')), &code.Node{Op: code.Break, A: 1}),
	)}})
	o.load()
	ints, pairs := in[[]int](o, s), in[[]struct{ A, B string }](o, p)

	for _, sizes := range [][2]int{{3, 5}, {0, 0}, {-1, 5}, {5, 3}, {2, -1}, {1 << 62, 1 << 62}, {1, 1 << 62}, {math.MinInt, 0}} {
		*in[int](o, n), *in[int](o, m) = sizes[0], sizes[1]
		var want []int
		panics := catch(func() { want = make([]int, sizes[0]) })
		if text := makeOne(); text != panics || panics == "" && len(*ints) != len(want) {
			t.Errorf("make(%d): %q, want %q", sizes[0], text, panics)
		}
		panics = catch(func() { want = make([]int, sizes[0], sizes[1]) })
		if text := makeTwo(); text != panics || panics == "" && cap(*ints) != cap(want) {
			t.Errorf("make(%d, %d): %q, want %q", sizes[0], sizes[1], text, panics)
		}
	}

	*ints, *in[[]int](o, y) = []int{1, 2, 3}, []int{7, 8}
	copyInts()
	if got := fmt.Sprint(*ints, *in[int](o, n)); got != "[7 8 3] 2" {
		t.Error(got)
	}
	*pairs, *in[[]struct{ A, B string }](o, q) = make([]struct{ A, B string }, 1), []struct{ A, B string }{{"a", "b"}, {"c", "d"}}
	copyPairs()
	if got := fmt.Sprint(*pairs, *in[int](o, n)); got != "[{a b}] 1" {
		t.Error(got)
	}
	turn()
	if got := fmt.Sprint(*pairs); got != "[{b a}]" {
		t.Error(got)
	}
	*in[[]byte](o, b), *in[string](o, str) = []byte("abcd"), "xyé!?"
	copyString()
	if got := fmt.Sprintf("%q %d", *in[[]byte](o, b), *in[int](o, n)); got != `"xyé" 4` {
		t.Error(got)
	}
	bytes()
	if got := string(*in[[]byte](o, b)); got != "xyéxyé!?" {
		t.Error(got)
	}
	*in[int](o, n), *in[int](o, m) = 0, 0
	chars()
	if n, m := *in[int](o, n), *in[int](o, m); n != 0+1+2+4 || m != 'x'+'y'+'é'+'!' {
		t.Error(n, m)
	}
	*in[int](o, n), *in[int](o, m) = 5, 6
	lit()
	if got := fmt.Sprint(*ints); got != "[0 6 0 5]" {
		t.Error(got)
	}
	*ints = make([]int, 2, 7)
	length()
	if *in[int](o, n) != 2 {
		t.Error("len", *in[int](o, n))
	}
	capacity()
	if *in[int](o, n) != 7 {
		t.Error("cap", *in[int](o, n))
	}
	*ints = []int{1, 2}
	clearInts()
	clearPairs()
	if got := fmt.Sprint(*ints, *pairs); got != "[0 0] [{ }]" {
		t.Error(got)
	}
}

func TestEquality(t *testing.T) {
	type pair = struct {
		A string
		B any
	}
	eq := func(a, b any) bool { return a == b }
	values := []any{nil, 1, "a", 1.5, []int{1}, map[int]int{}, struct{}{}, pair{"x", 1}, pair{"x", 2}, pair{"x", []int{1}}, [1]func(){nil}}
	testBinary(t, code.Eq, eq, values, values)
	testBinary(t, code.Ne, func(a, b any) bool { return a != b }, values, values)
	pairs := []pair{{"x", 1}, {"x", 2}, {"y", 1}, {"x", []int{1}}, {"z", []int{1}}}
	slot := newOps(t)
	tp, tb := ty[pair](slot), ty[bool](slot)
	a, b, r := slot.variable(tp), slot.variable(tp), slot.variable(tb)
	fn := slot.function([]code.TypeID{tp}, set(local(tp, 0), a), set(r, ex(code.Eq, tb, local(tp, 0), b)))
	slot.load()
	for _, x := range pairs {
		for _, y := range pairs {
			*in[pair](slot, a), *in[pair](slot, b) = x, y
			var want bool
			panics := catch(func() { want = x == y })
			if text := slot.run(fn); text != panics || panics == "" && *in[bool](slot, r) != want {
				t.Errorf("%v == %v: %v %q, want %v %q", x, y, *in[bool](slot, r), text, want, panics)
			}
		}
	}
	p, q := new(int), new(int)
	testBinary(t, code.Eq, func(a, b [1]*int) bool { return a == b }, [][1]*int{{p}, {q}, {nil}}, [][1]*int{{p}, {q}, {nil}})
	o := newOps(t)
	tbool := ty[bool](o)
	var fns []code.FuncID
	var vars []*code.Node
	for _, rt := range []reflect.Type{reflect.TypeFor[[]int](), reflect.TypeFor[map[int]int](), reflect.TypeFor[func()](), reflect.TypeFor[any](), reflect.TypeFor[*int]()} {
		id := o.typ(rt)
		v, r := o.variable(id), o.variable(tbool)
		vars = append(vars, v, r)
		fns = append(fns, o.function(nil, set(r, ex(code.Eq, tbool, v, ex(code.Zero, id)))))
	}
	o.load()
	for i, fn := range fns {
		v, _ := o.e.Global(code.GlobalID(vars[2*i].A))
		for _, some := range []bool{false, true} {
			if some {
				switch v.Kind() {
				case reflect.Slice:
					v.Set(reflect.MakeSlice(v.Type(), 0, 0))
				case reflect.Map:
					v.Set(reflect.MakeMap(v.Type()))
				case reflect.Func:
					v.Set(reflect.ValueOf(func() {}))
				default:
					v.Set(reflect.ValueOf(new(int)))
				}
			}
			if text := o.run(fn); text != "" || *in[bool](o, vars[2*i+1]) == some {
				t.Errorf("%s == nil: %v %q", v.Type(), !some, text)
			}
		}
	}
}

// A call on the right is made before variables on the left are read.
func TestOrder(t *testing.T) {
	o := newOps(t)
	ti, ts, tb, tm := ty[int](o), ty[[]int](o), ty[bool](o), ty[map[string]int](o)
	x, s, b, m := o.variable(ti), o.variable(ts), o.variable(tb), o.variable(tm)
	o.fns++
	o.prog.Funcs = append(o.prog.Funcs, code.Func{
		ID: o.fns, Name: "f", Sig: ty[func() int](o), Slots: []code.TypeID{ti}, NumOut: 1,
		Body: st(code.Block, set(x, o.konst(10)), set(s, ex(code.Append, ts, s, o.konst(1), o.konst(2))), st(code.Return, o.konst(5))),
	})
	call := func() *code.Node { return &code.Node{Op: code.CallFunc, Type: ti, A: 1} }
	tests := []struct {
		name string
		fn   code.FuncID
		want string
	}{
		{"x + f()", o.function(nil, set(x, ex(code.Add, ti, x, call()))), "15 [1 2] false"},
		{"x % f()", o.function(nil, set(x, ex(code.Rem, ti, x, call()))), "0 [1 2] false"},
		{"x += f()", o.function(nil, &code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{x, call()}}), "15 [1 2] false"},
		{"x < f()", o.function(nil, set(b, ex(code.Lt, tb, x, call()))), "10 [1 2] false"},
		{"x > f()", o.function(nil, set(b, ex(code.Gt, tb, x, call()))), "10 [1 2] true"},
		{"s[1] = f()", o.function(nil, set(o.index(s, o.konst(1)), call())), "10 [1 5] false"},
		{"s[1] -= f()", o.function(nil, &code.Node{Op: code.Update, A: int64(code.Sub), Kids: []*code.Node{o.index(s, o.konst(1)), call()}}), "10 [1 -3] false"},
		{"append(s, f())", o.function(nil, set(s, ex(code.Append, ts, s, call()))), "10 [1 2 5] false"},
		{"append(s, f(), 7)", o.function(nil, set(s, ex(code.Append, ts, s, call(), o.konst(7)))), "10 [1 2 5 7] false"},
	}
	missing := o.function(nil, st(code.MapSet, m, o.konst("k"), call()))
	o.load()
	for _, test := range tests {
		*in[int](o, x), *in[[]int](o, s), *in[bool](o, b) = 1, nil, false
		panicked := o.run(test.fn)
		if got := fmt.Sprint(*in[int](o, x), *in[[]int](o, s), *in[bool](o, b), panicked); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	*in[int](o, x) = 1
	if got := o.run(missing); got != "assignment to entry in nil map" || *in[int](o, x) != 10 {
		t.Errorf("the value of an element of a nil map: %q, x = %d", got, *in[int](o, x))
	}
}

// benchmark runs body b.N times.
func benchmark(b *testing.B, make func(o *ops, i *code.Node) (slots []code.TypeID, begin, body *code.Node)) {
	o := newOps(b)
	ti := ty[int](o)
	n := o.variable(ti)
	slots, begin, body := make(o, local(ti, 0))
	fn := o.function(append([]code.TypeID{ti}, slots...), begin, &code.Node{Op: code.RangeInt, A: 0, B: 1, Kids: []*code.Node{n, body}})
	o.load()
	*in[int](o, n) = b.N
	b.ResetTimer()
	if text := o.run(fn); text != "" {
		b.Error(text)
	}
}

func BenchmarkNothing(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		return nil, nil, st(code.Block)
	})
}

func BenchmarkAddSlot(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		return []code.TypeID{i.Type}, nil, &code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{local(i.Type, 1), i}}
	})
}

func BenchmarkAddVariable(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		return nil, nil, &code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{o.variable(i.Type), i}}
	})
}

func benchmarkIndex(b *testing.B, body func(o *ops, elem *code.Node) *code.Node) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		ts := ty[[]int](o)
		s := local(ts, 1)
		mask := ex(code.And, i.Type, i, o.konst(1023))
		return []code.TypeID{ts, i.Type, i.Type}, set(s, ex(code.MakeSlice, ts, o.konst(1024))),
			st(code.Block, set(local(i.Type, 3), mask), body(o, o.index(s, local(i.Type, 3))))
	})
}

func BenchmarkIndexRead(b *testing.B) {
	benchmarkIndex(b, func(o *ops, elem *code.Node) *code.Node { return set(local(elem.Type, 2), elem) })
}

func BenchmarkIndexWrite(b *testing.B) {
	benchmarkIndex(b, func(o *ops, elem *code.Node) *code.Node { return set(elem, local(elem.Type, 3)) })
}

func BenchmarkIndexUpdate(b *testing.B) {
	benchmarkIndex(b, func(o *ops, elem *code.Node) *code.Node {
		return &code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{elem, o.konst(1)}}
	})
}

func BenchmarkMapRead(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		tm := ty[map[int]int](o)
		m := local(tm, 1)
		return []code.TypeID{tm, i.Type}, set(m, ex(code.MapLit, tm, o.konst(1), o.konst(2), o.konst(3), o.konst(4))),
			set(local(i.Type, 2), ex(code.MapIndex, i.Type, m, ex(code.And, i.Type, i, o.konst(3))))
	})
}

func BenchmarkMapWrite(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		tm := ty[map[int]int](o)
		m := local(tm, 1)
		return []code.TypeID{tm, i.Type}, set(m, ex(code.MakeMap, tm)), st(code.MapSet, m, ex(code.And, i.Type, i, o.konst(3)), i)
	})
}

func BenchmarkFieldUpdate(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		pair, ptr := ty[struct{ A, B int }](o), ty[*struct{ A, B int }](o)
		p := local(ptr, 1)
		field := &code.Node{Op: code.FieldOf, Type: i.Type, A: 1, Kids: []*code.Node{ex(code.Deref, pair, p)}}
		return []code.TypeID{ptr}, set(p, ex(code.New, ptr)), &code.Node{Op: code.Update, A: int64(code.Add), Kids: []*code.Node{field, o.konst(1)}}
	})
}

func BenchmarkAppend(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		ts := ty[[]int](o)
		s := local(ts, 1)
		return []code.TypeID{ts}, set(s, ex(code.MakeSlice, ts, o.konst(0))), set(s, ex(code.Append, ts, s, i))
	})
}

func BenchmarkStructLit(b *testing.B) {
	benchmark(b, func(o *ops, i *code.Node) ([]code.TypeID, *code.Node, *code.Node) {
		pair := ty[struct{ A, B int }](o)
		return []code.TypeID{pair}, nil, set(local(pair, 1), &code.Node{Op: code.StructLit, Type: pair, Ints: []int64{0, 1}, Kids: []*code.Node{i, i}})
	})
}
