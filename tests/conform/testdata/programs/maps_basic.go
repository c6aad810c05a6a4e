package main

import (
	"fmt"
	"math"
)

type key struct {
	a int
	b string
}

func main() {
	m := map[string]int{"one": 1, "two": 2, "three": 3}
	fmt.Println(m, len(m), m["two"], m["none"])
	v, ok := m["one"]
	_, no := m["zero"]
	fmt.Println(v, ok, no)
	delete(m, "one")
	delete(m, "not there")
	m["four"] += 4
	m["two"]++
	fmt.Println(m)
	sum := 0
	for k, v := range m {
		sum += v + len(k)
	}
	fmt.Println(sum)
	for k := range m {
		delete(m, k)
	}
	fmt.Println(len(m))
	km := map[key][]int{{1, "a"}: {1}}
	km[key{1, "a"}] = append(km[key{1, "a"}], 2)
	km[key{2, "b"}] = append(km[key{2, "b"}], 3)
	fmt.Println(km)
	am := map[any]string{1: "int", 1.0: "float", "1": "string", key{1, "x"}: "struct", [1]int{1}: "array", true: "bool", nil: "nil"}
	fmt.Println(am[1], am[1.0], am["1"], am[key{1, "x"}], am[[1]int{1}], am[true], am[nil], am[int64(1)] == "")
	pm := map[string]*key{"p": {1, "z"}}
	pm["p"].a = 5
	fmt.Println(*pm["p"])
	nested := map[string]map[string]int{"x": {"y": 1}}
	nested["x"]["z"] = 2
	fmt.Println(nested, nested["none"]["y"])
	fm := map[string]func(int) int{"dbl": func(i int) int { return 2 * i }}
	fmt.Println(fm["dbl"](4))
	var nilm map[string]int
	fmt.Println(nilm["a"], len(nilm), nilm == nil)
	for range nilm {
		fmt.Println("never")
	}
	nan := map[float64]int{}
	nan[math.NaN()] = 1
	nan[math.NaN()] = 2
	fmt.Println(len(nan), nan[math.NaN()])
	alias := m
	alias["new"] = 1
	fmt.Println(m)
	sm := map[string]struct{ n int }{"a": {1}}
	x := sm["a"]
	x.n = 9
	fmt.Println(sm, x)
	type set map[int]bool
	s := set{1: true, 3: true}
	fmt.Printf("%v %v %T\n", s[1], s[2], s)
	arr := map[int][2]int{1: {1, 2}}
	fmt.Println(arr[1][1], arr[5][0])
	big := make(map[int]int, 100)
	for i := range 1000 {
		big[i] = i * i
	}
	fmt.Println(len(big), big[31])
}
