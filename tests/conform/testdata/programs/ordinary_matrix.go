package main

import "fmt"

type Matrix [][]float64

func New(r, c int) Matrix {
	m := make(Matrix, r)
	for i := range m {
		m[i] = make([]float64, c)
	}
	return m
}

func (a Matrix) Mul(b Matrix) (Matrix, error) {
	if len(a[0]) != len(b) {
		return nil, fmt.Errorf("cannot multiply %dx%d by %dx%d", len(a), len(a[0]), len(b), len(b[0]))
	}
	m := New(len(a), len(b[0]))
	for i := range a {
		for j := range b[0] {
			for k := range b {
				m[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return m, nil
}

func (m Matrix) T() Matrix {
	t := New(len(m[0]), len(m))
	for i, row := range m {
		for j, v := range row {
			t[j][i] = v
		}
	}
	return t
}

func main() {
	a := Matrix{{1, 2, 3}, {4, 5, 6}}
	p, err := a.Mul(a.T())
	fmt.Println(p, err)
	_, err = a.Mul(a)
	fmt.Println(err)
	fmt.Println(a.T())
}
