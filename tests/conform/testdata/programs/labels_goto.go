package main

import "fmt"

func search(m [][]int, want int) (int, int) {
rows:
	for i, row := range m {
		for j, x := range row {
			switch {
			case x < 0:
				continue rows
			case x == want:
				return i, j
			case x > 99:
				break rows
			}
		}
	}
	return -1, -1
}

func count() (s string) {
	i := 0
again:
	s += fmt.Sprint(i)
	i++
	if i < 5 {
		goto again
	}
	return
}

func dispatch(ch chan int) int {
	n := 0
loop:
	for {
		select {
		case v, ok := <-ch:
			if !ok {
				break loop
			}
			n += v
		}
	}
	return n
}

func block(n int) string {
	if n > 0 {
		goto out
	}
	return "not here"
out:
	return "after"
}

func main() {
	m := [][]int{{1, 2}, {-1, 5}, {3, 5}, {100, 7}, {8}}
	fmt.Println(search(m, 5))
	fmt.Println(search(m, 8))
	fmt.Println(count())
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	close(ch)
	fmt.Println(dispatch(ch))
	fmt.Println(block(1), block(0))
	i := 0
L:
	for {
		switch i {
		case 3:
			break L
		default:
			i++
			continue L
		}
	}
	fmt.Println(i)
}
