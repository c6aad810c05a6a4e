package main

import (
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	v := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := quantile(v, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if v[0] != 5 {
		t.Error("quantile changed its argument")
	}
}

// A goal is reached by the ratio of medians, and output that was lost is seen.
func TestTable(t *testing.T) {
	r := func(ms float64, lines int) round {
		return round{Start: []float64{ms}, Cell: []float64{ms}, PSS: ms, RSS: ms, Prints: ms, PrintsLines: lines, Big: ms, BigBytes: bigBytes, Interrupt: ms}
	}
	var out strings.Builder
	table(&out, []round{r(1, printsLines), r(3, 5000), r(2, printsLines)}, []round{r(20, printsLines)}, long{Growth: 20_000}, long{Growth: 1})
	for _, want := range []string{
		"| start to kernel_info | 2 ms (1–3) | 20 ms (20–20) | 0.100 | ≤ 0.1 | reached |",
		"| growth of memory a cell | 20.0 kB | 0.0 kB | | ≤ 10 kB | missed |",
		"| 10,000 prints delivered | 50.0 % | all | | all | missed |",
		"| 100 MB delivered | all | all | | all | reached |",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}
