package main

import "fmt"

func main() {
	print("to stderr ", 1, " ", true, " ", 'x', "\n")
	println("a", 2, nil == nil2(), uint8(3), -4)
	fmt.Println("stdout")
	println(1.5, 2i)
	var s []int
	println(len(s), cap(s), "é")
}

func nil2() error { return nil }
