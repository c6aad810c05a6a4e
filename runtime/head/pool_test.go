//go:build unix

package head_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A pool grows and shrinks while it works, and drains when it is closed.
func TestResizeAndClose(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 1})
	j := c.open(p, nil)
	for i := range uint64(40) {
		c.task(j, i, "sleep 5ms")
	}
	for _, n := range []int{4, 2} {
		if _, err := c.conn.ResizePool(h.ctx(), p, n); err != nil {
			t.Fatal(err)
		}
		h.eventually(fmt.Sprint(n, " workers"), func() bool {
			s, err := c.conn.Pool(h.ctx(), p)
			return err == nil && s.Workers == n && s.Starting == 0
		})
	}
	if _, err := c.conn.ResizePool(h.ctx(), p, 0); err == nil || !strings.Contains(err.Error(), "0 workers") {
		t.Errorf("no workers: %v", err)
	}
	c.send(&bus.Close{Job: j})
	if err := c.conn.ClosePool(h.ctx(), p); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(40) {
		if r := c.result(j, i); r.Status != bus.Done {
			t.Errorf("task %d: %+v", i, r)
		}
	}
	if n := len(h.l.running()); n > 0 {
		t.Errorf("%d workers are left", n)
	}
	r, _ := c.do(p, "echo")
	if r.Status != bus.Failed || !strings.Contains(r.Fails[0].Text, "closed") {
		t.Errorf("a closed pool: %+v", r)
	}
	if _, err := c.conn.Pool(h.ctx(), p); err == nil {
		t.Error("a closed pool has a status")
	}
}

func TestKillPool(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2})
	j := c.open(p, nil)
	for i := range uint64(5) {
		c.task(j, i, "hang")
	}
	if err := c.conn.KillPool(h.ctx(), p); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(5) {
		if r := c.result(j, i); r.Status != bus.Cancelled || r.Fails[0].Text != "the pool was killed" {
			t.Errorf("task %d: %+v", i, r)
		}
	}
	c.task(j, 9, "echo")
	if r := c.result(j, 9); r.Status != bus.Failed {
		t.Errorf("a task afterwards: %+v", r)
	}
	if n := len(h.l.running()); n > 0 {
		t.Errorf("%d workers are left", n)
	}
}

// Each worker runs the pool's Init once before its tasks.
func TestInit(t *testing.T) {
	h := start(t)
	c := h.client()
	c.send(&bus.Code{ID: "I", Program: []byte("code I")})
	do := func(word string) *bus.Init {
		return &bus.Init{Spec: bus.Spec{Name: "init", Code: []string{"I"}}, Input: bus.Payload{Data: []byte(`["` + word + `"]`)}}
	}
	p := h.pool(c, bus.PoolSpec{Size: 2, Run: 7, Init: do("print begun")})
	j := c.open(p, nil)
	for i := range uint64(20) {
		c.task(j, i, "sleep 1ms")
	}
	for i := range uint64(20) {
		c.result(j, i)
	}
	h.mu.Lock()
	if len(h.out) == 0 || len(h.out) > 2 {
		t.Errorf("printed %q", h.out)
	}
	h.mu.Unlock()

	for word, why := range map[string]string{"fail bad luck": "its Init failed: bad luck", "exit 4": "exit status 4", "kill": "signal: killed"} {
		p := h.pool(c, bus.PoolSpec{Size: 2, Run: 7, Init: do(word)})
		r, _ := c.do(p, "echo")
		if r.Status != bus.Failed || !strings.Contains(r.Fails[0].Text, why) {
			t.Errorf("%s: %+v", word, r)
		}
	}
}

// A worker that has done its tasks is replaced.
func TestMaxTasks(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 1, MaxTasks: 3})
	j := c.open(p, nil)
	pids := map[string]int{}
	for i := range uint64(9) {
		c.task(j, i, "pid")
	}
	for i := range uint64(9) {
		pids[outputs(c.result(j, i))[0]]++
	}
	if len(pids) != 3 {
		t.Errorf("tasks by worker: %v", pids)
	}
	h.eventually("it is counted", func() bool {
		s, err := c.conn.Pool(h.ctx(), p)
		return err == nil && s.Retired == 3 && s.Restarts == 0 && s.Tasks == 9
	})
}

// A pool with a name outlives its client and is found again; one without doesn't.
func TestNamedPool(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Name: "mine", Size: 1})
	other := h.pool(c, bus.PoolSpec{Size: 2})
	worker, _ := h.first(c, p)
	h.first(c, other)
	j := c.open(p, nil)
	c.task(j, 1, "hang")
	h.eventually("it runs", func() bool { s, _ := c.conn.Pool(h.ctx(), p); return s.Busy == 1 })
	c.conn.Close()

	c = h.client()
	h.eventually("the job was cancelled and the pool without a name has ended", func() bool {
		s := h.status(c)
		return len(s.Pools) == 2 && len(s.Jobs) == 0 && len(h.l.running()) == 1
	})
	if again := h.pool(c, bus.PoolSpec{Name: "mine", Size: 1}); again != p {
		t.Errorf("pool %d, then %d", p, again)
	}
	// Its worker hung: it was replaced.
	if now, _ := h.first(c, p); now == worker {
		t.Errorf("%s is still there", now)
	}
	c.conn.Close()
	c = h.client()
	worker, _ = h.first(c, p)
	if h.pool(c, bus.PoolSpec{Name: "mine", Size: 3}); worker == "" {
		t.Error("no worker")
	}
	h.eventually("it has grown", func() bool { s, err := c.conn.Pool(h.ctx(), p); return err == nil && s.Workers == 3 })
}

// Jobs take turns, and those of a higher priority go first.
func TestFair(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 1})
	block := c.open(p, nil)
	c.task(block, 1, "sleep 300ms")
	var order []uint64
	jobs := []uint64{c.open(p, nil), c.open(p, nil), c.open(p, func(o *bus.Open) { o.Spec.Priority = 1 })}
	const each = 10
	for _, j := range jobs {
		for i := range uint64(each) {
			c.task(j, i, "print "+strconv.Itoa(int(j)))
		}
	}
	for _, j := range jobs {
		for i := range uint64(each) {
			c.result(j, i)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.out {
		n, _ := strconv.Atoi(s)
		order = append(order, uint64(n))
	}
	for i, j := range order[:each] {
		if j != jobs[2] {
			t.Fatalf("the %dth was of job %d: %v", i, j, order)
		}
	}
	rest := order[each:]
	for i := range rest[:2*each-4] { // prefetched ones may shift it by some
		if n := strings.Count(fmt.Sprint(rest[:i+1]), fmt.Sprint(jobs[0])); n < (i+1)/2-3 || n > (i+1)/2+4 {
			t.Fatalf("no turns: %v", rest)
		}
	}
}

// Tasks that wait for tasks of their own in the same pool don't wait for ever.
func TestNested(t *testing.T) {
	h := start(t)
	c := h.client()
	for _, p := range []uint64{h.pool(c, bus.PoolSpec{Size: 2}), bus.TasksPool} {
		j := c.open(p, func(o *bus.Open) { o.Spec.Needs.CPUs = 1 })
		for i := range uint64(6) {
			c.task(j, i, fmt.Sprintf("nest %d 3 sleep 1ms", p))
		}
		c.task(j, 9, fmt.Sprintf("nest %d 1 nest %d 1 nest %d 2 echo", p, p, p))
		for _, i := range []uint64{0, 1, 2, 3, 4, 5, 9} {
			if r := c.result(j, i); r.Status != bus.Done || len(r.Fails) > 0 {
				t.Errorf("task %d: %+v", i, r)
			}
		}
		c.send(&bus.Close{Job: j})
	}
	h.eventually("those that stood in have ended", func() bool {
		for _, p := range h.status(c).Pools {
			if p.ID != bus.TasksPool && (p.Workers != 2 || p.Blocked != 0) {
				return false
			}
		}
		return true
	})
}

// A function with a process of its own has one, which ends with it.
func TestProcess(t *testing.T) {
	h := start(t)
	c := h.client()
	process := func(o *bus.Open) { o.Spec.Process, o.Spec.Deaths = true, 0 }
	var pids []string
	for i := range uint64(5) { // more than there are CPUs
		j := c.open(bus.TasksPool, process)
		c.task(j, 1, "pid", "sleep 300ms")
		c.wait("it runs", func() bool { return len(c.started) == int(i)+1 })
		s := c.started[i]
		if s.Job != j || s.Pid == 0 {
			t.Errorf("started: %+v", s)
		}
		pids = append(pids, strconv.Itoa(s.Pid))
	}
	for i := range uint64(5) {
		if out := outputs(c.result(i+1, 1)); out[0] != pids[i] || slices.Contains(pids[:i], out[0]) {
			t.Errorf("process %d: %q, told %q", i, out, pids)
		}
	}
	j := c.open(bus.TasksPool, process)
	c.task(j, 1, "exit 5")
	if r := c.result(j, 1); r.Status != bus.Failed || r.Fails[0].Code != 5 || r.Fails[0].Name != "exit" {
		t.Errorf("result %+v", r)
	}
	j = c.open(bus.TasksPool, process)
	c.task(j, 1, "hang")
	c.wait("it runs", func() bool { return len(c.started) == 7 })
	c.send(&bus.Cancel{Job: j, Task: 1})
	if r := c.result(j, 1); r.Status != bus.Cancelled {
		t.Errorf("result %+v", r)
	}
	h.eventually("all have ended", func() bool { return len(h.l.running()) == 0 })
}

// Tasks hold what they need, and fail at once if nobody can ever have it.
func TestResources(t *testing.T) {
	h := start(t)
	h.m.gpus = 3
	c := h.client()
	s, err := c.conn.Init(h.ctx(), bus.Limits{GPUs: 2, Custom: map[string]float64{"db": 1}})
	if err != nil || !s.New || s.Total.GPUs != 2 || s.Total.CPUs != 2 {
		t.Fatalf("%+v, %v", s.Total, err)
	}
	if s, err = c.conn.Init(h.ctx(), bus.Limits{}); err != nil || s.New || s.Total.GPUs != 2 {
		t.Errorf("again: %+v, %v", s, err)
	}
	if _, err = c.conn.Init(h.ctx(), bus.Limits{GPUs: 4}); err == nil || err.Error() != "4 GPUs asked for; this machine has 2 CPUs, 24.0 GB of memory and 3 GPUs" {
		t.Errorf("too much: %v", err)
	}
	for _, test := range []struct {
		needs bus.Resources
		want  string
	}{
		{bus.Resources{CPUs: 3}, "a task needs 3 CPUs; the session was given 2 CPUs, 24.0 GB of memory, 2 GPUs and 1 of \"db\""},
		{bus.Resources{GPUs: 2.5, Memory: 30e9}, "a task needs 2.5 GPUs and 30.0 GB of memory; the session"},
		{bus.Resources{Custom: map[string]float64{"tpu": 1}}, `a task needs 1 of "tpu"; the session`},
		{bus.Resources{CPUs: -1}, "isn't a number"},
	} {
		j := c.open(bus.TasksPool, func(o *bus.Open) { o.Spec.Needs = test.needs })
		c.task(j, 1, "echo")
		if r := c.result(j, 1); r.Status != bus.Failed || !strings.Contains(r.Fails[0].Text, test.want) {
			t.Errorf("%+v: %+v", test.needs, r)
		}
	}

	// No more run at a time than there is for.
	for _, test := range []struct {
		needs bus.Resources
		most  int
	}{
		{bus.Resources{CPUs: 1}, 2}, {bus.Resources{CPUs: 2}, 1}, {bus.Resources{CPUs: 0.5}, 4}, {bus.Resources{Memory: 10e9}, 2},
		{bus.Resources{GPUs: 1}, 2}, {bus.Resources{GPUs: 0.5}, 4}, {bus.Resources{Custom: map[string]float64{"db": 1}}, 1}, {bus.Resources{}, 8},
	} {
		j := c.open(bus.TasksPool, func(o *bus.Open) { o.Spec.Needs = test.needs })
		for i := range uint64(8) {
			c.task(j, i, "gpus", "sleep 20ms")
		}
		held := 0
		for i := range uint64(8) {
			for range 4 {
				s := h.status(c)
				busy := 0
				for _, w := range s.Workers {
					if w.State == "busy" {
						busy++
					}
				}
				held = max(held, busy)
			}
			out := outputs(c.result(j, i))
			if want := test.needs.GPUs > 0; (out[0] != "[]") != want {
				t.Errorf("%+v: GPUs %s", test.needs, out[0])
			}
		}
		if held > test.most {
			t.Errorf("%+v: %d at a time", test.needs, held)
		}
		c.send(&bus.Close{Job: j})
	}
	// What waits for more than there is any longer fails.
	j := c.open(bus.TasksPool, func(o *bus.Open) { o.Spec.Needs.GPUs = 2 })
	c.task(j, 1, "sleep 1h")
	c.task(j, 2, "echo")
	h.eventually("one runs", func() bool { return h.status(c).Held.GPUs == 2 })
	if _, err := c.conn.Init(h.ctx(), bus.Limits{GPUs: 1}); err != nil {
		t.Fatal(err)
	}
	if r := c.result(j, 2); r.Status != bus.Failed || !strings.Contains(r.Fails[0].Text, "a task needs 2 GPUs; the session was given") {
		t.Errorf("result %+v", r)
	}
	c.send(&bus.Cancel{Job: j})
	c.result(j, 1)

	h.eventually("nothing is held", func() bool { s := h.status(c).Held; return s.CPUs == 0 && s.GPUs == 0 && s.Memory == 0 })
}

// Large inputs and results go through files, and nothing of them is left.
func TestBlobs(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2})
	j := c.open(p, nil)
	big := strings.Repeat("y", 3e6)
	for i := range uint64(8) {
		c.task(j, i, "len "+big, "big 2000000")
	}
	for i := range uint64(8) {
		if out := outputs(c.result(j, i)); len(out) != 2 || out[0] != "3000000" || len(out[1]) != 2e6 {
			t.Fatalf("task %d: %d results", i, len(out))
		}
	}
	h.eventually("all are freed", func() bool { s := h.status(c); return s.Blobs == 0 && s.BlobBytes == 0 })

	// What a client hasn't read is freed when it is gone.
	c.mu.Lock()
	c.keep = true
	c.mu.Unlock()
	c.task(j, 20, "big 1000000")
	c.result(j, 20)
	if s := h.status(c); s.Blobs != 1 {
		t.Errorf("%d blobs", s.Blobs)
	}
	c.conn.Close()
	c = h.client()
	h.eventually("it is freed", func() bool { return h.status(c).Blobs == 0 })
}

// The state of all is told.
func TestStatus(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2, MemoryLimit: 5e8})
	h.first(c, p)
	j := c.open(p, nil)
	c.task(j, 1, "echo", "sleep 1h")
	var s bus.Runtime
	h.eventually("the second item runs", func() bool {
		s = h.status(c)
		return len(s.Workers) == 2 && slices.ContainsFunc(s.Workers, func(w bus.WorkerStatus) bool { return w.Item == 1 && w.Since > 0 })
	})
	i := slices.IndexFunc(s.Workers, func(w bus.WorkerStatus) bool { return w.State == "busy" })
	if w := s.Workers[i]; w.Job != "f" || w.Place != "cell [1], line 1" || w.Run != 7 || w.Limit != 5e8 || w.RSS != 20e6 || w.Pid == 0 {
		t.Errorf("worker %+v", w)
	}
	if len(s.Jobs) != 1 || s.Jobs[0].Running != 1 || s.Clients != 1 || s.MemoryTotal != 24e9 {
		t.Errorf("status %+v", s)
	}
	c.send(&bus.Cancel{Job: j})
	c.result(j, 1)
}

// The end of the runtime ends what runs in it, and tells who waits.
func TestShutdown(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2})
	j := c.open(p, nil)
	for i := range uint64(5) {
		c.task(j, i, "hang")
	}
	h.eventually("they run", func() bool { s, _ := c.conn.Pool(h.ctx(), p); return s.Busy == 2 })
	if err := c.conn.Shutdown(h.ctx()); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(5) {
		if r := c.result(j, i); r.Status != bus.Cancelled {
			t.Errorf("task %d: %+v", i, r)
		}
	}
	<-h.Done()
	h.Close()
	select {
	case <-c.conn.Done():
	case <-time.After(30 * time.Second):
		t.Error("the client isn't told")
	}
	if _, err := h.Client(); err == nil {
		t.Error("a client afterwards")
	}
}
