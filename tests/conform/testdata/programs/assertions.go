package main

import (
	"fmt"
	"runtime"
)

type I interface{ M() }
type J interface {
	I
	N(int) string
}
type A struct{}

func (A) M() {}

type B struct{}

func (*B) M()             {}
func (*B) N(i int) string { return fmt.Sprint(i) }

func try(name string, f func()) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		_, isRuntime := r.(runtime.Error)
		_, isTA := r.(*runtime.TypeAssertionError)
		fmt.Println(name, "|", r, "|", isRuntime, isTA)
	}()
	f()
}

func main() {
	var x any = 1
	n, ok := x.(int)
	fmt.Println(n, ok)
	s, ok := x.(string)
	fmt.Printf("%q %v\n", s, ok)
	_, ok = x.(fmt.Stringer)
	fmt.Println(ok)
	var i I = A{}
	_, ok = i.(J)
	fmt.Println(ok)
	i = &B{}
	j, ok := i.(J)
	fmt.Println(j.N(3), ok)
	try("string", func() { _ = x.(string) })
	try("stringer", func() { _ = x.(fmt.Stringer) })
	try("nil", func() { var e any; _ = e.(int) })
	try("nil iface", func() { var e I; _ = e.(J) })
	try("missing", func() { var e I = A{}; _ = e.(J) })
	try("pointer", func() { var e any = B{}; _ = e.(I) })
	try("other", func() { var e I = A{}; _ = e.(*B) })
	try("nil method", func() { var e I; e.M() })
	try("error", func() { var e any = "x"; _ = e.(error) })
}
