package iter

import "iter"

// pull runs a sequence in its own coroutine, whose values go through variables.
func pull(seq func(yield func() bool)) (next func() bool, stop func())

func Pull[V any](seq iter.Seq[V]) (next func() (V, bool), stop func()) {
	var v V
	step, stop := pull(func(yield func() bool) {
		seq(func(x V) bool {
			v = x
			return yield()
		})
	})
	return func() (V, bool) {
		var x, zero V
		ok := step()
		if ok {
			x, v = v, zero
		}
		return x, ok
	}, stop
}

func Pull2[K, V any](seq iter.Seq2[K, V]) (next func() (K, V, bool), stop func()) {
	var k K
	var v V
	step, stop := pull(func(yield func() bool) {
		seq(func(x K, y V) bool {
			k, v = x, y
			return yield()
		})
	})
	return func() (K, V, bool) {
		var x, noKey K
		var y, noValue V
		ok := step()
		if ok {
			x, y, k, v = k, v, noKey, noValue
		}
		return x, y, ok
	}, stop
}
