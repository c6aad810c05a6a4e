package task_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/pool"
	"github.com/goherd/goherd/runtime/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gates is a pool with futures that are over when their gates are opened.
func gates(t *testing.T, n int) (fs []*task.Future[int], open []func()) {
	t.Helper()
	p, err := pool.New(n, pool.Goroutines)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	for i := range n {
		gate := make(chan struct{})
		fs = append(fs, pool.Go(p, func() int {
			select {
			case <-gate:
			case <-task.Context().Done():
			}
			return i
		}))
		open = append(open, func() { close(gate) })
	}
	return fs, open
}

func TestWait(t *testing.T) {
	fs, open := gates(t, 4)
	open[2]()
	over, rest, err := task.Wait(fs, 1)
	if err != nil || !slices.Equal(over, fs[2:3]) || !slices.Equal(rest, []*task.Future[int]{fs[0], fs[1], fs[3]}) {
		t.Errorf("%v, %v, %v", over, rest, err)
	}
	over, rest, err = task.Wait(fs, 2, pool.Timeout(10*time.Millisecond))
	if err != nil || len(over) != 1 || len(rest) != 3 {
		t.Errorf("%v, %v, %v", over, rest, err)
	}
	open[0]()
	open[1]()
	open[3]()
	if over, rest, _ = task.Wait(fs, 100); len(over) != 4 || rest != nil {
		t.Errorf("%v, %v", over, rest)
	}
	if over, rest, _ = task.Wait[int](nil, 1); over != nil || rest != nil {
		t.Errorf("%v, %v", over, rest)
	}
}

func TestAsCompleted(t *testing.T) {
	fs, open := gates(t, 5)
	order := []int{3, 0, 4, 2, 1}
	n := 0
	open[order[0]]()
	for f := range task.AsCompleted(fs) {
		if i := f.MustGet(); i != order[n] {
			t.Fatalf("future %d came as number %d, want %d", i, n, order[n])
		}
		if n++; n < len(order) {
			open[order[n]]()
		}
	}
	if n != len(fs) {
		t.Errorf("%d of %d came", n, len(fs))
	}
	for range task.AsCompleted(fs) {
		break
	}
}

func TestCancel(t *testing.T) {
	fs, open := gates(t, 3)
	fs[1].Cancel()
	if _, err := fs[1].Get(); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	open[0]()
	open[2]()
	ns, err := task.All(fs)
	var e *pool.Error
	if !errors.As(err, &e) || len(e.Failed) != 1 || e.Failed[0].Item != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if !slices.Equal(ns, []int{0, 0, 2}) {
		t.Error(ns)
	}
	fs[0].Cancel() // it is over
	if n, err := fs[0].Get(); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestGetContext(t *testing.T) {
	fs, open := gates(t, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := fs[0].GetContext(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "isn't done") {
		t.Errorf("%v", err)
	}
	open[0]()
	if n, err := fs[0].Get(); n != 0 || err != nil { // it wasn't cancelled
		t.Error(n, err)
	}
}

func TestOnDone(t *testing.T) {
	fs, open := gates(t, 1)
	got := make(chan int, 2)
	fs[0].OnDone(func(n int, err error) { got <- n })
	open[0]()
	<-got
	fs[0].OnDone(func(n int, err error) { got <- n })
	<-got
}

func TestString(t *testing.T) {
	fs, open := gates(t, 1)
	if s := fs[0].String(); !strings.Contains(s, "not done yet") {
		t.Error(s)
	}
	open[0]()
	fs[0].MustGet()
	if s := fs[0].String(); !strings.HasPrefix(s, "pool.Go of ") || !strings.HasSuffix(s, ": 0") {
		t.Error(s)
	}
}

func TestMustGet(t *testing.T) {
	p, err := pool.New(1, pool.Goroutines)
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, no) {
			t.Errorf("it panicked with %v", err)
		}
	}()
	pool.GoErr(p, func() (int, error) { return 0, no }).MustGet()
}

func TestOutside(t *testing.T) {
	if task.Attempt() != 0 || task.Context() != context.Background() {
		t.Error("this is no task")
	}
}
