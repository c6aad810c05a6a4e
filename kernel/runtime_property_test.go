//go:build unix

package kernel_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/goherd/goherd/kernel/wire"
)

// propertySetup has what the cells of the property test do: play makes calls at random, all at once, in pools that
// change their size meanwhile, and prints what of their results was wrong.
const propertySetup = `import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type item struct {
	N, Size int
	Nap     time.Duration
}

type answer struct {
	N    int
	Rest []int64
}

// value can be computed again and again. It tells which process does something.
func value(x item) answer {
	if err := os.WriteFile(filepath.Join(folder, strconv.Itoa(os.Getpid())), nil, 0o600); err != nil {
		panic(err)
	}
	time.Sleep(x.Nap)
	a := answer{N: x.N * x.N}
	if x.Size > 0 {
		a.Rest = slices.Repeat([]int64{int64(x.N)}, x.Size)
	}
	return a
}

func right(x item, a answer) bool {
	return a.N == x.N*x.N && len(a.Rest) == x.Size && (x.Size == 0 || a.Rest[0] == int64(x.N) && a.Rest[x.Size-1] == int64(x.N))
}

func items(r *rand.Rand) []item {
	xs := make([]item, r.IntN(1+r.IntN(300)))
	for i := range xs {
		xs[i].N = i + r.IntN(1000)
		switch r.IntN(20) {
		case 0:
			xs[i].Nap = time.Duration(r.IntN(10)) * time.Millisecond
		case 1:
			xs[i].Size = r.IntN(60_000)
		}
	}
	return xs
}

type round struct {
	mu    sync.Mutex
	wrong []string
	n     atomic.Int64 // items whose result was looked at
}

func (c *round) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// all complains about results that are not those of xs. Where the call was cancelled there may be none.
func (c *round) all(what string, xs []item, ys []answer, err error, cancelled bool) {
	var e *pool.Error
	switch {
	case err == nil:
	case cancelled && errors.Is(err, context.Canceled) && errors.As(err, &e) && len(e.Failed) == 0:
	default:
		c.complain("%s: %v", what, err)
		return
	}
	if len(ys) != len(xs) {
		c.complain("%s: %d items, %d results", what, len(xs), len(ys))
		return
	}
	for i, x := range xs {
		if !right(x, ys[i]) && (err == nil || ys[i].N != 0 || ys[i].Rest != nil) {
			c.complain("%s: item %d of %d, %+v: %d and %d", what, i, len(xs), x, ys[i].N, len(ys[i].Rest))
		}
		c.n.Add(1)
	}
}

// call makes one call.
func (c *round) call(p *pool.Pool, r *rand.Rand) {
	xs := items(r)
	opts := []pool.Option{pool.Quiet, pool.Deaths(1000), pool.Priority(r.IntN(2))}
	if r.IntN(2) == 0 {
		opts = append(opts, pool.Chunk(1+r.IntN(40)))
	}
	switch r.IntN(7) {
	case 0:
		ys, err := pool.Map(p, value, xs, opts...)
		c.all("Map", xs, ys, err, false)
	case 1:
		f := pool.MapAsync(p, value, xs, opts...)
		time.Sleep(time.Duration(r.IntN(50)) * time.Millisecond)
		f.Cancel()
		ys, err := f.Get()
		c.all("MapAsync", xs, ys, err, true)
	case 2:
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(r.IntN(100)) * time.Millisecond, cancel)
		ys, err := pool.Map(p, value, xs, append(opts, pool.Context(ctx))...)
		c.all("Map with a context", xs, ys, err, true)
	case 3:
		i := 0
		for y, err := range pool.Stream(p, value, slices.Values(xs), opts...) {
			if err != nil || i >= len(xs) || !right(xs[i], y) {
				c.complain("Stream: result %d of %d: %d, %v", i, len(xs), y.N, err)
			}
			i++
			c.n.Add(1)
		}
		if i != len(xs) {
			c.complain("Stream: %d items, %d results", len(xs), i)
		}
	case 4:
		for i := range xs {
			xs[i].N = i // each once
		}
		left, leave := len(xs), r.IntN(400)
		seen := make([]bool, len(xs))
		for y, err := range pool.Stream(p, func(x item) item { value(x); return x }, slices.Values(xs), append(opts, pool.Unordered)...) {
			if err != nil || seen[y.N] {
				c.complain("unordered Stream: item %d once more, %v", y.N, err)
			}
			seen[y.N] = true
			left--
			c.n.Add(1)
			if leave--; leave < 0 {
				return
			}
		}
		if left != 0 {
			c.complain("unordered Stream: %d of %d items without a result", left, len(xs))
		}
	case 5:
		xs = xs[:min(len(xs), 40)]
		fs := make([]*task.Future[answer], len(xs))
		for i, x := range xs {
			fs[i] = pool.Go(p, func() answer { return value(x) }, pool.Quiet, pool.Deaths(1000))
		}
		ys, err := task.All(fs)
		c.all("Go", xs, ys, err, false)
	case 6:
		xs = xs[:min(len(xs), 10)]
		fs := make([]*task.Future[answer], len(xs))
		for i, x := range xs {
			fs[i] = task.Go(func() answer { return value(x) }, task.Deaths(1000), pool.Quiet)
		}
		ys, err := task.All(fs)
		c.all("task.Go", xs, ys, err, false)
	}
}

func play(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0))
	c := &round{}
	named, err := pool.New(1+r.IntN(3), pool.Name("lasting"))
	if err != nil {
		panic(err)
	}
	other, err := pool.New(1+r.IntN(3), pool.MaxTasks(1+r.IntN(30)))
	if err != nil {
		panic(err)
	}
	pools := []*pool.Pool{named, other}
	over := make(chan struct{})
	var calls, sizes sync.WaitGroup
	sizes.Go(func() {
		r := rand.New(rand.NewPCG(seed, 1))
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Duration(r.IntN(200)) * time.Millisecond):
				if err := pools[r.IntN(2)].Resize(1 + r.IntN(4)); err != nil {
					c.complain("Resize: %v", err)
				}
			}
		}
	})
	for i := range 8 {
		calls.Go(func() {
			r := rand.New(rand.NewPCG(seed, 2+uint64(i)))
			for range 2 {
				c.call(pools[r.IntN(2)], r)
			}
		})
	}
	calls.Wait()
	close(over)
	sizes.Wait()
	if err := other.Close(); err != nil {
		c.complain("Close: %v", err)
	}
	fmt.Println(c.n.Load(), "results, wrong:", c.wrong)
}`

// Whatever is killed, stopped, cancelled, interrupted or resized: each item has exactly one result, the right one, and nothing hangs.
func TestEveryItemOneResult(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	f := start(t)
	folder := t.TempDir()
	f.Run("const folder = " + strconv.Quote(folder))
	f.Run(propertySetup)
	stop := make(chan struct{})
	var chaos sync.WaitGroup
	defer chaos.Wait()
	defer close(stop)
	chaos.Go(func() { kills(t, rand.New(rand.NewPCG(seed, 1)), folder, stop) })
	results := 0
	for begin := time.Now(); time.Since(begin) < 12*time.Second; {
		code := fmt.Sprintf("play(%d)", r.Uint64())
		c := f.Cell(code)
		switch r.IntN(8) {
		case 0, 1:
			time.Sleep(time.Duration(r.IntN(500)) * time.Millisecond)
			f.Interrupt()
		case 2:
			time.Sleep(time.Duration(r.IntN(500)) * time.Millisecond)
			for _, p := range children(t, "interp") {
				_ = p.Kill() // or it has ended
			}
		default:
			var s wire.Stream
			if err := c.Until("stdout: …").Decode(&s); err != nil {
				t.Fatal(err)
			}
			n, wrong, _ := strings.Cut(s.Text, " results, wrong: ")
			if count, err := strconv.Atoi(n); err != nil || wrong != "[]\n" {
				t.Errorf("%s printed %q", code, s.Text)
			} else {
				results += count
			}
		}
		c.Reply(wire.MsgExecuteReply, nil)
		c.Forget() // that processes were killed may be told at any time
		one := f.Cell("1")
		one.Until("result: 1")
		one.Reply(wire.MsgExecuteReply, nil)
		one.Forget()
	}
	t.Logf("%d results", results)
}

// kills kills and stops workers at random, of those that have done something: without these there is no result ever.
func kills(t *testing.T, r *rand.Rand, folder string, stop <-chan struct{}) {
	n := 0
	defer func() { t.Logf("%d workers were killed or stopped", n) }()
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(20+r.IntN(150)) * time.Millisecond):
		}
		var able []*process.Process
		for _, p := range children(t, "worker") {
			if _, err := os.Stat(filepath.Join(folder, fmt.Sprint(p.Pid))); err == nil {
				able = append(able, p)
			}
		}
		if len(able) == 0 {
			continue
		}
		n++
		p := able[r.IntN(len(able))]
		// Any of these fails if it has ended.
		switch r.IntN(6) {
		case 0:
			_ = p.Suspend()
		case 1:
			_ = p.Suspend()
			time.Sleep(time.Duration(r.IntN(50)) * time.Millisecond)
			_ = p.Resume()
		default:
			_ = p.Kill()
		}
	}
}

// children returns the kernel's processes that are what verb says.
func children(t *testing.T, verb string) (out []*process.Process) {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		t.Error(err)
		return nil
	}
	all, err := self.Children()
	if err != nil {
		return nil // there are none
	}
	for _, p := range all {
		if line, err := p.CmdlineSlice(); err == nil && len(line) > 1 && line[1] == verb {
			out = append(out, p)
		}
	}
	return out
}

// Single calls that are cancelled leave their workers free, also those that weren't sent yet.
func TestCancelledFutures(t *testing.T) {
	f := start(t)
	f.Run("p, err := pool.New(2)")
	f.Run(`fs := []*task.Future[int]{}
for range 50 {
	fs = append(fs, pool.Go(p, func() int {
		for i := 0; ; i++ {
		}
	}))
}
n := 0
for _, f := range fs {
	f.Cancel()
	if _, err := f.Get(); errors.Is(err, context.Canceled) {
		n++
	}
}
n`, "result: 50")
	f.Run("pool.Go(p, func() int { return 7 }).Get()", "result: 7")
	f.Run("pool.Map(p, func(x int) int { return x }, []int{1, 2, 3}, pool.Quiet)", "result: []int{1, 2, 3}")
	f.Run("p.Close()")
}
