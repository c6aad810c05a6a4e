package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/wire"
)

// setup is the first cell of each interpreter. The pools last as long as the kernel. The workers of herd are killed now and
// then, those of steady are not.
const setup = `import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/runtime/pool"
	"github.com/goherd/goherd/runtime/task"
)

type point struct {
	Name string
	X, Y float64
	next *point
}

func square(x int) int { return x * x }

func wait(d time.Duration) int {
	time.Sleep(d)
	return os.Getpid()
}

func count(n int) []int {
	xs := make([]int, n)
	for i := range xs {
		xs[i] = i
	}
	return xs
}

func sum(xs []int) (s int) {
	for _, x := range xs {
		s += x
	}
	return s
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func get[T any](x T, err error) T {
	must(err)
	return x
}

// failures returns how many items failed.
func failures(err error) int {
	var e *pool.Error
	if !errors.As(err, &e) {
		return 0
	}
	return len(e.Failed)
}

var herd = get(pool.New(3, pool.Name("herd")))

var steady = get(pool.New(2, pool.Name("steady")))

fmt.Println("ready")`

// A scene is something that a user does: most are one cell, in a block of its own.
type scene struct {
	name string
	code string // N in it is a number that differs each time
	want string // it prints
	act  func(ctx context.Context, s *soak) error
}

// play does it.
func (c scene) play(ctx context.Context, s *soak) error {
	if c.act != nil {
		return c.act(ctx, s)
	}
	code := c.code
	if strings.HasPrefix(code, "\n") {
		code = "{" + code + "\n}"
	}
	code = strings.ReplaceAll(code, "NNN", strconv.Itoa(s.cells))
	return s.cell(ctx, code, strings.ReplaceAll(c.want, "NNN", strconv.Itoa(s.cells)))
}

var scenes = []scene{
	{name: "a map", want: "332833500", code: `
fmt.Println(sum(get(pool.Map(steady, square, count(1000)))))`},
	{name: "single items", want: "true", code: `
xs := count(3000)
fmt.Println(slices.Equal(xs, get(pool.Map(steady, func(x int) int { return x }, xs, pool.Chunk(1), pool.Quiet))))`},
	{name: "a pool that is closed", want: "285", code: `
p := get(pool.New(2))
fmt.Println(sum(get(pool.Map(p, square, count(10)))))
must(p.Close())`},
	{name: "a pool that is killed", want: "killed", code: `
p := get(pool.New(2))
f := pool.MapAsync(p, wait, slices.Repeat([]time.Duration{time.Minute}, 5))
must(p.Kill())
if _, err := f.Get(); err != nil {
	fmt.Println("killed")
}`},
	{name: "a pool with Init and MaxTasks", want: "4950", code: `
p := get(pool.New(2, pool.Init(func() error { os.Setenv("READY", "1"); return nil }), pool.MaxTasks(5)))
fmt.Println(sum(get(pool.Map(p, func(x int) int { return x * len(os.Getenv("READY")) }, count(100), pool.Chunk(5)))))
must(p.Close())`},
	{name: "sizes", want: "19900", code: `
must(herd.Resize(1))
f := pool.MapAsync(herd, func(x int) int { time.Sleep(time.Millisecond); return x }, count(200))
must(herd.Resize(4))
fmt.Println(sum(get(f.Get())))
must(herd.Resize(3))`},
	{name: "errors", want: "10 failed, 4500", code: `
ys, err := pool.MapErr(steady, func(x int) (int, error) {
	if x%10 == 0 {
		return 0, fmt.Errorf("item %d is bad", x)
	}
	return x, nil
}, count(100))
fmt.Print(failures(err), " failed, ", sum(ys), "\n")`},
	{name: "retries", want: "435", code: `
fmt.Println(sum(get(pool.MapErr(steady, func(x int) (int, error) {
	if task.Attempt() < 2 {
		return 0, errors.New("again")
	}
	return x, nil
}, count(30), pool.Retries(2), pool.Backoff(time.Millisecond, 2)))))`},
	{name: "panics", want: "1 failed, 44", code: `
ys, err := pool.Map(steady, func(x int) int {
	var a [9]int
	return a[x] + x
}, append(count(9), 8, 9))
fmt.Print(failures(err), " failed, ", sum(ys), "\n")`},
	{name: "a worker that is killed", want: "190", code: `
fmt.Println(sum(get(pool.Map(herd, func(x int) int {
	if x == 7 && task.Attempt() == 1 {
		p := get(os.FindProcess(os.Getpid()))
		must(p.Kill())
		time.Sleep(time.Minute)
	}
	return x
}, count(20), pool.Chunk(2), pool.Quiet))))`},
	{name: "a worker that exits", want: "1 failed, 183", code: `
ys, err := pool.Map(herd, func(x int) int {
	if x == 7 {
		os.Exit(3)
	}
	return x
}, count(20), pool.Chunk(4))
fmt.Print(failures(err), " failed, ", sum(ys), "\n")`},
	{name: "a stack overflow", want: "1 failed, 3", code: `
p := get(pool.New(1)) // its memory stays large for a while
ys, err := pool.Map(p, func(x int) int {
	if x == 0 {
		var f func(int) int
		f = func(x int) int { return f(x) + 1 }
		return f(x)
	}
	return x
}, count(3))
must(p.Close())
fmt.Print(failures(err), " failed, ", sum(ys), "\n")`},
	{name: "another body", want: "ok NNN", code: `func scaled(x int) int { return x * NNN }

if ys := get(pool.Map(steady, scaled, []int{1, 2})); ys[1] == 2*NNN {
	fmt.Println("ok", ys[0])
}`},
	{name: "another type", want: "ok NNN", code: `type record struct {
	Number int
	Rest   []string
}

func (r record) Next() record { return record{r.Number + NNN, append(r.Rest, "next")} }

if rs := get(pool.Map(steady, record.Next, make([]record, 5))); len(rs[4].Rest) == 1 {
	fmt.Println("ok", rs[4].Number)
}`},
	{name: "large values", want: "true", code: `
xs := make([][]float64, 6)
for i := range xs {
	xs[i] = make([]float64, 250_000)
	xs[i][7] = float64(i)
}
ys := get(pool.Map(steady, func(x []float64) []float64 { x[8] = x[7] + 1; return x }, xs, pool.Chunk(1)))
fmt.Println(ys[5][8] == 6 && xs[5][8] == 0)`},
	{name: "a large capture", want: "true", code: `
table := make([]int, 500_000)
table[499_999] = NNN
fmt.Println(get(pool.Map(steady, func(i int) int { return table[i] }, []int{0, 499_999}))[1] == NNN)`},
	{name: "pointers", want: "true", code: `
a := &point{Name: "a"}
a.next = &point{Name: "b", next: a}
fmt.Println(get(pool.Map(steady, func(p *point) bool { return p.next.next == p }, []*point{a, a, a}))[2])`},
	{name: "a large failure", want: "1 failed", code: `
_, err := pool.Map(steady, func(xs []int) []int { panic("no") }, [][]int{make([]int, 200_000)})
fmt.Print(failures(err), " failed\n")`},
	{name: "futures", want: "19900", code: `
fs := make([]*task.Future[int], 200)
for i := range fs {
	fs[i] = pool.Go(steady, func() int { return i })
}
s := 0
for f := range task.AsCompleted(fs) {
	s += get(f.Get())
}
fmt.Println(s)`},
	{name: "futures of futures", want: "42", code: `
f := pool.Go(steady, func() int { return 40 })
fmt.Println(get(pool.Go(steady, func() int { return f.MustGet() + 2 }).Get()))`},
	{name: "cancelled futures", want: "20", code: `
n := 0
fs := make([]*task.Future[int], 20)
for i := range fs {
	fs[i] = pool.Go(herd, func() int { for { }; return 0 })
}
for _, f := range fs {
	f.Cancel()
	if _, err := f.Get(); errors.Is(err, context.Canceled) {
		n++
	}
}
fmt.Println(n)`},
	{name: "time-outs", want: "true", code: `
_, err := pool.Map(herd, wait, slices.Repeat([]time.Duration{time.Minute}, 9), pool.Timeout(50*time.Millisecond))
fmt.Println(errors.Is(err, context.DeadlineExceeded))`},
	{name: "slow items", want: "1 failed", code: `
_, err := pool.Map(herd, wait, []time.Duration{0, time.Minute, 0}, pool.ItemTimeout(50*time.Millisecond))
fmt.Print(failures(err), " failed\n")`},
	{name: "a stream", want: "4950", code: `
s := 0
for y, err := range pool.Stream(steady, func(x int) int { return x }, slices.Values(count(100))) {
	must(err)
	s += y
}
fmt.Println(s)`},
	{name: "a stream that is left", want: "10", code: `
n := 0
for range pool.Stream(steady, square, func(yield func(int) bool) { for i := 0; yield(i); i++ { } }, pool.Unordered) {
	if n++; n == 10 {
		break
	}
}
fmt.Println(n)`},
	{name: "counting words", want: "600", code: `
texts := slices.Repeat([]string{"the quick brown fox and the lazy dog"}, 300)
fmt.Println(get(pool.MapReduce(steady, func(text string) map[string]int {
	m := map[string]int{}
	for w := range strings.FieldsSeq(text) {
		m[w]++
	}
	return m
}, func(a, b int) int { return a + b }, texts))["the"])`},
	{name: "goroutines", want: "499500", code: `
p := get(pool.New(4, pool.Goroutines))
var n atomic.Int64
must(pool.ForEach(p, func(x int) { n.Add(int64(x)) }, count(1000)))
must(p.Close())
fmt.Println(n.Load())`},
	{name: "tasks", want: "14", code: `
fs := []*task.Future[int]{}
for i := range 4 {
	fs = append(fs, task.GoErr(func() (int, error) {
		if task.Attempt() == 1 {
			return 0, errors.New("again")
		}
		return i * i, nil
	}, task.Retries(1)))
}
fmt.Println(sum(get(task.All(fs))))`},
	{name: "a process", want: "] started\n0\n", code: `
p := get(task.Start(func() { fmt.Println("started") }))
must(p.Join())
fmt.Println(p.ExitCode())`},
	{name: "what workers print", want: "line 99", code: `
must(pool.ForEach(steady, func(x int) { fmt.Println("line", x) }, count(100)))`},
	{name: "progress", want: "true", code: `
fmt.Println(len(get(pool.Map(steady, wait, slices.Repeat([]time.Duration{100 * time.Millisecond}, 24)))) == 24)`},
	{name: "a pool within a task", want: "285", code: `
fmt.Println(sum(get(pool.Map(steady, func(x int) int { return get(pool.Map(steady, square, []int{x}))[0] }, count(10)))))`},
	{name: "an interrupt", act: interrupt},
	{name: "a cell that fails", act: func(ctx context.Context, s *soak) error {
		_, err := s.execute(ctx, "{\nvar m map[string]int\nm[\"a\"] = 1\n}", nil)
		return expect(err, "nil map")
	}},
	{name: "a cell that doesn't compile", act: func(ctx context.Context, s *soak) error {
		_, err := s.execute(ctx, "undefinedNNN()", nil)
		return expect(err, "undefined")
	}},
}

// interrupt interrupts work that would not end.
func interrupt(ctx context.Context, s *soak) error {
	done := make(chan error, 1)
	_, err := s.execute(ctx, "{\nmust(pool.ForEach(herd, func(x int) { for { } }, count(9)))\n}", func() {
		go func() {
			time.Sleep(300 * time.Millisecond)
			done <- s.k.Interrupt(ctx)
		}()
	})
	return errors.Join(expect(err, "interrupted"), <-done)
}

// crash ends the interpreter in the middle of things.
var crash = scene{name: "the interpreter's death", act: func(ctx context.Context, s *soak) error {
	_, err := s.execute(ctx, "{\npool.MapAsync(herd, wait, slices.Repeat([]time.Duration{time.Minute}, 9))\n"+
		"pool.MapAsync(get(pool.New(2)), wait, slices.Repeat([]time.Duration{time.Minute}, 9))\n"+
		"must(get(os.FindProcess(os.Getpid())).Kill())\ntime.Sleep(time.Minute)\n}", nil)
	if err := expect(err, "killed"); err != nil {
		return err
	}
	return s.cell(ctx, setup, "ready")
}}

// An errFailed is how a cell failed.
type errFailed struct{ text string }

func (e *errFailed) Error() string { return "the cell failed: " + e.text }

// expect is an error unless a cell failed with text.
func expect(err error, text string) error {
	var failed *errFailed
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), text) {
		return fmt.Errorf("the cell should have failed with %q: %w", text, err)
	}
	return nil
}

// patience is how long a cell may take: beyond, it hangs.
const patience = time.Minute

var errHangs = errors.New("the cell doesn't end")

// execute runs a cell and returns what it printed. begun is called when the kernel is busy with it.
func (s *soak) execute(ctx context.Context, code string, begun func()) (string, error) {
	s.cells++
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errHangs)
	defer cancel()
	var out strings.Builder
	reply, err := s.k.Execute(ctx, code, client.ExecOptions{GoOn: true}, func(m *wire.Message) {
		switch m.Header.MsgType {
		case wire.MsgStatus:
			if begun != nil {
				begun()
				begun = nil
			}
		case wire.MsgStream:
			var text wire.Stream
			if err := m.Decode(&text); err == nil {
				out.WriteString(text.Text)
			}
		}
	})
	if err == nil && reply.Status != wire.StatusOK {
		err = &errFailed{reply.Ename + ": " + reply.Evalue}
	}
	return out.String(), err
}

// cell runs a cell that must print want.
func (s *soak) cell(ctx context.Context, code, want string) error {
	out, err := s.execute(ctx, code, nil)
	if err == nil && !strings.Contains(out, want) {
		err = fmt.Errorf("the cell printed %q instead of %q", out, want)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, code)
	}
	return nil
}

// fill runs cells with little in them, until the kernel remembers as many as it ever does: their texts and where output goes.
func (s *soak) fill(ctx context.Context) error {
	const remembered = 4200
	text := strings.Repeat("// This line is here to make the cell as long as others are.\n", 6)
	for i := range remembered {
		if _, err := s.execute(ctx, fmt.Sprint(text, i), nil); err != nil {
			return err
		}
	}
	return nil
}

// pids returns the process IDs of the interpreter and of the workers that last.
func (s *soak) pids(ctx context.Context) ([]int, error) {
	out, err := s.execute(ctx, `{
ps := get(pool.Map(steady, wait, slices.Repeat([]time.Duration{30 * time.Millisecond}, 15), pool.Chunk(1), pool.Quiet))
slices.Sort(ps)
fmt.Println("pids", os.Getpid(), strings.Trim(fmt.Sprint(slices.Compact(ps)), "[]"))
}`, nil)
	if err != nil {
		return nil, err
	}
	_, list, _ := strings.Cut(out, "pids ")
	list, _, _ = strings.Cut(list, "\n")
	var pids []int
	for f := range strings.FieldsSeq(list) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	if len(pids) < 2 {
		return nil, fmt.Errorf("the cell told no processes but %q", out)
	}
	return pids, nil
}
