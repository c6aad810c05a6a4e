package head

import (
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A worker is a worker process, from when it is asked for until all that it had is settled.
type worker struct {
	id      uint64
	name    string // "worker 3"
	user    string // on the bus
	peer    bus.Peer
	pool    *pool
	process *task   // that it is there for, nil for the pool's workers
	client  *client // that it is itself, nil if it isn't
	proc    Process // nil until it is started
	startup error   // it couldn't be started
	state   workerState
	blocked bool // its task waits for tasks of its own

	why     killReason
	whyText string

	tasks []*task // that it has, in the order in which it does them
	jobs  map[*job]bool
	codes map[string]bool
	runs  runs

	class *class // whose needs it holds
	held  bus.Resources
	gpus  []int

	shown   []shown // results that wait for what was printed before them
	showing bool

	beat     bus.Beat
	beatAt   time.Time
	checking bool
	left     bool // its connection has ended
	gone     bool // its process has ended
	buried   bool

	started time.Time
	idle    time.Time // since when it has had no task
	changed time.Time // when the first of tasks became that
	done    int       // tasks
	count   bus.Counters
}

type workerState uint8

const (
	starting workerState = iota // it hasn't said Hello
	initing                     // its pool's Init runs
	ready
	retiring // it takes nothing more
	ending   // it was killed
)

// A killReason is why the head ended a worker.
type killReason uint8

const (
	killNone    killReason = iota // it didn't
	killCancel                    // its task was cancelled and went on
	killSilent                    // it gave no answer
	killTimeout                   // its item took longer than it might
	killMemory                    // the machine has no memory left
	killPool                      // its pool was killed, or has too many
	killStart                     // it wasn't ready in time
	killEnd                       // the runtime ends
)

// live reports whether the worker is one of its pool's that takes tasks or will.
func (w *worker) live() bool { return w.process == nil && w.state <= ready }

// takes reports whether the worker takes tasks now.
func (w *worker) takes() bool { return w.process == nil && w.state == ready && !w.blocked }

func (w *worker) pid() int {
	if w.proc == nil {
		return 0
	}
	return w.proc.Pid()
}

// String is how the user is told of the worker.
func (w *worker) String() string { return fmt.Sprintf("%s (pid %d)", w.name, w.pid()) }

// startTimeout is how long a worker may take to be ready.
const startTimeout = 30 * time.Second

// startWorker starts a worker of a pool, or for a task that is to have its own.
func (h *Head) startWorker(p *pool, process *task) *worker {
	h.nWorkers++
	h.lastID++
	w := &worker{
		id: h.lastID, name: fmt.Sprintf("worker %d", h.nWorkers), user: fmt.Sprintf("w%d", h.nWorkers), pool: p, process: process,
		jobs: map[*job]bool{}, codes: map[string]bool{}, started: h.now, idle: h.now, beatAt: h.now,
	}
	w.peer = bus.Peer{User: w.user, Worker: true}
	h.workers[w.user] = w
	p.workers = append(p.workers, w)
	spec := WorkerSpec{Name: w.name, ID: w.id, MemoryLimit: h.memoryLimit(p), Env: p.spec.Env}
	spec.Output = func(task uint64, stderr bool, b []byte) { h.opts.Output(w.runs.of(task), w.name, stderr, b) }
	var err error
	if spec.Address, err = h.bus.Admit(w.user, true); err != nil {
		h.post(func() { h.startFailed(w, err) })
		return w
	}
	go func() { // making a process takes some milliseconds
		proc, err := h.opts.Launcher.Start(spec)
		if err != nil {
			h.post(func() { h.startFailed(w, err) })
			return
		}
		h.post(func() { h.launched(w, proc) })
		<-proc.Gone()
		h.post(func() { h.wentAway(w) })
	}()
	return w
}

// startProcess starts the worker of a task that is to have its own, if there are the resources for it.
func (h *Head) startProcess(t *task) bool {
	if !h.fits(t.job.spec.Needs) || h.over {
		return false
	}
	h.unqueue(t)
	w := h.startWorker(t.job.pool, t)
	h.hold(w, t.job.class)
	t.state, t.worker = given, w
	w.tasks = append(w.tasks, t)
	return true
}

func (h *Head) startFailed(w *worker, err error) {
	w.startup = fmt.Errorf("it can't be started: %w", err)
	w.gone, w.left = true, true
	h.bury(w)
}

// launched notes that a worker has a process.
func (h *Head) launched(w *worker, proc Process) {
	w.proc = proc
	if w.state == ending {
		proc.Kill(w.whyText)
		return
	}
	h.after(startTimeout, func() {
		if w.state == starting {
			h.kill(w, killStart, fmt.Sprintf("it wasn't ready after %s", startTimeout))
		}
	})
}

// fromWorker handles what a worker has sent.
func (h *Head) fromWorker(w *worker, ms []bus.Message) {
	w.beatAt = h.now
	for _, m := range ms {
		switch m := m.(type) {
		case *bus.Hello:
			h.hello(w)
		case *bus.Result:
			h.result(w, m)
		case *bus.Beat:
			h.heard(w, m)
		case *bus.Taken: // what it was sent is kept until its task or job is over
		default:
			h.opts.Log("%s sent a %T, which is no worker's", w.name, m)
		}
	}
}

// hello gives a worker that is ready its first work.
func (h *Head) hello(w *worker) {
	if w.state != starting {
		return
	}
	switch p := w.pool; {
	case w.process != nil:
		w.state = ready
		t := w.process
		w.tasks = nil
		h.give(w, t)
		if c := t.job.client; c != nil && !c.gone {
			h.bus.Post(c.peer, &bus.Started{Job: t.job.own, Task: t.own, Worker: w.name, Pid: w.pid(), Attempt: t.base + t.tries - 1})
		}
	case p.spec.Init != nil:
		w.state = initing
		h.lastID++
		j := &job{id: h.lastID, pool: p, run: p.spec.Run, spec: p.spec.Init.Spec, tasks: map[uint64]*task{}, knows: map[*worker]bool{}}
		t := &task{job: j, items: 1, base: 1, input: p.spec.Init.Input}
		j.done = func(r *bus.Result) { h.inited(w, r) }
		h.give(w, t)
	default:
		h.readied(w)
	}
}

// inited goes on when the pool's Init has ended in a worker.
func (h *Head) inited(w *worker, r *bus.Result) {
	if w.state != initing {
		return // it was ended meanwhile
	}
	if r.Status == bus.Done && len(r.Fails) == 0 {
		h.readied(w)
		return
	}
	why := "its Init was cancelled"
	if len(r.Fails) > 0 {
		f := r.Fails[0]
		why = fmt.Sprintf("its Init failed: %s", f.Text)
	}
	p := w.pool
	h.failPool(p, why)
	for _, w := range p.workers {
		h.kill(w, killPool, why)
	}
}

func (h *Head) readied(w *worker) {
	w.state = ready
	w.idle = h.now
	w.pool.fails, w.pool.shot, w.pool.retryAt = 0, 0, time.Time{}
	h.touch(w.pool)
}

// result takes the result of a task from a worker.
func (h *Head) result(w *worker, r *bus.Result) {
	i := slices.IndexFunc(w.tasks, func(t *task) bool { return t.id == r.Task && t.state == given })
	if i < 0 {
		h.drop(w.peer, r.Output) // it was given a result without that of the worker
		return
	}
	t := w.tasks[i]
	h.lose(w, t)
	if r.Status == bus.Cancelled && t.back && !t.stopped {
		t.tries--
		h.again(t)
		return
	}
	if t.job.client != nil { // not Init
		w.done++
	}
	out, err := h.bus.Adopt(w.peer, r.Output)
	switch {
	case err != nil && t.job.client == nil: // Init
		h.kill(w, killStart, err.Error())
		return
	case err != nil: // the worker has died since
		h.lost(t, fmt.Sprintf("the result can't be passed on: %v", err))
		return
	}
	r.Output = out
	w.pool.fails, w.pool.shot = 0, 0
	if n := w.pool.spec.MaxTasks; n > 0 && w.done >= n && w.process == nil && w.state == ready {
		w.pool.retired++
		h.retire(w)
	}
	if r.Printed > 0 || len(w.shown) > 0 {
		t.state = printing
		w.shown = append(w.shown, shown{t, r, r.Printed})
		h.show(w)
		return
	}
	h.finish(t, r)
}

// A shown is a result that waits for what was printed before it.
type shown struct {
	task   *task
	result *bus.Result
	mark   int
}

// show waits for what was printed before the results that are there, and hands them on.
func (h *Head) show(w *worker) {
	if w.showing || len(w.shown) == 0 {
		return
	}
	w.showing = true
	n, mark := len(w.shown), 0
	for _, s := range w.shown {
		mark = max(mark, s.mark)
	}
	proc := w.proc
	go func() {
		proc.Printed(mark)
		h.post(func() {
			w.showing = false
			h.handOn(w, n)
			h.show(w)
		})
	}()
}

// handOn hands on the first n results that have waited.
func (h *Head) handOn(w *worker, n int) {
	ready := w.shown[:min(n, len(w.shown))]
	w.shown = slices.Clone(w.shown[len(ready):])
	for _, s := range ready {
		if s.task.state == printing {
			h.finish(s.task, s.result)
		} else {
			h.bus.Free(s.result.Output)
		}
	}
}

// lose takes a task off a worker.
func (h *Head) lose(w *worker, t *task) {
	i := slices.Index(w.tasks, t)
	if i < 0 {
		return
	}
	w.tasks = slices.Delete(w.tasks, i, i+1)
	if i == 0 {
		w.changed = h.now
	}
	if len(w.tasks) == 0 {
		w.idle = h.now
		h.block(w, false)
		h.giveBack(w)
	}
	h.touch(w.pool)
}

// block notes whether the task of a worker waits for tasks of its own. Then another may have its processors, and
// what it hasn't begun.
func (h *Head) block(w *worker, waits bool) {
	waits = waits && len(w.tasks) > 0 && w.state <= retiring && w.process == nil
	if waits == w.blocked {
		return
	}
	w.blocked = waits
	if waits {
		h.held.CPUs -= w.held.CPUs
		h.recall(w)
		h.touchWaiting()
	} else {
		h.held.CPUs += w.held.CPUs
	}
	h.touch(w.pool)
}

// retire has a worker end when it is done with what it has begun.
func (h *Head) retire(w *worker) {
	switch w.state {
	case starting, initing:
		h.kill(w, killPool, "it isn't needed")
	case ready:
		w.state = retiring
		h.recall(w)
		h.bus.Post(w.peer, &bus.Retire{})
		h.touch(w.pool)
	}
}

// kill ends a worker. Who has killed it for a task's sake has given that task its result, or leaves it to bury.
func (h *Head) kill(w *worker, why killReason, text string) {
	if w.state == ending || w.gone {
		return
	}
	h.block(w, false)
	w.state, w.why, w.whyText = ending, why, text
	if w.proc != nil {
		go w.proc.Kill(text) // it may wait for a lock
	}
	if why == killCancel {
		// What it hasn't begun needn't wait until it has gone.
		for _, t := range slices.Backward(slices.Clone(w.tasks)) {
			if !t.stopped {
				h.lose(w, t)
				t.tries--
				h.again(t)
			}
		}
	}
	h.touch(w.pool)
}

// runs says which run a task of a worker belongs to, also one that has ended.
type runs struct {
	mu   sync.Mutex
	from []uint64 // first task of each change
	run  []int
}

// note notes that a task is of a run. Tasks come in the order of their IDs.
func (r *runs) note(task uint64, run int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.run); n > 0 && r.run[n-1] == run {
		return
	}
	const most = 1000
	if len(r.run) >= most {
		r.from = append(r.from[:0], r.from[most/2:]...)
		r.run = append(r.run[:0], r.run[most/2:]...)
	}
	r.from = append(r.from, task)
	r.run = append(r.run, run)
}

// of returns the run of a task, for 0 that of the last.
func (r *runs) of(task uint64) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.run)
	if task != 0 {
		n = sort.Search(n, func(i int) bool { return r.from[i] > task })
	}
	if n == 0 {
		return 0
	}
	return r.run[n-1]
}
