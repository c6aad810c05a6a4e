//go:build unix

package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/head"
	"github.com/goherd/goherd/runtime/ship"
	"github.com/goherd/goherd/runtime/worker"
)

// The tests run against a head, with this program as worker processes. What is special to a session is left out:
// functions are those of functions_test.go, known by their names.

func TestMain(m *testing.M) {
	if inWorker {
		workerMain()
		return
	}
	goleak.VerifyTestMain(m)
}

// hello is what a worker reads first.
type hello struct {
	Address bus.Address
	Name    string
}

func workerMain() {
	var h hello
	if err := json.NewDecoder(os.Stdin).Decode(&h); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test is gone
		os.Exit(3)
	}()
	page, err := worker.OpenPage(3)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	host := &testHost{address: &h.Address}
	core.SetHost(host)
	if err := worker.Run(context.Background(), worker.Options{Host: host, Address: h.Address, Name: h.Name, Page: page}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A testHost is the host of the test, and of its workers.
type testHost struct {
	address *bus.Address // in a worker
	head    *head.Head

	mu          sync.Mutex
	warned      []string
	shown       []string
	packed      int
	waits       []ship.Pending // of the next function that is packed
	lost        []core.Variable
	interrupted chan struct{}
	stop        chan struct{} // of a worker's call
	unshippable bool
	place       string // of functions, "" for "here"
}

var codec = ship.New(testCode{})

func (h *testHost) Codec() *ship.Codec { return codec }

func (h *testHost) Connect(start bool) (bus.Address, error) {
	if h.address != nil {
		return *h.address, nil
	}
	return h.head.Client()
}

func (h *testHost) Run() int { return 7 }

func (h *testHost) Done() (<-chan struct{}, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.interrupted, runtime.Goexit
}

func nameOf(f reflect.Value) string {
	name := runtime.FuncForPC(f.Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

func (h *testHost) PackInit(f reflect.Value) (*core.Packed, error) { return h.Pack(f) }

func (h *testHost) Pack(f reflect.Value) (*core.Packed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.packed++
	name := nameOf(f)
	p := &core.Packed{Name: name, Place: "here", ID: "id of " + name, Program: []byte(name), Lost: h.lost}
	if h.unshippable {
		return nil, &ship.Error{Path: "mu", Type: reflect.TypeFor[sync.Mutex](), Why: "it would lock nothing there"}
	}
	for _, w := range h.waits {
		select {
		case <-w.Ready():
			if _, err := w.(ship.Traveller).Travel(); err != nil {
				return nil, err
			}
		default:
			p.Waits = append(p.Waits, w)
		}
	}
	if p.Waits == nil {
		p.Func.Data = []byte(name)
	}
	return p, nil
}

func (h *testHost) Describe(f reflect.Value) (name, place string) {
	if h.place != "" {
		return nameOf(f), h.place
	}
	return nameOf(f), "here"
}

// specialID is the type special, in the program that has it.
const specialID, specialProgram = 1, "the type special"

func (h *testHost) Extend(have []string, types, funcs []int32) (string, []byte, error) {
	if len(types) != 1 || types[0] != specialID || len(funcs) > 0 {
		return "", nil, fmt.Errorf("what is %d, %d?", types, funcs)
	}
	return "id of " + specialProgram, []byte(specialProgram), nil
}

func (h *testHost) Protect(f func()) (failure *bus.Failure) {
	defer func() {
		if v := recover(); v != nil {
			failure = &bus.Failure{Kind: "panic", Name: "panic", Text: fmt.Sprint(v), Stack: []bus.Frame{{Func: "f", Pos: 5}, {Func: "ours"}}}
		}
	}()
	f()
	return nil
}

func (h *testHost) Place() string { return "there" }

func (h *testHost) PlaceOf(pos uint64) string {
	if pos == 0 {
		return ""
	}
	return fmt.Sprint("line ", pos)
}

func (h *testHost) Warn(run int, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.warned = append(h.warned, text)
}

func (h *testHost) Display(run int, id string, update bool, c core.Content) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = append(h.shown, c.Text)
}

// What a worker's host has besides.

func (h *testHost) Load(program []byte) error {
	if string(program) == specialProgram {
		knowsSpecial.Store(true)
	}
	return nil
}

func (h *testHost) Drop(string) {}

func (h *testHost) Use(_ []string, fn ship.Decoder) (reflect.Value, error) {
	if f, ok := functions[string(fn.Data)]; ok {
		return reflect.ValueOf(f), nil
	}
	return reflect.Value{}, fmt.Errorf("there is no %q", fn.Data)
}

func (h *testHost) Call(task uint64, f func()) (failure *bus.Failure) {
	stop := make(chan struct{})
	h.mu.Lock()
	h.stop = stop
	h.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		failure = &bus.Failure{Kind: "cancelled", Name: "cancelled", Text: "it was cancelled"}
		failure = h.Protect(f)
	}()
	<-done
	return failure
}

func (h *testHost) Interrupt(uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.stop:
	default:
		close(h.stop)
	}
}

func (h *testHost) Printed() int { return 0 }

var (
	inWorker     = os.Getenv("CORE_TEST_WORKER") != ""
	knowsSpecial atomic.Bool
)

// testCode knows the types of the tests.
type testCode struct{}

var errNone = errors.New("there is none")

func (testCode) TypeID(t reflect.Type) (int32, bool) {
	return specialID, t == reflect.TypeFor[special]()
}
func (testCode) Type(id int32) (reflect.Type, error) {
	if id == specialID && (!inWorker || knowsSpecial.Load()) {
		return reflect.TypeFor[special](), nil
	}
	return nil, errNone
}
func (testCode) Open(reflect.Value) (ship.Func, error)                      { return ship.Func{}, ship.ErrCompiled }
func (testCode) Make(reflect.Type, ship.Func) (reflect.Value, error)        { return reflect.Value{}, errNone }
func (testCode) CompiledFunc(string) (reflect.Value, error)                 { return reflect.Value{}, errNone }
func (testCode) ErrorName(err error) (string, bool)                         { return "io.EOF", err == io.EOF }
func (testCode) ErrorNamed(name string) (error, bool)                       { return io.EOF, name == "io.EOF" }
func (testCode) Captures(int32, bool) ([]reflect.Type, reflect.Type, error) { return nil, nil, errNone }
func (testCode) Compiled(path, name string) (reflect.Type, error) {
	sent, err := core.Tasks().Travel()
	if err != nil {
		return nil, err
	}
	for _, t := range []reflect.Type{reflect.TypeOf(sent), reflect.TypeFor[badItem](), reflect.TypeOf(fmt.Errorf("%w", io.EOF)).Elem()} {
		if t.PkgPath() == path && t.Name() == name {
			return t, nil
		}
	}
	return nil, errNone
}

// A herd is a runtime with this test as its client.
type herd struct {
	*testHost
	t testing.TB
	l *launcher
}

func start(t testing.TB) *herd {
	t.Helper()
	h := &herd{t: t, l: &launcher{}, testHost: &testHost{}}
	var err error
	h.head, err = head.Start(head.Options{Launcher: h.l, Dir: t.TempDir(), Log: func(format string, args ...any) { t.Logf("head: "+format, args...) }})
	if err != nil {
		t.Fatal(err)
	}
	core.SetHost(h.testHost)
	t.Cleanup(func() {
		core.Disconnect()
		h.head.Close()
		for _, p := range h.l.procs {
			p.page.Close()
		}
	})
	return h
}

func (h *herd) pool(n int, opts ...core.Option) *core.Pool {
	h.t.Helper()
	p, err := core.NewPool(n, opts)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// busy waits until so many workers of a pool are.
func (h *herd) busy(p *core.Pool, n int) {
	h.t.Helper()
	for range 3000 {
		if s, err := p.Status(); err != nil || s.Busy == n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatal("no worker becomes busy")
}

func (h *herd) texts() (warned, shown []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.warned, h.shown
}

// A launcher starts this program.
type launcher struct {
	mu    sync.Mutex
	procs []*proc
}

type proc struct {
	cmd   *exec.Cmd
	page  *worker.Page
	stdin io.Closer
	gone  chan struct{}

	mu     sync.Mutex
	reason string
}

func (l *launcher) Start(spec head.WorkerSpec) (head.Process, error) {
	p := &proc{cmd: exec.Command(os.Args[0]), gone: make(chan struct{})}
	var err error
	if p.page, err = worker.NewPage(); err != nil {
		return nil, err
	}
	p.cmd.ExtraFiles = []*os.File{p.page.File}
	p.cmd.Env = append(os.Environ(), "CORE_TEST_WORKER=1")
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.stdin = stdin
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.procs = append(l.procs, p)
	l.mu.Unlock()
	if err := json.NewEncoder(stdin).Encode(hello{spec.Address, spec.Name}); err != nil {
		p.Kill("it doesn't listen")
	}
	go func() {
		defer close(p.gone)
		_ = p.cmd.Wait() // Death looks at how
		_ = stdin.Close()
	}()
	return p, nil
}

func (p *proc) Pid() int              { return p.cmd.Process.Pid }
func (p *proc) Printed(int)           {}
func (p *proc) Gone() <-chan struct{} { return p.gone }
func (p *proc) Usage() head.Usage     { return head.Usage{RSS: 1e7} }

func (p *proc) Kill(reason string) {
	p.mu.Lock()
	p.reason = reason
	p.mu.Unlock()
	_ = p.cmd.Process.Kill() // it may have ended
}

func (p *proc) Death() head.Death {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := head.Death{Code: p.cmd.ProcessState.ExitCode(), Text: p.cmd.ProcessState.String(), Wanted: p.reason != ""}
	d.Running, d.Item = p.page.Running()
	switch {
	case d.Wanted:
		d.Name, d.Text = "killed", p.reason
	case p.page.Stuck():
		d.Name, d.Own = "timeout", true
	case d.Code >= 0:
		d.Name, d.Own = "exit", true
	default:
		d.Name = "killed"
	}
	return d
}

// running returns the processes that haven't ended.
func (l *launcher) running() (ps []*proc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.procs {
		select {
		case <-p.gone:
		default:
			ps = append(ps, p)
		}
	}
	return ps
}

// within fails the test if f takes so long that something hangs.
func within(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		buf := make([]byte, 1<<16)
		t.Fatalf("it hangs:\n%s", buf[:runtime.Stack(buf, true)])
	}
}
