//go:build unix

package kernel_test

import "testing"

// Tasks take what they need of the machine. What is nowhere fails at once, and says what there is.
func TestRuntimeTasks(t *testing.T) {
	f := start(t)
	f.Run("cluster.Init(cluster.Resource(\"licence\", 2))", "result: runtime, started now…CPUs…licence…2…")
	gives(f,
		"task.Go(func() int { return 1 }).Get()", "1",
		"task.Go(func() int { return 1 }, task.Resource(\"licence\", 2), task.CPUs(0.5), task.Memory(\"100MB\")).Get()", "1",
		"task.Go(func() int { return 1 }, task.CPUs(4096)).Get()", "error: …a task needs 4096 CPUs; this machine has … CPU…",
		"task.Go(func() int { return 1 }, task.GPUs(99)).Get()", "error: …a task needs 99 GPUs; this machine has … CPU…GPU…",
		"task.Go(func() int { return 1 }, task.Memory(\"900TB\")).Get()", "error: …a task needs 900… of memory; this machine has … CPU…",
		"task.Go(func() int { return 1 }, task.Resource(\"gold\", 1)).Get()", "error: …a task needs 1 of \"gold\"; this machine has … and 2 of \"licence\"; cluster.Init…",
		"task.Go(func() int { return 1 }, task.Memory(\"lots\")).Get()", "error: …task.Go: Memory: \"lots\" is no size: …",

		// What a task holds another can't have meanwhile.
		"held := task.Go(func() int { time.Sleep(200 * time.Millisecond); return 1 }, task.Resource(\"licence\", 2), task.CPUs(0))\ntime.Sleep(50 * time.Millisecond)\nwaits := task.Go(func() int { return 2 }, task.Resource(\"licence\", 1), task.CPUs(0))\nfree := task.Go(func() int { return 3 }, task.CPUs(0))\nfirst, _, err := task.Wait([]*task.Future[int]{held, waits, free}, 1)\nfirst[0] == free", "true",
		"task.All([]*task.Future[int]{held, waits, free})", "[]int{1, 2, 3}",

		// Tasks that only wait need no processor: there may be many at once.
		"began := time.Now()\nfs := []*task.Future[int]{}\nfor i := range 8 {\n\tfs = append(fs, task.Go(func() int { time.Sleep(500 * time.Millisecond); return i }, task.CPUs(0)))\n}\nxs, err := task.All(fs)\nfmt.Sprint(len(xs), err, time.Since(began) < 3*time.Second)", `"8 <nil> true"`,

		// Names.
		"named := task.Go(func() int { time.Sleep(50 * time.Millisecond); return 42 }, task.Name(\"answer\"))\nagain := task.Go(func() int { return 0 }, task.Name(\"answer\"))\n_, err = again.Get()\nerr.Error()", "…a task named \\\"answer\\\" is running already…",
		"found, err := task.Find[int](\"answer\")\nfound.Get()", "42",
		"_, err = task.Find[string](\"answer\")\nerr.Error()", `"…\"answer\" is…int, not a string"`,
		"_, err = task.Find[int](\"question\")\nerr.Error()", `"…no task of this session was named \"question\""`,

		// Retries with a filter, time-outs, the context of a task.
		"asked := 0\ntask.GoErr(func() (int, error) {\n\tif task.Attempt() < 3 {\n\t\treturn 0, errors.New(\"flaky\")\n\t}\n\treturn task.Attempt(), nil\n}, task.Retries(5), task.Backoff(time.Millisecond, 2), task.RetryIf(func(err error) bool { asked++; return err.Error() == \"flaky\" })).Get()", "3",
		"asked", "2",
		"_, err = task.GoErr(func() (int, error) { return 0, io.EOF }, task.Retries(5), task.RetryIf(func(err error) bool { return err != io.EOF })).Get()\nvar item *task.Error\nfmt.Sprint(errors.As(err, &item), \" \", item.Attempt, errors.Is(err, io.EOF))", `"true 1 true"`,
		"_, err = task.Go(func() int { time.Sleep(time.Hour); return 1 }, task.Timeout(50*time.Millisecond)).Get()\nfmt.Sprint(errors.Is(err, context.DeadlineExceeded))", `"true"`,
		"_, err = task.Go(func() int {\n\tfor i := 0; ; i++ {\n\t\tif i < 0 {\n\t\t\treturn i\n\t\t}\n\t}\n}, task.Timeout(50*time.Millisecond), task.Retries(1)).Get()\nerrors.As(err, &item)\nfmt.Sprint(errors.Is(err, context.DeadlineExceeded), item.Attempt)", `"true 2"`,
		"stop := task.GoErr(func() (string, error) { <-task.Context().Done(); return \"\", task.Context().Err() })\ntime.Sleep(50 * time.Millisecond)\nstop.Cancel()\n_, err = stop.Get()\nerrors.Is(err, context.Canceled)", "true",
		"fmt.Sprint(task.Attempt(), task.Context() == context.Background())", `"0 true"`,
	)
}

// A process of its own: its number, its end, its exit code.
func TestRuntimeProcess(t *testing.T) {
	f := start(t)
	gives(f,
		"n := 5\np, err := task.Start(func() { fmt.Println(\"n is\", n) })\nerr = errors.Join(err, p.Join())\nif p.Pid() == os.Getpid() || p.Pid() == 0 || err != nil {\n\tpanic(fmt.Sprint(p.Pid(), err))\n}", "stdout: [worker 1] n is 5\n",
		"p.ExitCode()", "0",
		"p, err = task.Start(func() { os.Exit(7) })\np.Join().Error()", "…ended itself (exit status 7)…",
		"p.ExitCode()", "7",
		"p, err = task.Start(func() { panic(\"boom\") })\np.Join().Error()", "…panic: boom…",
		"p.ExitCode()", "2",
		"p, err = task.Start(func() { time.Sleep(time.Hour) })\nctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)\nerr = p.Wait(ctx)\ncancel()\nfmt.Sprint(errors.Is(err, context.DeadlineExceeded), p.ExitCode())", `"true -1"`,
		"p.Kill()\np.Join().Error()", "…cancelled…",
		"p.ExitCode()", "-1",
		"p, err = task.Start(func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })\np.Join().Error()", "…signal: killed…",
	)
}

// Work that begins work of its own can't be locked out by what waits for it.
func TestRuntimeNested(t *testing.T) {
	f := start(t)
	gives(f,
		"p, err := pool.New(2, pool.Quiet)", "",
		"pool.Map(p, func(i int) []int {\n\tr, err := pool.Map(p, func(x int) int { return x * x }, []int{i, i + 1})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\treturn r\n}, []int{1, 2, 3, 4}, pool.Chunk(1))", "[][]int{{1, 4}, {4, 9}, {9, 16}, {16, 25}}",
		"pool.Map(p, func(i int) int {\n\tq, err := pool.New(2)\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\tdefer q.Close()\n\tr, err := pool.Reduce(q, func(a, b int) int { return a + b }, []int{i, i, i})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\treturn r\n}, []int{1, 2})", "[]int{3, 6}",
		"func down(n int) int {\n\tif n == 0 {\n\t\treturn 0\n\t}\n\treturn task.Go(func() int { return down(n - 1) }).MustGet() + 1\n}", "",
		"task.Go(func() int { return down(5) }).Get()", "5",
		"pool.Map(p, down, []int{3, 4}, pool.Chunk(1))", "[]int{3, 4}",
		"g, err := pool.New(1, pool.Goroutines, pool.Quiet)\npool.Map(g, func(i int) int {\n\tr, err := pool.Map(g, func(x int) int { return x + 1 }, []int{i})\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\treturn r[0]\n}, []int{1, 2})", "[]int{2, 3}",
		// An error of the inner call says where.
		"_, err = pool.MapErr(p, func(i int) (int, error) {\n\tr, err := pool.MapErr(p, func(x int) (int, error) { return 0, fmt.Errorf(\"inner %d: %w\", x, io.EOF) }, []int{7})\n\treturn r[0], err\n}, []int{1})\nif !errors.Is(err, io.EOF) {\n\tpanic(err)\n}\nerr.Error()", "…item 0 (value 1) of a func literal…inner 7: EOF…",
	)
}

// A large value there and back.
func TestRuntimeLargeValues(t *testing.T) {
	f := start(t)
	gives(f,
		"p, err := pool.New(2, pool.Quiet)", "",
		"xs := make([]float64, 1_000_000)\nfor i := range xs {\n\txs[i] = float64(i)\n}", "",
		"ys, err := pool.Map(p, func(k float64) []float64 {\n\tout := slices.Clone(xs)\n\tout[0] = k\n\treturn out\n}, []float64{1, 2})\nfmt.Sprint(err, len(ys), ys[0][0], ys[1][0], ys[1][999_999])", `"<nil> 2 1 2 999999"`,
		"sums, err := pool.Map(p, func(part []float64) (sum float64) {\n\tfor _, x := range part {\n\t\tsum += x\n\t}\n\treturn sum\n}, slices.Collect(slices.Chunk(xs, 250_000)))\nfmt.Sprint(err, sums[0]+sums[1]+sums[2]+sums[3])", `"<nil> 4.999995e+11"`,
		"f := pool.Go(p, func() string { return strings.Repeat(\"x\", 20<<20) })\ns, err := f.Get()\nlen(s)", "20971520",
		"pool.Map(p, func(s string) int { return len(s) }, []string{s, \"\", s[:5]})", "[]int{20971520, 0, 5}",
	)
}
