package main

import (
	"errors"
	"fmt"
	"io"
	"math"
)

type S struct {
	a int
	b string
	c any
}
type I interface{ M() }
type V struct{ n int }

func (V) M() {}

type Fn struct{ f func() }

func try(f func() bool) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("panic:", r)
		}
	}()
	fmt.Println(f())
}

func main() {
	fmt.Println(S{1, "a", 2} == S{1, "a", 2}, S{1, "a", 2} == S{1, "a", 2.0}, S{c: S{a: 1}} == S{c: S{a: 1}})
	var i, j I = V{1}, V{1}
	fmt.Println(i == j, i == I(V{2}), i != nil, i == V{1}, any(i) == any(V{1}))
	try(func() bool { return any(Fn{}) == any(Fn{}) })
	try(func() bool { return any([]int{}) == any([]int{}) })
	try(func() bool { return S{c: []int{}} == S{c: []int{}} })
	try(func() bool { return S{a: 1, c: []int{}} == S{a: 2, c: []int{}} })
	try(func() bool { return any(map[int]int{}) == any(1) })
	try(func() bool { return [2]any{1, []int{}} == [2]any{2, []int{}} })
	p, q := &V{1}, &V{1}
	fmt.Println(p == q, *p == *q, any(p) == any(p), any(p) == any(q))
	var e1, e2 error = io.EOF, errors.New("EOF")
	fmt.Println(e1 == e2, e1 == io.EOF)
	c1 := make(chan int)
	c2 := c1
	fmt.Println(c1 == c2, c1 == make(chan int), "a" < "b", "abc" < "abd", "Z" < "a", math.NaN() == math.NaN())
	fmt.Println([2]string{"a"} == [2]string{"a", ""}, struct{}{} == struct{}{}, true != false)
	var np *V
	var ni I
	fmt.Println(np == nil, ni == nil, I(np) == nil, any(np) == any((*V)(nil)))
	z := 0.0
	nz := math.Copysign(0, -1)
	fmt.Println(z == nz, any(z) == any(nz), [1]float64{z} == [1]float64{nz})
}
