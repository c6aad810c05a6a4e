package main

import (
	"fmt"
	"strings"
)

type Board []int

func (b Board) safe(row, col int) bool {
	for r := 0; r < row; r++ {
		c := b[r]
		if c == col || c-col == row-r || col-c == row-r {
			return false
		}
	}
	return true
}

func solve(b Board, row int, found func(Board)) {
	if row == len(b) {
		found(b)
		return
	}
	for col := range b {
		if b.safe(row, col) {
			b[row] = col
			solve(b, row+1, found)
		}
	}
}

func (b Board) String() string {
	var sb strings.Builder
	for _, c := range b {
		sb.WriteString(strings.Repeat(". ", c) + "Q " + strings.Repeat(". ", len(b)-c-1) + "\n")
	}
	return sb.String()
}

func main() {
	count := 0
	solve(make(Board, 7), 0, func(b Board) {
		if count == 0 {
			fmt.Print(b)
		}
		count++
	})
	fmt.Println(count, "solutions")
}
