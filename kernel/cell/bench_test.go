package cell_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/cell"
)

// typical are cells of a notebook, which the number makes different from each other.
var typical = []string{
	`type Planet%d struct {
	Name  string
	Moons []string
	Year  float64
}

func (p Planet%[1]d) Days(years float64) float64 { return years * p.Year }`,
	`func mean%d(xs []float64) (m float64, err error) {
	if len(xs) == 0 {
		return 0, errors.New("no values")
	}
	for _, x := range xs {
		m += x
	}
	return m / float64(len(xs)), nil
}`,
	`import "strings"

words%d := map[string]int{}
for _, w := range strings.Fields("the quick brown fox jumps over the lazy dog") {
	words%[1]d[w]++
}
words%[1]d`,
	`ps%d := []struct{ Name string; N int }{{"a", 1}, {"b", %[1]d}}
sort.Slice(ps%[1]d, func(i, j int) bool { return ps%[1]d[i].N < ps%[1]d[j].N })
fmt.Println(len(ps%[1]d))`,
	`const limit%d = %[1]d
x%[1]d := limit%[1]d * 2
x%[1]d + 1`,
}

// grown returns a session of n typical cells.
func grown(t testing.TB, n int) *cell.Session {
	s := cell.NewSession(lib)
	for i := range n {
		mustCompile(t, s, i+1, fmt.Sprintf(typical[i%len(typical)], i)).Commit()
	}
	return s
}

func mustCompile(t testing.TB, s *cell.Session, serial int, src string) *cell.Program {
	t.Helper()
	p, err := s.Compile(cell.Source{Serial: serial, Text: src}, cell.Normal)
	if err != nil {
		t.Fatalf("%s\n%v", src, err)
	}
	return p
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{0, 20, 200} {
		b.Run(fmt.Sprintf("session=%d", n), func(b *testing.B) {
			s := grown(b, n)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				begin := time.Now()
				mustCompile(b, s, n+1+i, fmt.Sprintf(typical[i%len(typical)], 1_000_000))
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "p50-ns/op")
			b.ReportMetric(float64(took[len(took)*95/100]), "p95-ns/op")
		})
	}
}

func BenchmarkCompileAndCommit(b *testing.B) {
	s := grown(b, 200)
	for i := 0; b.Loop(); i++ {
		mustCompile(b, s, 201+i, fmt.Sprintf(typical[i%len(typical)], i%200)).Commit()
	}
}

// A session that goes on for days must not grow by the cells that leave nothing
// behind.
func TestMemory(t *testing.T) {
	s := grown(t, 20)
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const warm, cells, limit = 200, 1000, 1 << 10
	var before int64
	for i := range warm + cells {
		if i == warm {
			before = heap()
		}
		src := []string{"x := 1\nx + 1", "fmt.Println(1)", "y := x + 1", "func f() int { return 1 }", "f(", "z := func(p Planet0) Planet0 { return p }"}[i%6]
		if p, err := s.Compile(cell.Source{Serial: 21 + i, Text: src}, cell.Normal); err == nil {
			p.Commit()
		}
	}
	grown := (heap() - before) / cells
	t.Logf("%d bytes a cell", grown)
	if grown > limit {
		t.Errorf("the session grows by %d bytes a cell", grown)
	}
	runtime.KeepAlive(s)
}
