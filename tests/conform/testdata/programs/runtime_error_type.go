package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
)

func f(i int) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error:
			err = r
		case error:
			err = fmt.Errorf("plain: %w", r)
		default:
			err = fmt.Errorf("%T: %v", r, r)
		}
	}()
	switch i {
	case 0:
		var a []int
		a[i]++
	case 1:
		panic(io.EOF)
	case 2:
		panic(struct{ A int }{5})
	case 3:
		var x any
		_ = x.(fmt.Stringer)
	case 4:
		z := 0
		_ = i / z
	case 5:
		panic(fmt.Sprintf("s%d", i))
	}
	return nil
}

func main() {
	for i := range 7 {
		err := f(i)
		var re runtime.Error
		fmt.Println(err, errors.As(err, &re), errors.Is(err, io.EOF))
	}
}
