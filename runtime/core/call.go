package core

import (
	"fmt"
	"reflect"
)

// A Call is a function and its arguments: what a pool is given to do.
type Call struct {
	Name string // of the function that the user has called: "pool.Map"
	Func any    // the user's function, which messages name
	// Run does the items of a chunk, as bus.Spec says: func(in []T, out []R, at *int, fail func(int, error)).
	Run any
	// Shared does the same for calls of one item that are given their functions as items: func(in []Shipped, out []R, …). nil where
	// that can't be.
	Shared any
	In     any // []T
	Out    any // []R, as long as In
	// Joined says that Run makes one result of a chunk, in out[0]. Results that aren't zero come to the
	// front of Out, in order of their items.
	Joined bool
	// One says that there is one item, which the user doesn't think of as such.
	One bool
	// Value is what a future of the call has for its value: a slice of one element, to be filled by way of Out.
	Value   any
	Options []Option
}

// valid says what is wrong with the user's function.
func (c *Call) valid() error {
	if f := reflect.ValueOf(c.Func); f.Kind() != reflect.Func || f.IsNil() {
		return fmt.Errorf("%s: the function is nil", c.Name)
	}
	return nil
}

// SameLength is the error where slices that belong together aren't as long as each other.
func SameLength(name string, lengths ...int) error {
	for _, n := range lengths {
		if n != lengths[0] {
			return fmt.Errorf("%s: the slices are of different lengths: %d", name, lengths)
		}
	}
	return nil
}
