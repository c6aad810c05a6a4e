package main

import (
	"fmt"
	"reflect"
)

type T struct {
	_ int
	A int
	_ string
}

var _ = fmt.Sprint("x")
var _ fmt.Stringer = (*S)(nil)

type S struct{}

func (*S) String() string             { return "s" }
func _()                              { panic("never") }
func f(_ int, _ ...string) (_, x int) { x = 3; return }

const _ = iota

func main() {
	_ = T{A: 1}
	_, x := f(1)
	for range 2 {
	}
	for _, c := range "ab" {
		_ = c
	}
	fmt.Println(x, T{A: 2} == T{A: 2}, reflect.TypeOf(T{}).NumField())
	var _ int = 5
	_ = func() {}
	switch _ = x; {
	default:
	}
	fmt.Printf("%+v\n", T{A: 9})
	m := map[string]struct{ _, b int }{"a": {b: 1}}
	fmt.Println(m)
}
