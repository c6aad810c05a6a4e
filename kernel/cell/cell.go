// Package cell is the cell compiler: it turns the text of a cell into Go that the
// interpreter runs, and remembers what the session has declared.
//
// A cell is parsed, checked by go/types together with the live declarations of the
// session, and rewritten: its statements become the body of one function, variables
// at its top level become variables of the package, names that are declared anew get
// a new name in the interpreter. Checking the whole session with every cell, without
// the bodies of its old functions, is what makes redefinition sound: whoever depends
// on a declaration that changed is compiled again, or dropped with a note.
//
// It runs nothing and knows neither Jupyter nor yaegi: the output is text, and the
// caller says what became of it.
package cell

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/interp/link"
)

// entry is the name of the function that a cell's statements become.
const entry = "cell" + mark

// mark separates a name of the user from what the compiler adds to it. It is a
// letter to Go and to no keyboard.
const mark = "ᐧ"

// A Source is the text of a cell, or of the part of it between two magics.
type Source struct {
	// Serial identifies the cell in positions. It is greater than 0 and never reused.
	Serial int
	// Line is the line of the cell that Text begins on, from 1. Zero means 1.
	Line int
	Text string
}

// A Diagnostic is one error of a cell's text.
type Diagnostic struct {
	Pos  link.Pos
	Text string // as the Go compiler says it, without the position
}

// An Error holds all errors of a cell's text, in its order.
type Error struct {
	Diagnostics []Diagnostic
}

// Error lists the errors, a line each.
func (e *Error) Error() string {
	lines := make([]string, len(e.Diagnostics))
	for i, d := range e.Diagnostics {
		lines[i] = fmt.Sprintf("%d:%d: %s", d.Pos.Line(), d.Pos.Column(), d.Text)
	}
	return strings.Join(lines, "\n")
}

// sorted returns e with its errors in the order of the text, without repetitions.
func (e *Error) sorted() *Error {
	slices.SortStableFunc(e.Diagnostics, func(a, b Diagnostic) int { return cmp.Compare(a.Pos, b.Pos) })
	e.Diagnostics = slices.Compact(e.Diagnostics)
	return e
}

// Mode says how the statements of a cell are run.
type Mode int

// The modes.
const (
	Normal Mode = iota
	Timeit      // repeat the statements as often as the host says
)

// A Program is a compiled cell. It takes effect on the session by Commit.
type Program struct {
	link.Program
	// Notes tell of declarations that this one has replaced or made unusable, a line
	// each, for the user to see.
	Notes []string
	// Warnings tell of likely mistakes.
	Warnings []Warning

	commit func() // nil if there is nothing to remember
}
