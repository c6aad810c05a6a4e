// Package comm keeps the kernel's side of comms: which are open, who answers
// them, and which targets a front end may open (Jupyter messaging protocol 5.5,
// "Custom messages").
//
// It does no I/O: messages go out through a [Sender], and the kernel's dispatcher
// hands in what arrives. It doesn't know what is said over a comm. Comms of the
// user's code live in the interpreter; a [Remote] stands for them here.
package comm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/google/uuid"

	user "github.com/goherd/goherd/display/comm"
)

// A front end that goes wrong must not make the kernel grow.
const (
	maxComms = 10_000
	maxName  = 1024 // bytes of an ID or a target's name
)

// Message is what one side says to the other.
type Message = user.Message

// Sender sends a message on IOPub. The context is the one that the call which
// caused it was given, so that it can carry the parent. It may be called from
// several goroutines at a time.
type Sender interface {
	Send(ctx context.Context, msgType string, content any, metadata map[string]any, buffers [][]byte) error
}

// Target answers a front end that opens a comm. It runs in the goroutine of
// [Registry.Handle] and sets the comm's handlers. An error closes the comm.
type Target func(ctx context.Context, c *Comm, open Message) error

// Handler answers a message of a comm. It runs in the goroutine of
// [Registry.Handle].
type Handler func(ctx context.Context, m Message)

// ErrClosed is returned for a comm that either side has closed.
var ErrClosed = user.ErrClosed

// Registry holds the comms of one kernel. Its methods, and those of its comms,
// may be called from any goroutine; no lock is held while a handler runs.
type Registry struct {
	sender Sender
	log    *slog.Logger

	mu      sync.Mutex
	comms   map[string]*Comm
	targets map[string]*target
}

type target struct {
	open  Target
	owner *Remote // nil: the kernel
}

// Comm is one open comm.
type Comm struct {
	r          *Registry
	owner      *Remote // nil: the kernel
	id, target string

	mu        sync.Mutex
	onMessage Handler
	onClose   Handler
}

// Info is what comm_info_reply says of a comm.
type Info struct {
	TargetName string `json:"target_name"`
}

// Contents of the messages, as the protocol has them.
type (
	openContent struct {
		ID     string          `json:"comm_id"`
		Target string          `json:"target_name"`
		Data   json.RawMessage `json:"data"`
	}
	dataContent struct {
		ID   string          `json:"comm_id"`
		Data json.RawMessage `json:"data"`
	}
)

// New returns a registry without comms and targets.
func New(s Sender, log *slog.Logger) *Registry {
	return &Registry{sender: s, log: log, comms: map[string]*Comm{}, targets: map[string]*target{}}
}

// Register makes open answer comms that a front end opens to the target. A
// target that is registered already is an error.
func (r *Registry) Register(name string, open Target) error {
	return r.register(name, &target{open: open})
}

func (r *Registry) register(name string, t *target) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(name) > maxName || len(r.targets) >= maxComms {
		return errors.New("registering a comm target: too many, or too long a name")
	}
	old := r.targets[name]
	if old != nil && (t.owner == nil || old.owner != t.owner) {
		return fmt.Errorf("the comm target %q is registered already", name)
	}
	r.targets[name] = t
	return nil
}

// Open opens a comm to a target of the front end. The handlers may be nil.
func (r *Registry) Open(ctx context.Context, target string, open Message, onMessage, onClose Handler) (*Comm, error) {
	c := &Comm{r: r, id: uuid.NewString(), target: target, onMessage: onMessage, onClose: onClose}
	if err := r.open(ctx, c, open); err != nil {
		return nil, err
	}
	return c, nil
}

func (r *Registry) open(ctx context.Context, c *Comm, open Message) error {
	if err := r.add(c); err != nil {
		return err
	}
	if err := r.sender.Send(ctx, "comm_open", openContent{c.id, c.target, object(open.Data)}, metadata(open), open.Buffers); err != nil {
		r.remove(c)
		return fmt.Errorf("opening a comm to %q: %w", c.target, err)
	}
	return nil
}

func (r *Registry) add(c *Comm) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch _, taken := r.comms[c.id]; {
	case taken:
		return fmt.Errorf("the comm %s is open already", c.id)
	case c.id == "" || len(c.id) > maxName || len(c.target) > maxName:
		return errors.New("the comm has no ID, or too long a name")
	case len(r.comms) >= maxComms:
		return fmt.Errorf("%d comms are open: no more are accepted", maxComms)
	}
	r.comms[c.id] = c
	return nil
}

// remove reports whether c was open.
func (r *Registry) remove(c *Comm) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.comms[c.id] != c {
		return false
	}
	delete(r.comms, c.id)
	return true
}

// find returns nil for a comm that isn't open.
func (r *Registry) find(id string) *Comm {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.comms[id]
}

// Info returns the open comms, those to one target if it isn't empty: the field
// comms of comm_info_reply.
func (r *Registry) Info(target string) map[string]Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	info := map[string]Info{}
	for id, c := range r.comms {
		if target == "" || c.target == target {
			info[id] = Info{c.target}
		}
	}
	return info
}

// Handle takes a comm_open, comm_msg or comm_close of the front end to whom it
// concerns. An error says what is wrong with the message, for the log: the
// protocol has no reply. A comm that can't be opened is closed. Messages of one
// comm are to be handed in by one goroutine, in their order.
func (r *Registry) Handle(ctx context.Context, msgType string, content []byte, metadata map[string]any, buffers [][]byte) error {
	var m openContent
	if err := json.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("%s: %w", msgType, err)
	}
	message := Message{Data: m.Data, Metadata: metadata, Buffers: buffers}
	if msgType == "comm_open" {
		return r.opened(ctx, m, message)
	}
	c := r.find(m.ID)
	if c == nil {
		return fmt.Errorf("%s: there is no comm %q", msgType, m.ID[:min(len(m.ID), maxName)])
	}
	c.mu.Lock()
	onMessage, onClose := c.onMessage, c.onClose
	c.mu.Unlock()
	switch msgType {
	case "comm_msg":
		if onMessage != nil {
			onMessage(ctx, message)
		}
	case "comm_close":
		if r.remove(c) && onClose != nil {
			onClose(ctx, message)
		}
	default:
		return fmt.Errorf("%s is no message of a comm", msgType)
	}
	return nil
}

func (r *Registry) opened(ctx context.Context, m openContent, open Message) error {
	r.mu.Lock()
	t := r.targets[m.Target]
	r.mu.Unlock()
	if t == nil {
		r.sendClose(ctx, m.ID, Message{})
		return fmt.Errorf("comm_open: there is no target %q", m.Target[:min(len(m.Target), maxName)])
	}
	c := &Comm{r: r, owner: t.owner, id: m.ID, target: m.Target}
	if err := r.add(c); err != nil {
		if r.find(m.ID) == nil { // else this would close the other one
			r.sendClose(ctx, m.ID, Message{})
		}
		return fmt.Errorf("comm_open: %w", err)
	}
	if err := t.open(ctx, c, open); err != nil {
		if r.remove(c) {
			r.sendClose(ctx, m.ID, Message{})
		}
		return fmt.Errorf("comm_open to %q: %w", m.Target, err)
	}
	return nil
}

// sendClose is for comms that no one here waits for.
func (r *Registry) sendClose(ctx context.Context, id string, m Message) {
	if err := r.sender.Send(ctx, "comm_close", dataContent{id, object(m.Data)}, metadata(m), m.Buffers); err != nil {
		r.log.Warn("a comm can't be closed", "id", id, "error", err)
	}
}

// object is data as the protocol wants it: a JSON object.
func object(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("{}")
	}
	return data
}

func metadata(m Message) map[string]any {
	if m.Metadata == nil {
		return map[string]any{}
	}
	return m.Metadata
}

// ID returns the comm's name.
func (c *Comm) ID() string { return c.id }

// Target returns what the comm was opened to.
func (c *Comm) Target() string { return c.target }

// OnMessage makes h answer the front end's messages.
func (c *Comm) OnMessage(h Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onMessage = h
}

// OnClose makes h be called when the front end closes the comm.
func (c *Comm) OnClose(h Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = h
}

// Send sends a comm_msg. It returns [ErrClosed] after the comm was closed.
func (c *Comm) Send(ctx context.Context, m Message) error {
	if c.r.find(c.id) != c {
		return fmt.Errorf("sending to the comm %q: %w", c.target, ErrClosed)
	}
	if err := c.r.sender.Send(ctx, "comm_msg", dataContent{c.id, object(m.Data)}, metadata(m), m.Buffers); err != nil {
		return fmt.Errorf("sending to the comm %q: %w", c.target, err)
	}
	return nil
}

// Close sends a comm_close. Closing a comm again does nothing.
func (c *Comm) Close(ctx context.Context, m Message) error {
	if !c.r.remove(c) {
		return nil
	}
	if err := c.r.sender.Send(ctx, "comm_close", dataContent{c.id, object(m.Data)}, metadata(m), m.Buffers); err != nil {
		return fmt.Errorf("closing the comm %q: %w", c.target, err)
	}
	return nil
}
