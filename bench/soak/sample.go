package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// A reading is what one process was measured to have.
type reading struct {
	pid        int
	resident   float64 // bytes
	heap       float64 // bytes
	goroutines float64
	files      float64
}

// A sample is what all had at one time.
type sample struct {
	at      time.Duration
	cells   int
	kernel  reading
	interp  reading
	workers []reading // of the pool whose workers last
}

// sample notes how things are. It is called between cells, when little runs.
func (s *soak) sample(ctx context.Context) error {
	pids, err := s.pids(ctx)
	if err != nil {
		return err
	}
	now := sample{at: time.Since(s.began), cells: s.cells}
	if now.kernel, err = s.read(ctx, s.k.PID()); err != nil {
		return fmt.Errorf("reading the kernel process: %w", err)
	}
	if now.interp, err = s.read(ctx, pids[0]); err != nil {
		return fmt.Errorf("reading the interpreter: %w", err)
	}
	for _, pid := range pids[1:] {
		r, err := s.read(ctx, pid)
		if err != nil {
			return fmt.Errorf("reading a worker: %w", err)
		}
		now.workers = append(now.workers, r)
	}
	s.samples = append(s.samples, now)
	now.print()
	return nil
}

func (s *soak) read(ctx context.Context, pid int) (reading, error) {
	r := reading{pid: pid}
	in, err := ask(ctx, filepath.Join(s.dir, "in"), pid)
	if err != nil {
		return r, err
	}
	r.goroutines, r.heap = float64(in.Goroutines), float64(in.Heap)
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return r, err
	}
	m, err := p.MemoryInfo()
	if err != nil {
		return r, err
	}
	r.resident = float64(m.RSS)
	files, err := p.NumFDs()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return r, err
	}
	r.files = float64(files)
	return r, nil
}

func printHead() {
	fmt.Printf("%7s %6s | %-27s | %-27s | %s\n", "", "", "kernel", "interpreter", "workers that last, on average")
	fmt.Printf("%7s %6s |%s |%s |%s %5s\n", "", "cells", columns, columns, columns, "number")
}

const columns = "    MB  heap gorout.  files"

func (r reading) String() string {
	return fmt.Sprintf("%6.1f %5.1f %7.0f %6.0f", r.resident/1e6, r.heap/1e6, r.goroutines, r.files)
}

func (s sample) print() {
	var mean reading
	for _, w := range s.workers {
		n := float64(len(s.workers))
		mean.resident += w.resident / n
		mean.heap += w.heap / n
		mean.goroutines += w.goroutines / n
		mean.files += w.files / n
	}
	fmt.Printf("%7s %6d |%s |%s |%s %5d\n", s.at.Round(time.Second), s.cells, s.kernel, s.interp, mean, len(s.workers))
}

// A series is a quantity of one kind of process, over all of them.
type series struct {
	what  string
	of    func(sample) []reading
	value func(reading) float64
	unit  float64
	name  string  // of the unit
	slack float64 // by which it may grow in any case
}

// allSeries are what must not grow. Resident memory depends on when garbage was last collected.
func allSeries() []series {
	kinds := []struct {
		name string
		of   func(sample) []reading
	}{
		{"kernel", func(s sample) []reading { return []reading{s.kernel} }},
		{"interpreter", func(s sample) []reading { return []reading{s.interp} }},
		{"worker", func(s sample) []reading { return s.workers }},
	}
	var all []series
	for _, k := range kinds {
		all = append(all,
			series{k.name + ", resident", k.of, func(r reading) float64 { return r.resident }, 1e6, " MB", 8e6},
			series{k.name + ", heap", k.of, func(r reading) float64 { return r.heap }, 1e6, " MB", 2e6},
			series{k.name + ", goroutines", k.of, func(r reading) float64 { return r.goroutines }, 1, "", 8},
			series{k.name + ", open files", k.of, func(r reading) float64 { return r.files }, 1, "", 8})
	}
	return all
}

// report prints how much each quantity grew, and is an error for those that did.
func (s *soak) report(length time.Duration) error {
	warm := min(length/5, 3*time.Minute)
	var wrong []error
	var b strings.Builder
	fmt.Fprintf(&b, "A kernel in use for %s: %d cells, %s/%s, %d processors, seed %d.\n", time.Since(s.began).Round(time.Second), s.cells,
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), s.seed)
	fmt.Fprintf(&b, "Growth is the slope of the line that fits best, without the first %s of each process.\n\n", warm)
	fmt.Fprintln(&b, "| | mean | growth an hour | samples |\n|---|--:|--:|--:|")
	for _, x := range allSeries() {
		mean, slope, n := x.slope(s.samples, warm)
		if n == 0 {
			fmt.Fprintf(&b, "| %s | – | – | 0 |\n", x.what)
			continue
		}
		fmt.Fprintf(&b, "| %s | %.1f%s | %+.2f%s | %d |\n", x.what, mean/x.unit, x.name, slope*3600/x.unit, x.name, n)
		// What it would be more at the end of the run than at its beginning.
		if more := slope * (length - warm).Seconds(); more > x.slack && more > mean/10 {
			wrong = append(wrong, fmt.Errorf("%s grew by %.1f%s in %s", x.what, more/x.unit, x.name, (length-warm).Round(time.Second)))
		}
	}
	names := slices.SortedFunc(maps.Keys(s.took), func(a, b string) int { return cmp.Compare(s.took[b], s.took[a]) })
	fmt.Fprint(&b, "\nWhat took longest:")
	for i, name := range names[:min(len(names), 5)] {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %s %.1f s", name, s.took[name].Seconds())
	}
	fmt.Fprintln(&b, ".")
	fmt.Print("\n", b.String())
	if s.out != "" {
		wrong = append(wrong, os.WriteFile(s.out, []byte("# A soak\n\n`go run ./bench/soak -o "+s.out+"` wrote this.\n\n"+b.String()), 0o644))
	}
	return errors.Join(wrong...)
}

// slope returns the mean, and by how much the quantity grew each second: the slope of the straight line that
// fits best, where each process has a height of its own and only what came after its warm-up counts.
func (x series) slope(samples []sample, warm time.Duration) (mean, slope float64, n int) {
	type points struct{ at, value []float64 }
	by := map[int]*points{}
	born := map[int]time.Duration{}
	for _, s := range samples {
		for _, r := range x.of(s) {
			if _, ok := born[r.pid]; !ok {
				born[r.pid] = s.at
			}
			if s.at-born[r.pid] < warm {
				continue
			}
			if by[r.pid] == nil {
				by[r.pid] = &points{}
			}
			by[r.pid].at = append(by[r.pid].at, s.at.Seconds())
			by[r.pid].value = append(by[r.pid].value, x.value(r))
			mean += x.value(r)
			n++
		}
	}
	var over, under float64
	for _, p := range by {
		at, value := average(p.at), average(p.value)
		for i := range p.at {
			over += (p.at[i] - at) * (p.value[i] - value)
			under += (p.at[i] - at) * (p.at[i] - at)
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	return mean / float64(n), over / math.Max(under, 1), n
}

func average(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}
