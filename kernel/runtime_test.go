//go:build unix

package kernel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/kerneltest"
	"github.com/goherd/goherd/kernel/wire"
)

// result runs a cell that has a result and nothing else to show, and returns that.
func result(f *kerneltest.Front, code string) string {
	f.T.Helper()
	r := f.Cell(code)
	var c wire.ExecuteResult
	if err := r.Until("result: …").Decode(&c); err != nil {
		f.T.Fatal(err)
	}
	r.End("result: …")
	return fmt.Sprint(c.Data["text/plain"])
}

// gives runs cells, in pairs with what they show: "" for nothing, else a result where it isn't a pattern of something else.
func gives(f *kerneltest.Front, cells ...string) {
	f.T.Helper()
	for i := 0; i < len(cells); i += 2 {
		want := cells[i+1]
		switch {
		case want == "":
			f.Run(cells[i])
			continue
		case strings.HasPrefix(want, "std") || strings.HasPrefix(want, "error: "):
		default:
			want = "result: " + want
		}
		f.Run(cells[i], want)
	}
}

// The functions that a session has work in worker processes as they do in cells.
func TestRuntimeFunctions(t *testing.T) {
	f := start(t)
	gives(f,
		"p, err := pool.New(2, pool.Quiet)", "",
		"func square(x int) int { return x * x }\nfunc viaSquare(x int) int { return square(x) + 1 }", "",
		"pool.Map(p, square, []int{1, 2, 3})", "[]int{1, 4, 9}",
		"pool.Map(p, viaSquare, []int{1, 2, 3})", "[]int{2, 5, 10}",

		// Declared anew, cells after it was sent, also where others call it.
		"1", "1",
		"func square(x int) int { return -x * x }", "",
		"pool.Map(p, square, []int{1, 2, 3})", "[]int{-1, -4, -9}",
		"pool.Map(p, viaSquare, []int{1, 2, 3})", "[]int{0, -3, -8}",
		"func square(x float64) float64 { return x / 2 }", "stderr: note: viaSquare no longer compiles…",
		"pool.Map(p, square, []float64{1, 2})", "[]float64{0.5, 1}",

		// Literals, with variables of the session and of functions. What a worker has is a copy.
		"base := 100", "",
		"pool.Map(p, func(x int) int { return base + x }, []int{1, 2})", "[]int{101, 102}",
		"base = 200", "",
		"pool.Map(p, func(x int) int { return base + x }, []int{1, 2})", "[]int{201, 202}",
		`func closures(n int) ([]string, error) {
	twice := func() int { return 2 * n }
	shared := []string{"a"}
	return pool.Map(p, func(x int) string { return fmt.Sprint(shared[0], twice()+x) }, []int{1, 2})
}`, "",
		"closures(10)", `[]string{"a21", "a22"}`,
		"func adder(n int) func(int) int { return func(x int) int { return x + n } }", "",
		"pool.Map(p, adder(5), []int{1, 2})", "[]int{6, 7}",
		"func compose(fs ...func(int) int) func(int) int {\n\treturn func(x int) int {\n\t\tfor _, f := range fs {\n\t\t\tx = f(x)\n\t\t}\n\t\treturn x\n\t}\n}", "",
		"pool.Map(p, compose(adder(1), adder(10), func(x int) int { return -x }), []int{1, 2})", "[]int{-12, -13}",

		// Recursion.
		"func fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}", "",
		"pool.Map(p, fib, []int{10, 15})", "[]int{55, 610}",
		"var fact func(int) int\nfact = func(n int) int {\n\tif n < 2 {\n\t\treturn 1\n\t}\n\treturn n * fact(n-1)\n}", "",
		"pool.Map(p, fact, []int{5, 10})", "[]int{120, 3628800}",
		`func local(n int) ([]int, error) {
	var down func(int) int
	down = func(x int) int {
		if x <= 0 {
			return n
		}
		return down(x - 1)
	}
	return pool.Map(p, down, []int{1, 20})
}`, "",
		"local(9)", "[]int{9, 9}",

		// Methods, generics, functions of the library.
		"type point struct {\n\tX, y int\n\tnext *point\n}\nfunc (p point) Add(n int) int { return p.X + p.y + n }\nfunc (p *point) Step(n int) *point { return &point{p.X + n, p.y, p} }\nfunc (p *point) String() string { return fmt.Sprintf(\"<%d %d>\", p.X, p.y) }", "",
		"pool.Map(p, point{1, 2, nil}.Add, []int{10, 20})", "[]int{13, 23}",
		"q := &point{1, 2, nil}\nsteps, err := pool.Map(p, q.Step, []int{10, 20})\nfmt.Sprint(steps, steps[0].next.X)", `"[<11 2> <21 2>] 1"`,
		"pool.Map(p, (*point).String, []*point{q, {3, 4, nil}})", `[]string{"<1 2>", "<3 4>"}`,
		"pool.Map(p, point.Add, []point{{1, 2, nil}})", "error: compile error: …",
		"func kind[T any](x T) string { return fmt.Sprintf(\"%T %v\", x, x) }\ntype pair[A, B any] struct {\n\tA A\n\tB B\n}", "",
		"pool.Map(p, kind[point], []point{{1, 2, nil}})", `[]string{"main.point {1 2 <nil>}"}`,
		"pool.Map(p, kind, []pair[string, int]{{\"a\", 1}})", `[]string{"main.pair[string,int] {a 1}"}`,
		"pool.Map(p, strings.ToUpper, []string{\"a\", \"b\"})", `[]string{"A", "B"}`,
		"pool.Map(p, strings.NewReplacer(\"a\", \"z\").Replace, []string{\"banana\"})", "error: …can't…",

		// Any values, with their types.
		"pool.Map(p, func(x any) string { return fmt.Sprintf(\"%T:%v\", x, x) }, []any{1, \"s\", point{1, 2, nil}, &point{3, 4, nil}, []pair[int, int]{{1, 2}}, time.Second, nil})",
		`[]string{…"int:1",…"string:s",…"main.point:{1 2 <nil>}",…"*main.point:<3 4>",…"[]main.pair[int,int]:[{1 2}]",…"time.Duration:1s",…"<nil>:<nil>",…}`,
		"xs, err := pool.Map(p, func(x int) any {\n\tswitch x {\n\tcase 0:\n\t\treturn point{5, 6, nil}\n\tcase 1:\n\t\treturn map[string]*point{\"k\": {7, 8, nil}}\n\t}\n\treturn nil\n}, []int{0, 1, 2})\nxs[0].(point).y + xs[1].(map[string]*point)[\"k\"].y", "14",
	)
	f.Run("pool.Map(p, func(x int) error { return io.EOF }, []int{1, 2})", "result: …EOF…")
	f.Run("es, _ := pool.Map(p, func(x int) error { return io.EOF }, []int{1})\nes[0] == io.EOF", "result: true")
}

// Functions of a module run in workers, too. The module is initialised there; its variables aren't the session's.
func TestRuntimeModule(t *testing.T) {
	m := newProxy(t)
	m.add(t, "example.com/words", "v1.0.0", "go 1.26\n", map[string]string{"words.go": `package words

import "strings"

var seen = map[string]int{"ready": 1}

type Word struct{ text string }

type TooLong struct{ Word string }

func (e *TooLong) Error() string { return e.Word + " is too long" }

func New(s string) Word { return Word{s} }

func (w Word) Shout() string { return strings.ToUpper(w.text) + "!" }

func Note(s string) int { seen[s]++; return len(seen) }

func Check(s string) (Word, error) {
	if len(s) > 5 {
		return Word{}, &TooLong{s}
	}
	return Word{s}, nil
}

func Each[T, R any](xs []T, f func(T) R) (out []R) {
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}
`})
	f := start(t)
	f.Run("%get example.com/words@v1.0.0", "stderr: …", "stdout: example.com/words v1.0.0\n")
	f.Run("import \"example.com/words\"\np, err := pool.New(1, pool.Quiet)")
	gives(f,
		"words.Note(\"here\") + words.Note(\"and here\")", "5",
		"pool.Map(p, words.Note, []string{\"there\", \"there\", \"and there\"})", "[]int{2, 2, 3}",
		"words.Note(\"again\")", "4",
		"pool.Map(p, words.Word.Shout, []words.Word{words.New(\"a\"), words.New(\"b\")})", `[]string{"A!", "B!"}`,
		"pool.Map(p, func(s string) []words.Word { return words.Each([]string{s, s}, words.New) }, []string{\"x\"})", "[][]words.Word{{{text: \"x\"}, {text: \"x\"}}}",
		"ws, err := pool.MapErr(p, words.Check, []string{\"short\", \"too long\"})\nvar long *words.TooLong\nfmt.Sprint(ws[0].Shout(), errors.As(err, &long), long)", `"SHORT!true too long is too long"`,
	)
}

// A function finds the working directory and the environment of the session in a worker, as they are when it is sent.
func TestRuntimeSurroundings(t *testing.T) {
	f := start(t)
	f.Run("p, err := pool.New(1, pool.Quiet)\nfunc where(x int) string { d, err := os.Getwd(); return fmt.Sprint(filepath.Base(d), os.Getenv(\"RT_NAME\"), err) }")
	f.Run("tmp, err := os.MkdirTemp(\"\", \"rt\")\nerr = errors.Join(err, os.Mkdir(tmp+\"/one\", 0o755), os.Mkdir(tmp+\"/two\", 0o755))")
	gives(f,
		"err = errors.Join(os.Chdir(tmp+\"/one\"), os.Setenv(\"RT_NAME\", \"=a\"))\npool.Map(p, where, []int{1})", `[]string{"one=a<nil>"}`,
		"err = errors.Join(os.Chdir(tmp+\"/two\"), os.Setenv(\"RT_NAME\", \"=b\"))\npool.Go(p, func() string { return where(1) }).Get()", `"two=b<nil>"`,
		// Calls that are made one after the other see what there was at the time.
		"fs := []*task.Future[string]{}\nfor _, d := range []string{\"one\", \"two\", \"one\"} {\n\tif err := os.Chdir(tmp + \"/\" + d); err != nil {\n\t\tpanic(err)\n\t}\n\tfs = append(fs, pool.Go(p, func() string { return where(1) }))\n}\ntask.All(fs)", `[]string{"one=b<nil>", "two=b<nil>", "one=b<nil>"}`,
		// What a task changes stays, until the session changes.
		"err = pool.ForEach(p, func(int) { _ = os.Chdir(tmp) }, []int{1})\ninTmp, err := pool.Map(p, where, []int{1})\ninTmp[0] != \"one=b<nil>\"", "true",
		"err = os.Unsetenv(\"RT_NAME\")\npool.Map(p, func(x int) string { _, ok := os.LookupEnv(\"RT_NAME\"); return fmt.Sprint(ok) }, []int{1})", `[]string{"false"}`,
		// A task's own tasks inherit it.
		"err = os.Setenv(\"RT_NAME\", \"=c\")\ntask.Go(func() string { return task.Go(func() string { return where(1) }).MustGet() }).Get()", `"one=c<nil>"`,
		"err = errors.Join(os.Chdir(\"/\"), os.RemoveAll(tmp))", "",
		"pool.Map(p, where, []int{1})", `[]string{"/=c<nil>"}`,
	)
}

// What can't travel is an error before anything is sent, and says what it is and where.
func TestRuntimeCantTravel(t *testing.T) {
	f := start(t)
	gives(f,
		"p, err := pool.New(1, pool.Quiet)", "",
		"ch := make(chan int, 9)\nvar mu sync.Mutex\ntype T struct {\n\tname string\n\tc chan int\n}\nfile := os.Stdin", "",
	)
	for _, c := range []struct{ code, want string }{
		{"pool.Map(p, func(x int) int {\n\tch <- x\n\treturn x\n}, []int{1})", "pool.Map: a func literal (cell […], line 1) can't be sent to a worker: ch is a chan int, …"},
		{"pool.Map(p, func(x int) int {\n\tmu.Lock()\n\treturn x\n}, []int{1})", "…(cell […], line 1)…mu is a sync.Mutex…"},
		{"pool.Map(p, func(x int) string { return file.Name() }, []int{1})", "…file is a…os.File…"},
		{"pool.Map(p, func(t T) string { return t.name }, []T{{name: \"a\"}, {\"b\", ch}})", "…item 1 (value…) of a func literal…c is a chan int…"},
		{"func() error {\n\tinner := T{c: ch}\n\treturn pool.ForEach(p, func(x int) { fmt.Println(inner) }, []int{1})\n}()", "…inner.c is a chan int…"},
		{"pool.Map(p, func(x int) chan int { return make(chan int) }, []int{1})", "…item 0 (value 1) of a func literal…: the result can't be sent: a chan int…worker …"},
		{"pool.Map(p, func(x int) T { return T{\"a\", make(chan int)} }, []int{1})", "…the result can't be sent: c is a chan int…worker …"},
		{"task.Go(func() int { return len(ch) }).Get()", "…ch is a chan int…"},
		{"pool.Go(p, func() int { return len(ch) }).Get()", "…ch is a chan int…"},
	} {
		f.Run(c.code, "error: …: "+c.want)
	}
	// Goroutines of the interpreter can have all of that, and a channel that is nil says nothing.
	gives(f,
		"g, err := pool.New(2, pool.Goroutines, pool.Quiet)", "",
		"pool.ForEach(g, func(x int) { mu.Lock(); defer mu.Unlock(); ch <- x }, []int{1, 2, 3})", "",
		"<-ch + <-ch + <-ch", "6",
		"pool.Map(p, func(t T) string { return t.name }, []T{{name: \"a\"}})", `[]string{"a"}`,
	)
}
