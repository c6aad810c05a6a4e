package head

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A class is the jobs of a pool whose tasks need the same resources. A worker holds what the tasks need that it has: so long as
// it has one, it is given others of the same class.
type class struct {
	needs bus.Resources
	jobs  int
	ranks []*rank   // the highest priority first
	since time.Time // it has been waiting for resources; zero if it isn't
}

// A rank is the jobs of one priority, in turn.
type rank struct {
	priority int
	jobs     []*job
}

// class returns the class for needs.
func (p *pool) class(needs bus.Resources) *class {
	for _, c := range p.classes {
		if same(c.needs, needs) {
			return c
		}
	}
	c := &class{needs: needs}
	p.classes = append(p.classes, c)
	return c
}

func same(a, b bus.Resources) bool {
	return a.CPUs == b.CPUs && a.GPUs == b.GPUs && a.Memory == b.Memory && maps.Equal(a.Custom, b.Custom)
}

// add lists a job that has a task to do.
func (c *class) add(j *job) {
	if j.listed {
		return
	}
	j.listed = true
	i, ok := slices.BinarySearchFunc(c.ranks, j.spec.Priority, func(r *rank, p int) int { return cmp.Compare(p, r.priority) })
	if !ok {
		c.ranks = slices.Insert(c.ranks, i, &rank{priority: j.spec.Priority})
	}
	c.ranks[i].jobs = append(c.ranks[i].jobs, j)
}

// first returns the job whose turn it is, nil if none has a task.
func (c *class) first() *job {
	for len(c.ranks) > 0 {
		r := c.ranks[0]
		for len(r.jobs) > 0 {
			j := r.jobs[0]
			if j.waiting > 0 {
				return j
			}
			j.listed = false
			r.jobs[0] = nil
			r.jobs = r.jobs[1:]
		}
		c.ranks = c.ranks[1:]
	}
	return nil
}

// take returns the next task: jobs of one priority take turns.
func (c *class) take(h *Head) *task {
	j := c.first()
	if j == nil {
		return nil
	}
	t := j.queue.pop()
	h.unqueue(t)
	r := c.ranks[0]
	r.jobs[0] = nil
	r.jobs = r.jobs[1:]
	if j.waiting > 0 {
		r.jobs = append(r.jobs, j)
	} else {
		j.listed = false
	}
	return t
}

// schedule gives work to workers, in the pools where something has changed.
func (h *Head) schedule() {
	h.processes = slices.DeleteFunc(h.processes, func(t *task) bool { return t.state != queued || h.startProcess(t) })
	for len(h.dirty) > 0 {
		// What one gives back another may want.
		dirty := h.dirty
		h.dirty = nil
		slices.SortStableFunc(dirty, func(a, b *pool) int { return cmp.Compare(b.spec.Priority, a.spec.Priority) })
		for _, p := range dirty {
			p.dirty = false
			if h.pools[p.id] == p {
				h.assign(p)
				h.fill(p)
			}
		}
	}
}

// assign gives the tasks of a pool to its workers: first one to each that has none, then to those that will soon be done
// with what they have.
func (h *Head) assign(p *pool) {
	idle := false
	for _, w := range p.workers {
		if !w.takes() || len(w.tasks) > 0 {
			continue
		}
		if p.waiting == 0 {
			idle = true
			break
		}
		if c := h.choose(p); c != nil {
			h.hold(w, c)
			h.give(w, c.take(h))
		} else {
			idle = true
		}
	}
	for more := true; more && p.waiting > 0; {
		more = false
		for _, w := range p.workers {
			if w.takes() && len(w.tasks) > 0 && w.class != nil && h.another(p, w) {
				h.give(w, w.class.take(h))
				more = true
			}
		}
	}
	if idle {
		h.takeBack(p)
	}
}

// choose returns the class whose turn it is: of the highest priority among those that fit, in turn.
func (h *Head) choose(p *pool) *class {
	var best *class
	for i := range p.classes {
		c := p.classes[(p.turn+i)%len(p.classes)]
		j := c.first()
		if j == nil || best != nil && best.first().spec.Priority >= j.spec.Priority {
			continue
		}
		if h.fits(c.needs) {
			best = c
		} else if h.starves(c) {
			return nil // until what is held by others suffices
		}
	}
	if best != nil {
		p.turn = (slices.Index(p.classes, best) + 1) % len(p.classes)
	}
	return best
}

// patience is how long tasks that need much let others go before them.
const patience = 2 * time.Second

// starves notes that a class doesn't fit, and reports whether it has waited for long.
func (h *Head) starves(c *class) bool {
	if c.since.IsZero() {
		c.since = h.now
	}
	return h.now.Sub(c.since) > patience
}

// What a worker may have before it: tasks that will be begun soon.
const (
	aheadTime  = 3 * time.Millisecond
	aheadTasks = 128
	// A second task is given before the first is done if that takes no longer: beyond, the time that it takes to
	// give the next doesn't matter, and another worker may be free first.
	secondTime = 50 * time.Millisecond
)

// another reports whether a worker that has tasks is to have one more.
func (h *Head) another(p *pool, w *worker) bool {
	j := w.class.first()
	if j == nil || j.each == 0 || len(w.tasks) >= aheadTasks {
		return false
	}
	if n := p.spec.MaxTasks; n > 0 && int(w.count.Tasks)+len(w.tasks) >= n {
		return false
	}
	for _, c := range p.classes { // others wait for what the worker holds
		if o := c.first(); c != w.class && o != nil && o.spec.Priority >= j.spec.Priority {
			return false
		}
	}
	var ahead time.Duration
	for _, t := range w.tasks {
		if t.job.each == 0 {
			return false
		}
		ahead += t.job.each * time.Duration(t.items)
	}
	return ahead < aheadTime || len(w.tasks) < 2 && ahead < secondTime
}

// staleAfter is how long a task waits in a worker before it is asked back for one that is idle.
const staleAfter = 5 * time.Millisecond

// takeBack asks for tasks that wait behind one that takes longer than was thought, while other workers are idle.
func (h *Head) takeBack(p *pool) {
	again := false
	for _, w := range p.workers {
		if w.state != ready || len(w.tasks) < 2 {
			continue
		}
		if h.now.Sub(w.changed) < staleAfter {
			again = true
			continue
		}
		h.recall(w)
	}
	if again && !p.looks {
		p.looks = true
		h.after(staleAfter, func() { p.looks = false; h.touch(p) })
	}
}

// recall asks for the tasks that a worker hasn't begun.
func (h *Head) recall(w *worker) {
	for _, t := range w.tasks[min(len(w.tasks), 1):] {
		if !t.back && !t.stopped {
			t.back = true
			h.bus.Post(w.peer, &bus.Cancel{Job: t.job.id, Task: t.id, Queued: true})
		}
	}
}

// give gives a task to a worker.
func (h *Head) give(w *worker, t *task) {
	j := t.job
	if !j.knows[w] {
		for _, id := range j.spec.Code {
			if !w.codes[id] {
				w.codes[id] = true
				h.bus.Post(w.peer, h.codes[id].code)
			}
		}
		j.knows[w] = true
		w.jobs[j] = true
		h.bus.Post(w.peer, &bus.Job{Job: j.id, Spec: j.spec})
	}
	h.lastTask++
	if uint32(h.lastTask) == 0 {
		h.lastTask++ // the output of a worker is tagged with the lower half, and 0 is for none
	}
	t.id, t.worker, t.state, t.back = h.lastTask, w, given, false
	t.tries++
	if len(w.tasks) == 0 {
		w.changed = h.now
	}
	w.tasks = append(w.tasks, t)
	w.runs.note(t.id, j.run)
	h.bus.Post(w.peer, &bus.Task{
		Job: j.id, Task: t.id, First: t.first, Items: t.items, Attempt: t.base + t.tries - 1, GPUs: w.gpus, Input: t.input,
	})
	if w.client != nil && w.client.active > 0 {
		h.block(w, true)
	}
}
