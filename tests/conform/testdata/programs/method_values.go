package main

import (
	"fmt"
	"strings"
)

type Counter struct{ n int }

func (c *Counter) Inc() int         { c.n++; return c.n }
func (c Counter) Get() int          { return c.n }
func (c Counter) Add(k int) Counter { c.n += k; return c }

type Getter interface{ Get() int }

func run(f func() int) int { return f() + f() }

type Fun func(string) string

func (f Fun) Twice(s string) string { return f(f(s)) }

func main() {
	var c Counter
	inc, get := c.Inc, c.Get
	inc()
	inc()
	fmt.Println(c.n, get(), c.Get())
	fmt.Println(run(c.Inc), run(c.Get))
	f := (*Counter).Inc
	g := Counter.Get
	h := (*Counter).Get
	fmt.Println(f(&c), g(c), h(&c))
	fmt.Println(Counter.Add(c, 10).Get())
	i := Getter.Get
	fmt.Println(i(&c), i(c))
	var iface Getter = &c
	m := iface.Get
	c.Inc()
	fmt.Println(m())
	fmt.Printf("%T %T %T %T %T\n", inc, f, g, Counter.Add, i)
	fmt.Println(Fun(strings.ToUpper).Twice("x"), Fun(func(s string) string { return s + "!" }).Twice("a"))
	fs := map[string]func() int{"inc": c.Inc, "get": c.Get}
	fmt.Println(fs["inc"](), fs["get"]())
	up := strings.NewReplacer("a", "b").Replace
	fmt.Println(up("banana"))
	func() {
		defer func() { fmt.Println(recover()) }()
		var p *Counter
		_ = p.Get
	}()
}
