package main

import "fmt"

type Guesser struct {
	lo, hi int
	tries  int
}

func (g *Guesser) Next() int { g.tries++; return (g.lo + g.hi) / 2 }
func (g *Guesser) Feedback(guess, cmp int) {
	if cmp < 0 {
		g.lo = guess + 1
	} else {
		g.hi = guess - 1
	}
}

func play(secret int) int {
	g := &Guesser{lo: 1, hi: 100}
	for {
		n := g.Next()
		switch {
		case n < secret:
			g.Feedback(n, -1)
		case n > secret:
			g.Feedback(n, 1)
		default:
			return g.tries
		}
	}
}

func main() {
	worst := 0
	for s := 1; s <= 100; s++ {
		worst = max(worst, play(s))
	}
	fmt.Println("worst case:", worst, "tries; for 37:", play(37))
}
