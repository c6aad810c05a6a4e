package tests

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A kernel that is killed leaves nothing behind, whatever its runtime is at. The world looks for processes and files.
func TestKernelKilledWithRuntime(t *testing.T) {
	for _, tt := range []struct {
		name, cell string
		workers    int
	}{
		{"no workers", "_, err := cluster.Init()", 0},
		{"idle workers", "p, err := pool.New(2)\nys, err := pool.Map(p, func(x int) int { return x }, make([]int, 9), pool.Quiet)", 2},
		{"busy workers", `p, err := pool.New(3)
f := pool.MapAsync(p, func(d time.Duration) int { time.Sleep(d); return 1 }, slices.Repeat([]time.Duration{time.Minute}, 20))
g := task.Go(func() int { for i := 0; ; i++ { } })
time.Sleep(300 * time.Millisecond)`, 4},
		{"large values", `p, err := pool.New(2)
big := make([][]float64, 20)
for i := range big {
	big[i] = make([]float64, 1<<20)
}
f := pool.MapAsync(p, func(x []float64) []float64 { time.Sleep(50 * time.Millisecond); return x }, big, pool.Chunk(1))
time.Sleep(300 * time.Millisecond)`, 2},
		{"a process", "p, err := task.Start(func() { select {} })\npid := p.Pid()", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			h := hold(t, w, tt.cell)
			kids := h.children(t)
			workers := 0
			for _, p := range kids {
				if line, err := p.CmdlineSlice(); err == nil && len(line) > 1 && line[1] == "worker" {
					workers++
				}
			}
			if workers < tt.workers {
				t.Errorf("%d workers, want %d", workers, tt.workers)
			}
			if err := h.kernel.Kill(); err != nil {
				t.Fatal(err)
			}
			gone(t, 5*time.Second, kids...)
			_, _ = h.in.WriteString("\n") // for the client to end, which removes the connection file
			if !h.out.Scan() {
				t.Errorf("the client did not end by itself:\n%s", h.errs)
			}
		})
	}
}

// A worker that is killed in the middle of a notebook changes nothing in what the notebook computes.
func TestRunWithAKilledWorker(t *testing.T) {
	w := bareWorld(t)
	path := w.write("killed.ipynb", newNotebook("goherd", `p, err := pool.New(3)
func square(x int) int { time.Sleep(20 * time.Millisecond); return x * x }
pids, err := pool.Map(p, func(int) int { time.Sleep(100 * time.Millisecond); return os.Getpid() }, make([]int, 3), pool.Chunk(1))`,
		`xs := []int{}
for i := range 100 {
	xs = append(xs, i)
}
go func() {
	time.Sleep(200 * time.Millisecond)
	p, err := os.FindProcess(pids[0])
	if err == nil {
		err = p.Kill()
	}
	fmt.Println("killed:", err)
}()
ys, err := pool.Map(p, square, xs, pool.Chunk(10))
sum := 0
for _, y := range ys {
	sum += y
}
fmt.Println("the sum is", sum, err)`,
		"fmt.Println(pool.Map(p, square, []int{7}, pool.Quiet))"))
	r := w.goherd("run", path)
	if r.code != 0 || !strings.Contains(r.stdout, "killed: <nil>") || !strings.Contains(r.stdout, "the sum is 328350 <nil>") || !strings.Contains(r.stdout, "[49] <nil>") {
		t.Errorf("exit %d\n%s", r.code, r.stdout)
	}
	if !regexp.MustCompile(`worker \d+ \(pid \d+\) was killed .* while it ran item \d+ of square \(cell \[1\], line 2\): it is tried again`).MatchString(r.stderr) {
		t.Errorf("the user is told %q", r.stderr)
	}
}

// The example for the runtime, and progress where there is no page to show it in: text, in lines.
func TestRunParallel(t *testing.T) {
	w := bareWorld(t)
	r := w.goherd("run", w.copy("examples/parallel.ipynb"))
	for _, want := range []string{"333383335000 <nil>", `item 2 (value "Quito?") of parse (cell [3], line 10): no temperature in "Quito?"`,
		"[10 20 0 40 50]", "its worker ended itself (exit status 1)", "21 <nil>", "0 1 4 9 16 25 36 49 "} {
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("exit %d, no %q in\n%s%s", r.code, want, r.stdout, r.stderr)
		}
	}
	path := w.write("slow.ipynb", newNotebook("goherd", `p, err := pool.New(2)
func nap(x int) int { time.Sleep(50 * time.Millisecond); return x }
ys, err := pool.Map(p, nap, make([]int, 60))
len(ys)`))
	out := filepath.Join(w.work, "out.ipynb")
	r = w.goherd("run", path, "-o", out)
	if !regexp.MustCompile(`(?m)^nap [█░]+ \d+ %  \d+ of 60, \d+/s, .* left, \d of 2 workers busy$`).MatchString(r.stdout) {
		t.Errorf("no progress in\n%s%s", r.stdout, r.stderr)
	}
	summary := regexp.MustCompile(`(?m)^60 items of nap in [\d.]+ s, \d+/s, 2 workers$`)
	if n := len(summary.FindAllString(r.stdout, -1)); n != 1 || strings.Contains(r.stdout, "\r") || strings.Contains(r.stdout, "<") {
		t.Errorf("%d summaries in\n%s%s", n, r.stdout, r.stderr)
	}
	// In the notebook the summary has taken the bar's place.
	shown := 0
	for _, o := range readNotebook(t, out)[0].Outputs {
		if o.Type == "display_data" {
			shown++
			if text := string(o.Data["text/plain"]); !strings.Contains(text, "60 items of nap") {
				t.Errorf("the notebook shows %s", text)
			}
		}
	}
	if shown != 1 {
		t.Errorf("%d displays in the notebook", shown)
	}
}

// jsBar is the progress bar of the nth cell.
func jsBar(n int) string {
	return fmt.Sprintf(`document.querySelector('%s [role=progressbar]')`, cellAt(n))
}

// In JupyterLab a call that takes long shows a bar that moves in its place, and leaves a line; the square button ends it, and the
// workers are free; a table shows them.
func TestJupyterLabRuntime(t *testing.T) {
	w := newWorld(t)
	l := startLab(t, w)
	w.write("parallel.ipynb", newNotebook(kernelName,
		"p, err := pool.New(2)\nfunc nap(d time.Duration) int { time.Sleep(d); return 1 }\nfunc naps(d time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }",
		"ys, err := pool.Map(p, nap, naps(50*time.Millisecond, 120))\nlen(ys)",
		"ys, err := pool.Map(p, nap, naps(time.Minute, 8))",
		"pool.Map(p, nap, naps(time.Millisecond, 3), pool.Quiet)",
		"memory.Workers()"))
	l.open("parallel.ipynb")
	l.run(0)
	l.idle(20 * time.Second)

	l.run(1)
	l.wait(10*time.Second, "a progress bar", jsBar(1))
	first := eval[int](l.browser, `+`+jsBar(1)+`.ariaValueNow`)
	l.wait(10*time.Second, "a progress bar that moves", fmt.Sprintf(`+%s?.ariaValueNow > %d`, jsBar(1), first))
	if n := eval[int](l.browser, fmt.Sprintf(`document.querySelectorAll('%s [role=progressbar]').length`, cellAt(1))); n != 1 {
		t.Errorf("%d bars", n)
	}
	l.shot("lab-progress")
	l.sees(1, "120 items of nap in", 20*time.Second)
	l.idle(10 * time.Second)
	if out := l.outputs(1); l.holds(jsBar(1)) || strings.Count(out, "items of nap") != 1 {
		t.Errorf("what is left of the progress is %q", out)
	}

	l.run(2)
	l.wait(10*time.Second, "a progress bar", jsBar(2))
	l.toolbar("notebook:interrupt-kernel")
	l.wait(5*time.Second, "an error in the interrupted cell", jsFailed(2))
	l.idle(5 * time.Second)
	l.sees(2, "; ended: the cell was interrupted", 5*time.Second)
	if l.holds(jsBar(2)) {
		t.Error("the bar of the interrupted call is still there")
	}
	l.run(3)
	l.sees(3, "[]int{1, 1, 1}", 10*time.Second)

	l.run(4)
	l.wait(10*time.Second, "a table of two workers", fmt.Sprintf(`(t => t?.innerText.includes('worker 1') && t.querySelectorAll('tr').length >= 3)(document.querySelector('%s table'))`, cellAt(4)))
	l.shot("lab-workers")
}
