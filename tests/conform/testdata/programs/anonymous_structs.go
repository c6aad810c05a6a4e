package main

import (
	"encoding/json"
	"fmt"
)

func main() {
	p := struct {
		X, Y int
		Tag  string
	}{1, 2, "t"}
	fmt.Printf("%v %+v %T\n", p, p, p)
	rows := []struct {
		in   string
		want int
	}{{"a", 1}, {"bb", 2}}
	for _, r := range rows {
		fmt.Println(r.in, r.want, len(r.in) == r.want)
	}
	type Point struct{ X, Y int }
	q := struct{ X, Y int }{3, 4}
	var pt Point = q
	fmt.Println(pt, q == struct{ X, Y int }{3, 4}, pt == q)
	m := map[struct{ a, b int }]string{{1, 2}: "x"}
	fmt.Println(m[struct{ a, b int }{1, 2}])
	set := map[string]struct{}{"k": {}}
	_, ok := set["k"]
	fmt.Println(ok, len(set), set)
	nested := struct {
		Inner struct{ V []int }
		Err   error
	}{}
	nested.Inner.V = append(nested.Inner.V, 1)
	fmt.Printf("%+v\n", nested)
	pp := &struct{ n int }{5}
	pp.n++
	fmt.Println(pp.n, *pp)
	b, _ := json.Marshal(struct {
		A int    `json:"a"`
		B string `json:"b,omitempty"`
		c int
	}{1, "", 3})
	fmt.Println(string(b))
}
