// Package head is the scheduler of the parallel runtime: it has pools of worker processes, gives them the tasks of
// clients, and sees to it that each task gets exactly one result, whatever happens to a worker or a client.
//
// It doesn't know what tasks do, nor how a process is started: functions and values are bytes to it, and a Launcher
// starts workers. It lives in the kernel process and never runs a line of the user's code.
//
// # Goroutines
//
// One goroutine, the loop, owns all state; there are no locks. The others hand it funcs to run:
//
//   - those of package bus, which end with the server, when the loop has ended;
//   - for each worker one that starts it and then waits until it has gone: it ends with the process;
//   - for a worker whose result waits for its output to be shown, one that waits for that: it ends with the
//     process at the latest;
//   - one that watches the machine's memory, ended by Close;
//   - one for each request that measures what workers use, and for each look at a worker that seems to be stopped.
package head

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// Options say what a Head works with. Only Launcher must be set. The funcs must return soon; they are called one at
// a time, but for Output.
type Options struct {
	Launcher Launcher
	// Dir is where the session's directory is made; "" means that for temporary files.
	Dir string
	// Output takes what workers print, in order for each worker, from several goroutines. run is that of the cell whose task
	// printed, 0 if it isn't known.
	Output func(run int, worker string, stderr bool, p []byte)
	// Notify takes what the user is to know and no call of theirs waits for.
	Notify func(run int, text string)
	// Log takes what only matters to who looks for an error here.
	Log func(format string, args ...any)
	// Limits are what tasks may hold from the start.
	Limits bus.Limits
	// Machine says what there is; nil means to measure it.
	Machine Machine
}

// A Head is the runtime of a session. Its methods may be called from any goroutine.
type Head struct {
	opts    Options
	dir     string
	lock    *os.File // in dir
	bus     *bus.Server
	started time.Time
	mail    mailbox
	ended   chan struct{} // closes when the loop has ended
	stop    chan struct{} // closes when Close begins, for the watcher of the memory
	watcher sync.WaitGroup
	closing sync.Once

	// What follows is the loop's.
	now       time.Time // of this turn
	over      bool      // shutdown was called
	used      bool      // a client has asked for something
	clients   map[bus.Peer]*client
	codes     map[string]*program
	pools     map[uint64]*pool
	workers   map[string]*worker // by user
	jobs      map[uint64]*job    // by the ID that workers know
	dirty     []*pool            // to be looked at in the end of this turn
	processes []*task            // that are to have a process of their own
	lastID    uint64             // of workers and jobs
	lastPool  uint64             // which users see
	lastTask  uint64
	nWorkers  int // names
	nClients  int
	total     bus.Resources // that tasks can hold
	limited   bool          // by Limits, rather than by the machine
	held      bus.Resources
	gpus      []float64 // how much of each is held
	eased     time.Time // when a worker was ended because the machine had no memory left
	easing    bool
	tickAt    time.Time // when the last tick was to be, for finding out that the machine slept
}

// Start starts a runtime. It has no workers before they are needed.
func Start(o Options) (*Head, error) {
	if o.Machine == nil {
		o.Machine = thisMachine{}
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.Notify == nil {
		o.Notify = func(int, string) {}
	}
	if o.Output == nil {
		o.Output = func(int, string, bool, []byte) {}
	}
	dir, held, err := makeDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("runtime: %w", err)
	}
	h := &Head{
		opts: o, dir: dir, lock: held, started: time.Now(), ended: make(chan struct{}), stop: make(chan struct{}),
		clients: map[bus.Peer]*client{}, codes: map[string]*program{}, pools: map[uint64]*pool{},
		workers: map[string]*worker{}, jobs: map[uint64]*job{},
	}
	h.mail.init()
	if err := h.limit(o.Limits); err != nil {
		h.removeDir()
		return nil, fmt.Errorf("runtime: %w", err)
	}
	h.pools[bus.TasksPool] = newPool(bus.TasksPool, bus.PoolSpec{Name: "tasks"})
	h.pools[bus.TasksPool].demand = true
	h.bus, err = bus.Serve(bus.ServerOptions{
		Dir:    dir,
		Handle: func(from bus.Peer, ms []bus.Message) { h.post(func() { h.take(from, ms) }) },
		Left:   func(p bus.Peer) { h.post(func() { h.left(p) }) },
		Wrong:  func(err error) { o.Log("%v", err) },
	})
	if err != nil {
		h.removeDir()
		return nil, fmt.Errorf("runtime: %w", err)
	}
	go h.loop()
	h.watcher.Go(h.watchMemory)
	return h, nil
}

// Close cancels all jobs, ends all workers and the bus, and removes the session's directory. It returns when that is done.
func (h *Head) Close() {
	h.closing.Do(func() {
		close(h.stop)
		h.post(func() { h.shutdown() })
		<-h.ended
		h.watcher.Wait()
		h.bus.Close()
		h.removeDir()
	})
}

func (h *Head) removeDir() {
	_ = h.lock.Close() // nothing was written
	if err := os.RemoveAll(h.dir); err != nil {
		h.opts.Log("the runtime's directory is left behind: %v", err)
	}
}

// Done returns a channel that closes when the runtime ends: by Close, or since a client has asked for it: then Close is
// to be called.
func (h *Head) Done() <-chan struct{} { return h.ended }

// ErrClosed is the error of methods after the end of the runtime.
var ErrClosed = errors.New("the session's runtime has ended")

// Client lets a new client in and returns how it connects. When its connection ends its jobs are cancelled, and pools
// without a name that it has made end.
func (h *Head) Client() (bus.Address, error) {
	var a bus.Address
	var err error
	if !h.ask(func() {
		h.nClients++
		a, err = h.bus.Admit(fmt.Sprintf("c%d", h.nClients), false)
	}) {
		return a, ErrClosed
	}
	return a, err
}

// Forget shuts a client out: its process has ended, or is to be replaced.
func (h *Head) Forget(user string) {
	h.post(func() {
		h.bus.Expel(user)
		if c := h.clients[bus.Peer{User: user}]; c != nil {
			h.leave(c)
		}
	})
}

// ask runs f in the loop and waits. It reports whether it did.
func (h *Head) ask(f func()) bool {
	done := make(chan struct{})
	h.post(func() {
		f()
		close(done)
	})
	select {
	case <-done:
		return true
	case <-h.ended:
		return false
	}
}

func (h *Head) post(f func()) { h.mail.post(f) }

// after has f run in the loop some time later.
func (h *Head) after(d time.Duration, f func()) { time.AfterFunc(d, func() { h.post(f) }) }

// A mailbox has what the loop is to do. It takes any number, so that nobody waits for the loop.
type mailbox struct {
	mu     sync.Mutex
	fs     []func()
	signal chan struct{}
}

func (m *mailbox) init() { m.signal = make(chan struct{}, 1) }

func (m *mailbox) post(f func()) {
	m.mu.Lock()
	m.fs = append(m.fs, f)
	m.mu.Unlock()
	select {
	case m.signal <- struct{}{}:
	default:
	}
}

func (m *mailbox) take(spare []func()) []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	fs := m.fs
	m.fs = spare[:0]
	return fs
}

// Ticks, while there are jobs and while there are only workers.
const (
	busyTick = 100 * time.Millisecond
	idleTick = 500 * time.Millisecond
)

func (h *Head) loop() {
	defer close(h.ended)
	timer := time.NewTimer(idleTick)
	defer timer.Stop()
	var fs []func()
	for {
		ticked := false
		select {
		case <-h.mail.signal:
		case <-timer.C:
			ticked = true
		}
		h.now = time.Now()
		fs = h.mail.take(fs)
		for i, f := range fs {
			f()
			fs[i] = nil
		}
		if ticked {
			h.tick()
		}
		h.schedule()
		h.bus.Flush()
		if h.over && len(h.workers) == 0 {
			return
		}
		if ticked || h.tickAt.IsZero() {
			h.tickAt = h.now
			switch {
			case len(h.jobs) > 0:
				timer.Reset(busyTick)
			case len(h.workers) > 0:
				timer.Reset(idleTick)
			default:
				h.tickAt = time.Time{} // the next turn starts it again
			}
		}
	}
}

// shutdown ends all that there is. The loop ends when the last worker has gone.
func (h *Head) shutdown() {
	if h.over {
		return
	}
	h.over = true
	for _, j := range h.jobs {
		h.cancelJob(j, "the session's runtime is ending")
	}
	for _, w := range h.workers {
		h.kill(w, killEnd, "the session's runtime is ending")
	}
	h.after(10*time.Second, func() {
		for _, w := range h.workers {
			h.opts.Log("%s (pid %d) can't be ended", w.name, w.pid())
			delete(h.workers, w.user)
		}
	})
}
