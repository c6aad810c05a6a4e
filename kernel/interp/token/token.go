// Package token says to which run of a cell the running goroutine belongs.
//
// A Token rides on the goroutine's profiler labels, which the Go runtime copies
// to every goroutine started from this one, by interpreted or by compiled code.
// It is not a context: it can't be lost by code that doesn't pass it on, except
// by pprof.Do, which replaces the labels while it runs.
package token

import (
	"context"
	"errors"
	"runtime"
	"runtime/pprof"
	"strconv"
	"time"
	"unsafe"
)

// A Token stands for one run of a cell. Its first field has the layout of the
// runtime's label set, so that the token itself can be a goroutine's labels: a
// traceback then names the cell, and nothing has to be registered or freed.
type Token struct {
	labels []label

	// Run is the serial number of the run.
	Run int
	// Done is closed when the run is interrupted.
	Done <-chan struct{}

	done   chan struct{}
	unwind *Token // of goroutines that run their deferred calls after an interrupt
}

type label struct{ key, value string }

// labelKey marks a label set as a Token by the address of its bytes.
var labelKey = string([]byte("cell"))

//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

//go:linkname setProfLabel runtime/pprof.runtime_setProfLabel
func setProfLabel(unsafe.Pointer)

// New returns the token of a run. No goroutine carries it yet.
func New(run int) *Token {
	t := newToken(run)
	t.unwind = newToken(run)
	return t
}

func newToken(run int) *Token {
	done := make(chan struct{})
	return &Token{
		labels: []label{{labelKey, strconv.Itoa(run)}},
		Run:    run,
		Done:   done,
		done:   done,
	}
}

// Enter makes the calling goroutine, and those it starts from now on, part of the
// run. A nil token makes it part of none.
func (t *Token) Enter() { setProfLabel(unsafe.Pointer(t)) }

// Current returns the token of the calling goroutine, or nil. It costs about 2 ns.
func Current() *Token {
	p := getProfLabel()
	if p == nil {
		return nil
	}
	set := *(*[]label)(p)
	if len(set) == 0 || unsafe.StringData(set[0].key) != unsafe.StringData(labelKey) {
		return nil // the user's own labels
	}
	return (*Token)(p)
}

// grace is how long deferred calls of an interrupted run may take.
const grace = time.Second

// Interrupt ends what the run does. Deferred calls may take a second more. It is
// called once.
func (t *Token) Interrupt() {
	close(t.done)
	time.AfterFunc(grace, func() { close(t.unwind.done) })
}

// Interrupted reports whether the run was interrupted.
func (t *Token) Interrupted() bool {
	select {
	case <-t.Done:
		return true
	default:
		return false
	}
}

// Exit ends the calling goroutine, which belongs to the interrupted run t. It uses
// Goexit, not panic: deferred calls run, recover doesn't see it, nothing is printed.
func (t *Token) Exit() {
	if t.unwind != nil {
		t.unwind.Enter() // deferred calls are not stopped again
	}
	runtime.Goexit()
}

// Check returns an error if the labels of this Go version don't have the layout
// that the package relies on.
func Check() error {
	failed := make(chan bool, 1)
	go func() { // labels of a goroutine that then ends
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("a", "b")))
		set := (*[]label)(getProfLabel())
		failed <- set == nil || len(*set) != 1 || (*set)[0] != (label{"a", "b"})
	}()
	if <-failed {
		return errors.New("goroutine labels of this Go version have another layout")
	}
	return nil
}
