package head

import (
	"fmt"
	"slices"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A job is many calls of one function.
type job struct {
	id     uint64  // for workers
	own    uint64  // for its client
	client *client // nil for the function that begins a worker
	pool   *pool
	run    int
	spec   bus.Spec
	broken *bus.Failure // why no task of it can be done, nil if they can
	began  time.Time

	tasks   map[uint64]*task // without a result, by the client's ID
	queue   deque            // those that are to be given to a worker
	waiting int              // in queue
	class   *class
	listed  bool              // in its class's list of jobs with work
	closed  bool              // no more tasks come
	done    func(*bus.Result) // takes the result where there is no client
	knows   map[*worker]bool  // workers that were told of it

	each  time.Duration // that an item takes, as measured; 0 if it isn't known
	count bus.Counters
}

// A task is some items of a job.
type task struct {
	id      uint64 // for the worker that has it; another one for each attempt
	own     uint64 // for its client
	job     *job
	first   int
	items   int
	base    int // the attempt that the client begins with
	tries   int // workers that it was given to
	deaths  int // of workers that it may have been the cause of
	lost    int // of others, and where that can't be said
	input   bus.Payload
	bytes   int64
	state   taskState
	worker  *worker
	stopped bool // its client has cancelled it
	back    bool // it was asked back from a worker that hasn't begun it
}

type taskState uint8

const (
	queued   taskState = iota
	given              // to a worker
	printing           // it has a result, which waits for what it printed to be shown
	over
)

// place says which item of which function it is, in the user's words.
func (t *task) place(item int) string {
	s := t.job.spec.Name
	if t.job.spec.Place != "" {
		s += " (" + t.job.spec.Place + ")"
	}
	if t.items == 1 && t.first == 0 && t.job.count.Items == 0 && len(t.job.tasks) <= 1 {
		return s
	}
	if item < 0 {
		return fmt.Sprintf("items %d to %d of %s", t.first, t.first+t.items-1, s)
	}
	return fmt.Sprintf("item %d of %s", t.first+item, s)
}

// open begins a job.
func (h *Head) open(c *client, m *bus.Open) {
	h.used = true
	if c.jobs[m.Job] != nil {
		h.opts.Log("%s began job %d twice", c.peer.User, m.Job)
		return
	}
	h.lastID++
	j := &job{id: h.lastID, own: m.Job, client: c, run: m.Run, spec: m.Spec, began: h.now, tasks: map[uint64]*task{}, knows: map[*worker]bool{}}
	c.jobs[m.Job] = j
	h.jobs[j.id] = j
	j.pool = h.pools[m.Pool]
	if j.spec.Process {
		j.spec.Needs.CPUs = 0 // processes of the user's are for more than computing: all of them run
	}
	var err error
	if j.spec.Func, err = h.bus.Adopt(c.peer, m.Spec.Func); err != nil {
		j.fail("lost", "function", fmt.Sprintf("the function can't be passed on: %v", err))
		j.spec.Func = bus.Payload{}
	}
	if err := h.use(m.Spec.Code); err != nil {
		j.fail("lost", "function", err.Error())
		j.spec.Code = nil
	}
	switch p := j.pool; {
	case p == nil:
		j.fail("lost", "pool", "the pool was closed")
		return
	case p.state == closing:
		j.fail("lost", "pool", fmt.Sprintf("%s was closed: it takes no more work", p))
	case p.state == failed:
		j.fail("lost", "pool", fmt.Sprintf("%s has no workers: %s", p, p.why))
	}
	if err := h.possible(j.spec.Needs); err != nil {
		j.fail("lost", "resources", err.Error())
	}
	j.class = j.pool.class(j.spec.Needs)
	j.class.jobs++
	j.pool.jobs[j] = true
	j.pool.clients[c]++
	h.touch(j.pool)
	h.tellCapacity(j.pool, c)
}

// fail makes all tasks of the job fail.
func (j *job) fail(kind, name, text string) {
	if j.broken == nil {
		j.broken = &bus.Failure{Item: -1, Kind: kind, Name: name, Text: text}
	}
}

// task takes a task of a client's.
func (h *Head) task(c *client, m *bus.Task) {
	j := c.jobs[m.Job]
	if j == nil || j.closed || m.Items < 1 || j.tasks[m.Task] != nil {
		h.opts.Log("%s sent task %d of job %d, which can't be", c.peer.User, m.Task, m.Job)
		if j == nil || j.tasks[m.Task] == nil {
			h.drop(c.peer, m.Input)
			f := bus.Failure{Item: -1, Kind: "lost", Name: "job", Text: "the runtime doesn't know what it belongs to"}
			h.bus.Post(c.peer, &bus.Result{Job: m.Job, Task: m.Task, Status: bus.Failed, Fails: []bus.Failure{f}})
		}
		return
	}
	t := &task{own: m.Task, job: j, first: m.First, items: m.Items, base: max(m.Attempt, 1), bytes: size(m.Input)}
	j.tasks[t.own] = t
	if c.active++; c.active == 1 {
		h.settleClient(c)
	}
	if c.worker != nil && j.broken == nil && c.worker.pool.blocked() > maxBlocked {
		j.fail("lost", "nesting", fmt.Sprintf("more than %d tasks of %s wait for tasks of their own, and no more workers are started for them: "+
			"let fewer tasks begin others, or do more in each", maxBlocked, c.worker.pool))
	}
	if j.broken != nil {
		h.drop(c.peer, m.Input)
		h.fail(t, *j.broken)
		return
	}
	var err error
	if t.input, err = h.bus.Adopt(c.peer, m.Input); err != nil {
		h.fail(t, bus.Failure{Item: -1, Kind: "lost", Name: "input", Text: fmt.Sprintf("the items can't be passed on: %v", err)})
		return
	}
	j.count.In += t.bytes
	j.pool.count.In += t.bytes
	h.enqueue(t, false)
}

// enqueue has a task wait for a worker, behind the others of its job or before them.
func (h *Head) enqueue(t *task, first bool) {
	j := t.job
	t.state, t.worker = queued, nil
	j.waiting++
	j.pool.waiting++
	switch {
	case j.spec.Process:
		h.processes = append(h.processes, t)
		return
	case first:
		j.queue.unshift(t)
	default:
		j.queue.push(t)
	}
	j.class.add(j)
	h.touch(j.pool)
}

// unqueue notes that a task isn't to be given to a worker any more. The queue skips it, when it is given a result.
func (h *Head) unqueue(t *task) {
	t.job.waiting--
	t.job.pool.waiting--
}

// again puts a task in front of its job's queue, after its worker has died or given it back.
func (h *Head) again(t *task) {
	if t.job.broken != nil {
		h.fail(t, *t.job.broken)
		return
	}
	h.enqueue(t, true)
}

// size returns the bytes of a payload.
func size(p bus.Payload) int64 {
	if p.Blob == "" {
		return int64(len(p.Data))
	}
	n := p.Size
	for _, s := range p.Segments {
		n += s
	}
	return n
}

// drop lets go of a payload that was sent and isn't wanted.
func (h *Head) drop(from bus.Peer, p bus.Payload) {
	if p.Blob != "" {
		h.bus.Post(from, &bus.Taken{Blob: p.Blob})
	}
}

// cancel ends a task or a job at the wish of a client.
func (h *Head) cancel(c *client, m *bus.Cancel) {
	j := c.jobs[m.Job]
	if j == nil {
		return // it is over
	}
	if m.Task == 0 {
		h.cancelJob(j, "")
		return
	}
	if t := j.tasks[m.Task]; t != nil {
		h.cancelTask(t, "")
	}
}

// cancelJob cancels all tasks of a job that are there. why is for the user, where it wasn't his wish.
func (h *Head) cancelJob(j *job, why string) {
	for _, t := range j.tasks {
		h.cancelTask(t, why)
	}
	h.settle(j)
}

// cancelTask ends a task: at once if no worker has it, else when the worker says so, which it is given some time for.
func (h *Head) cancelTask(t *task, why string) {
	switch t.state {
	case queued:
		h.unqueue(t)
		h.cancelled(t, why)
	case given:
		if t.stopped {
			return
		}
		t.stopped = true
		w, id := t.worker, t.id
		if t.job.spec.Process || h.over {
			h.cancelled(t, why)
			h.kill(w, killCancel, "cancelled")
			return
		}
		h.bus.Post(w.peer, &bus.Cancel{Job: t.job.id, Task: t.id})
		h.after(grace, func() {
			if t.state == given && t.id == id {
				h.cancelled(t, why)
				h.kill(w, killCancel, "it didn't stop when its task was cancelled")
			}
		})
	}
}

// grace is how long a worker may take to end a task that was cancelled.
const grace = 100 * time.Millisecond

func (h *Head) cancelled(t *task, why string) {
	r := &bus.Result{Status: bus.Cancelled}
	if why != "" {
		r.Fails = []bus.Failure{{Item: -1, Kind: "cancelled", Name: "cancelled", Text: why}}
	}
	h.finish(t, r)
}

// fail gives a task a failure for its result.
func (h *Head) fail(t *task, f bus.Failure) {
	h.finish(t, &bus.Result{Status: bus.Failed, Fails: []bus.Failure{f}})
}

// finish gives a task its result, the only one.
func (h *Head) finish(t *task, r *bus.Result) {
	if t.state == over {
		return
	}
	j, w := t.job, t.worker
	if w != nil {
		h.lose(w, t)
		h.touch(j.pool)
	}
	t.state = over
	delete(j.tasks, t.own)
	if j.client != nil { // else it is its pool's
		h.bus.Free(t.input)
	}
	t.input = bus.Payload{}
	r.Job, r.Task, r.Attempt = j.own, t.own, t.base+max(t.tries-1, 0)
	if w != nil {
		r.Worker, r.Pid = w.name, w.pid()
	}
	for i := range r.Fails {
		f := &r.Fails[i]
		f.Worker, f.Pid, f.Attempt = r.Worker, r.Pid, r.Attempt
	}
	r.Printed = 0
	h.tally(t, r)
	switch c := j.client; {
	case c == nil:
		h.bus.Free(r.Output)
		j.done(r)
	case c.gone:
		h.bus.Free(r.Output)
		c.active--
	default:
		if r.Output.Blob != "" {
			c.blobs[r.Output.Blob] = true
		}
		h.bus.Post(c.peer, r)
		if c.active--; c.active == 0 {
			h.settleClient(c)
		}
	}
	h.settle(j)
}

// tally counts what was done.
func (h *Head) tally(t *task, r *bus.Result) {
	n := bus.Counters{Tasks: 1, Took: r.Took}
	switch r.Status {
	case bus.Done:
		n.Items = int64(t.items)
		n.Failed = int64(len(r.Fails))
		n.Out = size(r.Output)
		if per := r.Took / time.Duration(t.items); t.job.each == 0 {
			t.job.each = max(per, 1)
		} else {
			t.job.each = max((3*t.job.each+per)/4, 1)
		}
	case bus.Failed:
		n.Failed = int64(len(r.Fails))
		n.Items = n.Failed
		if n.Failed == 1 && r.Fails[0].Item < 0 {
			n.Items, n.Failed = int64(t.items), int64(t.items)
		}
	}
	add(&t.job.count, n)
	if t.job.pool != nil {
		add(&t.job.pool.count, n)
	}
	if t.worker != nil {
		n.In = t.bytes
		add(&t.worker.count, n)
	}
}

func add(to *bus.Counters, n bus.Counters) {
	to.Tasks += n.Tasks
	to.Items += n.Items
	to.Failed += n.Failed
	to.Retried += n.Retried
	to.In += n.In
	to.Out += n.Out
	to.Took += n.Took
}

// settle forgets a job that is over.
func (h *Head) settle(j *job) {
	if !j.closed || len(j.tasks) > 0 || h.jobs[j.id] == nil {
		return
	}
	delete(h.jobs, j.id)
	h.bus.Free(j.spec.Func)
	h.release(j.spec.Code)
	for w := range j.knows {
		if w.state != ending {
			h.bus.Post(w.peer, &bus.Close{Job: j.id})
		}
		delete(w.jobs, j)
	}
	if c := j.client; c != nil {
		delete(c.jobs, j.own)
		if j.pool != nil && j.pool.jobs[j] {
			if j.pool.clients[c]--; j.pool.clients[c] == 0 {
				delete(j.pool.clients, c)
			}
		}
	}
	if p := j.pool; p != nil {
		delete(p.jobs, j)
		if j.class.jobs--; j.class.jobs == 0 {
			p.classes = slices.DeleteFunc(p.classes, func(c *class) bool { return c == j.class })
		}
		h.touch(p)
	}
}

// A deque has the tasks of a job that are to be given to workers. Those that were cancelled meanwhile stay in it.
type deque struct {
	front []*task // the last one is the first
	back  []*task
	head  int // of back
}

func (q *deque) push(t *task) {
	if q.head > 1024 && q.head > len(q.back)/2 {
		n := copy(q.back, q.back[q.head:])
		clear(q.back[n:])
		q.back, q.head = q.back[:n], 0
	}
	q.back = append(q.back, t)
}

func (q *deque) unshift(t *task) { q.front = append(q.front, t) }

// pop returns the first that is still queued, nil if there is none.
func (q *deque) pop() *task {
	for {
		var t *task
		switch n := len(q.front); {
		case n > 0:
			t, q.front[n-1] = q.front[n-1], nil
			q.front = q.front[:n-1]
		case q.head < len(q.back):
			t, q.back[q.head] = q.back[q.head], nil
			q.head++
			if q.head == len(q.back) {
				q.back, q.head = q.back[:0], 0
			}
		default:
			return nil
		}
		if t.state == queued {
			return t
		}
	}
}
