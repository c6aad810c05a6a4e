// Package session is one notebook: it takes cells, has them compiled and run, routes
// what they print and show to the cell they belong to, and keeps what must survive
// the interpreter: the declarations, the texts of the cells, the working directory.
//
// It knows the contents of Jupyter's messages but neither sockets nor requests; a
// Front carries its output, and package kernel answers.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	user "github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/comm"
	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/magic"
	"github.com/goherd/goherd/kernel/wire"
)

// A Front shows what cells produce. parent is the request that the output belongs to.
// Its methods are called from any goroutine and keep the order of calls.
type Front interface {
	Stream(parent *wire.Message, name, text string)
	// Publish sends another message of IOPub.
	Publish(parent *wire.Message, msgType string, content any, metadata map[string]any, buffers [][]byte)
	// Backlog returns how many bytes wait for the slowest client.
	Backlog() int64
	// Input asks the client that sent parent for a line.
	Input(ctx context.Context, parent *wire.Message, prompt string, password bool) (string, error)
}

// Options configure a session.
type Options struct {
	Front   Front
	History *history.Store
	Log     *slog.Logger
	// Interp says how interpreters are started; its callbacks are set here.
	Interp interp.Options
	// Comms is the registry that the comms of the user's code are part of.
	Comms *comm.Registry
}

// A Session is one notebook. Its methods may be called from any goroutine; cells of
// one shell are executed one at a time by the caller.
type Session struct {
	opts Options
	lib  library

	compile sync.Mutex // held from compiling a cell until the interpreter has it

	mu      sync.Mutex
	cells   *cell.Session // read under mu, changed under compile and mu
	journal map[int]entry // texts of cells, by serial
	serial  int           // the last given to a cell
	runs    int           // the last given to a run
	count   int           // execution count
	records records       // of the session in the history
	dir     string        // working directory of the interpreter
	env     map[string]*string
	running map[int]*execution // by run
	routes  map[int]*output    // of runs, also of ended ones
	order   []int              // the runs in routes, oldest first
	main    *execution         // what the main shell executes
	last    *output            // where output of no known run goes
	ip      *interp.Interp
	closed  bool
	reset   bool // %reset: the interpreter is replaced after the cell

	starting sync.Mutex   // held while an interpreter is started
	remote   *comm.Remote // the interpreter, as an owner of comms; guarded by mu
}

// library is the packages that cells import.
type library struct{ *std.Importer }

func (library) ByName(name string) []string { return std.ByName(name) }

// parentKey is the key of a request in a context.
type parentKey struct{}

// WithParent returns a context that carries the request which a comm message belongs
// to.
func WithParent(ctx context.Context, m *wire.Message) context.Context {
	return context.WithValue(ctx, parentKey{}, m)
}

// Parent returns the request that a context carries, or nil.
func Parent(ctx context.Context) *wire.Message {
	m, _ := ctx.Value(parentKey{}).(*wire.Message)
	return m
}

// New returns a session whose first interpreter is being started.
func New(opts Options) *Session {
	s := &Session{
		opts: opts, lib: library{std.NewImporter()},
		journal: map[int]entry{}, env: map[string]*string{}, running: map[int]*execution{}, routes: map[int]*output{},
	}
	s.cells = cell.NewSession(s.lib)
	s.dir, _ = os.Getwd() // an unreadable directory has no name
	go func() {
		if _, err := s.interpreter(); err != nil {
			opts.Log.Error("starting the interpreter", "error", err)
		}
	}()
	return s
}

// An execution is one cell being executed.
type execution struct {
	cell   Cell
	serial int // of the cell in positions
	name   string
	out    *output
	ctx    context.Context
	cancel context.CancelFunc

	mu          sync.Mutex
	run         int // that it waits for, 0 if none
	interrupted int // how often
	forced      bool
	payload     []any
	depth       int // of %run
}

// A Cell is a request to execute.
type Cell struct {
	Code         string
	Parent       *wire.Message
	Silent       bool
	StoreHistory bool
	AllowStdin   bool
	Expressions  map[string]string
	// Sub is set for a cell of a subshell, which runs beside the main shell's.
	Sub bool
}

// An Outcome is how a cell ended.
type Outcome struct {
	Count       int
	Error       *wire.Error // nil if it succeeded
	Payload     []any
	Expressions wire.Bundle
}

// Count returns the execution count of the last cell.
func (s *Session) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Execute runs a cell and publishes what it produces, in order, before it returns.
func (s *Session) Execute(ctx context.Context, c Cell) Outcome {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := &execution{cell: c, ctx: ctx, cancel: cancel}
	x.out = &output{front: s.opts.Front, parent: c.Parent}

	s.mu.Lock()
	s.serial++
	x.serial = s.serial
	if c.StoreHistory {
		s.count++
	}
	n := s.count
	x.name = fmt.Sprintf("cell [%d]", n)
	if !c.StoreHistory {
		x.name = "cell [ ]"
	}
	s.journal[x.serial] = entry{x.name, n, c.Code}
	if !c.Sub {
		s.main = x
	}
	s.last = x.out
	s.mu.Unlock()

	if !c.Silent {
		s.opts.Front.Publish(c.Parent, wire.MsgExecuteInput, wire.ExecuteInput{Code: c.Code, ExecutionCount: n}, nil, nil)
	}
	if c.StoreHistory && s.opts.History != nil && strings.TrimSpace(c.Code) != "" {
		s.remember(func(number int) { s.opts.History.Add(number, n, c.Code) })
	}

	out := Outcome{Count: n}
	result, err := s.parts(x, c.Code, x.serial, true)
	x.out.flush()
	if err != nil {
		out.Error = s.explain(x, err)
	} else if result != nil && !c.Silent {
		s.opts.Front.Publish(c.Parent, wire.MsgExecuteResult, wire.ExecuteResult{
			ExecutionCount: n, Data: result.Data, Metadata: result.Metadata,
		}, nil, nil)
		if text, ok := result.Data["text/plain"].(string); ok && c.StoreHistory && s.opts.History != nil {
			s.remember(func(number int) { s.opts.History.SetOutput(number, n, text) })
		}
	}
	if out.Error != nil && !c.Silent {
		s.opts.Front.Publish(c.Parent, wire.MsgError, out.Error, nil, nil)
	}
	if out.Error == nil {
		out.Payload = x.payload
		out.Expressions = s.expressions(x)
	}
	s.mu.Lock()
	if s.main == x {
		s.main = nil
	}
	doReset := s.reset && !c.Sub
	s.reset = s.reset && !doReset
	s.prune()
	s.mu.Unlock()
	x.out.resume()
	if doReset {
		s.restart("%reset")
	}
	return out
}

// maxJournal is how many texts of cells are kept before those are dropped that no
// live declaration stands in.
const maxJournal = 4000

// prune forgets texts of old cells. s.mu is held.
func (s *Session) prune() {
	if len(s.journal) <= maxJournal {
		return
	}
	live := s.cells.Serials()
	for _, n := range slices.Sorted(maps.Keys(s.journal)) {
		if len(s.journal) <= maxJournal*3/4 {
			break
		}
		if !live[n] {
			delete(s.journal, n)
		}
	}
}

// errInterrupted ends a cell between its parts.
var errInterrupted = errors.New("interrupted")

// A failed run as an error.
type runError struct{ failure *link.Failure }

func (e runError) Error() string { return e.failure.Name + ": " + e.failure.Text }

// A deathError is a run that ended the interpreter.
type deathError struct {
	death *interp.Death
	lost  []string
}

func (e deathError) Error() string { return e.death.Name + ": " + e.death.Text }

// explain makes a message for the front end of what ended a cell.
func (s *Session) explain(x *execution, err error) *wire.Error {
	var (
		compile *cell.Error
		run     runError
		death   deathError
	)
	switch {
	case errors.As(err, &compile):
		return s.compileError(compile)
	case errors.As(err, &run):
		return s.failure(run.failure)
	case errors.As(err, &death):
		if x.forced {
			e := s.failure(&link.Failure{Kind: link.FailInterrupt})
			d := s.deathError(death.death, death.lost)
			e.Evalue = "the cell didn't stop when it was interrupted: its interpreter was replaced"
			e.Traceback = append(e.Traceback, e.Evalue, d.Traceback[len(d.Traceback)-1])
			return e
		}
		return s.deathError(death.death, death.lost)
	case errors.Is(err, errInterrupted):
		return s.failure(&link.Failure{Kind: link.FailInterrupt})
	}
	return &wire.Error{Ename: "error", Evalue: err.Error(), Traceback: wire.List[string]{redB + "error" + reset + ": " + err.Error()}}
}

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

func (x *execution) isInterrupted() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.interrupted > 0
}

// goPart compiles and runs Go.
func (s *Session) goPart(x *execution, src cell.Source, timing string) (*link.Bundle, error) {
	mode := cell.Normal
	if timing == "timeit" {
		mode = cell.Timeit
	}
	done, err := s.compileAndRun(x, func() (*cell.Program, error) {
		p, err := s.cells.Compile(src, mode)
		if err != nil {
			return nil, err
		}
		p.Time = timing
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return done.Result, nil
}

// compileAndRun runs the program that compile makes of the session's declarations.
// Nobody else can change them before the interpreter has the program.
func (s *Session) compileAndRun(x *execution, compile func() (*cell.Program, error)) (*link.Done, error) {
	s.compile.Lock()
	held := true
	unlock := func() {
		if held {
			held = false
			s.compile.Unlock()
		}
	}
	defer unlock()
	ip, err := s.interpreter()
	if err != nil {
		return nil, err
	}
	p, err := compile()
	if err != nil {
		return nil, err
	}
	return s.await(x, ip, func(n int) *interp.Run { return ip.Run(n, &p.Program) }, func() {
		s.mu.Lock()
		p.Commit()
		s.mu.Unlock()
		unlock()
		for _, note := range p.Notes {
			x.out.write("stderr", []byte("note: "+note+"\n"))
		}
	})
}

// await starts a run and waits for its end. started is called when the interpreter
// has compiled it.
func (s *Session) await(x *execution, ip *interp.Interp, start func(run int) *interp.Run, started func()) (*link.Done, error) {
	s.mu.Lock()
	s.runs++
	n := s.runs
	s.running[n] = x
	s.route(n, x.out)
	s.mu.Unlock()
	x.mu.Lock()
	x.run = n
	stop := x.interrupted > 0
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		x.run = 0
		x.mu.Unlock()
		s.mu.Lock()
		delete(s.running, n)
		s.mu.Unlock()
	}()
	if stop {
		return nil, errInterrupted
	}
	r := start(n)
	select {
	case <-r.Started:
		started()
	case <-r.Done:
		select {
		case <-r.Started: // both: it was quick
			started()
		default:
		}
	}
	<-r.Done
	done, death := r.Result()
	if death != nil {
		lost := s.bury(ip)
		go func() { // the next cell finds it ready
			if _, err := s.interpreter(); err != nil {
				s.opts.Log.Error("starting an interpreter", "error", err)
			}
		}()
		if s.isClosed() {
			return nil, errors.New("the kernel is being shut down")
		}
		return nil, deathError{death, lost}
	}
	s.mu.Lock()
	if done.Dir != "" {
		s.dir = done.Dir
	}
	for _, e := range done.Env {
		name, value, set := strings.Cut(e, "=")
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

// maxRoutes is how many ended runs are remembered, for late output.
const maxRoutes = 4096

// route remembers where output of a run goes. s.mu is held.
func (s *Session) route(run int, out *output) {
	s.routes[run] = out
	s.order = append(s.order, run)
	if len(s.order) > maxRoutes {
		delete(s.routes, s.order[0])
		s.order = s.order[1:]
	}
}

// output takes what the interpreter prints.
func (s *Session) output(run int, kind link.Kind, p []byte) {
	name := "stdout"
	if kind == link.Stderr || kind == interp.RawStderr {
		name = "stderr"
	}
	s.mu.Lock()
	out := s.routes[run]
	if out == nil {
		out = s.last
	}
	s.mu.Unlock()
	if out == nil {
		s.opts.Log.Info("output of no cell", "stream", name, "text", string(p[:min(len(p), 200)]))
		return
	}
	out.write(name, p)
}

// event takes what the interpreter reports.
func (s *Session) event(e *link.Event) {
	s.mu.Lock()
	out, x := s.routes[e.Run], s.running[e.Run]
	if out == nil {
		out = s.last
	}
	remote := s.remote
	s.mu.Unlock()
	if out == nil {
		return
	}
	switch e.Type {
	case link.EventDisplay:
		s.display(out, e.Display)
	case link.EventInput:
		go s.input(e, x)
	case link.EventComm:
		if remote != nil {
			if err := remote.Handle(WithParent(context.Background(), out.parent), *e.Comm); err != nil {
				s.opts.Log.Warn("comm", "error", err)
			}
		}
	}
}

func (s *Session) display(out *output, d *link.Display) {
	out.flush()
	content := wire.DisplayData{Data: d.Data, Metadata: d.Metadata}
	if d.ID != "" {
		content.Transient = &wire.Transient{DisplayID: d.ID}
	}
	switch d.Kind {
	case link.Show:
		s.opts.Front.Publish(out.parent, wire.MsgDisplayData, content, nil, nil)
	case link.Update:
		s.opts.Front.Publish(out.parent, wire.MsgUpdateDisplayData, content, nil, nil)
	case link.Clear:
		s.opts.Front.Publish(out.parent, wire.MsgClearOutput, wire.ClearOutput{Wait: d.Wait}, nil, nil)
	}
}

// input asks the front end for a line on behalf of a run.
func (s *Session) input(e *link.Event, x *execution) {
	var line string
	err := errors.New("the cell that asks for input has ended")
	if x != nil {
		x.out.flush()
		if !x.cell.AllowStdin {
			err = errors.New("input is not allowed here: the front end can't be asked (in a notebook run unattended, give the value in the code)")
		} else {
			line, err = s.opts.Front.Input(x.ctx, x.cell.Parent, e.Input.Prompt, e.Input.Password)
		}
	}
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	s.mu.Lock()
	ip := s.ip
	s.mu.Unlock()
	if ip != nil {
		if err := ip.Answer(e.Run, line, reason); err != nil {
			s.opts.Log.Debug("answering a request for input", "error", err)
		}
	}
}

// interpreter returns the interpreter, starting one if there is none. A new one gets
// the session's declarations.
func (s *Session) interpreter() (*interp.Interp, error) {
	s.starting.Lock()
	defer s.starting.Unlock()
	s.mu.Lock()
	ip, closed := s.ip, s.closed
	s.mu.Unlock()
	if closed {
		return nil, errors.New("the kernel is being shut down")
	}
	if ip != nil {
		select {
		case <-ip.Gone():
			s.bury(ip)
		default:
			return ip, nil
		}
	}
	o := s.opts.Interp
	o.Output, o.Event = s.output, s.event
	ip, err := interp.Start(o)
	if err != nil {
		return nil, fmt.Errorf("starting an interpreter: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := ip.WaitReady(ctx); err != nil {
		ip.Kill("it didn't start")
		return nil, err
	}
	if err := s.replay(ip); err != nil {
		ip.Kill("it can't have the session's declarations")
		return nil, err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		ip.Close()
		return nil, errors.New("the kernel is being shut down")
	}
	s.ip = ip
	if s.opts.Comms != nil {
		s.remote = s.opts.Comms.Attach(func(_ context.Context, e user.Event) error { return ip.Comm(&e) })
	}
	remote := s.remote
	s.mu.Unlock()
	go s.mourn(ip, remote)
	return ip, nil
}

// startTimeout is for a machine that is very busy; it takes some 10 ms.
const startTimeout = 30 * time.Second

// replay gives a new interpreter what the session has declared.
func (s *Session) replay(ip *interp.Interp) error {
	s.mu.Lock()
	program := s.cells.Replay()
	dir := s.dir
	env := maps.Clone(s.env)
	s.runs++
	n := s.runs
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
	r := ip.Run(n, &program.Program)
	<-r.Done
	done, death := r.Result()
	switch {
	case death != nil:
		return fmt.Errorf("the new interpreter died: %s", death.Text)
	case done.Failure != nil:
		// The declarations were accepted before, one by one.
		s.opts.Log.Error("replaying the session", "error", done.Failure.Text)
		s.mu.Lock()
		s.cells = cell.NewSession(s.lib)
		out := s.last
		s.mu.Unlock()
		if out != nil {
			out.write("stderr", []byte("note: the new interpreter couldn't take the session's declarations ("+done.Failure.Text+"): run their cells again\n"))
		}
	}
	return nil
}

// bury forgets a dead interpreter and returns the variables that went with it.
func (s *Session) bury(ip *interp.Interp) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ip != ip {
		return nil
	}
	s.ip = nil
	return s.cells.Lose()
}

// mourn tells of an interpreter that died while no cell ran: a goroutine that an
// earlier cell left behind ended it.
func (s *Session) mourn(ip *interp.Interp, remote *comm.Remote) {
	<-ip.Gone()
	if remote != nil {
		remote.Detach(context.Background())
	}
	d := ip.Death()
	s.mu.Lock()
	busy := len(s.running) > 0
	out := s.routes[d.Run]
	if out == nil {
		out = s.last
	}
	mine := s.ip == ip && !s.closed
	s.mu.Unlock()
	if !mine || busy || d.Wanted {
		return
	}
	lost := s.bury(ip)
	if out != nil {
		e := s.deathError(d, lost)
		out.resume()
		out.write("stderr", []byte(strings.Join(e.Traceback, "\n")+"\n"))
		out.flush()
	}
	if _, err := s.interpreter(); err != nil {
		s.opts.Log.Error("starting an interpreter", "error", err)
	}
}

// restart replaces the interpreter by a fresh one.
func (s *Session) restart(reason string) {
	s.mu.Lock()
	ip := s.ip
	s.ip = nil
	s.mu.Unlock()
	if ip != nil {
		ip.Kill(reason)
		<-ip.Gone()
	}
	if _, err := s.interpreter(); err != nil {
		s.opts.Log.Error("starting an interpreter", "error", err)
	}
}

// Interrupt stops the cell of the main shell; where that is idle, those of subshells.
// A second interrupt of the same cell replaces the interpreter. It does nothing where
// nothing runs.
func (s *Session) Interrupt() {
	s.mu.Lock()
	ip := s.ip
	var stop []*execution
	if s.main != nil {
		stop = append(stop, s.main)
	} else {
		for _, x := range s.running {
			stop = append(stop, x)
		}
	}
	s.mu.Unlock()
	for _, x := range stop {
		x.mu.Lock()
		x.interrupted++
		n, run := x.interrupted, x.run
		x.forced = x.forced || n > 1
		x.mu.Unlock()
		x.cancel() // what it waits for: a line of input
		x.out.drop()
		if run == 0 || ip == nil {
			continue
		}
		if n == 1 {
			if err := ip.Interrupt(run); err != nil {
				s.opts.Log.Debug("interrupting", "error", err)
			}
			continue
		}
		ip.Kill("the cell didn't stop when it was interrupted")
	}
}

func (s *Session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close ends the interpreter with everything it has started.
func (s *Session) Close() {
	s.mu.Lock()
	s.closed = true
	ip := s.ip
	s.ip = nil
	s.mu.Unlock()
	if ip != nil {
		ip.Close()
	}
	// One that is just being started sees closed and ends.
	s.starting.Lock()
	defer s.starting.Unlock()
}

// Pids returns the processes of the session.
func (s *Session) Pids() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ip == nil {
		return nil
	}
	return []int{s.ip.Pid()}
}

// expressions evaluates the user_expressions of a request.
func (s *Session) expressions(x *execution) wire.Bundle {
	if len(x.cell.Expressions) == 0 {
		return nil
	}
	out := wire.Bundle{}
	for _, name := range slices.Sorted(maps.Keys(x.cell.Expressions)) {
		code := x.cell.Expressions[name]
		s.mu.Lock()
		s.serial++
		serial := s.serial
		s.journal[serial] = entry{"expression " + name, 0, code}
		s.mu.Unlock()
		result, err := s.goPart(x, cell.Source{Serial: serial, Text: code}, "")
		switch {
		case err != nil:
			e := s.explain(x, err)
			out[name] = wire.NewErrorReply(e.Ename, e.Evalue, e.Traceback)
		case result == nil:
			out[name] = wire.UserExpression{Status: wire.StatusOK, Data: wire.Bundle{}}
		default:
			out[name] = wire.UserExpression{Status: wire.StatusOK, Data: result.Data, Metadata: result.Metadata}
		}
	}
	return out
}
