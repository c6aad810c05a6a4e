package main

import (
	"fmt"
	"strings"
)

type pt struct{ r, c int }

var maze = []string{
	"S.#.....",
	"..#.##.#",
	".##.#...",
	"......#E",
}

func find(ch byte) pt {
	for r, row := range maze {
		if c := strings.IndexByte(row, ch); c >= 0 {
			return pt{r, c}
		}
	}
	panic(fmt.Sprintf("no %c", ch))
}

func main() {
	start, end := find('S'), find('E')
	prev := map[pt]pt{start: start}
	for q := []pt{start}; len(q) > 0; {
		p := q[0]
		q = q[1:]
		if p == end {
			break
		}
		for _, d := range []pt{{0, 1}, {1, 0}, {0, -1}, {-1, 0}} {
			n := pt{p.r + d.r, p.c + d.c}
			if n.r < 0 || n.c < 0 || n.r >= len(maze) || n.c >= len(maze[0]) || maze[n.r][n.c] == '#' {
				continue
			}
			if _, seen := prev[n]; !seen {
				prev[n] = p
				q = append(q, n)
			}
		}
	}
	grid := make([][]byte, len(maze))
	for i := range maze {
		grid[i] = []byte(maze[i])
	}
	steps := 0
	for p := end; p != start; p = prev[p] {
		steps++
		if grid[p.r][p.c] == '.' {
			grid[p.r][p.c] = '*'
		}
	}
	fmt.Println(steps)
	for _, row := range grid {
		fmt.Println(string(row))
	}
}
