package main

import (
	"errors"
	"fmt"
	"strconv"
)

func split(sum int) (x, y int) {
	x = sum * 4 / 9
	y = sum - x
	return
}

func early(n int) (s string, err error) {
	if n < 0 {
		err = errors.New("negative")
		return
	}
	s = strconv.Itoa(n)
	return s, nil
}

func swapped() (a, b int) {
	a, b = 1, 2
	return b, a
}

func zero() (a int, b string, c []int, d map[int]int, e error) { return }

func again() (n int) {
	n++
	return
}

func multi() (int, string, error)             { return 1, "a", nil }
func take(n int, s string, err error) string  { return fmt.Sprint(n, s, err) }
func blank(_ int, _ string) (_ int, s string) { s = "b"; return }

func main() {
	fmt.Println(split(17))
	fmt.Println(early(-1))
	fmt.Println(early(5))
	fmt.Println(swapped())
	fmt.Println(zero())
	fmt.Println(again(), again())
	fmt.Println(take(multi()))
	fmt.Println(multi())
	fmt.Println(blank(1, "x"))
	f := func() (r int) { defer func() { r++ }(); r = 5; return r * 2 }
	fmt.Println(f())
}
