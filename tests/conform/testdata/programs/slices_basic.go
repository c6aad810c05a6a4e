package main

import "fmt"

func grow(s []int) { s[0] = 42; s = append(s, 1); s[0] = 43 }

func variadic(pre string, xs ...int) string { return fmt.Sprint(pre, len(xs), xs == nil, xs) }

func main() {
	var s []int
	fmt.Println(s == nil, len(s), cap(s), s)
	for i := range 5 {
		s = append(s, i*i)
	}
	fmt.Println(s, s[1:3], s[:2], s[3:], s[:0], len(s[1:3:4]), cap(s[1:3:4]))
	t := s[1:3:3]
	t = append(t, 100)
	fmt.Println(s, t)
	u := s[1:3]
	u = append(u, 200)
	fmt.Println(s, u)
	grow(s[:1:1])
	fmt.Println(s)
	n := copy(s[1:], s)
	fmt.Println(n, s)
	n = copy([]byte("xyz"), "ab")
	fmt.Println(n, append([]byte("x"), "yz"...), append([]int(nil), s[:2]...))
	s = append(s[:1], s[2:]...)
	fmt.Println(s, len(s))
	fmt.Println(variadic("a"), variadic("b", 1, 2), variadic("c", s...), variadic("d", nil...), variadic("e", []int{}...))
	m := make([][]string, 2)
	for i := range m {
		m[i] = make([]string, i+1, 5)
		m[i][i] = fmt.Sprint(i)
	}
	fmt.Printf("%q %d %d\n", m, len(m[1]), cap(m[1]))
	x := []any{1, "a", nil, []int{1}, map[string]int{"k": 1}}
	fmt.Println(x...)
	fmt.Printf("%v %d %T\n", x, len(x), x)
	lit := []int{5: 1, 2, 0: 7}
	fmt.Println(lit, len(lit))
	ps := []*struct{ n int }{{1}, {2}}
	for _, p := range ps {
		p.n *= 10
	}
	fmt.Println(ps[0].n, ps[1].n)
	fmt.Printf("%v %v %+v\n", []string(nil) == nil, []string{} == nil, []struct{ A, B int }{{1, 2}})
	b := []byte("hello")
	copy(b[1:], b)
	fmt.Println(string(b), string(b[:2]))
	var c [4]int
	cs := c[:]
	cs[2] = 3
	fmt.Println(c, len(cs[4:]))
}
