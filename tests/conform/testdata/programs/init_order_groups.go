package main

import "fmt"

var (
	a = b + 1
	b = f("b", 3)
	c = f("c", a)
	z int
	d = func() int { z++; return f("d", z) }()
)

var z2 = g()

func g() int { z++; return z }

var _ = f("blank", z)

func f(s string, n int) int { fmt.Println(s, n); return n }

func init() { fmt.Println("init", a, b, c, d, z, z2) }

func main() {
	fmt.Println(a, b, c, d, z, z2)
}
