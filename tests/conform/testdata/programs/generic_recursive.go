package main

import (
	"fmt"
	"strings"
)

type Ordered[T any] interface {
	Less(T) bool
}

type Age int

func (a Age) Less(b Age) bool { return a < b }

func Min[T Ordered[T]](a, b T) T {
	if a.Less(b) {
		return a
	}
	return b
}

type Graph[K comparable] struct{ edges map[K][]K }

func NewGraph[K comparable]() *Graph[K] { return &Graph[K]{edges: map[K][]K{}} }

func (g *Graph[K]) Link(a, b K) { g.edges[a] = append(g.edges[a], b) }

func (g *Graph[K]) Walk(from K, visit func(K, int)) {
	seen := map[K]bool{}
	var walk func(k K, depth int)
	walk = func(k K, depth int) {
		if seen[k] {
			return
		}
		seen[k] = true
		visit(k, depth)
		for _, n := range g.edges[k] {
			walk(n, depth+1)
		}
	}
	walk(from, 0)
}

func Even[T ~int](n T) bool {
	if n == 0 {
		return true
	}
	return Odd(n - 1)
}

func Odd[T ~int](n T) bool {
	if n == 0 {
		return false
	}
	return Even(n - 1)
}

type Nested[T any] struct {
	Val  T
	Kids []*Nested[T]
}

func (n *Nested[T]) Depth() int {
	d := 0
	for _, k := range n.Kids {
		d = max(d, k.Depth())
	}
	return d + 1
}

func main() {
	fmt.Println(Min(Age(3), Age(2)))
	g := NewGraph[string]()
	g.Link("a", "b")
	g.Link("b", "c")
	g.Link("c", "a")
	g.Link("a", "d")
	g.Walk("a", func(s string, d int) { fmt.Println(strings.Repeat(" ", d), s) })
	fmt.Println(Even(10), Odd(Age(7)))
	n := &Nested[int]{1, []*Nested[int]{{2, nil}, {3, []*Nested[int]{{4, nil}}}}}
	fmt.Println(n.Depth())
	fmt.Printf("%T\n", n)
}
