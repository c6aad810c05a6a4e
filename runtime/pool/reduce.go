package pool

import "github.com/goherd/goherd/runtime/core"

// MapReduce calls mapper for each x of xs and joins what it returns: where two have a key in common, reducer makes one value
// of theirs. Workers join what they have mapped before they send it, and join each other's, so that little
// travels. The order in which reducer is given values isn't defined.
//
//	counts, err := pool.MapReduce(p, func(text string) map[string]int {
//		m := map[string]int{}
//		for word := range strings.FieldsSeq(text) {
//			m[word]++
//		}
//		return m
//	}, func(a, b int) int { return a + b }, texts)
//
// If items failed, the others are in the result.
func MapReduce[T any, K comparable, V any](p *Pool, mapper func(T) map[K]V, reducer func(V, V) V, xs []T, opts ...Option) (map[K]V, error) {
	parts := make([]map[K]V, len(xs))
	// The first result of a chunk is all of its items', joined; the others stay nil.
	run := func(in []T, out []map[K]V, at *int, fail func(int, error)) {
		for i := *at; i < len(in); i++ {
			*at = i
			out[0] = join(out[0], mapper(in[i]), reducer)
		}
		*at = len(in)
	}
	failed := p.Map(core.Call{Name: "pool.MapReduce", Func: mapper, Run: run, In: xs, Out: parts, Joined: true, Options: opts})
	parts = some(parts)
	for len(parts) > 2 && core.Goes(failed) {
		groups := group(parts, core.FanIn)
		parts = make([]map[K]V, len(groups))
		run := each(func(group []map[K]V) (sum map[K]V) {
			for _, m := range group {
				sum = join(sum, m, reducer)
			}
			return sum
		})
		failed = core.Both(failed, p.Map(core.Call{Name: "pool.MapReduce", Func: reducer, Run: run, In: groups, Out: parts, Options: opts}))
		parts = some(parts)
	}
	sum := map[K]V{}
	for _, m := range parts {
		sum = join(sum, m, reducer)
	}
	return sum, failed
}

// join puts b into a and returns that. If reducer panics a is as it was; b always is.
func join[K comparable, V any](a, b map[K]V, reducer func(V, V) V) map[K]V {
	if b == nil {
		return a
	}
	if a == nil {
		a = make(map[K]V, len(b))
	}
	ks, vs := make([]K, 0, len(b)), make([]V, 0, len(b))
	for k, v := range b {
		if old, ok := a[k]; ok {
			v = reducer(old, v)
		}
		ks, vs = append(ks, k), append(vs, v)
	}
	for i, k := range ks {
		a[k] = vs[i]
	}
	return a
}

// some returns the maps that are there.
func some[K comparable, V any](parts []map[K]V) []map[K]V {
	var there []map[K]V
	for _, m := range parts {
		if m != nil {
			there = append(there, m)
		}
	}
	return there
}

// group returns xs in slices of n.
func group[T any](xs []T, n int) [][]T {
	var groups [][]T
	for len(xs) > n {
		groups = append(groups, xs[:n])
		xs = xs[n:]
	}
	return append(groups, xs)
}

// A partial is what some items of Reduce come to.
type partial[T any] struct {
	some bool
	x    T
}

// Reduce returns f(…f(f(xs[0], xs[1]), xs[2])…, xs[n]), zero for no xs. Workers do neighbours at the
// same time: f must be associative, as + and max are.
//
//	sum, err := pool.Reduce(p, func(a, b int) int { return a + b }, xs)
//
// If f fails for an item, the result is that of the others.
func Reduce[T any](p *Pool, f func(T, T) T, xs []T, opts ...Option) (T, error) {
	in := xs
	for {
		sums := make([]partial[T], len(in))
		run := func(in []T, out []partial[T], at *int, fail func(int, error)) {
			for i := *at; i < len(in); i++ {
				*at = i
				if out[0].some {
					out[0].x = f(out[0].x, in[i])
				} else {
					out[0] = partial[T]{true, in[i]}
				}
			}
			*at = len(in)
		}
		err := p.Map(core.Call{Name: "pool.Reduce", Func: f, Run: run, In: in, Out: sums, Joined: true, Options: opts})
		var next []T
		for _, s := range sums {
			if s.some {
				next = append(next, s.x)
			}
		}
		if len(next) <= core.FanIn || err != nil {
			return finish(f, next), err
		}
		in = next
	}
}

// finish is Reduce for few xs, here.
func finish[T any](f func(T, T) T, xs []T) (sum T) {
	for i, x := range xs {
		if i == 0 {
			sum = x
		} else {
			sum = f(sum, x)
		}
	}
	return sum
}
