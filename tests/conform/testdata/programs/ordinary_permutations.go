package main

import (
	"fmt"
	"slices"
	"strings"
)

func permute[T any](a []T, f func([]T)) {
	var rec func(int)
	rec = func(i int) {
		if i == len(a)-1 {
			f(a)
			return
		}
		for j := i; j < len(a); j++ {
			a[i], a[j] = a[j], a[i]
			rec(i + 1)
			a[i], a[j] = a[j], a[i]
		}
	}
	rec(0)
}

func combinations(n, k int) (out [][]int) {
	var cur []int
	var rec func(int)
	rec = func(start int) {
		if len(cur) == k {
			out = append(out, append([]int(nil), cur...))
			return
		}
		for i := start; i <= n; i++ {
			cur = append(cur, i)
			rec(i + 1)
			cur = cur[:len(cur)-1]
		}
	}
	rec(1)
	return
}

func powerset(s []string) [][]string {
	out := [][]string{{}}
	for _, x := range s {
		for _, p := range out {
			out = append(out, append(slices.Clone(p), x))
		}
	}
	return out
}

func main() {
	n := 0
	permute([]string{"a", "b", "c"}, func(p []string) { n++; fmt.Println(strings.Join(p, "")) })
	fmt.Println(n, combinations(4, 2), powerset([]string{"x", "y", "z"}))
}
