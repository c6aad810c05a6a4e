package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

type Str string
type Bytes []byte
type Int int
type F func(int) int
type S1 struct {
	A int `x:"1"`
	B string
}
type S2 struct {
	A int
	B string
}
type Reader interface{ Read([]byte) (int, error) }

func main() {
	fmt.Println(string(Bytes("abc")), []byte(Str("xy")), Str([]byte{65}), []rune("é"), Str(rune(97)), string(Str("q")))
	fmt.Println(S2(S1{1, "b"}), float64(Int(3))/2, Int(2.0), int(int8(-1)), uint8(Int(255)), uint16(1<<10))
	f := F(func(i int) int { return i * 2 })
	fmt.Println(f(4), (func(int) int)(f)(5))
	a := 1e9
	fmt.Println(int32(a), float32(a)+1, int64(float32(16777217)), uint64(a))
	p := (*S2)(&S1{7, "p"})
	fmt.Printf("%v %T\n", *p, p)
	var r Reader = strings.NewReader("z")
	_, ok := r.(io.Reader)
	fmt.Println(ok, io.Reader(r) == r)
	var e any = Int(5)
	_, isInt := e.(int)
	fmt.Println(isInt, e.(Int)+1, e == any(Int(5)), e == any(5))
	x := 200
	fmt.Println(int8(x), byte(x+100), rune('a')+1, string(rune('a'+1)), complex64(2))
	fmt.Println(fmt.Sprintf("%T %T %T", Str("a")+"b", Int(1)<<2, -Int(3)))
	sl := []int{1, 2, 3, 4}
	arr := [4]int(sl)
	pa := (*[2]int)(sl)
	pa[0] = 50
	fmt.Println(arr, sl, *pa, time.Duration(Int(1500))*time.Millisecond)
	ch := make(chan int, 1)
	var send chan<- int = ch
	send <- 1
	fmt.Println(<-(<-chan int)(ch))
}
