//go:build unix

package core_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/ship"
)

func upTo(n int) []int {
	xs := make([]int, n)
	for i := range xs {
		xs[i] = i + 1
	}
	return xs
}

func TestProcesses(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	for _, n := range []int{0, 1, 100, 10_000} {
		ys := make([]int, n)
		if err := p.Map(call(squares, upTo(n), ys)); err != nil {
			t.Fatal(err)
		}
		for i, y := range ys {
			if y != (i+1)*(i+1) {
				t.Fatalf("result %d of %d is %d", i, n, y)
			}
		}
	}
	if h.packed != 3 {
		t.Errorf("functions were packed %d times for 3 calls with items", h.packed)
	}
	s, err := p.Status()
	if err != nil || s.Items != 10_101 || s.Size != 2 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Map(call(squares, upTo(1), make([]int, 1))); !errors.Is(err, core.ErrClosed) {
		t.Errorf("a closed pool: %v", err)
	}
	if ps := h.l.running(); len(ps) != 0 {
		t.Errorf("%d workers are left", len(ps))
	}
}

// Errors of items arrive as what they were, or with their texts, and leave the other results.
func TestErrors(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	ys := make([]int, 10)
	err := p.Map(call(parses, upTo(10), ys))
	var e *core.Error
	if !errors.As(err, &e) || len(e.Failed) != 3 || e.Done != 10 {
		t.Fatal(err)
	}
	var bad *badItem
	if !errors.As(err, &bad) || bad.X != 5 || !errors.Is(err, io.EOF) {
		t.Errorf("the causes are lost: %v", err)
	}
	if f := e.Failed[0]; f.Item != 4 || f.Value != "5" || !strings.HasPrefix(f.Worker, "worker ") || f.Pid == 0 || f.Attempt != 1 {
		t.Errorf("%+v", f)
	}
	if !strings.Contains(err.Error(), "\n  item 6 (value 7) of parses (here): one\n  two; worker ") {
		t.Errorf("%v", err)
	}
	if !slices.Equal(ys, []int{1, 2, 3, 4, 0, 0, 0, 8, 9, 10}) {
		t.Error(ys)
	}
	err = p.Map(call(panics, upTo(100), make([]int, 100), core.Chunk(30)))
	if !errors.As(err, &e) || len(e.Failed) != 10 || e.Failed[9].Item != 92 || e.Failed[0].Kind != "panic" ||
		!slices.Equal(e.Failed[0].Stack, []core.Frame{{Func: "f", Place: "line 5"}}) {
		t.Error(err)
	}
}

func TestRemoteRetries(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	in, ys := []int{0, 1, 2, 3, 4}, make([]int, 5)
	err := p.Map(call(tries, in, ys, core.Retries(3), core.Backoff(time.Millisecond, 2)))
	var e *core.Error
	if !errors.As(err, &e) || len(e.Failed) != 1 || e.Failed[0].Item != 4 || e.Failed[0].Attempt != 4 {
		t.Fatal(err)
	}
	if !slices.Equal(ys, []int{1, 2, 3, 4, 0}) {
		t.Error(ys)
	}
}

// Who ends its worker fails, is named, and takes nothing else along.
func TestCulprit(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	in := upTo(60)
	in[20], in[40] = -4, -1
	ys := make([]int, len(in))
	err := p.Map(call(exits, in, ys, core.Chunk(15)))
	var e *core.Error
	if !errors.As(err, &e) || len(e.Failed) != 2 || e.Failed[0].Item != 20 || e.Failed[1].Item != 40 || e.Failed[0].Kind != "died" {
		t.Fatal(err)
	}
	for i, y := range ys {
		if want := in[i]; want > 0 && y != want {
			t.Errorf("result %d is %d", i, y)
		}
	}
}

// Who is killed is tried again, which the user is told; if it happens again it fails.
func TestKilled(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	file := filepath.Join(t.TempDir(), "once")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in, ys := []string{"", "", file, "", ""}, make([]int, 5)
	if err := p.Map(call(diesOnce, in, ys)); err != nil || ys[2] != len(file) {
		t.Fatal(err, ys)
	}
	if warned, _ := h.texts(); len(warned) != 1 || !strings.Contains(warned[0], "was killed") || !strings.Contains(warned[0], "diesOnce (here)") {
		t.Errorf("the user is told %q", warned)
	}
	in2 := upTo(30)
	out := make([]int, 30)
	err := p.Map(call(dies, in2, out, core.Chunk(10)))
	var e *core.Error
	if !errors.As(err, &e) || len(e.Failed) != 1 || e.Failed[0].Item != 12 || e.Failed[0].Attempt != 2 {
		t.Fatal(err)
	}
	if out[11] != 12 || out[13] != 14 || out[29] != 30 {
		t.Error(out)
	}
}

func TestJoined(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	parts := make([]map[int]int, 3000)
	c := call(maps, upTo(3000), parts)
	c.Joined = true
	if err := p.Map(c); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range parts {
		n += m[0] + m[1] + m[2]
	}
	if n != 3000 {
		t.Errorf("%d items were counted", n)
	}
}

// What is large takes another way.
func TestLarge(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	in, out := make([][]float64, 4), make([][]float64, 4)
	for i := range in {
		in[i] = make([]float64, 200_000)
		in[i][i] = float64(i + 1)
	}
	if err := p.Map(call(twices, in, out)); err != nil {
		t.Fatal(err)
	}
	for i := range out {
		if len(out[i]) != 200_000 || out[i][i] != 2*float64(i+1) {
			t.Errorf("result %d is wrong", i)
		}
	}
	s, err := core.Status()
	for range 100 {
		if err != nil || s.Blobs == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
		s, err = core.Status()
	}
	if err != nil || s.Blobs != 0 {
		t.Errorf("%d blobs are left, %v", s.Blobs, err)
	}
}

// An interrupt ends the goroutine that waits, and the work; the pool is free.
func TestInterrupt(t *testing.T) {
	for _, f := range []chunkOf[int, int]{sleeps, holds} {
		h := start(t)
		p := h.pool(2)
		h.interrupted = make(chan struct{})
		returned, ended := false, make(chan struct{})
		go func() {
			defer close(ended)
			_ = p.Map(call(f, []int{60_000, 60_000, 60_000}, make([]int, 3)))
			returned = true
		}()
		h.busy(p, 2)
		close(h.interrupted)
		<-ended
		if returned {
			t.Error("an interrupted call returned")
		}
		h.mu.Lock()
		h.interrupted = nil
		h.mu.Unlock()
		within(t, func() {
			if err := p.Map(call(squares, upTo(10), make([]int, 10))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRemoteTimeouts(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	within(t, func() {
		err := p.Map(call(sleeps, []int{1, 60_000, 1}, make([]int, 3), core.Timeout(200*time.Millisecond)))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := p.Map(call(holds, []int{1, 60_000, 1}, make([]int, 3), core.Context(ctx))); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		out := make([]int, 3)
		err = p.Map(call(holds, []int{1, 60_000, 2}, out, core.ItemTimeout(100*time.Millisecond)))
		var e *core.Error
		if !errors.As(err, &e) || len(e.Failed) != 1 || e.Failed[0].Item != 1 || !errors.Is(err, context.DeadlineExceeded) || out[2] != 2 {
			t.Error(err, out)
		}
	})
}

// Calls fail when the runtime is gone, and when it is back others don't.
func TestHeadGone(t *testing.T) {
	h := start(t)
	p := h.pool(1)
	f := p.Start(call(sleeps, []int{60_000}, make([]int, 1)))
	within(t, func() {
		h.head.Close()
		if err := f.Wait(context.Background()); err == nil {
			t.Error("a call outlived the runtime")
		}
		if err := p.Map(call(squares, upTo(1), make([]int, 1))); err == nil || !strings.Contains(err.Error(), "pool.New makes another") {
			t.Errorf("%v", err)
		}
	})
}

func TestInit(t *testing.T) {
	h := start(t)
	p := h.pool(2, core.Init(core.Call{Name: "pool.Init", Func: inits, Run: inits, In: make([]struct{}, 1), Out: make([]struct{}, 1)}))
	out := make([]string, 20)
	if err := p.Map(call(knows, make([]int, 20), out, core.Chunk(1))); err != nil {
		t.Fatal(err)
	}
	for i, s := range out {
		if s != "begun" {
			t.Fatalf("item %d ran in a worker that wasn't made ready", i)
		}
	}
}

// What items turn out to need of the program is sent when they need it.
func TestExtend(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	in := make([]any, 200)
	for i := range in {
		in[i] = i
		if i >= 100 {
			in[i] = special{i}
		}
	}
	out := make([]any, len(in))
	if err := p.Map(call(specials, in, out, core.Chunk(10))); err != nil {
		t.Fatal(err)
	}
	for i, v := range out {
		if i < 100 && v != i || i >= 100 && v != (special{2 * i}) {
			t.Fatalf("result %d is %v", i, v)
		}
	}
}

// A pool with a name is found again.
func TestNamedPool(t *testing.T) {
	h := start(t)
	p, q := h.pool(1, core.Name("mine")), h.pool(2, core.Name("mine"))
	s, err := p.Status()
	if err != nil || s.Size != 2 || q.Size() != 2 || q.Name() != "mine" {
		t.Errorf("%+v, %v", s, err)
	}
	if err := q.Resize(1); err != nil || q.Size() != 1 {
		t.Error(err)
	}
}

func TestKillPool(t *testing.T) {
	h := start(t)
	p := h.pool(1)
	f := p.Start(call(sleeps, []int{60_000}, make([]int, 1)))
	h.busy(p, 1)
	within(t, func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
		if err := f.Wait(context.Background()); err == nil {
			t.Error("the pool was killed")
		} else if !strings.Contains(err.Error(), "killed") {
			t.Error(err)
		}
	})
}

// A call waits for the futures that its function uses, and fails with the reason if they do.
func TestDependencies(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	first := p.Start(call(sleeps, []int{50}, make([]int, 1)))
	h.busy(p, 1)
	h.mu.Lock()
	h.waits = []ship.Pending{first}
	h.mu.Unlock()
	if err := p.Map(call(squares, upTo(3), make([]int, 3))); err != nil {
		t.Fatal(err)
	}
	if !first.Over() {
		t.Error("it didn't wait")
	}
	h.mu.Lock()
	h.waits = nil
	h.mu.Unlock()
	bad := p.Start(call(parses, []int{5}, make([]int, 1)))
	<-bad.Done()
	h.mu.Lock()
	h.waits = []ship.Pending{bad}
	h.mu.Unlock()
	err := p.Map(call(squares, upTo(3), make([]int, 3)))
	var item *badItem
	if !errors.As(err, &item) || !strings.Contains(err.Error(), "squares") {
		t.Errorf("%v", err)
	}
}

func TestCantTravel(t *testing.T) {
	h := start(t)
	p := h.pool(1)
	h.unshippable = true
	err := p.Map(call(squares, upTo(3), make([]int, 3)))
	if err == nil || !strings.Contains(err.Error(), "squares (here) can't be sent to a worker: mu is a sync.Mutex") {
		t.Errorf("%v", err)
	}
}

// A worker's task can use the pool that it runs in.
func TestNestedPool(t *testing.T) {
	h := start(t)
	p := h.pool(1)
	out := make([]int, 2)
	within(t, func() {
		if err := p.Map(call(nests, []*core.Pool{p, p}, out)); err != nil || out[1] != 14 {
			t.Error(err, out)
		}
	})
}

func TestTasks(t *testing.T) {
	h := start(t)
	out := make([]int, 1)
	c := call(squares, []int{3}, out, core.Name("nine"))
	c.One, c.Value = true, out
	f := core.Tasks().Start(c)
	if err := f.Wait(context.Background()); err != nil || out[0] != 9 {
		t.Fatal(err, out)
	}
	if g, err := core.Find("nine"); g != f || err != nil {
		t.Error(err)
	}
	c = call(squares, []int{3}, out, core.GPUs(64))
	c.One = true
	within(t, func() {
		if err := core.Tasks().Start(c).Wait(context.Background()); err == nil || !strings.Contains(err.Error(), "GPU") {
			t.Errorf("a resource that isn't there: %v", err)
		}
	})
	_ = h
}

func TestProcess(t *testing.T) {
	start(t)
	begin := func(f chunkOf[int, int], x int) *core.Process {
		t.Helper()
		c := call(f, []int{x}, make([]int, 1))
		c.One = true
		p, err := core.StartProcess(c)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	within(t, func() {
		p := begin(squares, 2)
		if err := p.Join(); err != nil || p.Pid() == 0 || p.ExitCode() != 0 {
			t.Error(err, p)
		}
		p = begin(exits, -3)
		if err := p.Join(); err == nil || p.ExitCode() != 3 {
			t.Error(err, p)
		}
		p = begin(holds, 60_000)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		p.Kill()
		if err := p.Join(); err == nil || p.ExitCode() != -1 {
			t.Error(err, p)
		}
		p = begin(dies, 13)
		if err := p.Join(); err == nil || p.ExitCode() != -1 {
			t.Error(err, p)
		}
	})
}

// Every item has one result, whatever is killed meanwhile.
func TestKills(t *testing.T) {
	h := start(t)
	p := h.pool(3, core.Deaths(100))
	in := make([]int, 2000)
	for i := range in {
		in[i] = i % 3
	}
	out := make([]int, len(in))
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(60 * time.Millisecond):
			}
			if ps := h.l.running(); len(ps) > 1 {
				_ = ps[i%len(ps)].cmd.Process.Kill()
			}
		}
	})
	within(t, func() {
		if err := p.Map(call(sleeps, in, out)); err != nil {
			t.Error(err)
		}
	})
	close(stop)
	killer.Wait()
	if !slices.Equal(in, out) {
		t.Error("results are wrong")
	}
}

// What changes variables in a worker is warned of, once.
func TestLost(t *testing.T) {
	h := start(t)
	p := h.pool(1)
	h.place = t.TempDir() // nobody was warned of
	h.lost = []core.Variable{{Name: "total", Place: "cell [3], line 2"}}
	for range 2 {
		if err := p.Map(call(squares, upTo(2), make([]int, 2))); err != nil {
			t.Fatal(err)
		}
	}
	warned, _ := h.texts()
	if text := strings.Join(warned, "\n"); strings.Count(text, "may change total (cell [3], line 2)") != 1 {
		t.Errorf("%q", warned)
	}
}

// A call that takes long shows how far it is, ten times a second at most, and one line in the end.
func TestShown(t *testing.T) {
	h := start(t)
	p := h.pool(2)
	in := make([]int, 16)
	for i := range in {
		in[i] = 100
	}
	began := time.Now()
	if err := p.Map(call(sleeps, in, make([]int, 16))); err != nil {
		t.Fatal(err)
	}
	_, shown := h.texts()
	if n := len(shown); n < 2 || n > int(time.Since(began)/(90*time.Millisecond)) {
		t.Errorf("shown %d times: %q", n, shown)
	}
	if last := shown[len(shown)-1]; !strings.HasPrefix(last, "16 items of sleeps in ") || !strings.HasSuffix(last, ", 2 workers") {
		t.Errorf("%q", last)
	}
	h.mu.Lock()
	h.shown = nil
	h.mu.Unlock()
	if err := p.Map(call(sleeps, in, make([]int, 16), core.Quiet())); err != nil {
		t.Fatal(err)
	}
	if _, shown := h.texts(); shown != nil {
		t.Errorf("%q", shown)
	}
}

func BenchmarkProcesses(b *testing.B) {
	h := start(b)
	p := h.pool(2, core.Quiet())
	bench := func(name string, n int, opts ...core.Option) {
		in, out := upTo(n), make([]int, n)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := p.Map(call(squares, in, out, opts...)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "items/s")
		})
	}
	bench("chunked", 1_000_000)
	bench("single", 20_000, core.Chunk(1))
	bench("one", 1)
}
