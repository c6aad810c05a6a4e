// Package child is the interpreter process: it takes programs from the kernel
// process, runs them with yaegi and reports what they print, show and return. What
// a program breaks, it breaks here and nowhere else.
//
// It knows no notebook: which declarations a cell leaves behind, what a magic means
// and what a front end is told is decided in the kernel process.
//
// Goroutines: Main reads requests until the kernel closes its end. Each run has a
// goroutine that waits for its end, and one, carrying the run's token, that executes
// it; the second may outlive the run if compiled code ignores an interrupt. The
// user's goroutines carry the token of the run that started them. One sweeper runs
// while an interrupt is in effect.
package child

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/interp/bindings"
	"github.com/goherd/goherd/kernel/interp/hook"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/shim"
	"github.com/goherd/goherd/kernel/interp/token"
)

// maxStackBytes bounds the stack of a goroutine, so that unbounded recursion ends
// in about a second instead of when memory does.
const maxStackBytes = 256 << 20

// Main is the whole life of the interpreter process. It returns when the kernel
// process has closed its end or died, with what went wrong if it couldn't start.
func Main() error {
	requests, err := takeStdin()
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	frames, err := takeStdout()
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	// An interrupt of the process group is the kernel's to handle. The signal is
	// caught, not ignored, so that the user's commands don't inherit it.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	debug.SetTraceback("all")
	debug.SetMaxStack(maxStackBytes)

	in := json.NewDecoder(bufio.NewReaderSize(requests, 64<<10))
	var hello link.Request
	if err := in.Decode(&hello); err != nil || hello.Op != link.OpHello || len(hello.Nonce) != link.NonceSize {
		return fmt.Errorf("interpreter: it is started by the kernel, not by hand: %w", err)
	}
	s, err := newSession(link.NewWriter(frames, link.Nonce(hello.Nonce)))
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	if err := s.w.Send(link.Event{Type: link.EventReady}); err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for {
		var r link.Request
		if err := in.Decode(&r); err != nil {
			s.killCommands()
			if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return fmt.Errorf("interpreter: request: %w", err)
		}
		s.handle(r)
	}
}

// A session is one interpreter and what runs in it.
type session struct {
	w      *link.Writer
	interp *interp.Interpreter

	compile  sync.Mutex // held while yaegi compiles; guards the next two
	funcs    hook.Funcs
	imported map[string]bool // quoted import paths

	stdin          *Input
	stdout, stderr *Output

	comms  chan comm.Event
	asking sync.Mutex // held while a goroutine waits for a line

	mu          sync.Mutex
	runs        map[int]*run
	interrupted map[*token.Token]bool // whose goroutines may still run
	sweeping    bool
	environ     map[string]string // after the last run
}

func newSession(w *link.Writer) (*session, error) {
	if err := token.Check(); err != nil {
		return nil, err
	}
	s := &session{w: w, imported: map[string]bool{}, comms: make(chan comm.Event, 1024), runs: map[int]*run{}, interrupted: map[*token.Token]bool{}, environ: environ()}
	s.stdout = newOutput(os.Stdout, link.Stdout, w)
	s.stderr = newOutput(os.Stderr, link.Stderr, w)
	s.stdin = &Input{File: os.Stdin, ask: func() (string, error) { return s.input("", false) }}
	// yaegi writes a line of its own to Stderr at every frame that a panic passes.
	s.interp = interp.New(interp.Options{Stdin: s.stdin, Stdout: s.stdout, Stderr: io.Discard, Unrestricted: true})
	for _, e := range []interp.Exports{stdlib.Symbols, shim.Exports, s.symbols(), bindings.Symbols} {
		if err := s.interp.Use(e); err != nil {
			return nil, err
		}
	}
	hook.SetCancelChan(s.interp)
	s.connectDisplay()
	return s, nil
}

func (s *session) handle(r link.Request) {
	switch r.Op {
	case link.OpRun:
		s.start(r.Run, func(run *run) { s.execute(run, r.Program) })
	case link.OpShell:
		s.start(r.Run, func(run *run) { s.command(run, r.Text) })
	case link.OpInterrupt:
		s.interrupt(r.Run)
	case link.OpAnswer:
		s.answer(r)
	case link.OpChdir:
		if err := os.Chdir(r.Text); err != nil {
			fmt.Fprintln(s.stderr, err)
		}
	case link.OpSetenv:
		setenv(r.Text)
		s.environ = environ()
	case link.OpComm:
		s.comms <- *r.Comm
	case link.OpCollect:
		debug.FreeOSMemory()
	}
}

// patience is how long compiled code has to return after an interrupt before the
// run ends without it.
const patience = 150 * time.Millisecond

// start begins a run of f and reports its end.
func (s *session) start(id int, f func(*run)) {
	r := &run{id: id, tok: token.New(id), session: s, answers: make(chan link.Request, 1)}
	s.mu.Lock()
	s.runs[id] = r
	s.mu.Unlock()

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.tok.Enter()
		defer r.end()
		f(r)
		r.returned = true
	}()
	go func() {
		select {
		case <-ended:
		case <-r.tok.Done:
			select {
			case <-ended:
			case <-time.After(patience):
				r.mu.Lock()
				r.failure = &link.Failure{Kind: link.FailInterrupt, Abandoned: true}
				r.mu.Unlock()
			}
		}
		s.mu.Lock()
		delete(s.runs, id)
		done := r.done()
		done.Env = s.changedEnv()
		s.mu.Unlock()
		// The pipe is gone only when the kernel is; then so are we.
		_ = s.w.Send(link.Event{Type: link.EventDone, Run: id, Done: done})
	}()
}

// interrupt ends a run and the goroutines it has started.
func (s *session) interrupt(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil || r.tok.Interrupted() {
		return
	}
	s.interrupted[r.tok] = true
	stop.Store(true)
	r.tok.Interrupt()
	if !s.sweeping {
		s.sweeping = true
		go s.sweep()
	}
}

// sweep turns the checks off again when no goroutine of an interrupted run is left.
func (s *session) sweep() {
	for {
		time.Sleep(time.Second)
		alive := labelled()
		s.mu.Lock()
		for t := range s.interrupted {
			if s.runs[t.Run] == nil && !alive[t.Run] {
				delete(s.interrupted, t)
			}
		}
		if len(s.interrupted) == 0 {
			s.sweeping = false
			stop.Store(false)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

// current returns the run of the calling goroutine, or nil if it has ended or there
// is none.
func (s *session) current() *run {
	t := token.Current()
	if t == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[t.Run]
}

// input asks the front end for a line, on behalf of the calling goroutine.
func (s *session) input(prompt string, password bool) (string, error) {
	r := s.current()
	if r == nil {
		return "", errors.New("no input: the cell that asks for it has ended")
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	err := s.w.Send(link.Event{Type: link.EventInput, Run: r.id, Input: &link.Input{Prompt: prompt, Password: password}})
	if err != nil {
		return "", err
	}
	select {
	case a := <-r.answers:
		if a.Error != "" {
			return "", errors.New(a.Error)
		}
		return a.Text, nil
	case <-r.tok.Done:
		r.tok.Exit()
		panic("unreachable")
	}
}

func (s *session) answer(a link.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[a.Run]; r != nil {
		select {
		case r.answers <- a:
		default: // nobody asked
		}
	}
}
