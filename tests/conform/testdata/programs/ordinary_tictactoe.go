package main

import "fmt"

type Board [3][3]rune

func (b *Board) Play(r, c int, p rune) error {
	if r < 0 || r > 2 || c < 0 || c > 2 {
		return fmt.Errorf("(%d,%d) is outside", r, c)
	}
	if b[r][c] != 0 {
		return fmt.Errorf("(%d,%d) is taken by %c", r, c, b[r][c])
	}
	b[r][c] = p
	return nil
}

func (b Board) Winner() rune {
	lines := [][3][2]int{{{0, 0}, {1, 1}, {2, 2}}, {{0, 2}, {1, 1}, {2, 0}}}
	for i := range 3 {
		lines = append(lines, [3][2]int{{i, 0}, {i, 1}, {i, 2}}, [3][2]int{{0, i}, {1, i}, {2, i}})
	}
	for _, l := range lines {
		x := b[l[0][0]][l[0][1]]
		if x != 0 && x == b[l[1][0]][l[1][1]] && x == b[l[2][0]][l[2][1]] {
			return x
		}
	}
	return 0
}

func (b Board) String() (s string) {
	for _, row := range b {
		for _, c := range row {
			if c == 0 {
				c = '.'
			}
			s += string(c) + " "
		}
		s += "\n"
	}
	return
}

func main() {
	var b Board
	p := 'X'
	for _, m := range [][2]int{{0, 0}, {1, 1}, {0, 0}, {0, 1}, {2, 2}, {0, 2}, {5, 5}} {
		if err := b.Play(m[0], m[1], p); err != nil {
			fmt.Println("error:", err)
			continue
		}
		if w := b.Winner(); w != 0 {
			fmt.Printf("%c wins\n", w)
			break
		}
		if p == 'X' {
			p = 'O'
		} else {
			p = 'X'
		}
	}
	fmt.Print(b)
}
