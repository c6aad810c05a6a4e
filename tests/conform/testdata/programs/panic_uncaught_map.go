package main

import "fmt"

func main() {
	var counts map[string]int
	fmt.Println(counts["a"], len(counts))
	counts["a"]++
}
