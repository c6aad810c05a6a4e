package main

import (
	"fmt"
	"strings"
)

var log []string

func v(s string, n int) int { log = append(log, s); return n }
func m() map[int]int        { log = append(log, "m"); return map[int]int{} }
func sl() []int             { log = append(log, "sl"); return make([]int, 5) }

func two() (int, int) { log = append(log, "two"); return 1, 2 }

func show() { fmt.Println(strings.Join(log, " ")); log = nil }

type T struct{ a, b int }

func (t T) f(n int) T { log = append(log, fmt.Sprint("f", n)); return t }

func main() {
	sl()[v("i", 1)] = v("r", 2)
	show()
	m()[v("k", 1)] = v("val", 2)
	show()
	_ = v("a", 1) + v("b", 2)*v("c", 3)
	show()
	_ = []int{v("x", 1), v("y", 2)}
	_ = T{b: v("b", 1), a: v("a", 2)}
	show()
	_ = fmt.Sprint(v("1", 1), v("2", 2))
	_, _ = v("l", 1), v("r", 2)
	show()
	_ = v("t", 1) == 1 || v("never", 1) == 1
	_ = v("f", 0) == 1 && v("never", 1) == 1
	show()
	T{}.f(v("p", 1)).f(v("q", 2))
	show()
	a := []int{1, 2, 3}
	i := 0
	i, a[i] = 2, 9
	fmt.Println(i, a)
	a[0], a[1], a[2] = a[2], a[0], a[1]
	fmt.Println(a)
	x, y := 1, 2
	x, y = y, x+y
	fmt.Println(x, y)
	p := &T{1, 2}
	p.a, p = 5, nil
	fmt.Println(p == nil)
	arr := [3]int{1, 2, 3}
	for i, x := range arr {
		arr[2] = 10
		fmt.Print(i, x, " ")
	}
	s := []int{1, 2, 3}
	for i, x := range s {
		s[2] = 10
		if i == 0 {
			s = append(s, 4)
		}
		fmt.Print(i, x, " ")
	}
	fmt.Println(len(s))
	s[two2()], s[0] = two()
	show()
	fmt.Println(s)
}

func two2() int { log = append(log, "two2"); return 1 }
