package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

type Bits uint8

const (
	A Bits = 1 << iota
	B
	C
)

func (b Bits) Has(x Bits) bool { return b&x != 0 }
func (b *Bits) Set(x Bits)     { *b |= x }
func (b Bits) String() string {
	var p []string
	for i, n := range []string{"A", "B", "C"} {
		if b.Has(1 << i) {
			p = append(p, n)
		}
	}
	return "{" + strings.Join(p, "|") + "}"
}

type Dur time.Duration

type Angle float64

const Right Angle = math.Pi / 2

func (a Angle) Deg() float64 { return float64(a) * 180 / math.Pi }

func main() {
	var b Bits
	b.Set(A | C)
	fmt.Println(b, b.Has(B), ^b, b&^A, []Bits{A, B | C})
	fmt.Printf("%v %d %08b %x\n", b, b, b, uint8(b))
	fmt.Println(Right.Deg(), (Right * 2).Deg(), Angle(1) > Right)
	fmt.Println(Dur(time.Second), time.Duration(Dur(5)))
	const n = len("héllo")
	var arr [n * 2]byte
	fmt.Println(len(arr), cap(arr[:n]))
	const x, y = 7, 2.0
	fmt.Println(x/2, x/y, x%3, x<<2, 1/3.0)
	var f32 float32 = x / y
	fmt.Printf("%T %v\n", f32, f32)
	fmt.Println('a'*2, "s"+string(rune('t')), 'a' < 98, len([3]int{}), real(1+2i))
	var u uint = 1<<63 | 1
	fmt.Println(u>>62, uint32(u), -5>>1, uint8(1)<<7>>7)
}
