package main

import (
	"fmt"
	"strings"
)

func gen(c chan<- int, n int) {
	defer close(c)
	for i := range n {
		c <- i
	}
}

type req struct {
	n    int
	resp chan string
}

func main() {
	c := make(chan int, 3)
	fmt.Println(len(c), cap(c))
	c <- 1
	c <- 2
	fmt.Println(len(c), <-c, len(c))
	close(c)
	v, ok := <-c
	w, ok2 := <-c
	fmt.Println(v, ok, w, ok2)
	d := make(chan int)
	go gen(d, 3)
	for v := range d {
		fmt.Print(v, " ")
	}
	fmt.Println()
	reqs := make(chan req)
	go func() {
		for r := range reqs {
			r.resp <- strings.Repeat("*", r.n)
		}
	}()
	for i := 1; i < 3; i++ {
		r := req{i, make(chan string)}
		reqs <- r
		fmt.Println(<-r.resp)
	}
	cc := make(chan chan int, 1)
	inner := make(chan int, 1)
	cc <- inner
	inner <- 5
	fmt.Println(<-<-cc)
	var ro <-chan int = inner
	fmt.Printf("%T %T\n", ro, cc)
	e := make(chan error, 1)
	e <- nil
	fmt.Println(<-e)
	f := make(chan func() int, 1)
	f <- func() int { return 9 }
	fmt.Println((<-f)())
	s := make(chan struct{})
	go func() { close(s) }()
	<-s
	a := []chan int{make(chan int, 1), make(chan int, 1)}
	a[1] <- 4
	x := 10 + <-a[1]
	fmt.Println(x, inner == inner, a[0] == a[1])
	if v, ok := <-s; !ok {
		fmt.Println("closed", v)
	}
}
