//go:build unix

package head_test

import (
	"slices"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// noop opens a job of tasks that do nothing.
func noop(c *client, p uint64) uint64 {
	return c.open(p, func(o *bus.Open) { o.Spec.Func.Data = []byte("noop") })
}

// BenchmarkRoundTrip measures the way of one task: client, head, worker, head, client. It reports the median.
func BenchmarkRoundTrip(b *testing.B) {
	h := start(b)
	c := h.client()
	j := noop(c, h.pool(c, bus.PoolSpec{Size: 1}))
	c.task(j, 1<<40, "echo")
	c.result(j, 1<<40)
	var took []time.Duration
	n := uint64(0)
	for b.Loop() {
		n++
		began := time.Now()
		c.task(j, n, "echo")
		c.result(j, n)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100])/1e3, "p99-µs")
}

// BenchmarkTasks measures single tasks, a thousand on their way at a time.
func BenchmarkTasks(b *testing.B) {
	h := start(b)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 2})
	j := noop(c, p)
	c.task(j, 1<<40, "echo")
	c.result(j, 1<<40)
	in := bus.Payload{Data: []byte(`["echo"]`)}
	const window = 1000
	sent, n := 0, 0
	b.ResetTimer()
	for n < b.N {
		var ms []bus.Message
		for sent < b.N && sent-n < window {
			sent++
			ms = append(ms, &bus.Task{Job: j, Task: uint64(sent), Items: 1, Input: in})
		}
		c.send(ms...)
		before := n
		c.wait("results", func() bool {
			n = len(c.results) - 1
			return n > before
		})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkStart measures from the making of a pool of four workers to a result of each.
func BenchmarkStart(b *testing.B) {
	h := start(b)
	c := h.client()
	for b.Loop() {
		p := h.pool(c, bus.PoolSpec{Size: 4})
		j := c.open(p, nil)
		for i := range 4 {
			c.task(j, uint64(i), "sleep 1ms")
		}
		for i := range 4 {
			c.result(j, uint64(i))
		}
		if err := c.conn.KillPool(h.ctx(), p); err != nil {
			b.Fatal(err)
		}
	}
}
