package display_test

import (
	"fmt"

	"github.com/goherd/goherd/display"
)

// Celsius shows itself in degrees.
type Celsius float64

func (c Celsius) HTML() string   { return fmt.Sprintf("<b>%g</b> °C", float64(c)) }
func (c Celsius) String() string { return fmt.Sprintf("%g °C", float64(c)) }

// Without a notebook, the text form is printed.
func ExampleShow() {
	h := display.Show(Celsius(21.5))
	if err := h.Update(display.HTML("<p>gone</p>")); err != nil {
		fmt.Println(err)
	}
	display.Show(map[string][]int{"b": {2}, "a": nil})
	// Output:
	// 21.5 °C
	// gone
	// map[string][]int{"a": nil, "b": {2}}
}

func ExampleBundleOf() {
	b := display.BundleOf(Celsius(21.5))
	fmt.Println(b.Data["text/html"])
	fmt.Println(b.Data["text/plain"])
	// Output:
	// <b>21.5</b> °C
	// 21.5 °C
}
