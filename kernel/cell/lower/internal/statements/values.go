//lint:file-ignore SA*,S1*,ST1*,U1000 what good style avoids must work, too

package statements

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sort"
	"strings"
	"time"
	"unsafe"
)

func results() {
	p(bare(1))
	p(bare(-1))
	p(swap(1, 2))
	p(shadow())
	p(captured())
	p(recovered())
	a, b, c := three()
	p(a, b, c)
	p(three())
	p(pass())
	p(iface())
}

func bare(n int) (r int, s string) {
	if n < 0 {
		s = "negative"
		return
	}
	r = n
	return r + 1, "positive"
}

func swap(a, b int) (x, y int) {
	x, y = a, b
	return y, x
}

func shadow() (err error) {
	if true {
		err := errors.New("inner")
		return err
	}
	return
}

func captured() (n int) {
	inc := func() { n++ }
	inc()
	defer inc()
	return n + 10
}

func recovered() (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("recovered: %v", v)
		}
	}()
	n = 3
	var xs []int
	return xs[5], nil
}

func pass() (int, any, error) { return three() }

func iface() (shape, error) { return point{2, 3}, nil }

func variadic(pre string, rest ...int) string { return fmt.Sprint(pre, len(rest), rest, rest == nil) }

func anys(list ...any) int { return len(list) }

func strInt(n int, s string) string { return fmt.Sprint(s, n) }

func calls() {
	p(variadic("a"), variadic("b", 1, 2), variadic("c", []int{3}...), variadic("d", nil...))
	p(strInt(two()), anys(two()), anys(three()), anys(nil), anys([]any{1, 2}...))
	p(func(a, b int) int { return a * b }(3, 4))
	f := func(xs ...string) int { return len(xs) }
	p(f("a", "b"), f())
	var fib func(int) int
	fib = func(n int) int {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	}
	p(fib(15))
	counter := func() func() int {
		n := 0
		return func() int { n++; return n }
	}
	c1, c2 := counter(), counter()
	p(c1(), c1(), c2())
	fs := map[string]func(int) int{"double": func(n int) int { return n * 2 }}
	p(fs["double"](4))
	try("nil call", func() { fs["none"](1) })
	p(strings.Map(func(r rune) rune { return r + 1 }, "abc"))
	var deep func(n int) func() int
	deep = func(n int) func() int {
		return func() int {
			if n == 0 {
				return global
			}
			return n + deep(n-1)()
		}
	}
	p(deep(3)())
	p(named2(1, 2))
}

func named2(_ int, _ int) (_ int, s string) {
	s = "blank"
	return 1, s
}

type inner struct{ n int }

func (i inner) get() int   { return i.n }
func (i *inner) set(n int) { i.n = n }

type outer struct {
	*inner
	point
	fmt.Stringer
	name string
}

type meters float64

func (m meters) String() string { return fmt.Sprintf("%.1fm", float64(m)) }

type funcType func(int) int

func (f funcType) twice(n int) int { return f(f(n)) }

type stack []int

func (s *stack) push(n int) { *s = append(*s, n) }
func (s stack) top() int    { return s[len(s)-1] }

func methods() {
	o := outer{&inner{1}, point{2, 3}, meters(4), "o"}
	o.set(5)
	o.move(10)
	p(o.get(), o.x, o.add(point{1, 1}), o.String(), o.area(), o.n, o.name)
	get := o.get
	o.set(6)
	p(get(), o.get())
	set := o.inner.set
	set(7)
	p(o.n)
	p(point.add(pt, pt), (*point).move(&pt, 1), outer.get(o), (*outer).area(&o), shape.area(pt))
	f := (*outer).set
	f(&o, 8)
	p(o.get(), meters.String(2), fmt.Stringer.String(meters(3)))
	g := fmt.Stringer(meters(1)).String
	p(g())
	p(funcType(func(n int) int { return n * 3 }).twice(2))
	var s stack
	s.push(1)
	s.push(2)
	p(s.top(), s)
	sp := &s
	sp.push(3)
	p(sp.top(), (*sp)[0], len(*sp))
	var sh shape
	try("nil interface", func() { sh.area() })
	try("nil method value", func() { _ = sh.area })
	var no *point
	try("nil receiver", func() { no.area() })
	try("nil pointer receiver", func() { no.move(1) })
	try("address", func() { _ = &no.x })
	sh = &pt
	p(sh.(*point) == &pt)
	_, ok := sh.(fmt.Stringer)
	p(ok)
	try("assertion", func() { _ = sh.(point) })
	try("assertion 2", func() { _ = any(1).(string) })
	try("assertion 3", func() { _ = any(1).(fmt.Stringer) })
	try("assertion 4", func() { var a any; _ = a.(int) })
	local := []point{{1, 2}, {3, 4}}
	local[1].move(5)
	for i := range local {
		local[i].move(1)
	}
	arr := [2]point{}
	arr[1].move(4)
	mp := map[string]*point{"a": {1, 1}}
	mp["a"].move(2)
	mp["a"].y++
	p(local, arr, *mp["a"])
	str := struct{ point }{point{1, 1}}
	str.move(6)
	p(str.x, str)
	sort.Sort(byX(local))
	p(local)
	var buf bytes.Buffer
	buf.WriteString("buffer")
	w := buf.WriteByte
	w('!')
	p(buf.String(), buf.Len())
	type wrap struct {
		bytes.Buffer
		n int
	}
	var wr wrap
	wr.WriteString("promoted")
	fmt.Fprint(&wr, " and used")
	p(wr.String())
	defer wr.Reset()
	var err error = &os.PathError{Op: "open", Path: "x", Err: os.ErrNotExist}
	var pe *os.PathError
	p(errors.As(err, &pe), errors.Is(err, os.ErrNotExist), pe.Path)
	pe.Path = "y"
	p(err)
}

type byX []point

func (b byX) Len() int           { return len(b) }
func (b byX) Less(i, j int) bool { return b[i].x > b[j].x }
func (b byX) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func literals() {
	p([]point{{1, 2}, {y: 3}}, []*point{{5, 6}}[0].x, map[point]string{{1, 2}: "a"}, map[string]*point{"q": {7, 8}}["q"].y)
	p([...]string{2: "c", 0: "a"}, []int{5: 1, 2, 1: 7}, [5]int{1, 2})
	p([][]int{{1}, {}, nil, {2, 3}}, [2][]point{{{1, 2}}})
	a := struct {
		A int
		B []string
	}{B: []string{"x"}}
	p(a)
	q := &struct{ point }{point: point{1, 2}}
	p(q.x, *q)
	var i shape = point{1, 2}
	m := map[any]int{1: 1, "a": 2, point{1, 2}: 3, i: 4, nil: 5}
	p(m[1], m["a"], m[i], m[point{1, 2}], m[nil], m[1.0])
	s := []any{1, nil, "x", point{}, []int{1}}
	p(s...)
	const two = 2
	p([...]int{two: 1, 5})
	var c [3][2]int
	for i := range c {
		for j := range c[i] {
			c[i][j] = i * j
		}
	}
	p(c, c == [3][2]int{{0, 0}, {0, 1}, {0, 2}})
	n := new(int)
	*n = 4
	v := new(*n + 1)
	w := new(point{1, 2})
	p(*n, *v, *w)
	e := &[]int{1, 2}
	(*e)[0] = 3
	p(*e, (&[3]int{1, 2, 3})[1:])
	x := [3]int{1, 2, 3}
	y := x[:2:2]
	y = append(y, 9)
	y[0] = 7
	p(x, y, len(y), cap(x[1:]))
	p("hello"[1:3], "hello"[2:], string([]byte("hello")[:2]))
	try("array index", func() { i := 3; p(x[i]) })
	try("slice bounds", func() { i := 5; p(x[:i]) })
	try("string index", func() { i := 9; p("abc"[i]) })
	try("slice order", func() { i, j := 2, 1; p(y[i:j]) })
	p(list == nil, m == nil, n == nil)
	type pair struct {
		a any
		b float64
	}
	p(pair{1, 2} == pair{1, 2}, pair{1, 2} == pair{"1", 2}, any(pair{1, 2}) == any(pair{1, 2}))
	try("compare", func() { p(pair{[]int{}, 1} == pair{[]int{}, 1}) })
	p(i == point{1, 2}, any(1) == 1, 1 == any(int8(1)), error(nil) == nil, i != nil)
	var rc <-chan int
	bi := make(chan int)
	rc = bi
	p(rc == bi)
}

type celsius float64
type text string
type bytesOf []byte

func conversions() {
	f := -1.9
	p(int(f), uint8(int(f)), float32(0.1), int64(f*1e10), celsius(f)*2)
	i := 300
	p(int8(i), uint8(i), rune(i), string(rune(i)), float64(i)/7)
	s := text("héy")
	p([]byte(s), []rune(s), string(s), text([]rune{104, 105}), bytesOf("ab"), string(bytesOf{65, 66}))
	xs := []int{1, 2, 3, 4}
	arr := [4]int(xs)
	ptr := (*[2]int)(xs)
	ptr[0] = 9
	p(arr, xs, *ptr)
	try("slice to array", func() { _ = [5]int(xs) })
	var e error = errors.New("x")
	var a any = e
	p(a.(error) == e, any(nil) == nil, a.(interface{ Error() string }).Error())
	c := complex(1, 2)
	p(real(c), imag(c), c*c, complex64(c), -c, c == complex(1, 2))
	var u uint8 = 200
	p(u+100, ^u, -u, u<<1, u>>1, int8(u))
	var big uint64 = 1 << 63
	p(big, int64(big), float64(big), uint32(big>>32))
	type a1 struct {
		X int `json:"x"`
	}
	type a2 struct{ X int }
	p(a2(a1{4}))
	up := unsafe.Pointer(&xs[0])
	p(*(*int)(up), *(*int)(unsafe.Add(up, 8)), unsafe.Slice(&xs[0], 2), unsafe.String(unsafe.StringData("abc"), 2))
	p(unsafe.Offsetof(point{}.y), uintptr(unsafe.Pointer(&xs[1]))-uintptr(up))
	var fn func(int) int = func(n int) int { return n + 1 }
	p(funcType(fn)(1))
	p(time.Duration(90)*time.Second, time.Month(5), os.FileMode(0o644))
	try("divide", func() { z := 0; p(1 / z) })
	var neg = -7
	p(neg/2, neg%2, neg>>1, uint(neg)>>60, 7.0/2)
}

type number interface{ ~int | ~int64 | ~float64 }

func sum[T number](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return t
}

func mapped[T, U any](xs []T, f func(T) U) []U {
	var out []U
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

type pairOf[A comparable, B any] struct {
	first  A
	second B
}

func (q pairOf[A, B]) flip(f func(B) A) A                 { return f(q.second) }
func (q *pairOf[A, B]) set(a A)                           { q.first = a }
func newPair[A comparable, B any](a A, b B) *pairOf[A, B] { return &pairOf[A, B]{a, b} }

type linked[T any] struct {
	head *cell[T]
	size int
}

type cell[T any] struct {
	value T
	next  *cell[T]
}

func (l *linked[T]) push(v T) { l.head = &cell[T]{v, l.head}; l.size++ }
func (l *linked[T]) all() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for c := l.head; c != nil; c = c.next {
			if !yield(i, c.value) {
				return
			}
			i++
		}
	}
}

type setter[T any] interface {
	*T
	assign(string)
}

type label struct{ s string }

func (l *label) assign(s string) { l.s = s }

func build[T any, P setter[T]](names ...string) []T {
	out := make([]T, len(names))
	for i, n := range names {
		P(&out[i]).assign(n)
	}
	return out
}

func kind[T any](v T) string {
	switch any(v).(type) {
	case int:
		return "int"
	case []T:
		return "slice"
	case fmt.Stringer:
		return "stringer"
	}
	return fmt.Sprintf("%T", v)
}

func describe[T fmt.Stringer](xs ...T) (s string) {
	for _, x := range xs {
		s += x.String()
	}
	f := T.String
	return s + f(xs[0])
}

func zero[T any]() (t T) { return }

func eq[T comparable](a, b T) bool { return a == b }

func both[S, T any](a, b any) string {
	switch a.(type) {
	case S:
		return "S"
	case T:
		return "T"
	}
	return "none"
}

func keysOf[M ~map[K]V, K comparable, V any](m M) int {
	n := 0
	for range m {
		n++
	}
	return n
}

func counter[T any]() func(T) int {
	type item struct {
		v T
		n int
	}
	var items []item
	return func(v T) int {
		items = append(items, item{v, len(items)})
		return items[len(items)-1].n
	}
}

func converted[T ~int | ~float64 | ~uint8](n int) T { return T(n) + 1 }

func rec[T any](n int, v T) string {
	if n == 0 {
		return fmt.Sprintf("%T", v)
	}
	return rec(n-1, v)
}

func generics() {
	p(sum(1, 2, 3), sum(1.5, 2), sum[celsius](1, 2), sum[int]())
	p(mapped([]int{1, 2}, func(i int) string { return fmt.Sprint(i, "!") }))
	q := newPair("a", 1)
	q.set("b")
	p(*q, q.flip(func(n int) string { return fmt.Sprint(n) }))
	fmt.Fprintf(out, "%T %T\n", *q, linked[[]pairOf[string, error]]{})
	var l linked[string]
	l.push("x")
	l.push("y")
	for i, v := range l.all() {
		p(i, v)
	}
	p(build[label]("a", "b"), kind(1), kind("s"), kind(meters(1)), kind([]int{}))
	p(describe(meters(1), meters(2)), zero[int](), zero[*int]() == nil, zero[point]())
	p(eq(1, 1), eq("a", "b"), eq[any](1, 1), eq(point{1, 2}, point{1, 2}))
	p(both[int, int](1, 1), both[string, int](1, 1), both[error, any](1, 1))
	p(keysOf(map[string]int{"a": 1, "b": 2}))
	c1, c2 := counter[int](), counter[string]()
	p(c1(1), c1(2), c2("a"))
	p(converted[int](3), converted[float64](3), converted[uint8](255), converted[celsius](1))
	p(rec(3, map[string][]int{}))
	f := sum[float64]
	p(f(1, 2))
	g := (*linked[int]).push
	var li linked[int]
	g(&li, 5)
	p(li.size, li.head.value)
	h := li.push
	h(6)
	p(li.head.value, li.head.next.value)
}

func builtins() {
	xs := append([]int(nil), 1, 2)
	ys := append(xs[:1], xs...)
	p(xs, ys, len(ys))
	bs := append([]byte("ab"), "cd"...)
	n := copy(bs[1:], "xyz")
	p(string(bs), n, copy(xs, []int{9}))
	p(min(1, 2.5), max(3, 1, 2), min("b", "a"), max(global, 2))
	var f32 float32 = 2
	p(min(f32, 3), max(f32, 1))
	m := map[int]int{1: 1}
	clear(m)
	clear(xs)
	p(len(m), xs)
	ms := make([]int, 2, 10)
	p(len(ms), cap(ms), len(make(map[string]int, 10)), cap(make(chan int, 3)))
	try("make", func() { n := -1; _ = make([]int, n) })
	try("make cap", func() { a, b := 2, 1; _ = make([]int, a, b) })
	arr := [3]int{}
	p(len(arr), len(&arr), cap(&arr), len([]int{1}[1:]))
	try("panic", func() { panic(fmt.Errorf("wrapped %w", io.EOF)) })
	try("panic nil", func() { panic(nil) })
	try("custom", func() { panic(point{1, 2}) })
	ys = append(ys, func() []int { return []int{4, 5} }()...)
	p(ys, append([]any{}, 1, nil, "x"), append([]shape{}, pt))
	delete(m, 5)
	type nm map[string]int
	x := nm{"a": 1}
	delete(x, "a")
	p(x)
	var nilSlice []int
	p(nilSlice == nil, len(append(nilSlice, nilSlice...)))
}

func compiled() {
	p(strings.Repeat("ab", 3), strings.NewReplacer("a", "b").Replace("banana"))
	old := os.Args
	os.Args = []string{"x"}
	p(len(os.Args), os.Args[0])
	os.Args = old
	r := strings.NewReader("line one\nline two")
	buf := make([]byte, 4)
	n, err := r.Read(buf)
	p(n, err, string(buf))
	rest, _ := io.ReadAll(r)
	p(len(rest))
	var t time.Time
	p(t.IsZero(), t.Year(), time.UTC)
	var sb strings.Builder
	fmt.Fprintf(&sb, "%05d|%v|%+v", 42, pt, pt)
	p(sb.String())
	var w io.Writer = &sb
	_, ok := w.(io.StringWriter)
	p(ok)
	e := fmt.Errorf("a: %w", os.ErrNotExist)
	p(errors.Is(e, os.ErrNotExist), errors.Unwrap(e) == os.ErrNotExist)
	up := strings.ToUpper
	p(up("x"), mapped([]string{"a"}, strings.ToUpper))
	p(sort.SearchInts([]int{1, 3, 5}, 3))
}
