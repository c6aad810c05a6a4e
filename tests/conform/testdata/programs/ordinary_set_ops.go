package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type Set[T comparable] map[T]struct{}

func Of[T comparable](xs ...T) Set[T] {
	s := make(Set[T])
	for _, x := range xs {
		s[x] = struct{}{}
	}
	return s
}

func (s Set[T]) Union(o Set[T]) Set[T] {
	r := maps.Clone(s)
	maps.Copy(r, o)
	return r
}

func (s Set[T]) Intersect(o Set[T]) Set[T] {
	r := Of[T]()
	for x := range s {
		if _, ok := o[x]; ok {
			r[x] = struct{}{}
		}
	}
	return r
}

func Sorted[T cmp.Ordered](s Set[T]) []T { return slices.Sorted(maps.Keys(s)) }

func main() {
	a, b := Of(1, 2, 3), Of(3, 4)
	fmt.Println(Sorted(a.Union(b)), Sorted(a.Intersect(b)), len(a))
	w := Of(strings.Fields("to be or not to be")...)
	fmt.Println(Sorted(w), len(w))
}
