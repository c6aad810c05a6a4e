package pool

import (
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/task"
)

// The functions that are sent to workers do one chunk. *at is the number of the item that runs: whoever called
// them learns from it which one panicked, or killed its process, and calls them again to go on behind it.

// each returns what does f on the items of a chunk.
func each[T, R any](f func(T) R) func(in []T, out []R, at *int, fail func(int, error)) {
	return func(in []T, out []R, at *int, fail func(int, error)) {
		for i := *at; i < len(in); i++ {
			*at = i
			out[i] = f(in[i])
		}
		*at = len(in)
	}
}

// eachErr is each for functions that return errors.
func eachErr[T, R any](f func(T) (R, error)) func(in []T, out []R, at *int, fail func(int, error)) {
	return func(in []T, out []R, at *int, fail func(int, error)) {
		for i := *at; i < len(in); i++ {
			*at = i
			if r, err := f(in[i]); err != nil {
				fail(i, err)
			} else {
				out[i] = r
			}
		}
		*at = len(in)
	}
}

// Map returns f(x) for each x of xs, in order.
//
//	ys, err := pool.Map(p, func(x int) int { return x * x }, []int{1, 2, 3})
//
// If items failed, err is an *[Error], their results are zero and the others are there.
func Map[T, R any](p *Pool, f func(T) R, xs []T, opts ...Option) ([]R, error) {
	ys := make([]R, len(xs))
	return ys, p.Map(core.Call{Name: "pool.Map", Func: f, Run: each(f), In: xs, Out: ys, Options: opts})
}

// MapErr is Map for a function that returns errors.
func MapErr[T, R any](p *Pool, f func(T) (R, error), xs []T, opts ...Option) ([]R, error) {
	ys := make([]R, len(xs))
	return ys, p.Map(core.Call{Name: "pool.MapErr", Func: f, Run: eachErr(f), In: xs, Out: ys, Options: opts})
}

// MapAsync is Map that doesn't wait. xs must not be written before the results are there.
func MapAsync[T, R any](p *Pool, f func(T) R, xs []T, opts ...Option) *task.Future[[]R] {
	ys := make([]R, len(xs))
	return task.Of[[]R](p.Start(core.Call{Name: "pool.MapAsync", Func: f, Run: each(f), In: xs, Out: ys, Value: [][]R{ys}, Options: opts}))
}

// MapAsyncErr is MapAsync for a function that returns errors.
func MapAsyncErr[T, R any](p *Pool, f func(T) (R, error), xs []T, opts ...Option) *task.Future[[]R] {
	ys := make([]R, len(xs))
	return task.Of[[]R](p.Start(core.Call{Name: "pool.MapAsyncErr", Func: f, Run: eachErr(f), In: xs, Out: ys, Value: [][]R{ys}, Options: opts}))
}

// A pair is the arguments of a function of two.
type pair[A, B any] struct {
	a A
	b B
}

// A triple is the arguments of a function of three.
type triple[A, B, C any] struct {
	a A
	b B
	c C
}

// Map2 returns f(as[i], bs[i]) for each i. as and bs must be as long as each other.
func Map2[A, B, R any](p *Pool, f func(A, B) R, as []A, bs []B, opts ...Option) ([]R, error) {
	in, err := zip("pool.Map2", as, bs)
	if err != nil {
		return nil, err
	}
	ys := make([]R, len(in))
	run := each(func(x pair[A, B]) R { return f(x.a, x.b) })
	return ys, p.Map(core.Call{Name: "pool.Map2", Func: f, Run: run, In: in, Out: ys, Options: opts})
}

// Map2Err is Map2 for a function that returns errors.
func Map2Err[A, B, R any](p *Pool, f func(A, B) (R, error), as []A, bs []B, opts ...Option) ([]R, error) {
	in, err := zip("pool.Map2Err", as, bs)
	if err != nil {
		return nil, err
	}
	ys := make([]R, len(in))
	run := eachErr(func(x pair[A, B]) (R, error) { return f(x.a, x.b) })
	return ys, p.Map(core.Call{Name: "pool.Map2Err", Func: f, Run: run, In: in, Out: ys, Options: opts})
}

// Map3 returns f(as[i], bs[i], cs[i]) for each i. The three must be as long as each other.
func Map3[A, B, C, R any](p *Pool, f func(A, B, C) R, as []A, bs []B, cs []C, opts ...Option) ([]R, error) {
	in, err := zip3("pool.Map3", as, bs, cs)
	if err != nil {
		return nil, err
	}
	ys := make([]R, len(in))
	run := each(func(x triple[A, B, C]) R { return f(x.a, x.b, x.c) })
	return ys, p.Map(core.Call{Name: "pool.Map3", Func: f, Run: run, In: in, Out: ys, Options: opts})
}

// Map3Err is Map3 for a function that returns errors.
func Map3Err[A, B, C, R any](p *Pool, f func(A, B, C) (R, error), as []A, bs []B, cs []C, opts ...Option) ([]R, error) {
	in, err := zip3("pool.Map3Err", as, bs, cs)
	if err != nil {
		return nil, err
	}
	ys := make([]R, len(in))
	run := eachErr(func(x triple[A, B, C]) (R, error) { return f(x.a, x.b, x.c) })
	return ys, p.Map(core.Call{Name: "pool.Map3Err", Func: f, Run: run, In: in, Out: ys, Options: opts})
}

func zip[A, B any](name string, as []A, bs []B) ([]pair[A, B], error) {
	if err := core.SameLength(name, len(as), len(bs)); err != nil {
		return nil, err
	}
	in := make([]pair[A, B], len(as))
	for i := range in {
		in[i] = pair[A, B]{as[i], bs[i]}
	}
	return in, nil
}

func zip3[A, B, C any](name string, as []A, bs []B, cs []C) ([]triple[A, B, C], error) {
	if err := core.SameLength(name, len(as), len(bs), len(cs)); err != nil {
		return nil, err
	}
	in := make([]triple[A, B, C], len(as))
	for i := range in {
		in[i] = triple[A, B, C]{as[i], bs[i], cs[i]}
	}
	return in, nil
}

// ForEach calls f for each x of xs.
func ForEach[T any](p *Pool, f func(T), xs []T, opts ...Option) error {
	run := func(in []T, out []struct{}, at *int, fail func(int, error)) {
		for i := *at; i < len(in); i++ {
			*at = i
			f(in[i])
		}
		*at = len(in)
	}
	return p.Map(core.Call{Name: "pool.ForEach", Func: f, Run: run, In: xs, Out: make([]struct{}, len(xs)), Options: opts})
}

// ForEachErr is ForEach for a function that returns an error.
func ForEachErr[T any](p *Pool, f func(T) error, xs []T, opts ...Option) error {
	run := func(in []T, out []struct{}, at *int, fail func(int, error)) {
		for i := *at; i < len(in); i++ {
			*at = i
			if err := f(in[i]); err != nil {
				fail(i, err)
			}
		}
		*at = len(in)
	}
	return p.Map(core.Call{Name: "pool.ForEachErr", Func: f, Run: run, In: xs, Out: make([]struct{}, len(xs)), Options: opts})
}

// Go begins f in a worker and returns what its result will be in.
//
//	f := pool.Go(p, func() int { return heavy(7) })
//	n, err := f.Get()
func Go[R any](p *Pool, f func() R, opts ...Option) *task.Future[R] {
	return task.Of[R](p.Start(task.Call("pool.Go", f, opts)))
}

// GoErr is Go for a function that returns an error.
func GoErr[R any](p *Pool, f func() (R, error), opts ...Option) *task.Future[R] {
	return task.Of[R](p.Start(task.CallErr("pool.GoErr", f, opts)))
}
