package pool

import "github.com/goherd/goherd/runtime/core"

// A Comparison is what Compare measured. As the last value of a cell it is shown as bars.
type Comparison = core.Comparison

// Compare calls f for each x of xs three times: in a plain loop, in a pool of goroutines and in one of worker
// processes. It returns how long each took, and what to use. Workers and Chunk fix what is measured otherwise.
//
//	pool.Compare(f, xs)
func Compare[T, R any](f func(T) R, xs []T, opts ...Option) (*Comparison, error) {
	return core.Compare(core.Call{Name: "pool.Compare", Func: f, Run: each(f), In: xs, Out: make([]R, len(xs)), Options: opts})
}
