package main

import (
	"fmt"
	"time"
)

func main() {
	a, b := make(chan int, 1), make(chan string, 1)
	select {
	case x := <-a:
		fmt.Println(x)
	default:
		fmt.Println("nothing")
	}
	a <- 3
	b <- "s"
	select {
	case x, ok := <-a:
		fmt.Println(x, ok)
	case b <- "z":
		fmt.Println("never: b is full")
	}
	var arr [2]string
	select {
	case arr[1] = <-b:
		fmt.Println(arr)
	}
	var nilch chan int
	select {
	case <-nilch:
	case nilch <- 1:
	case <-time.After(time.Millisecond):
		fmt.Println("timeout")
	}
	done := make(chan struct{})
	res := make(chan int)
	go func() {
		defer close(done)
		sum := 0
		for x := range res {
			sum += x
		}
		fmt.Println("sum", sum)
	}()
	for i := range 4 {
		select {
		case res <- i:
		case <-done:
			fmt.Println("?")
		}
	}
	close(res)
	<-done
	close(a)
	x, ok := <-a
	fmt.Println(x, ok)
}
