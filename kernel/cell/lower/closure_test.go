package lower_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
)

// closures runs a program whose session variables hold func values and returns its engine
// and the closures of the variables.
func closures(t *testing.T, src string) (*engine.Engine, map[string]*engine.Closure) {
	t.Helper()
	program, err := compile(src)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{pkgs: map[string]map[string]reflect.Value{}}
	e, err := engine.New(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Load(program); err != nil {
		t.Fatal(err)
	}
	if p := e.Run(program.Entry); p != nil {
		t.Fatal(p.Value)
	}
	out := map[string]*engine.Closure{}
	for _, g := range program.Globals {
		v, ok := e.Global(g.ID)
		if !ok || v.Kind() != reflect.Func {
			continue
		}
		cl, err := e.Closure(v)
		if err != nil {
			t.Fatalf("%s: %v", g.Name, err)
		}
		out[g.Name] = cl
	}
	return e, out
}

func variables(vs []engine.Variable) string {
	var out []string
	for _, v := range vs {
		s := fmt.Sprintf("%s=%v", v.Name, v.Value)
		if v.Written {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

const shipped = `package main

type Point struct{ X, y int }

func (p Point) Sum(n int) int { return p.X + p.y + n + offset }
func (p *Point) Grow()        { p.X++ }

type Num interface{ ~int | ~float64 }

func twice[T Num](v T) T { return v + v }

func fact(n int) int {
	if n < 2 {
		return 1
	}
	return n * fact(n-1)
}

var (
	offset  = 100
	counter int
	named   = fact
	plain   = func(n int) int { return twice(n) + 1 }
	again   = func(n int) int { return twice(n) + 1 }
	other   = func(n int) int { return twice(n) + 2 }
	method  = Point{1, 2}.Sum
	inst    = twice[float64]
	count   = func() int { counter++; return counter }
	outer, inner = func() (func(int) int, func()) {
		k, seen := 7, map[int]bool{}
		p := &Point{3, 4}
		return func(n int) int { seen[n] = true; return k*n + p.Sum(0) }, func() { k++ }
	}()
)

func main() {}
`

func TestClosure(t *testing.T) {
	_, cls := closures(t, shipped)
	for name, want := range map[string]string{
		"named":  "fact [] []",
		"plain":  "main.func1 [] []",
		"method": "Point.Sum [] [offset=100]",
		"inst":   "twice[float64] [] []",
		"count":  "main.func4 [] [counter=0!]",
	} {
		cl := cls[name]
		got := fmt.Sprintf("%s [%s] [%s]", cl.Name, variables(cl.Captured), variables(cl.Globals))
		if _, g, _ := strings.Cut(got, " "); g != want[strings.Index(want, " ")+1:] {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if cls["plain"].ID != cls["again"].ID {
		t.Error("two functions that do the same have different IDs")
	}
	if cls["plain"].ID == cls["other"].ID {
		t.Error("two functions that do different things have one ID")
	}
	if r := cls["method"].Receiver; !r.IsValid() || fmt.Sprint(r) != "{1 2}" {
		t.Errorf("the receiver of the method value is %v", r)
	}
	outer := cls["outer"].Captured
	if len(outer) != 3 || outer[0].Name != "seen" || !outer[0].Written || outer[1].Name != "k" || outer[1].Written || outer[2].Name != "p" {
		t.Errorf("outer captures %s", variables(outer))
	}
	if inner := cls["inner"].Captured; variables(inner) != "k=7!" {
		t.Errorf("inner captures %s", variables(inner))
	}
}

// TestClosureElsewhere loads what a closure needs into an engine that has nothing else,
// and calls it there.
func TestClosureElsewhere(t *testing.T) {
	_, cls := closures(t, shipped)
	for name, test := range map[string]struct {
		args []any
		want string
	}{
		"named":  {[]any{5}, "120"},
		"plain":  {[]any{4}, "9"},
		"inst":   {[]any{1.5}, "3"},
		"method": {[]any{10}, "113"},
		"outer":  {[]any{2}, "121"},
	} {
		cl := cls[name]
		sent, err := code.Decode(cl.Program.Encode())
		if err != nil {
			t.Fatal(err)
		}
		e, err := engine.New(&host{pkgs: map[string]map[string]reflect.Value{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Load(sent); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, g := range sent.Globals {
			v, _ := e.Global(g.ID)
			v.Set(cl.Globals[i].Value)
		}
		types, recvType, err := e.Needs(1, cl.Receiver.IsValid())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// Another engine has types of its own, of the same layout.
		var captured []reflect.Value
		for i, c := range cl.Captured {
			captured = append(captured, reflect.NewAt(types[i], c.Value.Addr().UnsafePointer()).Elem())
		}
		var recv reflect.Value
		if cl.Receiver.IsValid() {
			recv = reflect.NewAt(recvType, cl.Receiver.Addr().UnsafePointer()).Elem()
		}
		f, err := e.Open(1, captured, recv)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var args []reflect.Value
		for _, a := range test.args {
			args = append(args, reflect.ValueOf(a))
		}
		if got := fmt.Sprint(f.Call(args)[0]); got != test.want {
			t.Errorf("%s(%v) is %s elsewhere, want %s", name, test.args, got, test.want)
		}
	}
}

func TestClosureOfCompiled(t *testing.T) {
	e, _ := closures(t, "package main\nfunc main() {}\n")
	if _, err := e.Closure(reflect.ValueOf(strings.ToUpper)); err != engine.ErrCompiled {
		t.Errorf("got %v", err)
	}
	if _, err := e.Closure(reflect.ValueOf(3)); err == nil {
		t.Error("a number is taken for a function")
	}
}
