package main

import (
	"fmt"
	"math/big"
)

func fib(n int) *big.Int {
	a, b := big.NewInt(0), big.NewInt(1)
	for range n {
		a.Add(a, b)
		a, b = b, a
	}
	return a
}

func fact(n int64) *big.Int {
	if n == 0 {
		return big.NewInt(1)
	}
	return new(big.Int).Mul(big.NewInt(n), fact(n-1))
}

func main() {
	fmt.Println(fib(10), fib(200))
	fmt.Println(fact(25), fact(50).BitLen())
	p := new(big.Int)
	fmt.Sscan("170141183460469231731687303715884105727", p)
	fmt.Println(p.ProbablyPrime(10))
}
