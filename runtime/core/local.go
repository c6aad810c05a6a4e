package core

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// A Stopper is a Host that can end what a goroutine runs without ending its cell.
type Stopper interface {
	// Stoppable returns call, which calls f in the goroutine that calls call, as part of the cell that the
	// goroutine belongs to, and stop, which ends that as an interrupt of the cell would: the goroutine, and those that
	// it has started, with Goexit. Both may be called from any goroutine, stop at any time.
	Stoppable() (call func(f func()), stop func())
}

// A local does the chunks of a job in goroutines of this process. Each is started by the job's goroutine, so that it
// belongs to the job's cell, and ends when there are no chunks for it; close waits for none.
type local struct {
	j      *job
	run    reflect.Value
	out    reflect.Type // []R
	places *places
	ctx    context.Context // of the items
	end    context.CancelFunc

	mu      sync.Mutex
	queue   []*chunk
	workers int // goroutines that look at the queue
	active  map[*attempt]bool
	over    bool
}

// An attempt is a chunk that a goroutine runs. It is told of once: by the goroutine, or by who gives up waiting for it.
type attempt struct {
	l     *local
	c     *chunk
	place *place
	stop  func() // ends it, nil where the host can't
	end   context.CancelFunc
	timer *time.Timer // for the time of an item; nil without limit

	// Of the goroutine.
	at    *int
	out   reflect.Value
	fails []failure
	start time.Time
}

func newLocal(j *job, p *places) *local {
	l := &local{j: j, run: reflect.ValueOf(j.call.Run), out: reflect.TypeOf(j.call.Out), places: p, active: map[*attempt]bool{}}
	if l.out == nil {
		l.out = l.run.Type().In(1)
	}
	l.ctx, l.end = context.WithCancel(j.ctx)
	return l
}

func (l *local) submit(c *chunk) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, c)
	return nil
}

// flush starts goroutines in place of those that were given up.
func (l *local) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.workers < l.capacity() && l.workers < len(l.queue)+len(l.active) {
		l.workers++
		go l.work()
	}
	return nil
}

// capacity is how many goroutines the pool has for the job.
func (l *local) capacity() int {
	n, _, _ := l.places.state()
	return n
}

func (l *local) target() time.Duration { return 2 * time.Millisecond } // goroutines cost little to talk to

// most is 1 if there is a time for each item: a goroutine can't be asked which it is at.
func (l *local) most() int {
	if l.j.set.itemTimeout > 0 {
		return 1
	}
	return maxChunk
}

// work does chunks until there are none.
func (l *local) work() {
	p := &place{of: l.places, priority: l.j.set.priority, gone: l.ctx.Done()}
	var a *attempt
	defer func() {
		p.give()
		if a != nil { // Goexit
			l.exited(a)
		}
	}()
	if !p.take() {
		l.mu.Lock()
		l.workers--
		l.mu.Unlock()
		return
	}
	id := goroutine()
	for {
		if a = l.next(p); a == nil {
			return
		}
		if !l.do(a, id) {
			a = nil
			return // someone else goes on in its place
		}
		a = nil
		if !p.pass() {
			return // the job is over
		}
	}
}

// next takes a chunk. nil means that there is none: the goroutine ends.
func (l *local) next(p *place) *attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 || l.over {
		l.workers--
		return nil
	}
	a := &attempt{l: l, c: l.queue[0], place: p, at: new(int)}
	l.queue = l.queue[1:]
	l.active[a] = true
	return a
}

// settle reports whether the attempt may be told of: the first time.
func (l *local) settle(a *attempt) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := l.active[a]
	delete(l.active, a)
	return mine
}

// do runs a chunk on the calling goroutine, whose number is id. It reports false if it took too long, so that it was given up.
func (l *local) do(a *attempt, id int64) bool {
	call := func(f func()) { f() }
	if s, ok := l.j.host.(Stopper); ok {
		var stop func()
		call, stop = s.Stoppable()
		l.mu.Lock()
		a.stop = stop
		l.mu.Unlock()
	}
	ctx := l.ctx
	if limit := l.j.set.itemTimeout; limit > 0 {
		ctx, a.end = context.WithTimeoutCause(ctx, limit, slow(limit))
		defer a.end()
		a.timer = time.AfterFunc(limit, func() { l.expire(a, limit) })
		defer a.timer.Stop()
	}
	leave := (&frame{ctx: ctx, attempt: a.c.attempt, place: a.place}).enter(id)
	defer leave()
	// Results go into the user's slice when they are told of: a goroutine that was given up can't write there.
	a.out = reflect.MakeSlice(l.out, a.c.n(), a.c.n())
	a.start = time.Now()
	call(func() { l.items(a) })
	took := time.Since(a.start)
	if !l.settle(a) {
		return false
	}
	l.j.post(outcome{chunk: a.c, out: a.out, fails: a.fails, took: took, attempt: a.c.attempt})
	return true
}

// items does the items of a chunk, beginning again behind each that panics.
func (l *local) items(a *attempt) {
	n := a.c.n()
	args := []reflect.Value{a.c.input(), a.out, reflect.ValueOf(a.at), reflect.ValueOf(func(i int, err error) {
		a.fails = append(a.fails, failure{item: i, err: err, Failure: bus.Failure{Kind: "error"}})
	})}
	for *a.at < n {
		f := l.j.host.Protect(func() { l.run.Call(args) })
		if f == nil {
			return
		}
		a.fails = append(a.fails, failure{item: *a.at, Failure: *f, err: l.panicked(f)})
		*a.at++
	}
}

// panicked returns the error that an item panicked with, nil if it was none that can be had.
func (l *local) panicked(f *bus.Failure) (err error) {
	if codec := l.j.host.Codec(); codec != nil && len(f.Err.Data) > 0 {
		if no := codec.Decode(ship.Decoder{Data: f.Err.Data}, reflect.ValueOf(&err).Elem()); no != nil {
			return nil // its text must do
		}
	}
	return err
}

// exited tells of an attempt whose goroutine ended by Goexit: the item's own, or that of an interrupt.
func (l *local) exited(a *attempt) {
	l.mu.Lock()
	l.workers--
	l.mu.Unlock()
	if !l.settle(a) {
		return
	}
	o := outcome{chunk: a.c, out: a.out, fails: a.fails, took: time.Since(a.start), attempt: a.c.attempt}
	o.fails = append(o.fails, failure{item: *a.at, Failure: bus.Failure{Kind: "lost", Name: "exit", Text: "runtime.Goexit ended its goroutine"}})
	for i := *a.at + 1; i < a.c.n(); i++ {
		o.rest = append(o.rest, i)
	}
	l.j.post(o)
}

func slow(limit time.Duration) error {
	return &caused{fmt.Sprintf("it took longer than %s", duration(limit)), context.DeadlineExceeded}
}

// expire gives an attempt of one item up: its goroutine may run on, but nobody waits for it.
func (l *local) expire(a *attempt, limit time.Duration) {
	if !l.settle(a) {
		return
	}
	a.abandon()
	l.mu.Lock()
	l.workers--
	l.mu.Unlock()
	l.j.post(outcome{chunk: a.c, took: limit, attempt: a.c.attempt, fails: []failure{
		{item: 0, err: slow(limit), Failure: bus.Failure{Kind: "timeout"}},
	}})
}

func (a *attempt) abandon() {
	a.l.mu.Lock()
	stop := a.stop
	a.l.mu.Unlock()
	if stop != nil {
		stop()
	}
	a.place.abandon()
}

// graceLocal is how long goroutines have to end before their places are given to others.
const graceLocal = 100 * time.Millisecond

// cancel ends all chunks.
func (l *local) cancel() {
	l.end()
	l.mu.Lock()
	l.over, l.queue = true, nil
	var active []*attempt
	for a := range l.active {
		active = append(active, a)
	}
	clear(l.active)
	l.mu.Unlock()
	for _, a := range active {
		l.mu.Lock()
		stop := a.stop
		l.mu.Unlock()
		if stop != nil {
			stop()
		}
	}
	if len(active) > 0 {
		time.AfterFunc(graceLocal, func() {
			for _, a := range active {
				a.place.abandon()
			}
		})
	}
}

// close is called when all chunks are done.
func (l *local) close() {
	l.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}
