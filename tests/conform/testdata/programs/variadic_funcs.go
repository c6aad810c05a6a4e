package main

import (
	"fmt"
	"strings"
)

type Opt func(*conf)
type conf struct {
	name string
	n    int
}

func WithN(n int) Opt { return func(c *conf) { c.n = n } }
func New(name string, opts ...Opt) conf {
	c := conf{name: name}
	for _, o := range opts {
		o(&c)
	}
	return c
}

func mod(xs ...int)       { xs[0] = 99 }
func count(xs ...any) int { return len(xs) }

type T struct{}

func (T) Sum(k int, xs ...int) int {
	for _, x := range xs {
		k += x
	}
	return k
}

func pair() (string, int)            { return "p", 2 }
func show(s string, n ...int) string { return fmt.Sprint(s, n) }

func main() {
	fmt.Println(New("a"), New("b", WithN(3), func(c *conf) { c.name += "!" }))
	s := []int{1, 2}
	mod(s...)
	mod(5)
	fmt.Println(s, count(), count(nil), count(nil, nil), count([]any{1, 2}), count([]any{1, 2}...))
	f := T.Sum
	g := T{}.Sum
	fmt.Println(f(T{}, 1, 2, 3), g(1), g(1, s...))
	fmt.Println(show(pair()))
	fmt.Printf("%T %T\n", f, show)
	h := func(p string, xs ...string) { fmt.Println(p, len(xs), xs) }
	h("x")
	h("y", strings.Fields("a b c")...)
	fmt.Println(append([]byte("a"), "bc"...), max(1, []int{5}[0]))
	defer h("deferred", "z")
	var any []any
	for _, x := range s {
		any = append(any, x)
	}
	fmt.Println(any...)
}
