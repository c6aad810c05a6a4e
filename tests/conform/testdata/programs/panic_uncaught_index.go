package main

import "fmt"

func get(xs []int, i int) int { return xs[i] }

func main() {
	defer fmt.Println("deferred runs")
	fmt.Println("before")
	get([]int{1, 2, 3}, 5)
	fmt.Println("never")
}
