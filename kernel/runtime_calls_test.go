//go:build unix

package kernel_test

import (
	"fmt"
	"strings"
	"testing"
)

// both are the options of a pool of processes and of one of goroutines.
var both = []string{"", ", pool.Goroutines"}

// The calls of package pool, in processes and in goroutines.
func TestRuntimeCalls(t *testing.T) {
	for _, kind := range both {
		f := start(t)
		gives(f,
			"p, err := pool.New(2, pool.Quiet"+kind+")", "",
			"type in struct{ X int }\ntype out struct {\n\tY string\n\tin in\n}", "",
			"pool.Map2(p, func(a in, b int) out { return out{fmt.Sprint(a.X * b), a} }, []in{{1}, {2}}, []int{3, 4})", `[]out{{Y: "3", in: in{X: 1}}, {Y: "8", in: in{X: 2}}}`,
			"pool.Map2(p, func(a, b int) int { return a }, []int{1, 2}, []int{3})", "error: …: pool.Map2: the slices are of different lengths: …",
			"pool.Map3(p, func(a int, b string, c float64) string { return fmt.Sprint(a, b, c) }, []int{1, 2}, []string{\"x\", \"y\"}, []float64{.5, 1.5})", `[]string{"1x0.5", "2y1.5"}`,
			"pool.Map(p, func(x int) int { return x }, []int{})", "[]int{}",
			"pool.Map(p, func(x int) int { return x }, nil)", "[]int{}",
			"pool.Map(p, (func(int) int)(nil), []int{1})", "error: …: pool.Map: the function is nil",
			"pool.Map((*pool.Pool)(nil), strings.ToUpper, []string{\"a\"})", "error: …: pool.Map: the pool is nil: pool.New makes one",

			// Many items, in order and all of them.
			"xs := make([]int, 1_000_000)\nfor i := range xs {\n\txs[i] = i\n}\nys, err := pool.Map(p, func(x int) int { return x + 1 }, xs)\nwrong := 0\nfor i, y := range ys {\n\tif y != i+1 {\n\t\twrong++\n\t}\n}\nfmt.Sprint(len(ys), wrong, err)", `"1000000 0 <nil>"`,
			"pool.Reduce(p, func(a, b int) int { return a + b }, xs[:100_001])", "5000050000",
			"pool.Reduce(p, func(a, b string) string { return a + b }, strings.Split(\"the order of items stays\", \"\"), pool.Chunk(2))", `"the order of items stays"`,
			"pool.Reduce(p, func(a, b int) int { return a + b }, nil)", "0",
			`counts, err := pool.MapReduce(p, func(text string) map[string]int {
	m := map[string]int{}
	for w := range strings.FieldsSeq(text) {
		m[w]++
	}
	return m
}, func(a, b int) int { return a + b }, slices.Repeat([]string{"a b a", "b c", "a"}, 200))
counts`, `map[string]int{"a": 600, "b": 400, "c": 200}`,

			// Errors of some items leave the results of the others.
			"oneBad := func(x int) (int, error) {\n\tif x == 5 {\n\t\treturn 0, io.ErrUnexpectedEOF\n\t}\n\treturn x * x, nil\n}", "",
			"ys, err := pool.MapErr(p, oneBad, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})\nfmt.Sprint(ys, errors.Is(err, io.ErrUnexpectedEOF))", `"[1 4 9 16 0 36 49 64 81 100] true"`,
			"ys, err := pool.Map2Err(p, func(a, b int) (int, error) { return oneBad(a + b) }, []int{1, 2, 3}, []int{1, 3, 3})\nvar item *pool.ItemError\nfmt.Sprint(ys, errors.As(err, &item), item.Item, item.Value, item.Attempt)", `"[4 0 36] true 1{2 3}1"`,
			"ys, err := pool.Map3Err(p, func(a, b, c int) (int, error) { return oneBad(a + b + c) }, []int{1}, []int{2}, []int{2})\nfmt.Sprint(ys, err != nil)", `"[0] true"`,
			"errors.Is(pool.ForEachErr(p, func(x int) error { return context.Canceled }, []int{1, 2}), context.Canceled)", "true",
			"ys, err := pool.MapAsyncErr(p, oneBad, []int{4, 5}).Get()\nfmt.Sprint(ys, errors.Is(err, io.ErrUnexpectedEOF))", `"[16 0] true"`,
			"total, err := pool.Reduce(p, func(a, b int) int {\n\tif b == 3 {\n\t\tpanic(\"three\")\n\t}\n\treturn a + b\n}, []int{1, 2, 3, 4, 5}, pool.Chunk(5))\nerr != nil", "true",

			"async := pool.MapAsync(p, func(x int) int { return x + 1 }, []int{1, 2, 3})\nys, err := async.Get()\nfmt.Sprint(ys, err)", `"[2 3 4] <nil>"`,

			// Retries, of what failed only.
			"asked := 0\nflaky := func(x int) (int, error) {\n\tif x > 1 && task.Attempt() < 3 {\n\t\treturn 0, io.EOF\n\t}\n\treturn 10*x + task.Attempt(), nil\n}", "",
			"pool.MapErr(p, flaky, []int{1, 2, 3}, pool.Retries(5), pool.Backoff(time.Millisecond, 2), pool.RetryIf(func(err error) bool { asked++; return errors.Is(err, io.EOF) }))", "[]int{11, 23, 33}",
			"asked", "4",
			"_, err = pool.MapErr(p, flaky, []int{2}, pool.Retries(1))\nerrors.As(err, &item)\nitem.Attempt", "2",
			"_, err = pool.MapErr(p, flaky, []int{2}, pool.Retries(5), pool.RetryIf(func(err error) bool { return !errors.Is(err, io.EOF) }))\nerrors.As(err, &item)\nitem.Attempt", "1",
		)
	}
}

// Streams are lazy: they take no more of their input than workers need, and end with the loop.
func TestRuntimeStream(t *testing.T) {
	for _, kind := range both {
		f := start(t)
		gives(f,
			"p, err := pool.New(2, pool.Quiet"+kind+")", "",
			"pulled, ended := 0, false\nfunc naturals(yield func(int) bool) {\n\tdefer func() { ended = true }()\n\tfor i := 0; ; i++ {\n\t\tpulled++\n\t\tif !yield(i) {\n\t\t\treturn\n\t\t}\n\t}\n}", "",
			"func first(n int, opts ...pool.Option) (ys []int) {\n\tfor y, err := range pool.Stream(p, func(x int) int { time.Sleep(time.Millisecond); return x * x }, naturals, opts...) {\n\t\tif err != nil {\n\t\t\tpanic(err)\n\t\t}\n\t\tif ys = append(ys, y); len(ys) == n {\n\t\t\tbreak\n\t\t}\n\t}\n\treturn ys\n}", "",
			"first(8)", "[]int{0, 1, 4, 9, 16, 25, 36, 49}",
			"fmt.Sprint(ended, pulled >= 8, pulled < 1000)", `"true true true"`,
			"pulled = 0\nfirst(8, pool.Chunk(1))", "[]int{0, 1, 4, 9, 16, 25, 36, 49}",
			"pulled >= 8 && pulled <= 40", "true",

			// With Unordered they come as they are done: the first is the slowest.
			"order := []int{}\nfor y, err := range pool.Stream(p, func(x int) int {\n\ttime.Sleep(time.Duration(x) * time.Millisecond)\n\treturn x\n}, slices.Values([]int{300, 1, 2}), pool.Unordered, pool.Chunk(1)) {\n\tif err == nil {\n\t\torder = append(order, y)\n\t}\n}\norder", "[]int{1, 2, 300}",

			// An item that failed is one of the results, and the next ones come.
			"texts := []string{}\nfor y, err := range pool.StreamErr(p, func(x int) (int, error) {\n\tif x == 2 {\n\t\treturn 0, errors.New(\"no two\")\n\t}\n\treturn x, nil\n}, slices.Values([]int{1, 2, 3})) {\n\tvar item *pool.ItemError\n\tif errors.As(err, &item) {\n\t\ttexts = append(texts, fmt.Sprint(item.Item, \": \", item.Err))\n\t} else {\n\t\ttexts = append(texts, fmt.Sprint(y, err))\n\t}\n}\ntexts", `[]string{"1 <nil>", "1: no two", "3 <nil>"}`,

			// An empty one, and a panic of the input.
			"for range pool.Stream(p, func(x int) int { return x }, slices.Values([]int{})) {\n\tpanic(\"nothing was to come\")\n}", "",
			"for range pool.Stream(p, func(x int) int { return x }, func(yield func(int) bool) { panic(\"in the input\") }) {\n}", "error: panic: in the input",
			"pool.Map(p, func(x int) int { return x }, []int{7})", "[]int{7}",
		)
		// The work of a stream that was left is ended: its workers are free.
		f.Run("for range pool.Stream(p, func(x int) int {\n\tif x > 0 {\n\t\ttime.Sleep(time.Hour)\n\t}\n\treturn x\n}, naturals, pool.Chunk(1)) {\n\tbreak\n}")
		gives(f, "pool.Map(p, func(x int) int { return x }, []int{7, 8})", "[]int{7, 8}")
	}
}

func TestRuntimeFutures(t *testing.T) {
	for _, kind := range both {
		f := start(t)
		gives(f,
			"p, err := pool.New(2, pool.Quiet"+kind+")", "",
			"type out struct{ Y string }\ng := pool.Go(p, func() out { return out{\"a\"} })", "",
			"g.Get()", `out{Y: "a"}`,
			"g.Get()", `out{Y: "a"}`,
			"fmt.Sprint(g)", `"pool.Go…: {\"a\"}"`,
			"bad := pool.GoErr(p, func() (int, error) { return 7, fmt.Errorf(\"bad: %w\", io.EOF) })", "",
			"_, err = bad.Get()\nfmt.Sprint(errors.Is(err, io.EOF))", `"true"`,
			"bad.Get()", "error: …: a func literal (cell [6], line 1): bad: EOF…",

			// A future that a function captures, or gets, is there when it runs.
			"slow := pool.Go(p, func() int { time.Sleep(50 * time.Millisecond); return 5 })\nafter := pool.Go(p, func() int { return 2 * slow.MustGet() })\nlast := pool.Go(p, func() int { return after.MustGet() + slow.MustGet() })\nlast.Get()", "15",
			"pool.Map(p, func(f *task.Future[int]) int { return f.MustGet() + 1 }, []*task.Future[int]{slow, after})", "[]int{6, 11}",

			// The first n, in the order of completion, all.
			"fs := []*task.Future[int]{}\nfor i := range 2 {\n\tfs = append(fs, pool.Go(p, func() int { time.Sleep(time.Duration(400*(1-i)) * time.Millisecond); return i }))\n}\nover, rest, err := task.Wait(fs, 1)\nfmt.Sprint(len(over), len(rest), over[0] == fs[1], err)", `"1 1 true <nil>"`,
			"over, rest, err = task.Wait(fs, 2, pool.Timeout(time.Millisecond))\nfmt.Sprint(len(rest) > 0, err)", `"true <nil>"`,
			"got := []int{}\nfor f := range task.AsCompleted(fs) {\n\tgot = append(got, f.MustGet())\n}\ngot", "[]int{1, 0}",
			"task.All(fs)", "[]int{0, 1}",
			"xs, err := task.All([]*task.Future[int]{fs[1], bad, slow})\nfmt.Sprint(xs, errors.Is(err, io.EOF))", `"[1 0 5] true"`,

			// Not waiting longer than one likes, and cancelling.
			"endless := pool.Go(p, func() int {\n\tfor i := 0; ; i++ {\n\t\tif i < 0 {\n\t\t\treturn i\n\t\t}\n\t}\n})\nctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)\n_, err = endless.GetContext(ctx)\ncancel()\nerrors.Is(err, context.DeadlineExceeded)", "true",
			"endless.Cancel()\n_, err = endless.Get()\nerrors.Is(err, context.Canceled)", "true",
			"select {\ncase <-endless.Done():\n\tfmt.Print(\"done\")\ndefault:\n\tfmt.Print(\"not done\")\n}", "stdout: done",
			"endless.Cancel()", "",
			"pool.Go(p, func() int { return 3 }).Get()", "3",

			// Callbacks.
			"called := make(chan string, 2)\npool.Go(p, func() int { time.Sleep(10 * time.Millisecond); return 5 }).OnDone(func(n int, err error) { called <- fmt.Sprint(n, err) })\n<-called", `"5 <nil>"`,
			"bad.OnDone(func(n int, err error) { called <- fmt.Sprint(errors.Is(err, io.EOF)) })\n<-called", `"true"`,
			"new(task.Future[int]).Get()", "error: …: the future is empty: no task belongs to it",
		)
		// What needs a future that failed, fails with its cause.
		if kind == "" {
			gives(f,
				"needs := pool.Go(p, func() int { return bad.MustGet() })\n_, err = needs.Get()\nerrors.Is(err, io.EOF)", "true",
				"needs.Get()", "error: …: a func literal (cell […], line 1)…needs bad (pool.GoErr…), which failed: …bad: EOF…",
				"pool.Map(p, func(f *task.Future[int]) int { return f.MustGet() }, []*task.Future[int]{slow, bad})", "error: …item 1 (value …) of a func literal (cell […], line 1) needs pool.GoErr…, which failed: …bad: EOF…",
			)
		}
	}
}

// A function that takes long keeps no other from being done, as long as there is a worker, and one of higher priority goes first.
func TestRuntimePriority(t *testing.T) {
	f := start(t)
	gives(f,
		"p, err := pool.New(1, pool.Quiet)", "",
		"order := make(chan string, 100)\nnote := func(name string) func([]int, error) { return func([]int, error) { order <- name } }", "",
		"gate := pool.Go(p, func() int { time.Sleep(200 * time.Millisecond); return 0 })\ntime.Sleep(50 * time.Millisecond)", "",
	)
	var code []string
	for _, c := range []struct {
		name     string
		priority int
	}{{"low", -1}, {"normal", 0}, {"high", 5}} {
		code = append(code, fmt.Sprintf("pool.MapAsync(p, func(x int) int { time.Sleep(5 * time.Millisecond); return x }, []int{1, 2, 3}, pool.Chunk(1), pool.Priority(%d)).OnDone(note(%q))", c.priority, c.name))
	}
	gives(f, strings.Join(code, "\n"), "", "[]string{<-order, <-order, <-order}", `[]string{"high", "normal", "low"}`)

	// Two calls of one priority share the worker: the short one isn't kept waiting until the long one is done.
	gives(f,
		"long := pool.MapAsync(p, func(x int) int { time.Sleep(5 * time.Millisecond); return x }, make([]int, 400), pool.Chunk(1))\nshort, err := pool.Map(p, func(x int) int { return x }, []int{1, 2, 3}, pool.Chunk(1))\nshort", "[]int{1, 2, 3}",
		"select {\ncase <-long.Done():\n\tfmt.Print(\"over\")\ndefault:\n\tfmt.Print(\"goes on\")\n}\nlong.Cancel()", "stdout: goes on",
	)
}
