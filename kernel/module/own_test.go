package module

import (
	"go/types"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp/code"
	sources "github.com/goherd/goherd/runtime"
)

// two are generic packages of which one needs the other.
var two = fstest.MapFS{
	"task/task.go": {Data: []byte(`// Package task has what isn't there yet. It is small.
package task

// A Future is a value that comes later.
type Future[R any] struct {
	get func() (R, error)
}

// Make returns a future.
func Make[R any](f func() (R, error)) *Future[R] { return &Future[R]{f} }

// Go calls f in another process.
func Go[R any](f func() R) *Future[R] { return Make(func() (R, error) { return f(), nil }) }

// Get waits for the value.
func (f *Future[R]) Get() (R, error) { return f.get() }
`)},
	"pool/pool.go": {Data: []byte(`package pool

import "github.com/goherd/goherd/runtime/task"

// Map calls f for each of xs.
func Map[T, R any](f func(T) R, xs []T) *task.Future[[]R] {
	return task.Make(func() ([]R, error) {
		out := make([]R, len(xs))
		run := func(in []T, out []R, at *int) {
			for i := *at; i < len(in); i++ {
				*at = i
				out[i] = f(in[i])
			}
		}
		at := 0
		run(xs, out, &at)
		return out, nil
	})
}
`)},
	"pool/stream.go": {Data: []byte(`package pool

import "iter"

// Stream calls f for what seq has.
func Stream[T, R any](f func(T) R, seq iter.Seq[T]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for x := range seq {
			if !yield(f(x), nil) {
				return
			}
		}
	}
}
`)},
	"pool/pool_test.go": {Data: []byte("package wrong")},
}

func TestOwnPackages(t *testing.T) {
	s := newSet(std.NewImporter(), listOwn(two))
	for name, want := range map[string]string{"pool": home + "pool", "task": home + "task"} {
		if got := s.ByName(name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := s.ByName("fmt"); !slices.Equal(got, []string{"fmt"}) {
		t.Error(got)
	}
	want := []Package{{home + "pool", "pool", ""}, {home + "task", "task", "Package task has what isn't there yet."}}
	if got := s.Packages(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	cells := cell.NewSession(s)
	compile := func(serial int, text string) *cell.Program {
		t.Helper()
		p, err := cells.Compile(cell.Source{Serial: serial, Text: text}, cell.Normal)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return p
	}
	p := compile(1, "type T struct{ n int }\nfunc double(t T) T { return T{2 * t.n} }\nys, err := pool.Map(double, []T{{1}, {2}}).Get()\nfor z := range pool.Stream(double, slices.Values(ys)) {\n\tprintln(z.n)\n}")
	p.Commit()
	program, err := code.Decode(p.Code)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range program.Funcs {
		if strings.HasPrefix(f.Name, home) {
			if seen++; f.Pos != 0 {
				t.Errorf("%s has a place in a cell: %v", f.Name, f.Pos)
			}
		}
	}
	if seen == 0 {
		t.Error("no function of the packages was lowered")
	}
	was, err := s.Import(home + "task")
	if err != nil {
		t.Fatal(err)
	}
	s.Forget() // as %reset does
	cells = cell.NewSession(s)
	compile(2, "pool.Map(func(n int) string { return \"\" }, []int{1})")
	if now, err := s.Import(home + "task"); now != was {
		t.Errorf("it was read again: %v", err)
	}
	for name, doc := range map[string][2]string{
		"Future":     {"type Future[R any] struct {", "A Future is a value that comes later."},
		"Future.Get": {"func (f *Future[R]) Get() (R, error)", "Get waits for the value."},
		"Make":       {"func Make[R any](f func() (R, error)) *Future[R]", "Make returns a future."},
		"":           {"package task", "Package task has what isn't there yet. It is small."},
	} {
		if sig, text, ok := s.Doc(home+"task", name); !ok || !strings.HasPrefix(sig, doc[0]) || text != doc[1] {
			t.Errorf("%s: %q, %q, %v", name, sig, text, ok)
		}
	}
	if _, err := s.Import("github.com/goherd/goherd/runtime/core"); err == nil || !strings.Contains(err.Error(), "pool, task, cluster and memory") {
		t.Errorf("core: %v", err)
	}
}

// A session that uses them for days must not grow by the cells that leave nothing behind.
func TestOwnPackagesMemory(t *testing.T) {
	cells := cell.NewSession(newSet(std.NewImporter(), listOwn(two)))
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const warm, rounds, limit = 50, 300, 1 << 10
	var before int64
	for i := range warm + rounds {
		if i == warm {
			before = heap()
		}
		src := "func double(n int) int { return 2 * n }\nfunc must[T any](x T, err error) T { return x }"
		if i > 0 {
			src = "{\nys := must(pool.Map(func(n int) int { return double(n) }, []int{1, 2}).Get())\nprintln(ys)\n}"
		}
		p, err := cells.Compile(cell.Source{Serial: i + 1, Text: src}, cell.Normal)
		if err != nil {
			t.Fatal(err)
		}
		p.Commit()
	}
	grown := (heap() - before) / rounds
	t.Logf("%d bytes a cell", grown)
	if grown > limit {
		t.Errorf("the session grows by %d bytes a cell", grown)
	}
	runtime.KeepAlive(cells)
}

// The cell compiler knows which of them run a function in another process.
func TestWarningOfShippedWrites(t *testing.T) {
	cells := cell.NewSession(newSet(std.NewImporter(), listOwn(two)))
	const text = "n := 0\nf := task.Go(func() int {\n\tn++\n\treturn n\n})\npool.Map(func(x int) int { n++; return x }, []int{1})"
	p, err := cells.Compile(cell.Source{Serial: 1, Text: text}, cell.Normal)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) != 1 || p.Warnings[0].Code != "shipped-write" || p.Warnings[0].Pos.Line() != 3 {
		t.Errorf("%+v", p.Warnings)
	}
}

// A cell that yaegi runs can't have them, and is told why.
func TestOwnPackagesInAText(t *testing.T) {
	cells := cell.NewTextSession(newSet(std.NewImporter(), listOwn(two)))
	_, err := cells.Compile(cell.Source{Serial: 1, Text: "ys := pool.Map(func(n int) int { return n }, []int{1})"}, cell.Normal)
	if err == nil || !strings.Contains(err.Error(), "package "+home+"pool runs only in goherd's own engine") {
		t.Error(err)
	}
}

// A module that has another version of goherd among what it needs gets the one that is running.
func TestOwnPackagesOfAModule(t *testing.T) {
	s := newSet(std.NewImporter(), listOwn(two))
	found := map[string]*listed{
		"example.com/m":                    {ImportPath: "example.com/m"},
		home + "pool":                      {ImportPath: home + "pool", Dir: "/elsewhere"},
		home + "internal":                  {ImportPath: home + "internal", Dir: "/elsewhere"},
		"github.com/goherd/goherd/display": {ImportPath: "github.com/goherd/goherd/display", Dir: "/elsewhere"},
	}
	if err := s.know("example.com/m", found); err != nil {
		t.Fatal(err)
	}
	if s.listed["example.com/m"] == nil || s.listed[home+"pool"].Dir != "pool" || s.listed["github.com/goherd/goherd/display"] != nil {
		t.Errorf("%v", s.listed)
	}
}

// uses are cells that have each generic function of the packages instantiated, with types of the session.
var uses = []string{
	"type T struct{ n int }\ntype E struct{ T }\nfunc (e E) Error() string { return \"\" }\nfunc f(t T) E { return E{t} }\nfunc g(t T) (E, error) { return E{t}, nil }\nvar xs []T",
	"p, err := pool.New(2, pool.Goroutines, pool.Name(\"a\"), pool.Init(func() error { return nil }))",
	"es, err := pool.Map(p, f, xs, pool.Chunk(3), pool.Quiet)\nes, err = pool.MapErr(p, g, xs, pool.Retries(2), pool.Backoff(time.Second, 2), pool.RetryIf(func(error) bool { return true }))",
	"_, err = pool.Map2(p, func(a T, b string) E { return E{a} }, xs, []string{})\n_, err = pool.Map2Err(p, func(a T, b string) (E, error) { return E{a}, nil }, xs, []string{})",
	"_, err = pool.Map3(p, func(a T, b string, c int) E { return E{a} }, xs, []string{}, []int{})\n_, err = pool.Map3Err(p, func(a T, b string, c int) (E, error) { return E{a}, nil }, xs, []string{}, []int{})",
	"err = pool.ForEach(p, func(T) {}, xs)\nerr = pool.ForEachErr(p, func(T) error { return E{} }, xs)",
	"var fs []*task.Future[[]E]\nfs = append(fs, pool.MapAsync(p, f, xs), pool.MapAsyncErr(p, g, xs))",
	"for e, err := range pool.Stream(p, f, slices.Values(xs), pool.Unordered) {\n\t_, _ = e, err\n}\nfor e, err := range pool.StreamErr(p, g, slices.Values(xs)) {\n\t_, _ = e, err\n}",
	"counts, err := pool.MapReduce(p, func(t T) map[T]int { return nil }, func(a, b int) int { return a + b }, xs)\nsum, err := pool.Reduce(p, func(a, b T) T { return a }, xs)",
	"cmp, err := pool.Compare(f, xs)\npool.Advise(pool.IOBound)",
	"one := pool.Go(p, func() T { return T{} })\none = pool.GoErr(p, func() (T, error) { return T{}, nil })\none = task.Go(func() T { return T{} }, task.CPUs(1), task.GPUs(0), task.Memory(\"1MB\"), task.Name(\"n\"), task.Timeout(time.Second))\none = task.GoErr(func() (T, error) { return T{}, nil })",
	"one.OnDone(func(T, error) {})\nt, err := one.GetContext(context.Background())\n_ = one.MustGet()\n<-one.Done()\none.Cancel()\none, err = task.Find[T](\"n\")",
	"over, rest, err := task.Wait(fs, 1)\nfor f := range task.AsCompleted(fs) {\n\tf.Get()\n}\nall, err := task.All(fs)",
	"proc, err := task.Start(func() { fmt.Println(task.Attempt(), task.Context()) })",
	"state, err := cluster.Init(cluster.CPUs(2))\ncluster.Status()",
	"memory.Advise()",
	"memory.Workers()",
}

// forOwn is found in the signatures of functions that one of the packages has for another.
var forOwn = regexp.MustCompile(`core\.(Call|Future)\b`)

// The packages as they are shipped: each is there, and all that they have can be lowered.
func TestOwnSources(t *testing.T) {
	own := listOwn(sources.Files)
	s := New(std.NewImporter())
	used := map[string]bool{}
	cells := cell.NewSession(s)
	for i, text := range uses {
		p, err := cells.Compile(cell.Source{Serial: i + 1, Text: text}, cell.Normal)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		p.Commit()
		for _, word := range regexp.MustCompile(`\b(pool|task)\.[A-Z]\w*`).FindAllString(text, -1) {
			used[word] = true
		}
	}
	for _, name := range []string{"pool", "task"} {
		if own[home+name] == nil {
			t.Errorf("%s isn't there", name)
		}
		pkg, err := s.Import(home + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range pkg.Scope().Names() {
			f, ok := pkg.Scope().Lookup(of).(*types.Func)
			if ok && f.Exported() && f.Signature().TypeParams() != nil && !used[name+"."+of] && !forOwn.MatchString(f.String()) {
				t.Errorf("no cell here uses %s.%s", name, of)
			}
		}
	}
}

func BenchmarkOwnImport(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s := New(std.NewImporter())
		for path := range s.own {
			if _, err := s.Import(path); err != nil {
				b.Fatal(err)
			}
		}
	}
}
