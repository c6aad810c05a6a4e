package main

import (
	"errors"
	"fmt"
	"sync"
)

func trace(s string) string { fmt.Println("enter", s); return s }
func un(s string)           { fmt.Println("leave", s) }

func a() (n int) {
	defer un(trace("a"))
	defer func() { n *= 2 }()
	return 21
}

func b() {
	for i := 0; i < 3; i++ {
		defer fmt.Print("b", i, " ")
	}
}

type T struct{ n int }

func (t T) val()  { fmt.Println("val", t.n) }
func (t *T) ptr() { fmt.Println("ptr", t.n) }

func c() {
	t := T{1}
	defer t.val()
	defer t.ptr()
	f := func() { fmt.Println("old f") }
	defer f()
	f = func() { fmt.Println("new f") }
	t.n = 2
	x := 1
	defer fmt.Println("x was", x)
	x = 2
	defer func(v int) { fmt.Println("args", v, x) }(x)
	x = 3
}

func d() (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("wrapped: %w", err)
		}
	}()
	return errors.New("inner")
}

func e() {
	defer func() {
		defer func() { fmt.Println("innermost") }()
		fmt.Println("inner")
	}()
	if true {
		defer fmt.Println("from a block")
	}
	fmt.Println("body")
}

func main() {
	fmt.Println(a())
	b()
	fmt.Println()
	c()
	fmt.Println(d())
	e()
	m := map[string]int{}
	func() {
		defer delete(m, "k")
		m["k"] = 1
		fmt.Println(len(m))
	}()
	fmt.Println(len(m))
	var mu sync.Mutex
	func() {
		mu.Lock()
		defer mu.Unlock()
	}()
	fmt.Println(mu.TryLock())
}
