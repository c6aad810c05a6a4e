package vet

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/cell/std"
)

var (
	lib  = std.NewImporter()
	fset = token.NewFileSet() // of all cells, as in a session
)

// A sample is a cell of a file in testdata: declarations, a line "---", statements.
// Imports are added. A comment "want code:column" in a line says what is found there.
type sample struct {
	name  string
	line  int // in its file
	decls string
	stmts string
}

func samples(t testing.TB, file string) []sample {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	inStmts := false
	for i, l := range strings.SplitAfter(string(data), "\n") {
		if name, ok := strings.CutPrefix(l, "== "); ok {
			out = append(out, sample{name: strings.TrimSpace(name), line: i + 1})
			inStmts = false
			continue
		}
		if len(out) == 0 {
			continue
		}
		s := &out[len(out)-1]
		switch {
		case strings.TrimSpace(l) == "---":
			inStmts = true
		case inStmts:
			s.stmts += l
		default:
			s.decls += l
		}
	}
	return out
}

var qualifier = regexp.MustCompile(`\b([a-z0-9]+)\.[A-Z]`)

var paths = map[string]string{
	"atomic": "sync/atomic", "http": "net/http", "json": "encoding/json", "slog": "log/slog", "signal": "os/signal",
	"rand": "math/rand", "list": "container/list", "heap": "container/heap", "bufio": "bufio", "sha256": "crypto/sha256",
	"filepath": "path/filepath", "tabwriter": "text/tabwriter", "exec": "os/exec", "httptest": "net/http/httptest", "csv": "encoding/csv",
}

// pass parses and checks a sample.
func pass(t testing.TB, decls, stmts, earlier string) Pass {
	t.Helper()
	var b strings.Builder
	b.WriteString("package main\n")
	seen := map[string]bool{}
	for _, m := range qualifier.FindAllStringSubmatch(decls+stmts+earlier, -1) {
		path := paths[m[1]]
		if path == "" && len(std.ByName(m[1])) > 0 {
			path = m[1]
		}
		if path != "" && !seen[path] {
			seen[path] = true
			if _, err := lib.Import(path); err == nil {
				fmt.Fprintf(&b, "import %q\n", path)
			}
		}
	}
	fmt.Fprintf(&b, "/*line earlier:1:1*/%s\n/*line cell:1:1*/%s/*line cell:%d:1*/func _() {\n%s\n}\n", earlier, decls, strings.Count(decls, "\n")+1, stmts)
	f, err := parser.ParseFile(fset, "cell", b.String(), parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
		Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{GoVersion: "go1.26", Importer: lib, Sizes: types.SizesFor("gc", "amd64"), Error: func(err error) {
		if e := err.(types.Error); !e.Soft && !strings.Contains(e.Msg, "not used") && !strings.Contains(e.Msg, "missing function body") {
			t.Fatalf("%v\n%s", err, b.String())
		}
	}}
	pkg, _ := conf.Check("main", fset, []*ast.File{f}, info)
	p := Pass{Fset: fset, Files: []*ast.File{f}, Pkg: pkg, Info: info}
	var body *types.Scope
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Name.Name == "_" {
			body = info.Scopes[fd.Type]
			if n := len(fd.Body.List); n > 0 {
				if x, ok := fd.Body.List[n-1].(*ast.ExprStmt); ok {
					p.Result = x.X
				}
			}
		}
	}
	p.Global = func(o types.Object) bool { return o.Parent() == pkg.Scope() || o.Parent() == body }
	p.Only = func(pos token.Pos) bool {
		return pos >= f.FileStart && pos < f.FileEnd && fset.Position(pos).Filename == "cell"
	}
	p.Shipped = func(fn *types.Func) []int {
		if fn.Name() == "ship" {
			return []int{0}
		}
		return nil
	}
	return p
}

var wanted = regexp.MustCompile(`// want (.*)`)

// want returns what the comments of a cell ask for: "line:column code".
func (s sample) want() []string {
	var out []string
	for i, l := range strings.Split(s.decls+"\n"+s.stmts, "\n") {
		if m := wanted.FindStringSubmatch(l); m != nil {
			for _, w := range strings.Fields(m[1]) {
				code, col, _ := strings.Cut(w, ":")
				out = append(out, fmt.Sprintf("%d:%s %s", i+1, col, code))
			}
		}
	}
	sort.Strings(out)
	return out
}

func found(p Pass, ws []Warning) (got []string, texts string) {
	for _, w := range ws {
		at := p.Fset.Position(w.Pos)
		got = append(got, fmt.Sprintf("%d:%d %s", at.Line, at.Column, w.Code))
		texts += fmt.Sprintf("%d:%d %s: %s\n\t%s\n", at.Line, at.Column, w.Code, w.Text, w.Fix)
	}
	sort.Strings(got)
	return got, texts
}

func TestWarnings(t *testing.T) {
	for _, s := range samples(t, "bad.txt") {
		t.Run(s.name, func(t *testing.T) {
			p := pass(t, s.decls, s.stmts, "")
			ws, _ := Check(p)
			got, texts := found(p, ws)
			if want := s.want(); !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("bad.txt:%d:\n got %q\nwant %q\n%s", s.line, got, want, texts)
			}
			for _, w := range ws {
				if w.Text == "" || w.Fix == "" {
					t.Errorf("%s: no advice in %+v", s.name, w)
				}
			}
		})
	}
}

func TestSilence(t *testing.T) {
	all := samples(t, "good.txt")
	if len(all) < 60 {
		t.Errorf("only %d programs", len(all))
	}
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			p := pass(t, s.decls, s.stmts, "")
			if ws, _ := Check(p); len(ws) > 0 {
				_, texts := found(p, ws)
				t.Errorf("good.txt:%d: %s", s.line, texts)
			}
		})
	}
}

func TestMain(m *testing.M) {
	panicked = func(v any) { panic(v) }
	m.Run()
}

var (
	lockLine = regexp.MustCompile(`(?m)^\s*(defer )?\S*\.R?(Unl|L)ock\(\)\n`)
	waitLine = regexp.MustCompile(`(?m)^\s*(\S*\.[wW]ait\(\)|<-\S+)\n`)
)

// The silence is not blindness: the same programs without their locks, or without
// waiting, are warned of.
func TestRobbed(t *testing.T) {
	all := map[string]sample{}
	for _, s := range samples(t, "good.txt") {
		all[s.name] = s
	}
	for _, c := range []struct {
		what  *regexp.Regexp
		names []string
	}{
		{lockLine, []string{
			"mutex counter", "mutex counter with defer", "embedded mutex", "condition variable", "spin lock",
			"lock helper", "collect under a lock", "bank transfer", "barrier",
		}},
		{waitLine, []string{
			"mutex counter", "results by index", "fields of elements by index", "partial sums", "one goroutine, then wait",
			"one goroutine, done channel", "start signal", "channel as a lock", "chain of goroutines",
			"goroutine joined in each turn", "phases", "two variables, two goroutines", "parallel merge sort",
			"single collector", "double buffer", "errors in a slice of their own", "named result and error channel",
		}},
	} {
		for _, name := range c.names {
			s, ok := all[name]
			if !ok {
				t.Errorf("no program %q", name)
				continue
			}
			p := pass(t, c.what.ReplaceAllString(s.decls, ""), c.what.ReplaceAllString(s.stmts, ""), "")
			ws, _ := Check(p)
			if !slices.ContainsFunc(ws, func(w Warning) bool { return strings.HasSuffix(w.Code, "race") }) {
				t.Errorf("%s without %s: no race", name, c.what)
			}
		}
	}
}

// Functions of earlier cells are seen through, where only their signatures are
// at hand.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ decls, bare, stmts, want string }{
		{"var n int\nfunc inc() { n++ }\n", "var n int\nfunc inc()", "for range 3 {\n\tgo inc()\n}", "2:5 race"},
		{
			"type c struct {\n\tmu sync.Mutex\n\tn int\n}\nfunc (c *c) inc() {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tc.n++\n}\n",
			"type c struct { mu sync.Mutex; n int }\nfunc (c *c) inc()",
			"var x c\nvar wg sync.WaitGroup\nfor range 3 {\n\twg.Go(x.inc)\n}\nwg.Wait()", "",
		},
		{
			"type c struct { n int }\nfunc (c *c) inc() { c.n++ }\n",
			"type c struct { n int }\nfunc (c *c) inc()",
			"var x c\nvar wg sync.WaitGroup\nfor range 3 {\n\twg.Go(x.inc)\n}\nwg.Wait()", "4:2 race",
		},
		{
			"func each(n int, f func(int)) {\n\tvar wg sync.WaitGroup\n\tfor i := range n {\n\t\twg.Go(func() { f(i) })\n\t}\n\twg.Wait()\n}\n",
			"func each(n int, f func(int))", "sum := 0\neach(3, func(i int) {\n\tsum += i\n})", "3:2 race",
		},
		{
			"func logf(format string, args ...any) { fmt.Printf(format, args...) }\n",
			"func logf(format string, args ...any)", "logf(\"%s\", 1)", "1:7 printf",
		},
	} {
		ws, learned := Check(pass(t, c.decls, "", ""))
		if len(ws) > 0 {
			t.Errorf("%s: %v", c.decls, ws)
		}
		p := pass(t, "", c.stmts, c.bare)
		p.Known = learned
		ws, _ = Check(p)
		got, texts := found(p, ws)
		// The statements begin one line below the head of their function.
		want := ""
		if c.want != "" {
			var line, col int
			var code string
			fmt.Sscanf(c.want, "%d:%d %s", &line, &col, &code)
			want = fmt.Sprintf("%d:%d %s", line+1, col, code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s\ngot %q, want %q\n%s", c.stmts, got, want, texts)
		}
	}
}

// The statements may be put into a function that the checker hasn't seen.
func TestOwnFunction(t *testing.T) {
	p := pass(t, "", "fmt.Printf(\"%d\", \"x\")\nn := 0\nfor range 3 {\n\tgo func() { n++ }()\n}", "")
	f := *p.Files[0]
	last := len(f.Decls) - 1
	fd := *f.Decls[last].(*ast.FuncDecl)
	fd.Name, fd.Type = ast.NewIdent("_"), &ast.FuncType{Params: &ast.FieldList{}}
	f.Decls = append(slices.Clone(f.Decls[:last]), &fd)
	p.Files = []*ast.File{&f}
	ws, _ := Check(p)
	if got, texts := found(p, ws); strings.Join(got, ", ") != "2:13 printf, 5:14 race" {
		t.Errorf("got %q\n%s", got, texts)
	}
}

// An analysis that panics costs its own results only.
func TestPanic(t *testing.T) {
	old := panicked
	defer func() { panicked = old }()
	n := 0
	panicked = func(any) { n++ }
	p := pass(t, "", "os.Remove(\"x\")\nfmt.Printf(\"%d\", \"x\")\nx := 1\nx = x", "")
	p.Info.Selections = nil // the printf analyzer panics on that
	ws, _ := Check(p)
	c := &checker{Pass: &p}
	c.guard(func(c *checker) {
		c.warn(Warning{Pos: p.Files[0].Pos()})
		panic("defect")
	})
	if len(ws) != 2 || len(c.warnings) != 0 || n != 2 {
		t.Errorf("%d warnings, %d of the broken one, %d panics: want 2, 0, 2", len(ws), len(c.warnings), n)
	}
}

// BenchmarkCheck gives the cost of a cell: of those of good.txt, all in turn.
func BenchmarkCheck(b *testing.B) {
	var passes []Pass
	for _, s := range samples(b, "good.txt") {
		passes = append(passes, pass(b, s.decls, s.stmts, ""))
	}
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		Check(passes[i%len(passes)])
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}
