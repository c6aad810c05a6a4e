package sync

import "sync"

func OnceValue[T any](f func() T) func() T {
	var v T
	run := sync.OnceFunc(func() { v = f() })
	return func() T {
		run()
		return v
	}
}

func OnceValues[T1, T2 any](f func() (T1, T2)) func() (T1, T2) {
	var v T1
	var w T2
	run := sync.OnceFunc(func() { v, w = f() })
	return func() (T1, T2) {
		run()
		return v, w
	}
}
