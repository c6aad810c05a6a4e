//lint:file-ignore U1000 fields are there for reflection

package ship_test

import (
	"bytes"
	"container/list"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/ship"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type celsius float64

type point struct {
	X, y int
	_    [3]byte
}

type base struct{ id int64 }

type item struct {
	base
	*point
	Name  string
	tags  []string
	Ok    bool
	by    map[string]*point
	any   any
	grid  [2][2]float32
	flags [3]bool
	c     complex128
	f     func(string) string
	err   error
	small int8
	pair  struct {
		A int16
		b string
	}
}

func same[T any](t *testing.T, v T, session ...reflect.Type) T {
	t.Helper()
	got := send(t, v, session...)
	if !reflect.DeepEqual(got, v) {
		t.Errorf("%T: got %#v, want %#v", v, got, v)
	}
	return got
}

func TestValues(t *testing.T) {
	same(t, true)
	same(t, int8(-3))
	same(t, -1<<63)
	same(t, uint64(math.MaxUint64))
	same(t, uintptr(77))
	same(t, float32(1.5))
	same(t, celsius(36.6))
	same(t, complex(1, -2))
	same(t, complex64(complex(3, 4)))
	same(t, "")
	same(t, "日本語\x00\xff")
	same(t, [3]string{"a", "", "c"})
	same(t, [0]int{})
	same(t, struct{}{})
	same(t, []struct{}{{}, {}})
	same(t, []int(nil))
	same(t, []int{})
	same(t, []bool{true, false, true})
	same(t, []any{nil, 1, "x", 2.5, []int{1}, map[string]int{"a": 1}, &point{X: 1}, point{X: 1, y: 2}, struct{ A, b int }{1, 2}, [2]any{1, nil},
		(*int)(nil), []string(nil), any(nil), (chan int)(nil), (func(int) error)(nil), errors.New("x"), (*[3]int)(nil)}, reflect.TypeFor[point]())
	same(t, map[string]int(nil))
	same(t, map[string]int{})
	same(t, map[string]int{"a": 1, "": 2})
	same(t, map[[2]any]bool{{1, "a"}: true, {point{X: 1}, nil}: false}, reflect.TypeFor[point]())
	same(t, map[int][]map[string]string{1: {{"a": "b"}, nil}, -1: nil})
	same(t, map[struct{}]struct{}{{}: {}})
	v := item{
		base: base{7}, point: &point{X: 1, y: 2}, Name: "n", tags: []string{"x", ""}, Ok: true, by: map[string]*point{"p": {X: 3}, "nil": nil},
		any: map[string]any{"k": []any{1, 2.5}}, grid: [2][2]float32{{1, 2}, {3, 4}}, flags: [3]bool{true, false, true}, c: 1i,
		err: io.EOF, small: -1,
	}
	v.pair.A, v.pair.b = 9, "b"
	same(t, v)
	same(t, &v)
	same(t, []item{v, {}, v})
	same(t, []*item{&v, nil})
}

func TestNaNKeys(t *testing.T) {
	m := map[float64]int{math.NaN(): 1, math.Copysign(0, -1): 2, 1: 3}
	m[math.NaN()] = 4
	got := send(t, m)
	sum, nans := 0, 0
	for k, v := range got {
		if sum += v; k != k {
			nans++
		}
	}
	if len(got) != 4 || sum != 10 || nans != 2 {
		t.Errorf("got %v", got)
	}
	f := math.Float64frombits(0x7ff8_0000_0000_1234)
	if math.Float64bits(send(t, f)) != math.Float64bits(f) {
		t.Error("the bits of a NaN changed")
	}
}

type node struct {
	v          int
	next, prev *node
	any        any
}

func TestSharing(t *testing.T) {
	a := &node{v: 1}
	b := &node{v: 2, next: a, prev: a}
	a.next, a.prev, a.any = b, b, a
	got := send(t, a, reflect.TypeFor[node]())
	if g := got.next; g == got || g.v != 2 || g.next != got || g.prev != got || got.any != any(got) {
		t.Error("a ring isn't one")
	}

	m := map[string]any{}
	m["self"], m["again"] = m, m
	g := send(t, m)
	g["new"] = 1
	if g["self"].(map[string]any)["new"] != 1 || g["again"].(map[string]any)["new"] != 1 {
		t.Error("a map that holds itself became others")
	}

	s := []any{nil, 1}
	s[0] = s
	if g := send(t, s); &g[0].([]any)[1] != &g[1] {
		t.Error("a slice that holds itself became another")
	}

	x := 5
	type two struct{ p, q *int }
	w := send(t, []two{{&x, &x}, {&x, nil}})
	if w[0].p != w[0].q || w[1].p != w[0].p || *w[0].p != 5 {
		t.Error("a shared variable isn't")
	}

	var any3 any = &x
	z := send(t, []any{any3, any3})
	if z[0].(*int) != z[1].(*int) {
		t.Error("a variable shared through interfaces isn't")
	}

	// A variable that is itself encoded may be pointed to.
	type self struct {
		me *self
		n  int
	}
	me := self{n: 4}
	me.me = &me
	var there self
	e, err := ship.New(newRegistry()).Encode(reflect.ValueOf(&me).Elem())
	if err != nil {
		t.Fatal(err)
	}
	if err := ship.New(newRegistry()).Decode(decoder(e), reflect.ValueOf(&there).Elem()); err != nil || there.me != &there {
		t.Errorf("%v; the variable isn't pointed to", err)
	}
}

func TestVariables(t *testing.T) {
	counter, p := 7, (*int)(nil)
	p = &counter
	xs := []int{1, 2}
	ys := xs
	in := ship.New(newRegistry())
	e, err := in.EncodeAll(ship.Variable{Value: reflect.ValueOf(&counter).Elem()}, ship.Variable{Value: reflect.ValueOf(&p).Elem()},
		ship.Variable{Value: reflect.ValueOf(xs)}, ship.Variable{Value: reflect.ValueOf(ys)})
	if err != nil {
		t.Fatal(err)
	}
	var c2 int
	var p2 *int
	var xs2, ys2 []int
	err = ship.New(newRegistry()).DecodeAll(decoder(e), reflect.ValueOf(&c2).Elem(), reflect.ValueOf(&p2).Elem(), reflect.ValueOf(&xs2).Elem(), reflect.ValueOf(&ys2).Elem())
	if err != nil || c2 != 7 || p2 != &c2 || !slices.Equal(xs2, xs) || &xs2[0] != &ys2[0] {
		t.Errorf("%v: %d %v %v %v", err, c2, p2 == &c2, xs2, ys2)
	}
}

func TestInside(t *testing.T) {
	type inner struct{ a, b int }
	type outer struct {
		head  int
		in    inner
		arr   [4]inner
		pin   *inner
		pa    *int
		tail  []inner
		first *int
	}
	o := &outer{arr: [4]inner{{1, 2}, {3, 4}, {5, 6}}}
	o.pin, o.pa, o.tail, o.first = &o.in, &o.arr[1].b, o.arr[1:3], &o.head
	g := send(t, o)
	if g.pin != &g.in || g.pa != &g.arr[1].b || len(g.tail) != 2 || &g.tail[0] != &g.arr[1] || g.first != &g.head || g.arr != o.arr {
		t.Error("pointers into a struct lead elsewhere")
	}

	xs := []int{0, 1, 2, 3, 4, 5, 6, 7}
	type views struct {
		p    *int
		a, b []int
		q    *int
	}
	v := send(t, views{&xs[4], xs[1:5], xs[3:7], &xs[0]})
	if v.p != &v.a[3] || &v.a[2] != &v.b[0] || !slices.Equal(v.a, xs[1:5]) || !slices.Equal(v.b, xs[3:7]) || *v.q != 0 {
		t.Errorf("overlapping slices: %v %v", v.a, v.b)
	}

	big := make([]float64, 20_000)
	big[9_000] = 4
	w := send(t, struct {
		half []float64
		at   *float64
		all  []float64
	}{big[10_000:], &big[9_000], big})
	if w.at != &w.all[9_000] || &w.half[0] != &w.all[10_000] || *w.at != 4 {
		t.Error("a view of a large slice isn't one")
	}

	l := list.New()
	l.PushBack("a")
	l.PushBack("b")
	m := map[string]*list.Element{"b": l.Back()}
	type lru struct {
		l list.List
		m map[string]*list.Element
		p *list.List
	}
	got := send(t, &lru{*list.New(), m, l})
	got.p.MoveToFront(got.m["b"])
	var s []any
	for e := got.p.Front(); e != nil && len(s) < 9; e = e.Next() {
		s = append(s, e.Value)
	}
	if fmt.Sprint(s) != "[b a]" || got.p.Len() != 2 {
		t.Errorf("a list arrives as %v", s)
	}
}

// TestDeep has chains that a recursive walk would need a deep stack for.
func TestDeep(t *testing.T) {
	const n = 1_000_000
	var head *node
	for i := range n {
		head = &node{v: i, next: head}
	}
	k := 0
	for at := send(t, head); at != nil; at = at.next {
		if k++; at.v != n-k {
			t.Fatalf("node %d holds %d", k, at.v)
		}
	}
	if k != n {
		t.Errorf("%d nodes arrived", k)
	}

	type boxed struct{ next any }
	var b any
	for range n {
		b = boxed{b}
	}
	k = 0
	for at := send(t, b, reflect.TypeFor[boxed]()); at != nil; at = at.(boxed).next {
		k++
	}
	if k != n {
		t.Errorf("%d boxes arrived", k)
	}

	var s any
	for range n {
		s = []any{s}
	}
	k = 0
	for at := send(t, s); at != nil; at = at.([]any)[0] {
		k++
	}
	if k != n {
		t.Errorf("%d slices arrived", k)
	}

	// One value in two fields, forty times over, isn't 2^40 values.
	type both struct{ a, b any }
	var d any
	for range 40 {
		d = both{d, d}
	}
	k = 0
	for at := send(t, d, reflect.TypeFor[both]()); at != nil; at = at.(both).b {
		k++
	}
	if k != 40 {
		t.Errorf("%d levels arrived", k)
	}
}

func TestLarge(t *testing.T) {
	xs := make([]float64, 100_000)
	for i := range xs {
		xs[i] = float64(i)
	}
	long := strings.Repeat("abc", 50_000)
	flags := slices.Repeat([]bool{true, false}, 40_000)
	type all struct {
		rows  [][]float64
		text  []string
		flags []bool
		p     *[]float64
	}
	v := all{[][]float64{xs, xs[:10_000], nil, {1}}, []string{long, long, "x"}, flags, &xs}
	codec := ship.New(newRegistry())
	e, err := codec.Encode(reflect.ValueOf(xs))
	if err != nil || len(e.Segments) != 1 || unsafe.Pointer(&e.Segments[0][0]) != unsafe.Pointer(&xs[0]) {
		t.Fatalf("%v; the slice was copied", err)
	}
	into := make([]float64, len(xs))
	if err := codec.Decode(decoder(e), reflect.ValueOf(into)); err != nil || !slices.Equal(into, xs) {
		t.Errorf("%v; the slice wasn't filled", err)
	}
	was := &into[0]
	if err := codec.Decode(decoder(e), reflect.ValueOf(&into).Elem()); err != nil || &into[0] != was {
		t.Errorf("%v; the slice was allocated", err)
	}
	if err := codec.Decode(decoder(e), reflect.ValueOf(into[:5])); err == nil {
		t.Error("100000 elements fit into 5")
	}
	d := decoder(e)
	d.Segment = func(int, []byte) error { return io.ErrUnexpectedEOF }
	if err := codec.Decode(d, reflect.ValueOf(into)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	got := send(t, v)
	if !reflect.DeepEqual(got, v) || &got.rows[0][0] != &(*got.p)[0] || &got.rows[1][0] != &got.rows[0][0] {
		t.Error("large slices arrive otherwise")
	}
	if unsafe.StringData(got.text[0]) != unsafe.StringData(got.text[1]) {
		t.Error("one long string became two")
	}
}

func TestSmallInPlace(t *testing.T) {
	codec := ship.New(newRegistry())
	e, err := codec.Encode(reflect.ValueOf([]string{"a", ""}))
	if err != nil {
		t.Fatal(err)
	}
	into := []string{"x", "y", "z"}
	if err := codec.Decode(decoder(e), reflect.ValueOf(into[1:])); err != nil || !slices.Equal(into, []string{"x", "a", ""}) {
		t.Errorf("%v: %q", err, into)
	}
	if err := codec.Decode(decoder(e), reflect.ValueOf(into)); err == nil {
		t.Error("2 elements fit into 3")
	}
	if err := codec.Decode(decoder(e), reflect.ValueOf([]string(nil))); err == nil {
		t.Error("2 elements fit into none")
	}
	for _, none := range [][]string{nil, {}} {
		if e, err = codec.Encode(reflect.ValueOf(none)); err == nil {
			err = codec.Decode(decoder(e), reflect.ValueOf([]string{}))
		}
		if err != nil {
			t.Error(err)
		}
	}
	if err := codec.Decode(decoder(e), reflect.ValueOf(into)); err == nil {
		t.Error("no elements fit into 3")
	}
	if err := codec.Decode(decoder(e), reflect.ValueOf(3)); err == nil {
		t.Error("a value that can't be set is decoded into")
	}
}

func TestLibrary(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{{}, time.Unix(1, 2), time.Unix(1<<40, 999).UTC(), time.Now().Round(0), time.Date(2024, 2, 3, 4, 5, 6, 7, tokyo),
		time.Date(1800, 1, 1, 0, 0, 0, 0, time.FixedZone("X", -3*3600)), time.Date(1990, 1, 1, 0, 0, 0, 0, time.FixedZone("Asia/Tokyo", 60))} {
		got := send(t, at)
		gz, go_ := got.Zone()
		wz, wo := at.Zone()
		if !got.Equal(at) || got.Location().String() != at.Location().String() || gz != wz || go_ != wo {
			t.Errorf("got %v, want %v", got, at)
		}
	}
	if got := send(t, time.Now()); strings.Contains(got.String(), "m=") || got.Location() != time.Local {
		t.Errorf("got %v", got)
	}
	if at := time.Date(2024, 2, 3, 4, 5, 6, 7, tokyo); true {
		got := send(t, []time.Time{at, at.Add(1)})
		if got[0].Location() != got[1].Location() {
			t.Error("one location became two")
		}
	}
	same(t, time.UTC)
	// A location of the user's own, with two zones, is no known one.
	tz := append([]byte("TZif"), make([]byte, 16)...)
	for _, n := range []uint32{0, 0, 0, 1, 2, 8, 1000, 1 << 24} {
		tz = binary.BigEndian.AppendUint32(tz, n)
	}
	tz = append(tz[:len(tz)-4], 1)                         // the transition leads to the second zone
	tz = append(tz, 0, 0, 0, 60, 0, 0, 0, 0, 0, 120, 0, 4) // one of a minute, one of two
	tz = append(tz, 'O', 'N', 'E', 0, 'T', 'W', 'O', 0)    // and their names
	own, err := time.LoadLocationFromTZData("Asia/Tokyo", tz)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range send(t, []time.Time{time.Unix(0, 0).In(own), time.Unix(2000, 0).In(own)}) {
		if zone, off := at.Zone(); zone != []string{"ONE", "TWO"}[i] || off != 60*(i+1) || at.Location().String() != "Asia/Tokyo" {
			t.Errorf("got zone %s, %d of %s", zone, off, at.Location())
		}
	}

	n, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	if got := send(t, n); got.Cmp(n) != 0 {
		t.Errorf("got %v", got)
	}
	f := new(big.Float).SetPrec(200).SetInt(n)
	if got := send(t, *f); got.Cmp(f) != 0 || got.Prec() != 200 {
		t.Errorf("got %v", &got)
	}
	r := big.NewRat(3, -7)
	if got := send(t, r); got.Cmp(r) != 0 {
		t.Errorf("got %v", got)
	}
	addr := netip.MustParseAddrPort("[fe80::1%eth0]:80")
	if got := send(t, addr); got != addr {
		t.Errorf("got %v", got)
	}
	u, _ := url.Parse("https://me:pw@example.com/a%2Fb?q=1#f")
	if got := send(t, u); got.String() != u.String() {
		t.Errorf("got %v", got)
	}
	re := regexp.MustCompile(`a(b+|bc)`)
	re.Longest()
	if got := send(t, re); got.FindString("xabbc") != "abb" || got.String() != re.String() {
		t.Errorf("got %v", got)
	}
	if got := send(t, regexp.MustCompile(`a|ab`)); got.FindString("ab") != "a" {
		t.Errorf("got %v", got)
	}
	send(t, regexp.Regexp{})

	type holder struct {
		b  strings.Builder
		n  atomic.Int64
		p  atomic.Pointer[point]
		v  atomic.Value
		ok atomic.Bool
		bb bytes.Buffer
	}
	var h holder
	h.b.WriteString("begin")
	h.n.Store(5)
	h.p.Store(&point{X: 1})
	h.v.Store("v")
	h.ok.Store(true)
	h.bb.WriteString("buffer")
	got := send(t, &h)
	got.b.WriteString(" end")
	if got.b.String() != "begin end" || got.n.Load() != 5 || got.p.Load().X != 1 || got.v.Load() != "v" || !got.ok.Load() || got.bb.String() != "buffer" {
		t.Errorf("got %+v", got)
	}

	type withType struct {
		t reflect.Type
		a any
	}
	if got := send(t, withType{reflect.TypeFor[map[string][]error](), reflect.TypeFor[int]()}); got.t != reflect.TypeFor[map[string][]error]() || got.a != any(reflect.TypeFor[int]()) {
		t.Errorf("got %v", got)
	}
	if got := send(t, []context.Context{context.Background(), context.TODO()}); got[0] != context.Background() || got[1] != context.TODO() {
		t.Errorf("got %v", got)
	}
	if got := send(t, []func(string) string{strings.ToUpper, nil}); got[0]("a") != "A" || got[1] != nil {
		t.Error("a compiled function arrives otherwise")
	}
	if got := send(t, []any{strings.Repeat, strings.ToUpper}); got[0].(func(string, int) string)("a", 2) != "aa" {
		t.Error("a compiled function arrives otherwise")
	}
}

type myErr struct {
	code int
	in   error
}

func (e *myErr) Error() string { return fmt.Sprint("mine ", e.code) }
func (e *myErr) Unwrap() error { return e.in }

func TestErrors(t *testing.T) {
	_, missing := os.Open("/no/such/file")
	for _, err := range []error{io.EOF, missing, fmt.Errorf("one: %w", missing), errors.Join(io.EOF, &myErr{3, io.EOF}), errors.New("plain"),
		fmt.Errorf("two: %w", &myErr{4, missing})} {
		got := send(t, err, reflect.TypeFor[myErr]())
		if got.Error() != err.Error() {
			t.Errorf("got %q, want %q", got, err)
		}
		for _, is := range []error{io.EOF, os.ErrNotExist, syscall.ENOENT} {
			if errors.Is(got, is) != errors.Is(err, is) {
				t.Errorf("%v: is %v: %v", err, is, errors.Is(got, is))
			}
		}
		var a, b *myErr
		if errors.As(err, &a) != errors.As(got, &b) || a != nil && a.code != b.code {
			t.Errorf("%v: as %v, %v", err, a, b)
		}
	}
}

// TestNestedKeys has map keys that must be written in place.
func TestNestedKeys(t *testing.T) {
	type key struct{ in any }
	session := []reflect.Type{reflect.TypeFor[key](), reflect.TypeFor[node]()}
	p := &node{v: 3}
	m := send(t, map[any]*node{key{key{p}}: p, key{key{2}}: nil}, session...)
	if len(m) != 2 {
		t.Errorf("got %v", m)
	}
	for k, v := range m {
		if v != nil && k.(key).in.(key).in != any(v) {
			t.Errorf("got %v", m)
		}
	}
	var k any
	for range 20_000 {
		k = key{k}
	}
	if _, err := trySend(map[any]int{k: 1}, session...); err == nil || !strings.Contains(err.Error(), "more than 10000 deep") {
		t.Errorf("got %v", err)
	}
}

func TestVariablesElsewhere(t *testing.T) {
	c := ship.New(newRegistry())
	a, s := 1, []int{1, 2}
	e, err := c.EncodeAll(ship.Variable{Value: reflect.ValueOf(&a).Elem()}, ship.Variable{Value: reflect.ValueOf(&s).Elem()})
	if err != nil {
		t.Fatal(err)
	}
	var b string
	was := []int{7, 8}
	now := was
	if err := c.DecodeAll(decoder(e), reflect.ValueOf(&a).Elem(), reflect.ValueOf(&now).Elem()); err != nil || !slices.Equal(now, s) || was[0] != 7 {
		t.Errorf("%v: %v %v", err, now, was)
	}
	for _, dsts := range [][]reflect.Value{{reflect.ValueOf(&a).Elem()}, {reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem()}, {reflect.ValueOf(&a).Elem(), {}}} {
		if err := c.DecodeAll(decoder(e), dsts...); err == nil {
			t.Errorf("two variables are read as %v", dsts)
		}
	}
	if _, err := c.Encode(reflect.Value{}); err == nil {
		t.Error("no value was written")
	}
	if _, err := c.EncodeAll(); err == nil {
		t.Error("nothing was written")
	}
	if _, err := c.Encode(reflect.ValueOf(base{1}).Field(0)); err == nil {
		t.Error("an unexported field was written")
	}
}

func TestNamed(t *testing.T) {
	type inner struct{ N int }
	type outer struct{ In []any }
	r := newRegistry(reflect.TypeFor[inner](), reflect.TypeFor[outer]())
	e, err := ship.New(r).Encode(reflect.ValueOf(outer{[]any{inner{1}, []map[string]inner{}, 5, inner{2}}}))
	if err != nil || !slices.Equal(e.Types, []int32{1}) || e.Funcs != nil {
		t.Errorf("%v: types %v", err, e.Types)
	}
	var back outer
	err = ship.New(newRegistry()).Decode(decoder(e), reflect.ValueOf(&back).Elem())
	if err == nil || !strings.Contains(err.Error(), "type 1 of the session isn't here") {
		t.Errorf("got %v", err)
	}
}

func TestOtherShape(t *testing.T) {
	type Point struct{ X, Y int }
	here := reflect.TypeFor[Point]()
	there := func() reflect.Type {
		type Point struct{ Y, X int }
		return reflect.TypeFor[Point]()
	}()
	e, err := ship.New(newRegistry()).Encode(reflect.ValueOf([]Point{{1, 2}}))
	if err != nil {
		t.Fatal(err)
	}
	dst := reflect.New(reflect.SliceOf(there)).Elem()
	err = ship.New(newRegistry()).Decode(decoder(e), dst)
	if err == nil || !strings.Contains(err.Error(), "ship_test.Point has other fields") {
		t.Errorf("got %v", err)
	}
	if e, err = ship.New(newRegistry(here)).Encode(reflect.ValueOf([]any{Point{}})); err != nil {
		t.Fatal(err)
	}
	var any []any
	err = ship.New(newRegistry(there)).Decode(decoder(e), reflect.ValueOf(&any).Elem())
	if err == nil || !strings.Contains(err.Error(), "ship_test.Point has other fields") {
		t.Errorf("got %v", err)
	}
	e.Data[0]++
	if err = ship.New(newRegistry(there)).Decode(decoder(e), reflect.ValueOf(&any).Elem()); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("got %v", err)
	}
	// Types of other names and the same shape are the same, such as one compiled and one interpreted.
	type Pair struct{ X, Y int }
	e, _ = ship.New(newRegistry()).Encode(reflect.ValueOf([]Point{{1, 2}}))
	var pairs []Pair
	if err := ship.New(newRegistry()).Decode(decoder(e), reflect.ValueOf(&pairs).Elem()); err != nil || pairs[0] != (Pair{1, 2}) {
		t.Errorf("%v: %v", err, pairs)
	}
}

func TestConcurrent(t *testing.T) {
	c := ship.New(newRegistry())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 200 {
				v := []any{i, fmt.Sprint(k), map[int]string{i: "x"}, []float64{float64(k)}}
				e, err := c.Encode(reflect.ValueOf(v))
				var out []any
				if err == nil {
					err = c.Decode(decoder(e), reflect.ValueOf(&out).Elem())
				}
				if err != nil || !reflect.DeepEqual(v, out) {
					t.Errorf("%v: got %v, want %v", err, out, v)
					return
				}
			}
		})
	}
	wg.Wait()
}
