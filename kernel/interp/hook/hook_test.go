package hook_test

import (
	"fmt"
	"go/parser"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"github.com/goherd/goherd/kernel/interp/hook"
)

// A machine runs cells with hooks, without a process around it.
type machine struct {
	t     testing.TB
	i     *interp.Interpreter
	m     *hook.Machine
	funcs hook.Funcs
	hook  hook.Hook
	cells int
	got   int // by out.Put
}

// file is the name of all files: yaegi finds imports by it.
const file = "c"

func newMachine(t testing.TB, h hook.Hook) *machine {
	t.Helper()
	i := interp.New(interp.Options{Stderr: io.Discard})
	if err := i.Use(stdlib.Symbols); err != nil {
		t.Fatal(err)
	}
	hook.SetCancelChan(i)
	m := &machine{t: t, i: i, m: hook.NewMachine(i), hook: h}
	err := i.Use(interp.Exports{"out/out": {"Put": reflect.ValueOf(func(n int) { m.got = n })}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(i.FileSet(), file, "package main\nimport `out`", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.CompileAST(f); err != nil {
		t.Fatal(err)
	}
	if h == nil {
		m.hook = func(_ hook.Node, e hook.Exec) hook.Exec { return e }
	}
	return m
}

// load runs a file of declarations and returns its function "entry", if it has one.
func (m *machine) load(src string) func() {
	m.t.Helper()
	m.cells++
	f, err := parser.ParseFile(m.i.FileSet(), file, "package main\n"+src, parser.SkipObjectResolution)
	if err != nil {
		m.t.Fatal(err)
	}
	hook.ForgetInstances(m.i, f)
	p, err := m.i.CompileAST(f)
	if err != nil {
		m.t.Fatalf("%s\n%v", src, err)
	}
	hook.Forget(m.i)
	hook.Install(p, m.hook)
	m.funcs.Update(p)
	if err := m.m.Execute(p); err != nil {
		m.t.Fatalf("%s\n%v", src, err)
	}
	if !strings.Contains(src, "func entry(") {
		if _, err := m.m.Func(p, "entry"); err == nil {
			m.t.Error("a function that the program doesn't declare was found")
		}
		return nil
	}
	m.funcs.Forget("entry")
	v, err := m.m.Func(p, "entry")
	if err != nil {
		m.t.Fatal(err)
	}
	return func() { v.Call(nil) }
}

// number runs an expression of type int.
func (m *machine) number(expr string) int {
	m.t.Helper()
	m.load("func entry() { out.Put(" + expr + ") }")()
	return m.got
}

// The nodes that a hook is told of.
func TestNodes(t *testing.T) {
	var loops []int
	gens := map[string]bool{}
	var m *machine
	m = newMachine(t, func(n hook.Node, e hook.Exec) hook.Exec {
		gens[n.Gen] = true
		if n.Loop {
			loops = append(loops, m.i.FileSet().Position(n.Pos).Line)
		}
		return e
	})
	m.load(`func f(xs []int, c chan int) int {
	for i := 0; i < 3; i++ {
		xs[i]++
	}
	for range xs {
		c <- 1
	}
L:
	for {
		select {
		case <-c:
			break L
		}
	}
	g := func() int {
		return <-c
	}
	return g()
}
func h() { f(nil, nil) }`)
	slices.Sort(loops)
	// The function, two loops, the label, its loop, and the literal.
	if want := []int{3, 4, 7, 12, 17, 21}; !slices.Equal(slices.Compact(loops), want) {
		t.Errorf("loops and entries begin in lines %v, want %v", loops, want)
	}
	for _, g := range []string{"inc[]", "send", "_select", "recv", "call"} {
		if !gens[g] {
			t.Errorf("no node of %s in %v", g, gens)
		}
	}
}

// Every turn of every loop passes the hook, also in function literals and instances of
// generic functions, and no node is wrapped twice.
func TestLoops(t *testing.T) {
	var count atomic.Int64
	m := newMachine(t, func(n hook.Node, e hook.Exec) hook.Exec {
		if !n.Loop {
			return e
		}
		return func(f unsafe.Pointer) hook.Exec {
			count.Add(1)
			return e(f)
		}
	})
	m.load(`func plain() { for i := 0; i < 10; i++ { _ = i } }
func generic[X any](x X) { for i := 0; i < 10; i++ { _ = x } }
type T[E any] struct { x E }
func (t *T[E]) method() { for i := 0; i < 10; i++ { _ = i } }`)
	for _, c := range []struct {
		body string
		want int64 // entry of entry, entry of the function, ten turns
	}{
		{"plain()", 12},
		{"plain()", 12},
		{"generic(1)", 12},
		{"generic(1)", 12},
		{"generic(`s`)", 12},
		{"t := &T[int]{}\nt.method()", 12},
		{"t := &T[int]{}\nt.method()", 12},
		{"func() { for i := 0; i < 10; i++ { _ = i } }()", 12},
	} {
		entry := m.load("func entry() { " + c.body + " }")
		count.Store(0)
		entry()
		if got := count.Load(); got != c.want {
			t.Errorf("%s (cell %d): %d turns and entries, want %d", c.body, m.cells, got, c.want)
		}
	}
}

// A generic function that is declared anew is the new one to programs that follow.
func TestGenericAgain(t *testing.T) {
	m := newMachine(t, nil)
	m.load("func twice[T any](x T) int { return 2 }\nfunc other[T any](x T) int { return 3 }")
	if a, b := m.number("twice(1)"), m.number("other(1)"); a != 2 || b != 3 {
		t.Errorf("%d and %d", a, b)
	}
	m.load("func twice[T any](x T) int { return 20 }")
	if a, b := m.number("twice(1)"), m.number("other(1)"); a != 20 || b != 3 {
		t.Errorf("then %d and %d", a, b)
	}
}

// Earlier callers run the new body of a function or method; function values keep the
// old one.
func TestUpdate(t *testing.T) {
	m := newMachine(t, nil)
	m.load(`func f(x int) int { return x + 1 }
func g() int { return f(1) }
var v = f
type T struct{ a int }
func (t T) M() int { return t.a }
func (t *T) P() int { return t.a + 1 }
func m() int { t := T{3}; return t.M() + 10 * t.P() }
type I interface { M() int }
func n(i I) int { return i.M() }
func o() int { return n(T{4}) }`)
	want := func(expr string, want int) {
		t.Helper()
		if got := m.number(expr); got != want {
			t.Errorf("%s = %d, want %d", expr, got, want)
		}
	}
	want("g()", 2)
	want("m()", 43)
	want("o()", 4)
	for range 3 {
		m.load("func f(x int) int { y := x * 100; z := y + 5; return z }")
		want("g()", 105)
		want("f(1)", 105)
		want("v(1)", 2)
	}
	m.load("func f(x int) int { return -x }")
	want("g()", -1)
	m.load("func (t T) M() int { q := t.a * 7; return q }\nfunc (t *T) P() int { return 0 }")
	want("m()", 21)
	want("o()", 28)
}

// The positions of At are in every traceback, innermost first.
func TestAt(t *testing.T) {
	var lines []uintptr
	m := newMachine(t, nil)
	m.hook = func(n hook.Node, e hook.Exec) hook.Exec {
		pos := uintptr(m.i.FileSet().Position(n.Pos).Line)
		return func(f unsafe.Pointer) hook.Exec { return hook.At(pos|1<<40, e, f) }
	}
	m.load(`func inner(xs []int, i int) int {
	return xs[i]
}
func outer() {
	func() {
		inner(nil, 3)
	}()
}`)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
		buf := make([]byte, 1<<16)
		for _, l := range strings.Split(string(buf[:runtime.Stack(buf, false)]), "\n") {
			if arg, ok := strings.CutPrefix(l, "github.com/goherd/goherd/kernel/interp/hook.At(0x"); ok {
				arg, _, _ = strings.Cut(arg, ",")
				n, err := strconv.ParseUint(strings.TrimSuffix(arg, "?"), 16, 64)
				if err != nil || n>>40 != 1 {
					t.Errorf("line %q", l)
				}
				lines = append(lines, uintptr(n&^(1<<40)))
			}
		}
		if want := []uintptr{3, 7, 6, 2}; !slices.Equal(slices.Compact(lines), want) {
			t.Errorf("lines %v, want %v", lines, want)
		}
	}()
	m.load("func entry() { outer() }")()
}

// Eight goroutines in one select statement. yaegi keeps its cases per statement; with
// a closure for each execution they don't overwrite each other's.
func TestAgain(t *testing.T) {
	var mu sync.Mutex
	free := map[uintptr][]hook.Exec{}
	m := newMachine(t, func(n hook.Node, e hook.Exec) hook.Exec {
		if n.Gen != "_select" {
			return e
		}
		key := uintptr(n.Pos)
		return func(f unsafe.Pointer) hook.Exec {
			mu.Lock()
			var own hook.Exec
			if k := len(free[key]); k > 0 {
				own = free[key][k-1]
				free[key] = free[key][:k-1]
			}
			mu.Unlock()
			if own == nil {
				own = n.Again()
			}
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				free[key] = append(free[key], own)
			}()
			return own(f)
		}
	})
	m.load(`var bad, good [8]int
func work(g int, done chan bool) {
	ch := make(chan int, 1)
	other := make(chan int)
	for k := 0; k < 2000; k++ {
		ch <- g
		select {
		case v := <-ch:
			if v == g { good[g]++ } else { bad[g]++ }
		case <-other:
			bad[g]++
		}
	}
	done <- true
}`)
	m.load(`func entry() {
	done := make(chan bool)
	for g := 0; g < 8; g++ { go work(g, done) }
	for g := 0; g < 8; g++ { <-done }
}`)()
	for g := range 8 {
		if good, bad := m.number(fmt.Sprintf("good[%d]", g)), m.number(fmt.Sprintf("bad[%d]", g)); good != 2000 || bad != 0 {
			t.Errorf("goroutine %d: %d good, %d bad", g, good, bad)
		}
	}
}

// A channel operation in a frame of WithDone ends when done closes, and another frame
// of the same code doesn't.
func TestWithDone(t *testing.T) {
	done := make(chan struct{})
	var use atomic.Bool
	m := newMachine(t, func(n hook.Node, e hook.Exec) hook.Exec {
		if n.Gen != "recv" {
			return e
		}
		return func(f unsafe.Pointer) hook.Exec {
			var c <-chan struct{}
			if use.Load() {
				c = done
			}
			return e(hook.WithDone(f, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}))
		}
	})
	m.load("var c = make(chan int, 1)\nvar got int\nfunc take() { v := <-c; got = v }\nfunc put(n int) { c <- n }")
	m.load("func entry() { put(5); take() }")()
	if got := m.number("got"); got != 5 {
		t.Errorf("received %d", got)
	}
	use.Store(true)
	entry := m.load("func entry() { take() }")
	close(done)
	entry() // ends
	if got := m.number("got"); got != 5 {
		t.Errorf("received %d", got)
	}
}

// Variables keep their values and addresses while the table of variables grows.
func TestManyVariables(t *testing.T) {
	m := newMachine(t, nil)
	m.load("var first = 41\nvar p = &first")
	for i := range 50 {
		var src strings.Builder
		for k := range 200 {
			fmt.Fprintf(&src, "var v%d_%d = %d\n", i, k, i*1000+k)
		}
		m.load(src.String())
	}
	m.load("func entry() { *p++ }")()
	for expr, want := range map[string]int{"first": 42, "v0_0": 0, "v49_199": 49199, "v20_7": 20007} {
		if got := m.number(expr); got != want {
			t.Errorf("%s = %d, want %d", expr, got, want)
		}
	}
}

func TestPanicInInitialiser(t *testing.T) {
	m := newMachine(t, nil)
	f, err := parser.ParseFile(m.i.FileSet(), file, "package main\nvar zero int\nvar v = 1 / zero", 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.i.CompileAST(f)
	if err != nil {
		t.Fatal(err)
	}
	hook.Install(p, m.hook)
	if err := m.m.Execute(p); err == nil || !strings.Contains(err.Error(), "divide by zero") {
		t.Errorf("error %v", err)
	}
}
