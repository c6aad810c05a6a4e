package main

import (
	"fmt"
	"math/cmplx"
)

func mandel(c complex128) int {
	z := complex128(0)
	for i := 0; i < 50; i++ {
		if cmplx.Abs(z) > 2 {
			return i
		}
		z = z*z + c
	}
	return 50
}

func main() {
	const chars = " .:-=+*#%@"
	for y := -1.0; y <= 1.0; y += 0.25 {
		for x := -2.0; x <= 0.75; x += 0.0625 {
			n := mandel(complex(x, y))
			fmt.Print(string(chars[n*(len(chars)-1)/50]))
		}
		fmt.Println()
	}
}
