package main

import (
	"cmp"
	"fmt"
	"sort"
)

func quick(a []int) []int {
	if len(a) < 2 {
		return a
	}
	left, right := 0, len(a)-1
	pivot := len(a) / 2
	a[pivot], a[right] = a[right], a[pivot]
	for i := range a {
		if a[i] < a[right] {
			a[left], a[i] = a[i], a[left]
			left++
		}
	}
	a[left], a[right] = a[right], a[left]
	quick(a[:left])
	quick(a[left+1:])
	return a
}

func functional[T cmp.Ordered](a []T) []T {
	if len(a) == 0 {
		return nil
	}
	var lo, hi []T
	for _, x := range a[1:] {
		if x < a[0] {
			lo = append(lo, x)
		} else {
			hi = append(hi, x)
		}
	}
	return append(append(functional(lo), a[0]), functional(hi)...)
}

func main() {
	fmt.Println(quick([]int{9, -3, 5, 0, 1, 25, 5, -7}))
	fmt.Println(functional([]string{"pear", "fig", "apple", "kiwi"}))
	fmt.Println(functional([]float64{2.5, -1, 9}))
	x := make([]int, 500)
	for i := range x {
		x[i] = i * 7919 % 1009
	}
	fmt.Println(sort.IntsAreSorted(quick(x)))
}
