//go:build unix

package head_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// workerMain is a minimal worker: a test's tasks are lists of words, each of which says what an item does.
func workerMain() {
	var hello struct {
		Address bus.Address
		Page    string
	}
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &hello)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(2)
	}
	go func() { // the end of the head's process is that of the worker
		_, _ = in.ReadByte()
		os.Exit(0)
	}()
	if os.Getenv("TEST_START") == "exit" {
		os.Exit(7)
	}
	page, err := os.OpenFile(hello.Page, os.O_RDWR, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(2)
	}
	w := &testWorker{page: page, address: hello.Address, jobs: map[uint64]bus.Spec{}, codes: map[string]bool{}}
	w.more.L = &w.mu
	gone := make(chan struct{})
	w.conn, err = bus.Dial(hello.Address, bus.Options{Worker: true, Handle: w.take, Gone: func(error) { close(gone) }})
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(2)
	}
	_ = w.conn.Send(&bus.Hello{Pid: os.Getpid()})
	go w.run()
	for {
		select {
		case <-gone:
			os.Exit(0)
		case <-time.After(bus.Heartbeat):
			w.mu.Lock()
			b := &bus.Beat{Task: w.running, Item: int(w.item.Load()), Since: time.Since(w.since)}
			w.mu.Unlock()
			_ = w.conn.Send(b)
		}
	}
}

type testWorker struct {
	conn    *bus.Conn
	address bus.Address
	page    *os.File
	client  *bus.Conn
	marks   int
	item    atomic.Int64

	mu      sync.Mutex
	more    sync.Cond
	queue   []bus.Message
	running uint64
	since   time.Time
	stop    context.CancelFunc
	retired bool
	jobs    map[uint64]bus.Spec
	codes   map[string]bool
	nested  chan *bus.Result
}

func (w *testWorker) take(ms []bus.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range ms {
		switch m := m.(type) {
		case *bus.Cancel:
			for i, q := range w.queue {
				if t, ok := q.(*bus.Task); ok && t.Task == m.Task {
					w.queue[i] = &bus.Beat{} // nothing
					_ = w.conn.Send(&bus.Result{Job: t.Job, Task: t.Task, Status: bus.Cancelled})
				}
			}
			if w.running == m.Task && !m.Queued {
				w.stop()
			}
		case *bus.Retire:
			w.retired = true
		default:
			w.queue = append(w.queue, m)
		}
	}
	w.more.Signal()
}

func (w *testWorker) run() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []bus.Message
	flush := func() {
		_ = w.conn.Send(out...)
		out = out[:0]
	}
	for {
		for len(w.queue) == 0 {
			flush()
			if w.retired {
				w.mu.Unlock()
				w.conn.Close()
				os.Exit(0)
			}
			w.more.Wait()
		}
		m := w.queue[0]
		w.queue = w.queue[1:]
		switch m := m.(type) {
		case *bus.Code:
			w.codes[m.ID] = string(m.Program) == "code "+m.ID
		case *bus.Drop:
			delete(w.codes, m.ID)
		case *bus.Job:
			w.jobs[m.Job] = m.Spec
		case *bus.Close:
			delete(w.jobs, m.Job)
		case *bus.Task:
			s, ok := w.jobs[m.Job]
			for _, id := range s.Code {
				ok = ok && w.codes[id]
			}
			if !ok {
				out = append(out, failed(m, "the worker doesn't know the job or its code"))
				break
			}
			if string(s.Func.Data) == "noop" {
				out = append(out, &bus.Result{Job: m.Job, Task: m.Task, Output: m.Input, Took: 100})
				break
			}
			ctx, stop := context.WithCancel(context.Background())
			w.running, w.since, w.stop = m.Task, time.Now(), stop
			w.mu.Unlock()
			flush()
			r := w.do(ctx, m)
			w.mu.Lock()
			stop()
			w.running = 0
			out = append(out, r)
			if s.Process {
				flush()
				w.conn.Close()
				os.Exit(0)
			}
		}
	}
}

func failed(t *bus.Task, text string) *bus.Result {
	return &bus.Result{Job: t.Job, Task: t.Task, Status: bus.Failed, Fails: []bus.Failure{{Item: -1, Kind: "error", Text: text}}}
}

// do does the items of a task.
func (w *testWorker) do(ctx context.Context, t *bus.Task) *bus.Result {
	began := time.Now()
	m, err := w.conn.Open(t.Input)
	if err != nil {
		return failed(t, err.Error())
	}
	var items []string
	err = json.Unmarshal(m.Data, &items)
	m.Close()
	if err != nil || len(items) != t.Items {
		return failed(t, fmt.Sprintf("wrong input %q: %v", m.Data, err))
	}
	r := &bus.Result{Job: t.Job, Task: t.Task}
	outs := make([]string, len(items))
	for i, item := range items {
		w.mark(t.Task, i)
		w.item.Store(int64(i))
		if err := w.word(ctx, t, item, &outs[i]); err != nil {
			r.Fails = append(r.Fails, bus.Failure{Item: i, Kind: "error", Text: err.Error()})
		}
		if ctx.Err() != nil {
			w.mark(0, 0)
			return &bus.Result{Job: t.Job, Task: t.Task, Status: bus.Cancelled, Printed: w.marks}
		}
	}
	w.mark(0, 0)
	b, _ := json.Marshal(outs)
	if r.Output, err = w.conn.Pack(b, nil); err != nil {
		return failed(t, err.Error())
	}
	r.Took = time.Since(began)
	if strings.Contains(strings.Join(items, " "), "print") {
		w.marks++
		fmt.Printf("M %d\n", w.marks)
		r.Printed = w.marks
	}
	return r
}

// mark writes to the page what runs.
func (w *testWorker) mark(task uint64, item int) {
	_, _ = w.page.WriteAt(fmt.Appendf(nil, "%20d %20d\n", task, item), 0)
}

// word does an item.
func (w *testWorker) word(ctx context.Context, t *bus.Task, item string, out *string) error {
	verb, arg, _ := strings.Cut(item, " ")
	switch verb {
	case "echo":
		*out = arg
	case "codes":
		*out = fmt.Sprint(slices.Sorted(maps.Keys(w.codes)))
	case "pid":
		*out = strconv.Itoa(os.Getpid())
	case "gpus":
		*out = fmt.Sprint(t.GPUs)
	case "env":
		*out = os.Getenv(arg)
	case "attempt":
		*out = strconv.Itoa(t.Attempt)
	case "sleep":
		d, _ := time.ParseDuration(arg)
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
		*out = arg
	case "hang":
		time.Sleep(time.Hour)
	case "fail":
		return fmt.Errorf("%s", arg)
	case "print":
		fmt.Printf("P %d %s\n", t.Task, arg)
		time.Sleep(5 * time.Millisecond) // the result could overtake what was printed
	case "exit":
		n, _ := strconv.Atoi(arg)
		os.Exit(n)
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Hour)
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(time.Hour) // other threads may get the signal first
	case "once": // dies the first time
		if _, err := os.Stat(arg); err != nil {
			_ = os.WriteFile(arg, nil, 0o600)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			time.Sleep(time.Hour)
		}
		*out = arg
	case "big":
		n, _ := strconv.Atoi(arg)
		*out = strings.Repeat("x", n)
	case "len":
		*out = strconv.Itoa(len(arg))
	case "nest":
		return w.nest(ctx, arg, out)
	default:
		return fmt.Errorf("what is %q?", verb)
	}
	return nil
}

// nest has items done as a job of the worker's own: "POOL N ITEM".
func (w *testWorker) nest(ctx context.Context, arg string, out *string) error {
	f := strings.SplitN(arg, " ", 3)
	pool, _ := strconv.ParseUint(f[0], 10, 64)
	n, _ := strconv.Atoi(f[1])
	if w.client == nil {
		w.nested = make(chan *bus.Result, 1000)
		c, err := bus.Dial(w.address, bus.Options{Handle: func(ms []bus.Message) {
			for _, m := range ms {
				if r, ok := m.(*bus.Result); ok {
					w.nested <- r
				}
			}
		}})
		if err != nil {
			return err
		}
		w.client = c
	}
	job := uint64(time.Now().UnixNano())
	_ = w.client.Send(&bus.Open{Job: job, Pool: pool, Spec: bus.Spec{Name: "nested"}})
	b, _ := json.Marshal([]string{f[2]})
	for i := range n {
		_ = w.client.Send(&bus.Task{Job: job, Task: uint64(i + 1), Items: 1, Input: bus.Payload{Data: b}})
	}
	_ = w.client.Send(&bus.Close{Job: job})
	for range n {
		select {
		case r := <-w.nested:
			if r.Status != bus.Done || len(r.Fails) > 0 {
				return fmt.Errorf("nested: %+v", r)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	*out = strconv.Itoa(n)
	return nil
}
