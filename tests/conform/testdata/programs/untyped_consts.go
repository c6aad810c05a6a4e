package main

import (
	"fmt"
	"math"
	"time"
)

const huge = 1 << 70
const third = 1.0 / 3
const r = 'a' + 1
const c = 2i * 2i
const mixed = 1 + 2.0 + 'a'
const str = "con" + "cat"
const length = len(str)
const b = 3 < 4.5 && length == 6

type Duration int64

const (
	ms  Duration = 1e6
	sec          = 1000 * ms
)

func main() {
	fmt.Println(huge>>68, third*3 == 1, string(rune(r)), real(c), mixed, str, length, b)
	fmt.Printf("%T %T %T %T %T %T\n", r, c, mixed, huge>>69, third, sec)
	var f32 float32 = 0.1
	var f64 float64 = 0.1
	fmt.Println(float64(f32) == f64, f32 == 0.1, f64 == 0.1)
	var u8 uint8 = 255
	fmt.Println(u8+1, ^u8, -u8, u8<<1)
	fmt.Println(5/2, 5/2.0, 5.0/2, -5/2, -5%3, 7&^5)
	var i = 10
	fmt.Println(1<<i, 1.0<<3, float64(i)/4)
	var d time.Duration = 3 * time.Second
	fmt.Println(d, time.Duration(i)*time.Millisecond, sec/2)
	x := 0x1p-2
	y := 1_000_000
	z := 0b1010 + 0o17 + 0xFF
	fmt.Println(x, y, z, 'x', "\u00e9\x41\n"[0])
	fmt.Println(math.MaxInt64, uint64(math.MaxUint64), math.Pi, math.MinInt8)
	const typed int8 = 100
	fmt.Printf("%T %v\n", typed/3, typed/3)
	var any1 any = 1 << 3
	var s uint = 3
	var sh int64 = 1 << s
	fmt.Println(any1, sh, 1<<s == 8)
	fmt.Println(math.Sqrt(2)*math.Sqrt2 > 1.99, 07, 1e3, .5)
}
