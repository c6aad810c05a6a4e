package main

import (
	"fmt"
	"math"
)

type T float32

func main() {
	fmt.Println(min(3, 1, 2), max(3, 1.5), min("b", "a"), max(T(1), 2))
	fmt.Printf("%T %T\n", max(1, 2.0), min(T(1), 2))
	nan := math.NaN()
	fmt.Println(min(1, nan), max(nan, 1), math.Signbit(min(0.0, math.Copysign(0, -1))))
	x, y := 4, 7
	fmt.Println(max(x, y, 5), min(x, y))
	m := map[string]int{"a": 1}
	clear(m)
	fmt.Println(len(m), m)
	mn := map[float64]int{nan: 1, 1: 2}
	clear(mn)
	fmt.Println(len(mn))
	s := []int{1, 2, 3}
	clear(s[:2])
	fmt.Println(s)
	const c = min(1, 2)
	var a [c]int
	fmt.Println(len(a))
}
