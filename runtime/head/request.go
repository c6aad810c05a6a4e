package head

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/goherd/goherd/runtime/bus"
)

// request carries out a request of a client.
func (h *Head) request(c *client, m *bus.Request) {
	reply := func(body any, err error) { h.reply(c, m.Seq, body, err) }
	fresh := !h.used
	h.used = true
	switch m.Op {
	case bus.OpNewPool:
		with(m, reply, func(spec bus.PoolSpec) { reply(h.newPool(c, spec)) })
	case bus.OpPool:
		h.withPool(m, reply, func(p *pool, _ bus.PoolRequest) { reply(h.poolStatus(p), nil) })
	case bus.OpResizePool:
		h.withPool(m, reply, func(p *pool, r bus.PoolRequest) {
			if err := h.resize(p, r.Size); err != nil {
				reply(nil, err)
				return
			}
			reply(h.poolStatus(p), nil)
		})
	case bus.OpClosePool:
		h.withPool(m, reply, func(p *pool, _ bus.PoolRequest) {
			if p.demand {
				reply(nil, fmt.Errorf("%s is always open", p))
				return
			}
			if p.state != closing {
				p.state = closing
			}
			p.ends = append(p.ends, func(err error) { reply(bus.PoolStatus{ID: p.id}, err) })
			h.touch(p)
		})
	case bus.OpKillPool:
		h.withPool(m, reply, func(p *pool, _ bus.PoolRequest) {
			if p.demand {
				reply(nil, fmt.Errorf("%s is always open", p))
				return
			}
			p.ends = append(p.ends, func(err error) { reply(bus.PoolStatus{ID: p.id}, err) })
			h.killPool(p, "the pool was killed")
		})
	case bus.OpStatus:
		h.status(reply, false)
	case bus.OpInit:
		with(m, reply, func(l bus.Limits) {
			if l.CPUs != 0 || l.GPUs != 0 || l.Memory != 0 || len(l.Custom) > 0 {
				if err := h.limit(l); err != nil {
					reply(nil, err)
					return
				}
				h.refuse()
				h.touchWaiting()
			}
			h.status(reply, fresh)
		})
	case bus.OpShutdown:
		reply(struct{}{}, nil)
		h.shutdown()
	default:
		reply(nil, fmt.Errorf("the runtime knows no request %q", m.Op))
	}
}

// refuse fails the jobs that can't be done any more with what tasks can hold now.
func (h *Head) refuse() {
	for _, j := range h.jobs {
		if err := h.possible(j.spec.Needs); err != nil {
			j.fail("lost", "resources", err.Error())
			for _, t := range j.tasks {
				if t.state == queued {
					h.unqueue(t)
					h.fail(t, *j.broken)
				}
			}
		}
	}
}

func (h *Head) reply(c *client, seq uint64, body any, err error) {
	if c.gone {
		return
	}
	r := &bus.Reply{Seq: seq}
	if err == nil {
		r.Body, err = json.Marshal(body)
	}
	if err != nil {
		r.Error, r.Body = err.Error(), nil
	}
	h.bus.Post(c.peer, r)
}

// with calls f with the body of a request.
func with[T any](m *bus.Request, reply func(any, error), f func(T)) {
	var v T
	if err := json.Unmarshal(m.Body, &v); err != nil {
		reply(nil, fmt.Errorf("%s: %w", m.Op, err))
		return
	}
	f(v)
}

func (h *Head) withPool(m *bus.Request, reply func(any, error), f func(*pool, bus.PoolRequest)) {
	with(m, reply, func(r bus.PoolRequest) {
		p := h.pools[r.Pool]
		if p == nil {
			reply(nil, fmt.Errorf("pool %d was closed", r.Pool))
			return
		}
		f(p, r)
	})
}

// newPool makes a pool or finds the one of that name.
func (h *Head) newPool(c *client, spec bus.PoolSpec) (any, error) {
	if spec.Size == 0 {
		spec.Size = max(int(h.total.CPUs), 1)
	}
	if err := checkSize(spec.Size); err != nil {
		return nil, err
	}
	if spec.MaxTasks < 0 {
		return nil, fmt.Errorf("a pool of workers that end after %d tasks can't be", spec.MaxTasks)
	}
	if spec.Name == h.pools[bus.TasksPool].spec.Name {
		return nil, fmt.Errorf("the name %q is that of the pool for single tasks", spec.Name)
	}
	if err := h.adoptInit(c, spec.Init); err != nil {
		return nil, err
	}
	var p *pool
	if spec.Name != "" {
		for _, o := range h.pools {
			if o.spec.Name == spec.Name && o.state != closing {
				p = o
			}
		}
	}
	if p == nil {
		h.lastPool++
		p = newPool(h.lastPool, spec)
		p.client = c
		h.pools[p.id] = p
		h.touch(p)
		return h.poolStatus(p), nil
	}
	old := p.spec
	p.spec = spec
	if old.Init != nil {
		h.freeInit(old.Init)
	}
	// What a worker is started with changes only with new ones.
	if !sameInit(old.Init, spec.Init) || old.MemoryLimit != spec.MemoryLimit || !slices.Equal(old.Env, spec.Env) {
		for _, w := range slices.Clone(p.workers) {
			if w.live() {
				h.retire(w)
			}
		}
	}
	if err := h.resize(p, spec.Size); err != nil {
		return nil, err
	}
	return h.poolStatus(p), nil
}

// sameInit reports whether two functions are the same, with what they capture.
func sameInit(a, b *bus.Init) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.Equal(a.Spec.Code, b.Spec.Code) && a.Spec.Func.Blob == "" && b.Spec.Func.Blob == "" &&
		string(a.Spec.Func.Data) == string(b.Spec.Func.Data)
}

func (h *Head) adoptInit(c *client, i *bus.Init) error {
	if i == nil {
		return nil
	}
	if err := h.use(i.Spec.Code); err != nil {
		return err
	}
	var err error
	if i.Spec.Func, err = h.bus.Adopt(c.peer, i.Spec.Func); err != nil {
		h.release(i.Spec.Code)
		return err
	}
	if i.Input, err = h.bus.Adopt(c.peer, i.Input); err != nil {
		h.release(i.Spec.Code)
		h.bus.Free(i.Spec.Func)
		return err
	}
	return nil
}

func (h *Head) freeInit(i *bus.Init) {
	h.release(i.Spec.Code)
	h.bus.Free(i.Spec.Func)
	h.bus.Free(i.Input)
}

func checkSize(n int) error {
	if n < 1 || n > maxSize {
		return fmt.Errorf("a pool of %d workers can't be: from 1 to %d", n, maxSize)
	}
	return nil
}

// resize changes the size of a pool. A pool that has failed is tried again.
func (h *Head) resize(p *pool, size int) error {
	switch {
	case p.demand:
		return fmt.Errorf("%s has as many workers as its tasks need", p)
	case p.state == closing:
		return fmt.Errorf("%s was closed", p)
	}
	if err := checkSize(size); err != nil {
		return err
	}
	p.state, p.why, p.size, p.spec.Size, p.shrinks = open, "", size, size, true
	h.touch(p)
	return nil
}

func (h *Head) poolStatus(p *pool) bus.PoolStatus {
	s := bus.PoolStatus{
		ID: p.id, Name: p.spec.Name, State: p.state.String(), Why: p.why, Run: p.spec.Run, Size: p.size, Queued: p.waiting, Jobs: len(p.jobs),
		MemoryLimit: h.memoryLimit(p), MaxTasks: p.spec.MaxTasks, Priority: p.spec.Priority,
		Counters: p.count, Restarts: p.restarts, Retired: p.retired,
	}
	if p.client != nil {
		s.Client = p.client.peer.User
	}
	for _, w := range p.workers {
		switch {
		case w.state == starting || w.state == initing:
			s.Starting++
		case w.takes():
			s.Workers++
		}
		if w.blocked {
			s.Blocked++
		}
		if len(w.tasks) > 0 && w.state >= ready {
			s.Busy++
		}
		s.Queued += max(len(w.tasks)-1, 0)
	}
	if p.demand {
		s.Size = int(h.total.CPUs)
	}
	return s
}

// status answers with the state of all, when it has been measured what the workers use.
func (h *Head) status(reply func(any, error), fresh bool) {
	r := bus.Runtime{Started: h.started, Pid: os.Getpid(), Clients: len(h.clients), Total: h.total, Held: h.held, New: fresh}
	r.Blobs, r.BlobBytes = h.bus.Blobs()
	for _, p := range h.pools {
		r.Pools = append(r.Pools, h.poolStatus(p))
	}
	slices.SortFunc(r.Pools, func(a, b bus.PoolStatus) int { return cmp.Compare(a.ID, b.ID) })
	var procs []Process
	for _, w := range slices.SortedFunc(maps.Values(h.workers), func(a, b *worker) int { return cmp.Compare(a.id, b.id) }) {
		r.Workers = append(r.Workers, h.workerStatus(w))
		procs = append(procs, w.proc)
	}
	for _, j := range slices.SortedFunc(maps.Values(h.jobs), func(a, b *job) int { return cmp.Compare(a.id, b.id) }) {
		s := bus.JobStatus{
			Client: j.client.peer.User, Job: j.own, Run: j.run, Name: j.spec.Name, Place: j.spec.Place, Priority: j.spec.Priority,
			Queued: j.waiting, Running: len(j.tasks) - j.waiting, Needs: j.spec.Needs, Since: h.now.Sub(j.began), Counters: j.count,
		}
		if j.pool != nil {
			s.Pool = j.pool.id
		}
		r.Jobs = append(r.Jobs, s)
	}
	go func() {
		r.MemoryUsed, r.MemoryTotal, r.MemoryBy = h.opts.Machine.Memory()
		for i, p := range procs {
			if p == nil {
				continue
			}
			u, w := p.Usage(), &r.Workers[i]
			w.RSS, w.PSS, w.Unique, w.Peak, w.CPU, w.Stopped = u.RSS, u.PSS, u.Unique, u.Peak, u.CPU, u.Stopped
		}
		h.post(func() { reply(r, nil) })
	}()
}

func (h *Head) workerStatus(w *worker) bus.WorkerStatus {
	s := bus.WorkerStatus{
		ID: w.id, Name: w.name, Pool: w.pool.id, Pid: w.pid(), Started: w.started, Queued: max(len(w.tasks)-1, 0), GPUs: w.gpus,
		Heap: w.beat.Heap, Limit: h.memoryLimit(w.pool), Counters: w.count,
	}
	switch {
	case w.state == starting || w.state == initing:
		s.State = "starting"
	case w.state == retiring:
		s.State = "retiring"
	case w.state == ending:
		s.State = "ending"
	case w.blocked:
		s.State = "blocked"
	case len(w.tasks) > 0:
		s.State = "busy"
	default:
		s.State = "idle"
	}
	if len(w.tasks) > 0 && w.state != starting {
		t := w.tasks[0]
		s.Job, s.Place, s.Run, s.Item, s.Attempt = t.job.spec.Name, t.job.spec.Place, t.job.run, t.first, t.base+max(t.tries-1, 0)
		s.Since = h.now.Sub(w.changed)
		if w.beat.Task == t.id {
			s.Item += w.beat.Item
			s.Since = w.beat.Since + h.now.Sub(w.beatAt)
		}
	}
	return s
}
