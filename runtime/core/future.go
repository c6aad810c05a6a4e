package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/goherd/goherd/runtime/ship"
)

// A Future is a call that may not be over. Its methods may be called from any goroutine, also on nil,
// which is over and failed.
type Future struct {
	name  string // "pool.Go of square"
	value any
	done  chan struct{}

	mu     sync.Mutex
	err    error
	over   bool
	cancel func() // nil where it is over, or comes from another process
	after  []waiter
}

// A waiter is told when a future is over: the n-th of a queue.
type waiter struct {
	q *Queue
	n int
}

var (
	errNoFuture = errors.New("the future is empty: no task belongs to it")
	closed      = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

	_ ship.Pending   = (*Future)(nil)
	_ ship.Traveller = (*Future)(nil)
)

func newFuture(name string, value any) *Future {
	return &Future{name: name, value: value, done: make(chan struct{})}
}

// failed returns a future that is over.
func failed(name string, value any, err error) *Future {
	f := newFuture(name, value)
	f.end(err)
	return f
}

// end makes the future over. Only the first call counts.
func (f *Future) end(err error) {
	f.mu.Lock()
	if f.over {
		f.mu.Unlock()
		return
	}
	f.over, f.err, f.cancel = true, err, nil
	after := f.after
	f.after = nil
	close(f.done)
	f.mu.Unlock()
	for _, w := range after {
		w.q.add(w.n)
	}
}

// tell has w told when the future is over, or now.
func (f *Future) tell(w waiter) {
	f.mu.Lock()
	over := f.over
	if !over {
		f.after = append(f.after, w)
	}
	f.mu.Unlock()
	if over {
		w.q.add(w.n)
	}
}

// forget takes back what tell was asked for a queue.
func (f *Future) forget(q *Queue) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after = slices.DeleteFunc(f.after, func(w waiter) bool { return w.q == q })
}

// Done returns a channel that closes when the call is over.
func (f *Future) Done() <-chan struct{} {
	if f == nil || f.done == nil {
		return closed
	}
	return f.done
}

// Ready implements ship.Pending.
func (f *Future) Ready() <-chan struct{} { return f.Done() }

// Over reports whether the call is over.
func (f *Future) Over() bool {
	select {
	case <-f.Done():
		return true
	default:
		return false
	}
}

// Value is what the call has for its value. It must be read only when the call is over.
func (f *Future) Value() any {
	if f == nil {
		return nil
	}
	return f.value
}

// Wait waits until the call is over and returns its error, or that of ctx, which may be nil, if that
// is done before.
func (f *Future) Wait(ctx context.Context) error {
	if !f.Over() {
		if err := block(f.Done(), ctx); err != nil {
			return fmt.Errorf("%s isn't done: %w", f.name, err)
		}
	}
	return f.result()
}

// result is the error of a call that is over.
func (f *Future) result() error {
	if f == nil || f.done == nil {
		return errNoFuture
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Cancel ends the call.
func (f *Future) Cancel() {
	if f == nil {
		return
	}
	f.mu.Lock()
	cancel := f.cancel
	f.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// String says what the call is and how it stands.
func (f *Future) String() string {
	switch {
	case f == nil || f.done == nil:
		return errNoFuture.Error()
	case !f.Over():
		return f.name + ": not done yet"
	}
	if err := f.result(); err != nil {
		return f.name + ": " + err.Error()
	}
	if v := reflect.ValueOf(f.value); v.Kind() == reflect.Slice && v.Len() == 1 {
		return f.name + ": " + shortValue(v.Index(0))
	}
	return f.name + ": done"
}

// WrongType is the error where the value of a named task isn't what was asked for. want is a nil slice of that.
func (f *Future) WrongType(want any) error {
	return fmt.Errorf("the result of %s is a %v, not a %v", f.name, reflect.TypeOf(f.value).Elem(), reflect.TypeOf(want).Elem())
}

// A delivered is what is written of a future that is over.
type delivered struct {
	Name  string
	Value any
}

// Travel implements ship.Traveller. A call that failed is the error of what needs it.
func (f *Future) Travel() (any, error) {
	if f == nil || f.done == nil {
		return nil, errNoFuture
	}
	if !f.Over() {
		return nil, ship.ErrPending
	}
	if err := f.result(); err != nil {
		return nil, &needed{f.name, err}
	}
	return delivered{f.name, f.value}, nil
}

// A needed is the error of what needs a call that failed.
type needed struct {
	name string // of the call
	err  error
}

func (e *needed) Error() string { return fmt.Sprintf("it needs %s, which failed: %v", e.name, e.err) }
func (e *needed) Unwrap() error { return e.err }

// Arrive implements ship.Traveller.
func (f *Future) Arrive(v any) error {
	d, ok := v.(delivered)
	if !ok {
		return fmt.Errorf("a future arrived as a %T", v)
	}
	*f = Future{name: d.Name, value: d.Value, done: closed, over: true}
	return nil
}

// block waits for a channel to close. It returns the cause if ctx, which may be nil, is done before, and ends the
// goroutine if its cell is interrupted. A place in a pool of goroutines that the goroutine holds is free meanwhile.
func block(ready <-chan struct{}, ctx context.Context) error {
	var ended <-chan struct{}
	if ctx != nil {
		ended = ctx.Done()
	}
	interrupted, exit := host().Done()
	defer lend()()
	select {
	case <-ready:
	case <-ended:
		return context.Cause(ctx)
	case <-interrupted:
		exit()
	}
	return nil
}

// names are the futures of tasks with names.
var names struct {
	mu sync.Mutex
	m  map[string]*Future
}

// register makes f the task of that name. Two that run can't have the same.
func (f *Future) register(name string) error {
	names.mu.Lock()
	defer names.mu.Unlock()
	if old := names.m[name]; old != nil && !old.Over() {
		return fmt.Errorf("a task named %q is running already: task.Find finds it", name)
	}
	if names.m == nil {
		names.m = map[string]*Future{}
	}
	names.m[name] = f
	return nil
}

// Find returns the future of the last task that was given a name.
func Find(name string) (*Future, error) {
	names.mu.Lock()
	defer names.mu.Unlock()
	if f := names.m[name]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("task.Find: no task of this session was named %q", name)
}

// WaitFor waits until n of the futures are over and says which are. Options can say how long: it is no
// error if that is over before.
func WaitFor(fs []*Future, n int, opts []Option) (over []bool, err error) {
	over = make([]bool, len(fs))
	set := defaults()
	if err := set.apply("task.Wait", forCall, opts); err != nil {
		return over, err
	}
	ctx := set.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	if set.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, set.timeout)
		defer cancel()
	}
	q := Completed(fs)
	defer q.Close()
	for range min(n, len(fs)) {
		if q.next(ctx) < 0 {
			break
		}
	}
	for i, f := range fs {
		over[i] = f.Over()
	}
	return over, nil
}

// A Queue gives futures out as they are over. Next may be called from one goroutine at a time.
type Queue struct {
	fs   []*Future
	left int

	mu    sync.Mutex
	ready []int
	some  chan struct{} // holds a value if something is ready
}

// Completed returns a queue of futures.
func Completed(fs []*Future) *Queue {
	q := &Queue{fs: fs, left: len(fs), some: make(chan struct{}, 1)}
	for i, f := range fs {
		if f == nil || f.done == nil {
			q.add(i)
		} else {
			f.tell(waiter{q, i})
		}
	}
	return q
}

func (q *Queue) add(i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, i)
	select {
	case q.some <- struct{}{}:
	default:
	}
}

// Next waits for the next future that is over and returns its number, -1 after the last.
func (q *Queue) Next() int { return q.next(context.Background()) }

func (q *Queue) next(ctx context.Context) int {
	if q.left == 0 {
		return -1
	}
	for {
		q.mu.Lock()
		if len(q.ready) > 0 {
			i := q.ready[0]
			q.ready = q.ready[1:]
			q.left--
			q.mu.Unlock()
			return i
		}
		q.mu.Unlock()
		if !q.wait(ctx) {
			return -1
		}
	}
}

func (q *Queue) wait(ctx context.Context) bool {
	var ended <-chan struct{}
	if ctx != nil {
		ended = ctx.Done()
	}
	interrupted, exit := host().Done()
	defer lend()()
	select {
	case <-q.some:
		return true
	case <-ended:
	case <-interrupted:
		exit()
	}
	return false
}

// Close lets go of the queue. Futures that aren't over go on.
func (q *Queue) Close() {
	for _, f := range q.fs {
		if !f.Over() {
			f.forget(q)
		}
	}
	q.fs, q.left = nil, 0
}

// All waits for all futures. Its error lists those that failed.
func All(fs []*Future) error {
	var bad []*ItemError
	for i, f := range fs {
		switch err := f.Wait(context.Background()).(type) {
		case nil:
		case *ItemError:
			e := *err
			e.Item = i
			bad = append(bad, &e)
		default:
			e := &ItemError{Item: i, Err: err}
			if f != nil {
				e.Func = f.name
			}
			bad = append(bad, e)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &Error{Call: "task.All", Items: len(fs), Done: len(fs), Failed: bad}
}
