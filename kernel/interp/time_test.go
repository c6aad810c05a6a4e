package interp_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

func TestTime(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	timed := func(src, how string, mode cell.Mode) *link.Done {
		t.Helper()
		p, err := n.cells.Compile(cell.Source{Serial: n.run + 1, Text: src}, mode)
		if err != nil {
			t.Fatal(err)
		}
		p.Time = how
		return n.do(p)
	}
	n.ok("calls := 0")
	want := regexp.MustCompile(`^CPU time: [\d.]+[mµn]?s, wall time: \d\d\.?\d*ms\n$`)
	if done := timed("time.Sleep(10 * time.Millisecond)\ncalls++\ncalls", "time", cell.Normal); !want.MatchString(n.printed(n.run)) ||
		done.Result == nil || done.Result.Data["text/plain"] != "1" {
		t.Errorf("time: %q, result %v", n.printed(n.run), done.Result)
	}
	want = regexp.MustCompile(`^[\d.]+ [nµm]?s ± [\d.]+ [nµm]?s a loop, best [\d.]+ [nµm]?s \(7 runs, [\d,]+ loops each\)\n$`)
	if timed("calls++", "timeit", cell.Timeit); !want.MatchString(n.printed(n.run)) {
		t.Errorf("timeit: %q", n.printed(n.run))
	}
	if got := n.ok("fmt.Print(calls > 1000)"); got != "true" {
		t.Errorf("calls > 1000: %s", got)
	}
	// A panic ends the measurement.
	if done := timed("panic(`x`)", "timeit", cell.Timeit); done.Failure == nil || done.Failure.Text != "x" {
		t.Errorf("failure %+v", done.Failure)
	}
}

// Cells leave no more behind in the interpreter than their positions.
func TestGrowth(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("f := 0\nfunc g(a int) int { return a }")
	heap := func() (bytes int) {
		t.Helper()
		out := n.ok("runtime.GC()\nruntime.GC()\nvar ms runtime.MemStats\nruntime.ReadMemStats(&ms)\nfmt.Print(ms.HeapAlloc)")
		if _, err := fmt.Sscan(out, &bytes); err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	for _, cell := range []string{"1 + 1", "x := g(3)\nx + 1", "func g(a int) int { return a + f }", "for i := 0; i < 3; i++ { f += i }", "go func() { _ = g(1) }()", "panic(1)"} {
		n.cell(cell)
		const cells = 200
		before := heap()
		for range cells {
			n.cell(cell)
		}
		if grown := (heap() - before) / cells; grown > 2000 {
			t.Errorf("%s: %d bytes a cell", cell, grown)
		}
	}
}
