package main

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

func main() {
	fmt.Println(math.Sqrt(2), math.Pow(2, 10), math.Floor(-1.5), math.Ceil(1.2), math.Round(2.5), math.Trunc(-1.7), math.Abs(-3), math.Mod(7, 3))
	fmt.Println(math.Inf(1), math.NaN(), -math.Inf(1), math.IsNaN(math.NaN()), math.MaxUint32, math.Hypot(3, 4), math.Log2(8))
	fmt.Printf("%.4f %.4f %.4f\n", math.Sin(1), math.Exp(1), math.Atan2(1, 2))
	a, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	b := big.NewInt(987654321)
	fmt.Println(new(big.Int).Mul(a, b), new(big.Int).Exp(big.NewInt(2), big.NewInt(200), nil), a.Cmp(b))
	f := big.NewInt(1)
	for i := int64(1); i <= 30; i++ {
		f.Mul(f, big.NewInt(i))
	}
	fmt.Println(f, big.NewRat(3, 6), new(big.Rat).Add(big.NewRat(1, 3), big.NewRat(1, 6)))
	fmt.Println(bits.Len(255), bits.TrailingZeros(8), bits.Reverse8(1), bits.RotateLeft32(1, 31))
	hi, lo := bits.Mul64(1<<63, 4)
	fmt.Println(hi, lo)
	var z float64
	fmt.Println(1/z, -1/z, z/z == z/z, 0.1+0.2, float32(0.1)+float32(0.2), 1e100, 1e-7, 100000000.0, 123456789.0)
	fmt.Println(math.Float64bits(1.5), math.MaxFloat32, math.SmallestNonzeroFloat64, float32(16777216.0)+1)
}
