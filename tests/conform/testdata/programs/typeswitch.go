package main

import (
	"errors"
	"fmt"
	"io"
)

type Shape interface{ Area() float64 }
type Sq struct{ s float64 }
type Circ struct{ r float64 }

func (s Sq) Area() float64    { return s.s * s.s }
func (c *Circ) Area() float64 { return c.r * 3 }
func (c *Circ) Close() error  { return nil }

type MyInt int
type Fn func(int) int

func what(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case bool:
		return fmt.Sprint("bool ", !v)
	case int, int64:
		return fmt.Sprintf("integer %v", v)
	case MyInt:
		return fmt.Sprint("MyInt ", int(v)+1)
	case []int:
		return fmt.Sprint("ints ", len(v))
	case map[string]int:
		return fmt.Sprint("map ", v["a"])
	case Sq:
		return fmt.Sprint("square ", v.s)
	case io.Closer:
		return fmt.Sprint("closer ", v.Close())
	case Shape:
		return "shape"
	case error:
		return "error " + v.Error()
	case func() string:
		return v()
	case Fn:
		return fmt.Sprint("Fn ", v(1))
	case *int:
		return fmt.Sprint("pointer ", *v)
	case struct{ X int }:
		return fmt.Sprint("struct ", v.X)
	case [2]string:
		return v[1]
	case chan<- int:
		return "send only"
	default:
		return fmt.Sprintf("%T", v)
	}
}

func main() {
	n := 4
	for _, x := range []any{nil, true, 1, int64(2), int32(3), MyInt(3), []int{1}, map[string]int{"a": 5}, Sq{2}, &Sq{3}, &Circ{1},
		errors.New("e"), func() string { return "called" }, Fn(func(i int) int { return i + 1 }), func(i int) int { return i }, &n,
		struct{ X int }{7}, struct{ Y int }{7}, [2]string{"a", "b"}, make(chan int), (chan<- int)(nil), 1.5, 'x', "s", []string{}} {
		fmt.Println(what(x))
	}
}
