package core

import (
	"math"
	"time"
)

// maxChunk bounds the items of a chunk.
const maxChunk = 1 << 20

// growth is how many times as large as the largest so far a chunk may be.
const growth = 32

// A pace knows how long items take, and from that how many a chunk should have.
type pace struct {
	target  time.Duration // of a chunk
	per     float64       // nanoseconds an item, 0 if nothing is known
	largest int           // chunk that was measured
}

// resume begins with what an earlier call of the same function has measured.
func (p *pace) resume(before pace) { p.per, p.largest = before.per, before.largest }

// note learns from a chunk.
func (p *pace) note(items int, took time.Duration) {
	if items == 0 {
		return
	}
	per := max(float64(took)/float64(items), 1)
	if p.per == 0 || items >= growth*p.largest {
		p.per = per // a large one tells more than those before
	} else {
		p.per += 0.3 * (per - p.per)
	}
	p.largest = max(p.largest, items)
}

// size returns how many of so many items that are left the next chunk should have; left < 0 if that isn't known.
func (p *pace) size(left, workers, most int) int {
	n := 1
	if p.per > 0 {
		n = int(min(float64(p.target)/p.per, maxChunk))
		n = min(n, growth*p.largest) // the first items may not be like the others
	}
	if left >= 0 {
		// Towards the end chunks shrink, so that all workers end together, but not to less than is worth a message.
		least := 1
		if p.per > 0 {
			least = int(min(float64(p.target)/32/p.per, maxChunk))
		}
		n = min(n, max(least, left/(2*workers), 1), left)
	}
	return max(1, min(n, most))
}

// growing reports whether chunks are smaller than they should be since too little is known.
func (p *pace) growing() bool {
	return p.per == 0 || float64(growth*p.largest) < float64(p.target)/p.per && growth*p.largest < maxChunk
}

// window returns how many chunks of n items may be on their way: enough for all workers to be busy until there are others.
func (p *pace) window(n, workers int) int {
	const (
		ahead = 5 * time.Millisecond // what a worker should have to do
		most  = 1024
	)
	each := 2.0
	if p.per > 0 {
		each = math.Ceil(float64(ahead) / (p.per * float64(max(n, 1))))
	}
	return max(int(min(max(each, 2)*float64(workers), most)), workers+1)
}
