// Package session is one notebook: it takes cells, has them compiled and run, routes
// what they print and show to the cell they belong to, and keeps what must survive
// the interpreter: the declarations, the texts of the cells, the working directory.
//
// It knows the contents of Jupyter's messages but neither sockets nor requests; a
// Front carries its output, and package kernel answers.
//
// Goroutines: one for each interpreter waits for its end, one hands it comm messages;
// one writes to the history while there is something to write; one waits for the end of the parallel runtime; each request for input
// and each interrupt has one until it is answered or sent. Close ends them all.
package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/comm"
	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/interp"
	typed "github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/module"
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
	lib  *module.Set
	herd herd

	ctx  context.Context // ends at Close
	stop context.CancelFunc
	wg   sync.WaitGroup // see spawn

	// Locks are taken in this order: starting, compile, cellsMu, mu.

	starting sync.Mutex // held while an interpreter is started
	compile  sync.Mutex // held from compiling a cell until the interpreter has it

	cellsMu sync.Mutex
	cells   *cell.Session

	mu      sync.Mutex
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
	engine  *engine            // nil while there is none
	closed  bool
}

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
		opts: opts, lib: module.New(std.NewImporter()),
		journal: map[int]entry{}, env: map[string]*string{}, running: map[int]*execution{}, routes: map[int]*output{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.cells = newCells(s.lib)
	s.dir, _ = os.Getwd() // an unreadable directory has no name
	s.prepare()
	return s
}

// spawn runs f in a goroutine that Close waits for.
func (s *Session) spawn(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.wg.Go(f)
	}
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
	// What is kept of the request, for late output, is its header.
	c.Parent = &wire.Message{Identities: c.Parent.Identities, Header: c.Parent.Header, RawHeader: bytes.Clone(c.Parent.RawHeader)}
	x := &execution{s: s, cell: c, ctx: ctx, cancel: cancel}

	s.mu.Lock()
	if c.StoreHistory {
		s.count++
	}
	n := s.count
	name := fmt.Sprintf("cell [%d]", n)
	if !c.StoreHistory {
		name = "cell [ ]"
	}
	x.serial = s.enter(entry{name, n, c.Code})
	x.out = newOutput(s.opts.Front, c.Parent, name, s.ctx.Done())
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
	result, err := s.guard(func() (*link.Bundle, error) { return s.parts(x, c.Code, x.serial, true) })
	x.out.finish()
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
	if out.Error == nil {
		out.Payload = x.payload
		out.Expressions = s.expressions(x)
	}
	x.end()
	if out.Error != nil && !c.Silent {
		s.opts.Front.Publish(c.Parent, wire.MsgError, out.Error, nil, nil)
	}
	s.mu.Lock()
	if s.main == x {
		s.main = nil
	}
	full := len(s.journal) > maxJournal
	s.mu.Unlock()
	if full {
		s.prune()
	}
	return out
}

// enter gives a text a serial. s.mu is held.
func (s *Session) enter(e entry) int {
	s.serial++
	s.journal[s.serial] = e
	return s.serial
}

// source enters a text that is no cell of its own.
func (s *Session) source(name, text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enter(entry{name, 0, text})
}

// maxJournal is how many texts of cells are kept before those are dropped that no
// live declaration stands in.
const maxJournal = 4000

// prune forgets texts of old cells.
func (s *Session) prune() {
	s.cellsMu.Lock()
	live := s.cells.Serials()
	s.cellsMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range slices.Sorted(maps.Keys(s.journal)) {
		if len(s.journal) <= maxJournal*3/4 {
			break
		}
		if !live[n] {
			delete(s.journal, n)
		}
	}
}

// A defect is a panic of the kernel's own code. It must not end the kernel.
type defect struct{ value any }

func (d defect) Error() string {
	return fmt.Sprintf("goherd has a defect, please report it with this cell: %v", d.value)
}

// guard turns a panic of f into an error.
func (s *Session) guard(f func() (*link.Bundle, error)) (b *link.Bundle, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.opts.Log.Error("defect", "panic", v, "stack", string(debug.Stack()))
			b, err = nil, defect{v}
		}
	}()
	return f()
}

// expressions evaluates the user_expressions of a request.
func (s *Session) expressions(x *execution) wire.Bundle {
	if len(x.cell.Expressions) == 0 {
		return nil
	}
	out := wire.Bundle{}
	for _, name := range slices.Sorted(maps.Keys(x.cell.Expressions)) {
		code := x.cell.Expressions[name]
		serial := s.source("expression "+name, code)
		result, err := s.guard(func() (*link.Bundle, error) {
			return s.goPart(x, cell.Source{Serial: serial, Text: code}, "")
		})
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

// Interrupt stops the cell of the main shell; where that is idle, those of subshells.
// A second interrupt of the same cell replaces the interpreter. It does nothing where
// nothing runs, and waits for nothing.
func (s *Session) Interrupt() {
	s.mu.Lock()
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
		x.interrupt()
	}
}

// lastWords is how long Close waits for the history.
const lastWords = 2 * time.Second

// Collect makes the interpreter, if there is one, give free memory back.
func (s *Session) Collect() {
	s.mu.Lock()
	e := s.engine
	s.mu.Unlock()
	if e == nil {
		return
	}
	if err := e.Collect(); err != nil {
		s.opts.Log.Debug("collecting", "error", err)
	}
}

// Close ends the interpreter with everything it has started, and waits for that.
func (s *Session) Close() {
	s.mu.Lock()
	s.closed = true
	e := s.engine
	s.mu.Unlock()
	s.stop()
	s.herd.end()
	if e != nil {
		e.Close()
	}
	// One that is just being started sees that the session is closed, and ends.
	s.starting.Lock()
	//lint:ignore SA2001 it only waits
	s.starting.Unlock()
	defer time.AfterFunc(lastWords, s.giveUp).Stop()
	s.wg.Wait()
	s.lib.Close()
}

// An entry is a cell as tracebacks know it.
type entry struct {
	name  string // "cell [3]"
	count int    // its execution count
	text  string
}

// errClosed is what cells end with that run while the kernel is shut down.
var errClosed = errors.New("the kernel is being shut down")

// WarningsEnv is the variable of the environment that turns warnings off where it is "off".
const WarningsEnv = "GOHERD_WARNINGS"

// newCells returns a session for what runs the cells: the typed engine, or yaegi if the
// user wants that or if this program was built by a Go whose types the engine doesn't know.
func newCells(lib cell.Library) *cell.Session {
	if err := typed.Check(); err != nil {
		log.Printf("cells are run by yaegi, which does less: %v", err)
		os.Setenv(link.InterpreterEnv, link.Yaegi) // for the interpreter process
	}
	make := cell.NewSession
	if os.Getenv(link.InterpreterEnv) == link.Yaegi {
		make = cell.NewTextSession
	}
	s := make(lib)
	s.Unwarned = os.Getenv(WarningsEnv) == "off"
	return s
}
