package main

import "fmt"

func bad(yield func(int) bool) {
	yield(1)
	yield(2)
}

func swallow(yield func(int) bool) {
	defer func() { fmt.Println("in iterator:", recover()) }()
	yield(1)
}

func try(f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("recovered:", r)
		}
	}()
	f()
}

func main() {
	try(func() {
		for i := range bad {
			fmt.Println(i)
			break
		}
	})
	try(func() {
		for i := range bad {
			panic(fmt.Sprint("body ", i))
		}
	})
	try(func() {
		for range swallow {
			panic("lost")
		}
		fmt.Println("after")
	})
	var saved func(int) bool
	try(func() {
		for i := range func(yield func(int) bool) { saved = yield; yield(0) } {
			fmt.Println("i", i)
		}
		saved(1)
	})
}
