package core

import (
	"cmp"
	"slices"
	"sync"

	"github.com/goherd/goherd/runtime/ship"
)

// A Traffic is how much the variables that a function uses have weighed, each time that they went to workers with it.
type Traffic struct {
	Func, Place string
	Bytes       int64 // together
	Times       int
}

// heavy is from which size on it is counted.
const heavy = 100_000

// maxTraffic bounds how many functions are counted.
const maxTraffic = 1000

var traffic struct {
	mu   sync.Mutex
	list map[[2]string]*Traffic // by function and place
}

// carried counts a function that goes to the workers.
func carried(name, place string, e ship.Encoded) {
	n := int64(len(e.Data))
	for _, s := range e.Segments {
		n += int64(len(s))
	}
	if n < heavy {
		return
	}
	traffic.mu.Lock()
	defer traffic.mu.Unlock()
	key := [2]string{name, place}
	t := traffic.list[key]
	if t == nil {
		if len(traffic.list) == maxTraffic {
			return
		}
		if traffic.list == nil {
			traffic.list = map[[2]string]*Traffic{}
		}
		t = &Traffic{Func: name, Place: place}
		traffic.list[key] = t
	}
	t.Bytes += n
	t.Times++
}

// Sent returns the functions of this process whose variables are heavy, what has weighed most first.
func Sent() []Traffic {
	traffic.mu.Lock()
	defer traffic.mu.Unlock()
	var out []Traffic
	for _, t := range traffic.list {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Traffic) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Func, b.Func), cmp.Compare(a.Place, b.Place))
	})
	return out
}
