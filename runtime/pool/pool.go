// Package pool runs functions in parallel: in worker processes, or in goroutines.
//
//	p, err := pool.New(4)                      // four worker processes
//	ys, err := pool.Map(p, square, []int{1, 2, 3})
//
//	for page, err := range pool.Stream(p, fetch, urls) { … }
//	f := pool.Go(p, func() int { return heavy(7) })
//	n, err := f.Get()
//
// Any function will do: one of another cell, a literal, a method value. In worker processes it runs on copies of
// what it captures and of its arguments: what it writes there stays there, which is warned of. Worker processes use
// all processors, are ended one by one if they take too much memory, and a crash in them
// doesn't touch the session. Goroutines share the session's memory, cost nothing to start, and suit what waits:
// for a network, a disk, another program.
//
// Items that fail don't keep others from being done. The results of those come with an *[Error] that lists what
// failed, where and why; errors.As finds the errors that the function returned. A panic is such a failure.
//
// A call ends when its cell is interrupted, and so does what it does in the workers. Pools live as
// long as the session.
package pool

import (
	"context"
	"time"

	"github.com/goherd/goherd/runtime/core"
)

// A Pool is a number of workers. Its methods may be called from any goroutine.
type Pool = core.Pool

// An Option changes how a pool or a call works. Options of calls can also be given to New, as what goes for all calls.
type Option = core.Option

// An Error says which items of a call failed. It unwraps to what they failed with.
type Error = core.Error

// An ItemError says how one item failed, and where. It unwraps to the error that the function returned.
type ItemError = core.ItemError

// A Status says what a pool does.
type Status = core.PoolStatus

// ErrClosed is the cause where a pool was used after Close or Kill.
var ErrClosed = core.ErrClosed

// New makes a pool of n workers, which are processes unless Goroutines is among the options. With n = 0 there
// are as many as the machine, or the control group that this runs in, has processors: right for work that computes.
// [Advise] tells more.
//
// New with the Name of a pool that the session has returns that, with n workers.
func New(n int, opts ...Option) (*Pool, error) { return core.NewPool(n, opts) }

// Goroutines makes a pool of goroutines of this process: pool.New(4, pool.Goroutines).
var Goroutines = core.Goroutines()

// Quiet leaves out the progress bar and advice.
var Quiet = core.Quiet()

// Unordered makes Stream hand out results as they come.
var Unordered = core.Unordered()

// Name names a pool, for messages and so that a cell that runs again finds its pool.
func Name(name string) Option { return core.Name(name) }

// MemoryLimit bounds the memory of each worker process: "500MB". One that takes more is ended,
// and the item that it ran fails.
func MemoryLimit(size string) Option { return core.MemoryLimit(size) }

// MaxTasks replaces each worker process after n chunks, for functions that leak.
func MaxTasks(n int) Option { return core.MaxTasks(n) }

// Init runs f once in each worker process before its first task. What it sets of the session's variables stays set in the
// worker, whatever it is in the session:
//
//	var db *sql.DB
//	p, err := pool.New(4, pool.Init(func() (err error) { db, err = sql.Open("sqlite", "data.db"); return err }))
//
// In a pool of goroutines it runs once, in New.
func Init(f func() error) Option {
	return core.Init(core.Call{Name: "pool.Init", Func: f, Run: func(in []struct{}, out []struct{}, at *int, fail func(int, error)) {
		if err := f(); err != nil {
			fail(*at, err)
		}
		*at = len(in)
	}, In: make([]struct{}, 1), Out: make([]struct{}, 1)})
}

// Chunk fixes how many items go to a worker at once. Without it they are as many as take some milliseconds.
func Chunk(n int) Option { return core.Chunk(n) }

// Context ends a call when ctx is done: items that aren't done fail with its error.
func Context(ctx context.Context) Option { return core.Context(ctx) }

// Timeout ends a call after d.
func Timeout(d time.Duration) Option { return core.Timeout(d) }

// ItemTimeout ends an item that takes longer than d, which fails. The other items go on.
func ItemTimeout(d time.Duration) Option { return core.ItemTimeout(d) }

// Retries tries an item that failed again, n times at most.
func Retries(n int) Option { return core.Retries(n) }

// Backoff waits d before the first retry of an item, and factor times as long before each that follows.
func Backoff(d time.Duration, factor float64) Option { return core.Backoff(d, factor) }

// RetryIf says which errors are worth a retry; the others are final. It runs where the call was made.
func RetryIf(f func(error) bool) Option { return core.RetryIf(f) }

// Deaths says how often an item is tried again whose worker died from outside while it ran: once, unless
// this option says otherwise. An item that kills its worker itself is not tried again.
func Deaths(n int) Option { return core.Deaths(n) }

// Priority makes a call go before those of a lower priority, which is 0 without this option.
func Priority(n int) Option { return core.Priority(n) }

// Load says what a function does most of its time.
type Load = core.Load

// What functions do most of their time.
const (
	CPUBound = core.CPUBound // compute
	IOBound  = core.IOBound  // wait
	Mixed    = core.Mixed
)

// Advise returns which pool suits a kind of work on this machine: how many workers, of what kind, and why.
//
//	pool.Advise(pool.IOBound)
func Advise(load Load) core.Advice { return core.Advise(load) }
