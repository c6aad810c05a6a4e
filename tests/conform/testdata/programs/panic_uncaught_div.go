package main

import "fmt"

func main() {
	xs := []int{4, 2, 0}
	for _, x := range xs {
		fmt.Println(8 / x)
	}
}
