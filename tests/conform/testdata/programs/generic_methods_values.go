package main

import "fmt"

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Push(x T) { s.items = append(s.items, x) }
func (s *Stack[T]) Pop() (x T, ok bool) {
	if len(s.items) == 0 {
		return x, false
	}
	x = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}
func (s Stack[T]) Len() int { return len(s.items) }

func apply[T any](f func(T), xs ...T) {
	for _, x := range xs {
		f(x)
	}
}

func main() {
	var s Stack[string]
	push := s.Push
	apply(push, "a", "b", "c")
	pop := (*Stack[string]).Pop
	x, ok := pop(&s)
	fmt.Println(x, ok, Stack[string].Len(s))
	fmt.Printf("%T\n%T\n", push, pop)
	e := &Stack[error]{}
	v, ok := e.Pop()
	fmt.Println(v, ok)
	type local struct{ n int }
	var q Stack[local]
	q.Push(local{1})
	fmt.Printf("%v %T\n", q, q)
}
