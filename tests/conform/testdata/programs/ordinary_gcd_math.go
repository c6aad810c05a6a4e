package main

import (
	"fmt"
	"math"
)

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func lcm(xs ...int) int {
	l := 1
	for _, x := range xs {
		l = l / gcd(l, x) * x
	}
	return l
}

func factor(n int) map[int]int {
	f := map[int]int{}
	for p := 2; p*p <= n; p++ {
		for n%p == 0 {
			f[p]++
			n /= p
		}
	}
	if n > 1 {
		f[n]++
	}
	return f
}

func collatz(n int) (steps int) {
	for ; n != 1; steps++ {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
	}
	return
}

func sqrt(x float64) float64 {
	z := 1.0
	for i := 0; math.Abs(z*z-x) > 1e-9 && i < 100; i++ {
		z -= (z*z - x) / (2 * z)
	}
	return z
}

func main() {
	fmt.Println(gcd(48, 36), lcm(1, 2, 3, 4, 5, 6, 7), factor(360360), collatz(27))
	fmt.Printf("%.6f\n", sqrt(2))
	perfect := []int{}
	for n := 2; n < 1000; n++ {
		s := 1
		for d := 2; d*d <= n; d++ {
			if n%d == 0 {
				s += d
				if d != n/d {
					s += n / d
				}
			}
		}
		if s == n {
			perfect = append(perfect, n)
		}
	}
	fmt.Println(perfect)
}
