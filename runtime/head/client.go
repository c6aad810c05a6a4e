package head

import (
	"bytes"
	"fmt"

	"github.com/goherd/goherd/runtime/bus"
)

// A client is one who has jobs done: an interpreter, or a worker whose task uses the runtime.
type client struct {
	peer   bus.Peer
	worker *worker // that it is in, nil for an interpreter
	jobs   map[uint64]*job
	codes  map[string]bool
	blobs  map[string]bool // that it was sent and hasn't done with
	active int             // tasks without a result
	gone   bool
}

// A program is a part of the session's that clients have sent.
type program struct {
	code  *bus.Code
	users int // clients, jobs and pools that may need it
}

// client returns the client of a peer, which is new with its first message.
func (h *Head) client(p bus.Peer) *client {
	c := h.clients[p]
	if c == nil {
		c = &client{peer: p, worker: h.workers[p.User], jobs: map[uint64]*job{}, codes: map[string]bool{}, blobs: map[string]bool{}}
		h.clients[p] = c
		if c.worker != nil {
			c.worker.client = c
		}
	}
	return c
}

// take handles what a peer has sent.
func (h *Head) take(from bus.Peer, ms []bus.Message) {
	if from.Worker {
		if w := h.workers[from.User]; w != nil {
			h.fromWorker(w, ms)
		}
		return
	}
	if h.over {
		return // its connection is about to end
	}
	c := h.client(from)
	for _, m := range ms {
		switch m := m.(type) {
		case *bus.Code:
			h.code(c, m)
		case *bus.Drop:
			if c.codes[m.ID] {
				delete(c.codes, m.ID)
				h.release([]string{m.ID})
			}
		case *bus.Open:
			h.open(c, m)
		case *bus.Task:
			h.task(c, m)
		case *bus.Cancel:
			h.cancel(c, m)
		case *bus.Close:
			if j := c.jobs[m.Job]; j != nil {
				j.closed = true
				h.settle(j)
			}
		case *bus.Taken:
			if c.blobs[m.Blob] {
				delete(c.blobs, m.Blob)
				h.bus.Free(bus.Payload{Blob: m.Blob})
			}
		case *bus.Request:
			h.request(c, m)
		default:
			h.opts.Log("%s sent a %T, which is no client's", from.User, m)
		}
	}
}

// left notes that a peer has no connection any more.
func (h *Head) left(p bus.Peer) {
	if p.Worker {
		if w := h.workers[p.User]; w != nil {
			h.disconnected(w)
		}
		return
	}
	if c := h.clients[p]; c != nil {
		h.leave(c)
	}
}

// leave ends what belongs to a client that is gone: its jobs, and the pools that only it can use.
func (h *Head) leave(c *client) {
	if c.gone {
		return
	}
	c.gone = true
	delete(h.clients, c.peer)
	for _, j := range c.jobs {
		j.closed = true
		h.cancelJob(j, "its interpreter has ended")
	}
	for _, p := range h.pools {
		if p.client == c && p.spec.Name == "" {
			h.killPool(p, "the interpreter that made it has ended")
		}
	}
	for name := range c.blobs {
		h.bus.Free(bus.Payload{Blob: name})
	}
	clear(c.blobs)
	for id := range c.codes {
		h.release([]string{id})
	}
	h.settleClient(c)
	if w := c.worker; w != nil && w.client == c {
		w.client = nil
	}
}

// code keeps a program that a client has sent.
func (h *Head) code(c *client, m *bus.Code) {
	if c.codes[m.ID] {
		return
	}
	c.codes[m.ID] = true
	p := h.codes[m.ID]
	if p == nil {
		p = &program{code: &bus.Code{ID: m.ID, Program: bytes.Clone(m.Program)}} // the rest of the batch needn't stay
		h.codes[m.ID] = p
	}
	p.users++
}

// use keeps programs for a job or a pool. It returns the first that isn't there.
func (h *Head) use(ids []string) error {
	for _, id := range ids {
		if h.codes[id] == nil {
			return fmt.Errorf("the program %.12s wasn't sent", id)
		}
	}
	for _, id := range ids {
		h.codes[id].users++
	}
	return nil
}

// release lets go of programs for a client, a job or a pool. Those that nobody has any more workers forget, too.
func (h *Head) release(ids []string) {
	for _, id := range ids {
		p := h.codes[id]
		if p == nil {
			continue
		}
		if p.users--; p.users > 0 {
			continue
		}
		delete(h.codes, id)
		for _, w := range h.workers {
			if w.codes[id] {
				delete(w.codes, id)
				h.bus.Post(w.peer, &bus.Drop{ID: id})
			}
		}
	}
}

// settleClient notes whether a worker waits for tasks of its own.
func (h *Head) settleClient(c *client) {
	w := c.worker
	if w == nil {
		return
	}
	h.block(w, !c.gone && c.active > 0)
}
