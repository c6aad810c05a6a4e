//lint:file-ignore SA*,S1*,ST1*,U1000 what good style avoids must work, too

// Package statements uses what expressions and statements of Go have in corners. Tests compare what
// it prints as compiled code with what it prints in the interpreter.
package statements

import (
	"errors"
	"fmt"
	"io"
	"iter"
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
	blanks()
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
	try("defer recover in a deferred function", func() {
		defer func() { defer recover() }()
		panic("recovered")
	})
	try("defer recover while panicking again", func() {
		defer func() { p("first", recover()) }()
		defer func() {
			defer func() { p("second", recover()) }()
			defer recover()
			panic(2)
		}()
		panic(1)
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

func partial() (ok bool, n int) {
	defer func() { recover() }()
	var none *int
	ok, n = true, *none
	return
}

func unnamed() (bool, int) {
	defer func() { recover() }()
	var none *int
	return true, *none
}

type padded struct{ a, _, b int }

func blanks() {
	p(partial())
	p(unnamed())
	x := padded{1, note("blank", 2), 3}
	p(x)
	m := map[string]int{}
	var ok bool
	m["x"], ok = any(5).(int)
	p(m, ok)
	c := make(chan int, 1)
	n := 0
	later := func() chan int { n = 42; return nil }
	select {
	case c <- n:
	case <-later():
	}
	p(<-c, n)
	p(copy(slicesOf()))
	println2(two())
}

func slicesOf() ([]int, []int) { return make([]int, 3), []int{1, 2} }
func println2(args ...any)     { p(args...) }

func copyAll(done chan<- bool) { done <- true }

func helper() { p("helper", recover()) }
