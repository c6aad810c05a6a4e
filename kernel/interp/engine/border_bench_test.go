package engine_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/interp/token"
)

const benchmarks = `package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
)

type shape interface{ Area() int }
type square int
type rect struct{ w, h int }

func (s square) Area() int { return int(s) }
func (r *rect) Area() int  { return r.w }
func (r rect) Wide() bool  { return r.w > r.h }

type wide interface{ Wide() bool }

func inc(n int) int { return n + 1 }

var runs = map[string]func(int){
	"empty loop": func(n int) { for i := 0; i < n; i++ {} },
	"call of a function": func(n int) { x := 0; for i := 0; i < n; i++ { x = inc(x) } },
	"call of a func value": func(n int) { f, x := inc, 0; for i := 0; i < n; i++ { x = f(x) } },
	"call of a closure": func(n int) { k := 2; f, x := func(n int) int { return n + k }, 0; for i := 0; i < n; i++ { x = f(x) } },
	"call of a compiled func value": func(n int) { f, x := strings.ToUpper, "A"; for i := 0; i < n; i++ { x = f(x) } },
	"making a closure": func(n int) { var f func() int; for i := 0; i < n; i++ { f = func() int { return i } }; _ = f },
	"interface method, pointer": func(n int) { var s shape = &rect{1, 2}; x := 0; for i := 0; i < n; i++ { x += s.Area() } },
	"interface method, value": func(n int) { var s shape = square(2); x := 0; for i := 0; i < n; i++ { x += s.Area() } },
	"interface method, struct": func(n int) { var s wide = rect{1, 2}; x := false; for i := 0; i < n; i++ { x = s.Wide() }; _ = x },
	"interface method, two types": func(n int) { s := [2]shape{square(2), &rect{1, 2}}; x := 0; for i := 0; i < n; i++ { x += s[i&1].Area() } },
	"interface method, compiled": func(n int) { var w io.Writer = io.Discard; b := []byte("x"); for i := 0; i < n; i++ { w.Write(b) } },
	"method, compiled": func(n int) { var b bytes.Buffer; x := 0; for i := 0; i < n; i++ { x += b.Len() } },
	"math.Sqrt": func(n int) { x := 2.0; for i := 0; i < n; i++ { x = math.Sqrt(x) } },
	"strconv.Itoa": func(n int) { s := ""; for i := 0; i < n; i++ { s = strconv.Itoa(i & 15) }; _ = s },
	"strconv.Atoi": func(n int) { k := 0; for i := 0; i < n; i++ { k, _ = strconv.Atoi("12") }; _ = k },
	"strings.Contains": func(n int) { s := false; for i := 0; i < n; i++ { s = strings.Contains("hello", "l") }; _ = s },
	"strings.IndexByte": func(n int) { s := 0; for i := 0; i < n; i++ { s = strings.IndexByte("hello", 'l') }; _ = s },
	"fmt.Sprintf": func(n int) { s := ""; for i := 0; i < n; i++ { s = fmt.Sprintf("%d %s", i, "x") }; _ = s },
	"value in an interface": func(n int) { var x any; for i := 0; i < n; i++ { x = i }; _ = x },
	"type assertion": func(n int) { var x any = 5; k := 0; for i := 0; i < n; i++ { k += x.(int) } },
	"type switch": func(n int) { var x any = 5; k := 0; for i := 0; i < n; i++ { switch x.(type) { case string: k = 0; case error: k = 1; case int: k++ } } },
	"callback, one argument": func(n int) { sort.Search(1<<62, func(i int) bool { n--; return n <= 0 }); for n > 0 { sort.Search(1<<62, func(i int) bool { n--; return n <= 0 || i > 0 }) } },
	"callback, strings.Map": func(n int) { strings.Map(func(r rune) rune { return r }, strings.Repeat("x", n)) },
	"channel, buffered": func(n int) { c := make(chan int, 10); for i := 0; i < n; i++ { c <- i; <-c } },
	"channel, ping-pong": func(n int) { a, b := make(chan int), make(chan int); go func() { for v := range a { b <- v }; close(b) }(); for i := 0; i < n; i++ { a <- i; <-b }; close(a) },
	"channel, pipe": func(n int) { c := make(chan int, 100); go func() { for i := 0; i < n; i++ { c <- i }; close(c) }(); for range c {} },
	"select with default": func(n int) { c := make(chan int, 1); for i := 0; i < n; i++ { select { case v := <-c: _ = v; default: } } },
	"select of two": func(n int) { c, d := make(chan int, 1), make(chan string); for i := 0; i < n; i++ { c <- i; select { case v := <-c: _ = v; case <-d: } } },
}
`

// BenchmarkBorder measures what the interpreter does in a loop.
func BenchmarkBorder(b *testing.B) {
	p := load(b, &host{}, benchmarks)
	for name, run := range *value[map[string]func(int)](b, p, "runs") {
		b.Run(name, func(b *testing.B) {
			token.New(1).Enter() // as a run has one
			b.ReportAllocs()
			run(b.N)
		})
	}
}
