package main

import (
	"fmt"
	"strings"
)

type Grid [][]bool

func parse(s string) Grid {
	var g Grid
	for _, l := range strings.Fields(s) {
		row := make([]bool, len(l))
		for i, c := range l {
			row[i] = c == '#'
		}
		g = append(g, row)
	}
	return g
}

func (g Grid) neighbours(y, x int) (n int) {
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			if (dy != 0 || dx != 0) && g[(y+dy+len(g))%len(g)][(x+dx+len(g[0]))%len(g[0])] {
				n++
			}
		}
	}
	return
}

func (g Grid) Step() Grid {
	next := make(Grid, len(g))
	for y := range g {
		next[y] = make([]bool, len(g[y]))
		for x := range g[y] {
			n := g.neighbours(y, x)
			next[y][x] = n == 3 || n == 2 && g[y][x]
		}
	}
	return next
}

func (g Grid) String() string {
	var b strings.Builder
	for _, row := range g {
		for _, c := range row {
			if c {
				b.WriteByte('#')
			} else {
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func main() {
	g := parse(".#...... ..#..... ###..... ........ ........ ........")
	for i := range 4 {
		fmt.Printf("generation %d\n%v", i, g)
		g = g.Step()
	}
}
