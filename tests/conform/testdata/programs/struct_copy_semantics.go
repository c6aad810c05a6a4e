package main

import "fmt"

type In struct{ a [2]int }
type S struct {
	n  int
	in In
	p  *In
	s  []int
	m  map[string]int
}

func byVal(s S)  { s.n, s.in.a[0], s.p.a[0], s.s[0], s.m["k"] = 1, 1, 1, 1, 1 }
func ret(s *S) S { return *s }

func main() {
	s := S{p: &In{}, s: make([]int, 1), m: map[string]int{}}
	byVal(s)
	fmt.Println(s.n, s.in, *s.p, s.s, s.m)
	t := s
	t.in.a[1] = 7
	t.s = append(t.s, 2)
	fmt.Println(s.in, t.in, len(s.s), len(t.s))
	u := ret(&s)
	u.n = 9
	fmt.Println(s.n, u.n)
	arr := []S{s, t}
	for i, x := range arr {
		x.n = 50
		arr[i].n += 5
	}
	fmt.Println(arr[0].n, arr[1].n)
	var i any = s
	s.n = 77
	fmt.Println(i.(S).n, s.n)
	c := make(chan S, 1)
	c <- s
	s.n = 78
	fmt.Println((<-c).n)
	f := func() S { return s }
	x := f()
	x.n++
	fmt.Println(s.n, x.n)
	m := map[int]S{1: s}
	s.n = 0
	fmt.Println(m[1].n)
	a := [2]In{}
	for i := range a {
		p := &a[i]
		p.a[0] = i + 1
	}
	b := a
	b[0].a[0] = 100
	fmt.Println(a, b)
	pa := &a
	qa := *pa
	pa[1].a[1] = 5
	fmt.Println(qa[1], a[1])
	s, t = t, s
	fmt.Println(s.in, t.in)
}
