package main

import (
	"cmp"
	"fmt"
	"sort"
)

type Shape interface {
	Area() float64
}

type Scaler[T any] interface {
	*T
	Scale(float64)
}

type Square struct{ Side float64 }

func (s Square) Area() float64    { return s.Side * s.Side }
func (s *Square) Scale(f float64) { s.Side *= f }

func ScaleAll[T any, P Scaler[T]](xs []T, f float64) {
	for i := range xs {
		P(&xs[i]).Scale(f)
	}
}

func Largest[S Shape](xs ...S) S {
	best := xs[0]
	for _, x := range xs[1:] {
		if x.Area() > best.Area() {
			best = x
		}
	}
	return best
}

type Stringish interface {
	~string
	Len() int
}

type Name string

func (n Name) Len() int { return len(n) }

func Total[S Stringish](xs []S) (n int) {
	for _, x := range xs {
		n += x.Len() + len(string(x))
	}
	return
}

func Keys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

func Zero[T any]() T {
	var z T
	return z
}

func IsZero[T comparable](v T) bool { return v == Zero[T]() }

func Ptr[T any](v T) *T { return &v }

func main() {
	xs := []Square{{1}, {2}}
	ScaleAll(xs, 3)
	fmt.Println(xs, Largest(xs...))
	fmt.Println(Total([]Name{"ann", "bo"}))
	fmt.Println(Keys(map[string]bool{"z": true, "a": false}))
	fmt.Println(IsZero(0), IsZero("x"), IsZero(Square{}), IsZero[any](nil), Zero[*int]() == nil)
	fmt.Println(*Ptr(7), *Ptr("s"))
	fmt.Printf("%T\n", Largest[Square])
}
