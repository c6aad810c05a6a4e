//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
)

// page writes the tables. load is that of the machine before the run.
func (b *bench) page(w io.Writer, rounds int, load string) {
	cpu, memory := machine()
	fmt.Fprintf(w, "# The parallel runtime beside its peers\n\n"+
		"Measured with `go run ./bench/parallel` on %s/%s with %d processors (%s) and %s of memory, with a load of %s before the\n"+
		"run. %d rounds of all in turn, each in fresh processes; medians. goherd's side are cells in a kernel (Go %s), the peers\n"+
		"run in plain Python processes (CPython %s, joblib %s, Ray %s without its dashboard, processes by fork where there is a\n"+
		"choice). All have 4 workers. Each result is checked. \"Ahead\" is how many times better goherd is than the best of the\n"+
		"peers that did the work by themselves, below 1 it is behind.\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cpu, memory, load, rounds,
		b.version("goherd"), b.version("pool"), b.version("joblib"), b.version("ray"))
	b.table(w, true, b.median)
	fmt.Fprintf(w, "\nNo-ops return their argument; all values travel. Chunks are measured by goherd and joblib, a sixteenth of the items\n"+
		"elsewhere, made by hand for Ray. Retries are written by hand but for goherd and Ray. A kill and an interrupt meet workers at work; the\n"+
		"interrupt goes to the process group of the peers, as Jupyter sends it, and 8 tasks of 3 s were begun or waiting.\n"+
		"*By hand*: the pool was lost and made again by what would stand in an except clause. %s\n\n"+
		"The smallest and the largest of the rounds:\n\n", b.spawned())
	b.table(w, false, b.spread)
}

// spawned tells what the rows of the start are for a pool that spawns.
func (b *bench) spawned() string {
	start, memory := b.results["start"][spawn], b.results["memory"][spawn]
	if len(start) == 0 || len(memory) == 0 {
		return ""
	}
	value := func(as []answer) float64 {
		var v []float64
		for _, a := range as {
			v = append(v, a.Value)
		}
		return middle(v)
	}
	return fmt.Sprintf("Pools that spawn,\nwhich is all that there is outside Unix, start in %s and need %s.", format(value(start), "s"), format(value(memory), "B"))
}

func (b *bench) version(id string) string {
	if v := b.versions[id]; v != "" {
		return v
	}
	return "–"
}

// table writes a line for each row with what cell says of each system.
func (b *bench) table(w io.Writer, ahead bool, cell func(r row, id string) string) {
	columns := slices.DeleteFunc(slices.Clone(systems), func(s system) bool { return s.name == "" })
	fmt.Fprint(w, "| |")
	for _, s := range columns {
		fmt.Fprintf(w, " %s |", s.name)
	}
	if ahead {
		fmt.Fprint(w, " ahead | goal | |")
	}
	fmt.Fprint(w, "\n|---|", strings.Repeat("---:|", len(columns)))
	if ahead {
		fmt.Fprint(w, "---:|---:|---|")
	}
	fmt.Fprintln(w)
	for _, r := range rows {
		if b.results[r.id] == nil {
			continue
		}
		fmt.Fprintf(w, "| %s |", r.name)
		for _, s := range columns {
			fmt.Fprintf(w, " %s |", cell(r, s.id))
		}
		if ahead {
			fmt.Fprintf(w, " %s | %s |", b.ahead(r), b.goal(r))
		}
		fmt.Fprintln(w)
	}
}

// values are the measurements of a row by a system.
func (b *bench) values(r row, id string) []float64 {
	var v []float64
	for _, a := range b.results[r.id][id] {
		if !a.Missing {
			v = append(v, a.Value)
		}
	}
	return v
}

// note is what a system's measurements of a row have to say, the last that has.
func (b *bench) note(r row, id string) string {
	note := ""
	for _, a := range b.results[r.id][id] {
		if a.Note != "" {
			note = a.Note
		}
	}
	return note
}

func (b *bench) median(r row, id string) string {
	v, note := b.values(r, id), b.note(r, id)
	switch {
	case len(v) == 0 && note != "":
		return note
	case len(v) == 0:
		return "–"
	case note != "":
		return format(middle(v), r.unit) + " *" + note + "*"
	}
	return format(middle(v), r.unit)
}

func (b *bench) spread(r row, id string) string {
	v := b.values(r, id)
	if len(v) == 0 {
		return "–"
	}
	return format(slices.Min(v), r.unit) + " – " + format(slices.Max(v), r.unit)
}

// ahead says how many times better goherd is than the best peer, of those that have done the work without help.
func (b *bench) ahead(r row) string {
	ours := b.values(r, "goherd")
	best := math.NaN()
	for _, s := range systems {
		v := b.values(r, s.id)
		if s.name == "" || s.id == "goherd" || len(v) == 0 || b.note(r, s.id) != "" {
			continue
		}
		m := middle(v)
		if r.unit == "/s" {
			m = 1 / m
		}
		if !(best < m) {
			best = m
		}
	}
	if len(ours) == 0 || math.IsNaN(best) {
		return "–"
	}
	m := middle(ours)
	if r.unit == "/s" {
		m = 1 / m
	}
	return digits(best / m)
}

// goal writes the aim of a row and whether it is reached, as two cells.
func (b *bench) goal(r row) string {
	if r.goal == 0 {
		return "|"
	}
	sign, reached := "≤", func(x float64) bool { return x <= r.goal }
	if r.unit == "/s" {
		sign, reached = "≥", func(x float64) bool { return x >= r.goal }
	}
	text := sign + " " + format(r.goal, r.unit) + " |"
	switch v := b.values(r, "goherd"); {
	case len(v) == 0:
		return text
	case reached(middle(v)):
		return text + " reached"
	}
	return text + " missed"
}

// middle returns the median of v, which may not be empty.
func middle(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// format writes a value of a row for people.
func format(x float64, unit string) string {
	switch unit {
	case "B":
		return digits(x/1e6) + " MB"
	case "/s":
		switch {
		case x >= 1e6:
			return digits(x/1e6) + " M/s"
		case x >= 1e3:
			return digits(x/1e3) + " k/s"
		}
		return digits(x) + "/s"
	}
	switch {
	case x < 1e-3:
		return digits(x*1e6) + " µs"
	case x < 1:
		return digits(x*1e3) + " ms"
	}
	return digits(x) + " s"
}

// digits writes a number with three digits, or all of those before the point.
func digits(x float64) string {
	if x >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
