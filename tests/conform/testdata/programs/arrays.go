package main

import "fmt"

type Matrix [2][3]int

func change(a [3]int) [3]int { a[0] = 100; return a }
func changep(a *[3]int)      { a[0] = 100 }

func main() {
	a := [3]int{1, 2, 3}
	b := a
	b[0] = 9
	fmt.Println(a, b, a == b, a == [3]int{1, 2, 3}, change(a), a)
	changep(&a)
	fmt.Println(a, len(a), cap(a))
	s := [...]string{2: "c", 0: "a"}
	fmt.Printf("%q %d %T\n", s, len(s), s)
	var m Matrix
	m[1][2] = 5
	n := m
	n[1][2]++
	fmt.Println(m, n, len(m), len(m[0]))
	p := &m
	for i, row := range p {
		fmt.Print(i, row, " ")
	}
	p[0][0] = 1
	fmt.Println(m[0], p[:1])
	sl := a[1:]
	sl[0] = 77
	fmt.Println(a, sl, cap(sl))
	keys := map[[2]int]string{{1, 2}: "x"}
	fmt.Println(keys[[2]int{1, 2}])
	type cell struct{ v [2]int }
	grid := [2]cell{{[2]int{1, 2}}}
	c := grid[0]
	c.v[1] = 8
	fmt.Println(grid, c)
	arrs := [][2]int{{1, 2}, {3, 4}}
	for _, x := range arrs {
		x[0] = 0
	}
	for i := range arrs {
		arrs[i][1] = 0
	}
	fmt.Println(arrs)
	conv := [2]int(a[:])
	pa := (*[2]int)(a[:2])
	pa[0] = -1
	fmt.Println(conv, a)
	f := func() [2]string { return [2]string{"x", "y"} }
	fmt.Println(f()[1], len(f()))
	var iface any = a
	a[0] = 5
	fmt.Println(iface, iface == any(a))
	idx := [...]bool{'a': true, 'c': true}
	fmt.Println(len(idx), idx['a'], idx['b'])
	var z [0]int
	fmt.Println(len(z), z)
	for i := range len(a) {
		a[i] += i
	}
	fmt.Println(a)
}
