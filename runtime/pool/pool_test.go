package pool_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/pool"
	"github.com/goherd/goherd/runtime/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func goroutines(t *testing.T, n int, opts ...pool.Option) *pool.Pool {
	t.Helper()
	p, err := pool.New(n, append(opts, pool.Goroutines, pool.Quiet)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func upTo(n int) []int {
	xs := make([]int, n)
	for i := range xs {
		xs[i] = i + 1
	}
	return xs
}

func square(x int) int { return x * x }

func TestMap(t *testing.T) {
	p := goroutines(t, 4)
	for _, n := range []int{0, 1, 2, 3, 100, 10_000} {
		ys, err := pool.Map(p, square, upTo(n))
		if err != nil || len(ys) != n {
			t.Fatalf("%d items: %d results, %v", n, len(ys), err)
		}
		for i, y := range ys {
			if y != (i+1)*(i+1) {
				t.Fatalf("result %d of %d is %d", i, n, y)
			}
		}
	}
}

// All items are done, once, whatever the chunks.
func TestChunks(t *testing.T) {
	p := goroutines(t, 3)
	for _, chunk := range []int{1, 2, 7, 1000, 100_000} {
		var calls [5000]atomic.Int32
		err := pool.ForEach(p, func(i int) { calls[i-1].Add(1) }, upTo(len(calls)), pool.Chunk(chunk))
		if err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if n := calls[i].Load(); n != 1 {
				t.Fatalf("chunks of %d: item %d was done %d times", chunk, i, n)
			}
		}
	}
}

type badItem struct{ x int }

func (e *badItem) Error() string { return "bad item " + strconv.Itoa(e.x) }

// One bad item of ten: the other results are there, and the error says which it is and unwraps to the user's.
func TestItemError(t *testing.T) {
	p := goroutines(t, 2)
	ys, err := pool.MapErr(p, func(x int) (int, error) {
		if x == 5 {
			return 99, fmt.Errorf("parse: %w", &badItem{x})
		}
		return x * x, nil
	}, upTo(10))
	var bad *badItem
	if !errors.As(err, &bad) || bad.x != 5 {
		t.Fatalf("the error %v doesn't unwrap to the user's", err)
	}
	var e *pool.Error
	if !errors.As(err, &e) || len(e.Failed) != 1 || e.Items != 10 || e.Done != 10 || e.Cause != nil {
		t.Fatalf("the error is %#v", err)
	}
	if f := e.Failed[0]; f.Item != 4 || f.Value != "5" || f.Attempt != 1 || f.Kind != "error" {
		t.Errorf("the failed item is %+v", f)
	}
	for _, want := range []string{"pool.MapErr: 1 of 10 items failed:\n  item 4 (value 5) of ", "parse: bad item 5", "attempt 1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q isn't in %q", want, err)
		}
	}
	if want := []int{1, 4, 9, 16, 0, 36, 49, 64, 81, 100}; !slices.Equal(ys, want) {
		t.Errorf("the results are %v", ys)
	}
}

func TestPanic(t *testing.T) {
	p := goroutines(t, 2)
	var zero int
	ys, err := pool.Map(p, func(x int) int {
		if x%3 == 0 {
			return x / zero
		}
		return x
	}, upTo(9), pool.Chunk(5))
	var e *pool.Error
	if !errors.As(err, &e) || len(e.Failed) != 3 {
		t.Fatal(err)
	}
	if f := e.Failed[0]; f.Kind != "panic" || f.Item != 2 || !strings.Contains(f.Error(), "panic: runtime error: integer divide by zero") || len(f.Stack) == 0 ||
		!strings.Contains(f.Stack[0].Func, "TestPanic") {
		t.Errorf("the failed item is %+v", f)
	}
	if !slices.Equal(ys, []int{1, 2, 0, 4, 5, 0, 7, 8, 0}) {
		t.Errorf("the results are %v", ys)
	}
}

// The text of an error doesn't grow with the failures, which are all there.
func TestManyFailures(t *testing.T) {
	p := goroutines(t, 2)
	_, err := pool.MapErr(p, func(x int) (int, error) { return 0, errors.New("no") }, upTo(1000))
	var e *pool.Error
	if !errors.As(err, &e) || len(e.Failed) != 1000 || strings.Count(err.Error(), "\n") > 11 || !strings.Contains(err.Error(), "and 990 more") {
		t.Fatalf("%.2000v", err)
	}
	for i, f := range e.Failed {
		if f.Item != i {
			t.Fatalf("failure %d is of item %d", i, f.Item)
		}
	}
}

func TestRetries(t *testing.T) {
	p := goroutines(t, 4)
	final := errors.New("final")
	var tries [50]atomic.Int32
	ys, err := pool.MapErr(p, func(i int) (int, error) {
		n := int(tries[i-1].Add(1))
		if n != task.Attempt() {
			t.Errorf("item %d: attempt %d is said to be %d", i, n, task.Attempt())
		}
		switch {
		case i%10 == 0:
			return 0, final
		case i%7 == 0 || n <= i%3:
			return 0, errors.New("again")
		}
		return i, nil
	}, upTo(len(tries)), pool.Retries(3), pool.RetryIf(func(err error) bool { return err != final }), pool.Backoff(time.Microsecond, 2))
	var e *pool.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	failed := map[int]int{}
	for _, f := range e.Failed {
		failed[f.Item+1] = f.Attempt
	}
	for i := 1; i <= len(tries); i++ {
		want, y := 1+i%3, i
		switch {
		case i%10 == 0:
			want, y = 1, 0
		case i%7 == 0:
			want, y = 4, 0
		}
		if n := int(tries[i-1].Load()); n != want || ys[i-1] != y || y == 0 && failed[i] != want {
			t.Errorf("item %d was tried %d times, want %d; its result is %d, want %d; the error says attempt %d", i, n, want, ys[i-1], y, failed[i])
		}
	}
}

func TestMap2And3(t *testing.T) {
	p := goroutines(t, 2)
	ys, err := pool.Map2(p, func(a int, b string) string { return strconv.Itoa(a) + b }, []int{1, 2}, []string{"a", "b"})
	if err != nil || !slices.Equal(ys, []string{"1a", "2b"}) {
		t.Errorf("%v, %v", ys, err)
	}
	if _, err := pool.Map2(p, func(a, b int) int { return a }, []int{1, 2}, []int{1}); err == nil || !strings.Contains(err.Error(), "[2 1]") {
		t.Errorf("slices of different lengths: %v", err)
	}
	zs, err := pool.Map3Err(p, func(a, b, c int) (int, error) {
		if a == 2 {
			return 0, errors.New("two")
		}
		return a + b + c, nil
	}, []int{1, 2, 3}, []int{10, 20, 30}, []int{100, 200, 300})
	if !slices.Equal(zs, []int{111, 0, 333}) || err == nil || !strings.Contains(err.Error(), "value {2 20 200}") {
		t.Errorf("%v, %v", zs, err)
	}
}

func TestReduce(t *testing.T) {
	p := goroutines(t, 4)
	for _, n := range []int{0, 1, 2, 3, 5, 1000, 100_000} {
		for _, opts := range [][]pool.Option{nil, {pool.Chunk(1)}, {pool.Chunk(3)}} {
			if n > 1000 && opts != nil {
				continue
			}
			sum, err := pool.Reduce(p, func(a, b int) int { return a + b }, upTo(n), opts...)
			if err != nil || sum != n*(n+1)/2 {
				t.Errorf("the sum of %d is %d, %v", n, sum, err)
			}
		}
	}
	// The order of the items is kept.
	var words []string
	for i := range 500 {
		words = append(words, strconv.Itoa(i))
	}
	text, err := pool.Reduce(p, func(a, b string) string { return a + b }, words)
	if err != nil || text != strings.Join(words, "") {
		t.Errorf("%.50s…, %v", text, err)
	}
}

func TestMapReduce(t *testing.T) {
	p := goroutines(t, 4)
	var texts []string
	for i := range 3000 {
		texts = append(texts, fmt.Sprintf("the word%d and the word%d", i%10, i%7))
	}
	want := map[string]int{}
	mapper := func(text string) map[string]int {
		m := map[string]int{}
		for w := range strings.FieldsSeq(text) {
			m[w]++
		}
		return m
	}
	for _, text := range texts {
		for w, n := range mapper(text) {
			want[w] += n
		}
	}
	for _, opts := range [][]pool.Option{nil, {pool.Chunk(1)}, {pool.Chunk(100)}} {
		got, err := pool.MapReduce(p, mapper, func(a, b int) int { return a + b }, texts, opts...)
		if err != nil || len(got) != len(want) {
			t.Fatal(len(got), err)
		}
		for w, n := range want {
			if got[w] != n {
				t.Errorf("%s: %d, want %d", w, got[w], n)
			}
		}
	}
	// An item that fails leaves the others.
	got, err := pool.MapReduce(p, func(x int) map[int]int {
		if x == 50 {
			panic("fifty")
		}
		return map[int]int{x % 2: 1}
	}, func(a, b int) int { return a + b }, upTo(100))
	var e *pool.Error
	if !errors.As(err, &e) || len(e.Failed) != 1 || got[0] != 49 || got[1] != 50 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestStream(t *testing.T) {
	p := goroutines(t, 4)
	const n = 20_000
	next := 0
	for y, err := range pool.Stream(p, square, slices.Values(upTo(n))) {
		next++
		if err != nil || y != next*next {
			t.Fatalf("result %d is %d, %v", next, y, err)
		}
	}
	if next != n {
		t.Fatalf("%d results of %d", next, n)
	}
	seen := map[int]bool{}
	for y, err := range pool.Stream(p, square, slices.Values(upTo(n)), pool.Unordered) {
		if err != nil {
			t.Fatal(err)
		}
		seen[y] = true
	}
	if len(seen) != n {
		t.Fatalf("%d results of %d, unordered", len(seen), n)
	}
}

// A sequence without end is read only so far ahead as is useful, and leaving the loop ends it.
func TestStreamLazy(t *testing.T) {
	p := goroutines(t, 2)
	for _, opts := range [][]pool.Option{{pool.Chunk(10)}, {pool.Chunk(10), pool.Unordered}} {
		read, ended := 0, false
		forever := iter.Seq[int](func(yield func(int) bool) {
			defer func() { ended = true }()
			for yield(read) {
				read++
			}
		})
		got, most := 0, 0
		for _, err := range pool.Stream(p, square, forever, opts...) {
			if err != nil {
				t.Fatal(err)
			}
			got++
			most = max(most, read-got)
			if got == 50_000 {
				break
			}
		}
		if !ended || most > 60_000 {
			t.Errorf("ended: %v; read up to %d items ahead", ended, most)
		}
	}
}

// Without results being taken a slow item bounds what is read ahead of it.
func TestStreamBounded(t *testing.T) {
	p := goroutines(t, 2)
	hold := make(chan struct{})
	read := 0
	seq := iter.Seq[int](func(yield func(int) bool) {
		for i := range 1_000_000 {
			read++
			if i == 200_000 {
				t.Error("read without end while the first item isn't done")
				close(hold)
				return
			}
			if !yield(i) {
				return
			}
		}
	})
	go func() {
		time.Sleep(50 * time.Millisecond)
		hold <- struct{}{}
	}()
	for range pool.Stream(p, func(x int) int {
		if x == 0 {
			<-hold
		}
		return x
	}, seq, pool.Chunk(1)) {
		break
	}
}

func TestStreamErrors(t *testing.T) {
	p := goroutines(t, 2)
	n := 0
	for y, err := range pool.StreamErr(p, func(x int) (int, error) {
		if x%5 == 0 {
			return 0, &badItem{x}
		}
		return x, nil
	}, slices.Values(upTo(100))) {
		n++
		var bad *badItem
		if n%5 == 0 && (!errors.As(err, &bad) || bad.x != n) || n%5 != 0 && (err != nil || y != n) {
			t.Fatalf("item %d: %d, %v", n, y, err)
		}
	}
	if n != 100 {
		t.Fatal(n)
	}
}

func TestGo(t *testing.T) {
	p := goroutines(t, 2)
	f := pool.Go(p, func() int { return 42 })
	for range 2 { // any number of times
		if n, err := f.Get(); n != 42 || err != nil {
			t.Fatal(n, err)
		}
	}
	_, err := pool.GoErr(p, func() (int, error) { return 1, &badItem{1} }).Get()
	var bad *badItem
	var e *task.Error
	if !errors.As(err, &bad) || !errors.As(err, &e) || e.Item != -1 {
		t.Errorf("%v", err)
	}
	ys, err := pool.MapAsync(p, square, upTo(100)).Get()
	if err != nil || ys[99] != 10_000 {
		t.Error(ys, err)
	}
}

// No more goroutines run than the pool has, however many calls there are, also after a resize.
func TestBound(t *testing.T) {
	p := goroutines(t, 3)
	var running, most atomic.Int32
	work := func() int {
		n := running.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(time.Millisecond)
		running.Add(-1)
		return 0
	}
	for _, size := range []int{3, 6, 2} {
		if err := p.Resize(size); err != nil {
			t.Fatal(err)
		}
		most.Store(0)
		var fs []*task.Future[int]
		for range 60 {
			fs = append(fs, pool.Go(p, work))
		}
		if _, err := task.All(fs); err != nil {
			t.Fatal(err)
		}
		if n := int(most.Load()); n > size || n < 2 {
			t.Errorf("%d goroutines ran at a time, the pool has %d", n, size)
		}
	}
}

// What waits for calls of its own pool doesn't keep them from running.
func TestNested(t *testing.T) {
	p := goroutines(t, 1)
	ys, err := pool.Map(p, func(x int) int {
		zs, err := pool.Map(p, square, upTo(x))
		if err != nil {
			panic(err)
		}
		n, err := pool.Go(p, func() int { return len(zs) }).Get()
		if err != nil {
			panic(err)
		}
		return n
	}, upTo(20))
	if err != nil || !slices.Equal(ys, upTo(20)) {
		t.Fatal(ys, err)
	}
}

func TestContext(t *testing.T) {
	p := goroutines(t, 2)
	ctx, cancel := context.WithCancel(context.Background())
	var done atomic.Int32
	ys, err := pool.Map(p, func(x int) int {
		if x == 5 {
			for done.Load() < 4 {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}
		if x >= 5 {
			<-task.Context().Done()
			return 0
		}
		done.Add(1)
		return x
	}, upTo(1000), pool.Context(ctx), pool.Chunk(1))
	var e *pool.Error
	if !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.Cause == nil || e.Done >= 1000 {
		t.Fatalf("%v", err)
	}
	if len(ys) != 1000 || slices.Max(ys[:4]) == 0 {
		t.Errorf("the results that were there are lost: %v", ys[:5])
	}
	if _, err := pool.Map(p, square, upTo(10)); err != nil { // the pool is free
		t.Fatal(err)
	}
}

func TestTimeouts(t *testing.T) {
	p := goroutines(t, 2)
	hold := make(chan struct{})
	defer close(hold)
	stuck := func(x int) int {
		if x == 3 {
			<-hold
		}
		return x
	}
	_, err := pool.Map(p, stuck, upTo(10), pool.Timeout(20*time.Millisecond))
	var e *pool.Error
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Cause == nil {
		t.Errorf("%v", err)
	}
	ys, err := pool.Map(p, stuck, upTo(10), pool.ItemTimeout(20*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Cause != nil || len(e.Failed) != 1 || e.Failed[0].Item != 2 {
		t.Errorf("%v", err)
	}
	if !slices.Equal(ys, []int{1, 2, 0, 4, 5, 6, 7, 8, 9, 10}) {
		t.Error(ys)
	}
}

func TestCloseAndKill(t *testing.T) {
	p := goroutines(t, 2)
	f := pool.Go(p, func() int { time.Sleep(20 * time.Millisecond); return 1 })
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if !isDone(f) {
		t.Error("Close didn't wait")
	}
	if _, err := pool.Map(p, square, upTo(3)); !errors.Is(err, pool.ErrClosed) || !strings.Contains(err.Error(), "pool.New") {
		t.Errorf("a closed pool: %v", err)
	}
	q := goroutines(t, 2)
	g := pool.Go(q, func() int { <-task.Context().Done(); return 1 })
	if err := q.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Get(); !errors.Is(err, pool.ErrClosed) {
		t.Errorf("a killed pool: %v", err)
	}
}

func isDone[R any](f *task.Future[R]) bool {
	select {
	case <-f.Done():
		return true
	default:
		return false
	}
}

func TestMisuse(t *testing.T) {
	p := goroutines(t, 1)
	try := func(what, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	_, err := pool.New(-1)
	try("a pool of less than none", "at least one worker", err)
	_, err = pool.New(1, pool.MemoryLimit("lots"))
	try("a size", `"lots" is no size`, err)
	_, err = pool.New(1, pool.Goroutines, pool.MemoryLimit("1GB"))
	try("a limit for goroutines", "worker processes", err)
	_, err = pool.Map(p, square, upTo(1), pool.Goroutines)
	try("an option of New", "Goroutines is no option here", err)
	_, err = pool.Map(p, square, upTo(1), pool.Chunk(0))
	try("a chunk of none", "at least one item", err)
	_, err = pool.Map[int, int](p, nil, upTo(1))
	try("no function", "the function is nil", err)
	_, err = pool.Map(nil, square, upTo(1))
	try("no pool", "pool.New makes one", err)
	_, err = pool.Map(p, square, upTo(1), pool.Option{})
	try("an empty option", "empty Option", err)
	_, err = pool.New(2)
	try("processes without a kernel", "pool.Goroutines", err)
	_, err = task.Go(func() int { return 1 }).Get()
	try("a task without a kernel", "worker processes are there only", err)
	_, err = task.Find[int]("nobody")
	try("a task that isn't there", `"nobody"`, err)
	_, err = pool.New(1, pool.Goroutines, pool.Init(func() error { return errors.New("not today") }))
	try("Init", "not today", err)
	var f task.Future[int]
	_, err = f.Get()
	try("an empty future", "empty", err)
}

func TestGoexit(t *testing.T) {
	p := goroutines(t, 2)
	ys, err := pool.Map(p, func(x int) int {
		if x == 4 {
			runtime.Goexit()
		}
		return x
	}, upTo(8), pool.Chunk(8))
	var e *pool.Error
	if !errors.As(err, &e) || len(e.Failed) != 1 || e.Failed[0].Item != 3 || !slices.Equal(ys, []int{1, 2, 3, 0, 5, 6, 7, 8}) {
		t.Fatal(ys, err)
	}
}

func TestPriority(t *testing.T) {
	p := goroutines(t, 1)
	hold := make(chan struct{})
	first := pool.Go(p, func() int { <-hold; return 0 })
	time.Sleep(5 * time.Millisecond)
	var mu sync.Mutex
	var order []int
	var fs []*task.Future[int]
	for i := range 6 {
		fs = append(fs, pool.Go(p, func() int {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, i%3)
			return i
		}, pool.Priority(i%3)))
	}
	time.Sleep(20 * time.Millisecond) // so that all wait
	close(hold)
	if _, err := task.All(append(fs, first)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []int{2, 2, 1, 1, 0, 0}) {
		t.Error(order)
	}
}

func TestStatus(t *testing.T) {
	p := goroutines(t, 2, pool.Name("mine <b>"))
	if _, err := pool.Map(p, square, upTo(10)); err != nil {
		t.Fatal(err)
	}
	s, err := p.Status()
	if err != nil || s.Items != 10 || s.Size != 2 || s.State != "open" {
		t.Errorf("%+v, %v", s, err)
	}
	if text := p.String(); !strings.Contains(text, "mine <b> (open)") || !strings.Contains(text, "2 of 2 goroutines") {
		t.Error(text)
	}
	if page := p.HTML(); !strings.Contains(page, "mine &lt;b&gt;") || strings.Contains(page, "<b>") {
		t.Error(page)
	}
}

func BenchmarkGoroutines(b *testing.B) {
	p, err := pool.New(2, pool.Goroutines, pool.Quiet)
	if err != nil {
		b.Fatal(err)
	}
	xs := upTo(1_000_000)
	b.Run("chunked", func(b *testing.B) {
		for b.Loop() {
			if _, err := pool.Map(p, square, xs); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*float64(len(xs))/b.Elapsed().Seconds(), "items/s")
	})
	b.Run("single", func(b *testing.B) {
		for b.Loop() {
			if _, err := pool.Map(p, square, xs[:10_000], pool.Chunk(1)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "items/s")
	})
	b.Run("Go", func(b *testing.B) {
		for b.Loop() {
			if _, err := pool.Go(p, func() int { return 1 }).Get(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
