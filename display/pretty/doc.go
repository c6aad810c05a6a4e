// Package pretty writes a value as text in Go's syntax, for a person to read.
//
// It is what a cell's result looks like when nothing better is known about the
// value: Point{X: 1, Y: 2}, maps in key order, long slices cut, pointers
// followed, cycles cut, unexported fields readable. The work and the text are
// bounded however large the value is: a slice of ten million elements costs
// microseconds, because only the elements that are shown are visited.
//
// It is not a serialiser and not a diff: the text is meant to look like Go, but
// it is cut, it elides, and texts of String and Error methods stand in it as
// they are.
//
// Values of interpreted code have lost the names of their types: a struct is an
// anonymous reflect.StructOf type. A [Type] says what the compiler knew, and
// [Encode] and [Decode] carry such types from one process to another.
package pretty
