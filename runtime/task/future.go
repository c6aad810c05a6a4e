package task

import (
	"context"
	"iter"

	"github.com/goherd/goherd/runtime/core"
)

// A Future is a result that may not be there yet. It may be asked any number of times, from any goroutine, and sent to
// workers: in what a task's function captures, or among the arguments.
type Future[R any] struct{ c *core.Future }

// Of is for package pool. It returns c as a future of what its call has for Value, a []R with one element.
func Of[R any](c *core.Future) *Future[R] { return &Future[R]{c} }

// Get waits for the result. It ends with the cell, if that is interrupted; the task goes on if another cell began it.
func (f *Future[R]) Get() (R, error) {
	err := f.c.Wait(context.Background())
	return f.value(), err
}

// GetContext is Get that doesn't wait longer than ctx. The task isn't cancelled.
func (f *Future[R]) GetContext(ctx context.Context) (R, error) {
	err := f.c.Wait(ctx)
	if !f.c.Over() {
		var zero R
		return zero, err
	}
	return f.value(), err
}

// value returns the result of a task that is over.
func (f *Future[R]) value() (r R) {
	if out, ok := f.c.Value().([]R); ok && len(out) == 1 {
		r = out[0]
	}
	return r
}

// MustGet is Get that panics if the task failed.
func (f *Future[R]) MustGet() R {
	r, err := f.Get()
	if err != nil {
		panic(err)
	}
	return r
}

// Done returns a channel that closes when the task is over.
func (f *Future[R]) Done() <-chan struct{} { return f.c.Done() }

// Cancel ends the task: it is over, with an error that errors.Is context.Canceled. A task that is over stays as it is.
func (f *Future[R]) Cancel() { f.c.Cancel() }

// OnDone calls f in a goroutine of its own when the task is over, at once if it is.
func (f *Future[R]) OnDone(call func(R, error)) {
	go func() { call(f.Get()) }()
}

// String says what the task is and how it stands.
func (f *Future[R]) String() string { return f.c.String() }

// Find returns the future of the task that was given a Name. It is an error if there is none, or if its result is no R.
//
//	f, err := task.Find[int]("count")
func Find[R any](name string) (*Future[R], error) {
	c, err := core.Find(name)
	if err != nil {
		return nil, err
	}
	if _, ok := c.Value().([]R); !ok {
		var want []R
		return nil, c.WrongType(want)
	}
	return &Future[R]{c}, nil
}

// Wait waits until n of the futures are over, or all if there are fewer, and returns those that are and the rest, in
// the order of fs. With pool.Timeout or pool.Context it returns what is over by then.
func Wait[R any](fs []*Future[R], n int, opts ...Option) (over, rest []*Future[R], err error) {
	done, err := core.WaitFor(inner(fs), n, opts)
	for i, f := range fs {
		if done[i] {
			over = append(over, f)
		} else {
			rest = append(rest, f)
		}
	}
	return over, rest, err
}

// AsCompleted ranges over the futures in the order in which they are over.
//
//	for f := range task.AsCompleted(fs) {
//		n, err := f.Get()
//	}
func AsCompleted[R any](fs []*Future[R]) iter.Seq[*Future[R]] {
	return func(yield func(*Future[R]) bool) {
		q := core.Completed(inner(fs))
		defer q.Close()
		for i := q.Next(); i >= 0; i = q.Next() {
			if !yield(fs[i]) {
				return
			}
		}
	}
}

// All waits for all futures and returns their results, in order. If tasks failed the error lists them, and the
// results of the others are there.
func All[R any](fs []*Future[R]) ([]R, error) {
	err := core.All(inner(fs))
	rs := make([]R, len(fs))
	for i, f := range fs {
		rs[i] = f.value()
	}
	return rs, err
}

func inner[R any](fs []*Future[R]) []*core.Future {
	cs := make([]*core.Future, len(fs))
	for i, f := range fs {
		if f != nil {
			cs[i] = f.c
		}
	}
	return cs
}
