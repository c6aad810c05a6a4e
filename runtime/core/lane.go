package core

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/runtime/ship"
)

// A lane is a job that calls of one item share, which are begun one after the other: a job for each would cost several times what
// it does. Each of them is a task of its own.
//
// One goroutine drives it, which belongs to the cell that the calls were made in. It ends when there
// were none for a while, or with the cell's interruption.
type lane struct {
	key laneKey
	j   *job

	unwanted atomic.Bool // a call was cancelled

	mu    sync.Mutex
	queue []*single
	over  bool
}

// A laneKey says which calls share a lane.
type laneKey struct {
	pool   *Pool
	c      *client
	run    int
	around int          // as of Porter
	name   string       // of what the user has called
	t      reflect.Type // of Call.Shared
}

// A single is a call in a lane.
type single struct {
	call Call
	f    *Future
	in   Shipped

	// Guarded by lane.mu.
	gone bool // its future was cancelled
	done bool // its future has its value
}

// Shipped is a func value that is part of a task's input. It was written when the call was made: what happens to
// its variables afterwards doesn't matter.
type Shipped struct {
	Data []byte

	types, funcs []int32
}

// Func returns the func value, in the worker.
func (s Shipped) Func() any {
	var f any
	if err := host().Codec().Decode(ship.Decoder{Data: s.Data}, reflect.ValueOf(&f).Elem()); err != nil {
		panic(fmt.Errorf("the function can't be read: %w", err))
	}
	return f
}

// A Porter is a Host that knows which functions can be part of a task's input.
type Porter interface {
	// Portable reports whether all that a function uses are constants and what it captures, which it doesn't change.
	Portable(f reflect.Value) bool
	// Around returns a number for what else a function finds in the process, its working directory and environment. Another
	// number stands for something else.
	Around() int
}

var lanes struct {
	mu sync.Mutex
	m  map[laneKey]*lane
}

// laneIdle is how long a lane waits for another call.
const laneIdle = 20 * time.Millisecond

// share begins a call in a lane. It returns nil if the call needs a job of its own: it has options, or its function uses
// variables of the session, which travel with a job.
func (p *Pool) share(c Call) *Future {
	if c.Shared == nil || len(c.Options) > 0 || p == nil || p.places != nil || !p.set.plain() || c.valid() != nil {
		return nil
	}
	h, ok := host().(Porter)
	if !ok || !h.Portable(reflect.ValueOf(c.Func)) {
		return nil
	}
	e, err := host().Codec().Encode(reflect.ValueOf(&c.Func).Elem())
	if err != nil || len(e.Segments) > 0 {
		return nil // the other way tells of the error, or waits
	}
	s := &single{call: c, in: Shipped{e.Data, e.Types, e.Funcs}, f: newFuture(c.Name, c.Value)}
	for {
		l, err := p.lane(c, h.Around())
		if err != nil {
			return failed(c.Name, c.Value, err)
		}
		if l.add(s) {
			return s.f
		}
	}
}

// lane returns the lane for a call, which it begins if there is none.
func (p *Pool) lane(c Call, around int) (*lane, error) {
	cl, err := connect(false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	key := laneKey{p, cl, host().Run(), around, c.Name, reflect.TypeOf(c.Shared)}
	lanes.mu.Lock()
	defer lanes.mu.Unlock()
	if l := lanes.m[key]; l != nil {
		return l, nil
	}
	whole := c
	whole.Run, whole.In, whole.Out, whole.Value = c.Shared, nil, nil, nil
	j, err := p.begin(whole)
	if err != nil {
		return nil, err
	}
	j.set.chunk, j.set.quiet = 1, true
	if err := j.back.(*remote).pack(); err != nil { // what is around the function is what it is now
		j.abort(err)
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	l := &lane{key: key, j: j}
	if lanes.m == nil {
		lanes.m = map[laneKey]*lane{}
	}
	lanes.m[key] = l
	go l.drive()
	return l, nil
}

// add takes a call. It reports false if the lane has ended.
func (l *lane) add(s *single) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	s.f.cancel = func() { l.cancel(s) }
	l.queue = append(l.queue, s)
	l.j.wake()
	return true
}

// cancel ends a call.
func (l *lane) cancel(s *single) {
	l.mu.Lock()
	if s.done {
		l.mu.Unlock()
		return
	}
	s.gone = true
	l.mu.Unlock()
	s.f.end(s.failure(l.j, errCancelled))
	l.unwanted.Store(true)
	l.j.wake()
}

// deliver gives a call its result.
func (l *lane) deliver(s *single, u *unit) {
	l.mu.Lock()
	if s.gone {
		l.mu.Unlock()
		return
	}
	s.done = true
	l.mu.Unlock()
	reflect.ValueOf(s.call.Value).Index(0).Set(u.out.Index(0))
	s.f.end(u.errs[0])
}

// failure is the error of a call that wasn't done.
func (s *single) failure(j *job, cause error) error {
	name, place := j.host.Describe(reflect.ValueOf(s.call.Func))
	return &ItemError{Item: -1, Func: name, Place: place, Kind: "cancelled", Err: cause}
}

// drive does the calls.
func (l *lane) drive() {
	j := l.j
	open := map[*unit]*single{}
	defer func() {
		j.abort(ErrInterrupted) // if this goroutine is ended
		why := j.err
		if why == nil {
			why = errCancelled
		}
		for _, s := range l.end() {
			s.f.end(s.failure(j, why))
		}
		for _, s := range open {
			s.f.end(s.failure(j, why))
		}
	}()
	idle := time.NewTimer(laneIdle)
	defer idle.Stop()
	for j.err == nil {
		l.fetch(open)
		j.pump()
		if j.err != nil {
			return
		}
		var quiet <-chan time.Time
		if len(open) == 0 {
			idle.Reset(laneIdle)
			quiet = idle.C
		}
		select {
		case <-j.signal:
			j.collect()
		case <-j.interrupted:
			j.fail(ErrInterrupted)
		case <-j.stopped:
			j.fail(j.why)
		case <-j.ctx.Done():
			j.fail(j.ctx.Err())
		case <-quiet:
			if l.close() {
				j.abort(nil)
				return
			}
		}
	}
}

// fetch makes units of the calls that have come, and cancels the tasks of those that aren't wanted any more.
func (l *lane) fetch(open map[*unit]*single) {
	l.mu.Lock()
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	j := l.j
	for _, s := range queue {
		if l.isGone(s) {
			continue
		}
		u := &unit{in: reflect.ValueOf([]Shipped{{Data: s.in.Data}}), out: reflect.MakeSlice(reflect.TypeOf(s.call.Out), 1, 1), left: 1, errs: map[int]error{}, single: s}
		u.over = func() {
			delete(open, u)
			l.deliver(s, u)
		}
		open[u] = s
		j.total++
		j.fresh = append(j.fresh, u)
	}
	gone := func(u *unit) bool {
		if !l.isGone(u.single) {
			return false
		}
		delete(open, u)
		j.total--
		return true
	}
	if l.unwanted.Swap(false) {
		j.fresh = slices.DeleteFunc(j.fresh, gone)
		if r, ok := j.back.(*remote); ok {
			r.unwanted(func(c *chunk) bool { return l.isGone(c.u.single) })
		}
	}
	j.again = slices.DeleteFunc(j.again, func(c *chunk) bool { return gone(c.u) })
}

func (l *lane) isGone(s *single) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return s.gone
}

// close ends the lane if nothing has come.
func (l *lane) close() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		return false
	}
	l.forget()
	return true
}

// end ends the lane and returns the calls that weren't begun.
func (l *lane) end() []*single {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
	queue := l.queue
	l.queue = nil
	return queue
}

// forget makes new calls begin another lane. l.mu is held.
func (l *lane) forget() {
	if l.over {
		return
	}
	l.over = true
	lanes.mu.Lock()
	defer lanes.mu.Unlock()
	if lanes.m[l.key] == l {
		delete(lanes.m, l.key)
	}
}
