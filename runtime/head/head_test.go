//go:build unix

package head_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/head"
)

func TestMain(m *testing.M) {
	if os.Getenv("HEAD_TEST_WORKER") != "" {
		workerMain()
		return
	}
	goleak.VerifyTestMain(m)
}

// machine is one as the test wants it.
type machine struct {
	mu          sync.Mutex
	cpus        float64
	gpus        int
	used, total int64
}

func (m *machine) CPUs() float64 { return m.cpus }
func (m *machine) GPUs() int     { return m.gpus }

func (m *machine) Memory() (int64, int64, string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used, m.total, "the machine"
}

// A herd is a runtime under test.
type herd struct {
	*head.Head
	t testing.TB
	l *launcher
	m *machine

	mu     sync.Mutex
	out    []string // "run worker text"
	events []string
}

func start(t testing.TB) *herd {
	t.Helper()
	dir := t.TempDir()
	h := &herd{t: t, l: &launcher{dir: t.TempDir()}, m: &machine{cpus: 2, total: 24e9}}
	var err error
	h.Head, err = head.Start(head.Options{
		Launcher: h.l, Dir: dir, Machine: h.m,
		Output: func(run int, worker string, _ bool, p []byte) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.out = append(h.out, string(p))
			if run != 7 {
				t.Errorf("%q was printed for run %d", p, run)
			}
		},
		Notify: func(_ int, text string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, text)
		},
		Log: func(format string, args ...any) {
			// A worker that was killed may be about to connect.
			if text := fmt.Sprintf(format, args...); !strings.Contains(text, "authentication error") {
				t.Error("log:", text)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Close()
		if left := h.l.running(); len(left) > 0 {
			t.Errorf("%d workers are left", len(left))
		}
		if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) > 0 {
			t.Errorf("files are left: %q", files)
		}
	})
	return h
}

func (h *herd) client() *client {
	h.t.Helper()
	a, err := h.Client()
	if err != nil {
		h.t.Fatal(err)
	}
	c := &client{t: h.t, dir: a.Dir, results: map[[2]uint64][]*bus.Result{}}
	c.more.L = &c.mu
	if c.conn, err = bus.Dial(a, bus.Options{Handle: c.take}); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.conn.Close)
	return c
}

func (h *herd) pool(c *client, spec bus.PoolSpec) uint64 {
	h.t.Helper()
	s, err := c.conn.NewPool(h.ctx(), spec)
	if err != nil {
		h.t.Fatal(err)
	}
	return s.ID
}

func (h *herd) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	h.t.Cleanup(cancel)
	return ctx
}

// eventually waits until f.
func (h *herd) eventually(what string, f func() bool) {
	h.t.Helper()
	for range 6000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("waited in vain: %s", what)
}

func (h *herd) status(c *client) bus.Runtime {
	h.t.Helper()
	s, err := c.conn.Status(h.ctx())
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// A task goes to a worker and its result comes back, with what was printed shown before.
func TestTask(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2})
	c.send(&bus.Code{ID: "A", Program: []byte("code A")})
	j := c.open(p, func(o *bus.Open) { o.Spec.Code = []string{"A"} })
	c.task(j, 1, "echo hello", "print dear world", "fail no")
	r := c.result(j, 1)
	if got := outputs(r); !slices.Equal(got, []string{"hello", "", ""}) || len(r.Fails) != 1 {
		t.Fatalf("got %q, %+v", got, r.Fails)
	}
	f := r.Fails[0]
	if f.Item != 2 || f.Text != "no" || !strings.HasPrefix(f.Worker, "worker ") || f.Pid == 0 || f.Attempt != 1 {
		t.Errorf("failure %+v", f)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.out, []string{"dear world"}) {
		t.Errorf("printed before the result: %q", h.out)
	}
}

// What a session that was killed has left is removed by the next; what belongs to one that lives isn't.
func TestLeftBehind(t *testing.T) {
	h := start(t)
	base := filepath.Dir(h.client().dir)
	dead := filepath.Join(base, "goherd-1234")
	if err := os.MkdirAll(filepath.Join(dead, "blobs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dead, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := head.Start(head.Options{Launcher: h.l, Dir: base})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if dirs, _ := filepath.Glob(filepath.Join(base, "*")); len(dirs) != 2 || slices.Contains(dirs, dead) {
		t.Errorf("there are %q", dirs)
	}
}
