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

// A Token stands for one run of a cell. It can be a goroutine's labels itself: a
// traceback then names the cell, and nothing has to be registered or freed.
type Token struct {
	set Set

	// Run is the serial number of the run.
	Run int
	// Done is closed when the run is interrupted.
	Done <-chan struct{}

	done   chan struct{}
	unwind *Token // of goroutines that run their deferred calls after an interrupt
}

// A Set is what the labels of a goroutine of a run are. Its first field has the layout of the
// runtime's label set.
type Set struct {
	labels []Label
	token  *Token
	owner  any
}

// A Label is a word about a goroutine that the runtime's tracebacks tell.
type Label struct{ Key, Value string }

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
	t := &Token{
		Run:  run,
		Done: done,
		done: done,
	}
	t.set = Set{[]Label{{labelKey, strconv.Itoa(run)}}, t, nil}
	return t
}

// Set makes a set of labels for a goroutine of the run. The first of labels, which it keeps, is set to the run's; what the
// others say, their owner may change at any time.
func (t *Token) Set(labels []Label, owner any) *Set {
	labels[0] = t.set.labels[0]
	return &Set{labels, t, owner}
}

// Owner returns the owner of the calling goroutine's labels, nil if they have none. Goroutines
// that compiled code has started have those of another.
func Owner() any { return Labels{getProfLabel()}.Owner() }

// Token returns the run that the set is for, nil for a nil set.
func (s *Set) Token() *Token {
	if s == nil {
		return nil
	}
	return s.token
}

// Enter makes the set the calling goroutine's, and that of those it starts, and returns
// what gives it the labels back that it had.
func (s *Set) Enter() Labels {
	old := Labels{getProfLabel()}
	setProfLabel(unsafe.Pointer(s))
	return old
}

// Labels are those that a goroutine had.
type Labels struct{ p unsafe.Pointer }

// Owner returns the owner of the labels, nil if they have none.
func (l Labels) Owner() any {
	if s := setOf(l.p); s != nil {
		return s.owner
	}
	return nil
}

// Restore gives them to the calling goroutine.
func (l Labels) Restore() { setProfLabel(l.p) }

// Enter makes the calling goroutine, and those it starts from now on, part of the
// run. A nil token makes it part of none.
func (t *Token) Enter() {
	if t == nil {
		setProfLabel(nil)
		return
	}
	setProfLabel(unsafe.Pointer(&t.set))
}

// Current returns the token of the calling goroutine, or nil. It costs about 2 ns.
func Current() *Token {
	if s := setOf(getProfLabel()); s != nil {
		return s.token
	}
	return nil
}

// setOf returns the labels that p points to, nil if they aren't a token's.
func setOf(p unsafe.Pointer) *Set {
	if p == nil {
		return nil
	}
	set := *(*[]Label)(p)
	if len(set) == 0 || unsafe.StringData(set[0].Key) != unsafe.StringData(labelKey) {
		return nil // the user's own labels
	}
	return (*Set)(p)
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
		set := (*[]Label)(getProfLabel())
		failed <- set == nil || len(*set) != 1 || (*set)[0] != (Label{"a", "b"})
	}()
	if <-failed {
		return errors.New("goroutine labels of this Go version have another layout")
	}
	return nil
}
