package main

import (
	"fmt"
	"strings"
)

type Node struct {
	Value int
	Next  *Node
}

type LinkedList struct {
	Head *Node
	Size int
}

func (l *LinkedList) Append(v int) {
	l.Size++
	if l.Head == nil {
		l.Head = &Node{Value: v}
		return
	}
	n := l.Head
	for n.Next != nil {
		n = n.Next
	}
	n.Next = &Node{Value: v}
}

func (l *LinkedList) Remove(v int) bool {
	for p := &l.Head; *p != nil; p = &(*p).Next {
		if (*p).Value == v {
			*p = (*p).Next
			l.Size--
			return true
		}
	}
	return false
}

func (l *LinkedList) Reverse() {
	var prev *Node
	for cur := l.Head; cur != nil; {
		cur.Next, prev, cur = prev, cur, cur.Next
	}
	l.Head = prev
}

func (l LinkedList) String() string {
	var parts []string
	for n := l.Head; n != nil; n = n.Next {
		parts = append(parts, fmt.Sprint(n.Value))
	}
	return strings.Join(parts, " -> ")
}

func main() {
	l := &LinkedList{}
	for i := 1; i <= 5; i++ {
		l.Append(i * 10)
	}
	fmt.Println(l, l.Size)
	fmt.Println(l.Remove(30), l.Remove(99), l)
	l.Reverse()
	fmt.Println(l)
}
