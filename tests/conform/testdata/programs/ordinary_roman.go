package main

import "fmt"

func toRoman(n int) string {
	table := []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}
	var out string
	for _, e := range table {
		for n >= e.v {
			out += e.s
			n -= e.v
		}
	}
	return out
}

func fromRoman(s string) (n int) {
	vals := map[byte]int{'I': 1, 'V': 5, 'X': 10, 'L': 50, 'C': 100, 'D': 500, 'M': 1000}
	for i := range s {
		v := vals[s[i]]
		if i+1 < len(s) && v < vals[s[i+1]] {
			n -= v
		} else {
			n += v
		}
	}
	return
}

func main() {
	for _, n := range []int{1, 4, 9, 14, 40, 90, 400, 1994, 2024, 3999} {
		r := toRoman(n)
		fmt.Println(n, r, fromRoman(r) == n)
	}
}
