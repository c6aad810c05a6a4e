package main

import (
	"cmp"
	"fmt"
	"iter"
	"strings"
)

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func (p Pair[K, V]) String() string { return fmt.Sprintf("<%v=%v>", p.Key, p.Val) }

type List[T any] struct {
	head, tail *node[T]
	n          int
}

type node[T any] struct {
	val  T
	next *node[T]
}

func (l *List[T]) Push(v T) {
	n := &node[T]{val: v}
	if l.tail == nil {
		l.head, l.tail = n, n
	} else {
		l.tail.next = n
		l.tail = n
	}
	l.n++
}

func (l *List[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.val) {
				return
			}
			i++
		}
	}
}

type Tree[T cmp.Ordered] struct {
	Left, Right *Tree[T]
	Val         T
}

func (t *Tree[T]) Insert(v T) *Tree[T] {
	if t == nil {
		return &Tree[T]{Val: v}
	}
	switch {
	case v < t.Val:
		t.Left = t.Left.Insert(v)
	case v > t.Val:
		t.Right = t.Right.Insert(v)
	}
	return t
}

func (t *Tree[T]) Walk(f func(T)) {
	if t != nil {
		t.Left.Walk(f)
		f(t.Val)
		t.Right.Walk(f)
	}
}

type Set[T comparable] map[T]struct{}

func (s Set[T]) Add(v T)                                { s[v] = struct{}{} }
func (s Set[T]) Has(v T) bool                           { _, ok := s[v]; return ok }
func MakePair[K comparable, V any](k K, v V) Pair[K, V] { return Pair[K, V]{k, v} }

func main() {
	p := MakePair("a", 1)
	fmt.Println(p, &p, []Pair[string, int]{p})
	fmt.Printf("%T %+v\n", p, struct{ P Pair[string, int] }{p})
	var l List[Pair[string, int]]
	l.Push(p)
	l.Push(MakePair("b", 2))
	for i, v := range l.All() {
		fmt.Println(i, v)
	}
	fmt.Printf("%T %d\n", l.head, l.n)
	var t *Tree[string]
	for _, w := range strings.Fields("the quick brown fox jumps over the lazy dog") {
		t = t.Insert(w)
	}
	t.Walk(func(s string) { fmt.Print(s, " ") })
	fmt.Println()
	s := Set[int]{}
	s.Add(3)
	fmt.Println(s.Has(3), s.Has(4), len(s))
	fmt.Printf("%T %T\n", s, t)
	var x any = MakePair(1, 2.5)
	switch x := x.(type) {
	case Pair[int, int]:
		fmt.Println("ints", x)
	case Pair[int, float64]:
		fmt.Println("int, float", x.Key, x.Val)
	}
}
