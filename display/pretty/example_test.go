package pretty_test

import (
	"fmt"
	"reflect"

	"github.com/goherd/goherd/display/pretty"
)

func ExampleFormat() {
	numbers := make([]int, 10_000)
	for i := range numbers {
		numbers[i] = i
	}
	fmt.Println(pretty.Format(reflect.ValueOf(numbers), nil, pretty.Options{}))

	// What the interpreter has of type Point struct { x, y int }, and what the
	// compiler knows of it.
	v := struct{ Xx, Xy int }{1, 2}
	integer := &pretty.Type{Name: "int", Kind: "int"}
	point := &pretty.Type{Name: "main.Point", Kind: "struct", Fields: []pretty.Field{{Name: "x", Type: integer}, {Name: "y", Type: integer}}}
	fmt.Println(pretty.Format(reflect.ValueOf(v), point, pretty.Options{}))
	// Output:
	// []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 9,985 more …, 9995, 9996, 9997, 9998, 9999} // len 10000
	// Point{x: 1, y: 2}
}
