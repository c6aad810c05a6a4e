package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// A Pool is a number of workers: processes or goroutines. Its methods may be called from any goroutine.
type Pool struct {
	name   string // "pool 3", or what the user calls it
	set    settings
	tasks  bool    // it is that of package task, which has as many workers as are needed
	places *places // of a pool of goroutines, else nil
	counts counts  // likewise

	// Of a pool of processes.
	c       *client
	id      uint64
	workers atomic.Int64 // that take tasks, as the head has told last; 0 if it hasn't
	busy    atomic.Int64

	seen atomic.Bool // it has done something

	mu     sync.Mutex
	paces  map[string]pace // of functions that calls were made of
	size   int
	closed bool
	jobs   map[*job]bool // that run
	idle   chan struct{} // closes when none run any more; nil if nobody waits
}

// lastPool numbers the pools of goroutines.
var lastPool atomic.Int64

// NewPool makes a pool of n workers, 0 for as many as there are processors.
func NewPool(n int, opts []Option) (*Pool, error) {
	p := &Pool{set: defaults(), jobs: map[*job]bool{}}
	if err := p.set.apply("pool.New", forPool|forCall, opts); err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, fmt.Errorf("pool.New(%d): a pool has at least one worker, or 0 for one a processor", n)
	}
	if n == 0 {
		n = processors()
	}
	p.size, p.name = n, p.set.name
	var err error
	if p.set.goroutines {
		err = p.newGoroutines()
	} else {
		err = p.newProcesses()
	}
	if err != nil {
		return nil, fmt.Errorf("pool.New: %w", err)
	}
	return p, nil
}

func (p *Pool) newGoroutines() error {
	if p.set.memory > 0 || p.set.maxTasks > 0 {
		return errors.New("MemoryLimit and MaxTasks are for worker processes: goroutines share the memory of this one")
	}
	if p.name == "" {
		p.name = fmt.Sprintf("goroutines %d", lastPool.Add(1))
	}
	p.places = &places{size: p.size}
	if p.set.init == nil {
		return nil
	}
	once := *p.set.init
	once.Options, once.One = []Option{Quiet()}, true
	return p.Map(once)
}

func (p *Pool) newProcesses() error {
	c, err := connect(false)
	if err != nil {
		return err
	}
	p.c = c
	spec := bus.PoolSpec{Name: p.name, Size: p.size, MemoryLimit: p.set.memory, MaxTasks: p.set.maxTasks, Priority: p.set.priority, Run: host().Run()}
	if p.set.init != nil {
		r, err := p.packInit(&spec)
		defer r.release() // when the head keeps them for the pool
		if err != nil {
			return err
		}
	}
	s, err := request(c, func(ctx context.Context, conn *bus.Conn) (bus.PoolStatus, error) { return conn.NewPool(ctx, spec) })
	if err != nil {
		return err
	}
	p.id, p.size = s.ID, s.Size
	if p.name == "" {
		p.name = s.Name
	}
	if p.name == "" {
		p.name = fmt.Sprintf("pool %d", s.ID)
	}
	p.known()
	return nil
}

// known has the client tell the pool how many workers there are.
func (p *Pool) known() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.c.pools[p.id] = p
}

// packInit makes the function ready that each worker calls first. The head has its programs until the release of what is returned.
func (p *Pool) packInit(spec *bus.PoolSpec) (*remote, error) {
	call := *p.set.init
	j := &job{call: call, set: defaults(), pool: p, host: host()}
	r := newRemote(j, p.c)
	r.init = true
	if err := call.valid(); err != nil {
		return r, err
	}
	j.name, j.place = j.host.Describe(reflect.ValueOf(call.Func))
	err := r.pack()
	for waiting := (*ship.Waiting)(nil); errors.As(err, &waiting); err = r.pack() {
		for _, w := range waiting.On {
			if err := block(w.Ready(), nil); err != nil {
				return r, err
			}
		}
	}
	if err != nil {
		return r, err
	}
	if r.spec.Func, err = p.c.conn.Pack(r.packed.Func.Data, r.packed.Func.Segments); err != nil {
		return r, err
	}
	e, err := r.codec.Encode(reflect.ValueOf(call.In))
	if err != nil {
		return r, err
	}
	in, err := p.c.conn.Pack(e.Data, e.Segments)
	spec.Init = &bus.Init{Spec: r.spec, Input: in}
	return r, err
}

// theTasks is the pool of package task.
var theTasks = &Pool{name: "tasks", tasks: true, id: bus.TasksPool, set: defaults(), jobs: map[*job]bool{}}

// Tasks returns the pool that is always there, whose workers come and go as tasks need them.
func Tasks() *Pool { return theTasks }

// backend returns what carries the job out.
func (p *Pool) backend(j *job) (backend, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, fmt.Errorf("%s: %w: pool.New makes another", p.name, ErrClosed)
	case p.places != nil:
		p.jobs[j] = true
		return newLocal(j, p.places), nil
	case p.tasks:
		c, err := connect(false)
		if err != nil {
			return nil, err
		}
		if p.c != c {
			p.c = c
			p.workers.Store(0)
			p.known()
		}
		return newRemote(j, c), nil
	}
	select {
	case <-p.c.conn.Done():
		return nil, fmt.Errorf("%s: %w: the runtime that it was part of has ended; pool.New makes another", p.name, p.c.conn.Err())
	default:
	}
	p.jobs[j] = true
	return newRemote(j, p.c), nil
}

// maxPaces bounds how many functions a pool knows the pace of.
const maxPaces = 256

// pace returns how fast items of the job's function were in earlier calls.
func (p *Pool) pace(j *job) pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paces[at(j.name, j.place)]
}

// remember keeps how fast a job's items were.
func (p *Pool) remember(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paces == nil || len(p.paces) >= maxPaces {
		p.paces = map[string]pace{}
	}
	p.paces[at(j.name, j.place)] = j.pace
}

// over is told of each job of the pool that has ended.
func (p *Pool) over(j *job) {
	p.seen.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.jobs, j)
	if len(p.jobs) == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
	p.counts.add(j)
}

// Size returns how many workers the pool is to have.
func (p *Pool) Size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tasks {
		return max(int(p.workers.Load()), processors())
	}
	return p.size
}

// Name returns what the pool is called.
func (p *Pool) Name() string { return p.name }

// Resize changes how many workers the pool has, also while it works. Workers that go finish what they do.
func (p *Pool) Resize(n int) error {
	if n < 1 {
		return fmt.Errorf("%s: Resize(%d): a pool has at least one worker", p.name, n)
	}
	if err := p.usable(); err != nil {
		return err
	}
	if p.places != nil {
		p.places.resize(n)
	} else if _, err := request(p.c, func(ctx context.Context, conn *bus.Conn) (bus.PoolStatus, error) {
		return conn.ResizePool(ctx, p.id, n)
	}); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = n
	return nil
}

// usable returns why the pool can't be changed.
func (p *Pool) usable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.tasks:
		return errors.New("the pool of package task has as many workers as tasks need: cluster.Init bounds what they may use")
	case p.closed:
		return fmt.Errorf("%s: %w", p.name, ErrClosed)
	}
	return nil
}

// Close lets the pool take no more calls, waits until those that it has are done, and ends the workers. Closing a
// pool twice does nothing.
func (p *Pool) Close() error { return p.finish(false) }

// Kill ends the workers at once. Calls that the pool has fail.
func (p *Pool) Kill() error { return p.finish(true) }

func (p *Pool) finish(kill bool) error {
	if p.tasks {
		return p.usable()
	}
	p.mu.Lock()
	was := p.closed
	p.closed = true
	var idle chan struct{}
	var stop []*job
	if len(p.jobs) > 0 {
		if p.idle == nil {
			p.idle = make(chan struct{})
		}
		idle = p.idle
		for j := range p.jobs {
			stop = append(stop, j)
		}
	}
	p.mu.Unlock()
	if p.places != nil {
		if kill {
			for _, j := range stop {
				j.stop(fmt.Errorf("%s: %w", p.name, ErrClosed))
			}
		}
		if idle != nil {
			return block(idle, nil)
		}
		return nil
	}
	if was && !kill {
		return nil
	}
	_, err := request(p.c, func(ctx context.Context, conn *bus.Conn) (struct{}, error) {
		if kill {
			return struct{}{}, conn.KillPool(ctx, p.id)
		}
		// The head may not have heard of all calls yet. It is told also if who waits here is interrupted.
		if idle != nil {
			<-idle
		}
		return struct{}{}, conn.ClosePool(context.WithoutCancel(ctx), p.id)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.c.pools[p.id] == p {
		delete(p.c.pools, p.id)
	}
	return nil
}

// A traveller is what is written of a pool.
type traveller struct {
	ID         uint64
	Name       string
	Size       int
	Goroutines bool
	Options    []int64 // the settings that are numbers, in order
	Factor     float64
}

var _ ship.Traveller = (*Pool)(nil)

// Travel implements ship.Traveller: a pool of processes arrives as itself, one of goroutines as one of the
// worker's own.
func (p *Pool) Travel() (any, error) {
	s := &p.set
	if s.ctx != nil || s.retryIf != nil {
		return nil, fmt.Errorf("%s has Context or RetryIf among its options, which stay here; make a pool in the worker", p.name)
	}
	t := traveller{ID: p.id, Name: p.name, Size: p.Size(), Goroutines: p.places != nil, Factor: s.factor}
	for _, n := range s.numbers() {
		t.Options = append(t.Options, n.get())
	}
	return t, nil
}

// Arrive implements ship.Traveller.
func (p *Pool) Arrive(v any) error {
	t, ok := v.(traveller)
	if !ok {
		return fmt.Errorf("a pool arrived as a %T", v)
	}
	p.id, p.name, p.size, p.jobs, p.set = t.ID, t.Name, t.Size, map[*job]bool{}, defaults()
	p.set.factor = t.Factor
	for i, n := range p.set.numbers() {
		if i < len(t.Options) {
			n.set(t.Options[i])
		}
	}
	if t.Goroutines {
		p.places = &places{size: t.Size}
		return nil
	}
	if t.ID == bus.TasksPool {
		p.tasks = true
		return nil
	}
	c, err := connect(false)
	if err != nil {
		return err
	}
	p.c = c
	p.known()
	return nil
}
