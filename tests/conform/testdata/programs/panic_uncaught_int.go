package main

import "fmt"

type code int

func main() {
	defer func() {
		r := recover()
		fmt.Println("saw", r)
		panic(r)
	}()
	panic(code(7))
}
