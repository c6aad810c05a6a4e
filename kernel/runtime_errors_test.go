//go:build unix

package kernel_test

import "testing"

// An item that fails is named, with what it failed with and where; the others are done.
func TestRuntimeErrors(t *testing.T) {
	f := start(t)
	gives(f,
		"p, err := pool.New(2, pool.Quiet)", "",
		"type Code struct{ N int }\nfunc (c *Code) Error() string { return fmt.Sprint(\"code \", c.N) }\nvar ErrMine = errors.New(\"mine\")", "",
		`func parse(s string) (int, error) {
	if s == "mine" {
		return 0, fmt.Errorf("parse: %w", ErrMine)
	}
	if s == "code" {
		return 0, errors.Join(io.EOF, &Code{7})
	}
	return strconv.Atoi(s)
}`, "",
		"ys, err := pool.MapErr(p, parse, []string{\"1\", \"2\", \"x\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\", \"10\"})\nvar num *strconv.NumError\nfmt.Sprint(ys, errors.As(err, &num), num.Num, errors.Is(err, strconv.ErrSyntax))", `"[1 2 0 4 5 6 7 8 9 10] truextrue"`,
		"pool.MapErr(p, parse, []string{\"1\", \"x\"})", "error: *core.Error: pool.MapErr: 1 of 2 items failed:\n  item 1 (value \"x\") of parse (cell [3], line 1): strconv.Atoi: parsing \"x\": invalid syntax; worker … (pid …), attempt 1",
		"_, err = pool.MapErr(p, parse, []string{\"mine\", \"code\"})\nvar code *Code\nfmt.Sprint(errors.Is(err, ErrMine), errors.Is(err, io.EOF), errors.As(err, &code), code.N)", `"true true true 7"`,
		"var all *pool.Error\nerrors.As(err, &all)\nfmt.Sprint(all.Items, all.Done, len(all.Failed), all.Failed[0].Item, all.Failed[1].Item, all.Failed[0].Func, all.Failed[0].Place, all.Failed[0].Kind)", `"2 2 2 0 1parsecell [3], line 1error"`,

		// Of many, ten are told.
		"_, err = pool.Map(p, func(x int) int { panic(x) }, make([]int, 1000))\nlines := strings.Split(err.Error(), \"\\n\")\nfmt.Sprint(lines[0], \" … \", lines[len(lines)-1])", "\"pool.Map: 1,000 of 1,000 items failed: …   and 990 more\"",

		// An error that can't come as it is, comes as its text.
		"type Bad struct{ c chan int }\nfunc (b Bad) Error() string { return \"bad channel\" }", "",
		"pool.MapErr(p, func(x int) (int, error) { return 0, Bad{make(chan int)} }, []int{1})", "error: …item 0 (value 1) of a func literal…: bad channel; worker…",
		"pool.MapErr(p, func(x int) (int, error) { return 0, fmt.Errorf(\"outer: %w\", Bad{make(chan int)}) }, []int{1})", "error: …outer: bad channel; worker…",
	)

	// Panics, with the lines that led there.
	gives(f, "func third(xs []int, i int) int {\n\treturn xs[i]\n}\nfunc second(i int) int {\n\treturn third([]int{1, 2}, i) + 1\n}", "")
	for _, kind := range []string{"p", "g"} {
		f.Run("g, err := pool.New(2, pool.Goroutines, pool.Quiet)")
		reply := f.Run("pool.Map("+kind+", func(x int) int {\n\treturn second(x)\n}, []int{0, 5})", "error: *core.Error: pool.Map: 1 of 2 items failed:…")
		want := "item 1 (value 5) of a func literal (cell […], line 1): panic: runtime error: index out of range [5] with length 2…\n" +
			"      at third (cell [12], line 2)\n      at second (cell [12], line 5)\n      at a func literal (cell […], line 2)\n"
		if tb := traceback(reply.Traceback); !glob("…"+want+"…", tb) {
			t.Errorf("%s\nwant\n%s", tb, want)
		}
		gives(f, "pool.Map("+kind+", func(x int) int {\n\tif x == 2 {\n\t\tpanic(\"boom\")\n\t}\n\treturn x\n}, []int{1, 2, 3})", "error: …item 1 (value 2) of a func literal (cell […], line 1): panic: boom…\n      at a func literal (cell […], line 3)")
	}
}

// What ends a worker process, or would, fails the item that did it, and no other.
func TestRuntimeDeaths(t *testing.T) {
	f := start(t)
	f.Run("p, err := pool.New(2, pool.Quiet)")
	f.Run("func deep(n int) int { return deep(n+1) + 1 }\nfunc free(m *sync.Mutex) { m.Unlock() }")
	for _, d := range []struct{ do, want string }{
		{"os.Exit(3)", "its worker ended itself (exit status 3); worker …"},
		{"log.Fatal(\"no\")", "its worker ended itself (exit status 1); worker …"},
		{"return deep(x)", "fatal error: stack overflow: the recursion has no end; worker …\n      at cell [2], line 1, … times\n      at cell […], line 3\n"},
		{"free(new(sync.Mutex))", "its worker ended: fatal error: sync: unlock of unlocked mutex; worker …\n      at cell [2], line 2\n"},
		{"m := map[int]int{}\n\t\tfor range 8 {\n\t\t\tgo func() {\n\t\t\t\tfor {\n\t\t\t\t\tm[1]++\n\t\t\t\t}\n\t\t\t}()\n\t\t}\n\t\tselect {}", "fatal error: concurrent map …in a goroutine that it started; worker …\n      at cell […], line 7\n"},
		{"go func() {\n\t\t\tpanic(\"in a goroutine\")\n\t\t}()\n\t\ttime.Sleep(time.Hour)", "panic: in a goroutine, in a goroutine that it started; worker …\n      at cell […], line 4\n"},
		{"select {}", "fatal error: all goroutines are asleep - deadlock!; worker …\n      at [select] (cell […], line 3)\n"},
		{"runtime.Goexit()", "…Goexit…worker …"},
	} {
		shows := f.Cell("ys, err := pool.Map(p, func(x int) int {\n\tif x == 2 {\n\t\t" + d.do + "\n\t}\n\treturn 10 * x\n}, []int{1, 2, 3, 4})\nfmt.Println(ys)\nfmt.Println(err)").Shows()
		want := "[10 0 30 40]\npool.Map: 1 of 4 items failed:\n  item 1 (value 2) of a func literal (cell […], line 1): " + d.want
		if !glob("…"+want+"…", shows) {
			t.Errorf("%s\n--- want ---\n%s", shows, want)
		}
	}
	f.Run("pool.Map(p, func(x int) int { return 10 * x }, []int{1, 2, 3, 4})", "result: []int{10, 20, 30, 40}")
}

// A worker that is killed or stopped from outside is named and replaced, and what it did is tried again.
func TestRuntimeKilled(t *testing.T) {
	f := start(t)
	maker := f.Cell("p, err := pool.New(2, pool.Quiet)")
	maker.End()
	f.Run(pids)
	f.Run("func hit(sig syscall.Signal) ([]int, error) {\n\tat := pids(p, 2)\n\twork := pool.MapAsync(p, func(x int) int { time.Sleep(300 * time.Millisecond); return 10 * x }, []int{1, 2, 3, 4}, pool.Chunk(1))\n" +
		"\ttime.Sleep(100 * time.Millisecond)\n\tif err := syscall.Kill(at[0], sig); err != nil {\n\t\treturn nil, err\n\t}\n\treturn work.Get()\n}")
	f.Run("hit(syscall.SIGKILL)", "stderr: …worker … (pid …) was killed (signal: killed…) while it ran item … of a func literal in hit (cell [3], line 3): it is tried again on another worker\n", "result: []int{10, 20, 30, 40}")
	f.Run("hit(syscall.SIGSTOP)", "stderr: …worker … (pid …) was ended: a signal has stopped it while it ran item … of a func literal in hit (cell [3], line 3): it is tried again on another worker\n", "result: []int{10, 20, 30, 40}")
	gives(f, "len(pids(p, 2))", "2")
	// One that is idle: that is told in the cell of the pool.
	f.Run("at := pids(p, 2)\nerr = syscall.Kill(at[0], syscall.SIGKILL)")
	maker.Late("stderr: …worker … (pid …) of pool 1 ended while it had nothing to do: signal: killed…; another was started\n")
	gives(f,
		"now := pids(p, 2)\nfmt.Sprint(len(now), slices.Contains(now, at[0]))", `"2 false"`,
		// What must not be tried again isn't.
		"pool.Map(p, func(x int) int {\n\tif x == 2 {\n\t\t_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)\n\t\tselect {}\n\t}\n\treturn x\n}, []int{1, 2, 3}, pool.Deaths(0))", "error: …1 of 3 items failed:\n  item 1 (value 2) of a func literal (cell […], line 1): its worker was killed (signal: killed…); worker … (pid …), attempt 1",
	)
	f.Run("ys, err := pool.Map(p, func(x int) int {\n\tif x == 2 {\n\t\t_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)\n\t\tselect {}\n\t}\n\treturn x\n}, []int{1, 2, 3}, pool.Deaths(2), pool.Chunk(1))\nvar item *pool.ItemError\nfmt.Sprint(ys, errors.As(err, &item), item.Attempt, item.Kind)",
		"stderr: …was killed…it is tried again on another worker\n…was killed…it is tried again on another worker\n", `result: "[1 0 3] true 3died"`)
}

// A worker over its memory limit is ended alone.
func TestRuntimeMemoryLimit(t *testing.T) {
	f := start(t)
	f.Run("p, err := pool.New(2, pool.Quiet, pool.MemoryLimit(\"200MB\"))")
	f.Run("pool.Map(p, func(x int) int {\n\tvar hoard [][]byte\n\tfor x == 2 {\n\t\thoard = append(hoard, bytes.Repeat([]byte{1}, 1<<20))\n\t}\n\treturn x + len(hoard)\n}, []int{1, 2, 3, 4})",
		"error: …pool.Map: 1 of 4 items failed:\n  item 1 (value 2) of a func literal (cell [2], line 1): its worker ended: it used 2… of memory, the limit is 200 MB; …pool.MemoryLimit…; worker … (pid …), attempt 1…line 4…")
	f.Run("pool.Map(p, func(x int) int { return x }, []int{1, 2, 3, 4})", "result: []int{1, 2, 3, 4}")
}

// A call ends with its context, its time, its cancellation; items that take too long fail alone.
func TestRuntimeTimeouts(t *testing.T) {
	for _, kind := range both {
		f := start(t)
		gives(f,
			"p, err := pool.New(2, pool.Quiet"+kind+")", "",
			"func spin(x int) int {\n\tfor i := 0; x > 1; i++ {\n\t\tif i < 0 {\n\t\t\tbreak\n\t\t}\n\t}\n\treturn x\n}\nfunc sleep(x int) int {\n\tif x > 1 {\n\t\ttime.Sleep(time.Hour)\n\t}\n\treturn x\n}", "",
			"ys, err := pool.Map(p, spin, []int{1, 2, 1, 3}, pool.Timeout(100*time.Millisecond), pool.Chunk(1))\nfmt.Sprint(errors.Is(err, context.DeadlineExceeded), \" \", err)", `"true pool.Map: it took longer than 100 ms…"`,
			"pool.Map(p, spin, []int{1, 1})", "[]int{1, 1}",
			"ctx, cancel := context.WithCancel(context.Background())\ntime.AfterFunc(50*time.Millisecond, cancel)\n_, err = pool.Map(p, sleep, []int{1, 2, 3}, pool.Context(ctx))\nerrors.Is(err, context.Canceled)", "true",
			"_, err = pool.Map(p, sleep, []int{1, 2, 3}, pool.Context(ctx))\nerrors.Is(err, context.Canceled)", "true",
			"pool.Map(p, sleep, []int{1, 1})", "[]int{1, 1}",
			"work := pool.MapAsync(p, spin, []int{1, 2, 3})\ntime.AfterFunc(50*time.Millisecond, work.Cancel)\n_, err = work.Get()\nerrors.Is(err, context.Canceled)", "true",
			"ys, err = pool.Map(p, spin, []int{1, 2, 1, 1}, pool.ItemTimeout(100*time.Millisecond))\nvar item *pool.ItemError\nerrors.As(err, &item)\nfmt.Sprint(ys, item.Item, \" \", item.Kind, \" \", errors.Is(err, context.DeadlineExceeded))", `"[1 0 1 1] 1 timeout true"`,
			"ys, err = pool.Map(p, sleep, []int{1, 1, 2, 1}, pool.ItemTimeout(100*time.Millisecond))\nerrors.As(err, &item)\nfmt.Sprint(ys, item.Item, \" \", item.Kind)", `"[1 1 0 1] 2 timeout"`,
			"pool.Map(p, spin, []int{1, 1})", "[]int{1, 1}",
		)
	}
}
