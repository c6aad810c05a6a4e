package main

import (
	"fmt"
	"io"
	"slices"
)

// round is what kernel.py prints for ROUND: times in milliseconds, memory in bytes.
type round struct {
	Start       []float64 `json:"start_ms"`
	Cell        []float64 `json:"cell_ms"`
	PSS         float64   `json:"pss"`
	RSS         float64   `json:"rss"`
	Prints      float64   `json:"prints_ms"`
	PrintsLines int       `json:"prints_lines"`
	Big         float64   `json:"big_ms"`
	BigBytes    int       `json:"big_bytes"`
	Interrupt   float64   `json:"interrupt_ms"`
}

// long is what kernel.py prints for CELLS: bytes of RSS a cell.
type long struct {
	Growth      float64 `json:"growth"`
	CellsPerSec float64 `json:"cells_per_s"`
}

// What the two cells that print have to deliver.
const (
	printsLines = 10_000
	bigBytes    = 100_000_000
)

// row is a line of the table.
type row struct {
	name string
	unit string
	of   func(round) float64
	goal float64 // the largest ratio to ipykernel that is aimed at
}

var rows = []row{
	{"start to kernel_info", "ms", func(r round) float64 { return quantile(r.Start, 0.5) }, 0.1},
	{"trivial cell, median", "ms", func(r round) float64 { return quantile(r.Cell, 0.5) }, 0.2},
	{"trivial cell, 99 %", "ms", func(r round) float64 { return quantile(r.Cell, 0.99) }, 0.2},
	{"10,000 prints", "ms", func(r round) float64 { return r.Prints }, 0.5},
	{"100 MB printed", "ms", func(r round) float64 { return r.Big }, 0.5},
	{"idle memory, PSS of all processes", "MB", func(r round) float64 { return r.PSS / 1e6 }, 1},
	{"idle memory, RSS of all processes", "MB", func(r round) float64 { return r.RSS / 1e6 }, 1},
	{"interrupt of an endless loop", "ms", func(r round) float64 { return r.Interrupt }, 1},
}

// table writes the results of goherd (a) and ipykernel (b) as a Markdown table.
func table(w io.Writer, a, b []round, growthA, growthB long) {
	fmt.Fprint(w, "| | goherd | ipykernel | ratio | goal | |\n|---|---:|---:|---:|---:|---|\n")
	for _, r := range rows {
		x, y := values(a, r.of), values(b, r.of)
		ratio := quantile(x, 0.5) / quantile(y, 0.5)
		fmt.Fprintf(w, "| %s | %s | %s | %.3f | ≤ %g | %s |\n", r.name, spread(x, r.unit), spread(y, r.unit), ratio, r.goal, reached(ratio <= r.goal))
	}
	const most = 10_000
	fmt.Fprintf(w, "| growth of memory a cell | %.1f kB | %.1f kB | | ≤ 10 kB | %s |\n", growthA.Growth/1e3, growthB.Growth/1e3, reached(growthA.Growth <= most))
	fmt.Fprintf(w, "| cells a second | %.0f | %.0f | %.1f | | |\n", growthA.CellsPerSec, growthB.CellsPerSec, growthA.CellsPerSec/growthB.CellsPerSec)
	fmt.Fprintf(w, "| 10,000 prints delivered | %s | %s | | all | %s |\n", complete(a, lines, printsLines), complete(b, lines, printsLines), reached(least(a, lines) >= printsLines))
	fmt.Fprintf(w, "| 100 MB delivered | %s | %s | | all | %s |\n", complete(a, bytesOf, bigBytes), complete(b, bytesOf, bigBytes), reached(least(a, bytesOf) >= bigBytes))
}

func lines(r round) int   { return r.PrintsLines }
func bytesOf(r round) int { return r.BigBytes }

func least(rs []round, of func(round) int) int {
	return of(slices.MinFunc(rs, func(a, b round) int { return of(a) - of(b) }))
}

func complete(rs []round, of func(round) int, all int) string {
	if n := least(rs, of); n < all {
		return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(all))
	}
	return "all"
}

func reached(ok bool) string {
	if ok {
		return "reached"
	}
	return "missed"
}

func values(rs []round, of func(round) float64) []float64 {
	v := make([]float64, 0, len(rs))
	for _, r := range rs {
		v = append(v, of(r))
	}
	return v
}

// spread prints the median and, in brackets, the smallest and the largest.
func spread(v []float64, unit string) string {
	return fmt.Sprintf("%s %s (%s–%s)", digits(quantile(v, 0.5)), unit, digits(slices.Min(v)), digits(slices.Max(v)))
}

// quantile returns the element of v, which may not be empty, below which a share of q lies.
func quantile(v []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[min(len(s)-1, int(q*float64(len(s))))]
}

// digits writes a number with three digits, or all of those before the point.
func digits(x float64) string {
	if x >= 1000 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
