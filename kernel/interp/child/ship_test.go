package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/lower"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/ship"
)

// sources are packages that run from their source, with the standard library.
type sources struct {
	*std.Importer
	texts map[string]string
	pkgs  map[string]*lower.Source
}

func (s *sources) ByName(name string) []string { return std.ByName(name) }

func (s *sources) Source(pkg *types.Package) *lower.Source {
	if p := s.pkgs[pkg.Path()]; p != nil && p.Pkg == pkg {
		return p
	}
	return nil
}

func (s *sources) Import(path string) (*types.Package, error) {
	text, ok := s.texts[path]
	if !ok {
		return s.Importer.Import(path)
	}
	if p := s.pkgs[path]; p != nil {
		return p.Pkg, nil
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path+".go", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
	pkg, err := (&types.Config{Importer: s, Sizes: types.SizesFor("gc", runtime.GOARCH)}).Check(path, fset, []*ast.File{f}, info)
	if err != nil {
		return nil, err
	}
	s.pkgs[path] = &lower.Source{Path: path, Pkg: pkg, Info: info, Files: []*ast.File{f}, Link: func(*types.Func) string { return "" }}
	return pkg, nil
}

var moduleTexts = map[string]string{
	"example.com/state": `package state
import ("errors"; "example.com/base")
var ErrMissing = errors.New("missing")
var table = map[string]int{"one": base.One, "two": 2 * base.One}
var hooks []string
func Register(name string) { hooks = append(hooks, name) }
func Hooks() int { return len(hooks) }
func Look(name string) (int, error) {
	if v, ok := table[name]; ok { return v, nil }
	return 0, ErrMissing
}
func Set(name string, v int) { table[name] = v }
`,
	"example.com/base":   "package base\nvar One int\nfunc init() { One = 1 }\n",
	"example.com/plugin": "package plugin\nimport \"example.com/state\"\nfunc init() { state.Register(\"plugin\") }\n",
}

// A duo is a session of cells and a worker.
type duo struct {
	t      *testing.T
	cells  *cell.Session
	client *session
	worker *session
	out    *safeBuffer // frames of the worker
	serial int
	tasks  uint64
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

var testNonce = link.NewNonce()

func newDuo(t *testing.T) *duo {
	t.Helper()
	lib := &sources{std.NewImporter(), moduleTexts, map[string]*lower.Source{}}
	d := &duo{t: t, cells: cell.NewSession(lib), out: &safeBuffer{}}
	d.client = emptySession(link.NewWriter(io.Discard, testNonce), link.NewWriter(io.Discard, testNonce))
	if err := d.client.newEngine(); err != nil {
		t.Fatal(err)
	}
	d.renew()
	d.cell("func each[T, R any](f func(T) R) func([]T, []R, *int, func(int, error)) {\n" +
		"\treturn func(in []T, out []R, at *int, fail func(int, error)) {\n" +
		"\t\tfor i := *at; i < len(in); i++ { *at = i; out[i] = f(in[i]) }\n\t\t*at = len(in)\n\t}\n}\n" +
		"func eachErr[T, R any](f func(T) (R, error)) func([]T, []R, *int, func(int, error)) {\n" +
		"\treturn func(in []T, out []R, at *int, fail func(int, error)) {\n" +
		"\t\tfor i := *at; i < len(in); i++ { *at = i; r, err := f(in[i]); if err != nil { fail(i, err); continue }; out[i] = r }\n\t\t*at = len(in)\n\t}\n}")
	return d
}

// renew makes another worker.
func (d *duo) renew() {
	d.t.Helper()
	w, err := newWorker(link.NewWriter(d.out, testNonce), link.NewWriter(io.Discard, testNonce), &link.Worker{Name: "worker 1"})
	if err != nil {
		d.t.Fatal(err)
	}
	d.worker = w
	d.t.Cleanup(func() { // the sweeper of interrupted tasks ends
		for sweeping := true; sweeping; time.Sleep(10 * time.Millisecond) {
			w.mu.Lock()
			sweeping = w.sweeping
			w.mu.Unlock()
		}
	})
}

// cell runs a cell in the client.
func (d *duo) cell(src string) {
	d.t.Helper()
	if err := d.tryCell(src); err != nil {
		d.t.Fatalf("%s: %v", src, err)
	}
}

func (d *duo) tryCell(src string) error {
	d.serial++
	p, err := d.cells.Compile(cell.Source{Serial: d.serial, Text: src}, cell.Normal)
	if err != nil {
		return err
	}
	program, err := code.Decode(p.Code)
	if err != nil {
		return err
	}
	if d.serial > 1 { // the first stands for a package of goherd's
		d.client.nameCells(map[int]string{d.serial: fmt.Sprintf("cell [%d]", d.serial)})
	}
	if err := d.client.engine.Load(program); err != nil {
		return err
	}
	if program.Entry != 0 {
		defer d.client.engine.Forget(program.Entry)
		if p := d.client.engine.Run(program.Entry); p != nil {
			return fmt.Errorf("panic: %v", p.Value)
		}
	}
	p.Commit()
	return nil
}

// value returns a variable of the session.
func (d *duo) value(name string) reflect.Value {
	d.t.Helper()
	for _, v := range d.client.engine.Variables() {
		if v.Name == name {
			return v.Value
		}
	}
	d.t.Fatalf("no variable %s", name)
	return reflect.Value{}
}

func decoder(e ship.Encoded) ship.Decoder {
	d := ship.Decoder{Data: e.Data, Segment: func(i int, p []byte) error { copy(p, e.Segments[i]); return nil }}
	for _, s := range e.Segments {
		d.Sizes = append(d.Sizes, int64(len(s)))
	}
	return d
}

// A sent is a function in the worker.
type sent struct {
	d      *duo
	here   reflect.Type // of the function in the client
	packed *core.Packed
	run    reflect.Value
	codes  []string
}

// pack packs the func in a variable.
func (d *duo) pack(name string) *core.Packed {
	d.t.Helper()
	p, err := runtimeHost{d.client}.Pack(d.value(name))
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return p
}

// use packs the func in a variable and makes it the worker's current one.
func (d *duo) use(name string) *sent {
	d.t.Helper()
	p := d.pack(name)
	s := &sent{d: d, here: d.value(name).Type(), packed: p, codes: []string{p.ID}}
	if err := d.worker.worker.Load(p.Program); err != nil {
		d.t.Fatal(err)
	}
	s.again()
	return s
}

func (s *sent) again() {
	s.d.t.Helper()
	run, err := s.d.worker.worker.Use(s.codes, decoder(s.packed.Func))
	if err != nil {
		s.d.t.Fatalf("%s: %v", s.packed.Name, err)
	}
	s.run = run
}

// call calls the function in the worker with the items in a variable and returns the results as the client gets
// them, and the first error of an item or the failure.
//
//lint:ignore ST1008 the error is what the user returned
func (s *sent) call(items string) (out reflect.Value, err error, failure *bus.Failure) {
	d := s.d
	d.t.Helper()
	in := d.value(items)
	e, no := d.client.codec.Encode(in)
	if no != nil {
		d.t.Fatal(no)
	}
	id, program, no := runtimeHost{d.client}.Extend(s.codes, e.Types, e.Funcs)
	if no != nil {
		d.t.Fatal(no)
	}
	if id != "" {
		if err := d.worker.worker.Load(program); err != nil {
			d.t.Fatal(err)
		}
	}
	there := reflect.New(s.run.Type().In(0)).Elem()
	if err := d.worker.codec.Decode(decoder(e), there); err != nil {
		d.t.Fatalf("input: %v", err)
	}
	results := reflect.MakeSlice(s.run.Type().In(1), there.Len(), there.Len())
	var first error
	at := 0
	fail := reflect.MakeFunc(s.run.Type().In(3), func(args []reflect.Value) []reflect.Value {
		if first == nil {
			first = args[1].Interface().(error)
		}
		return nil
	})
	d.tasks++
	failure = d.worker.worker.Call(d.tasks, func() {
		s.run.Call([]reflect.Value{there, results, reflect.ValueOf(&at), fail})
	})
	if first != nil {
		if e, no = d.worker.codec.Encode(reflect.ValueOf(&first).Elem()); no != nil {
			d.t.Fatalf("error: %v", no)
		}
		if no := d.client.codec.Decode(decoder(e), reflect.ValueOf(&err).Elem()); no != nil {
			d.t.Fatalf("error: %v", no)
		}
	}
	if e, no = d.worker.codec.Encode(results); no != nil {
		d.t.Fatalf("results: %v", no)
	}
	out = reflect.New(s.here.In(1)).Elem()
	if no := d.client.codec.Decode(decoder(e), out); no != nil {
		d.t.Fatalf("results: %v", no)
	}
	return out, err, failure
}

// result is what call returns, as text.
func (s *sent) result(items string) string {
	s.d.t.Helper()
	out, err, failure := s.call(items)
	text := fmt.Sprint(out)
	if err != nil {
		text += " " + err.Error()
	}
	if failure != nil {
		text += " " + failure.Kind + ": " + failure.Text
	}
	return text
}

func TestShipped(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cells []string // the last one sets f and in
		want  string
	}{
		{"named", []string{"func square(x int) int { return x * x }", "f, in := each(square), []int{2, 3}"}, "[4 9]"},
		{"literal", []string{"f, in := each(func(s string) string { return strings.ToUpper(s) + \"!\" }), []string{\"a\", \"b\"}"}, "[A! B!]"},
		{"compiled", []string{"f, in := each(strings.ToUpper), []string{\"a\"}"}, "[A]"},
		{"printing", []string{"f, in := each(func(s string) int { n, _ := fmt.Println(s); return n }), []string{\"abc\"}"}, "[4]"},
		{"standin", []string{"out := fmt.Sprintln; say := fmt.Println; f, in := each(func(s string) string { say(s); return out(s) }), []string{\"abc\"}"}, "[abc\n]"},
		{"local", []string{`f, in := func() (func([]int, []int, *int, func(int, error)), []int) {
			k := 10
			add := func(x int) int { return x + k }
			twice := func(x int) int { return add(add(x)) }
			return each(twice), []int{1}
		}()`}, "[21]"},
		{"shared variable", []string{`f, in := func() (func([]int, []int, *int, func(int, error)), []int) {
			n := 0
			inc := func() { n++ }
			get := func() int { return n }
			return each(func(x int) int { inc(); n += x; return get() }), []int{10, 10}
		}()`}, "[11 22]"},
		{"method value", []string{"type Point struct{ X, y int }\nfunc (p Point) Sum(n int) int { return p.X + p.y + n }\nfunc (p *Point) Grow(n int) int { p.X += n; return p.X }",
			"p := &Point{1, 2}; f, in := each(p.Grow), []int{5, 5}"}, "[6 11]"},
		{"method value of a value", []string{"type Point struct{ X, y int }\nfunc (p Point) Sum(n int) int { return p.X + p.y + n }", "f, in := each(Point{1, 2}.Sum), []int{5}"}, "[8]"},
		{"method expression", []string{"type Point struct{ X, y int }\nfunc (p Point) Sum() int { return p.X + p.y }", "f, in := each(Point.Sum), []Point{{1, 2}, {3, 4}}"}, "[3 7]"},
		{"instance", []string{"func twice[T int | float64](x T) T { return x + x }", "f, in := each(twice[float64]), []float64{1.5}"}, "[3]"},
		{"recursive", []string{"var fib func(int) int\nfib = func(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }", "f, in := each(fib), []int{10}"}, "[55]"},
		{"recursive local", []string{`f, in := func() (func([]int, []int, *int, func(int, error)), []int) {
			var fib func(int) int
			fib = func(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
			return each(fib), []int{11}
		}()`}, "[89]"},
		{"globals", []string{"var table = map[string]int{\"a\": 1}\nvar p = &table", "table[\"b\"] = 2", "f, in := each(func(s string) int { (*p)[\"c\"] = 3; return table[s] + len(*p) }), []string{\"a\", \"b\", \"c\"}"}, "[4 5 6]"},
		{"pointer to a variable", []string{"var n = 5\nvar p = &n", "f, in := each(func(x int) int { *p += x; return n }), []int{1, 2}"}, "[6 8]"},
		{"func in a variable", []string{"type T struct{ n int }\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.n) }", "var all = map[string]func() any{\"t\": func() any { return T{7} }}",
			"f, in := each(func(s string) string { return fmt.Sprint(all[s]()) }), []string{\"t\"}"}, "[T7]"},
		{"types in any", []string{"type Shape interface{ Area() float64 }\ntype Sq struct{ s float64 }\nfunc (s Sq) Area() float64 { return s.s * s.s }",
			"f, in := each(func(x any) any { if s, ok := x.(Shape); ok { return Sq{s.Area()} }; return x }), []any{Sq{2}, 3, \"x\"}"}, "[{4} 3 x]"},
		{"local type in any", []string{"mk := func() any { type hidden struct{ A int; b string }; return &hidden{1, \"z\"} }", "f, in := each(func(x any) string { return fmt.Sprintf(\"%T %+v\", x, x) }), []any{mk()}"}, "[*main.hidden &{A:1 b:z}]"},
		{"generic type", []string{"type Pair[A, B any] struct{ a A; b B }\nfunc (p Pair[A, B]) Swap() Pair[B, A] { return Pair[B, A]{p.b, p.a} }",
			"f, in := each(func(x Pair[int, string]) Pair[string, int] { return x.Swap() }), []Pair[int, string]{{1, \"q\"}}"}, "[{q 1}]"},
		{"library", []string{"f, in := each(func(x []int) []int { y := slices.Clone(x); slices.SortFunc(y, func(a, b int) int { return b - a }); return y }), [][]int{{1, 3, 2}}"}, "[[3 2 1]]"},
		{"module", []string{"import \"example.com/state\"\nstate.Set(\"here\", 5)",
			"import \"example.com/state\"\nf, in := each(func(s string) int { n, _ := state.Look(s); return n }), []string{\"one\", \"two\", \"here\"}"}, "[1 2 0]"},
		{"module for its effect", []string{"import _ \"example.com/plugin\"", "import \"example.com/state\"\nf, in := each(func(int) int { return state.Hooks() }), []int{0}"}, "[1]"},
		{"panic", []string{"f, in := each(func(x int) int { return 1 / x }), []int{1, 0}"}, "[1 0] panic: integer divide by zero"},
		{"panic of a goroutine", []string{"f, in := each(func(x int) int { done := make(chan bool); go func() { panic(\"there\") }(); <-done; return 1 }), []int{1}"}, "[0] panic: there, in a goroutine that it started"},
		{"deadlock", []string{"f, in := each(func(x int) int { var c chan int; return <-c }), []int{1}"}, "[0] panic: all goroutines are asleep - deadlock!"},
		{"input", []string{"f, in := eachErr(func(x int) (int, error) { return fmt.Scan(&x) }), []int{1}"}, "[0] a worker has no input: read it in the cell, and pass it on"},
		{"display", []string{"f, in := each(func(x int) string { return fmt.Sprint(display.Show(display.HTML(\"<b>\")).Err()) }), []int{1}"}, "[<nil>]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDuo(t)
			for _, c := range tt.cells {
				d.cell(c)
			}
			if got := d.use("f").result("in"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// What was declared anew since is what runs; a function that was packed before still does what it did.
func TestRedefined(t *testing.T) {
	d := newDuo(t)
	d.cell("var k = 1\nfunc one(x int) int { return x + k }\nfunc two(x int) int { return one(x) * 10 }")
	d.cell("f, in := each(two), []int{1}")
	before := d.use("f")
	if got := before.result("in"); got != "[20]" {
		t.Errorf("got %s", got)
	}
	d.cell("func one(x int) int { return x - k }")
	d.cell("k = 5")
	after := d.use("f")
	if before.packed.ID == after.packed.ID {
		t.Error("two programs have one ID")
	}
	for range 3 {
		before.again()
		if got := before.result("in"); got != "[20]" {
			t.Errorf("before: %s", got)
		}
		after.again()
		if got := after.result("in"); got != "[-40]" {
			t.Errorf("after: %s", got)
		}
	}
	// The same is packed again without a new program.
	if again := d.pack("f"); again.ID != after.packed.ID {
		t.Error("the same program has another ID")
	}
}

// A type that gets a method is the same type, also for what was sent before.
func TestMethodLater(t *testing.T) {
	d := newDuo(t)
	d.cell("type T struct{ n int }\nfunc mk(n int) any { return T{n} }")
	d.cell("var old any = T{1}")
	d.cell("f, in := each(func(x any) string { return fmt.Sprint(x, mk(2), x == any(T{1})) }), []any{old}")
	first := d.use("f")
	if got := first.result("in"); got != "[{1} {2} true]" {
		t.Errorf("got %s", got)
	}
	d.cell("func (t T) String() string { return fmt.Sprint(\"T\", t.n) }")
	d.cell("in2 := []any{old, T{3}}")
	second := d.use("f")
	if got := second.result("in2"); got != "[T1 T2 true T3 T2 false]" {
		t.Errorf("got %s", got)
	}
	first.again()
	if got := first.result("in"); !strings.HasSuffix(got, " true]") {
		t.Errorf("got %s", got)
	}
	id, ok := d.client.engine.TypeID(d.value("old").Elem().Type())
	if rt := d.client.engine.Type(id); !ok || rt.NumMethod() != 1 {
		t.Errorf("the type of an old value has the ID %d: %v", id, rt)
	}
}

// Errors that variables hold are the same for errors.Is, here and there.
func TestErrorIdentity(t *testing.T) {
	d := newDuo(t)
	d.cell("import \"example.com/state\"\ntype Mine struct{ Code int }\nfunc (m *Mine) Error() string { return fmt.Sprint(\"mine \", m.Code) }\nvar ErrMine = errors.New(\"mine\")\nvar ErrPtr = &Mine{7}")
	d.cell("import \"example.com/state\"\n" + `f, in := eachErr(func(k int) (string, error) {
		switch k {
		case 0: return "", fmt.Errorf("0: %w", ErrMine)
		case 1: return "", io.ErrUnexpectedEOF
		case 2: return "", fmt.Errorf("2: %w", ErrPtr)
		case 3: _, err := state.Look("nothing"); return "", err
		case 4: return "", &os.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}
		case 5: _, err := strconv.Atoi("x"); return "", err
		case 6: return "", context.DeadlineExceeded
		}
		return "", errors.Join(ErrMine, fs.ErrNotExist)
	}), []int{0}`)
	missing := func() error {
		for _, v := range d.client.engine.Errors() {
			if err, _ := v.Interface().(error); err != nil && err.Error() == "missing" {
				return err
			}
		}
		return nil
	}
	for k, want := range [][]error{
		{d.value("ErrMine").Interface().(error)}, {io.ErrUnexpectedEOF}, {d.value("ErrPtr").Interface().(error)}, {missing()}, {os.ErrNotExist},
		{strconv.ErrSyntax}, {context.DeadlineExceeded}, {d.value("ErrMine").Interface().(error), os.ErrNotExist},
	} {
		d.cell(fmt.Sprintf("in%d := []int{%d}", k, k))
		_, err, failure := d.use("f").call(fmt.Sprint("in", k))
		if failure != nil {
			t.Errorf("%d: %+v", k, failure)
		}
		for _, w := range want {
			if !errors.Is(err, w) {
				t.Errorf("%d: %#v isn't %v", k, err, w)
			}
		}
	}
	// The other way: what the function compares with.
	d.cell("import \"example.com/state\"\n" + `g, ins := each(func(err error) string {
		return fmt.Sprint(errors.Is(err, ErrMine), errors.Is(err, io.EOF), errors.Is(err, state.ErrMissing), err)
	}), []error{fmt.Errorf("a: %w", ErrMine), io.EOF, state.ErrMissing}`)
	if got, want := d.use("g").result("ins"), "[true false false a: mine false true false EOF false false true missing]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// Who has no such variable gets an error that says the same.
	d.cell("h := each(func(err error) string { return fmt.Sprint(err) })")
	if got, want := d.use("h").result("ins"), "[a: mine EOF missing]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What is found out about a function before it is sent.
func TestPack(t *testing.T) {
	d := newDuo(t)
	d.cell("var count int\nvar seen = map[int]bool{}\nvar limit = 3\ntype Log struct{ lines []string }\nfunc (l *Log) Add(s string) { l.lines = append(l.lines, s) }\nfunc (l *Log) Len() int { return len(l.lines) }\nvar log2 Log")
	for _, tt := range []struct{ body, want string }{
		{"return x * limit", ""},
		{"count++; return x", "count int"},
		{"seen[x] = true; return x", "seen map[int]bool"},
		{"log2.Add(\"a\"); return x", "log2 main.Log"},
		{"return log2.Len()", ""},
		{"func() { count = x }(); return x", "count int"},
	} {
		d.cell("f := each(func(x int) int { " + tt.body + " })")
		var got []string
		for _, v := range d.pack("f").Lost {
			got = append(got, v.Name+" "+v.Type)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: changes %s, want %s", tt.body, got, tt.want)
		}
	}
	d.cell("f := func() func([]int, []int, *int, func(int, error)) {\n\ttotal := 0\n\tvar b strings.Builder\n\tout := make([]int, 9)\n" +
		"\treturn each(func(x int) int {\n\t\tb.WriteString(\"x\"); out[x] = 1; func() { total += x }(); return total }) }()")
	lost := d.pack("f").Lost
	if len(lost) != 3 || lost[0].Place != fmt.Sprintf("cell [%d], line 5", d.serial) {
		t.Errorf("changes %+v", lost)
	}
	d.cell("func work(x int) int { return x }")
	d.cell("f := each(work)")
	if p := d.pack("f"); p.Name != "work" || p.Place != fmt.Sprintf("cell [%d], line 1", d.serial-1) {
		t.Errorf("%s at %s", p.Name, p.Place)
	}
	if name, place := (runtimeHost{d.client}).Describe(reflect.ValueOf(strings.ToUpper)); name != "strings.ToUpper" || place != "" {
		t.Errorf("%s at %s", name, place)
	}

	// What can't travel is said before anything is sent.
	d.cell("var mu sync.Mutex\nvar n int\nfunc locked(x int) int {\n\tmu.Lock()\n\tdefer mu.Unlock()\n\tn += x\n\treturn n\n}")
	d.cell("f := each(locked)")
	_, err := runtimeHost{d.client}.Pack(d.value("f"))
	var e *ship.Error
	if !errors.As(err, &e) || e.Path != "mu" || !strings.HasPrefix(err.Error(), "mu is a sync.Mutex") {
		t.Errorf("%v", err)
	}
	d.cell("f := func() func([]int, []int, *int, func(int, error)) {\n\tcfg := struct{ out chan int }{make(chan int)}\n\treturn each(func(x int) int { cfg.out <- x; return x })\n}()")
	_, err = runtimeHost{d.client}.Pack(d.value("f"))
	if !errors.As(err, &e) || e.Path != "cfg.out" || !strings.HasPrefix(err.Error(), "cfg.out is a chan int") {
		t.Errorf("%v", err)
	}
	d.cell("f := func() func([]int, []int, *int, func(int, error)) {\n\tcfg := struct{ out chan int }{make(chan int)}\n" +
		"\tsend := func(x int) int { cfg.out <- x; return x }\n\treturn each(func(x int) int { return send(x) })\n}()")
	_, err = runtimeHost{d.client}.Pack(d.value("f"))
	if !errors.As(err, &e) || e.Path != "cfg.out" || !strings.HasPrefix(err.Error(), fmt.Sprintf("in a func literal (cell [%d], line 3), which it uses, cfg.out is a chan int", d.serial)) {
		t.Errorf("%v", err)
	}
}

// A task ends when it is interrupted, and the next is not affected. Its output is marked with it.
func TestInterruptTask(t *testing.T) {
	d := newDuo(t)
	d.cell("f, in := each(func(x int) int { for x > 0 { }; fmt.Println(\"free\"); return x }), []int{1}")
	d.cell("in0 := []int{0}")
	s := d.use("f")
	go func() {
		for running := false; !running; time.Sleep(time.Millisecond) {
			d.worker.mu.Lock()
			running = len(d.worker.runs) > 0
			d.worker.mu.Unlock()
		}
		d.worker.worker.Interrupt(1) // the first task
	}()
	if _, _, f := s.call("in"); f == nil || f.Kind != "cancelled" {
		t.Errorf("%+v", f)
	}
	if d.worker.worker.Printed() != 0 {
		t.Error("something was printed")
	}
	if got := s.result("in0"); got != "[0]" {
		t.Errorf("got %s", got)
	}
	if d.worker.worker.Printed() != 1 || d.worker.worker.Printed() != 0 {
		t.Error("the output isn't marked once")
	}
	r := link.NewReader(&d.out.b, testNonce)
	if f, err := r.Next(); err != nil || f.Kind != link.Stdout || f.Run != int(d.tasks) || string(f.Data) != "free\n" {
		t.Errorf("%+v %v", f, err)
	}
	if f, err := r.Next(); err != nil || f.Kind != link.Mark || f.Run != 1 {
		t.Errorf("%+v %v", f, err)
	}
}

// A worker's own closures and errors have places, too.
func TestPlaces(t *testing.T) {
	d := newDuo(t)
	d.cell("func bad(x int) int {\n\tvar m map[int]int\n\tm[x] = 1\n\treturn x\n}")
	d.cell("f, in := each(bad), []int{1}")
	_, _, failure := d.use("f").call("in")
	if failure == nil || len(failure.Stack) == 0 || failure.Stack[0].Func != "bad" || failure.Stack[0].Place != "cell [2], line 3" {
		t.Fatalf("%+v", failure)
	}
	if got := (runtimeHost{d.client}).PlaceOf(failure.Stack[0].Pos); got != "cell [2], line 3" {
		t.Errorf("the position is %s", got)
	}
	var err error
	if no := d.client.codec.Decode(ship.Decoder{Data: failure.Err.Data}, reflect.ValueOf(&err).Elem()); no != nil || err.Error() != "assignment to entry in nil map" {
		t.Errorf("%v %v", err, no)
	}
}

// Pack of a function that was packed before, and calls of a function that does nothing.
func BenchmarkPack(b *testing.B) {
	d := newDuo(&testing.T{})
	d.cell("k := 3\nf, in := each(func(x int) int { return x * k }), []int{1}")
	f := d.value("f")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (runtimeHost{d.client}).Pack(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUse(b *testing.B) {
	d := newDuo(&testing.T{})
	d.cell("k := 3\nf, in := each(func(x int) int { return x * k }), []int{1}")
	s := d.use("f")
	b.ReportAllocs()
	for b.Loop() {
		s.again()
	}
}

func BenchmarkCall(b *testing.B) {
	d := newDuo(&testing.T{})
	d.cell("f, in := each(func(x int) int { return x }), []int{1}")
	s := d.use("f")
	run := s.run.Interface().(func([]int, []int, *int, func(int, error)))
	in, out, at := []int{1}, []int{0}, 0
	b.ReportAllocs()
	for b.Loop() {
		at = 0
		if f := d.worker.worker.Call(1, func() { run(in, out, &at, nil) }); f != nil {
			b.Fatal(f)
		}
	}
}
