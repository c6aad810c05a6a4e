package main

import (
	"errors"
	"fmt"
)

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Push(v T) { s.items = append(s.items, v) }
func (s *Stack[T]) Pop() (T, error) {
	var zero T
	if len(s.items) == 0 {
		return zero, errors.New("empty stack")
	}
	v := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v, nil
}

type Queue[T any] struct {
	in, out Stack[T]
}

func (q *Queue[T]) Enqueue(v T) { q.in.Push(v) }
func (q *Queue[T]) Dequeue() (T, error) {
	if len(q.out.items) == 0 {
		for len(q.in.items) > 0 {
			v, _ := q.in.Pop()
			q.out.Push(v)
		}
	}
	return q.out.Pop()
}

func balanced(s string) bool {
	pairs := map[rune]rune{')': '(', ']': '[', '}': '{'}
	var st Stack[rune]
	for _, c := range s {
		switch c {
		case '(', '[', '{':
			st.Push(c)
		case ')', ']', '}':
			if top, err := st.Pop(); err != nil || top != pairs[c] {
				return false
			}
		}
	}
	return len(st.items) == 0
}

func main() {
	var q Queue[string]
	q.Enqueue("a")
	q.Enqueue("b")
	fmt.Println(q.Dequeue())
	q.Enqueue("c")
	fmt.Println(q.Dequeue())
	fmt.Println(q.Dequeue())
	fmt.Println(q.Dequeue())
	fmt.Println(balanced("{[()]}"), balanced("(]"), balanced("(("))
}
