package core

import (
	"reflect"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// A Host is the process that the package is used in: an interpreter, or a worker. Its methods may be called from any
// goroutine.
type Host interface {
	// Connect returns where the runtime is, which is started if it isn't there. It is an error
	// if the session has none, or where it was shut down and start isn't set.
	Connect(start bool) (bus.Address, error)
	// Run returns the run of a cell that the calling goroutine belongs to, 0 if there is none.
	Run() int
	// Done returns a channel that closes when the calling goroutine's cell is interrupted, and a func that then ends the
	// goroutine. The channel may be nil.
	Done() (done <-chan struct{}, exit func())
	// Pack makes f ready for another process.
	Pack(f reflect.Value) (*Packed, error)
	// PackInit is Pack for a function that makes a worker ready: session variables that it sets stay in the worker
	// as it left them, whatever they are in the session. They aren't lost.
	PackInit(f reflect.Value) (*Packed, error)
	// Describe returns the name of a function and where it stands.
	Describe(f reflect.Value) (name, place string)
	// Codec writes and reads values that travel.
	Codec() *ship.Codec
	// Extend returns a program with types and functions by ID that the packed programs don't have, nil if there are none.
	Extend(have []string, types, funcs []int32) (id string, program []byte, err error)
	// Protect calls f and returns how it failed, if it panicked. Goexit goes on.
	Protect(f func()) *bus.Failure
	// Place writes where the calling code of a cell stands: "cell [3], line 2".
	Place() string
	// PlaceOf writes a position of a bus.Frame for the user: "cell [3], line 2".
	PlaceOf(pos uint64) string
	// Warn shows a line of text in the cell of a run.
	Warn(run int, text string)
	// Display shows content in the cell of a run, in place of what the same id showed.
	Display(run int, id string, update bool, content Content)
}

// Content is what a display shows, in several forms.
type Content struct{ Text, HTML string }

// A Packed is a function ready for another process.
type Packed struct {
	Name, Place string
	ID          string // of the program, by content
	Program     []byte
	// Func is the func value and the values of the variables it uses.
	Func ship.Encoded
	// Waits are the values it uses that aren't there yet: futures. If there are any, Func is empty: Pack is
	// called again when they are there.
	Waits []ship.Pending
	// Lost are the variables that it may change, which stays in the worker.
	Lost []Variable
}

// A Variable is a variable of the user's.
type Variable struct{ Name, Type, Place string }
