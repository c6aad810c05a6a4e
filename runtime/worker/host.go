package worker

import (
	"reflect"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// A Host is the process that a worker is: it knows the session's code. Its methods are called from the
// worker's goroutines.
type Host interface {
	// Load puts a program in place.
	Load(program []byte) error
	// Drop says that a program that was loaded isn't used any more before it is loaded again.
	Drop(program string)
	// Use makes the programs with these IDs, which were loaded before, current: a function that they have in
	// different versions is that of the last, and the variables of the session have the values that fn brings. It returns the function.
	Use(programs []string, fn ship.Decoder) (run reflect.Value, err error)
	// Call calls f as the task of that ID and returns how it failed. Its prints are the task's. It doesn't return
	// before f has ended. There is one Call at a time; a task may have several, one after the other.
	Call(task uint64, f func()) *bus.Failure
	// Interrupt ends the Call that runs, if it is the task's: its failure is of the kind "cancelled". The code may take no notice
	// of it. Calls that follow, also the task's, are not affected. It returns at once.
	Interrupt(task uint64)
	// Printed marks the output and returns the number of the mark, or 0 if nothing was printed since the last.
	Printed() int
	Codec() *ship.Codec
}
