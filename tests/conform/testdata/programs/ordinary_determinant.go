package main

import "fmt"

func det(m [][]float64) float64 {
	n := len(m)
	if n == 1 {
		return m[0][0]
	}
	d, sign := 0.0, 1.0
	for c := 0; c < n; c++ {
		sub := make([][]float64, 0, n-1)
		for r := 1; r < n; r++ {
			row := append([]float64{}, m[r][:c]...)
			sub = append(sub, append(row, m[r][c+1:]...))
		}
		d += sign * m[0][c] * det(sub)
		sign = -sign
	}
	return d
}

func main() {
	fmt.Println(det([][]float64{{2, 0, 1}, {1, 3, 2}, {1, 1, 1}}))
	fmt.Println(det([][]float64{{1, 2}, {3, 4}}))
	fmt.Printf("%.3f\n", det([][]float64{{1, 2, 3, 4}, {2, 1, 4, 3}, {3, 4, 1.5, 2}, {4, 3, 2, 1}}))
}
