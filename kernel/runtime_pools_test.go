//go:build unix

package kernel_test

import (
	"strconv"
	"strings"
	"testing"
)

// pids returns the processes of the n workers of a pool. They may have to start yet.
const pids = `func pids(p *pool.Pool, n int) (out []int) {
	for range 100 {
		more, err := pool.Map(p, func(int) int { time.Sleep(20 * time.Millisecond); return os.Getpid() }, make([]int, n), pool.Chunk(1), pool.Quiet)
		if err != nil {
			panic(err)
		}
		slices.Sort(more)
		if out = slices.Compact(more); len(out) == n {
			break
		}
	}
	return out
}`

// numbers reads the numbers of a result: "[]int{1, 2}".
func numbers(t *testing.T, text string) (out []int) {
	t.Helper()
	_, text, _ = strings.Cut(strings.TrimSuffix(text, "}"), "{")
	for s := range strings.SplitSeq(text, ", ") {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(text, err)
		}
		out = append(out, n)
	}
	return out
}

// The life of a pool: as many workers as it is told, what they do first, when they are replaced, its end.
func TestRuntimePools(t *testing.T) {
	f := start(t)
	gives(f,
		pids, "",
		"p, err := pool.New(2, pool.Quiet)", "",
		"pool.New(-1)", "error: …: pool.New(-1): a pool has at least one worker…",
		"before := pids(p, 2)\nlen(before)", "2",
		"fmt.Sprint(slices.Equal(pids(p, 2), before), slices.Contains(before, os.Getpid()))", `"true false"`, // kept, and not the interpreter

		// Resized, also while it works.
		"p.Resize(3)", "",
		"len(pids(p, 3))", "3",
		"work := pool.MapAsync(p, func(x int) int { time.Sleep(20 * time.Millisecond); return x }, make([]int, 30), pool.Chunk(1), pool.Quiet)\n_ = p.Resize(1)\nys, err := work.Get()\nfmt.Sprint(len(ys), err)", `"30 <nil>"`,
		"at, err := pool.Map(p, func(x int) int { time.Sleep(20 * time.Millisecond); return os.Getpid() }, make([]int, 3), pool.Chunk(1), pool.Quiet)\nslices.Sort(at)\nlen(slices.Compact(at))", "1",
		"p.Resize(0)", "error: …: …a pool has at least one worker",

		// A pool with a name is found again.
		"a, err := pool.New(2, pool.Name(\"crew\"), pool.Quiet)\ncrew := pids(a, 2)", "",
		"b, err := pool.New(2, pool.Name(\"crew\"), pool.Quiet)\nslices.Equal(pids(b, 2), crew)", "true",

		// Close waits for what was begun; after it there is a clear error.
		"work = pool.MapAsync(p, func(x int) int { time.Sleep(10 * time.Millisecond); return x }, []int{1, 2, 3}, pool.Chunk(1))\n_ = p.Close()\nwork.Get()", "[]int{1, 2, 3}",
		"pool.Map(p, func(x int) int { return x }, []int{1})", "error: …: pool.Map: …the pool is closed: pool.New makes another",
		"_, err = pool.Go(p, func() int { return 1 }).Get()\nerrors.Is(err, pool.ErrClosed)", "true",
		"p.Resize(2)", "error: …the pool is closed",
		"p.Close()", "",

		// Kill doesn't wait.
		"work = pool.MapAsync(b, func(x int) int { time.Sleep(time.Hour); return x }, []int{1, 2, 3}, pool.Chunk(1))\ntime.Sleep(50 * time.Millisecond)\n_ = b.Kill()\n_, err = work.Get()\nerr.Error()", "…pool…killed…",
		"pool.Map(a, func(x int) int { return x }, []int{1})", "error: …: pool.Map: …clos…",

		// Each worker is made ready by Init, and replaced after MaxTasks.
		"var where string\nq, err := pool.New(1, pool.Quiet, pool.MaxTasks(2), pool.Init(func() error {\n\twhere = fmt.Sprint(\"set in \", os.Getpid())\n\treturn nil\n}))", "",
		"who, err := pool.Map(q, func(x int) string { return fmt.Sprint(where == fmt.Sprint(\"set in \", os.Getpid()), \" \", os.Getpid()) }, []int{1, 2, 3, 4, 5}, pool.Chunk(1))\nslices.Sort(who)\nfmt.Sprint(err, len(slices.Compact(who)), who[0][:5])", `"<nil> 3true "`,
		"where", `""`,
		"bad, err := pool.New(2, pool.Quiet, pool.Init(func() error { return errors.New(\"no database\") }))\n_, err = pool.Map(bad, func(x int) int { return x }, []int{1, 2, 3})\nerr.Error()", "…Init failed: no database…",
	)
}
