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
//
// A worker of the parallel runtime is such a process, too (WorkerMain): a session in which tasks run that came
// from other sessions, one at a time. It takes parts of their programs as they come (Part and Use of package engine), and
// never starts yaegi.
package child

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/kernel/interp/bindings"
	"github.com/goherd/goherd/kernel/interp/bindings/std"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/hook"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/shim"
	"github.com/goherd/goherd/kernel/interp/token"
	"github.com/goherd/goherd/runtime/ship"
)

// The stack of a goroutine is bounded, so that unbounded recursion ends in a second or
// two instead of when memory does. An interpreted call takes 1 to 4 kB of it.
const (
	minStackBytes = 64 << 20
	maxStackBytes = 512 << 20
)

// gcPercent lets garbage grow to twice what lives, because compiling a cell makes
// much of it and a collection during one is felt; what is free is given back when the
// kernel is idle.
const gcPercent = 200

// Main is the whole life of the interpreter process. It returns an error if it can't
// start. When the kernel process has closed its end or died, it ends the process and
// what that has started.
func Main() error {
	requests, err := takeStdin()
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	frames, err := duplicate(1, "frames")
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	marks, err := duplicate(2, "marks")
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	// An interrupt of the process group is the kernel's to handle. The signal is
	// caught, not ignored, so that the user's commands don't inherit it.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)

	in := json.NewDecoder(bufio.NewReaderSize(requests, 64<<10))
	var hello link.Request
	if err := in.Decode(&hello); err != nil {
		return fmt.Errorf("interpreter: it is started by the kernel, not by hand: %w", err)
	}
	if hello.Op != link.OpHello || len(hello.Nonce) != link.NonceSize {
		return errors.New("interpreter: it is started by the kernel, not by hand")
	}
	limit(hello.Memory)
	nonce := link.Nonce(hello.Nonce)
	s, err := newSession(link.NewWriter(frames, nonce), link.NewWriter(marks, nonce))
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	if err := s.w.Send(link.Event{Type: link.EventReady}); err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for {
		var r link.Request
		if err := in.Decode(&r); err != nil {
			s.removeFiles()
			s.killCommands()
			endGroup()
			if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return fmt.Errorf("interpreter: request: %w", err)
		}
		s.handle(r)
	}
}

// limit sets how the Go runtime uses memory, given over how much the kernel ends the process, 0 for none, and how it ends.
func limit(memory int64) {
	debug.SetTraceback("all")
	debug.SetGCPercent(gcPercent)
	engine.LimitStack(maxStackBytes)
	if memory > 0 {
		engine.LimitStack(int(min(max(memory/8, minStackBytes), maxStackBytes)))
		debug.SetMemoryLimit(memory / 10 * 9) // garbage is collected before it counts
	}
}

// A session is one interpreter and what runs in it.
type session struct {
	w      *link.Writer
	marks  *link.Writer   // to file descriptor 2
	engine *engine.Engine // nil if yaegi runs the cells: interp and what belongs to it
	host   *engineHost    // of the engine
	interp *interp.Interpreter
	lib    *std.Loader

	worker *workerHost // if the process is a worker, else nil
	codec  *ship.Codec // of values that travel to and from other processes
	packer *ship.Codec // of functions with the variables that they use

	compile  sync.Mutex // held while yaegi compiles; guards the next three
	machine  *hook.Machine
	funcs    hook.Funcs
	imported map[string]bool // quoted import paths

	stdin          *Input
	stdout, stderr *Output

	mentions mentions

	comms  mailbox
	asking sync.Mutex // held while a goroutine waits for a line

	wakers atomic.Bool // a cell uses what wakes goroutines without one of its own

	mu          sync.Mutex
	files       string // the runtime's directory, "" while there is none
	runs        map[int]*run
	interrupted map[weak.Pointer[token.Token]]bool // whose goroutines may still run
	sweeping    bool
	cells       map[int]string // the names of the sources, by the serial in positions
	asked       map[int]asked  // questions for the parallel runtime, by number
	questions   int            // the number of the last
	environ     []string       // after the last run
	around      *around
	commands    map[*exec.Cmd]bool // whose output may still come
}

func newSession(w, marks *link.Writer) (*session, error) {
	if err := token.Check(); err != nil {
		return nil, err
	}
	s := emptySession(w, marks)
	s.connectDisplay()
	if os.Getenv(link.InterpreterEnv) != link.Yaegi {
		return s, s.newEngine()
	}
	// yaegi writes a line of its own to Stderr at every frame that a panic passes.
	s.interp = interp.New(interp.Options{Stdin: s.stdin, Stdout: s.stdout, Stderr: io.Discard, Unrestricted: true})
	lib, err := std.New(s.interp, shim.Exports, s.symbols(), bindings.Symbols)
	if err != nil {
		return nil, err
	}
	s.lib = lib
	s.machine = hook.NewMachine(s.interp)
	hook.SetCancelChan(s.interp)
	return s, nil
}

// emptySession is a session without what runs the cells.
func emptySession(w, marks *link.Writer) *session {
	s := &session{
		w: w, marks: marks, imported: map[string]bool{}, runs: map[int]*run{},
		interrupted: map[weak.Pointer[token.Token]]bool{}, environ: os.Environ(), around: newAround(), commands: map[*exec.Cmd]bool{},
		cells: map[int]string{}, asked: map[int]asked{},
	}
	s.stdout = newOutput(os.Stdout, link.Stdout, w)
	s.stderr = newOutput(os.Stderr, link.Stderr, w)
	s.stdin = &Input{File: os.Stdin, ask: func() (string, error) { return s.input("", false) }}
	return s
}

// handle carries out a request. It must not wait for the user's code: interrupts come
// this way, too.
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
		s.mu.Lock()
		defer s.mu.Unlock()
		s.environ = os.Environ()
	case link.OpComm:
		s.comms.put(*r.Comm)
	case link.OpCollect:
		go debug.FreeOSMemory()
	case link.OpWhere:
		go s.where()
	case link.OpRuntime:
		s.reached(r)
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
	w := r.watch()
	go func() {
		select {
		case <-ended:
		case <-r.tok.Done:
			select {
			case <-ended:
			case <-time.After(patience):
				r.abandon()
			}
		}
		w.stop()
		s.mu.Lock()
		delete(s.runs, id)
		done := r.done()
		done.Env = s.changedEnv()
		s.mu.Unlock()
		s.report(id, done)
	}()
}

// report tells the kernel that a run is done.
func (s *session) report(id int, done *link.Done) {
	// A pipe is gone only when the kernel is; then so are we.
	_ = s.marks.Mark(id)
	if err := s.w.Send(link.Event{Type: link.EventDone, Run: id, Done: done}); err != nil {
		// The result can't be told: of no valid JSON, or too large.
		_ = s.w.Send(link.Event{Type: link.EventDone, Run: id, Done: &link.Done{
			Dir: done.Dir, Env: done.Env,
			Failure: &link.Failure{Kind: link.FailError, Name: "error", Text: "the result can't be shown: " + err.Error()},
		}})
	}
}

// where tells the kernel what the process is doing.
func (s *session) where() {
	buf := make([]byte, 1<<20)
	e := link.Event{Type: link.EventWhere}
	e.Run, e.Frames = link.Running(buf[:runtime.Stack(buf, true)])
	if s.engine != nil {
		e.Frames = s.stackAt(e.Frames)
	}
	_ = s.w.Send(e) // the kernel is about to end us
}

// interrupt ends a run and the goroutines it has started.
func (s *session) interrupt(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil || r.tok.Interrupted() {
		return
	}
	s.halt(r.tok)
}

// halt ends the goroutines that have a token. s.mu is held.
func (s *session) halt(t *token.Token) {
	s.interrupted[weak.Make(t)] = true
	s.setStop(true)
	t.Interrupt()
	if !s.sweeping {
		s.sweeping = true
		go s.sweep()
	}
}

// setStop says whether running code looks at whose it is.
func (s *session) setStop(on bool) {
	stop.Store(on)
	if s.engine == nil {
		return
	}
	if on {
		s.engine.Stop.Store(1)
	} else {
		s.engine.Stop.Store(0)
	}
}

// The checks are looked at after sweepFirst for the first time, then less and less
// often: compiled code that never returns may need them for ever.
const sweepFirst, sweepLast = time.Second, time.Minute

// sweep turns the checks off again when no goroutine of an interrupted run is left:
// then nobody holds its token any more.
func (s *session) sweep() {
	(*token.Token)(nil).Enter() // it may have been started on a goroutine of the run, whose token it would keep
	for wait := sweepFirst; ; wait = min(2*wait, sweepLast) {
		time.Sleep(wait)
		runtime.GC()
		s.mu.Lock()
		for t := range s.interrupted {
			if t.Value() == nil {
				delete(s.interrupted, t)
			}
		}
		if len(s.interrupted) == 0 {
			s.sweeping = false
			s.setStop(false)
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
