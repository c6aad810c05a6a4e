package main

import (
	"fmt"
	"runtime"
)

func direct() (r any) {
	defer func() { r = recover() }()
	panic("direct")
}

func helper() any { return recover() }

func viaHelper() (r any) {
	defer func() {
		r = recover()
		fmt.Println("outer got", r)
	}()
	defer func() {
		fmt.Println("helper in a deferred function:", helper())
	}()
	panic("deep")
}

func deferredDirectly() (s string) {
	s = "start"
	defer func() { s += fmt.Sprint(" end ", recover()) }()
	defer fmt.Sprint(recover())
	panic(1)
}

func nested() {
	defer func() { fmt.Println("third", recover()) }()
	defer func() {
		defer func() { fmt.Println("second", recover()) }()
		panic("two")
	}()
	defer func() { fmt.Println("first", recover()) }()
	panic("one")
}

func replaced() (r any) {
	defer func() { r = recover() }()
	defer func() { panic("replacement") }()
	panic("original")
}

func repanic() (r any) {
	defer func() { r = recover() }()
	defer func() {
		if x := recover(); x != nil {
			panic(fmt.Sprint("re-", x))
		}
	}()
	panic("first")
}

func named() (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("caught: %v", r)
		}
	}()
	n = 5
	var p *int
	n = *p
	return n, nil
}

func goesOn() {
	func() {
		defer func() { recover() }()
		panic("x")
	}()
	fmt.Println("goes on")
}

func nilPanic() {
	defer func() {
		r := recover()
		_, ok := r.(*runtime.PanicNilError)
		fmt.Println(r, ok)
	}()
	panic(nil)
}

type H struct{}

func (H) rec() { fmt.Println("method recovers", recover()) }

func byMethod() {
	var h H
	defer h.rec()
	panic("m")
}

func main() {
	fmt.Println(recover())
	fmt.Println(direct())
	viaHelper()
	fmt.Println(deferredDirectly())
	nested()
	fmt.Println(replaced())
	fmt.Println(repanic())
	fmt.Println(named())
	goesOn()
	nilPanic()
	byMethod()
}
