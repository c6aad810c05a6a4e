package main

import (
	"errors"
	"fmt"
)

var x = "package"

func f() string { return x }

func g(x int) (y int) {
	y = x
	if x := x * 2; x > 3 {
		y := x
		_ = y
		{
			x := "inner"
			_ = x
		}
		return x
	} else if z := x + 1; z > 0 {
		return z
	}
	return
}

func main() {
	fmt.Println(x, f())
	x := 1
	fmt.Println(x, f())
	{
		x := x + 1
		x++
		fmt.Println(x)
	}
	for x := 0; x < 2; x++ {
		x := x * 10
		fmt.Print(x, " ")
	}
	fmt.Println(x, g(1), g(5))
	len := func(s string) int { return -1 }
	fmt.Println(len("abc"))
	true := false
	fmt.Println(true)
	type int string
	var s int = "a string"
	fmt.Println(s)
	string := func(b []byte) byte { return b[0] }
	fmt.Println(string([]byte("a")))
	err := errors.New("a")
	if _, err := fmt.Sscan("z", new(float64)); err != nil {
		fmt.Println("inner", err)
	}
	fmt.Println(err)
	a, err := 1, error(nil)
	fmt.Println(a, err)
	switch x := any(x).(type) {
	default:
		fmt.Printf("%T\n", x)
	}
	fmt := fmt.Sprint("shadowed fmt")
	print := func(s ...any) {}
	print(fmt)
}
