package pretty_test

import (
	"reflect"
	"testing"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"github.com/goherd/goherd/display/pretty"
)

// The interpreter's own values, as this package claims to know their shapes
// without importing it.
func TestInterpretedValues(t *testing.T) {
	i := interp.New(interp.Options{})
	if err := i.Use(stdlib.Symbols); err != nil {
		t.Fatal(err)
	}
	eval := func(src string) reflect.Value {
		t.Helper()
		v, err := i.Eval(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		return v
	}
	eval(`
import ("errors"; "fmt"; "time")

type point struct { x, Y int; _name string }
type Shape interface { Area() float64 }
type Square struct { side float64 }
func (s Square) Area() float64 { return s.side * s.side }
type Box struct { Shape Shape; Any any; Err error; At time.Duration }
type Node struct { id int; next *Node }
type day int
func (d day) String() string { return fmt.Sprint("day ", int(d)) }

var ring = &Node{id: 1}
var _ = errors.New
`)
	eval(`ring.next = &Node{2, ring}`)
	node := &pretty.Type{Name: "main.Node", Kind: "struct"}
	node.Fields = []pretty.Field{{Name: "id"}, {Name: "next", Type: &pretty.Type{Kind: "ptr", Elem: node}}}
	for _, test := range []struct {
		src  string
		typ  *pretty.Type
		want string
	}{
		{`point{1, 2, "n"}`, nil, `struct{x: 1, Y: 2, _name: "n"}`},
		{`map[string]point{"a": {1, 2, ""}}`, nil, `map[string]struct{x int; Y int; _name string}{"a": {x: 1, Y: 2, _name: ""}}`},
		{`Shape(Square{2})`, nil, `struct{side: 2}`},
		{`[]Shape{Square{2}, nil}`, nil, `[]interface{…}{struct{side: 2}, nil}`},
		{`[]any{1, "a", Square{2}, nil}`, nil, `[]any{1, "a", struct{side: 2}, nil}`},
		{`Box{Square{2}, Square{3}, errors.New("x"), time.Second}`, nil, `struct{Shape: struct{side: 2}, Any: struct{side: 3}, Err: error("x"), At: 1s}`},
		{`[]fmt.Stringer{day(2)}`, nil, `[]fmt.Stringer{day 2}`},
		{`ring`, &pretty.Type{Kind: "ptr", Elem: node}, `&Node{id: 1, next: &Node{id: 2, next: <cycle>}}`},
		{`ring`, nil, `&struct{id: 1, next: &struct{id: 2, next: <cycle>}}`},
		{`&ring`, nil, `&&struct{id: 1, next: &struct{id: 2, next: <cycle>}}`},
	} {
		if got := pretty.Format(eval(test.src), test.typ, pretty.Options{Interpreted: true}); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.src, got, test.want)
		}
	}
}
