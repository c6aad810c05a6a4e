package main

import "fmt"

type Point struct{ X, Y int }
type Line struct {
	A, B Point
	name string
}
type Node struct {
	Val         int
	Left, Right *Node
}
type Opt func(*Line)

func Named(n string) Opt { return func(l *Line) { l.name = n } }
func NewLine(opts ...Opt) *Line {
	l := &Line{B: Point{1, 1}}
	for _, o := range opts {
		o(l)
	}
	return l
}

func (p Point) Add(q Point) Point   { p.X += q.X; p.Y += q.Y; return p }
func (p *Point) Move(dx int) *Point { p.X += dx; return p }

func main() {
	p := Point{1, 2}
	q := p
	q.X = 10
	fmt.Println(p, q, p == q, p == Point{1, 2}, Point{} == Point{0, 0})
	l := NewLine(Named("n"))
	fmt.Printf("%v %+v %#v\n", *l, l, l)
	l.A.Move(3).Move(4)
	fmt.Println(l.A, p.Add(q), p)
	pp := &p
	pp.Y = 7
	(*pp).X = 8
	fmt.Println(p, pp.Add(*pp))
	t := &Node{1, &Node{Val: 2}, nil}
	t.Right = &Node{Val: 3, Left: t.Left}
	t.Left.Val = 20
	fmt.Println(t.Right.Left.Val, t.Left.Left == nil)
	pts := []Point{{1, 2}, {3, 4}}
	for _, x := range pts {
		x.X = 0
	}
	for i := range pts {
		pts[i].Y = 0
		pts[i].Move(i)
	}
	fmt.Println(pts)
	m := map[string]*Point{"a": {1, 1}}
	m["a"].Move(5)
	fmt.Println(*m["a"])
	a, b := Line{A: p}, Line{A: p}
	fmt.Println(a == b, &a == &b)
	arr := [2]Line{}
	arr[1].B.X = 4
	cp := arr
	cp[1].B.X++
	fmt.Println(arr[1].B, cp[1].B)
	var e struct{}
	fmt.Println(e, struct{}{} == e)
	f := func(l Line) Line { l.A.X = -1; return l }
	fmt.Println(f(a).A.X, a.A.X)
	*pp = Point{}
	fmt.Println(p)
}
