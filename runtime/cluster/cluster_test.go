package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

func TestState(t *testing.T) {
	s := &State{init: true, b: bus.Runtime{
		Started: time.Now().Add(-90 * time.Second), MemoryTotal: 8e9, MemoryUsed: 2.5e9,
		Total: bus.Resources{CPUs: 4, Custom: map[string]float64{"<licence>": 2}}, Held: bus.Resources{CPUs: 1.5},
		Pools: []bus.PoolStatus{{Name: "pool 1", Workers: 2, Busy: 1, Counters: bus.Counters{Items: 1000}}},
		Workers: []bus.WorkerStatus{
			{Name: "worker 1", Pid: 77, State: "busy", Job: "square", RSS: 12e6},
			{Name: "worker 2", Pid: 78, State: "idle"},
		},
	}}
	want := `the runtime was there already, started 1m30s ago
             there is  in use
  CPUs       4         1.5
  memory     8.0 GB    2.5 GB
  <licence>  2         0
pools
  name    workers  busy  waiting  items done  failed
  pool 1  2        1     0        1000        0
workers
  name      pid  state  runs    memory
  worker 1  77   busy   square  12 MB
  worker 2  78   idle           0 bytes`
	if got := s.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if page := s.HTML(); !strings.Contains(page, "&lt;licence&gt;") || strings.Contains(page, "<licence>") {
		t.Error(page)
	}
	if total, busy := s.Workers(); total != 2 || busy != 1 || !s.Existed() {
		t.Error(total, busy)
	}
	if total, used := s.Resource("<licence>"); total != 2 || used != 0 {
		t.Error(total, used)
	}
}

// In a program that no kernel runs there is no runtime, which is said.
func TestWithoutKernel(t *testing.T) {
	for _, f := range []func() error{
		func() error { _, err := Init(CPUs(1)); return err },
		func() error { _, err := Status(); return err },
		func() error { _, err := Nodes(); return err },
		Shutdown,
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), "notebook") {
			t.Error(err)
		}
	}
}
