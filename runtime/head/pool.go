package head

import (
	"fmt"
	"slices"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A pool is a number of workers that do the tasks of its jobs.
type pool struct {
	id      uint64
	spec    bus.PoolSpec
	client  *client // that made it
	state   poolState
	why     string // it failed
	demand  bool   // it has the workers that its tasks need, as far as resources allow
	size    int
	workers []*worker // in the order in which they were started
	jobs    map[*job]bool
	clients map[*client]int // jobs that each has in it
	classes []*class
	turn    int // of the class that is looked at first
	waiting int // tasks in queues
	dirty   bool

	fails   int           // workers in a row that ended before they could do anything
	shot    int           // and those that were killed from outside
	retryAt time.Time     // when the next may be started
	ends    []func(error) // wait until the pool has ended

	count    bus.Counters
	restarts int
	retired  int
	said     bus.Capacity // what clients were told last
	saidAt   time.Time
	shrinks  bool // workers that are too many end now
	waits    bool // for retryAt
	looks    bool // soon again whether tasks wait in workers
	killed   bool
}

type poolState uint8

const (
	open poolState = iota
	closing
	failed
)

func (s poolState) String() string { return [...]string{"open", "closing", "failed"}[s] }

// String is how the user is told of the pool.
func (p *pool) String() string {
	switch {
	case p.spec.Name != "":
		return fmt.Sprintf("pool %q", p.spec.Name)
	default:
		return fmt.Sprintf("pool %d", p.id)
	}
}

func newPool(id uint64, spec bus.PoolSpec) *pool {
	return &pool{id: id, spec: spec, size: spec.Size, jobs: map[*job]bool{}, clients: map[*client]int{}}
}

// Bounds on what can be asked for, so that a slip doesn't fill the machine with processes.
const (
	maxSize    = 4096
	maxBlocked = 128 // workers of a pool that wait for tasks of their own
	maxStarts  = 3   // workers in a row that end before they can do anything
	maxShots   = 10  // likewise, where somebody else ends them

	idleFor  = time.Minute // after it a worker of the pool for tasks ends
	spareFor = time.Second // after it one that stood in for another
)

// touch has a pool looked at in the end of this turn.
func (h *Head) touch(p *pool) {
	if p != nil && !p.dirty {
		p.dirty = true
		h.dirty = append(h.dirty, p)
	}
}

// touchWaiting has all pools looked at that could do with the resources that were given back.
func (h *Head) touchWaiting() {
	for _, p := range h.pools {
		if p.waiting > 0 {
			h.touch(p)
		}
	}
}

// live counts the workers that take tasks or will.
func (p *pool) live() (n int) {
	for _, w := range p.workers {
		if w.live() {
			n++
		}
	}
	return n
}

func (p *pool) blocked() (n int) {
	for _, w := range p.workers {
		if w.blocked {
			n++
		}
	}
	return n
}

// target is how many workers the pool is to have, in place of those that are blocked, too.
func (h *Head) target(p *pool) int {
	switch {
	case h.over || p.killed || p.state == failed || p.state == closing && len(p.jobs) == 0:
		return 0
	case p.demand:
		idle, live := 0, 0
		for _, w := range p.workers {
			if w.live() {
				live++
				if w.state != ready || len(w.tasks) == 0 && !w.blocked {
					idle++ // or about to be
				}
			}
		}
		return live + max(h.startable(p)-idle, 0)
	}
	return p.size + min(p.blocked(), maxBlocked)
}

// fill starts and ends workers so that the pool has as many as it should.
func (h *Head) fill(p *pool) {
	target, live := h.target(p), p.live()
	for ; live < target; live++ {
		if wait := p.retryAt.Sub(h.now); wait > 0 {
			if !p.waits {
				p.waits = true
				h.after(wait, func() { p.waits = false; h.touch(p) })
			}
			break
		}
		h.startWorker(p, nil)
	}
	if live > target && (p.shrinks || p.state != open) {
		h.shrink(p, live-target, func(w *worker) bool { return true })
	}
	p.shrinks = false
	if p.state == closing && (p.killed || len(p.jobs) == 0) && len(p.workers) == 0 {
		h.removePool(p, nil)
	}
	h.tellCapacity(p, nil)
}

// shrink ends up to n workers: first the idle ones, of those the youngest.
func (h *Head) shrink(p *pool, n int, which func(*worker) bool) {
	for _, idle := range []bool{true, false} {
		for _, w := range slices.Backward(p.workers) {
			if n > 0 && w.live() && (len(w.tasks) == 0) == idle && which(w) {
				h.retire(w)
				n--
			}
		}
	}
}

// trim ends workers that have had nothing to do for a while and aren't needed: those that stood in for others that waited, and
// those of the pool for tasks.
func (h *Head) trim(p *pool) {
	if p.state != open {
		return
	}
	n, after := p.live()-h.target(p), spareFor
	if p.demand {
		n, after = len(p.workers), idleFor
	}
	h.shrink(p, n, func(w *worker) bool { return w.state == ready && len(w.tasks) == 0 && h.now.Sub(w.idle) > after })
}

// failStart notes that a worker ended before it could do anything. The next one is started later; after some in a
// row the pool has failed.
func (h *Head) failStart(p *pool, own bool, why string) {
	wait := 20 * time.Millisecond
	if own {
		p.fails++
		wait = 50 * time.Millisecond << (2 * p.fails)
	} else {
		p.shot++
	}
	if p.fails >= maxStarts || p.shot >= maxShots {
		h.failPool(p, fmt.Sprintf("%d workers ended as they were started, the last: %s", p.fails+p.shot, why))
		return
	}
	p.retryAt = h.now.Add(wait)
	h.touch(p)
}

// failPool makes the pool's tasks fail, now and from now on. The pool for tasks is tried again with the next.
func (h *Head) failPool(p *pool, why string) {
	p.fails, p.shot, p.retryAt = 0, 0, time.Time{}
	f := bus.Failure{Item: -1, Kind: "died", Name: "pool", Text: fmt.Sprintf("%s has no workers: %s", p, why)}
	for j := range p.jobs {
		if !p.demand {
			j.fail(f.Kind, f.Name, f.Text)
		}
		for _, t := range j.tasks {
			if t.state == queued && !j.spec.Process {
				h.unqueue(t)
				h.fail(t, f)
			}
		}
	}
	if !p.demand {
		p.state, p.why = failed, why
	}
	h.touch(p)
}

// killPool cancels the jobs of a pool and ends its workers.
func (h *Head) killPool(p *pool, why string) {
	if p.state == closing && p.killed {
		return
	}
	p.state, p.killed = closing, true
	for j := range p.jobs {
		j.fail("lost", "pool", "the pool was killed")
		h.cancelJob(j, why)
	}
	for _, w := range p.workers {
		h.kill(w, killPool, why)
	}
	h.touch(p)
}

// removePool forgets a pool that has ended.
func (h *Head) removePool(p *pool, err error) {
	if h.pools[p.id] != p {
		return
	}
	delete(h.pools, p.id)
	if p.spec.Init != nil {
		h.freeInit(p.spec.Init)
	}
	for _, f := range p.ends {
		f(err)
	}
	p.ends = nil
}

// tellCapacity tells clients how many workers a pool has: c, or all that have jobs in it if that has changed.
func (h *Head) tellCapacity(p *pool, c *client) {
	now := bus.Capacity{Pool: p.id}
	for _, w := range p.workers {
		if w.live() && !w.blocked {
			now.Workers++
			if len(w.tasks) > 0 {
				now.Busy++
			}
		}
	}
	if p.demand {
		now.Workers = max(now.Workers, int(h.total.CPUs))
	}
	if c != nil {
		h.bus.Post(c.peer, &now)
		return
	}
	// How many are busy changes all the time: the tick tells.
	if now.Workers == p.said.Workers && (now.Busy == p.said.Busy || h.now.Sub(p.saidAt) < busyTick) {
		return
	}
	p.said, p.saidAt = now, h.now
	for c := range p.clients {
		h.bus.Post(c.peer, &now)
	}
}
