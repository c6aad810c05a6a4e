package cmp

import "cmp"

func Less[T cmp.Ordered](x, y T) bool {
	return x < y || x != x && y == y // a NaN is less than what is none
}

func Compare[T cmp.Ordered](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	case x == x: // and y is a NaN
		return 1
	case y == y:
		return -1
	}
	return 0
}

func Or[T comparable](vals ...T) T {
	var zero T
	for _, v := range vals {
		if v != zero {
			return v
		}
	}
	return zero
}
