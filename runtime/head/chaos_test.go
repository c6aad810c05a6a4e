//go:build unix

package head_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// Whatever happens to workers and clients, each task of a client that is there has exactly one result, and it is right.
func TestEveryTaskOneResult(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	h := start(t)
	admin := h.client()
	named := h.pool(admin, bus.PoolSpec{Name: "shared", Size: 3})
	stop := make(chan struct{})
	var chaos, work sync.WaitGroup
	chaos.Go(func() { h.kills(rand.New(rand.NewPCG(seed, 1)), stop) })
	for i := range uint64(4) {
		work.Go(func() {
			r := rand.New(rand.NewPCG(seed, 2+i))
			for range 3 {
				h.session(r, named)
			}
		})
	}
	work.Wait()
	close(stop)
	chaos.Wait()
	h.eventually("nothing is left but the pool with a name", func() bool {
		s := h.status(admin)
		return len(s.Jobs) == 0 && s.Blobs == 0 && s.Clients == 1 && len(s.Pools) == 2 && s.Held.CPUs == 0
	})
}

// kills kills and stops workers at random.
func (h *herd) kills(r *rand.Rand, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(r.IntN(60)) * time.Millisecond):
		}
		ps := h.l.running()
		if len(ps) == 0 {
			continue
		}
		p := ps[r.IntN(len(ps))]
		switch r.IntN(8) {
		case 0:
			p.signal(syscall.SIGSTOP)
		case 1:
			p.signal(syscall.SIGSTOP)
			time.Sleep(20 * time.Millisecond)
			p.signal(syscall.SIGCONT)
		default:
			p.signal(syscall.SIGKILL)
		}
	}
}

// session is a client's life: jobs of random tasks, of which some are cancelled. Some leave in the middle.
func (h *herd) session(r *rand.Rand, named uint64) {
	c := h.client()
	defer c.conn.Close()
	pools := []uint64{named, bus.TasksPool, h.pool(c, bus.PoolSpec{Size: 1 + r.IntN(3), MaxTasks: r.IntN(20)})}
	leaves := r.IntN(4) == 0
	type sent struct {
		job, task uint64
		items     []string
	}
	var all []sent
	cancelled := map[uint64]bool{}
	for range 2 + r.IntN(4) {
		process := r.IntN(5) == 0
		pool := pools[r.IntN(len(pools))]
		j := c.open(pool, func(o *bus.Open) {
			o.Spec.Deaths, o.Spec.Priority, o.Spec.Process = 1000, r.IntN(2), process
			if pool == bus.TasksPool {
				o.Spec.Needs.CPUs = float64(r.IntN(3)) / 2
			}
		})
		tasks := 1 + r.IntN(60)
		if process {
			tasks = 1 + r.IntN(3)
		}
		for i := range uint64(tasks) {
			var items []string
			for k := range 1 + r.IntN(3) {
				switch r.IntN(12) {
				case 0:
					items = append(items, fmt.Sprintf("sleep %dms", r.IntN(20)))
				case 1:
					items = append(items, "print x")
				case 2:
					items = append(items, fmt.Sprintf("big %d", r.IntN(600_000)))
				default:
					items = append(items, fmt.Sprintf("echo %d.%d.%d", j, i, k))
				}
			}
			c.task(j, i, items...)
			all = append(all, sent{j, i, items})
			if r.IntN(30) == 0 {
				cancelled[j] = true
				c.send(&bus.Cancel{Job: j, Task: i})
			}
		}
		if r.IntN(6) == 0 {
			cancelled[j] = true
			c.send(&bus.Cancel{Job: j})
		}
		c.send(&bus.Close{Job: j})
	}
	if leaves {
		return
	}
	for _, s := range all {
		res := c.result(s.job, s.task)
		switch {
		case res.Status == bus.Cancelled && cancelled[s.job]:
		case res.Status == bus.Failed && len(res.Fails) > 0 && res.Fails[0].Kind == "lost": // ten workers were killed before it could begin
		case res.Status == bus.Done && len(res.Fails) == 0:
			var out []string
			if err := json.Unmarshal(res.Output.Data, &out); err != nil || len(out) != len(s.items) {
				h.t.Errorf("%v: %d results, %v", s, len(out), err)
				continue
			}
			for k, item := range s.items {
				var n int
				if _, err := fmt.Sscanf(item, "big %d", &n); err == nil {
					if len(out[k]) != n {
						h.t.Errorf("%s gave %d bytes", item, len(out[k]))
					}
				} else if len(item) > 5 && item[:5] == "echo " && out[k] != item[5:] {
					h.t.Errorf("%s gave %q", item, out[k])
				}
			}
		default:
			h.t.Errorf("%v: %+v", s, res)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.results) != len(all) {
		h.t.Errorf("%d tasks, %d results", len(all), len(c.results))
	}
	for k, rs := range c.results {
		if len(rs) != 1 {
			h.t.Errorf("%v has %d results", k, len(rs))
		}
	}
}
