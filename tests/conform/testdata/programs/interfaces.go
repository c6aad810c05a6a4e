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
type Named interface{ Name() string }
type NamedShape interface {
	Shape
	Named
}
type Rect struct{ w, h float64 }
type Circle struct{ r float64 }

func (r Rect) Area() float64         { return r.w * r.h }
func (r Rect) Perimeter() float64    { return 2 * (r.w + r.h) }
func (r Rect) Name() string          { return "rect" }
func (c *Circle) Area() float64      { return math.Pi * c.r * c.r }
func (c *Circle) Perimeter() float64 { return 2 * math.Pi * c.r }

type ints []int

func (s ints) Len() int           { return len(s) }
func (s ints) Less(i, j int) bool { return s[i] < s[j] }
func (s ints) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

type fn func() string

func (f fn) String() string { return "fn:" + f() }

type MyErr struct{}

func (*MyErr) Error() string { return "myerr" }

func mayFail(fail bool) error {
	var e *MyErr
	if fail {
		e = &MyErr{}
	}
	return e
}

func main() {
	shapes := []Shape{Rect{2, 3}, &Circle{1}, &Rect{1, 1}}
	for _, s := range shapes {
		n := "unnamed"
		if x, ok := s.(Named); ok {
			n = x.Name()
		}
		fmt.Printf("%T %.2f %.2f %s\n", s, s.Area(), s.Perimeter(), n)
	}
	var ns NamedShape = Rect{1, 2}
	var s Shape = ns
	fmt.Println(s == Shape(Rect{1, 2}), s == Shape(Rect{2, 2}), s == shapes[1], shapes[1] == shapes[1])
	x := ints{3, 1, 2}
	sort.Sort(sort.Reverse(x))
	fmt.Println(x)
	var st fmt.Stringer = fn(func() string { return "called" })
	fmt.Println(st)
	var nilShape Shape
	fmt.Println(nilShape == nil)
	err := mayFail(false)
	fmt.Println(err == nil, err != nil)
	var e any = x
	_, ok := e.(sort.Interface)
	fmt.Println(ok)
	m := map[Shape]string{Rect{1, 1}: "unit"}
	fmt.Println(m[Rect{1, 1}], m[Rect{1, 2}] == "")
	var i interface{ Area() float64 } = s
	fmt.Println(i.Area())
	fmt.Printf("%v %+v %T\n", s, s, []Shape{s})
}
