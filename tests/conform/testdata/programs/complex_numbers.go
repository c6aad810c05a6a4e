package main

import (
	"fmt"
	"math"
	"math/cmplx"
)

type C complex64

func main() {
	a := 3 + 4i
	b := complex(1, -2)
	fmt.Println(a+b, a-b, a*b, a/b, -a, a == b, a != b)
	fmt.Println(real(a), imag(a), cmplx.Abs(a), cmplx.Conj(a))
	var c C = C(a)
	c *= 2
	fmt.Printf("%v %T %.1f %g\n", c, c, a, b)
	var f32 float32 = 2
	d := complex(f32, 1)
	fmt.Printf("%T %v %T\n", d, d*d, real(d))
	m := map[complex128]string{1 + 2i: "x"}
	fmt.Println(m[complex(1, 2)])
	var zero complex128
	fmt.Println(a/zero, zero, cmplx.Sqrt(-1), 1i*1i)
	s := []complex128{1, 2i, 3 + 1i}
	var sum complex128
	for _, x := range s {
		sum += x
	}
	fmt.Println(sum)
	fmt.Printf("%6.2f|%+v|%T\n", cmplx.Exp(1i*math.Pi), sum, any(c))
	p := &a
	*p += 1i
	fmt.Println(a, real(*p))
}
