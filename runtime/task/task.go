// Package task runs single functions in parallel, as tasks that say what they need, and has the futures that their
// results come in.
//
//	f := task.Go(func() int { return heavy(7) }, task.Memory("500MB"), task.Retries(3))
//	g := task.Go(func() int { n, err := f.Get(); … })    // begins when f is done
//	n, err := g.Get()
//
// A task runs in a worker process, on copies of what its function captures. There are as many workers as
// the machine has room for: a task takes one processor unless it says otherwise. A future that a function
// captures, or that is in its arguments, is waited for before the task begins, and is ready in it.
//
// What many items are to be given to one function for is package pool.
package task

import (
	"context"
	"time"

	"github.com/goherd/goherd/runtime/core"
)

// An Option says what a task needs and how it is run. Context, ItemTimeout, Priority and Quiet of package pool are
// options of tasks, too.
type Option = core.Option

// An Error says how a task failed, and where. It unwraps to the error that the function returned.
type Error = core.ItemError

// Go begins f as a task and returns what its result will be in.
func Go[R any](f func() R, opts ...Option) *Future[R] {
	return Of[R](core.Tasks().Start(Call("task.Go", f, opts)))
}

// GoErr is Go for a function that returns an error.
func GoErr[R any](f func() (R, error), opts ...Option) *Future[R] {
	return Of[R](core.Tasks().Start(CallErr("task.GoErr", f, opts)))
}

// Call is for package pool. It returns the call that runs f.
func Call[R any](name string, f func() R, opts []Option) core.Call {
	run := func(in []struct{}, out []R, at *int, fail func(int, error)) {
		out[0] = f()
		*at = 1
	}
	out := make([]R, 1)
	return core.Call{Name: name, Func: f, Run: run, Shared: calls[R], In: make([]struct{}, 1), Out: out, Value: out, One: true, Options: opts}
}

// calls does calls whose functions are the items.
func calls[R any](in []core.Shipped, out []R, at *int, fail func(int, error)) {
	for i := *at; i < len(in); i++ {
		*at = i
		out[i] = in[i].Func().(func() R)()
	}
	*at = len(in)
}

// callsErr is calls for functions that return errors.
func callsErr[R any](in []core.Shipped, out []R, at *int, fail func(int, error)) {
	for i := *at; i < len(in); i++ {
		*at = i
		if r, err := in[i].Func().(func() (R, error))(); err != nil {
			fail(i, err)
		} else {
			out[i] = r
		}
	}
	*at = len(in)
}

// CallErr is Call for a function that returns an error.
func CallErr[R any](name string, f func() (R, error), opts []Option) core.Call {
	run := func(in []struct{}, out []R, at *int, fail func(int, error)) {
		if r, err := f(); err != nil {
			fail(0, err)
		} else {
			out[0] = r
		}
		*at = 1
	}
	out := make([]R, 1)
	return core.Call{Name: name, Func: f, Run: run, Shared: callsErr[R], In: make([]struct{}, 1), Out: out, Value: out, One: true, Options: opts}
}

// CPUs says how many processors a task keeps busy: 1 without this option. 0 is for a task that only waits.
func CPUs(n float64) Option { return core.CPUs(n) }

// GPUs says how many graphics processors a task needs. A half is one that it shares with another.
func GPUs(n float64) Option { return core.GPUs(n) }

// Memory says how much memory a task needs: "500MB". It begins when that is there.
func Memory(size string) Option { return core.Memory(size) }

// Resource says how much a task needs of something that cluster.Init was told of.
func Resource(name string, n float64) Option { return core.Resource(name, n) }

// Retries tries a task that failed again, n times at most.
func Retries(n int) Option { return core.Retries(n) }

// Backoff waits d before the first retry, and factor times as long before each that follows.
func Backoff(d time.Duration, factor float64) Option { return core.Backoff(d, factor) }

// RetryIf says which errors are worth a retry; the others are final. It runs where the task was begun.
func RetryIf(f func(error) bool) Option { return core.RetryIf(f) }

// Timeout ends each attempt that takes longer than d, which has failed then.
func Timeout(d time.Duration) Option { return core.TaskTimeout(d) }

// Name names a task, for messages and for Find.
func Name(name string) Option { return core.Name(name) }

// Deaths says how often a task is tried again whose worker died from outside: once, unless this option says
// otherwise. A task that kills its worker itself is not tried again.
func Deaths(n int) Option { return core.Deaths(n) }

// Context returns the context of the running task, for what takes one: it is done when the task is
// cancelled or its time is over. Outside of tasks it is context.Background.
func Context() context.Context { return core.TaskContext() }

// Attempt says how often the running task was begun: 1 at the first time. It is 0 outside of tasks.
func Attempt() int { return core.Attempt() }
