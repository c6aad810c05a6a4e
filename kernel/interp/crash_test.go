package interp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

// What ends the interpreter process: each cell is the second of its notebook, after
// one that declares a little.
var crashes = []struct {
	name, cell   string
	death, text  string // text may be a part
	at           string // innermost place, "cell:line"
	unknown, own bool   // the run isn't known; the cell races with itself
}{
	{
		name: "map used by compiled code", own: true,
		cell:  "m := map[int]int{1: 1}\ngo func() { for i := 0; ; i++ { m[i%8] = i } }(); for { _ = fmt.Sprint(m) }",
		death: "fatal error", text: "concurrent map ", at: "2:2",
	},
	{
		name: "compiled recursion", cell: "xs := make([]any, 1)\nxs[0] = xs\nfmt.Sprint(xs)",
		death: "fatal error", text: "stack overflow", at: "2:3",
	},
	{
		name: "unlock of unlocked Mutex", cell: "var m sync.Mutex\nm.Unlock()",
		death: "fatal error", text: "sync: unlock of unlocked mutex", at: "2:2",
	},
	{
		name: "unlock of unlocked RWMutex", cell: "var m sync.RWMutex\nm.RUnlock()",
		death: "fatal error", text: "sync: RUnlock of unlocked RWMutex", at: "2:2",
	},
	{
		name: "huge make", cell: "n := 1 << 44\nb := make([]byte, n)\nlen(b)",
		death: "out of memory", at: "2:2",
	},
	{
		name: "SIGKILL", cell: "syscall.Kill(os.Getpid(), syscall.SIGKILL)",
		death: "killed", text: "signal: killed", unknown: true,
	},
	{
		name: "SIGTERM", cell: "syscall.Kill(os.Getpid(), syscall.SIGTERM)\nselect {}",
		death: "killed", text: "signal: terminated", unknown: true,
	},
	{
		name: "SIGQUIT", cell: "syscall.Kill(os.Getpid(), syscall.SIGQUIT)\nselect {}",
		death: "killed", text: "signal: quit", unknown: true,
	},
	{
		name: "syscall.Exit", cell: "syscall.Exit(3)",
		death: "exit", text: "exit status 3", unknown: true,
	},
}

const crashDecls = `func pick(xs []int, i int) int {
	return xs[i]
}
func deep(n int) int {
	return deep(n+1) + 1
}
func ping(n int) int {
	return pong(n+1) + 1
}
func pong(n int) int { return ping(n) }
type Failed struct{ code int }
func (f Failed) Error() string { return fmt.Sprint("failed with ", f.code) }
type Point struct{ X, Y int }
`

func TestCrash(t *testing.T) {
	for _, c := range crashes {
		t.Run(c.name, func(t *testing.T) {
			n := newBareNotebook(t, interp.Options{MemoryLimit: 600 << 20})
			n.racy = c.own
			n.ok(crashDecls)
			_, r := n.begin("fmt.Print(`before `)\n" + c.cell)
			done, death := n.wait(r)
			died := time.Now()
			if death == nil {
				t.Fatalf("the interpreter lives: %+v", done.Failure)
			}
			if death.Name != c.death || !strings.Contains(death.Text, c.text) || death.Wanted {
				t.Errorf("death %q: %q, wanted %v", death.Name, death.Text, death.Wanted)
			}
			code, own := 2, true
			switch c.death {
			case "killed":
				code, own = -1, false
			case "exit":
				code = 3
			}
			if death.Code != code || death.Own != own {
				t.Errorf("code %d, its own doing: %v", death.Code, death.Own)
			}
			if want := 2; death.Run != want && !c.unknown {
				t.Errorf("run %d, want %d", death.Run, want)
			}
			// The cell has a line more here than in the table.
			at := places(death.Frames)
			for i, p := range at {
				if cell, line, _ := strings.Cut(p, ":"); cell == "2" {
					at[i] = "2:" + string(line[0]-1)
				}
			}
			if c.at != "" && (len(at) == 0 || at[0] != c.at) {
				t.Errorf("at %v, want %s first", at, c.at)
			}
			if got := n.everything(); got != "before " && !c.own {
				t.Errorf("output %q", got)
			}
			// The next interpreter has the declarations.
			n.start()
			t.Logf("a new interpreter after %v", time.Since(died).Round(time.Millisecond))
			if got := n.ok("fmt.Print(pick([]int{4, 5}, 1))"); got != "5" {
				t.Errorf("the new interpreter says %q", got)
			}
		})
	}
}

// A panic of a goroutine ends the cell that started it, and nothing else.
func TestGoroutinePanic(t *testing.T) {
	n := newNotebook(t, interp.Options{MemoryLimit: 600 << 20})
	n.ok(crashDecls + "kept := 1")
	for _, c := range []struct {
		name, cell string
		as, text   string
		at         string // innermost line of the cell
		inner      string // innermost place, if that is in another
	}{
		{name: "string", cell: "go func() {\n\tpanic(`boom`)\n}()\nselect {}", as: "panic", text: "boom", at: "2"},
		{name: "error", cell: "go func() { panic(fmt.Errorf(`no: %w`, io.EOF)) }()\nselect {}", as: "error", text: "no: EOF", at: "1"},
		{name: "number", cell: "go func() { panic(42) }()\nselect {}", as: "panic", text: "42", at: "1"},
		{name: "several lines", cell: "go func() { panic(\"two\\nlines\") }()\nselect {}", as: "panic", text: "two\nlines", at: "1"},
		{name: "the user's error type", cell: "go func() { panic(Failed{3}) }()\nselect {}", as: "Failed", text: "failed with 3", at: "1"},
		{name: "the user's struct", cell: "go func() { panic(Point{1, 2}) }()\nselect {}", as: "panic", text: "{X:1 Y:2}", at: "1"},
		{name: "panic while panicking", cell: "go func() {\n\tdefer func() { panic(`second`) }()\n\tpanic(`first`)\n}()\nselect {}", as: "panic", text: "second", at: "2"},
		{name: "index in a callee", cell: "go func() {\n\tpick([]int{1}, 7)\n}()\nselect {}", as: "runtime error", text: "index out of range [7] with length 1", at: "2", inner: "1:2"},
		{name: "nil map", cell: "go func() {\n\tvar m map[string]int\n\tm[`a`] = 1\n}()\nselect {}", as: "runtime error", text: "assignment to entry in nil map", at: "3"},
		{name: "nil pointer", cell: "go func() {\n\tvar p *Point\n\tp.X = 1\n}()\nselect {}", as: "runtime error", text: "invalid memory address or nil pointer dereference", at: "3"},
		{name: "division by zero", cell: "go func() {\n\tzero := 0\n\tfmt.Println(1 / zero)\n}()\nselect {}", as: "runtime error", text: "integer divide by zero", at: "3"},
		{name: "recursion", cell: "go deep(0)\nselect {}", as: "fatal error", text: "stack overflow: the recursion has no end", inner: "1:5"},
		{name: "timer", cell: "time.AfterFunc(0, func() {\n\tpanic(`late`)\n})\nselect {}", as: "panic", text: "late", at: "2"},
		{name: "AfterFunc of a context", cell: "ctx, cancel := context.WithCancel(context.Background())\ncontext.AfterFunc(ctx, func() {\n\tpanic(`late`)\n})\ncancel()\nselect {}", as: "panic", text: "late", at: "3"},
		{name: "WaitGroup.Go", cell: "var wg sync.WaitGroup\nwg.Go(func() {\n\tpanic(`late`)\n})\nwg.Wait()\nselect {}", as: "panic", text: "late", at: "3"},
		{name: "compiled function", cell: "go strings.Repeat(`x`, -1)\nselect {}", as: "panic", text: "strings: negative Repeat count"},
		{name: "callback of sort.Slice", cell: "go func() {\n\tsort.Slice([]int{2, 1}, func(i, j int) bool {\n\t\tpanic(`in the middle`)\n\t})\n}()\nselect {}", as: "panic", text: "in the middle", at: "3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.t = t
			f := n.cell("kept++\n" + c.cell).Failure
			if f == nil || f.Kind != link.FailPanic || f.Name != c.as || f.Text != c.text || !f.Goroutine {
				t.Errorf("%+v, want %s: %s", f, c.as, c.text)
				return
			}
			at := places(f.Frames)
			if c.inner != "" {
				if len(at) == 0 || at[0] != c.inner {
					t.Errorf("at %v, want %s first", at, c.inner)
				}
				at = at[min(1, len(at)):]
			}
			var line int
			fmt.Sscan(c.at, &line)
			if want := fmt.Sprintf("%d:%d", n.run, line+1); c.at != "" && (len(at) == 0 || at[0] != want) {
				t.Errorf("at %v, want %s", at, want)
			}
		})
	}
	n.t = t
	if got := n.ok("fmt.Print(kept)"); got != "18" {
		t.Errorf("kept is %s", got)
	}
}

// A recursion without end fails the cell, whatever it does on the way, and costs no state.
func TestRecursion(t *testing.T) {
	n := newNotebook(t, interp.Options{MemoryLimit: 1 << 30})
	n.ok(crashDecls + `kept := 1
var mu sync.Mutex
func deferring(n int) int {
	defer func() { kept = n }()
	return deferring(n+1) + 1
}
func recovering(n int) (r int) {
	defer func() {
		if recover() != nil { r = -1 }
	}()
	return recovering(n+1) + 1
}
func locking(n int) int {
	if n == 0 {
		mu.Lock()
		defer mu.Unlock()
	}
	return locking(n+1) + 1
}
type Loud struct{ n int }
func (l Loud) String() string { return fmt.Sprint(l) }
func sorting(n int) {
	sort.Slice([]int{2, 1}, func(i, j int) bool {
		sorting(n + 1)
		return false
	})
}
func sortingDeferring(n int) {
	sort.Slice([]int{2, 1}, func(i, j int) bool {
		defer func() { kept++ }()
		sortingDeferring(n + 1)
		return false
	})
}
type Walker interface{ Walk(n int) int }
type Circle struct{ next Walker }
func (c *Circle) Walk(n int) int { return c.next.Walk(n+1) + 1 }
func nested(n int) int {
	for i := 0; i < 1; i++ {
		for j := 0; j < 1; j++ {
			if n >= 0 {
				switch {
				default:
					return 1 + (2 * (3 + (4 * (5 + (6 - (7 + 8*nested(n+1)))))))
				}
			}
		}
	}
	return 0
}
type Fat struct{ a [100]int }
func fat(f Fat) Fat { f.a[0]++; return fat(fat(f)) }
`)
	for _, c := range []struct{ cell, after string }{
		{"deep(0)", "kept == 1"},
		{"ping(0)", "kept == 1"},
		{"deferring(0)", "kept == 0"},
		{"fmt.Println(recovering(0))", "kept == 0"},
		{"locking(0)", "mu.TryLock()"},
		{"fmt.Println(Loud{1})", "kept == 0"},
		{"sorting(0)", "kept == 0"},
		{"sortingDeferring(0)", "kept > 1000"},
		{"c := &Circle{}\nc.next = c\nc.Walk(0)", "kept > 1000"},
		{"nested(0)", "kept > 1000"},
		{"fat(Fat{})", "kept > 1000"},
		{"var f func(int) int\nf = func(n int) int { return f(n+1) + 1 }\nf(0)", "kept > 1000"},
		{"strings.Map(func(r rune) rune { return rune(deep(0)) }, `x`)", "kept > 1000"},
	} {
		if raceDetector && strings.HasPrefix(c.cell, "sorting") {
			break // memory is full first
		}
		start := time.Now()
		f := n.cell(c.cell).Failure
		if f == nil || f.Name != "fatal error" || f.Text != "stack overflow: the recursion has no end" || len(f.Frames) < 10 {
			t.Errorf("%s: %+v", c.cell, f)
		}
		t.Logf("%s: %v", c.cell, time.Since(start).Round(time.Millisecond))
		if f := n.cell("if !(" + c.after + ") { panic(kept) }").Failure; f != nil {
			t.Errorf("%s: afterwards: %+v", c.cell, f)
		}
	}
	// What a program may do.
	n = newNotebook(t, interp.Options{MemoryLimit: 1 << 30})
	depth := "100000"
	if raceDetector {
		depth = "20000"
	}
	if got := n.ok("func down(n int) int { if n == 0 { return 0 }; return down(n-1) + 1 }\nfmt.Print(down(" + depth + "))"); got != depth {
		t.Errorf("a deep recursion gives %s", got)
	}
}

func TestMemoryLimit(t *testing.T) {
	n := newBareNotebook(t, interp.Options{MemoryLimit: 300 << 20})
	n.ok("go func() { select {} }()")
	death := n.fatal(`func fill(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}
var all [][]byte
for {
	b := make([]byte, 10<<20)
	fill(b)
	all = append(all, b)
}`)
	if death.Name != "out of memory" || !strings.Contains(death.Text, "the limit is 300 MB") || death.Wanted {
		t.Errorf("%+v", death)
	}
	at := places(death.Frames)
	if death.Run != n.run || len(at) == 0 || !slices.Contains([]string{"2:2", "2:3", "2:8", "2:9", "2:10"}, at[0]) {
		t.Errorf("run %d at %v", death.Run, at)
	}
	n.start()
	// Garbage doesn't count.
	n.ok("for i := 0; i < 80; i++ { b := make([]byte, 10<<20); fill(b) }")
}

func TestOneBigAllocation(t *testing.T) {
	n := newBareNotebook(t, interp.Options{MemoryLimit: 300 << 20})
	death := n.fatal("b := bytes.Repeat([]byte{1}, 4<<30)\nlen(b)")
	if death.Name != "out of memory" || death.Wanted {
		t.Errorf("%+v", death)
	}
}

// Exits end the cell, not the interpreter.
func TestExit(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("x := 1\nfunc leave() {\n\tos.Exit(7)\n}")
	for _, c := range []struct{ cell, text, out, at string }{
		{"x++\nleave()\nx = -1", "exit status 7", "", "1:3"},
		{"x++\nlog.SetFlags(0)\nlog.Fatal(`bye`)", "exit status 1", "bye\n", "3:3"},
		{"x++\nlog.Fatalf(`bye %d`, 2)", "exit status 1", "bye 2\n", "4:2"},
		{"x++\ngo leave()\nselect {}", "exit status 7", "", "1:3"},
		{"x++\nruntime.Goexit()", "runtime.Goexit ended the cell", "", ""},
		{"x++\nsort.Slice([]int{2, 1}, func(i, j int) bool { os.Exit(0); return true })", "exit status 0", "", "7:2"},
	} {
		done := n.cell(c.cell)
		f := done.Failure
		if f == nil || f.Kind != link.FailExit || f.Text != c.text || f.Abandoned {
			t.Errorf("%s: %+v", c.cell, f)
			continue
		}
		if at := places(f.Frames); c.at != "" && (len(at) == 0 || at[0] != c.at) {
			t.Errorf("%s: at %v, want %s", c.cell, at, c.at)
		}
		if got := n.printed(n.run); got != c.out {
			t.Errorf("%s: printed %q", c.cell, got)
		}
	}
	if got := n.ok("fmt.Print(x)"); got != "7" {
		t.Errorf("x is %s, want 7", got)
	}
}

// What a cell panics with when the interpreter survives it.
func TestPanic(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok(crashDecls)
	for _, c := range []struct {
		cell, name, text string
		at               []string
		chain            []string
	}{
		{cell: "panic(`boom`)", name: "panic", text: "boom", at: []string{"2:1"}},
		{cell: "panic(nil)", name: "runtime error", text: "panic called with nil argument", at: []string{"3:1"}},
		{cell: "panic(3.5)", name: "panic", text: "3.5"},
		{cell: "type code int\npanic(code(7))", name: "panic", text: "main.code(7)", at: []string{"5:2"}},
		{cell: "type word string\npanic(word(`a b`))", name: "panic", text: `main.word("a b")`},
		{cell: "panic(Point{1, 2})", name: "panic", text: "{X:1 Y:2}"},
		{cell: "panic(&Failed{3})", name: "*Failed", text: "failed with 3"},
		{cell: "panic(fmt.Errorf(`a: %w`, io.EOF))", name: "error", text: "a: EOF", chain: []string{"error: EOF"}},
		{cell: "_, err := os.Open(`/nowhere`)\npanic(err)", name: "*fs.PathError", text: "open /nowhere: no such file or directory",
			chain: []string{"syscall.Errno: no such file or directory"}, at: []string{"10:2"}},
		{cell: "panic(time.Second)", name: "time.Duration", text: "1s"},
		{cell: "pick(nil, 7)", name: "runtime error", text: "index out of range [7] with length 0", at: []string{"1:2", "12:1"}},
		{cell: "sort.Slice([]int{2, 1}, func(i, j int) bool {\n\treturn pick(nil, 3) > 0\n})", name: "runtime error", text: "index out of range [3] with length 0",
			at: []string{"1:2", "13:2", "13:1"}},
		{cell: "var a any = `x`\na.(int)", name: "type assertion", text: "interface conversion: interface {} is string, not int"},
		{cell: "var p *Point\np.X", name: "runtime error", text: "invalid memory address or nil pointer dereference"},
		{cell: "zero := 0\n1 / zero", name: "runtime error", text: "integer divide by zero", at: []string{"16:2"}},
		{cell: "x := []int{1}\nk := 5\nx[k:]", name: "runtime error", text: "slice bounds out of range [5:1]", at: []string{"17:3"}},
		{cell: "c := make(chan int)\nclose(c)\nclose(c)", name: "runtime error", text: "close of closed channel", at: []string{"18:3"}},
		// A value that was announced and recovered isn't the one that ends the cell.
		{cell: "func() { defer func() { recover() }(); panic(Failed{1}) }()\npanic(Point{3, 4})", name: "panic", text: "{X:3 Y:4}"},
	} {
		f := n.cell(c.cell).Failure
		if f == nil {
			t.Errorf("%s: no failure", c.cell)
			continue
		}
		if f.Kind != link.FailPanic || f.Name != c.name || c.text != "" && f.Text != c.text || !slices.Equal(f.Chain, c.chain) {
			t.Errorf("%s: %+v", c.cell, f)
		}
		if at := places(f.Frames); c.at != nil && !slices.Equal(at, c.at) {
			t.Errorf("%s: at %v, want %v", c.cell, at, c.at)
		}
	}
	// recover gets the value itself.
	got := n.ok(`func try(v any) {
	defer func() {
		r := recover()
		s, isString := r.(string)
		f, isFailed := r.(Failed)
		err, isError := r.(error)
		fmt.Println(s, isString, f, isFailed, err, isError)
	}()
	panic(v)
}
try("s")
try(io.EOF)
try(Failed{3})`)
	want := "s true failed with 0 false <nil> false\n false failed with 0 false EOF true\n false failed with 3 true failed with 3 true\n"
	if got != want {
		t.Errorf("recover got\n%swant\n%s", got, want)
	}
}

// running reports whether a process "sleep arg" is running.
func running(arg string) bool {
	all, err := process.Processes()
	if err != nil {
		panic(err)
	}
	return slices.ContainsFunc(all, func(p *process.Process) bool {
		argv, err := p.CmdlineSlice() // it may have ended
		return err == nil && slices.Equal(argv, []string{"sleep", arg})
	})
}

// A dead interpreter leaves nothing behind: neither commands of the shell nor
// processes that cells have started.
func TestNothingLeft(t *testing.T) {
	for _, end := range []string{"SIGKILL", "Close", "Kill"} {
		t.Run(end, func(t *testing.T) {
			n := newBareNotebook(t, interp.Options{})
			n.ok("exec.Command(`sleep`, `1041`).Start()")
			n.shell("sleep 1042 & sleep 1043 &")
			n.run++
			r := n.ip.Shell(n.run, "sleep 1044; true")
			args := []string{"1041", "1042", "1043", "1044"}
			until(t, "four sleeps", func() bool {
				return !slices.ContainsFunc(args, func(a string) bool { return !running(a) })
			})
			switch end {
			case "SIGKILL":
				n.begin("syscall.Kill(os.Getpid(), syscall.SIGKILL)")
			case "Close":
				n.ip.Close()
			case "Kill":
				n.ip.Kill("enough")
			}
			if _, death := n.wait(r); death == nil || death.Wanted != (end != "SIGKILL") {
				t.Errorf("death %+v", death)
			}
			until(t, "no sleep", func() bool { return !slices.ContainsFunc(args, running) })
		})
	}
}

// Methods of a dead interpreter fail or end; nothing hangs and no stranger is killed.
func TestAfterDeath(t *testing.T) {
	n := newBareNotebook(t, interp.Options{})
	p := n.compile("1")
	n.fatal("syscall.Exit(0)")
	n.run++
	if _, death := n.wait(n.ip.Run(n.run, &p.Program)); death == nil || death.Name != "exit" {
		t.Errorf("death %+v", death)
	}
	if n.ip.Interrupt(n.run) == nil {
		t.Error("a dead interpreter takes an interrupt")
	}
	if err := n.ip.WaitReady(t.Context()); err != nil {
		t.Error("it was ready once:", err)
	}
	n.ip.Kill("again")
	n.ip.Close()
	if d := n.ip.Death(); d.Wanted || d.Name != "exit" {
		t.Errorf("death %+v", d)
	}
}

// A program that isn't an interpreter.
func TestNoInterpreter(t *testing.T) {
	for _, argv := range [][]string{{"false"}, {"echo", "hello"}, {"sh", "-c", "exit 3"}} {
		ip, err := interp.Start(interp.Options{
			Argv: argv, Output: func(int, link.Kind, []byte) {}, Event: func(*link.Event) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := ip.WaitReady(t.Context()); err == nil {
			t.Error(argv, "is ready")
		}
		ip.Close()
	}
	if _, err := interp.Start(interp.Options{Argv: []string{"/nowhere/goherd"}}); err == nil {
		t.Error("a program that doesn't exist was started")
	}
}
