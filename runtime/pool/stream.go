package pool

import (
	"iter"

	"github.com/goherd/goherd/runtime/core"
)

// Stream returns a sequence of f(x) for the x of xs, which may have no end: xs is asked for no more than the workers
// need to be busy, in the goroutine that ranges over the results. They come in order, or with Unordered as they are
// done. Leaving the loop ends the work.
//
//	for y, err := range pool.Stream(p, f, slices.Values(xs)) {
//		if err != nil { … }   // of this item: the next ones come
//	}
func Stream[T, R any](p *Pool, f func(T) R, xs iter.Seq[T], opts ...Option) iter.Seq2[R, error] {
	return stream[T, R](p, core.Call{Name: "pool.Stream", Func: f, Run: each(f), Options: opts}, xs)
}

// StreamErr is Stream for a function that returns errors.
func StreamErr[T, R any](p *Pool, f func(T) (R, error), xs iter.Seq[T], opts ...Option) iter.Seq2[R, error] {
	return stream[T, R](p, core.Call{Name: "pool.StreamErr", Func: f, Run: eachErr(f), Options: opts}, xs)
}

func stream[T, R any](p *Pool, c core.Call, xs iter.Seq[T]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		s, err := p.Stream(c)
		if err != nil {
			var zero R
			yield(zero, err)
			return
		}
		defer s.Close()
		// hand gives the results of a chunk out.
		hand := func(c *core.Done) bool {
			for i, r := range c.Out.([]R) {
				if !yield(r, c.Err(i)) {
					return false
				}
			}
			return true
		}
		var in []T
		for x := range xs {
			if in = append(in, x); s.More(len(in)) {
				continue
			}
			s.Put(in, make([]R, len(in)))
			in = nil
			for c := s.Next(false); c != nil; c = s.Next(false) {
				if !hand(c) {
					return
				}
			}
			if s.Over() {
				break
			}
		}
		if len(in) > 0 {
			s.Put(in, make([]R, len(in)))
		}
		for c := s.Next(true); c != nil; c = s.Next(true) {
			if !hand(c) {
				return
			}
		}
		if err := s.Err(); err != nil {
			var zero R
			yield(zero, err)
		}
	}
}
