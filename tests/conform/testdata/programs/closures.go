package main

import "fmt"

func counter() (func() int, func()) {
	n := 0
	return func() int { n++; return n }, func() { n = 0 }
}

func compose(fs ...func(int) int) func(int) int {
	return func(x int) int {
		for _, f := range fs {
			x = f(x)
		}
		return x
	}
}

func memo(f func(int) int) func(int) int {
	cache := map[int]int{}
	return func(n int) int {
		if v, ok := cache[n]; ok {
			return v
		}
		v := f(n)
		cache[n] = v
		return v
	}
}

type op func(a, b int) int

func curry(f op) func(int) func(int) int {
	return func(a int) func(int) int { return func(b int) int { return f(a, b) } }
}

func main() {
	next, reset := counter()
	fmt.Println(next(), next())
	reset()
	fmt.Println(next())
	f := compose(func(x int) int { return x + 1 }, func(x int) int { return x * 10 })
	fmt.Println(f(4))
	var fib func(int) int
	fib = memo(func(n int) int {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	})
	fmt.Println(fib(80))
	add := curry(func(a, b int) int { return a + b })
	fmt.Println(add(3)(4))
	x := 1
	p := &x
	g := func() { x += 5; *p *= 2 }
	g()
	g()
	fmt.Println(x, *p)
	func(args ...any) { fmt.Println(len(args), args) }(1, "a", nil)
	ops := map[string]op{"+": func(a, b int) int { return a + b }, "-": func(a, b int) int { return a - b }}
	fmt.Println(ops["+"](1, 2), ops["-"](1, 2), ops["*"] == nil)
	arr := [2]int{1, 2}
	h := func() [2]int { arr[0]++; return arr }
	c := h()
	arr[1] = 9
	fmt.Println(c, h())
	fmt.Println(func() (int, string) { return 1, "two" }())
	var rec func(depth int) int
	rec = func(d int) int {
		local := d * 2
		inner := func() int { local++; return local }
		if d == 0 {
			return inner()
		}
		return inner() + rec(d-1)
	}
	fmt.Println(rec(3))
}
