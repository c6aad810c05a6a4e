package main

import (
	"fmt"
	"math"
	"sort"
)

type Shape interface {
	Area() float64
	Perimeter() float64
}

type Rectangle struct{ Width, Height float64 }
type Circle struct{ Radius float64 }
type Triangle struct{ a, b, c float64 }

func (r Rectangle) Area() float64      { return r.Width * r.Height }
func (r Rectangle) Perimeter() float64 { return 2 * (r.Width + r.Height) }
func (c Circle) Area() float64         { return math.Pi * math.Pow(c.Radius, 2) }
func (c Circle) Perimeter() float64    { return 2 * math.Pi * c.Radius }
func (c Circle) String() string        { return fmt.Sprintf("circle of radius %g", c.Radius) }
func (t Triangle) Area() float64 {
	s := t.Perimeter() / 2
	return math.Sqrt(s * (s - t.a) * (s - t.b) * (s - t.c))
}
func (t Triangle) Perimeter() float64 { return t.a + t.b + t.c }

func main() {
	shapes := []Shape{Rectangle{3, 4}, Circle{2}, Triangle{3, 4, 5}}
	sort.Slice(shapes, func(i, j int) bool { return shapes[i].Area() < shapes[j].Area() })
	total := 0.0
	for i, s := range shapes {
		fmt.Printf("%d: %v %T area=%.2f perimeter=%.2f\n", i, s, s, s.Area(), s.Perimeter())
		total += s.Area()
	}
	fmt.Printf("total %.3f\n", total)
	if c, ok := shapes[2].(Circle); ok {
		fmt.Println(c.Radius)
	}
	fmt.Println(shapes)
}
