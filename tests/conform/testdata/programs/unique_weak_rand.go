package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"
	"unique"
	"weak"
)

type Key struct{ A, B string }

func main() {
	a, b := unique.Make(Key{"x", "y"}), unique.Make(Key{"x", "y"})
	fmt.Println(a == b, a.Value(), a == unique.Make(Key{"x", "z"}))
	r := rand.New(rand.NewPCG(1, 2))
	fmt.Println(r.IntN(100), r.IntN(100), r.Perm(5), r.Float64() < 1)
	n := rand.N(10 * time.Second)
	fmt.Println(n >= 0 && n < 10*time.Second)
	fmt.Printf("%T\n", n)
	z := rand.NewZipf(r, 1.5, 2, 50)
	fmt.Println(z.Uint64() <= 50)
	x := &Key{"w", ""}
	w := weak.Make(x)
	fmt.Println(w.Value() == x)
	runtime.KeepAlive(x)
}
