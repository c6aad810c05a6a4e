package main

import "fmt"

type T struct {
	n int
	p *T
}

func set(p *int, v int)   { *p = v }
func alloc() *int         { x := 5; return &x }
func swap[E any](a, b *E) { *a, *b = *b, *a }
func pp(p **int)          { *p = alloc() }
func fields(t *T) *int    { return &t.n }

func main() {
	x := 1
	p := &x
	set(p, 9)
	fmt.Println(x, *p, p == &x)
	q := alloc()
	*q++
	fmt.Println(*q)
	y := 2
	swap(&x, &y)
	fmt.Println(x, y)
	pp(&p)
	fmt.Println(*p, x)
	t := T{n: 1}
	*fields(&t) += 5
	t.p = &t
	t.p.p.n++
	fmt.Println(t.n)
	s := []int{1, 2, 3}
	e := &s[1]
	*e = 20
	s = append(s, 4)
	*e = 30
	fmt.Println(s, *e)
	a := [2]T{}
	ap := &a[1].n
	*ap = 7
	fmt.Println(a[1].n)
	m := new(map[string]int)
	fmt.Println(*m == nil)
	*m = map[string]int{"a": 1}
	(*m)["b"] = 2
	fmt.Println(len(*m))
	n := new(int)
	*n += 3
	fmt.Println(*n, new(struct{ a int }).a)
	f := &func() *T { return &T{n: 3} }().n
	fmt.Println(*f)
	var np *T
	fmt.Println(np == nil, (*T)(nil) == np)
	pa := &[3]int{1, 2, 3}
	for i := range pa {
		pa[i] *= 2
	}
	fmt.Println(*pa, len(pa), pa[1:])
	var i any = p
	*(i.(*int)) = 100
	fmt.Println(*p)
	c := &T{n: 1}
	d := *c
	d.n = 2
	fmt.Println(c.n, d.n)
	fn := new(func() int)
	*fn = func() int { return 12 }
	fmt.Println((*fn)())
	z := new(42)
	fmt.Println(*z)
}
