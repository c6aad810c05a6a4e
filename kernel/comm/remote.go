package comm

import (
	"context"
	"fmt"

	user "github.com/goherd/goherd/display/comm"
)

// Remote is the interpreter, as the owner of the comms and targets of the user's
// code.
type Remote struct {
	r       *Registry
	deliver func(context.Context, user.Event) error
}

// Attach returns a new owner, one for each interpreter. deliver takes what the
// front end says to it; it runs in the goroutine of [Registry.Handle], and an
// error of it is logged.
func (r *Registry) Attach(deliver func(context.Context, user.Event) error) *Remote {
	return &Remote{r: r, deliver: deliver}
}

// Handle does what the user's code in the interpreter asks for.
func (o *Remote) Handle(ctx context.Context, e user.Event) error {
	switch e.Kind {
	case user.KindRegister:
		return o.r.register(e.Target, &target{open: o.opened, owner: o})
	case user.KindUnregister:
		o.r.mu.Lock()
		defer o.r.mu.Unlock()
		if t := o.r.targets[e.Target]; t != nil && t.owner == o {
			delete(o.r.targets, e.Target)
		}
		return nil
	case user.KindOpen:
		c := &Comm{r: o.r, owner: o, id: e.ID, target: e.Target}
		o.take(c)
		return o.r.open(ctx, c, e.Message)
	}
	c := o.r.find(e.ID)
	if c == nil || c.owner != o {
		// Closed by the front end while the interpreter sent this.
		return fmt.Errorf("the comm %q: %w", e.ID, ErrClosed)
	}
	switch e.Kind {
	case user.KindMessage:
		return c.Send(ctx, e.Message)
	case user.KindClose:
		return c.Close(ctx, e.Message)
	}
	return fmt.Errorf("the comm %q: an event of the unknown kind %d", e.ID, e.Kind)
}

// take makes c pass what it hears to the interpreter.
func (o *Remote) take(c *Comm) {
	pass := func(kind user.Kind) Handler {
		return func(ctx context.Context, m Message) {
			if err := o.deliver(ctx, user.Event{Kind: kind, ID: c.id, Message: m}); err != nil {
				o.r.log.Warn("a comm's message doesn't reach the interpreter", "target", c.target, "error", err)
			}
		}
	}
	c.OnMessage(pass(user.KindMessage))
	c.OnClose(pass(user.KindClose))
}

// opened is the [Target] of all targets of the user's code.
func (o *Remote) opened(ctx context.Context, c *Comm, open Message) error {
	o.take(c)
	return o.deliver(ctx, user.Event{Kind: user.KindOpen, ID: c.id, Target: c.target, Message: open})
}

// Detach forgets the interpreter, which has ended: its targets are gone and its
// comms closed, which the front end is told.
func (o *Remote) Detach(ctx context.Context) {
	o.r.mu.Lock()
	var lost []*Comm
	for id, c := range o.r.comms {
		if c.owner == o {
			lost = append(lost, c)
			delete(o.r.comms, id)
		}
	}
	for name, t := range o.r.targets {
		if t.owner == o {
			delete(o.r.targets, name)
		}
	}
	o.r.mu.Unlock()
	for _, c := range lost {
		o.r.sendClose(ctx, c.id, Message{})
	}
}
