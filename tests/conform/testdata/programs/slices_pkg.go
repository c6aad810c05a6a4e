package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type P struct {
	N string
	A int
}
type Names []string

func main() {
	x := []int{3, 1, 4, 1, 5, 9, 2, 6}
	y := slices.Clone(x)
	slices.Sort(y)
	fmt.Println(y, slices.IsSorted(y), slices.Max(x), slices.Min(x), slices.Contains(x, 4), slices.Index(x, 5))
	i, ok := slices.BinarySearch(y, 4)
	fmt.Println(i, ok, slices.Compact(slices.Clone(y)), slices.Equal(x, y), slices.Compare(x, y))
	slices.Reverse(y)
	fmt.Println(y, slices.Insert([]int{1, 2}, 1, 9, 8), slices.Delete([]int{1, 2, 3, 4}, 1, 3), slices.Replace([]int{1, 2, 3}, 0, 2, 7))
	ps := []P{{"b", 2}, {"a", 2}, {"c", 1}}
	slices.SortStableFunc(ps, func(a, b P) int { return a.A - b.A })
	fmt.Println(ps, slices.IndexFunc(ps, func(p P) bool { return p.N == "a" }), slices.ContainsFunc(ps, func(p P) bool { return p.A > 5 }))
	fmt.Println(slices.MaxFunc(ps, func(a, b P) int { return strings.Compare(a.N, b.N) }))
	n := Names{"z", "a"}
	m := slices.Clone(n)
	slices.Sort(m)
	fmt.Printf("%T %v %v\n", m, m, slices.Sorted(slices.Values(n)))
	for c := range slices.Chunk(x, 3) {
		fmt.Print(c, " ")
	}
	fmt.Println(slices.Collect(maps.Keys(map[int]bool{7: true})), slices.Repeat([]int{1, 2}, 2), slices.Concat(x[:1], y[:1]))
	for i, v := range slices.Backward([]string{"a", "b"}) {
		fmt.Print(i, v, " ")
	}
	fmt.Println(slices.SortedFunc(slices.Values(ps), func(a, b P) int { return cmp.Compare(b.N, a.N) }))
	j, found := slices.BinarySearchFunc(ps, "b", func(p P, s string) int { return strings.Compare(p.N, s) })
	fmt.Println(j, found, slices.DeleteFunc(x, func(i int) bool { return i%2 == 1 }), len(slices.Grow([]int{1}, 10)))
	defer func() { fmt.Println(recover()) }()
	fmt.Println(slices.Max([]int{}))
}
