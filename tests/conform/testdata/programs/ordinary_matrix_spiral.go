package main

import "fmt"

func spiral(n int) [][]int {
	m := make([][]int, n)
	for i := range m {
		m[i] = make([]int, n)
	}
	dirs := [...]struct{ dr, dc int }{{0, 1}, {1, 0}, {0, -1}, {-1, 0}}
	r, c, d := 0, 0, 0
	for k := 1; k <= n*n; k++ {
		m[r][c] = k
		nr, nc := r+dirs[d].dr, c+dirs[d].dc
		if nr < 0 || nr >= n || nc < 0 || nc >= n || m[nr][nc] != 0 {
			d = (d + 1) % 4
			nr, nc = r+dirs[d].dr, c+dirs[d].dc
		}
		r, c = nr, nc
	}
	return m
}

func pascal(n int) {
	row := []int{1}
	for range n {
		fmt.Println(row)
		next := make([]int, len(row)+1)
		for i, v := range row {
			next[i] += v
			next[i+1] += v
		}
		row = next
	}
}

func main() {
	for _, row := range spiral(4) {
		for _, v := range row {
			fmt.Printf("%3d", v)
		}
		fmt.Println()
	}
	pascal(6)
}
