package main

import (
	"fmt"
	"math"
	"math/bits"
	"os"
)

func main() {
	var i8 int8 = 127
	i8++
	var u8 uint8
	u8--
	var i16 int16 = math.MaxInt16
	i16 += 2
	var u16 uint16 = 65535
	u16 *= 2
	var i32 int32 = math.MaxInt32
	i32 *= 3
	var u32 uint32 = 1 << 31
	u32 += u32
	var i64 int64 = math.MaxInt64
	i64++
	var u64 uint64
	u64 -= 3
	var i int = math.MinInt
	fmt.Println(i8, u8, i16, u16, i32, u32, i64, u64, -i, i/-1*1, i-1)
	m := math.MinInt64
	n := -1
	fmt.Println(m/n, m%n)
	var a8 int8 = -128
	var m8 int8 = -1
	fmt.Println(a8/m8, a8%m8, -a8, a8*m8)
	fmt.Println(-7/2, -7%2, 7/-2, 7%-2, uint8(200)+uint8(100)*uint8(len(os.Args[:0])+1))
	x := 300
	fmt.Println(int8(x), uint8(x), int16(x<<8), uint32(-x), int32(int64(x)<<30), uintptr(x))
	f := 3.99
	fmt.Println(int(f), int(-f), uint8(f), int64(f*100))
	var s uint = 70
	fmt.Println(1<<s == 0, int32(len(os.Args[:0])+1)<<s, -1>>s, uint8(255)>>s, int64(-8)>>1)
	var h uint32 = 2166136261
	for _, c := range []byte("hash me") {
		h ^= uint32(c)
		h *= 16777619
	}
	fmt.Println(h)
	var acc uint64 = 14695981039346656037
	acc *= 1099511628211
	fmt.Println(acc, acc>>33, bits.OnesCount64(acc), bits.LeadingZeros8(1))
	fmt.Println(^0, ^uint16(1), 6&^3, 5^3, 5|8, 12&10)
	i8 = 5
	i8 <<= 5
	u8 = 0b10110
	u8 &^= 0b10
	fmt.Println(i8, u8)
}
