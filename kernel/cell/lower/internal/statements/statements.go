// Package statements uses what expressions and statements of Go have in corners. Tests compare what
// it prints as compiled code with what it prints in the interpreter.
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

var out io.Writer

func p(args ...any) { fmt.Fprintln(out, args...) }

// try prints what f panics with.
func try(name string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			p(name, "panics:", v)
		}
	}()
	f()
	p(name, "returns")
}

// Run prints what the statements do.
func Run(w io.Writer) {
	out = w
	order()
	assignments()
	constants()
	loops()
	labels()
	switches()
	selects()
	rangeFuncs()
	rangeExits()
	rangeMisuse()
	rangeDefers()
	defers()
	results()
	calls()
	methods()
	literals()
	conversions()
	generics()
	builtins()
	compiled()
}

type point struct{ x, y int }

func (a point) add(b point) point { return point{a.x + b.x, a.y + b.y} }
func (a *point) move(dx int) int  { a.x += dx; return a.x }

var (
	global = 1
	list   = []int{1, 2, 3}
	pt     = point{1, 2}
)

func change(n int) int { global = n; return n }

func two() (int, string)             { return 7, "seven" }
func three() (int, string, error)    { return 1, "one", nil }
func note(s string, n int) int       { p("eval", s); return n }
func noteBool(s string, b bool) bool { p("eval", s); return b }

func order() {
	// Calls come before reading variables.
	global = 1
	p(global, change(5), global)
	global = 1
	a := []int{global, change(6), global}
	p(a, global+change(7), change(8)+global)
	x := 1
	set := func(n int) int { x = n; return n }
	s := struct{ a, b, c int }{x, set(2), x}
	p(s)
	m := map[int]int{}
	m[note("key", 1)] = note("value", 2)
	list[note("index", 0)], m[note("key2", 2)] = note("a", 10), note("b", 20)
	p(m, list)
	global = 3
	global += change(10)
	p(global)
	p(note("1", 1) + note("2", 2)*note("3", 3))
	p(noteBool("l", false) && noteBool("r", true), noteBool("l", true) || noteBool("r", true))
	p(global, noteBool("l", global == 10) && change(11) == 11, global)
	ptr := &pt
	p(ptr.x, ptr.move(3), ptr.x, pt.x)
	arr := [3]int{1, 2, 3}
	i := 0
	inc := func() int { i++; return i }
	arr[i] = inc()
	p(arr, i)
	arr[inc()], i = inc(), 0
	p(arr, i)
	try("index", func() { list[note("out", 9)] = note("rhs", 1) })
	var np *point
	try("nil field", func() { np.x = note("rhs", 1) })
	var nm map[string]int
	try("nil map", func() { nm["a"] = note("rhs", 1) })
	f := func() int { panic("f") }
	try("f first", func() { list[9] = f() })
	try("quotient", func() { z := 0; p(1/z + note("after", 1)) })
}

func assignments() {
	a, b := 1, 2
	a, b = b, a
	p(a, b)
	a, b, c := b, a, a+b
	p(a, b, c)
	xs := []int{0, 1, 2, 3}
	i := 1
	i, xs[i] = 2, 9
	p(i, xs)
	xs[0], xs[0] = 1, 2
	p(xs)
	xs[i], i = i, xs[3]
	p(i, xs)
	for l, r := 0, len(xs)-1; l < r; l, r = l+1, r-1 {
		xs[l], xs[r] = xs[r], xs[l]
	}
	p(xs)
	q := &point{1, 2}
	q, q.x = &point{3, 4}, 5
	p(*q)
	arr := [2]point{{1, 2}, {3, 4}}
	arr[0], arr[1] = arr[1], arr[0]
	arr[0].x, arr[1].y = arr[1].y, arr[0].x
	p(arr)
	m := map[string]int{"a": 1}
	m["a"]++
	m["b"] += 3
	m["c"] |= 6
	v, ok := m["a"]
	_, no := m["z"]
	p(m, v, ok, no)
	var any1 any
	any1, ok = m["b"]
	p(any1, ok)
	type yes bool
	var y yes
	_, y = m["q"]
	p(y)
	n, s := two()
	var e fmt.Stringer
	var w any
	w, s = two()
	p(n, s, w, e)
	_, list[0] = 1, 2
	_ = note("blank", 1)
	x := 1
	{
		x := x + 1
		x++
		p(x)
	}
	x, z := 5, x
	p(x, z)
	var u8 uint8 = 250
	u8 += 10
	u8 <<= 1
	u8 &^= 4
	p(u8)
	str := "a"
	str += "b"
	p(str)
	fl := 1.5
	fl++
	fl /= 2
	p(fl)
	var nilMap map[string][]int
	p(nilMap["x"], len(nilMap))
	mm := map[string][]int{}
	mm["k"] = append(mm["k"], 1, 2)
	p(mm)
	type node struct{ next *node }
	head := &node{}
	head.next, head = head, &node{}
	p(head.next == nil)
	matrix := [2][2]int{}
	matrix[1][0], matrix[0][1] = 3, 4
	cp := matrix
	matrix[1][1] = 9
	p(matrix, cp)
}

func constants() {
	const big = 1 << 100
	const f = big >> 98
	var i8 int8 = f
	p(i8, big/1e30, 'a', "x"+"y", 1.0, 3/2, 3/2.0, 1i*1i, complex(1, 2))
	type weekday int
	const (
		sunday weekday = iota
		monday
		_
		wednesday
	)
	p(sunday, monday, wednesday)
	fmt.Fprintf(out, "%T %T %T %T %v\n", monday, 'a', 1.0, 2i, time.Duration(1500)*time.Millisecond)
	var shift uint = 3
	var f64 = float64(1 << 3)
	var i = 1 << shift
	var u8 = uint8(1) << 7
	var w int64 = 1 << shift
	p(f64, i, u8, w, -5>>1, -5/2, -5%3, ^0, 7&^2)
	var a any = 1 << 3
	p(a == 8, a == any(8.0))
	var f32 float32 = 0.1
	p(f32, float64(f32), f32 == 0.1)
	p(len("héllo"), len([3]int{}), cap([2]int{}), unsafe.Sizeof(point{}))
	p(uint64(1<<64-1), int64(-1<<63), string(rune(9731)), "abc"[1])
	try("shift", func() { n := -1; p(1 << n) })
}

func loops() {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
		if i == 1 {
			continue
		}
		i := i
		fs = append(fs, func() int { return i })
	}
	for _, f := range fs {
		fmt.Fprint(out, f(), f(), " ")
	}
	p()
	for i, keep := 0, (*int)(nil); i < 3; i++ {
		if keep == nil {
			keep = &i
		}
		*keep += 1
		fmt.Fprint(out, i, *keep, " ")
	}
	p()
	for i := range 3 {
		i *= 2
		fmt.Fprint(out, i, " ")
	}
	var u uint8
	for u = range 4 {
	}
	for range 2 {
		fmt.Fprint(out, "x")
	}
	for i := range uint16(2) {
		fmt.Fprintf(out, "%T", i)
	}
	p(u)
	arr := [3]int{1, 2, 3}
	for i, v := range arr {
		arr[2] = 10
		fmt.Fprint(out, i, v, " ")
	}
	for i, v := range &arr {
		arr[2] = 20
		fmt.Fprint(out, i, v, " ")
	}
	for i, v := range arr[:] {
		arr[2] = 30
		fmt.Fprint(out, i, v, " ")
	}
	var np *[3]int
	for i := range np {
		fmt.Fprint(out, i)
	}
	for i := range len(arr) {
		fmt.Fprint(out, i)
	}
	p()
	xs := []int{1, 2, 3}
	for i, v := range xs {
		if i == 0 {
			xs = append(xs, 4)
			xs[1] = 7
		}
		fmt.Fprint(out, v, " ")
	}
	for i, r := range "aé\xff世" {
		fmt.Fprint(out, i, r, " ")
	}
	m := map[string]int{"a": 1, "b": 2, "c": 3}
	sum := 0
	for k, v := range m {
		delete(m, k)
		sum += v
	}
	p(len(m), sum)
	ch := make(chan int, 5)
	go func() {
		for i := range 4 {
			ch <- i
		}
		close(ch)
	}()
	for v := range ch {
		if v == 1 {
			continue
		}
		fmt.Fprint(out, v)
	}
	var x struct{ k, v int }
	for x.k, x.v = range []int{5, 6} {
	}
	p(x)
	var ptrs []*int
	for i, v := range []int{7, 8} {
		ptrs = append(ptrs, &i, &v)
	}
	p(*ptrs[0], *ptrs[1], *ptrs[2], *ptrs[3])
	n := 0
	for n < 3 {
		n++
	}
	for {
		if n++; n > 5 {
			break
		}
	}
	p(n)
	if k := n * 2; k > 100 {
		p("big")
	} else if j := k + 1; j > 12 {
		p("medium", k, j)
	} else {
		p("small")
	}
	type named []string
	for i := range named([]string{"q"}) {
		p(i)
	}
}

func labels() {
outer:
	for i := 0; i < 3; i++ {
		for j := range 3 {
			switch {
			case j == 1:
				continue outer
			case i == 2:
				break outer
			}
			select {
			default:
				if i == 1 {
					break
				}
				p("not 1")
			}
			p(i, j)
		}
	}
	i := 0
again:
	v := i
	f := func() int { return v }
	if i++; i < 3 {
		goto again
	}
	p(f(), i)
	{
		if i > 0 {
			goto end
		}
		p("skipped")
	}
end:
	p("end")
sw:
	switch {
	default:
		for {
			break sw
		}
	}
block:
	{
		if i < 5 {
			i++
			goto block
		}
	}
	p(i)
}

type shape interface{ area() int }

func (a point) area() int { return a.x * a.y }

func switches() {
	for i := range 6 {
		switch x := i * 2; x {
		case 0, 2:
			p("low")
			fallthrough
		case 100:
			p("fell")
		default:
			p("default")
		case 4:
			if i == 2 {
				break
			}
			p("never")
		case note("eight", 8):
			p("8")
		}
	}
	switch {
	}
	switch note("tag", 1); {
	case global == -1, true:
		p("true")
	}
	var a any = point{1, 2}
	switch a {
	case nil:
		p("nil")
	case 1, "x":
		p("basic")
	case point{1, 2}:
		p("the point")
	}
	for _, v := range []any{1, "s", 2.5, nil, point{3, 4}, &pt, []int{1}, errors.New("e"), func() {}, int8(3)} {
		switch x := v.(type) {
		case int:
			p("int", x+1)
		case string, float64:
			p("string or float", x)
		case nil:
			p("nil", x == nil)
		case shape:
			p("shape", x.area())
		case error:
			p("error", x.Error())
		case []int:
			x[0] = 5
			f := func() int { return x[0] }
			p("slice", len(x), f())
		default:
			fmt.Fprintf(out, "%T\n", x)
		}
	}
	switch shape(pt).(type) {
	case fmt.Stringer:
		p("stringer")
	case shape:
		p("shape")
	}
	switch x := any(3); y := x.(type) {
	case int:
		p(y, x)
	}
	type mybool bool
	var b mybool = true
	switch b {
	case 1 > 0:
		p("mybool")
	}
	try("uncomparable", func() {
		switch any([]int{}) {
		case any([]int{}):
		}
	})
}

func selects() {
	a, b := make(chan int, 1), make(chan string, 1)
	var none chan int
	a <- 1
	select {
	case v := <-a:
		p("a", v)
	case <-none:
		p("none")
	}
	select {
	case b <- "x":
		p("sent")
	case v, ok := <-a:
		p(v, ok)
	}
	xs := []int{0, 0}
	var ok bool
	a <- 5
	select {
	case xs[note("i", 1)], ok = <-a:
		p(xs, ok)
	}
	select {
	case v := <-a:
		p(v)
	default:
		p("default")
	}
	close(a)
	select {
	case v, ok := <-a:
		f := func() int { return v }
		p(f(), ok)
	}
	var w any
	select {
	case w = <-b:
	}
	p(w)
	go func() { b <- "late" }()
	select {
	case s := <-b:
		p(s)
	case <-time.After(5 * time.Second):
		p("timeout")
	}
	v, ok := <-a
	p(v, ok, <-a+1)
	try("closed", func() { a <- 1 })
	try("close twice", func() { close(a) })
}

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer p("count ends")
		for i := range n {
			if !yield(i) {
				p("stopped")
				return
			}
		}
	}
}

func pairs(yield func(int, string) bool) {
	_ = yield(1, "a") && yield(2, "b") && yield(3, "c")
}

func rangeFuncs() {
	for i := range count(3) {
		p(i)
	}
	for i := range count(5) {
		if i == 1 {
			continue
		}
		if i == 3 {
			break
		}
		p(i)
	}
	var fs []func() int
	for i, s := range pairs {
		fs = append(fs, func() int { i += len(s); return i })
	}
	p(fs[0](), fs[0](), fs[2]())
	for range pairs {
		fmt.Fprint(out, ".")
	}
	var x struct {
		a int
		b any
	}
	for x.a, x.b = range pairs {
	}
	p(x)
	for _, s := range pairs {
		s += "!"
		p(s)
	}
	n := 0
	for range func(yield func() bool) {
		for yield() {
		}
	} {
		if n++; n == 4 {
			break
		}
	}
	p(n)
}

func rangeExits() {
	p(find(3))
	p(find(50))
	p(nested(1), nested(2), nested(3), nested(4), nested(9))
	a, b := named()
	p(a, b)
	p(nestedReturn())
	i := 0
back:
	for range count(2) {
		for range count(2) {
			if i++; i < 3 {
				goto back
			}
		}
	}
	p(i)
	func() {
		for i := range count(3) {
			switch {
			case i == 1:
				return
			}
			for range 2 {
				if i == 0 {
					break
				}
			}
			p("i", i)
		}
		p("never")
	}()
}

func find(n int) (int, error) {
	for i := range count(10) {
		if i == n {
			return i * 100, nil
		}
	}
	return -1, errors.New("not found")
}

func nested(how int) string {
	var b strings.Builder
outer:
	for i := range count(3) {
	middle:
		for j := 0; j < 2; j++ {
			for _, s := range pairs {
				fmt.Fprint(&b, i, j, s, " ")
				switch how {
				case 1:
					continue outer
				case 2:
					break outer
				case 3:
					continue middle
				case 4:
					break middle
				case 5:
					return "returned"
				}
			}
		}
	}
	return b.String()
}

func named() (n int, err error) {
	defer func() { n *= 2 }()
	for i := range count(5) {
		n = i
		if i == 2 {
			return i + 10, errors.New("e")
		}
	}
	return
}

func nestedReturn() (string, int) {
	for i, s := range pairs {
		for j := range count(3) {
			if i == 2 && j == 1 {
				return s, i*10 + j
			}
		}
	}
	return "", 0
}

func rangeMisuse() {
	try("goes on", func() {
		for range func(yield func() bool) { yield(); yield() } {
			break
		}
	})
	var kept func(int) bool
	try("kept", func() {
		for i := range func(yield func(int) bool) { kept = yield; yield(1) } {
			p(i)
		}
		kept(2)
	})
	try("body panics", func() {
		for range func(yield func() bool) { yield() } {
			panic("body")
		}
	})
	try("swallows", func() {
		for range func(yield func() bool) {
			defer func() { p("swallowed", recover()) }()
			yield()
		} {
			panic("body")
		}
	})
	try("iterator panics", func() {
		for range func(yield func() bool) { yield(); panic("iterator") } {
		}
	})
}

func rangeDefers() {
	f := func() (n int) {
		defer func() { p("first", n) }()
		for i := range count(3) {
			defer func() {
				p("deferred", i, n)
				n++
			}()
			for range count(1) {
				defer p("inner", i)
			}
		}
		defer func() { p("last", n) }()
		p("loop over")
		return 5
	}
	p(f())
	try("recovered", func() {
		for range count(1) {
			defer func() { p("got", recover()) }()
		}
		panic("one")
	})
	try("replaced", func() {
		defer func() { p("outer", recover()) }()
		for i := range count(2) {
			defer func() { panic(fmt.Sprint("again ", i)) }()
		}
		panic("one")
	})
}

func defers() {
	for i := range 3 {
		defer p("defer", i)
	}
	x := 1
	defer p("x was", x)
	x = 2
	defer func(n int) { p("n", n, x) }(x)
	q := point{1, 1}
	defer q.move(1)
	g := q.add
	q.x = 100
	p(g(point{1, 1}))
	m := map[string]int{"a": 1}
	func() {
		defer delete(m, "a")
		p(len(m))
	}()
	p(len(m))
	ch := make(chan int)
	func() { defer close(ch) }()
	_, ok := <-ch
	p(ok)
	try("defer panic", func() { defer panic("deferred"); p("before") })
	try("defer recover", func() {
		defer recover()
		panic("not recovered")
	})
	try("helper", func() {
		defer func() { helper() }()
		panic("not recovered either")
	})
	try("direct", func() {
		defer helper()
		panic("recovered")
	})
	try("nil func", func() {
		var f func()
		defer f()
		p("runs first")
	})
	try("twice", func() {
		defer func() {
			defer func() { p("inner", recover()) }()
			panic("second")
		}()
		panic("first")
	})
	var e error
	try("method", func() { defer e.Error() })
	done := make(chan bool)
	go func(s string) { p(s); done <- true }("goroutine")
	<-done
	go copyAll(done)
	<-done
	func() {
		xs := []int{1, 2}
		defer func() { p(xs) }()
		defer copy(xs, []int{8, 9})
	}()
}

func copyAll(done chan<- bool) { done <- true }

func helper() { p("helper", recover()) }

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
