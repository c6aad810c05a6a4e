package session

import (
	"errors"
	"fmt"
	"sync"

	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/workers"
	"github.com/goherd/goherd/runtime/head"
)

// A herd is the parallel runtime of a session. It is there from the first use on, and outlives interpreters.
// The zero value is ready to use.
type herd struct {
	mu   sync.Mutex
	head *head.Head // nil while there is none
	shut bool       // a cell has shut it down
	over bool       // the session ends
}

// errShut is what a cell gets that uses the runtime after it has shut it down.
var errShut = errors.New("the session's runtime was shut down: cluster.Init() starts another")

// runtime returns the session's runtime, which it starts if there was none yet, or if start is set.
func (s *Session) runtime(start bool) (*head.Head, error) {
	s.herd.mu.Lock()
	defer s.herd.mu.Unlock()
	switch {
	case s.herd.over:
		return nil, errClosed
	case s.herd.head != nil:
		select {
		case <-s.herd.head.Done(): // it ends just now
			s.herd.head, s.herd.shut = nil, true
		default:
			return s.herd.head, nil
		}
	}
	if s.herd.shut && !start {
		return nil, errShut
	}
	h, err := head.Start(head.Options{
		Launcher: workers.New(workers.Options{Dir: s.workerDir, Env: s.workerEnv, Place: s.placeOf}),
		Output:   s.workerOutput,
		Notify:   func(run int, text string) { s.tell(run, "note: "+text+"\n") },
		Log:      func(format string, args ...any) { s.opts.Log.Warn(fmt.Sprintf("runtime: "+format, args...)) },
	})
	if err != nil {
		return nil, err
	}
	s.herd.head, s.herd.shut = h, false
	s.spawn(func() {
		<-h.Done()
		h.Close()
		s.herd.mu.Lock()
		defer s.herd.mu.Unlock()
		if s.herd.head == h {
			s.herd.head, s.herd.shut = nil, true
		}
	})
	return h, nil
}

// reset ends the runtime and has its next use start another. Types and functions of what comes then have the
// numbers of others that its workers have.
func (d *herd) reset() {
	d.mu.Lock()
	h := d.head
	d.head, d.shut = nil, false
	d.mu.Unlock()
	if h != nil {
		h.Close()
	}
}

// end shuts the runtime down for good, with all that it has started, and waits for that.
func (d *herd) end() {
	d.mu.Lock()
	d.over = true
	h := d.head
	d.mu.Unlock()
	if h != nil {
		h.Close()
	}
}

// reach answers an interpreter that asks for the runtime.
func (s *Session) reach(e *link.Event, engine *engine) {
	if engine == nil {
		return
	}
	h, err := s.runtime(e.Start)
	var r *link.Runtime
	if err == nil {
		a, refused := h.Client()
		r, err = &link.Runtime{URL: a.URL, User: a.User, Secret: a.Secret, Files: a.Dir}, refused
	}
	if err == nil {
		s.mu.Lock()
		engine.client, engine.head = r.User, h
		s.mu.Unlock()
		err = engine.Runtime(e.Run, r, "")
	} else {
		err = engine.Runtime(e.Run, nil, err.Error())
	}
	if err != nil {
		s.opts.Log.Debug("telling an interpreter of the runtime", "error", err)
	}
}

// workerOutput takes what a worker prints. It belongs to the cell that began its task.
func (s *Session) workerOutput(run int, worker string, isStderr bool, p []byte) {
	name := stdout
	if isStderr {
		name = stderr
	}
	if out := s.outputOf(run); out != nil {
		out.writeLines(worker, name, p)
	}
}

// tell writes a line of ours to the output of a run.
func (s *Session) tell(run int, text string) {
	if out := s.outputOf(run); out != nil {
		out.write(stderr, []byte(text))
	}
}

// outputOf returns where output of a run goes, or of a run that nobody knows any more. It may be nil.
func (s *Session) outputOf(run int) *output {
	s.mu.Lock()
	defer s.mu.Unlock()
	if out := s.routes[run]; out != nil {
		return out
	}
	return s.last
}

// workerDir returns the interpreter's working directory, which a worker begins in.
func (s *Session) workerDir() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dir
}

// workerEnv returns what cells have changed in the environment.
func (s *Session) workerEnv() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name, value := range s.env {
		if value != nil {
			name += "=" + *value
		}
		out = append(out, name)
	}
	return out
}

// placeOf writes a position for the user: "cell [3], line 2".
func (s *Session) placeOf(pos link.Pos) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.journal[pos.Serial()]
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s, line %d", e.name, pos.Line())
}
