package main

import (
	"cmp"
	"fmt"
)

func search[T cmp.Ordered](a []T, x T) (int, bool) {
	lo, hi := 0, len(a)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := cmp.Compare(a[mid], x); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

func main() {
	a := []int{1, 3, 5, 7, 9, 11}
	for _, x := range []int{1, 6, 11, 20} {
		fmt.Println(search(a, x))
	}
	fmt.Println(search([]string{"a", "c"}, "b"))
}
