package main

import "fmt"

type Vec[T any] = []T
type StrMap[V any] = map[string]V
type Grid = Vec[Vec[int]]

type Box[T any] struct{ V T }
type IntBox = Box[int]

func (b Box[T]) Get() T { return b.V }

func First[T any](v Vec[T]) T { return v[0] }

func main() {
	v := Vec[string]{"a", "b"}
	fmt.Printf("%T %v\n", v, First(v))
	m := StrMap[Vec[int]]{"k": {1, 2}}
	fmt.Printf("%T %v\n", m, m)
	g := Grid{{1}, {2, 3}}
	fmt.Printf("%T %v\n", g, g)
	b := IntBox{4}
	fmt.Printf("%T %v\n", b, b.Get())
}
