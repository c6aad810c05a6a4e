//go:build unix

package head_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/runtime/bus"
)

// A program that a client drops goes when no job needs it any more, from the workers, too. It can come again.
func TestDrop(t *testing.T) {
	h := start(t)
	c := h.client()
	p := h.pool(c, bus.PoolSpec{Size: 1})
	needs := func(o *bus.Open) { o.Spec.Code = []string{"A"} }
	known := func() string {
		t.Helper()
		_, out := c.do(p, "codes")
		return strings.Join(out, "")
	}
	code := &bus.Code{ID: "A", Program: []byte("code A")}
	c.send(code)
	j := c.open(p, needs)
	c.send(&bus.Drop{ID: "A"}, &bus.Drop{ID: "A"}, &bus.Drop{ID: "never sent"})
	c.task(j, 1, "codes")
	if got := outputs(c.result(j, 1)); !slices.Equal(got, []string{"[A]"}) {
		t.Errorf("while a job needs it the worker has %q", got)
	}
	c.send(&bus.Close{Job: j})
	if got := known(); got != "[]" {
		t.Errorf("afterwards it has %s", got)
	}
	j = c.open(p, needs)
	c.task(j, 1, "echo x")
	if r := c.result(j, 1); r.Status != bus.Failed || !strings.Contains(r.Fails[0].Text, "wasn't sent") {
		t.Errorf("a job that needs it: %+v", r)
	}
	c.send(&bus.Close{Job: j}, code)
	for i := range 2 {
		j = c.open(p, needs)
		c.task(j, 1, "codes")
		if got := outputs(c.result(j, 1)); !slices.Equal(got, []string{"[A]"}) {
			t.Errorf("it comes again: %q", got)
		}
		c.send(&bus.Close{Job: j})
		if i == 0 {
			if got := known(); got != "[A]" {
				t.Errorf("for another job it isn't kept: %s", got)
			}
		}
	}
	// Another client's is the same.
	other := h.client()
	other.send(code)
	c.send(&bus.Drop{ID: "A"})
	j = other.open(p, needs)
	other.task(j, 1, "echo y")
	if got := outputs(other.result(j, 1)); !slices.Equal(got, []string{"y"}) {
		t.Errorf("got %q", got)
	}
}
