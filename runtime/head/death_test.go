//go:build unix

package head_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

func deaths(n int) func(*bus.Open) { return func(o *bus.Open) { o.Spec.Deaths = n } }

// A task whose worker was killed from outside is done again elsewhere, and the user is told of which item.
func TestKilledOnce(t *testing.T) {
	h := start(t)
	c := h.client()
	j := c.open(h.pool(c, bus.PoolSpec{Size: 1}), nil)
	c.task(j, 1, "echo a", "once "+filepath.Join(t.TempDir(), "x"), "attempt")
	r := c.result(j, 1)
	if out := outputs(r); r.Status != bus.Done || len(out) != 3 || out[0] != "a" || out[2] != "2" || r.Attempt != 2 {
		t.Errorf("result %+v, %q", r, out)
	}
	c.wait("a note", func() bool { return len(c.notes) == 1 })
	if n := c.notes[0]; !strings.Contains(n, "was killed (signal: killed) while it ran item 1 of f (cell [1], line 1): it is tried again") {
		t.Errorf("note %q", n)
	}
}

// What may not be tried again fails with the item that ran; what ended its worker itself is never tried again.
func TestCulprit(t *testing.T) {
	for _, test := range []struct {
		item   string
		deaths int
		tries  int
		name   string
		code   int
	}{
		{"kill", 0, 1, "killed", -1},
		{"kill", 2, 3, "killed", -1},
		{"exit 3", 5, 1, "exit", 3},
		{"stop", 0, 1, "silent", -1},
	} {
		t.Run(fmt.Sprintf("%s after %d deaths", test.item, test.deaths), func(t *testing.T) {
			h := start(t)
			c := h.client()
			p := h.pool(c, bus.PoolSpec{Size: 1})
			j := c.open(p, deaths(test.deaths))
			c.task(j, 1, "echo a", "echo b", test.item, "echo c")
			c.task(j, 2, "echo d")
			r := c.result(j, 1)
			if r.Status != bus.Failed || len(r.Fails) != 1 {
				t.Fatalf("result %+v", r)
			}
			f := r.Fails[0]
			if f.Item != 2 || f.Kind != "died" || f.Name != test.name || f.Code != test.code || f.Attempt != test.tries || !strings.HasPrefix(f.Text, "its worker ") {
				t.Errorf("failure %+v", f)
			}
			if out := outputs(c.result(j, 2)); !slices.Equal(out, []string{"d"}) {
				t.Errorf("the task after it gave %q", out)
			}
			s, err := c.conn.Pool(h.ctx(), p)
			if err != nil || s.Restarts != test.tries {
				t.Errorf("status %+v, %v", s, err)
			}
		})
	}
}

// A worker that has nothing to do and is killed is replaced.
func TestKilledIdle(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 1})
	_, pid := h.first(c, p)
	h.l.running()[0].signal(syscall.SIGKILL)
	h.eventually("another worker", func() bool {
		s, err := c.conn.Pool(h.ctx(), p)
		return err == nil && s.Workers == 1 && s.Restarts == 1
	})
	if _, other := h.first(c, p); other == pid {
		t.Error("the same worker")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) != 1 || !strings.Contains(h.events[0], "while it had nothing to do") {
		t.Errorf("told: %q", h.events)
	}
}

func (h *herd) first(c *client, p uint64) (string, string) {
	h.t.Helper()
	r, out := c.do(p, "pid")
	if len(out) != 1 {
		h.t.Fatalf("result %+v", r)
	}
	return r.Worker, out[0]
}

// Workers that end as they are started don't make anything wait.
func TestCantStart(t *testing.T) {
	for name, breakIt := range map[string]func(*launcher){
		"its process ends":  func(l *launcher) { l.env = []string{"TEST_START=exit"} },
		"it has no process": func(l *launcher) { l.fail = fmt.Errorf("no such program") },
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			h.l.set(func() { breakIt(h.l) })
			c := h.client()
			p := h.pool(c, bus.PoolSpec{Size: 2})
			for range 2 { // the second finds the pool failed
				r, _ := c.do(p, "echo")
				if r.Status != bus.Failed || !strings.Contains(r.Fails[0].Text, "has no workers: 3 workers ended as they were started") {
					t.Errorf("result %+v", r)
				}
			}
			r, _ := c.do(bus.TasksPool, "echo")
			if r.Status != bus.Failed {
				t.Errorf("single task: %+v", r)
			}
			// When it is mended it goes on.
			h.l.set(func() { h.l.env, h.l.fail = nil, nil })
			if _, err := c.conn.ResizePool(h.ctx(), p, 1); err != nil {
				t.Fatal(err)
			}
			for _, p := range []uint64{p, bus.TasksPool} {
				if r, out := c.do(p, "echo x"); !slices.Equal(out, []string{"x"}) {
					t.Errorf("result %+v", r)
				}
			}
		})
	}
}

// Tasks that wait in a worker whose first takes long are given to one that is idle, and done once.
func TestBehindALongOne(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2})
	j := c.open(p, nil)
	c.task(j, 1, "sleep 1ms") // so that it is known how long they take
	c.result(j, 1)
	c.task(j, 2, "sleep 1h")
	for i := uint64(3); i < 60; i++ {
		c.task(j, i, "print x")
	}
	for i := uint64(3); i < 60; i++ {
		if r := c.result(j, i); r.Status != bus.Done {
			t.Fatalf("task %d: %+v", i, r)
		}
	}
	h.mu.Lock()
	if len(h.out) != 57 {
		t.Errorf("%d prints of 57 tasks", len(h.out))
	}
	h.mu.Unlock()
	c.send(&bus.Cancel{Job: j})
	if r := c.result(j, 2); r.Status != bus.Cancelled {
		t.Errorf("result %+v", r)
	}
}

// What is cancelled ends soon, whatever it does, and its worker or another one is there for others.
func TestCancel(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 1})
	worker, _ := h.first(c, p)
	for _, test := range []struct {
		item string
		same bool
	}{{"sleep 1h", true}, {"hang", false}} {
		j := c.open(p, nil)
		c.task(j, 1, test.item)
		c.task(j, 2, "echo")
		h.eventually("it runs", func() bool {
			s := h.status(c)
			return len(s.Workers) == 1 && s.Workers[0].State == "busy"
		})
		other := c.open(p, nil)
		c.task(other, 1, "echo y")
		c.send(&bus.Cancel{Job: j}, &bus.Close{Job: j})
		for i := range uint64(2) {
			if r := c.result(j, i+1); r.Status != bus.Cancelled {
				t.Errorf("%s: result %d: %+v", test.item, i+1, r)
			}
		}
		r := c.result(other, 1)
		if out := outputs(r); !slices.Equal(out, []string{"y"}) || (r.Worker == worker) != test.same {
			t.Errorf("%s: the other task: %+v (before: %s)", test.item, r, worker)
		}
		c.send(&bus.Close{Job: other})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, rs := range c.results {
		if len(rs) != 1 {
			t.Errorf("%v has %d results", k, len(rs))
		}
	}
}

// An item that takes no notice that its time is over ends with its worker.
func TestTimeout(t *testing.T) {
	h := start(t)
	c := h.client()
	j := c.open(h.pool(c, bus.PoolSpec{Size: 1}), func(o *bus.Open) { o.Spec.Timeout, o.Spec.Deaths = 10*time.Millisecond, 5 })
	c.task(j, 1, "echo", "hang")
	r := c.result(j, 1)
	if r.Status != bus.Failed || len(r.Fails) != 1 || r.Fails[0].Kind != "timeout" || r.Fails[0].Item != 1 {
		t.Errorf("result %+v", r)
	}
}

// When the machine has no memory left, the worker that has most ends, and is blamed.
func TestMemory(t *testing.T) {
	h := start(t)
	h.l.set(func() {
		h.l.rss = func(name string) int64 {
			if name == "worker 2" {
				return 9e9
			}
			return 1e9
		}
	})
	c := h.client()
	j := c.open(h.pool(c, bus.PoolSpec{Size: 3}), func(o *bus.Open) { o.Spec.Deaths = 9 })
	for i := range uint64(3) {
		c.task(j, i, "echo", "sleep 1h")
	}
	h.eventually("all are busy", func() bool {
		n := 0
		for _, w := range h.status(c).Workers {
			if w.State == "busy" {
				n++
			}
		}
		return n == 3
	})
	h.m.mu.Lock()
	h.m.used = 23.5e9
	h.m.mu.Unlock()
	c.wait("a result", func() bool { return len(c.results) > 0 })
	h.m.mu.Lock()
	h.m.used = 10e9
	h.m.mu.Unlock()
	for _, rs := range c.results {
		f := rs[0].Fails[0]
		if f.Worker != "worker 2" || f.Name != "out of memory" || f.Item != 1 ||
			!strings.Contains(f.Text, "worker 2 used 9.0 GB while it ran item 1 of f (cell [1], line 1), and this machine had only 500 MB of 24.0 GB left") {
			t.Errorf("failure %+v", f)
		}
	}
	c.send(&bus.Cancel{Job: j})
	for i := range uint64(3) {
		c.result(j, i)
	}
}
