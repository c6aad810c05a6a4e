package main

import (
	"fmt"
	"reflect"
)

type intish interface{ ~int }

type Int int

type GlobalInt = Int // the type, where another one hides it

// Types that a generic function declares are others in each instance, and may be
// generic themselves.
func local[A intish]() {
	show := func(a, b, t any) {
		fmt.Println(reflect.TypeOf(a), reflect.TypeOf(b), reflect.TypeOf(t))
	}
	type Int int
	type T[B intish] struct {
		a A
		b B
	}
	show(A(0), 0, T[int]{1, 2})
	show(A(0), Int(0), T[Int]{})
	show(A(0), GlobalInt(0), T[GlobalInt]{})
	show(A(0), A(0), T[A]{})
	fmt.Println(any(T[int]{}) == any(T[Int]{}), any(T[int]{}) == any(T[A]{}), T[int]{1, 2})
	type U[_ any] int
	type V U[int]
	show(U[int](0), V(0), T[U[int]]{})
	show(U[Int](0), V(0), T[V]{})
}

// A list that mentions itself.
func list[A any](values ...A) {
	type Node[B any] struct {
		value B
		from  A
		next  *Node[B]
	}
	var n *Node[string]
	for _, v := range values {
		n = &Node[string]{fmt.Sprint(v), v, n}
	}
	for ; n != nil; n = n.next {
		fmt.Printf("%T %s %v; ", *n, n.value, n.from)
	}
	fmt.Println()
}

// In a function that isn't generic.
func plain() {
	type Pair[A, B any] struct {
		a A
		b B
	}
	var x, y any = Pair[int, string]{1, "x"}, Pair[string, int]{"x", 1}
	_, same := y.(Pair[int, string])
	fmt.Printf("%T %v %T %v %v\n", x, x, y, y, same)
}

func main() {
	local[int]()
	local[Int]()
	list(1, 2)
	list("a", "b")
	plain()
}
