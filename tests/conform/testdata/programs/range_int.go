package main

import "fmt"

type N uint8

func main() {
	for i := range 3 {
		fmt.Print(i, " ")
	}
	for range 2 {
		fmt.Print("x ")
	}
	var n int64 = 2
	for i := range n {
		fmt.Printf("%T%d ", i, i)
	}
	for i := range N(3) {
		fmt.Printf("%T%d ", i, i)
	}
	const c = 2
	for i := range c {
		fmt.Printf("%T ", i)
	}
	for i := range -3 {
		fmt.Println("never", i)
	}
	fmt.Println()
	k := 3
	for i := range k {
		k = 10
		i *= 2
		fmt.Print(i, ",")
	}
	fmt.Println(k)
	var fs []func() int
	for i := range 3 {
		fs = append(fs, func() int { i += 10; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
}
