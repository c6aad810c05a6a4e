package main

import "fmt"

func ch(name string, c chan int) chan int { fmt.Println("channel", name); return c }
func val(n int) int                       { fmt.Println("value", n); return n }

func main() {
	full := make(chan int, 1)
	full <- 1
	empty := make(chan int, 1)
	select {
	case ch("full", full) <- val(2):
		fmt.Println("sent to full")
	case ch("empty", empty) <- val(3):
		fmt.Println("sent to empty")
	}
	fmt.Println(<-full, <-empty)
	defer func() { fmt.Println(recover()) }()
	closed := make(chan int)
	close(closed)
	select {
	case closed <- 1:
	default:
		fmt.Println("default")
	}
}
