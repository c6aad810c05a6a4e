package workers_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/goherd/goherd/kernel/workers"
	"github.com/goherd/goherd/runtime/head"
)

// newPool is a cell that makes a pool p.
func newPool(n int, options string) string {
	return fmt.Sprintf("p, err := pool.New(%d, pool.Quiet, %s)\nif err != nil {\n\tpanic(err)\n}", n, options)
}

// What an item does that ends its worker, and what is said of it. The other items are done all the same.
var deaths = []struct{ name, item, says string }{
	{"exit", "os.Exit(3)", "its worker ended itself (exit status 3)"},
	{"log.Fatal", `log.Fatal("no more")`, "its worker ended itself (exit status 1)"},
	{"fatal error", "var m sync.Mutex; m.Unlock()", "its worker ended: fatal error: sync: unlock of unlocked mutex"},
	{"recursion of compiled code", "xs := make([]any, 1); xs[0] = xs; _ = fmt.Sprint(xs)", "stack overflow"},
}

func TestDeaths(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(2, ""))
	for _, c := range deaths {
		t.Run(c.name, func(t *testing.T) { died(t, n, c.item, c.says) })
	}
}

func TestMemoryLimit(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(2, `pool.MemoryLimit("200MB")`))
	died(t, n, "var all [][]byte; for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; all = append(all, b) }", "of memory, the limit is 200 MB; ")
}

// died maps a function that ends its worker at item 5.
func died(t *testing.T, n *notebook, item, says string) {
	t.Helper()
	out := n.cell(`
func bad(x int) int {
	if x == 5 {
		` + strings.ReplaceAll(item, "; ", "\n") + `
	}
	return 10 * x
}
ys, err := pool.Map(p, bad, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
fmt.Println(ys)
fmt.Println(err)`)
	has(t, out, "[0 10 20 30 40 0 60 70 80 90]", "1 of 10 items failed:", "item 5 (value 5) of bad (cell ", says)
}

// Who was killed from outside did nothing wrong: it is tried again, and the user is told.
func TestKilled(t *testing.T) {
	n := newNotebook(t)
	n.cell("p, err := pool.New(2)")
	dir := t.TempDir()
	r := n.begin(fmt.Sprintf(`
xs := make([]int, 20)
for i := range xs {
	xs[i] = i
}
ys, err := pool.Map(p, func(x int) int {
	if x == 7 {
		f, err := os.OpenFile(%q, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			fmt.Fprintln(f, os.Getpid())
			f.Close()
			time.Sleep(time.Hour)
		}
	}
	return x
}, xs)
fmt.Println(ys, err)`, filepath.Join(dir, "pid")))
	var pid int
	until(t, "the process of item 7", func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		return pid != 0
	})
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	out := n.wait(r)
	has(t, out, "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19] <nil>", "was killed (signal: killed", "while it ran item 7 of ")
}

// What a worker prints comes before the result of the task that printed it.
func TestOutputFirst(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(1, ""))
	for range 20 {
		n.cell(`_, err = pool.Map(p, func(x int) int { fmt.Println("line", x); fmt.Fprintln(os.Stderr, "error", x); return x }, []int{1, 2, 3})`)
		n.mu.Lock()
		text := strings.Join(n.tagged, "")
		n.tagged = nil
		n.mu.Unlock()
		has(t, text, "line 1\n", "line 2\n", "line 3\n", "error 1\n", "error 3\n", fmt.Sprintf("%d worker ", n.run))
		if t.Failed() {
			return
		}
	}
}

// stuck is compiled code that takes no notice of an interrupt.
const stuck = `exec.Command("sleep", "1000").Run()`

// An item that takes no notice that its time is over fails, its worker is replaced, and what it has started is ended.
func TestStuck(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(1, ""))
	out := n.cell(`
ys, err := pool.Map(p, func(x int) int {
	if x == 2 {
		` + stuck + `
	}
	return x
}, []int{1, 2, 3}, pool.ItemTimeout(100*time.Millisecond))
fmt.Println(ys)
fmt.Println(err)`)
	has(t, out, "[1 0 3]", "item 1 (value 2)", "it took longer than 100ms")
	until(t, "the end of the command", func() bool { return len(sleepers(os.Getpid())) == 0 })
}

// sleepers returns the commands that descendants of a process have started.
func sleepers(pid int) []int {
	var out []int
	for _, p := range family(pid) {
		if name, err := p.Name(); err == nil && name == "sleep" {
			out = append(out, int(p.Pid))
		}
	}
	return out
}

func family(pid int) []*process.Process {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return nil
	}
	out := []*process.Process{p}
	for i := 0; i < len(out); i++ { // out grows
		kids, _ := out[i].Children()
		out = append(out, kids...)
	}
	return out
}

// Kill ends what tasks have started, too.
func TestKillTree(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(2, ""))
	n.cell("f := pool.Go(p, func() int { " + stuck + "; return 1 })")
	until(t, "the command", func() bool { return len(sleepers(os.Getpid())) == 1 })
	pids := sleepers(os.Getpid())
	n.cell("p.Kill()")
	until(t, "the end of the command", func() bool { return !alive(pids...) })
}

// alive reports whether one of the processes runs. One that has ended and that nobody has waited for doesn't.
func alive(pids ...int) bool {
	return slices.ContainsFunc(pids, func(pid int) bool {
		p, err := process.NewProcess(int32(pid))
		if err != nil {
			return false
		}
		s, err := p.Status()
		return err == nil && !slices.Contains(s, process.Zombie)
	})
}

// Of a kernel that is killed with -9 nothing is left: no worker, no command that a task has started, no file.
func TestKernelKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(self, "kernel")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	var pids []int
	for _, p := range family(cmd.Process.Pid) {
		pids = append(pids, int(p.Pid))
	}
	if len(pids) != 5 { // kernel, interpreter, two workers, a command
		t.Errorf("processes %v", pids)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	until(t, "the end of all processes", func() bool { return !alive(pids...) })
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

// kernel is a session whose worker runs a command, until it is killed.
func kernel() error {
	n := newNotebook(alone{os.TempDir()})
	n.cell(newPool(2, ""))
	n.cell("f := pool.Go(p, func() int { " + stuck + "; return 1 })")
	until(n.t, "the command", func() bool { return len(sleepers(os.Getpid())) == 1 && len(family(os.Getpid())) == 5 })
	fmt.Println("ready")
	select {}
}

func TestUsage(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(1, ""))
	n.cell(`f := pool.Go(p, func() int {
	b := make([]byte, 100<<20)
	for i := range b {
		b[i] = 1
	}
	time.Sleep(time.Hour)
	return len(b)
})`)
	until(t, "a worker", func() bool { return len(n.launched.all()) == 1 })
	w := n.launched.all()[0]
	var u head.Usage
	until(t, "100 MB", func() bool {
		u = w.Usage()
		return u.CPU > 0 && u.RSS > 100<<20 && (u.Unique > 100<<20 || !linux)
	})
	if u.RSS > 300<<20 || u.Running == 0 || u.Item != 0 || u.Stopped {
		t.Errorf("%+v", u)
	}
	// What else the process holds is shared with the others, in part.
	if linux && (u.PSS < 100<<20 || u.PSS > 120<<20 || u.Unique > u.PSS || u.Peak < 100<<20) {
		t.Errorf("%+v", u)
	}
	n.cell("p.Kill()")
	<-w.Gone()
	if u := w.Usage(); u != (head.Usage{}) {
		t.Errorf("of a process that has ended: %+v", u)
	}
}

// A program that is no worker, or none at all, is an error that says so.
func TestNoWorker(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		options workers.Options
		says    string
	}{
		{workers.Options{Argv: []string{filepath.Join(t.TempDir(), "goherd")}}, "goherd: no such file or directory"},
		{workers.Options{Argv: []string{self, "worker"}, Dir: func() string { return "/no/such/folder" }}, "/no/such/folder: no such file or directory"},
	} {
		n := newNotebookWith(t, c.options)
		out := n.cell("p, err := pool.New(1, pool.Quiet)\nif err == nil {\n\t_, err = pool.Map(p, func(x int) int { return x }, []int{1})\n}\nfmt.Println(err)")
		has(t, out, c.says)
	}
}

// Workers have the session's directory and environment, and no secret in their own.
func TestSurroundings(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOHERD_TEST_UNSET", "x")
	n := newNotebook(t)
	n.cell(newPool(1, ""))
	n.cell(fmt.Sprintf("_ = os.Chdir(%q)\n_ = os.Setenv(\"GOHERD_TEST\", \"yes\")\n_ = os.Unsetenv(\"GOHERD_TEST_UNSET\")", dir))
	out := n.cell(`
f := pool.Go(p, func() []string {
	dir, _ := os.Getwd()
	_, set := os.LookupEnv("GOHERD_TEST_UNSET")
	args, _ := os.ReadFile("/proc/self/cmdline")
	return []string{dir, os.Getenv("GOHERD_TEST"), fmt.Sprint(set), fmt.Sprint(os.Environ(), string(args))}
})
ss, err := f.Get()
fmt.Println(ss[:3], err)
fmt.Println(ss[3])`)
	has(t, out, "["+dir+" yes false] <nil>")
	if secret := regexp.MustCompile(`nats|127\.0\.0\.1`).FindString(out); secret != "" {
		t.Errorf("%q in the worker's environment or arguments:\n%s", secret, out)
	}
}

// How long four workers take to their first result, and what they use when they are idle.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		n := newNotebook(b)
		start := time.Now()
		n.cell(newPool(4, ""))
		n.cell("_, err = pool.Map(p, func(x int) int { time.Sleep(5*time.Millisecond); return x }, make([]int, 4), pool.Chunk(1))")
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms")
		for _, w := range n.launched.all() {
			u := w.Usage()
			b.ReportMetric(float64(u.PSS)/(1<<20), "MB-PSS")
		}
	}
}

// A worker that has nothing to do gives back the memory that it needed.
func TestIdle(t *testing.T) {
	n := newNotebook(t)
	n.cell(newPool(1, ""))
	n.cell(`_, err = pool.Map(p, func(x int) int {
	b := make([]byte, 100<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	return len(b)
}, []int{1})`)
	w := n.launched.all()[0]
	busy := w.Usage().RSS
	if busy < 100<<20 {
		t.Errorf("%d MB", busy>>20)
	}
	until(t, "an idle worker to be small", func() bool { return w.Usage().RSS < busy-80<<20 })
}
