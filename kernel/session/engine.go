package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	user "github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/comm"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/runtime/head"
)

// An engine is an interpreter in the service of a session.
type engine struct {
	*interp.Interp
	remote *comm.Remote // nil where there are no comms
	comms  chan user.Event

	buried chan struct{} // closed when the session has forgotten it
	lost   []string      // the variables that went with it; valid after buried

	// Guarded by Session.mu.
	named  int        // the last source whose name it was told
	client string     // what it is called in the runtime, if it uses that
	head   *head.Head // the runtime

	mu      sync.Mutex
	gone    bool           // no run can begin
	quiet   bool           // it was replaced on purpose, which needs no telling
	runs    sync.WaitGroup // under way
	victims []int          // the runs that it died in
}

// begin counts a run in. It reports false if the interpreter is gone.
func (e *engine) begin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.gone {
		e.runs.Add(1)
	}
	return !e.gone
}

// ended counts a run out. victim is its number if the interpreter died in it and its
// cell tells so, else 0.
func (e *engine) ended(victim int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if victim != 0 {
		e.victims = append(e.victims, victim)
	}
	e.runs.Done()
}

// maxComms is how many comm messages wait for an interpreter that doesn't take them.
const maxComms = 4096

// deliver hands the front end's comm messages on. It never blocks: the front end has
// other questions.
func (e *engine) deliver(_ context.Context, ev user.Event) error {
	select {
	case e.comms <- ev:
		return nil
	default:
		return errors.New("the interpreter doesn't take its comm messages: one is dropped")
	}
}

func (e *engine) serveComms() {
	for {
		select {
		case ev := <-e.comms:
			if e.Comm(&ev) != nil {
				return // it is dying
			}
		case <-e.Gone():
			return
		}
	}
}

// startTimeout is for a machine that is very busy; it takes some 10 ms.
const startTimeout = 30 * time.Second

// interpreter returns the interpreter, starting one if there is none. A new one gets
// the session's declarations.
func (s *Session) interpreter() (*engine, error) {
	s.starting.Lock()
	defer s.starting.Unlock()
	s.mu.Lock()
	e, closed := s.engine, s.closed
	s.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if e != nil {
		select {
		case <-e.Gone():
			<-e.buried
		default:
			return e, nil
		}
	}
	o := s.opts.Interp
	o.Output, o.Event = s.output, s.event
	ip, err := interp.Start(o)
	if err != nil {
		return nil, fmt.Errorf("starting an interpreter: %w", err)
	}
	alive := context.AfterFunc(s.ctx, func() { ip.Kill(errClosed.Error()) })
	s.mu.Lock()
	named := s.serial // at least; what is entered meanwhile is told again
	s.mu.Unlock()
	if err := s.furnish(ip); err != nil {
		ip.Kill("it couldn't be made ready")
		<-ip.Gone()
		if s.ctx.Err() != nil {
			err = errClosed
		}
		return nil, err
	}
	e = &engine{Interp: ip, buried: make(chan struct{}), comms: make(chan user.Event, maxComms)}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		ip.Close()
		return nil, errClosed
	}
	defer s.mu.Unlock()
	alive()
	s.engine, e.named = e, named
	if s.opts.Comms != nil {
		e.remote = s.opts.Comms.Attach(e.deliver)
		s.wg.Go(e.serveComms)
	}
	s.wg.Go(func() { s.mourn(e) })
	return e, nil
}

// names returns the names of the sources that were entered after one. s.mu is held.
func (s *Session) names(after int) map[int]string {
	m := map[int]string{}
	for serial := after + 1; serial <= s.serial; serial++ {
		if e, ok := s.journal[serial]; ok {
			m[serial] = e.name
		}
	}
	return m
}

// prepare starts an interpreter, so that the next cell finds it ready.
func (s *Session) prepare() {
	s.spawn(func() {
		if _, err := s.interpreter(); err != nil && !errors.Is(err, errClosed) {
			s.opts.Log.Error("starting an interpreter", "error", err)
		}
	})
}

// furnish waits until a new interpreter is ready and gives it what the session has
// declared.
func (s *Session) furnish(ip *interp.Interp) error {
	ctx, cancel := context.WithTimeout(s.ctx, startTimeout)
	defer cancel()
	if err := ip.WaitReady(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	dir, env := s.dir, maps.Clone(s.env)
	s.runs++
	n := s.runs
	names := s.names(0)
	s.mu.Unlock()
	if dir != "" {
		if err := ip.Chdir(dir); err != nil {
			return err
		}
	}
	for name, value := range env {
		e := name
		if value != nil {
			e += "=" + *value
		}
		if err := ip.Setenv(e); err != nil {
			return err
		}
	}
	s.cellsMu.Lock()
	program := s.cells.Replay()
	s.cellsMu.Unlock()
	program.Cells = names
	r := ip.Run(n, &program.Program)
	<-r.Done
	done, death := r.Result()
	switch {
	case death != nil:
		return fmt.Errorf("the new interpreter died: %s", death.Text)
	case done.Failure != nil:
		// The declarations were accepted before, one by one.
		s.opts.Log.Error("replaying the session", "error", done.Failure.Text)
		s.cellsMu.Lock()
		s.cells = newCells(s.lib)
		s.cellsMu.Unlock()
		s.mu.Lock()
		out := s.last
		s.mu.Unlock()
		if out != nil {
			out.write(stderr, []byte("note: the new interpreter couldn't take the session's declarations ("+done.Failure.Text+"): run their cells again\n"))
		}
	}
	return nil
}

// deadly makes an error of an interpreter that died in run n of x.
func (s *Session) deadly(x *execution, e *engine, n int, retry bool) error {
	<-e.Gone()
	d := e.Death()
	x.mu.Lock()
	forced, stopped := x.forced, x.interrupted > 0
	x.mu.Unlock()
	s.mu.Lock()
	culprit, closed := s.routes[d.Run], s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return errClosed
	case retry && d.Run != n && !stopped:
		return errRetry
	}
	err := &deathError{death: d, engine: e, forced: forced}
	if culprit != nil && culprit != x.out {
		err.other = culprit.cell
	}
	return err
}

// mourn waits for the end of an interpreter, forgets it, and tells of it where no cell
// that runs does: a goroutine that an earlier cell left behind ended it.
func (s *Session) mourn(e *engine) {
	<-e.Gone()
	if e.remote != nil {
		e.remote.Detach(context.Background())
	}
	e.mu.Lock()
	e.gone = true
	quiet := e.quiet
	e.mu.Unlock()
	if !quiet {
		s.cellsMu.Lock()
		e.lost = s.cells.Lose()
		s.cellsMu.Unlock()
	}
	s.mu.Lock()
	if s.engine == e {
		s.engine = nil
	}
	h, client := e.head, e.client
	s.mu.Unlock()
	if h != nil {
		h.Forget(client)
	}
	close(e.buried)
	e.runs.Wait()
	if quiet {
		return
	}
	s.prepare()

	d := e.Death()
	s.mu.Lock()
	out, closed := s.routes[d.Run], s.closed
	if out == nil && len(e.victims) == 0 {
		out = s.last
	}
	s.mu.Unlock()
	if out == nil || closed || slices.Contains(e.victims, d.Run) {
		return
	}
	out.write(stderr, []byte(strings.Join(s.deathMessage(&deathError{death: d, engine: e}).Traceback, "\n")+"\n"))
	out.flush()
}

// replace gives the session a fresh interpreter. s.compile is held.
func (s *Session) replace(reason string) error {
	s.mu.Lock()
	e := s.engine
	s.engine = nil
	s.mu.Unlock()
	if e != nil {
		e.mu.Lock()
		e.quiet = true
		e.mu.Unlock()
		e.Kill(reason)
		<-e.Gone()
	}
	_, err := s.interpreter()
	return err
}
