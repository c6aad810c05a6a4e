package worker_test

import (
	"testing"

	"github.com/goherd/goherd/runtime/bus"
)

// Tasks of one item each, of which the worker has some waiting: how many a second one worker takes, with the
// bus and this end of it in the same process.
func BenchmarkTasks(b *testing.B) {
	h := start(b)
	h.job(1, "square", nil)
	const window = 256
	h.send(task(h, 1, 1, 1))
	h.result()
	one := task(h, 1, 1, 1)
	sent, got := 0, 0
	b.ResetTimer()
	for got < b.N {
		for ; sent < b.N && sent-got < window; sent++ {
			m := *one
			m.Task = uint64(sent + 2)
			h.s.Post(h.peer, &m)
		}
		h.s.Flush()
		for got < sent && (sent-got > window/2 || sent == b.N) {
			<-h.results
			got++
		}
	}
}

// One task after the other: there and back.
func BenchmarkRoundTrip(b *testing.B) {
	h := start(b)
	h.job(1, "square", nil)
	one := task(h, 1, 1, 1)
	for b.Loop() {
		h.send(one)
		<-h.results
	}
}

// A chunk of 100,000 items: what an item costs.
func BenchmarkChunk(b *testing.B) {
	h := start(b)
	h.job(1, "square", nil)
	xs := make([]int, 100_000)
	for i := range xs {
		xs[i] = i
	}
	chunk := task(h, 1, 1, xs...)
	n := 0
	for b.Loop() {
		h.send(chunk)
		r := <-h.results
		if r.Output.Blob != "" {
			h.send(&bus.Taken{Blob: r.Output.Blob})
		}
		n += len(xs)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/item")
}
