//go:build unix

package kernel_test

import (
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/wire"
)

// Goherd's generic packages run from their source, with types of the session, and without a go command. Their own lines are in no
// traceback.
func TestOwnPackages(t *testing.T) {
	t.Setenv("PATH", "")
	f := start(t)
	f.Run("type T struct{ n int }\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.n) }\nfunc double(t T) T { return T{2 * t.n} }")
	f.Run("p, err := pool.New(2, pool.Goroutines)\nys, err := pool.Map(p, double, []T{{1}, {2}})\nfmt.Println(ys, err)", "stdout: [T2 T4] <nil>\n")
	f.Run("for y, err := range pool.Stream(p, double, slices.Values(ys)) {\n\tfmt.Println(y, err)\n}", "stdout: T4 <nil>\nT8 <nil>\n")
	f.Run("future := pool.Go(p, func() any { return ys[1] })\nt, err := future.Get()\nt.(T)", "result: T4")
	f.Run("import \"github.com/goherd/goherd/runtime/core\"", "error: compile error: …core is what goherd's own packages are made with…")

	r := f.Cell("boom := func(s []T) string {\n\treturn s[3].String()\n}\npool.Map(p, boom, [][]T{ys})")
	reply := r.End("…")
	text := traceback(reply.Traceback)
	if !strings.Contains(text, "index out of range [3] with length 2") || !strings.Contains(text, "line 2") || strings.Contains(text, "runtime/pool") {
		t.Errorf("%s", text)
	}
	f.Run("%reset")
	f.Run("type T struct{ s string }\np, err := pool.New(2, pool.Goroutines)\npool.Map(p, func(t T) int { return len(t.s) }, []T{{\"abc\"}})", "result: []int{3}")
}

func TestOwnPackagesWithYaegi(t *testing.T) {
	t.Setenv(link.InterpreterEnv, link.Yaegi)
	f := start(t)
	f.Run("p, err := pool.New(2, pool.Goroutines)", "error: compile error: …runtime/pool runs only in goherd's own engine…")
	f.Run("memory.Advise()", "error: compile error: …runtime/memory runs only in goherd's own engine…")
}

// The advice is about the session's own values; the table is kept up to date, also after its cell, until another takes its place.
func TestMemory(t *testing.T) {
	f := start(t)
	f.Run("xs := make([]float64, 1<<23)\nfor i := range xs {\n\txs[i] = float64(i) / 3\n}\np, err := pool.New(2)")
	f.Run("memory.Advise()", "result: 1. float32 for xs: saves about 33.6 MB\n…as float32 they take 33.6 MB, with an error of …declare it as []float32…")
	r := f.Cell("memory.Workers()")
	r.Until("display: …worker 1 …worker 2 …2 workers, …")
	r.Until(wire.StateIdle)
	r.Until("update: …worker 1 …")
	again := f.Cell("memory.Workers()")
	r.Until("update: …another table has taken its place")
	again.Until("display: …worker 1 …")
	r.Forget()
	again.Forget()
	for range 3 {
		f.Run("p.Size();")
	}
	f.Run("memory.Advise()", "result: 1. variables that nothing uses: saves about 67.1 MB\n…%del xs…")
}
