package main

import (
	"fmt"
	"iter"
	"slices"
)

type Seq[T any] iter.Seq[T]

func (s Seq[T]) Filter(f func(T) bool) Seq[T] {
	return func(yield func(T) bool) {
		for v := range s {
			if f(v) && !yield(v) {
				return
			}
		}
	}
}

func (s Seq[T]) Take(n int) Seq[T] {
	return func(yield func(T) bool) {
		for v := range s {
			if n--; n < 0 || !yield(v) {
				return
			}
		}
	}
}

func Map[T, U any](s Seq[T], f func(T) U) Seq[U] {
	return func(yield func(U) bool) {
		s(func(v T) bool { return yield(f(v)) })
	}
}

func Nat() Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
}

type Tree struct {
	L, R *Tree
	V    string
}

func (t *Tree) All() iter.Seq[string] { return func(y func(string) bool) { t.push(y) } }
func (t *Tree) push(y func(string) bool) bool {
	return t == nil || t.L.push(y) && y(t.V) && t.R.push(y)
}

func main() {
	for s := range Map(Nat().Filter(func(i int) bool { return i%3 == 0 }).Take(4), func(i int) string { return fmt.Sprintf("<%d>", i) }) {
		fmt.Print(s, " ")
	}
	fmt.Println()
	t := &Tree{&Tree{nil, nil, "a"}, &Tree{&Tree{V: "c"}, nil, "d"}, "b"}
	for v := range t.All() {
		if v == "d" {
			break
		}
		fmt.Print(v)
	}
	fmt.Println()
	fmt.Println(slices.Collect(t.All()), slices.Collect(iter.Seq[int](Nat().Take(3))))
}
