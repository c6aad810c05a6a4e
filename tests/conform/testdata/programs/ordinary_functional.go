package main

import (
	"fmt"
	"strconv"
	"strings"
)

type Pair[A, B any] struct {
	First  A
	Second B
}

func Map[T, U any](s []T, f func(T) U) []U {
	r := make([]U, len(s))
	for i, v := range s {
		r[i] = f(v)
	}
	return r
}

func Zip[A, B any](a []A, b []B) []Pair[A, B] {
	n := min(len(a), len(b))
	r := make([]Pair[A, B], n)
	for i := range n {
		r[i] = Pair[A, B]{a[i], b[i]}
	}
	return r
}

func GroupBy[T any, K comparable](s []T, f func(T) K) map[K][]T {
	m := map[K][]T{}
	for _, v := range s {
		m[f(v)] = append(m[f(v)], v)
	}
	return m
}

func Partial[A, B, C any](f func(A, B) C, a A) func(B) C { return func(b B) C { return f(a, b) } }

func Fold[T, A any](s []T, init A, f func(A, T) A) A {
	for _, v := range s {
		init = f(init, v)
	}
	return init
}

func main() {
	words := strings.Fields("apple avocado banana blueberry cherry")
	fmt.Println(Map(words, func(s string) int { return len(s) }))
	fmt.Println(Zip(words, []int{1, 2, 3}))
	fmt.Println(GroupBy(words, func(s string) byte { return s[0] }))
	add := Partial(func(a, b int) int { return a + b }, 10)
	fmt.Println(add(5), Fold([]int{1, 2, 3}, "", func(a string, i int) string { return a + strconv.Itoa(i) }))
	fmt.Printf("%T %+v\n", Zip(words, []int{}), Pair[string, []int]{"x", []int{1}})
}
