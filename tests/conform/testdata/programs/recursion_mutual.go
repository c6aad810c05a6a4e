package main

import "fmt"

func isEven(n int) bool {
	if n == 0 {
		return true
	}
	return isOdd(n - 1)
}

func isOdd(n int) bool {
	if n == 0 {
		return false
	}
	return isEven(n - 1)
}

func ackermann(m, n int) int {
	switch {
	case m == 0:
		return n + 1
	case n == 0:
		return ackermann(m-1, 1)
	}
	return ackermann(m-1, ackermann(m, n-1))
}

func hanoi(n int, a, b, c string, move func(string, string)) {
	if n == 0 {
		return
	}
	hanoi(n-1, a, c, b, move)
	move(a, c)
	hanoi(n-1, b, a, c, move)
}

func depth(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + depth(n-1)
}

type Expr interface{ Eval() int }
type Num int
type Add struct{ L, R Expr }
type Neg struct{ Expr }

func (n Num) Eval() int { return int(n) }
func (a Add) Eval() int { return a.L.Eval() + a.R.Eval() }
func (n Neg) Eval() int { return -n.Expr.Eval() }

func main() {
	fmt.Println(isEven(100), isOdd(7))
	fmt.Println(ackermann(2, 3))
	n := 0
	hanoi(5, "a", "b", "c", func(x, y string) { n++ })
	fmt.Println(n)
	fmt.Println(depth(10000))
	fmt.Println(Add{Num(1), Neg{Add{Num(2), Num(3)}}}.Eval())
	fmt.Printf("%v %T\n", Add{Num(1), Neg{Num(2)}}, Neg{Num(1)})
}
