package memory

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shown is a display that remembers.
type shown struct {
	update bool
	core.Content
}

// watch returns a view that reads from status and what it shows.
func watch(read func() (bus.Runtime, error)) (*view, chan shown) {
	out := make(chan shown, 10_000)
	return &view{
		read: read, every: time.Millisecond, quiet: 20 * time.Millisecond,
		show: func(update bool, c core.Content) { out <- shown{update, c} },
	}, out
}

// ended waits for the view to end by itself and returns all that it has shown.
func ended(t *testing.T, v *view, out chan shown) (list []shown) {
	t.Helper()
	select {
	case <-v.done:
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
	for len(out) > 0 {
		list = append(list, <-out)
	}
	for i, s := range list {
		if s.update != (i > 0) {
			t.Errorf("%d: update is %v", i, s.update)
		}
	}
	return list
}

func TestViewEndsWhenNothingHappens(t *testing.T) {
	reads := 0
	v, out := watch(func() (bus.Runtime, error) {
		reads++
		state := "idle"
		if reads < 100 {
			state = "busy"
		}
		return workers(worker(1, state, int64(reads%2), 10)).status, nil // memory is never still
	})
	v.begin(workers(worker(1, "busy", 5, 10)).status)
	list := ended(t, v, out)
	if reads < 100 {
		t.Errorf("it ended while the worker was busy, after %d looks", reads)
	}
	first, last := list[0].Text, list[len(list)-1].Text
	if !strings.Contains(first, "busy") || strings.Contains(first, "as of") || !strings.Contains(last, "idle") || !strings.Contains(last, "memory.Workers() shows them again") {
		t.Errorf("%s\n%s", first, last)
	}
}

// What doesn't change isn't sent again.
func TestViewShowsNews(t *testing.T) {
	s := workers(worker(1, "idle", 5, 10)).status
	s.Workers = append(s.Workers[:0:0], s.Workers...)
	v, out := watch(func() (bus.Runtime, error) { return s, nil })
	v.table.history = history{}
	v.last = core.Content{}
	v.quiet = 200 * time.Millisecond
	v.begin(s)
	// The sparkline grows until it is full; then there is nothing new but the end.
	if list := ended(t, v, out); len(list) > kept+1 {
		t.Errorf("shown %d times", len(list))
	}
}

func TestViewEnds(t *testing.T) {
	busy := workers(worker(1, "busy", 5, 10)).status
	t.Run("interrupt", func(t *testing.T) {
		v, out := watch(func() (bus.Runtime, error) { return busy, nil })
		stop := make(chan struct{})
		v.interrupted = stop
		v.begin(busy)
		close(stop)
		if list := ended(t, v, out); !strings.HasSuffix(list[len(list)-1].Text, "the cell was interrupted") {
			t.Errorf("%+v", list)
		}
	})
	t.Run("runtime", func(t *testing.T) {
		v, out := watch(func() (bus.Runtime, error) {
			return bus.Runtime{}, errors.New("the runtime was shut down")
		})
		v.begin(busy)
		if list := ended(t, v, out); !strings.HasSuffix(list[len(list)-1].Text, "the runtime was shut down") {
			t.Errorf("%+v", list)
		}
		v.end("too late, and no harm")
	})
	t.Run("another", func(t *testing.T) {
		v, out := watch(func() (bus.Runtime, error) { return busy, nil })
		var o one
		v.begin(busy)
		o.set(v)
		o.end("another table")
		o.end("there is none")
		if list := ended(t, v, out); !strings.HasSuffix(list[len(list)-1].Text, "another table") {
			t.Errorf("%+v", list)
		}
	})
}

// In a program without a kernel there is nothing to look at, and that is said.
func TestWithoutKernel(t *testing.T) {
	if got := Advise().String(); !strings.HasPrefix(got, "nothing to advise: no workers to look at (worker processes are there only in a notebook") {
		t.Error(got)
	}
	if err := Workers(); err == nil || !strings.HasPrefix(err.Error(), "memory.Workers: worker processes are there only in a notebook") {
		t.Error(err)
	}
}
