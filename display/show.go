package display

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Kind says what an [Event] asks for.
type Kind int

// The kinds of events; the messages named are the protocol's.
const (
	KindShow   Kind = iota // display_data
	KindUpdate             // update_display_data
	KindClear              // clear_output
)

// Event is one thing for the front end to do.
type Event struct {
	Kind   Kind
	Bundle Bundle // what to show; its values are ready for JSON
	ID     string // the transient display_id
	Wait   bool   // clear only when the next output comes
}

// Sink takes events to a front end. Its methods are called from the goroutine
// that shows something, so that the sink can tell whose output it is, and from
// several goroutines at a time.
type Sink interface {
	// Display shows one event. An error means that it could not be sent.
	Display(Event) error
	// Input asks the person at the front end for a line and returns it without
	// its end; password says not to echo it.
	Input(prompt string, password bool) (string, error)
}

var connected atomic.Pointer[Sink]

// Connect makes s take all events from now on and returns the sink that did
// before. Nil, also the initial state, means standard output and input.
func Connect(s Sink) (previous Sink) {
	var p *Sink
	if s != nil {
		p = &s
	}
	if old := connected.Swap(p); old != nil {
		return *old
	}
	return nil
}

func sink() Sink {
	if p := connected.Load(); p != nil {
		return *p
	}
	return terminal{}
}

// Option changes how [Show] shows a value.
type Option func(*options)

type options struct{ id string }

// ID names what is shown, so that [Update] can replace it from any cell. Showing
// a second value with the same ID makes Update replace both.
func ID(id string) Option { return func(o *options) { o.id = id } }

// Handle is something that has been shown. As a cell's result it shows nothing.
type Handle struct {
	id  string
	err error
}

// Show shows v now, in the output of the cell that runs the calling goroutine.
func Show(v any, opts ...Option) *Handle {
	var o options
	for _, set := range opts {
		set(&o)
	}
	h := &Handle{id: o.id}
	if h.id == "" {
		h.id = known.generate()
	} else {
		known.add(h.id)
	}
	if b := BundleOf(v); len(b.Data) > 0 {
		h.err = sink().Display(Event{Kind: KindShow, Bundle: b, ID: h.id})
	}
	return h
}

// ID returns the name by which [Update] finds what h shows.
func (h *Handle) ID() string { return h.id }

// Err returns why the value could not be sent to the front end, or nil.
func (h *Handle) Err() error { return h.err }

// Update shows v in place of what h showed.
func (h *Handle) Update(v any) error {
	if h == nil || h.id == "" {
		return errors.New("display: update of a handle that Show did not return")
	}
	return update(h.id, v)
}

// MIMEBundle returns an empty bundle: what h stands for is on the page already.
func (h *Handle) MIMEBundle() Bundle { return Bundle{} }

// Update shows v in place of what was shown with that ID. An ID that nothing has
// been shown with is an error.
func Update(id string, v any) error {
	if !known.has(id) {
		return fmt.Errorf("display: update of %q: nothing has been shown with that ID", id)
	}
	return update(id, v)
}

func update(id string, v any) error {
	b := BundleOf(v)
	if len(b.Data) == 0 {
		b = Bundle{Data: map[string]any{plainText: ""}} // in place of something: nothing
	}
	return sink().Display(Event{Kind: KindUpdate, Bundle: b, ID: id})
}

// ClearOption changes what [Clear] does.
type ClearOption int

// Wait clears only when the next output comes, which avoids flicker.
const Wait ClearOption = 1

// Clear removes the output of the cell that runs the calling goroutine.
func Clear(opts ...ClearOption) error {
	e := Event{Kind: KindClear}
	for _, o := range opts {
		e.Wait = e.Wait || o == Wait
	}
	return sink().Display(e)
}

// ids are the display IDs in use. Those made here aren't stored: a notebook may
// show millions of values.
type ids struct {
	prefix string // random, as IDs of an earlier process are still on the page
	last   atomic.Uint64

	mu    sync.Mutex
	named map[string]bool
}

var known = ids{prefix: rand.Text()[:12] + "-"}

func (s *ids) generate() string { return s.prefix + strconv.FormatUint(s.last.Add(1), 10) }

func (s *ids) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.named == nil {
		s.named = map[string]bool{}
	}
	s.named[id] = true
}

func (s *ids) has(id string) bool {
	if n, ok := strings.CutPrefix(id, s.prefix); ok {
		number, err := strconv.ParseUint(n, 10, 64)
		return err == nil && number > 0 && number <= s.last.Load()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named[id]
}

// terminal is the sink of a program that no kernel runs.
type terminal struct{}

// stdout keeps the texts of several goroutines apart.
var stdout sync.Mutex

func (terminal) Display(e Event) error {
	if e.Kind == KindClear {
		return nil // what is printed stays
	}
	text := fmt.Sprint(e.Bundle.Data[plainText])
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	stdout.Lock()
	defer stdout.Unlock()
	_, err := os.Stdout.WriteString(text)
	return err
}
