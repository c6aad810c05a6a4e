package interp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

// Cells that never end by themselves.
var endless = []struct {
	name, cell string
	compiled   bool // it may be left behind: compiled code that can't be ended
}{
	{name: "for", cell: "for {}"},
	{name: "for with a condition", cell: "for i := 0; i >= 0; i++ {}"},
	{name: "goto", cell: "L:\n\tgoto L"},
	{name: "continue", cell: "Outer:\nfor {\n\tfor {\n\t\tcontinue Outer\n\t}\n}"},
	{name: "sum", cell: "s := 0.0\nfor { s += math.Sqrt(s) }"},
	{name: "function of an earlier cell", cell: "spin(0)"},
	{name: "closure of an earlier cell", cell: "closure()"},
	{name: "method of an earlier cell", cell: "(&Loop{}).Run()"},
	{name: "method through an interface", cell: "var r interface{ Run() } = &Loop{}\nr.Run()"},
	{name: "generic function", cell: "forever(1)"},
	{name: "method of a generic type", cell: "g := Generic[int]{}\ng.Run()"},
	{name: "function that calls itself", cell: "fib(60)"},
	{name: "two functions that call each other", cell: "for { even(1000) }"},
	{name: "deferred function", cell: "func() { defer func() { for {} }() }()", compiled: true},
	{name: "recover", cell: "for { func() { defer func() { recover() }(); for {} }() }"},
	{name: "defer unlock", cell: "mu.Lock()\ndefer mu.Unlock()\nfor {}"},
	{name: "the same lock again", cell: "mu.Lock()\nmu.Unlock()\nfor {}"},
	{name: "receive", cell: "v := <-make(chan int)\nfmt.Print(`BAD`, v)"},
	{name: "receive with ok", cell: "v, ok := <-make(chan int)\nfmt.Print(`BAD`, v, ok)"},
	{name: "receive from nil", cell: "var c chan int\n<-c\nfmt.Print(`BAD`)"},
	{name: "receive in a callee", cell: "fmt.Print(`BAD`, receive(make(chan int)))"},
	{name: "send", cell: "make(chan int) <- 1\nfmt.Print(`BAD`)"},
	{name: "range over a channel", cell: "for range make(chan int) {}\nfmt.Print(`BAD`)"},
	{name: "select", cell: "select {\ncase <-make(chan int):\n\tfmt.Print(`BAD`)\ncase make(chan int) <- 1:\n\tfmt.Print(`BAD`)\n}"},
	{name: "select without cases", cell: "select {}"},
	{name: "select with default", cell: "for { select { case <-make(chan int): default: } }"},
	{name: "deadlock", cell: "a, b := make(chan int), make(chan int)\ngo func() { <-a; b <- 1 }()\n<-b\na <- 1"},
	{name: "time.Sleep", cell: "time.Sleep(time.Hour)"},
	{name: "time.After", cell: "<-time.After(time.Hour)"},
	{name: "time.NewTimer", cell: "<-time.NewTimer(time.Hour).C"},
	{name: "ticker", cell: "for range time.NewTicker(time.Millisecond).C {}"},
	{name: "context", cell: "ctx, cancel := context.WithCancel(context.Background())\ndefer cancel()\n<-ctx.Done()"},
	{name: "Mutex", cell: "var m sync.Mutex\nm.Lock()\nm.Lock()"},
	{name: "RWMutex", cell: "var m2 sync.RWMutex\nm2.RLock()\nm2.Lock()"},
	{name: "RWMutex.RLock", cell: "var m3 sync.RWMutex\nm3.Lock()\nm3.RLock()"},
	{name: "WaitGroup", cell: "var wg sync.WaitGroup\nwg.Add(1)\nwg.Wait()"},
	{name: "Cond", cell: "c := sync.NewCond(&sync.Mutex{})\nc.L.Lock()\nc.Wait()"},
	{name: "Once", cell: "var o sync.Once\no.Do(func() { for {} })"},
	{name: "goroutine that spins", cell: "go func() { for { count.Add(1) } }()\nfor { count.Add(1) }"},
	{name: "its goroutine has stopped", cell: "before := count.Load()\ntime.Sleep(20*time.Millisecond)\nif count.Load() != before { fmt.Print(`BAD`) }\nfor {}"},
	{name: "goroutine that waits", cell: "go func() { <-make(chan int); fmt.Print(`BAD`) }()\nselect {}"},
	{name: "WaitGroup of goroutines", cell: "var wg sync.WaitGroup\nfor i := 0; i < 3; i++ { wg.Add(1); go func() { defer wg.Done(); for {} }() }\nwg.Wait()"},
	{name: "callback of sort.Slice", cell: "xs := make([]int, 1<<20)\nfor i := range xs { xs[i] = -i }\nfor { sort.Slice(xs, func(i, j int) bool { return xs[i] < xs[j] }) }"},
	{name: "loop in a callback", cell: "strings.Map(func(r rune) rune { for {} }, `x`)"},
	{name: "compiled calls", cell: "for { strings.Repeat(`x`, 100) }"},
	{name: "append", cell: "var xs []int\nfor { xs = append(xs[:0], 1, 2, 3) }"},
	{name: "print", cell: "for { fmt.Fprint(io.Discard, 1) }"},
	{name: "sort", cell: "xs := make([]int, 1<<24)\nfor { for i := range xs { xs[i] = rand.Int() }; sort.Ints(xs) }", compiled: true},
	{name: "regexp", cell: "regexp.MustCompile(`(x+x+)+(a|b|c)*y`).MatchString(strings.Repeat(`x`, 1<<22))", compiled: true},
	{name: "net.Listener.Accept", cell: "l, _ := net.Listen(`tcp`, `127.0.0.1:0`)\nl.Accept()\nfmt.Print(`BAD`)", compiled: true},
	{name: "net.Conn.Read", cell: "a, _ := net.Pipe()\na.Read(make([]byte, 1))\nfmt.Print(`BAD`)", compiled: true},
	{name: "http.Get", cell: "l2, _ := net.Listen(`tcp`, `127.0.0.1:0`)\nhttp.Get(`http://` + l2.Addr().String())\nfmt.Print(`BAD`)", compiled: true},
	{name: "http server", cell: "http.ListenAndServe(`127.0.0.1:0`, nil)", compiled: true},
	{name: "os/exec", cell: "exec.Command(`sleep`, `100`).Run()\nfmt.Print(`BAD`)", compiled: true},
	{name: "io.Pipe", cell: "r, _ := io.Pipe()\nio.ReadAll(r)", compiled: true},
}

const endlessDecls = `
func spin(n int) {
	if n > 100 { return }
	for { spin(n + 1) }
}
func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
func even(n int) bool { if n == 0 { return true }; return odd(n - 1) }
func odd(n int) bool { if n == 0 { return false }; return even(n - 1) }
func receive(c chan int) int { return <-c }
func forever[T any](x T) { for { _ = x } }
type Loop struct{ n int }
func (l *Loop) Run() { for { l.n++ } }
type Generic[T any] struct{ x T }
func (g *Generic[T]) Run() { for {} }
var closure = func() { for {} }
var mu sync.Mutex
kept := map[string]int{"a": 1}
var count, slept, ticked, done atomic.Int64
go func() { for { slept.Add(1); time.Sleep(time.Millisecond) } }()
go func() { t := time.NewTicker(time.Millisecond); for { select { case <-t.C: ticked.Add(1) } } }()
go func() { c := make(chan int); go func() { for { c <- 1 } }(); for range c { done.Add(1); time.Sleep(time.Millisecond) } }()
`

// Every endless cell ends soon after an interrupt; what earlier cells have made, their
// variables and goroutines, is untouched.
func TestInterrupt(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok(endlessDecls)
	var slowest time.Duration
	for _, c := range endless {
		t.Run(c.name, func(t *testing.T) {
			n.t = t
			run, r := n.begin(c.cell)
			time.Sleep(10 * time.Millisecond)
			select {
			case <-r.Done:
				done, death := r.Result()
				t.Fatalf("it ends by itself: %+v %+v", done.Failure, death)
			default:
			}
			start := time.Now()
			if err := n.ip.Interrupt(run); err != nil {
				t.Fatal(err)
			}
			done, death := n.wait(r)
			took := time.Since(start)
			slowest = max(slowest, took)
			if death != nil {
				t.Fatalf("death: %+v", death)
			}
			if f := done.Failure; f == nil || f.Kind != link.FailInterrupt || f.Abandoned && !c.compiled {
				t.Errorf("failure %+v", f)
			}
			if out := n.printed(run); out != "" {
				t.Errorf("printed %q", out)
			}
			got := n.ok(`a, b, c := slept.Load(), ticked.Load(), done.Load()
for i := 0; i < 2000 && (slept.Load() == a || ticked.Load() == b || done.Load() == c); i++ { time.Sleep(time.Millisecond) }
fmt.Print(slept.Load() > a, ticked.Load() > b, done.Load() > c, kept["a"])`)
			if got != "true true true 1" {
				t.Errorf("goroutines of the first cell live, and its map: %s", got)
			}
			t.Logf("ended after %v", took.Round(100*time.Microsecond))
		})
	}
	n.t = t
	t.Logf("the slowest ended after %v", slowest.Round(time.Millisecond))
}

// A deferred call runs after an interrupt, for up to a second.
func TestInterruptRunsDeferred(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	run, r := n.begin("defer fmt.Print(`deferred`)\ndefer func() { for i := 0; i < 1000; i++ {}; fmt.Print(`literal `) }()\nfmt.Print(`go `)\nfor {}")
	until(t, "the loop", func() bool { return n.printed(run) == "go " })
	if err := n.ip.Interrupt(run); err != nil {
		t.Fatal(err)
	}
	if done, _ := n.wait(r); done.Failure == nil || done.Failure.Abandoned {
		t.Errorf("failure %+v", done.Failure)
	}
	if got := n.printed(run); got != "go literal deferred" {
		t.Errorf("printed %q", got)
	}
}

// A cell that waited for ever, interrupted and mended, runs: nothing that still waits takes what is meant
// for it.
func TestInterruptedAndAgain(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	for range 5 {
		run, r := n.begin("var wg sync.WaitGroup\nfor range 3 {\n\twg.Add(1)\n\tgo wg.Wait()\n}\nfmt.Print(`go`)\nwg.Wait()")
		until(t, "the wait", func() bool { return n.printed(run) == "go" })
		time.Sleep(5 * time.Millisecond)
		if err := n.ip.Interrupt(run); err != nil {
			t.Fatal(err)
		}
		if done, _ := n.wait(r); done.Failure == nil || done.Failure.Abandoned {
			t.Errorf("failure %+v", done.Failure)
		}
		got := n.ok("var wg sync.WaitGroup\nvar sum atomic.Int64\nfor i := range 10 {\n\twg.Go(func() {\n\t\ttime.Sleep(20*time.Millisecond)\n\t\tsum.Add(int64(i))\n\t})\n}\nwg.Wait()\nfmt.Print(sum.Load())")
		if got != "45" {
			t.Errorf("sum %s", got)
		}
	}
	// A lock through an interface.
	run, r := n.begin("var l sync.Locker = new(sync.Mutex)\nl.Lock()\nfmt.Print(`go`)\nl.Lock()")
	until(t, "the lock", func() bool { return n.printed(run) == "go" })
	if err := n.ip.Interrupt(run); err != nil {
		t.Fatal(err)
	}
	if done, _ := n.wait(r); done.Failure == nil || done.Failure.Abandoned {
		t.Errorf("failure %+v", done.Failure)
	}
}

// Interrupts that mean nothing do nothing.
func TestInterruptNothing(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("x := 1")
	for _, run := range []int{0, 1, 99} {
		if err := n.ip.Interrupt(run); err != nil {
			t.Fatal(err)
		}
	}
	run, r := n.begin("for {}")
	for range 3 {
		if err := n.ip.Interrupt(run); err != nil {
			t.Fatal(err)
		}
	}
	n.wait(r)
	if got := n.ok("for i := 0; i < 100000; i++ {}\nfmt.Print(x)"); got != "1" {
		t.Errorf("x is %s", got)
	}
}

// Two runs at a time, as a subshell makes them: an interrupt ends the one it means.
func TestInterruptOneOfTwo(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("tick := make(chan int)")
	_, other := n.begin("for v := range tick { fmt.Print(v) }\nfmt.Print(`end`)")
	otherRun := n.run
	run, r := n.begin("for {}")
	if err := n.ip.Interrupt(run); err != nil {
		t.Fatal(err)
	}
	n.wait(r)
	n.ok("tick <- 1\ntick <- 2\nclose(tick)")
	if done, death := n.wait(other); death != nil || done.Failure != nil {
		t.Errorf("the other run: %+v %+v", done, death)
	}
	if got := n.printed(otherRun); got != "12end" {
		t.Errorf("the other run printed %q", got)
	}
}

// Kill ends what an interrupt can't.
func TestKill(t *testing.T) {
	n := newBareNotebook(t, interp.Options{})
	_, r := n.begin("for { func() { defer func() { for {} }() }() }")
	n.ip.Kill("it didn't stop")
	_, death := n.wait(r)
	if death == nil || death.Name != "killed" || !strings.Contains(death.Text, "it didn't stop") || !death.Wanted {
		t.Errorf("death %+v", death)
	}
	<-n.ip.Gone()
}
