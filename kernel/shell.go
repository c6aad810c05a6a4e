package kernel

import (
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/goherd/goherd/kernel/session"
	"github.com/goherd/goherd/kernel/wire"
)

// A shell executes cells one after the other: the main shell, or a subshell (section
// "Kernel subshells"), which runs beside it.
type shell struct {
	k     *Kernel
	id    string // "" for the main shell
	ended chan struct{}

	mu     sync.Mutex
	more   *sync.Cond
	queue  []*wire.Message
	closed bool
}

func (k *Kernel) newShell(id string) *shell {
	s := &shell{k: k, id: id, ended: make(chan struct{})}
	s.more = sync.NewCond(&s.mu)
	go s.serve()
	return s
}

func (s *shell) add(m *wire.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, m)
	s.more.Signal()
}

// close makes the shell end after the cell that it executes.
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
	s.queue = s.queue[1:]
	return m
}

func (s *shell) serve() {
	defer close(s.ended)
	for m := s.next(); m != nil; m = s.next() {
		s.execute(m)
	}
}

// execute carries out one execute_request.
func (s *shell) execute(m *wire.Message) {
	k := s.k
	k.mu.Lock()
	k.active = append(k.active, m)
	k.mu.Unlock()
	k.status(m, wire.StateBusy)
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
				aborted = s.takeQueue()
			}
		}
	}
	k.reply(k.shell, m, wire.MsgExecuteReply, reply)
	k.mu.Lock()
	k.active = slices.DeleteFunc(k.active, func(a *wire.Message) bool { return a == m })
	k.mu.Unlock()
	k.status(m, wire.StateIdle)
	for _, a := range aborted {
		k.status(a, wire.StateBusy)
		k.reply(k.shell, a, wire.MsgExecuteReply, wire.ExecuteReply{Status: wire.StatusAborted, ExecutionCount: k.nb.Count()})
		k.status(a, wire.StateIdle)
	}
}

// takeQueue returns the waiting requests, which won't be executed: an earlier one
// failed (section "Execution errors", stop_on_error).
func (s *shell) takeQueue() []*wire.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue
	s.queue = nil
	return q
}

// createSubshell starts a subshell and returns its name.
func (k *Kernel) createSubshell() string {
	id := uuid.NewString()
	s := k.newShell(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.subs[id] = s
	return id
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
