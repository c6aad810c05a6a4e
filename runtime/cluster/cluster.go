// Package cluster looks after the session's parallel runtime: what workers may use of the machine, what
// they use, and its end.
//
//	cluster.Init(cluster.CPUs(4), cluster.Memory("8GB"))
//	cluster.Status()
//
// Nobody has to call Init: the runtime starts when it is used first. It is one for the session, and lives
// until that ends: a cell that runs again finds it as it was.
package cluster

import (
	"fmt"
	"html"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
)

// An Option sets a limit.
type Option = core.Option

// CPUs bounds how many processors the tasks of package task keep busy together.
func CPUs(n float64) Option { return core.CPUs(n) }

// GPUs bounds how many graphics processors they use.
func GPUs(n float64) Option { return core.GPUs(n) }

// Memory bounds the memory that all workers use together: "8GB".
func Memory(size string) Option { return core.Memory(size) }

// Resource says that there are n of something that only has a name: licences, connections to a
// database. Tasks ask for it with task.Resource.
func Resource(name string, n float64) Option { return core.Resource(name, n) }

// Init starts the runtime, and returns its state. Where it is there already that one is meant: the options change
// its limits, and the state says since when it has been there. It is an error to ask for more memory or graphics processors
// than the machine has.
func Init(opts ...Option) (*State, error) {
	b, err := core.InitRuntime(opts)
	if err != nil {
		return nil, err
	}
	return &State{b: b, init: true}, nil
}

// Shutdown ends the runtime with all its workers. Pools can't be used any more then; Init starts another.
func Shutdown() error { return core.Shutdown() }

// Status returns the state of the runtime: what there is, what is in use, its pools and workers.
func Status() (*State, error) {
	b, err := core.Status()
	if err != nil {
		return nil, err
	}
	return &State{b: b}, nil
}

// A Node is a machine that has workers.
type Node struct {
	Name          string
	CPUs, GPUs    float64
	Memory        int64 // bytes
	Workers, Busy int
}

// Nodes returns the machines that belong to the runtime: this one.
func Nodes() ([]Node, error) {
	s, err := Status()
	if err != nil {
		return nil, err
	}
	name, err := os.Hostname()
	if err != nil {
		name = "this machine"
	}
	n := Node{Name: name, CPUs: s.b.Total.CPUs, GPUs: s.b.Total.GPUs, Memory: s.b.MemoryTotal}
	n.Workers, n.Busy = s.Workers()
	return []Node{n}, nil
}

// A State is the state of the runtime.
type State struct {
	b    bus.Runtime
	init bool // Init returned it
}

// Existed reports whether Init found the runtime there.
func (s *State) Existed() bool { return !s.b.New }

// Started returns when the runtime was started.
func (s *State) Started() time.Time { return s.b.Started }

// CPUs returns how many processors tasks may keep busy together, and how many they do.
func (s *State) CPUs() (total, used float64) { return s.b.Total.CPUs, s.b.Held.CPUs }

// Memory returns how many bytes there are, and how many are used, by workers and others.
func (s *State) Memory() (total, used int64) { return s.b.MemoryTotal, s.b.MemoryUsed }

// Workers returns how many worker processes there are, and how many are busy.
func (s *State) Workers() (total, busy int) {
	for _, w := range s.b.Workers {
		if w.State == "busy" || w.State == "blocked" {
			busy++
		}
	}
	return len(s.b.Workers), busy
}

// Resource returns how much there is of something that has a name, and how much tasks hold.
func (s *State) Resource(name string) (total, used float64) {
	return s.b.Total.Custom[name], s.b.Held.Custom[name]
}

// A table is rows of cells; the first row is a heading.
type table struct {
	title string
	rows  [][]string
}

// tables are what is shown of the state.
func (s *State) tables() []table {
	b := &s.b
	age := time.Since(b.Started).Round(time.Second)
	title := fmt.Sprintf("runtime, started %s ago", age)
	switch {
	case s.init && b.New:
		title = "runtime, started now"
	case s.init:
		title = fmt.Sprintf("the runtime was there already, started %s ago", age)
	}
	has := table{title, [][]string{{"", "there is", "in use"}}}
	has.rows = append(has.rows, []string{"CPUs", number(b.Total.CPUs), number(b.Held.CPUs)})
	if b.Total.GPUs > 0 {
		has.rows = append(has.rows, []string{"GPUs", number(b.Total.GPUs), number(b.Held.GPUs)})
	}
	has.rows = append(has.rows, []string{"memory", core.FormatSize(b.MemoryTotal), core.FormatSize(b.MemoryUsed)})
	for _, name := range slices.Sorted(maps.Keys(b.Total.Custom)) {
		has.rows = append(has.rows, []string{name, number(b.Total.Custom[name]), number(b.Held.Custom[name])})
	}
	ts := []table{has}
	if len(b.Pools) > 0 {
		t := table{"pools", [][]string{{"name", "workers", "busy", "waiting", "items done", "failed"}}}
		for _, p := range b.Pools {
			name := p.Name
			if name == "" {
				name = fmt.Sprintf("pool %d", p.ID)
			}
			t.rows = append(t.rows, []string{name, fmt.Sprint(p.Workers), fmt.Sprint(p.Busy), fmt.Sprint(p.Queued), fmt.Sprint(p.Items), fmt.Sprint(p.Failed)})
		}
		ts = append(ts, t)
	}
	if len(b.Workers) > 0 {
		t := table{"workers", [][]string{{"name", "pid", "state", "runs", "memory"}}}
		for _, w := range b.Workers {
			t.rows = append(t.rows, []string{w.Name, fmt.Sprint(w.Pid), w.State, w.Job, core.FormatSize(w.RSS)})
		}
		ts = append(ts, t)
	}
	return ts
}

func number(f float64) string { return fmt.Sprintf("%.4g", f) }

// String writes the state as text.
func (s *State) String() string {
	var b strings.Builder
	for i, t := range s.tables() {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(t.title)
		widths := map[int]int{}
		for _, r := range t.rows {
			for i, c := range r {
				widths[i] = max(widths[i], len([]rune(c)))
			}
		}
		for _, r := range t.rows {
			b.WriteString("\n ")
			line := ""
			for i, c := range r {
				line += fmt.Sprintf(" %-*s ", widths[i], c)
			}
			b.WriteString(strings.TrimRight(line, " "))
		}
	}
	return b.String()
}

// HTML writes the state as tables.
func (s *State) HTML() string {
	var b strings.Builder
	for _, t := range s.tables() {
		fmt.Fprintf(&b, `<table><caption style="text-align:left">%s</caption>`, html.EscapeString(t.title))
		for i, r := range t.rows {
			tag := "td"
			if i == 0 {
				tag = "th"
			}
			b.WriteString("<tr>")
			for _, c := range r {
				fmt.Fprintf(&b, `<%s style="text-align:left">%s</%s>`, tag, html.EscapeString(c), tag)
			}
			b.WriteString("</tr>")
		}
		b.WriteString("</table>")
	}
	return b.String()
}
