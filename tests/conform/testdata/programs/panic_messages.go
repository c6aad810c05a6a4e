package main

import (
	"fmt"
	"runtime"
)

type S struct{ f func() }
type P struct{ n int }

func try(name string, f func()) {
	defer func() {
		r := recover()
		if e, ok := r.(runtime.Error); ok {
			fmt.Println(name, "| runtime |", e)
			return
		}
		if e, ok := r.(error); ok {
			fmt.Printf("%s | error %T | %v\n", name, e, e)
			return
		}
		fmt.Printf("%s | %T | %v\n", name, r, r)
	}()
	f()
}

func main() {
	s := []int{1, 2, 3}
	a := [3]int{}
	i, z, neg := 5, 0, -1
	str := "abc"
	var m map[string]int
	var p *P
	var np *[4]int
	try("index", func() { _ = s[i] })
	try("index neg", func() { _ = s[neg] })
	try("array", func() { _ = a[i] })
	try("string", func() { _ = str[i] })
	try("slice hi", func() { _ = s[:i] })
	try("slice lo", func() { _ = s[i:] })
	try("slice order", func() { j := 2; _ = s[j:1][0:i] })
	try("slice lo>hi", func() { j := 1; _ = s[2:j] })
	try("slice3", func() { _ = s[0:1:i] })
	try("slice str", func() { _ = str[i:] })
	try("slice str neg", func() { _ = str[neg:] })
	try("slice arr", func() { _ = a[1:i] })
	try("divide", func() { _ = 1 / z })
	try("modulo", func() { _ = 1 % z })
	try("nil map", func() { m["a"] = 1 })
	try("nil pointer", func() { _ = p.n })
	try("nil array", func() { _ = np[1] })
	try("nil func", func() { var s S; s.f() })
	try("shift", func() { _ = 1 << neg })
	try("make", func() { _ = make([]int, neg) })
	try("make cap", func() { _ = make([]int, 2, i-4) })
	try("make chan", func() { _ = make(chan int, neg) })
	try("close nil", func() { var c chan int; close(c) })
	try("close twice", func() { c := make(chan int); close(c); close(c) })
	try("send closed", func() { c := make(chan int, 1); close(c); c <- 1 })
	try("to array", func() { _ = [4]int(s) })
	try("to array ptr", func() { _ = (*[4]int)(s) })
	try("compare", func() { var x, y any = []int{1}, []int{1}; _ = x == y })
	try("compare struct", func() { var x, y any = struct{ f func() }{}, struct{ f func() }{}; _ = x == y })
	try("map key", func() { mm := map[any]int{}; mm[[]int{1}] = 2 })
	try("map key read", func() { mm := map[any]int{}; _ = mm[func() {}] })
	try("custom", func() { panic(fmt.Errorf("custom %d", 1)) })
	try("value", func() { panic(P{3}) })
	try("string", func() { panic("text") })
	try("append ok", func() { _ = append(s, 4)[3] })
	try("unreachable", func() { var e error; _ = e.Error() })
	try("u8 index", func() { var u uint8 = 200; _ = s[u] })
	try("u64 index", func() { var u uint64 = 1 << 63; _ = s[u] })
}
