package main

import "fmt"

type List []List
type Fn func(int) Fn
type M map[string]M
type P *P
type C chan C
type Tree struct {
	Kids map[string]*Tree
	Up   *Tree
}
type A struct{ b []B }
type B struct{ a *A }
type I interface{ Next() I }
type S struct{ n int }

func (s S) Next() I {
	if s.n == 0 {
		return nil
	}
	return S{s.n - 1}
}

func main() {
	l := List{{}, {{}, {}}}
	fmt.Println(len(l), len(l[1]), l)
	n := 0
	var f Fn
	f = func(i int) Fn { n += i; return f }
	f(1)(2)(3)
	fmt.Println(n)
	m := M{"a": {"b": nil}}
	fmt.Println(m, len(m["a"]))
	var p P
	p = &p
	fmt.Println(*p == p)
	c := make(C, 1)
	c <- c
	fmt.Println(<-c == c)
	t := &Tree{Kids: map[string]*Tree{}}
	t.Kids["x"] = &Tree{Up: t}
	fmt.Println(t.Kids["x"].Up == t)
	a := A{[]B{{nil}}}
	a.b[0].a = &a
	fmt.Println(len(a.b[0].a.b))
	k := 0
	for i := I(S{4}); i != nil; i = i.Next() {
		k++
	}
	fmt.Println(k)
	fmt.Printf("%T %T %T %T %T\n", l, f, m, c, a)
}
