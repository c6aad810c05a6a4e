package lower_test

import "testing"

// Types that functions declare are what they are for each set of type arguments: of the
// function, and of their own.
func TestLocalTypes(t *testing.T) {
	got, err := run(`package main

import "fmt"

type Int int

func local[A any](a A) {
	type Int int
	type T[B any] struct {
		a    A
		b    B
		next *T[B]
	}
	fmt.Printf("%T %T %T\n", T[int]{}, T[Int]{}, T[A]{})
	fmt.Println(any(T[int]{}) == any(T[Int]{}), any(T[A]{}) == any(T[int]{}), T[A]{a: a, b: a, next: &T[A]{}}.next.b)
}

func plain() {
	type T[B any] struct{ b B }
	fmt.Println(any(T[int]{}) == any(T[int32]{}), any(T[int]{1}) == any(T[int]{1}))
	fmt.Printf("%T %+v\n", T[string]{"x"}, T[string]{"x"})
}

func main() {
	local(1)
	local(Int(1))
	plain()
}
`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `main.T[int;int] main.T[int;main.Int[int]·1] main.T[int;int]
false true 0
main.T[main.Int;int] main.T[main.Int;main.Int[main.Int]·1] main.T[main.Int;main.Int]
false false 0
false true
main.T[string] {b:x}
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
