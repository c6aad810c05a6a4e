package main

import (
	"fmt"
	"strings"
)

func subsets(n int) (out []string) {
	for mask := 0; mask < 1<<n; mask++ {
		var s []byte
		for i := 0; i < n; i++ {
			if mask&(1<<i) != 0 {
				s = append(s, byte('a'+i))
			}
		}
		out = append(out, string(s))
	}
	return
}

func popcount(x uint64) (n int) {
	for ; x != 0; x &= x - 1 {
		n++
	}
	return
}

func gray(n uint) uint { return n ^ n>>1 }

type IntSet struct{ words []uint64 }

func (s *IntSet) Add(x int) {
	for x/64 >= len(s.words) {
		s.words = append(s.words, 0)
	}
	s.words[x/64] |= 1 << uint(x%64)
}
func (s *IntSet) Has(x int) bool { return x/64 < len(s.words) && s.words[x/64]&(1<<uint(x%64)) != 0 }
func (s *IntSet) String() string {
	var out []string
	for i, w := range s.words {
		for j := 0; j < 64; j++ {
			if w&(1<<uint(j)) != 0 {
				out = append(out, fmt.Sprint(64*i+j))
			}
		}
	}
	return "{" + strings.Join(out, " ") + "}"
}

func main() {
	fmt.Printf("%q\n", subsets(3))
	fmt.Println(popcount(255), popcount(1<<63|1))
	for i := range uint(8) {
		fmt.Printf("%03b ", gray(i))
	}
	fmt.Println()
	var s IntSet
	for _, x := range []int{1, 144, 9, 42} {
		s.Add(x)
	}
	fmt.Println(&s, s.Has(9), s.Has(10))
}
