package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const data = `name,dept,salary
Ann,IT,5000
Bob,HR,3500
Carl,IT,4200.50
Dan,HR,bad
`

type Employee struct {
	Name, Dept string
	Salary     float64
}

func load(r io.Reader) (out []Employee, errs []error) {
	c := csv.NewReader(r)
	c.Read()
	for line := 2; ; line++ {
		rec, err := c.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			return out, append(errs, err)
		}
		s, err := strconv.ParseFloat(rec[2], 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		out = append(out, Employee{rec[0], rec[1], s})
	}
}

func groupBy[T any, K comparable](xs []T, key func(T) K) map[K][]T {
	m := make(map[K][]T)
	for _, x := range xs {
		m[key(x)] = append(m[key(x)], x)
	}
	return m
}

func main() {
	emps, errs := load(strings.NewReader(data))
	fmt.Println(len(emps), errs)
	groups := groupBy(emps, func(e Employee) string { return e.Dept })
	for _, d := range slices.Sorted(maps.Keys(groups)) {
		total := 0.0
		for _, e := range groups[d] {
			total += e.Salary
		}
		fmt.Printf("%s: %d employees, average %.2f\n", d, len(groups[d]), total/float64(len(groups[d])))
	}
}
