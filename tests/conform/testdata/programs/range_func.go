package main

import (
	"fmt"
	"iter"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer fmt.Println("count ends")
		for i := 0; i < n; i++ {
			if !yield(i) {
				fmt.Println("stopped at", i)
				return
			}
		}
	}
}

func pairs(m []string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, s := range m {
			if !yield(i, s) {
				return
			}
		}
	}
}

func find(n int) (res string) {
	defer func() { res += "!" }()
	for i := range count(10) {
		if i == n {
			return fmt.Sprint("found ", i)
		}
	}
	return "none"
}

func nested() string {
outer:
	for i := range count(3) {
		for j := range count(3) {
			if j == 1 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			fmt.Println("at", i, j)
		}
	}
	return "done"
}

func deferred() {
	for i := range count(2) {
		defer fmt.Println("deferred", i)
	}
	fmt.Println("end of deferred")
}

func main() {
	for i := range count(2) {
		fmt.Println(i)
	}
	fmt.Println(find(1))
	fmt.Println(nested())
	deferred()
	for i, s := range pairs([]string{"a", "b", "c"}) {
		if i == 1 {
			continue
		}
		fmt.Println(i, s)
	}
	for range func(yield func() bool) { _ = yield() && yield() } {
		fmt.Println("tick")
	}
	var fs []func() int
	for i := range count(3) {
		fs = append(fs, func() int { return i * i })
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
}
