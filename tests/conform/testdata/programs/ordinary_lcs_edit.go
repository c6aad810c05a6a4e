package main

import "fmt"

func edit(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	prev := make([]int, len(rb)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		cur := []int{i}
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			cur = append(cur, min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost))
		}
		prev = cur
	}
	return prev[len(rb)]
}

func lcs(a, b string) string {
	memo := map[[2]int]string{}
	var rec func(i, j int) string
	rec = func(i, j int) string {
		if i == len(a) || j == len(b) {
			return ""
		}
		k := [2]int{i, j}
		if s, ok := memo[k]; ok {
			return s
		}
		var s string
		if a[i] == b[j] {
			s = string(a[i]) + rec(i+1, j+1)
		} else if x, y := rec(i+1, j), rec(i, j+1); len(x) >= len(y) {
			s = x
		} else {
			s = y
		}
		memo[k] = s
		return s
	}
	return rec(0, 0)
}

func main() {
	fmt.Println(edit("kitten", "sitting"), edit("", "abc"), edit("größe", "grosse"))
	fmt.Println(lcs("AGGTAB", "GXTXAYB"))
}
