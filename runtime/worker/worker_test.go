package worker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
	"github.com/goherd/goherd/runtime/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// million is how many milliseconds an endless sleep takes.
const million int = 1e6

// patience is how long a test waits for what should take milliseconds.
const patience = 30 * time.Second

// A host runs functions of this file: a program is the name of one.
type host struct {
	codec *ship.Codec
	used  []string // guarded by use

	use    sync.Mutex
	loaded map[string]string

	mu   sync.Mutex
	task uint64
	stop chan struct{} // of the Call that runs
}

func newHost() *host { return &host{codec: ship.New(names{}), loaded: map[string]string{}} }

// names are the types that travel by name here.
type names struct{}

func (names) TypeID(reflect.Type) (int32, bool)     { return 0, false }
func (names) Type(int32) (reflect.Type, error)      { return nil, errors.New("no such type") }
func (names) Open(reflect.Value) (ship.Func, error) { return ship.Func{}, ship.ErrCompiled }
func (names) Make(reflect.Type, ship.Func) (reflect.Value, error) {
	return reflect.Value{}, errors.New("no such func")
}
func (names) Captures(int32, bool) ([]reflect.Type, reflect.Type, error) {
	return nil, nil, errors.New("no such func")
}
func (names) CompiledFunc(string) (reflect.Value, error) {
	return reflect.Value{}, errors.New("no such func")
}
func (names) ErrorName(err error) (string, bool)   { return "io.EOF", err == io.EOF }
func (names) ErrorNamed(name string) (error, bool) { return io.EOF, name == "io.EOF" }
func (names) Compiled(path, name string) (reflect.Type, error) {
	for _, t := range []reflect.Type{reflect.TypeFor[strconv.NumError](), reflect.TypeFor[missing](), reflect.TypeOf(io.EOF).Elem()} {
		if t.PkgPath() == path && t.Name() == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("no type %s.%s", path, name)
}

func (h *host) Load(program []byte) error {
	if name := string(program); functions[name] == nil {
		return fmt.Errorf("there is no %s", name)
	}
	h.loaded["id of "+string(program)] = string(program)
	return nil
}

func (h *host) Drop(program string) { delete(h.loaded, program) }

func (h *host) Use(programs []string, fn ship.Decoder) (reflect.Value, error) {
	h.use.Lock()
	defer h.use.Unlock()
	name, ok := h.loaded[programs[0]]
	if !ok {
		return reflect.Value{}, fmt.Errorf("%s isn't loaded", programs[0])
	}
	h.used = append(h.used, name+" "+string(fn.Data))
	return reflect.ValueOf(functions[name](h)), nil
}

func (h *host) Call(task uint64, f func()) (failure *bus.Failure) {
	stop := make(chan struct{})
	h.mu.Lock()
	h.task, h.stop = task, stop
	h.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failure = &bus.Failure{Kind: "cancelled"} // if it ends by Goexit
		defer func() {
			if v := recover(); v != nil {
				failure = &bus.Failure{Kind: "panic", Name: "panic", Text: fmt.Sprint(v)}
			}
		}()
		f()
		failure = nil
	}()
	<-ended
	h.mu.Lock()
	h.task, h.stop = 0, nil
	h.mu.Unlock()
	return failure
}

func (h *host) Interrupt(task uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop == nil || h.task != task {
		return
	}
	select {
	case <-h.stop:
	default:
		close(h.stop)
	}
}

// sleep is a function of the user's that notices interrupts.
func (h *host) sleep(d time.Duration) {
	h.mu.Lock()
	stop := h.stop
	h.mu.Unlock()
	select {
	case <-time.After(d):
	case <-stop:
		runtime.Goexit()
	}
}

func (h *host) Printed() int       { return 7 }
func (h *host) Codec() *ship.Codec { return h.codec }

// missing is an error type that travels.
type missing struct{ Key string }

func (m missing) Error() string { return "no " + m.Key }

// each makes a call of a chunk of f.
func each[T, R any](f func(T) (R, error)) func(in []T, out []R, at *int, fail func(int, error)) {
	return func(in []T, out []R, at *int, fail func(int, error)) {
		for i := *at; i < len(in); i++ {
			*at = i
			y, err := f(in[i])
			if err != nil {
				fail(i, err)
				continue
			}
			out[i] = y
		}
		*at = len(in)
	}
}

// functions are what jobs call.
var functions = map[string]func(h *host) any{
	"square": func(*host) any { return each(func(x int) (int, error) { return x * x, nil }) },
	"parse": func(*host) any {
		return each(func(s string) (int, error) {
			if s == "" {
				return 0, fmt.Errorf("nothing there: %w", errors.Join(missing{"x"}, io.EOF))
			}
			return strconv.Atoi(s)
		})
	},
	"panics": func(*host) any {
		return each(func(x int) (int, error) {
			if x%2 == 0 {
				panic(fmt.Sprintf("%d is even", x))
			}
			return x, nil
		})
	},
	"channel": func(*host) any {
		return each(func(x int) (any, error) {
			if x == 1 {
				return make(chan int), nil
			}
			return x, nil
		})
	},
	"file": func(*host) any {
		return each(func(int) (int, error) { return 0, &fileError{os.Stdout} })
	},
	"sleep": func(h *host) any { // milliseconds
		return each(func(ms int) (int, error) { h.sleep(time.Duration(ms) * time.Millisecond); return ms, nil })
	},
	"deaf": func(*host) any {
		return each(func(ms int) (int, error) { time.Sleep(time.Duration(ms) * time.Millisecond); return ms, nil })
	},
	"gpus": func(*host) any {
		return each(func(int) (string, error) { return os.Getenv("CUDA_VISIBLE_DEVICES"), nil })
	},
	"sum": func(*host) any {
		return each(func(xs []float64) (float64, error) { return xs[0] + xs[len(xs)-1], nil })
	},
	"double": func(*host) any { return each(func(xs []float64) ([]float64, error) { return append(xs, xs...), nil }) },
	"no call of a chunk": func(*host) any {
		return func(int) int { return 0 }
	},
}

type fileError struct{ f *os.File }

func (e *fileError) Error() string { return "can't write" }

// A head is the other end: it gives one worker tasks and takes what comes.
type head struct {
	t       testing.TB
	s       *bus.Server
	peer    bus.Peer
	host    *host
	page    *worker.Page
	codec   *ship.Codec
	results chan *bus.Result
	beats   chan *bus.Beat
	ended   chan struct{}
	err     error // of Run
	cancel  context.CancelFunc
	sent    map[string]bool
	sender  *bus.Conn // a client that packs what is sent
}

func start(t testing.TB) *head {
	t.Helper()
	page, err := worker.NewPage()
	if err != nil {
		t.Fatal(err)
	}
	h := &head{
		t: t, host: newHost(), page: page, codec: ship.New(names{}), sent: map[string]bool{},
		results: make(chan *bus.Result, 1<<16), beats: make(chan *bus.Beat, 1000), ended: make(chan struct{}),
		peer: bus.Peer{User: "worker-1", Worker: true},
	}
	hello := make(chan *bus.Hello, 1)
	h.s, err = bus.Serve(bus.ServerOptions{Dir: t.TempDir(), Left: func(bus.Peer) {}, Handle: func(_ bus.Peer, ms []bus.Message) {
		for _, m := range ms {
			switch m := m.(type) {
			case *bus.Hello:
				hello <- m
			case *bus.Result:
				h.results <- m
			case *bus.Beat:
				select {
				case h.beats <- m:
				default:
				}
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.s.Admit(h.peer.User, true)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	go func() {
		h.err = worker.Run(ctx, worker.Options{Host: h.host, Address: a, Name: "worker 1", Page: page})
		close(h.ended)
	}()
	t.Cleanup(func() {
		cancel()
		h.end()
		h.s.Close()
		if !page.Stuck() { // else a goroutine that was left behind may still use it
			page.Close()
		}
	})
	select {
	case m := <-hello:
		if m.Pid != os.Getpid() {
			t.Errorf("hello of process %d", m.Pid)
		}
	case <-h.ended:
		t.Fatal(h.err)
	case <-time.After(patience):
		t.Fatal("no hello")
	}
	b, err := h.s.Admit("client", false)
	if err != nil {
		t.Fatal(err)
	}
	if h.sender, err = bus.Dial(b, bus.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.sender.Close)
	return h
}

// end waits for Run and returns its error.
func (h *head) end() error {
	h.t.Helper()
	select {
	case <-h.ended:
	case <-time.After(patience):
		h.t.Fatal("Run doesn't return")
	}
	return h.err
}

func (h *head) send(ms ...bus.Message) {
	h.s.Post(h.peer, ms...)
	h.s.Flush()
}

// job begins a job.
func (h *head) job(id uint64, function string, more func(*bus.Spec)) {
	spec := bus.Spec{Name: function, Code: []string{"id of " + function}, Func: bus.Payload{Data: []byte(fmt.Sprint(id))}}
	if more != nil {
		more(&spec)
	}
	if !h.sent[function] {
		h.sent[function] = true
		h.send(&bus.Code{ID: "id of " + function, Program: []byte(function)})
	}
	h.send(&bus.Job{Job: id, Spec: spec})
}

// task makes a task of items.
func task[T any](h *head, job, id uint64, items ...T) *bus.Task {
	h.t.Helper()
	e, err := h.codec.Encode(reflect.ValueOf(items))
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := h.sender.Pack(e.Data, e.Segments)
	if err != nil {
		h.t.Fatal(err)
	}
	return &bus.Task{Job: job, Task: id, Items: len(items), Attempt: 1, Input: p}
}

// result waits for the next result.
func (h *head) result() *bus.Result {
	h.t.Helper()
	select {
	case r := <-h.results:
		return r
	case <-time.After(patience):
		h.t.Fatal("no result")
		return nil
	}
}

// output reads the values of a result.
func output[R any](h *head, r *bus.Result, n int) []R {
	h.t.Helper()
	out := make([]R, n)
	m, err := h.sender.Open(r.Output)
	if err != nil {
		h.t.Fatal(err)
	}
	defer m.Close()
	if err := h.codec.Decode(ship.Decoder{Data: m.Data, Segment: m.Segment, Sizes: m.Sizes}, reflect.ValueOf(out)); err != nil {
		h.t.Fatal(err)
	}
	return out
}

// fails writes failures, one a line.
func fails(r *bus.Result) string {
	var b strings.Builder
	for _, f := range r.Fails {
		fmt.Fprintf(&b, "%d %s %s: %s", f.Item, f.Kind, f.Name, f.Text)
		for _, c := range f.Chain {
			fmt.Fprintf(&b, " <- %s", c)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (h *head) expect(r *bus.Result, task uint64, status bus.Status, failures string) {
	h.t.Helper()
	if r.Task != task || r.Status != status || fails(r) != failures {
		h.t.Errorf("task %d: status %d\n%s\nwant task %d: status %d\n%s", r.Task, r.Status, fails(r), task, status, failures)
	}
}

func TestResults(t *testing.T) {
	h := start(t)
	h.job(1, "square", nil)
	h.send(task(h, 1, 10, 1, 2, 3), task(h, 1, 11, []int{}...), task(h, 1, 12, 4))
	r := h.result()
	h.expect(r, 10, bus.Done, "")
	if ys := output[int](h, r, 3); !slices.Equal(ys, []int{1, 4, 9}) || r.Printed != 7 || r.Job != 1 {
		t.Errorf("%v, %+v", ys, r)
	}
	h.expect(h.result(), 11, bus.Done, "")
	if ys := output[int](h, h.result(), 1); ys[0] != 16 {
		t.Error(ys)
	}
}

func TestFailedItems(t *testing.T) {
	h := start(t)
	h.job(1, "parse", nil)
	h.send(task(h, 1, 1, "1", "x", "3", ""))
	r := h.result()
	h.expect(r, 1, bus.Done, `1 error *strconv.NumError: strconv.Atoi: parsing "x": invalid syntax <- invalid syntax
3 error *fmt.wrapError: nothing there: no x
EOF <- no x
EOF <- no x <- EOF
`)
	if ys := output[int](h, r, 4); !slices.Equal(ys, []int{1, 0, 3, 0}) {
		t.Error(ys)
	}
	var err error
	if e := h.codec.Decode(ship.Decoder{Data: r.Fails[0].Err.Data}, reflect.ValueOf(&err).Elem()); e != nil {
		t.Fatal(e)
	}
	if n := (*strconv.NumError)(nil); !errors.As(err, &n) || n.Num != "x" {
		t.Errorf("the error came as %#v", err)
	}
	h.job(2, "panics", nil)
	h.send(task(h, 2, 2, 1, 2, 3, 4))
	r = h.result()
	h.expect(r, 2, bus.Done, "1 panic panic: 2 is even\n3 panic panic: 4 is even\n")
	if ys := output[int](h, r, 4); !slices.Equal(ys, []int{1, 0, 3, 0}) {
		t.Error(ys)
	}
	h.send(task(h, 2, 3, 2, 4)) // all of them
	r = h.result()
	h.expect(r, 3, bus.Done, "0 panic panic: 2 is even\n1 panic panic: 4 is even\n")
	if len(r.Output.Data) != 0 {
		t.Errorf("output of %d bytes though all items failed", len(r.Output.Data))
	}
}

// A result, or an error, that can't travel fails only its item, and stays a text.
func TestUnsendable(t *testing.T) {
	h := start(t)
	h.job(1, "channel", nil)
	h.send(task(h, 1, 1, 0, 1, 2))
	r := h.result()
	if len(r.Fails) != 1 || r.Fails[0].Item != 1 || !strings.Contains(r.Fails[0].Text, "chan int") {
		t.Errorf("%s", fails(r))
	}
	if ys := output[any](h, r, 3); ys[0] != 0 || ys[1] != nil || ys[2] != 2 {
		t.Error(ys)
	}
	h.job(2, "file", nil)
	h.send(task(h, 2, 2, 0))
	r = h.result()
	h.expect(r, 2, bus.Done, "0 error *worker_test.fileError: can't write\n")
	if r.Fails[0].Err.Size != 0 {
		t.Error("an error with a file in it was sent")
	}
}

// What isn't as it should be fails the task as a whole, and the next is done.
func TestUnreadable(t *testing.T) {
	h := start(t)
	h.job(1, "square", nil)
	h.job(2, "nothing", nil)
	h.job(3, "no call of a chunk", nil)
	h.job(5, "square", func(s *bus.Spec) { s.Code = []string{"id of what was never sent"} })
	bad := task(h, 1, 1, 1)
	bad.Input.Data = bad.Input.Data[:bad.Input.Size-1]
	bad.Input.Size--
	h.send(bad, task(h, 2, 2, 1), task(h, 3, 3, 1), task(h, 4, 4, 1), task(h, 5, 5, 1), task(h, 1, 6, "a string"), task(h, 1, 7, 3))
	for id, want := range []string{
		1: "the items can't be read: ", 2: "its program can't be loaded: there is no nothing", 3: "no call of a chunk",
		4: "the worker wasn't told", 5: "isn't loaded", 6: "the items can't be read: ",
	} {
		if id == 0 {
			continue
		}
		r := h.result()
		if r.Task != uint64(id) || r.Status != bus.Failed || len(r.Fails) != 1 || r.Fails[0].Item != -1 || !strings.Contains(r.Fails[0].Text, want) {
			t.Errorf("task %d: %d\n%s", id, r.Status, fails(r))
		}
	}
	h.expect(h.result(), 7, bus.Done, "")
}

// The function of a job is put in place when the worker turns to it.
func TestJobsInTurn(t *testing.T) {
	h := start(t)
	h.job(1, "square", nil)
	h.job(2, "square", nil)
	h.send(task(h, 1, 1, 1), task(h, 1, 2, 1), task(h, 2, 3, 1), task(h, 1, 4, 1), &bus.Close{Job: 1}, task(h, 1, 5, 1))
	for id := range 4 {
		h.expect(h.result(), uint64(id+1), bus.Done, "")
	}
	h.expect(h.result(), 5, bus.Failed, "-1 lost *errors.errorString: the worker wasn't told what the task belongs to\n")
	h.host.use.Lock()
	defer h.host.use.Unlock()
	if want := []string{"square 1", "square 2", "square 1"}; !slices.Equal(h.host.used, want) {
		t.Errorf("%q", h.host.used)
	}
}

func TestCancel(t *testing.T) {
	h := start(t)
	h.job(1, "sleep", nil)
	h.job(2, "square", nil)
	h.send(task(h, 1, 1, 0, million, 0), task(h, 1, 2, 1), task(h, 2, 3, 1), task(h, 1, 4, million))
	h.item(1, 1)
	h.send(&bus.Cancel{Job: 1, Task: 2})
	h.expect(h.result(), 2, bus.Cancelled, "")
	h.send(&bus.Cancel{Job: 1})
	got := map[uint64]bus.Status{}
	for range 3 {
		r := h.result()
		got[r.Task] = r.Status
	}
	if got[1] != bus.Cancelled || got[4] != bus.Cancelled || got[3] != bus.Done {
		t.Error(got)
	}
	h.send(&bus.Cancel{Job: 1}, &bus.Cancel{Job: 9}, task(h, 1, 5, 0)) // what is done already isn't there
	h.expect(h.result(), 5, bus.Done, "")
}

// item waits until the page says that an item of a task runs.
func (h *head) item(task uint64, item int) {
	h.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if t, i := h.page.Running(); t == task && i == item {
			return
		}
		if time.Now().After(end) {
			h.t.Fatalf("item %d of task %d doesn't run", item, task)
		}
	}
}

func TestTimeout(t *testing.T) {
	h := start(t)
	h.job(1, "sleep", func(s *bus.Spec) { s.Timeout = 200 * time.Millisecond })
	h.send(task(h, 1, 1, 0, million, 1, million, 0))
	r := h.result()
	h.expect(r, 1, bus.Done, "1 timeout timeout: it took longer than 200ms\n3 timeout timeout: it took longer than 200ms\n")
	if ys := output[int](h, r, 5); ys[2] != 1 {
		t.Error(ys)
	}
	// Together they may take longer.
	h.send(task(h, 1, 2, 80, 80, 80, 80))
	h.expect(h.result(), 2, bus.Done, "")
}

// An item that takes no notice ends the worker, which says so on its page.
func TestStuck(t *testing.T) {
	h := start(t)
	h.job(1, "deaf", func(s *bus.Spec) { s.Timeout = 20 * time.Millisecond })
	h.send(task(h, 1, 1, 0, 2000))
	if err := h.end(); !errors.Is(err, worker.ErrStuck) {
		t.Error(err)
	}
	if task, item := h.page.Running(); task != 1 || item != 1 || !h.page.Stuck() {
		t.Errorf("task %d, item %d, stuck: %t", task, item, h.page.Stuck())
	}
	for task, _ := h.page.Running(); task != 0; task, _ = h.page.Running() {
		time.Sleep(10 * time.Millisecond) // its goroutine is left behind, in a worker, with the process
	}
}

func TestRetire(t *testing.T) {
	h := start(t)
	h.job(1, "sleep", nil)
	h.send(task(h, 1, 1, 20), task(h, 1, 2, 20), &bus.Retire{})
	if err := h.end(); err != nil {
		t.Error(err)
	}
	h.expect(h.result(), 1, bus.Done, "")
	h.expect(h.result(), 2, bus.Done, "")
}

func TestProcess(t *testing.T) {
	h := start(t)
	h.job(1, "square", func(s *bus.Spec) { s.Process = true })
	h.send(task(h, 1, 1, 3))
	if err := h.end(); err != nil {
		t.Error(err)
	}
	h.expect(h.result(), 1, bus.Done, "")
}

// The end of the head, or of ctx, ends the worker, also while a task runs.
func TestEnds(t *testing.T) {
	h := start(t)
	h.job(1, "sleep", nil)
	h.send(task(h, 1, 1, million))
	h.item(1, 0)
	h.s.Close()
	if err := h.end(); err == nil || !strings.Contains(err.Error(), "worker 1: the session's runtime has ended") {
		t.Error(err)
	}
	h = start(t)
	h.job(1, "sleep", nil)
	h.send(task(h, 1, 1, million))
	h.item(1, 0)
	h.cancel()
	if err := h.end(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBeats(t *testing.T) {
	h := start(t)
	h.job(1, "sleep", nil)
	h.send(task(h, 1, 1, 0, 0), task(h, 1, 2, 0, million))
	for end := time.After(patience); ; {
		select {
		case b := <-h.beats:
			if b.Task == 2 && b.Item == 1 && b.Since > 0 && b.Done == 2 && b.Heap > 0 {
				return
			}
		case <-end:
			t.Fatal("no beat of item 1 of task 2")
		}
	}
}

func TestGPUs(t *testing.T) {
	t.Setenv("CUDA_VISIBLE_DEVICES", "")
	h := start(t)
	h.job(1, "gpus", nil)
	m := task(h, 1, 1, 0)
	m.GPUs = []int{2, 5}
	h.send(m)
	if ys := output[string](h, h.result(), 1); ys[0] != "2,5" {
		t.Error(ys)
	}
}

// Large slices travel in files, there and back, and the file of a job's function is read again.
func TestLarge(t *testing.T) {
	h := start(t)
	xs := make([]float64, 1e6)
	for i := range xs {
		xs[i] = float64(i)
	}
	h.job(1, "double", nil)
	h.send(task(h, 1, 1, xs))
	r := h.result()
	h.expect(r, 1, bus.Done, "")
	if r.Output.Blob == "" {
		t.Error("16 MB came in a message")
	}
	if ys := output[[]float64](h, r, 1); len(ys[0]) != 2e6 || ys[0][1e6-1] != 1e6-1 || ys[0][2e6-1] != 1e6-1 {
		t.Error(len(ys[0]))
	}
}
