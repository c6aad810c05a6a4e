package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

type K struct{ a, b int }

func main() {
	m := map[string]int{"a": 1, "b": 2, "c": 3}
	fmt.Println(slices.Sorted(maps.Keys(m)), slices.Sorted(maps.Values(m)))
	c := maps.Clone(m)
	maps.DeleteFunc(c, func(k string, v int) bool { return v > 1 })
	fmt.Println(c, maps.Equal(m, c), len(m))
	maps.Copy(c, map[string]int{"z": 26})
	fmt.Println(c)
	d := maps.Collect(maps.All(map[K]string{{1, 2}: "x"}))
	fmt.Println(d, maps.EqualFunc(m, m, func(a, b int) bool { return a == b }))
	e := map[int]string{}
	maps.Insert(e, slices.All([]string{"p", "q"}))
	fmt.Println(e)
	fmt.Println(cmp.Compare(1, 2), cmp.Compare("b", "a"), cmp.Less(1.5, 1.5), cmp.Or(0, 3, 5), cmp.Or("", "dflt"))
	total := 0
	for _, v := range maps.All(m) {
		total += v
	}
	fmt.Println(total)
}
