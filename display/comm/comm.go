// Package comm talks with programs in the front end (widgets, extensions) over
// named channels, the comms of the Jupyter messaging protocol.
//
//	c, err := comm.Open("my_target", map[string]any{"value": 1})
//	c.OnMessage(func(m comm.Message) { … })
//	err = c.Send(map[string]any{"value": 2})
//
// It is not a widget library, and not the kernel's side: what it sends goes to a
// [Sink], and what the front end says comes in by [Deliver]; whoever runs the
// program connects both. All functions may be called from any goroutine.
package comm

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// Kind says what an [Event] is.
type Kind int

// The kinds of events. The first three are messages of the protocol, in both
// directions; the last two tell the kernel for which targets a front end may
// open a comm.
const (
	KindOpen       Kind = iota // comm_open
	KindMessage                // comm_msg
	KindClose                  // comm_close
	KindRegister               // Target can be opened
	KindUnregister             // Target can't be opened any more
)

// Event is a message of a comm between this process and the kernel.
type Event struct {
	Kind   Kind
	ID     string // the comm's
	Target string // of Open, Register and Unregister
	Message
}

// Message is what one side says to the other.
type Message struct {
	Data     json.RawMessage // a JSON object; nil: an empty one
	Metadata map[string]any
	Buffers  [][]byte // binary data beside it; not to be changed
}

// Decode stores the message's data in the value that v points to, as
// encoding/json does.
func (m Message) Decode(v any) error {
	data := m.Data
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("decoding a comm's message: %w", err)
	}
	return nil
}

// Sink takes events to the kernel. It is called from several goroutines at a
// time, each that of the caller.
type Sink interface {
	Send(Event) error
}

// ErrClosed is returned for a comm that either side has closed.
var ErrClosed = errors.New("the comm is closed")

var errNoSink = errors.New("no notebook is connected")

// Comm is one channel to the front end.
type Comm struct {
	id, target string

	mu        sync.Mutex
	closed    bool
	onMessage func(Message)
	onClose   func(Message)
}

var registry = struct {
	mu      sync.Mutex
	sink    Sink
	comms   map[string]*Comm
	targets map[string]func(*Comm, Message)
}{comms: map[string]*Comm{}, targets: map[string]func(*Comm, Message){}}

// Connect makes s take all events from now on and returns the sink that did
// before. Nil, also the initial state, means that there is no front end.
func Connect(s Sink) (previous Sink) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	previous, registry.sink = registry.sink, s
	return previous
}

func send(e Event) error {
	registry.mu.Lock()
	s := registry.sink
	registry.mu.Unlock()
	if s == nil {
		return errNoSink
	}
	return s.Send(e)
}

// Option adds to the message by which a comm is opened.
type Option func(*Message)

// Buffers sends binary data beside the message.
func Buffers(buffers ...[]byte) Option { return func(m *Message) { m.Buffers = buffers } }

// Metadata sends metadata, for example the version of a widget's protocol.
func Metadata(metadata map[string]any) Option { return func(m *Message) { m.Metadata = metadata } }

// Open opens a comm to what the front end knows as target. data must encode to a
// JSON object; nil is an empty one. A front end that doesn't know the target
// closes the comm. It fails where no front end is connected.
func Open(target string, data any, opts ...Option) (*Comm, error) {
	m, err := newMessage(data)
	if err != nil {
		return nil, fmt.Errorf("opening a comm to %q: %w", target, err)
	}
	for _, o := range opts {
		o(&m)
	}
	c := &Comm{id: rand.Text(), target: target}
	c.add() // before it is sent: the answer may be there at once
	if err := send(Event{Kind: KindOpen, ID: c.id, Target: target, Message: m}); err != nil {
		c.remove()
		return nil, fmt.Errorf("opening a comm to %q: %w", target, err)
	}
	return c, nil
}

func newMessage(data any, buffers ...[]byte) (Message, error) {
	if data == nil {
		return Message{Buffers: buffers}, nil
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return Message{}, err
	}
	if raw[0] != '{' {
		return Message{}, fmt.Errorf("a %T is not a JSON object", data)
	}
	return Message{Data: raw, Buffers: buffers}, nil
}

// Register makes open be called for each comm that the front end opens to
// target, with the comm and its first message. It replaces an earlier one; nil
// ends it.
func Register(target string, open func(c *Comm, first Message)) error {
	kind := KindRegister
	registry.mu.Lock()
	if open != nil {
		registry.targets[target] = open
	} else {
		delete(registry.targets, target)
		kind = KindUnregister
	}
	registry.mu.Unlock()
	if err := send(Event{Kind: kind, Target: target}); err != nil {
		return fmt.Errorf("registering the comm target %q: %w", target, err)
	}
	return nil
}

// Deliver takes what the front end said to the code that waits for it and
// returns when that has returned. Its caller keeps the order of messages by
// calling it from one goroutine. A panic of the called code is not caught.
func Deliver(e Event) error {
	if e.Kind == KindOpen {
		return opened(e)
	}
	registry.mu.Lock()
	c := registry.comms[e.ID]
	registry.mu.Unlock()
	if c == nil {
		return fmt.Errorf("comm %s: a message for an unknown comm", e.ID)
	}
	switch e.Kind {
	case KindMessage:
		c.mu.Lock()
		f := c.onMessage
		c.mu.Unlock()
		if f != nil {
			f(e.Message)
		}
	case KindClose:
		if c.remove() {
			c.mu.Lock()
			f := c.onClose
			c.mu.Unlock()
			if f != nil {
				f(e.Message)
			}
		}
	default:
		return fmt.Errorf("comm %s: an event of kind %d can't come from the front end", e.ID, e.Kind)
	}
	return nil
}

func opened(e Event) error {
	registry.mu.Lock()
	open := registry.targets[e.Target]
	_, taken := registry.comms[e.ID]
	registry.mu.Unlock()
	switch {
	case taken:
		return fmt.Errorf("comm %s is open already", e.ID)
	case open == nil: // unregistered a moment ago
		return send(Event{Kind: KindClose, ID: e.ID})
	}
	c := &Comm{id: e.ID, target: e.Target}
	c.add()
	open(c, e.Message)
	return nil
}

func (c *Comm) add() {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	registry.comms[c.id] = c
}

// remove reports whether c was open.
func (c *Comm) remove() bool {
	c.mu.Lock()
	was := !c.closed
	c.closed = true
	c.mu.Unlock()
	registry.mu.Lock()
	defer registry.mu.Unlock()
	delete(registry.comms, c.id)
	return was
}

// ID returns the comm's name, which the front end knows too.
func (c *Comm) ID() string { return c.id }

// Target returns what the comm was opened to.
func (c *Comm) Target() string { return c.target }

// OnMessage makes f be called with each message of the front end. Messages that
// come before have no effect.
func (c *Comm) OnMessage(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onMessage = f
}

// OnClose makes f be called when the front end closes the comm.
func (c *Comm) OnClose(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = f
}

// Send sends data, which must encode to a JSON object, and binary data beside it.
// It returns [ErrClosed] after the comm was closed.
func (c *Comm) Send(data any, buffers ...[]byte) error {
	m, err := newMessage(data, buffers...)
	if err != nil {
		return fmt.Errorf("sending to the comm %q: %w", c.target, err)
	}
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return fmt.Errorf("sending to the comm %q: %w", c.target, ErrClosed)
	}
	if err := send(Event{Kind: KindMessage, ID: c.id, Message: m}); err != nil {
		return fmt.Errorf("sending to the comm %q: %w", c.target, err)
	}
	return nil
}

// Close closes the comm and tells the front end, with data that may be nil.
// Closing it again does nothing.
func (c *Comm) Close(data any) error {
	m, err := newMessage(data)
	if err != nil {
		return fmt.Errorf("closing the comm %q: %w", c.target, err)
	}
	if !c.remove() {
		return nil
	}
	if err := send(Event{Kind: KindClose, ID: c.id, Message: m}); err != nil {
		return fmt.Errorf("closing the comm %q: %w", c.target, err)
	}
	return nil
}
