//go:build unix

package core_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/goherd/goherd/runtime/core"
)

// What workers run. A call names the function twice: as the user's and as that of chunks.

func each[T, R any](f func(T) (R, error), in []T, out []R, at *int, fail func(int, error)) {
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

type chunkOf[T, R any] = func(in []T, out []R, at *int, fail func(int, error))

var functions = map[string]any{
	"squares": squares, "parses": parses, "exits": exits, "dies": dies, "diesOnce": diesOnce, "sleeps": sleeps, "twices": twices, "nests": nests,
	"panics": panics, "tries": tries, "maps": maps, "holds": holds,
	"inits": inits, "knows": knows, "specials": specials,
}

func squares(in []int, out []int, at *int, fail func(int, error)) {
	each(func(x int) (int, error) { return x * x, nil }, in, out, at, fail)
}

type badItem struct{ X int }

func (e *badItem) Error() string { return "bad item " + strconv.Itoa(e.X) }

func parses(in []int, out []int, at *int, fail func(int, error)) {
	each(func(x int) (int, error) {
		switch {
		case x == 5:
			return 0, &badItem{x}
		case x == 6:
			return 0, fmt.Errorf("parse: %w", io.EOF)
		case x == 7:
			return 0, errors.Join(errors.New("one"), errors.New("two"))
		}
		return x, nil
	}, in, out, at, fail)
}

func panics(in []int, out []int, at *int, fail func(int, error)) {
	each(func(x int) (int, error) {
		if x%10 == 3 {
			panic("three")
		}
		return x, nil
	}, in, out, at, fail)
}

// exits ends its process at the negative of an exit code.
func exits(in []int, out []int, at *int, fail func(int, error)) {
	each(func(x int) (int, error) {
		if x < 0 {
			os.Exit(-x)
		}
		return x, nil
	}, in, out, at, fail)
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	time.Sleep(time.Minute)
}

// dies is killed at 13.
func dies(in []int, out []int, at *int, fail func(int, error)) {
	each(func(x int) (int, error) {
		if x == 13 {
			die()
		}
		return x, nil
	}, in, out, at, fail)
}

// diesOnce is killed by an item that is the name of a file, which it removes.
func diesOnce(in []string, out []int, at *int, fail func(int, error)) {
	each(func(x string) (int, error) {
		if x != "" && os.Remove(x) == nil {
			die()
		}
		return len(x), nil
	}, in, out, at, fail)
}

func sleeps(in []int, out []int, at *int, fail func(int, error)) {
	each(func(ms int) (int, error) {
		select {
		case <-time.After(time.Duration(ms) * time.Millisecond):
		case <-core.TaskContext().Done():
		}
		return ms, nil
	}, in, out, at, fail)
}

// holds takes no notice of anything.
func holds(in []int, out []int, at *int, fail func(int, error)) {
	each(func(ms int) (int, error) {
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return ms, nil
	}, in, out, at, fail)
}

// twices is for large items.
func twices(in [][]float64, out [][]float64, at *int, fail func(int, error)) {
	each(func(xs []float64) ([]float64, error) {
		ys := make([]float64, len(xs))
		for i, x := range xs {
			ys[i] = 2 * x
		}
		return ys, nil
	}, in, out, at, fail)
}

// tries fails so many times.
func tries(in []int, out []int, at *int, fail func(int, error)) {
	each(func(x int) (int, error) {
		if core.Attempt() <= x {
			return 0, errors.New("not yet")
		}
		return core.Attempt(), nil
	}, in, out, at, fail)
}

var known string

// inits is what a worker begins with.
func inits(in []struct{}, out []struct{}, at *int, fail func(int, error)) { known = "begun"; *at = 1 }

func knows(in []int, out []string, at *int, fail func(int, error)) {
	each(func(int) (string, error) { return known, nil }, in, out, at, fail)
}

// A special has a type that workers know when they were told of it.
type special struct{ N int }

func specials(in []any, out []any, at *int, fail func(int, error)) {
	each(func(x any) (any, error) {
		if s, ok := x.(special); ok {
			return special{2 * s.N}, nil
		}
		return x, nil
	}, in, out, at, fail)
}

func maps(in []int, out []map[int]int, at *int, fail func(int, error)) {
	for i := *at; i < len(in); i++ {
		*at = i
		if out[0] == nil {
			out[0] = map[int]int{}
		}
		out[0][in[i]%3]++
	}
	*at = len(in)
}

// nests calls squares in the pool that it runs in itself.
func nests(in []*core.Pool, out []int, at *int, fail func(int, error)) {
	each(func(p *core.Pool) (int, error) {
		ys := make([]int, 3)
		err := p.Map(call(squares, []int{1, 2, 3}, ys))
		return ys[0] + ys[1] + ys[2], err
	}, in, out, at, fail)
}

func call[T, R any](f chunkOf[T, R], in []T, out []R, opts ...core.Option) core.Call {
	return core.Call{Name: "pool.Map", Func: f, Run: f, In: in, Out: out, Options: opts}
}
