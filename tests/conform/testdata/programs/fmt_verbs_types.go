package main

import (
	"fmt"
	"strconv"
)

type Point struct{ X, Y int }
type Named struct {
	P    Point
	Ptr  *Point
	name string
	M    map[string]int
	E    error
	A    any
	F    func()
}
type Color int
type Alias = Point
type Slice []Point
type Arr [2]Color

func (c Color) String() string { return "color" + strconv.Itoa(int(c)) }

type Ptr struct{ v int }

func (p *Ptr) String() string { return "ptr!" }

func main() {
	p := Point{1, 2}
	fmt.Printf("%v %+v %#v %T\n", p, p, p, p)
	n := Named{P: p, name: "n", M: map[string]int{"b": 2, "a": 1}, A: Color(3)}
	fmt.Printf("%v\n%+v\n%#v\n", n, n, n)
	fmt.Printf("%T %T %T %T %T\n", &p, n, Slice{}, Arr{}, Alias{})
	fmt.Printf("%v %d %s %+v %#v %x\n", Color(1), Color(1), Color(2), Color(1), Color(4), Color(5))
	fmt.Println([]Color{1, 2}, map[Color]Color{1: 2}, Arr{3, 4}, struct{ C Color }{5}, &struct{ C Color }{6})
	fmt.Println([]any{Color(1), p, &Ptr{1}}, []*Color{nil}[0] == nil)
	v := Ptr{7}
	fmt.Println(v, &v, []Ptr{v}, struct{ P *Ptr }{nil})
	fmt.Printf("%v %+v %#v %T\n", Slice{{1, 2}}, Slice{{1, 2}}, Slice{{1, 2}}, map[Point][]*Color{})
	fmt.Printf("%T %T %T %T\n", func(Point, ...Color) error { return nil }, make(chan<- Point), [3]*Point{}, struct {
		A int `json:"a"`
		b Color
	}{})
	printf := fmt.Printf // what vet would complain about
	printf("%d %s %!|%z\n", "x", 3, 4)
	printf("%d\n", 1, 2)
	printf("%[2]d %[1]d %*d|%-5d|%+d|%05.1f|%t|%q|%U|%c|%e|%x|% x|%#x|%o|%b\n", 1, 2, 4, 3, 4, 5, 2.25, true, 'x', 'é', 0x4e16, 12.5, "hi", "hi", 255, 8, 5)
	var e error
	var np *Point
	fmt.Printf("%v %v %+v %T %T\n", e, np, []error{nil}, e, np)
}
