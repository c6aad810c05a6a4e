package kernel

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/goherd/goherd/kernel/session"
	"github.com/goherd/goherd/kernel/wire"
)

// Bounds that no person comes near.
const (
	maxQueue     = 10_000    // requests that wait in a shell
	maxWaiting   = 256 << 20 // bytes of their contents
	maxSubshells = 1000
)

// A shell executes cells one after the other: the main shell, or a subshell (section
// "Kernel subshells"), which runs beside it.
type shell struct {
	k  *Kernel
	id string // "" for the main shell

	mu      sync.Mutex
	more    *sync.Cond
	queue   []*wire.Message
	waiting int // bytes of their contents
	closed  bool
}

func (k *Kernel) newShell(id string) *shell {
	s := &shell{k: k, id: id}
	s.more = sync.NewCond(&s.mu)
	k.shells.Go(s.serve)
	return s
}

// add queues a request. The error says why it can't be executed.
func (s *shell) add(m *wire.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed && s.id == "":
		return errors.New("the kernel is being shut down")
	case s.closed:
		return errors.New("the subshell " + s.id + " was deleted")
	case len(s.queue) >= maxQueue || s.waiting+len(m.Content) > maxWaiting && len(s.queue) > 0:
		return fmt.Errorf("%d requests are waiting: no more are accepted", len(s.queue))
	}
	s.queue = append(s.queue, m)
	s.waiting += len(m.Content)
	s.more.Signal()
	return nil
}

// close makes the shell end after the cell that it executes. Requests that wait are
// aborted.
func (s *shell) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.more.Signal()
}

func (s *shell) next() *wire.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.closed {
		s.more.Wait()
	}
	if s.closed {
		return nil
	}
	m := s.queue[0]
	s.queue[0] = nil
	s.queue = s.queue[1:]
	s.waiting -= len(m.Content)
	return m
}

func (s *shell) serve() {
	for m := s.next(); m != nil; m = s.next() {
		s.execute(m)
	}
	s.abort(s.takeQueue())
}

// burst is how long requests that the front end has sent together may take to arrive:
// "run all" sends a request for each cell, and what stands behind a cell that fails at
// once shall not run.
const burst = 20 * time.Millisecond

// execute carries out one execute_request.
func (s *shell) execute(m *wire.Message) {
	k := s.k
	k.mu.Lock()
	k.active = append(k.active, m)
	k.status(m, wire.StateBusy)
	k.mu.Unlock()
	reply := wire.ExecuteReply{Status: wire.StatusOK}
	var aborted []*wire.Message
	var r wire.ExecuteRequest
	if err := m.Decode(&r); err != nil {
		reply = wire.ExecuteReply{Status: wire.StatusError, ExecutionCount: k.nb.Count(), Ename: "malformed request", Evalue: err.Error()}
	} else {
		out := k.nb.Execute(k.ctx, session.Cell{
			Code: r.Code, Parent: m, Silent: r.Silent, StoreHistory: r.StoreHistory, AllowStdin: r.AllowStdin,
			Expressions: r.UserExpressions, Sub: s.id != "",
		})
		reply.ExecutionCount, reply.Payload, reply.UserExpressions = out.Count, out.Payload, out.Expressions
		if e := out.Error; e != nil {
			reply.Status, reply.Ename, reply.Evalue, reply.Traceback = wire.StatusError, e.Ename, e.Evalue, e.Traceback
			if r.StopOnError {
				time.Sleep(burst)
				aborted = s.takeQueue()
			}
		}
	}
	k.reply(k.shell, m, wire.MsgExecuteReply, reply)
	k.mu.Lock()
	k.active = slices.DeleteFunc(k.active, func(a *wire.Message) bool { return a == m })
	k.status(m, wire.StateIdle)
	k.mu.Unlock()
	k.tidy.Reset(tidyAfter)
	s.abort(aborted)
}

// abort answers requests that won't be executed.
func (s *shell) abort(requests []*wire.Message) {
	for _, a := range requests {
		s.k.status(a, wire.StateBusy)
		s.k.reply(s.k.shell, a, wire.MsgExecuteReply, wire.ExecuteReply{Status: wire.StatusAborted})
		s.k.status(a, wire.StateIdle)
	}
}

// takeQueue returns the waiting requests, which won't be executed: an earlier one
// failed (section "Execution errors", stop_on_error).
func (s *shell) takeQueue() []*wire.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue
	s.queue, s.waiting = nil, 0
	return q
}

// createSubshell starts a subshell and returns its name.
func (k *Kernel) createSubshell() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.subs) >= maxSubshells {
		return "", fmt.Errorf("there are %d subshells: no more are created", len(k.subs))
	}
	if k.ctx.Err() != nil {
		return "", errors.New("the kernel is being shut down")
	}
	id := uuid.NewString()
	k.subs[id] = k.newShell(id)
	return id, nil
}

// deleteSubshell ends a subshell after the cell that it executes, and reports whether
// there was one.
func (k *Kernel) deleteSubshell(id string) bool {
	k.mu.Lock()
	s := k.subs[id]
	delete(k.subs, id)
	k.mu.Unlock()
	if s == nil {
		return false
	}
	s.close()
	return true
}

func (k *Kernel) listSubshells() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for id := range k.subs {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
