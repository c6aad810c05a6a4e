package core

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/goherd/goherd/runtime/bus"
)

// ErrClosed is the cause where a pool was used after it was closed.
var ErrClosed = errors.New("the pool is closed")

// ErrInterrupted is the cause where work ended because its cell was interrupted.
var ErrInterrupted = errors.New("the cell was interrupted")

// An Error says which items of a call failed, and why others were not done. It unwraps to all of
// these causes.
type Error struct {
	Call   string // "pool.Map"
	Items  int    // of the call, as far as is known
	Done   int    // how many of them were done, with success or without
	Failed []*ItemError
	Cause  error // why the call ended before all items were done, else nil
}

// maxListed is how many items the text of an error lists.
const maxListed = 10

// Error lists the items that failed, ten at most, each with its stack.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Cause != nil && e.Items > 1 && e.Done > 0:
		fmt.Fprintf(&b, "%s: %v, after %d of %s", e.Call, e.Cause, e.Done, count(e.Items, "item"))
		if len(e.Failed) > 0 {
			fmt.Fprintf(&b, "; %d failed", len(e.Failed))
		}
	case e.Cause != nil:
		fmt.Fprintf(&b, "%s: %v", e.Call, e.Cause)
	default:
		fmt.Fprintf(&b, "%s: %s of %s failed", e.Call, thousands(len(e.Failed)), count(e.Items, "item"))
	}
	if len(e.Failed) > 0 {
		b.WriteString(":")
	}
	for i, f := range e.Failed {
		if i == maxListed {
			fmt.Fprintf(&b, "\n  and %s more", thousands(len(e.Failed)-maxListed))
			break
		}
		b.WriteString("\n  " + strings.ReplaceAll(f.Error(), "\n", "\n  "))
	}
	return b.String()
}

// Unwrap returns what the items failed with, and the cause.
func (e *Error) Unwrap() []error {
	errs := make([]error, 0, len(e.Failed)+1)
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	for _, f := range e.Failed {
		errs = append(errs, f.Err)
	}
	return errs
}

// As has errors.As find the first item that failed.
func (e *Error) As(target any) bool {
	if to, ok := target.(**ItemError); ok && len(e.Failed) > 0 {
		*to = e.Failed[0]
		return true
	}
	return false
}

// An ItemError says how an item failed.
type ItemError struct {
	Item    int    // its number in the call, from 0; -1 for what has no items
	Value   string // the item, shortened
	Worker  string // that it was tried in last: "worker 2"
	Pid     int    // of that worker, 0 for a goroutine
	Attempt int    // how often it was tried
	Func    string // the user's function
	Place   string // where that stands: "cell [3], line 2"
	Kind    string // "error", "panic", "died", "timeout", "cancelled", "unreadable", "lost"
	Stack   []Frame
	Err     error // what the function returned, as far as it could come here, or what else happened
}

// fatal is what the Go runtime calls what ends a program.
const fatal = "fatal error"

// A Frame is a line of a stack, innermost first.
type Frame struct{ Func, Place string }

// Error says which item failed and why, with a line for each call that led there.
func (e *ItemError) Error() string {
	var b strings.Builder
	if e.Item >= 0 {
		fmt.Fprintf(&b, "item %d ", e.Item)
		if e.Value != "" {
			fmt.Fprintf(&b, "(value %s) ", e.Value)
		}
		b.WriteString("of ")
	}
	b.WriteString(at(e.Func, e.Place) + ": ")
	if r := (*Remote)(nil); e.Kind == "panic" && errors.As(e.Err, &r) && r.Type == fatal {
		b.WriteString(fatal + ": ")
	} else if e.Kind == "panic" {
		b.WriteString("panic: ")
	}
	b.WriteString(e.Err.Error())
	if e.Worker != "" {
		b.WriteString("; " + e.Worker)
		if e.Pid != 0 {
			fmt.Fprintf(&b, " (pid %d)", e.Pid)
		}
	}
	if e.Attempt > 0 {
		fmt.Fprintf(&b, ", attempt %d", e.Attempt)
	}
	const maxFrames = 8
	for i, n := 0, 0; i < len(e.Stack); n++ {
		f, same := e.Stack[i], 1
		for i+same < len(e.Stack) && e.Stack[i+same] == f {
			same++
		}
		if n == maxFrames {
			fmt.Fprintf(&b, "\n    and %s", count(len(e.Stack)-i, "call"))
			break
		}
		b.WriteString("\n    at " + at(f.Func, f.Place))
		if same > 1 {
			fmt.Fprintf(&b, ", %s times", thousands(same))
		}
		i += same
	}
	return b.String()
}

// Unwrap returns the error that the function returned.
func (e *ItemError) Unwrap() error { return e.Err }

// at writes what something is called and where it stands.
func at(name, place string) string {
	switch {
	case place == "":
		return name
	case name == "":
		return place
	}
	return name + " (" + place + ")"
}

// A Remote is an error of a worker that couldn't come as what it was: a panic, the death of the worker, an error with
// a channel in it.
type Remote struct {
	Type string   // of the error, or what happened: "runtime error", "out of memory"
	Text string   // all of it
	Rest []string // the texts of the errors that it wrapped, outermost first
	Code int      // the exit code, where Type is "exit"
}

// Error returns the text of the error.
func (e *Remote) Error() string { return e.Text }

// Unwrap returns the error that was wrapped, as far as it is known, or nil.
func (e *Remote) Unwrap() error {
	if len(e.Rest) == 0 {
		return nil
	}
	return &Remote{Type: "error", Text: e.Rest[0], Rest: e.Rest[1:]}
}

// remoteError is the error of a failure whose own error isn't here.
func remoteError(f *bus.Failure) error {
	r := &Remote{Type: f.Name, Text: f.Text, Rest: f.Chain, Code: f.Code}
	if len(r.Rest) > 0 && r.Rest[0] == f.Text {
		r.Rest = r.Rest[1:]
	}
	if r.Text == "" {
		r.Text = f.Name
	}
	switch f.Kind {
	case "timeout":
		return &caused{r.Text, context.DeadlineExceeded}
	case "cancelled":
		return &caused{r.Text, context.Canceled}
	}
	return r
}

// A caused error has a text of its own and is a well-known one.
type caused struct {
	text  string
	cause error
}

func (e *caused) Error() string { return e.text }
func (e *caused) Unwrap() error { return e.cause }

// Goes reports whether a call with this error was carried on to its end: items may have failed.
func Goes(err error) bool {
	if err == nil {
		return true
	}
	var e *Error
	return errors.As(err, &e) && e.Cause == nil
}

// Both joins the errors of two calls that are one to the user.
func Both(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}

// FanIn is how many results a worker joins in a step of a tree.
const FanIn = 4
