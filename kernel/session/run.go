package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/magic"
)

// An execution is one cell being executed.
type execution struct {
	s      *Session
	cell   Cell
	serial int // of the cell in positions
	out    *output
	ctx    context.Context // ends with the cell, or when it is interrupted
	cancel context.CancelFunc

	payload []any
	depth   int  // of %run
	noInput bool // that input isn't allowed was said; guarded by mu

	mu          sync.Mutex
	run         int     // that it waits for, 0 if none
	engine      *engine // which runs it
	interrupted int     // how often
	forced      bool
	ended       bool
}

// interrupt ends the execution, the second time by force.
func (x *execution) interrupt() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	x.interrupted++
	x.cancel() // what it waits for: a line of input
	x.out.interrupt()
	switch run, e := x.run, x.engine; {
	case run == 0:
	case x.interrupted == 1:
		// An interpreter that is stuck doesn't read its requests: the second
		// interrupt must not wait for the first.
		x.s.spawn(func() { x.s.interruptRun(e, run) })
	default:
		// The run can't end now, nor another cell begin: await needs the lock.
		x.forced = true
		e.Kill("the cell didn't stop when it was interrupted")
	}
}

func (s *Session) interruptRun(e *engine, run int) {
	if err := e.Interrupt(run); err != nil {
		s.opts.Log.Debug("interrupting", "error", err)
	}
}

func (x *execution) isInterrupted() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.interrupted > 0
}

// end makes interrupts have no effect any more.
func (x *execution) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended = true
	x.out.end()
}

// errInterrupted ends a cell between its parts.
var errInterrupted = errors.New("interrupted")

// A runError is a failed run.
type runError struct{ failure *link.Failure }

func (e runError) Error() string { return e.failure.Name + ": " + e.failure.Text }

// A deathError is a run that the interpreter died in.
type deathError struct {
	death  *interp.Death
	engine *engine // buried
	forced bool    // by a second interrupt of this cell
	other  string  // the cell whose goroutine it was, if not of this one
}

func (e *deathError) Error() string { return e.death.Name + ": " + e.death.Text }

// errRetry means that the interpreter died of something else before the program began.
var errRetry = errors.New("the interpreter died")

// parts carries out the parts of a cell in their order. The result is that of the
// last part, if it is Go.
func (s *Session) parts(x *execution, code string, serial int, top bool) (*link.Bundle, error) {
	var result *link.Bundle
	for _, p := range magic.Split(code) {
		if x.isInterrupted() {
			return nil, errInterrupted
		}
		var err error
		if p.Name == "" {
			result, err = s.goPart(x, cell.Source{Serial: serial, Line: p.Line, Text: p.Body}, "")
		} else {
			result, err = s.magic(x, p, serial)
		}
		if err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(strings.TrimRight(code, " \t\r\n"), ";") && top {
		return nil, nil // as in IPython, a semicolon at the end hides the result
	}
	return result, nil
}

// goPart compiles and runs Go.
func (s *Session) goPart(x *execution, src cell.Source, timing string) (*link.Bundle, error) {
	mode := cell.Normal
	if timing == "timeit" {
		mode = cell.Timeit
	}
	compile := func() (*cell.Program, error) {
		p, err := s.cells.Compile(src, mode)
		if err != nil {
			return nil, err
		}
		p.Time = timing
		return p, nil
	}
	s.lib.Wanted()
	done, err := s.compileAndRun(x, compile)
	if wanted := s.lib.Wanted(); err != nil && len(wanted) > 0 {
		// A package of a module that is there needs one that isn't.
		if s.lib.Resolve(x.ctx, wanted, s.environ(), x.progress); x.isInterrupted() {
			return nil, errInterrupted
		}
		done, err = s.compileAndRun(x, compile)
	}
	if err != nil {
		return nil, err
	}
	return done.Result, nil
}

// compileAndRun runs the program that compile makes of the session's declarations,
// once more if the interpreter happened to die before it began.
func (s *Session) compileAndRun(x *execution, compile func() (*cell.Program, error)) (*link.Done, error) {
	done, err := s.compileAndRunOnce(x, compile, true)
	if errors.Is(err, errRetry) {
		done, err = s.compileAndRunOnce(x, compile, false)
	}
	return done, err
}

func (s *Session) compileAndRunOnce(x *execution, compile func() (*cell.Program, error), retry bool) (*link.Done, error) {
	// Nobody else can change the declarations before the interpreter has the program.
	s.compile.Lock()
	unlock := sync.OnceFunc(s.compile.Unlock)
	defer unlock()
	e, err := s.interpreter()
	if err != nil {
		return nil, err
	}
	p, err := s.compiled(compile)
	if err != nil {
		return nil, err
	}
	for _, w := range p.Warnings { // before what the cell prints
		x.out.write(stderr, fmt.Appendf(nil, "warning: line %d: %s\n  %s\n", w.Pos.Line(), w.Text, w.Fix))
	}
	s.mu.Lock()
	p.Cells, e.named = s.names(e.named), s.serial
	s.mu.Unlock()
	return s.await(x, e, retry, func(n int) *interp.Run { return e.Run(n, &p.Program) }, func() {
		s.commit(p)
		unlock()
		for _, note := range p.Notes {
			x.out.write(stderr, []byte("note: "+note+"\n"))
		}
	})
}

func (s *Session) compiled(compile func() (*cell.Program, error)) (*cell.Program, error) {
	s.cellsMu.Lock()
	defer s.cellsMu.Unlock()
	return compile()
}

func (s *Session) commit(p *cell.Program) {
	s.cellsMu.Lock()
	defer s.cellsMu.Unlock()
	p.Commit()
}

// await starts a run and waits for its end. started is called when the interpreter
// has compiled it. With retry, errRetry says that the interpreter died before that,
// and not of this run.
func (s *Session) await(x *execution, e *engine, retry bool, start func(run int) *interp.Run, started func()) (*link.Done, error) {
	s.mu.Lock()
	s.runs++
	n := s.runs
	s.running[n] = x
	s.route(n, x.out)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.running, n)
		s.mu.Unlock()
	}()

	x.mu.Lock()
	if x.interrupted > 0 {
		x.mu.Unlock()
		return nil, errInterrupted
	}
	x.run, x.engine = n, e
	x.mu.Unlock()
	if !e.begin() { // it has died since it was asked for
		x.forget()
		return nil, s.deadly(x, e, n, retry)
	}
	r := start(n)
	if x.isInterrupted() {
		s.interruptRun(e, n) // again: the first may have been sent before the run
	}
	begun := false
	select {
	case <-r.Started:
		begun = true
	case <-r.Done:
		select {
		case <-r.Started: // both: it was quick
			begun = true
		default:
		}
	}
	if begun {
		started()
	}
	<-r.Done
	x.forget()
	done, death := r.Result()
	if death != nil {
		err := s.deadly(x, e, n, retry && !begun)
		if errors.Is(err, errRetry) {
			n = 0
		}
		e.ended(n)
		<-e.buried
		return nil, err
	}
	e.ended(0)
	if done.Failure != nil && s.ctx.Err() != nil {
		return nil, errClosed // which is why it failed
	}
	s.mu.Lock()
	if done.Dir != "" {
		s.dir = done.Dir
	}
	for _, v := range done.Env {
		name, value, set := strings.Cut(v, "=")
		if set {
			s.env[name] = &value
		} else {
			s.env[name] = nil
		}
	}
	s.mu.Unlock()
	if done.Failure != nil {
		return nil, runError{done.Failure}
	}
	return done, nil
}

// forget makes interrupts find no run any more.
func (x *execution) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.run, x.engine = 0, nil
}
