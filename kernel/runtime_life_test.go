//go:build unix

package kernel_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/kerneltest"
	"github.com/goherd/goherd/kernel/wire"
)

// The runtime is started once, and is there until it is shut down.
func TestRuntimeStartedOnce(t *testing.T) {
	f := start(t)
	f.Run("cluster.Init()", "result: runtime, started now…")
	f.Run("cluster.Init()", "result: the runtime was there already, started …")
	f.Run("s, err := cluster.Init(cluster.Resource(\"licence\", 3))\ntotal, _ := s.Resource(\"licence\")\nfmt.Sprint(s.Existed(), total, err)", `result: "true 3 <nil>"`)
	f.Run("cluster.Init(cluster.Memory(\"900TB\"))", "error: …900… of memory asked for; this machine has …")
	f.Run("nodes, err := cluster.Nodes()\nfmt.Sprint(len(nodes), err)", `result: "1 <nil>"`)
	f.Run("p, err := pool.New(2, pool.Quiet)\nworkers, _ := pool.Map(p, func(int) int { time.Sleep(50 * time.Millisecond); return os.Getpid() }, []int{1, 2}, pool.Chunk(1))")
	at := numbers(t, result(f, "workers"))
	f.Run("endless := pool.MapAsync(p, func(x int) int { time.Sleep(time.Hour); return x }, []int{1, 2, 3})")

	f.Run("cluster.Shutdown()")
	for _, pid := range at {
		gone(t, fmt.Sprint(pid))
	}
	f.Run("_, err = endless.Get()\nerr.Error()", "result: …runtime…")
	for _, use := range []string{"pool.New(2)", "task.Go(func() int { return 1 }).Get()", "cluster.Status()", "pool.Map(p, func(x int) int { return x }, []int{1})"} {
		f.Run(use, "error: …runtime…")
	}
	f.Run("_, err = pool.New(2)\nerr.Error()", "result: …was shut down: cluster.Init() starts another…")
	f.Run("g, err := pool.New(2, pool.Goroutines)\npool.Map(g, func(x int) int { return x }, []int{1})", "result: []int{1}")
	f.Run("cluster.Shutdown()", "error: …was shut down…")

	f.Run("cluster.Init()", "result: runtime, started now…")
	f.Run("pool.Map(p, func(x int) int { return x }, []int{1})", "error: …pool.New makes another")
	f.Run("p, err = pool.New(2, pool.Quiet)\npool.Map(p, func(x int) int { return x }, []int{1})", "result: []int{1}")
}

// The death of the interpreter ends what its cells have begun, and the pools that nobody else can find.
func TestRuntimeOutlivesInterpreter(t *testing.T) {
	f := start(t)
	f.Run(pids)
	f.Run("kept, err := pool.New(2, pool.Name(\"kept\"), pool.Quiet)\nlost, err := pool.New(1)")
	before := numbers(t, result(f, "pids(kept, 2)"))
	alone := numbers(t, result(f, "pids(lost, 1)"))
	f.Run("func square(x int) int { return x * x }\nfunc keep[T any](x T) any { return x }")
	for i := range 2 {
		f.Run(fmt.Sprintf("type T struct {\n\tN int\n\tF%d string\n}\nfunc (t *T) Inc() any { t.N++; return t }", i))
		f.Run("pool.Map(kept, (*T).Inc, []*T{{N: 1}})", fmt.Sprintf("result: []any{&T{N: 2, F%d: \"\"}}", i))
		f.Run("work := pool.MapAsync(kept, func(x int) int {\n\tfor i := 0; ; i++ {\n\t\tif i < 0 {\n\t\t\treturn i\n\t\t}\n\t}\n}, []int{1, 2, 3, 4})\ntime.Sleep(50 * time.Millisecond)")
		f.Run("!kill -9 $PPID", "error: killed: …")
		f.Run("kept, err := pool.New(2, pool.Name(\"kept\"), pool.Quiet)\npool.Map(kept, square, []int{1, 2, 3})", "result: []int{1, 4, 9}")
		f.Run("pool.Map(kept, (*T).Inc, []*T{{N: 5}})", fmt.Sprintf("result: []any{&T{N: 6, F%d: \"\"}}", i))
		f.Run(fmt.Sprintf("type U%d []T\npool.Map(kept, keep, []U%d{{{N: 1}}, nil})", i, i), fmt.Sprintf("result: []any{U%d{{N: 1, F%d: \"\"}}, U%d(nil)}", i, i, i))
		if after := numbers(t, result(f, "pids(kept, 2)")); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the pool has the workers %v, and had %v", after, before)
		}
		gone(t, fmt.Sprint(alone[0]))
		f.Run("cluster.Init()", "result: the runtime was there already…kept…")
	}
}

// What %reset makes anew has nothing to do with what workers knew before.
func TestRuntimeReset(t *testing.T) {
	f := start(t)
	for range 2 {
		f.Run(pids)
		f.Run("type T struct{ N int }\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.N) }\nfunc f(t T) T { return T{t.N + 1} }")
		f.Run("p, err := pool.New(2, pool.Name(\"p\"), pool.Quiet)")
		f.Run("pool.Map(p, f, []T{{1}})", "result: []T{T2}")
		f.Run("task.Go(func() any { return T{3} }).Get()", "result: T3")
		at := numbers(t, result(f, "pids(p, 2)"))
		f.Run("%reset")
		for _, pid := range at {
			gone(t, fmt.Sprint(pid))
		}
		f.Run("type S []string\nfunc f(x S) S { return append(x, \"s\") }\nvar glob = map[string]S{\"a\": {\"b\"}}")
		f.Run("p, err := pool.New(2, pool.Name(\"p\"), pool.Quiet)\npool.Map(p, f, []S{{\"1\"}})", "result: []S{{\"1\", \"s\"}}")
		f.Run("task.Go(func() any { return glob }).Get()", "result: map[string]S{\"a\": {\"b\"}}")
		f.Run("cluster.Shutdown()")
		f.Run("%reset")
	}
}

// Whatever goes on when the kernel ends, nothing is left: no process, no file, no connection.
func TestRuntimeEnds(t *testing.T) {
	for _, busy := range []string{
		"",
		"pool.Map(p, func(x int) int { time.Sleep(time.Hour); return x }, []int{1, 2, 3})",
		"pool.Map(p, func(x int) int {\n\tfor i := 0; ; i++ {\n\t\tif i < 0 {\n\t\t\treturn i\n\t\t}\n\t}\n}, []int{1, 2, 3})",
		"pool.ForEach(p, func(x int) {\n\tfor i := 0; ; i++ {\n\t\tfmt.Println(i)\n\t}\n}, []int{1, 2, 3})",
		"big := make([]float64, 4_000_000)\nfor {\n\tif _, err := pool.Map(p, func(i int) []float64 { return slices.Clone(big) }, []int{1, 2}, pool.Quiet); err != nil {\n\t\tpanic(err)\n\t}\n}",
		"pool.ForEach(p, func(x int) {\n\tif err := exec.Command(\"sleep\", \"1000\").Run(); err != nil {\n\t\tpanic(err)\n\t}\n}, []int{1, 2, 3})",
		"for {\n\tq, err := pool.New(2)\n\tif err == nil {\n\t\t_, err = pool.Map(q, func(x int) int { return x }, []int{1, 2})\n\t}\n\tif err != nil {\n\t\tpanic(err)\n\t}\n}",
		"_, err = task.Start(func() { time.Sleep(time.Hour) })\ntask.Go(func() int { return task.Go(func() int { time.Sleep(time.Hour); return 1 }).MustGet() }).Get()",
	} {
		tmp, err := os.MkdirTemp("", "rt")
		if err != nil {
			t.Fatal(err)
		}
		t.Run("", func(t *testing.T) {
			t.Setenv("TMPDIR", tmp)
			f := start(t)
			f.Run("p, err := pool.New(2, pool.Quiet)\nys, err := pool.Map(p, func(x int) int { return x }, []int{1, 2})\nys", "result: []int{1, 2}")
			if dirs, err := filepath.Glob(filepath.Join(tmp, "goherd*")); err != nil || len(dirs) == 0 {
				t.Errorf("the runtime's directory isn't where it is looked for: %v", err)
			}
			if busy != "" {
				f.Cell(busy).Forget()
				time.Sleep(200 * time.Millisecond)
			}
			f.Send(wire.Control, wire.MsgShutdownRequest, wire.ShutdownRequest{}, nil).Forget()
			if err := f.Ended(); err != nil {
				t.Error(err)
			}
			left(t, f)
		})
		files, err := os.ReadDir(tmp)
		if err != nil || len(files) > 0 {
			t.Errorf("%q leaves %v, %v", busy, files, err)
		}
		if err := os.RemoveAll(tmp); err != nil {
			t.Error(err)
		}
	}
}

// left looks for what a kernel of this process has left open.
func left(t *testing.T, f *kerneltest.Front) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return // not on Linux
	}
	for _, fd := range fds {
		to, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		if strings.Contains(to, "memfd:") || strings.Contains(to, "goherd") && !strings.Contains(to, ".test") {
			t.Errorf("file descriptor %s is %s", fd.Name(), to)
		}
	}
}
