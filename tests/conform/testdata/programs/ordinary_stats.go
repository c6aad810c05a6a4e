package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

type Stats struct {
	Mean, Median, Std float64
	Mode              []float64
}

func compute(xs []float64) (s Stats, err error) {
	if len(xs) == 0 {
		return s, errors.New("no data")
	}
	sorted := slices.Sorted(slices.Values(xs))
	sum := 0.0
	freq := map[float64]int{}
	for _, x := range sorted {
		sum += x
		freq[x]++
	}
	n := float64(len(xs))
	s.Mean = sum / n
	if m := len(sorted) / 2; len(sorted)%2 == 0 {
		s.Median = (sorted[m-1] + sorted[m]) / 2
	} else {
		s.Median = sorted[m]
	}
	for _, x := range sorted {
		s.Std += math.Pow(x-s.Mean, 2)
	}
	s.Std = math.Sqrt(s.Std / n)
	top := 0
	for _, c := range freq {
		top = max(top, c)
	}
	for x, c := range freq {
		if c == top {
			s.Mode = append(s.Mode, x)
		}
	}
	slices.Sort(s.Mode)
	return s, nil
}

func histogram(xs []float64) {
	bins := [5]int{}
	for _, x := range xs {
		bins[min(int(x/2), 4)]++
	}
	for i, b := range bins {
		fmt.Printf("%d-%d %s\n", i*2, i*2+2, strings.Repeat("*", b))
	}
}

func main() {
	data := []float64{2, 4, 4, 4, 5, 5, 7, 9}
	s, err := compute(data)
	fmt.Printf("%+v %v\n", s, err)
	_, err = compute(nil)
	fmt.Println(err)
	histogram(data)
}
