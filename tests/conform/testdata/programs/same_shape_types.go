package main

import (
	"fmt"
	"reflect"
)

type Celsius float64
type Fahrenheit float64
type A struct{ X int }
type B struct{ X int }

func (A) Who() string { return "A" }
func (B) Who() string { return "B" }

type Who interface{ Who() string }

func CToF(c Celsius) Fahrenheit { return Fahrenheit(c*9/5 + 32) }

func kind(x any) string {
	switch x.(type) {
	case Celsius:
		return "C"
	case Fahrenheit:
		return "F"
	case float64:
		return "float64"
	case []A:
		return "[]A"
	case []B:
		return "[]B"
	case map[string]A:
		return "map A"
	case map[string]B:
		return "map B"
	case *A:
		return "*A"
	case *B:
		return "*B"
	case func(A) B:
		return "func(A) B"
	}
	return "?"
}

func main() {
	fmt.Println(kind(Celsius(1)), kind(Fahrenheit(1)), kind(1.0), kind([]A{}), kind([]B{}), kind(map[string]B{}), kind(&A{}), kind(&B{}), kind(func(A) B { return B{} }))
	fmt.Println(any(A{1}) == any(B{1}), any(A{1}) == any(A{1}), any(Celsius(1)) == any(Fahrenheit(1)))
	fmt.Println(A(B{3}), Who(A{}).Who(), Who(B(A{})).Who())
	m := map[any]string{A{1}: "a", B{1}: "b", Celsius(1): "c", 1.0: "f"}
	fmt.Println(len(m), m[A{1}], m[B{1}], m[Celsius(1)], m[1.0])
	fmt.Printf("%.1f %T\n", CToF(100), CToF(100))
	f := func() any { type A struct{ X int }; return A{1} }
	fmt.Println(f() == any(A{1}), f() == f())
	var w Who = A{1}
	_, ok := w.(B)
	fmt.Println(ok, reflect.TypeOf(A{}) == reflect.TypeOf(B{}))
}
