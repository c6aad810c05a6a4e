package assist_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/assist"
)

// TestComplete has cells with the cursor at ‸. want are matches in this order
// (all of them if exact, else at least these, wherever), not ones that must be
// missing, and from the text that is replaced.
func TestComplete(t *testing.T) {
	e := newEnv(t)
	for _, c := range []struct {
		src   string
		from  string
		want  string
		exact bool
		not   string
	}{
		// Members of packages.
		{src: `strings.Repl‸`, from: "Repl", want: "Replace ReplaceAll Replacer", exact: true},
		{src: `strings.repl‸`, from: "repl", want: "Replace ReplaceAll Replacer", exact: true},
		{src: `web.StatusTea‸`, from: "StatusTea", want: "StatusTeapot", exact: true},
		{src: `fmt.Fprin‸`, from: "Fprin", want: "Fprint Fprintf Fprintln", exact: true},
		{src: "import m \"math\"\nx := m.Sqr‸", from: "Sqr", want: "Sqrt SqrtPi SqrtE SqrtPhi Sqrt2", not: "Abs"},
		{src: "import \"math/rand/v2\"\nrand.IntN‸", from: "IntN", want: "IntN", exact: true},
		{src: "x := rand.Reader\nrand.Rea‸", from: "Rea", want: "Read Reader", exact: true},
		{src: `unsafe.Siz‸`, from: "Siz", want: "Sizeof", exact: true},
		{src: "strings.‸", from: "", want: "Builder Contains NewReader"},
		{src: "strings.\n‸", from: "", want: "Builder Contains NewReader"},

		// Fields and methods.
		{src: `origin.‸`, from: "", want: "Move String X Y label", exact: true},
		{src: `circle.‸`, from: "", want: "Move Point Radius String X Y inner label", exact: true},
		{src: `circle.inner.‸`, from: "", want: "depth", exact: true},
		{src: `circle.Point.m‸`, from: "m", want: "Move", exact: true},
		{src: `shape.‸`, from: "", want: "Area Name", exact: true},
		{src: `stack.P‸`, from: "P", want: "Pop Push", exact: true},
		{src: `stack.Items[0].‸`, from: "", want: "", exact: true},
		{src: `points["a"].Mo‸`, from: "Mo", want: "Move", exact: true},
		{src: `client.T‸`, from: "T", want: "Timeout Transport", exact: true},
		{src: `client.Get("x").‸`, from: "", want: "", exact: true},
		{src: `origin.Move(1, 2).Move(3, 4).St‸`, from: "St", want: "String", exact: true},
		{src: `strings.NewReplacer("a", "b").Re‸`, from: "Re", want: "Replace", exact: true},
		{src: `strings.NewReader("x").Le‸`, from: "Le", want: "Len", exact: true},
		{src: `time.Now().Add(time.Second).Yea‸`, from: "Yea", want: "Year YearDay", exact: true},
		{src: `(&buffer).WriteR‸`, from: "WriteR", want: "WriteRune", exact: true},
		{src: `Point.S‸`, from: "S", want: "String", exact: true},
		{src: `(*Point).M‸`, from: "M", want: "Move", exact: true},
		{src: `apply(numbers, func(i int) Point { return origin })[0].La‸`, from: "La", want: "label", exact: true},
		{src: `shape.(*Point).Mo‸`, from: "Mo", want: "Move", exact: true},
		{src: `nosuch.‸`, from: "", want: "", exact: true},
		{src: `numbers.‸`, from: "", want: "", exact: true},
		{src: `buffer.buf‸`, from: "", want: "", exact: true},

		// Locals of the cell, in unfinished code.
		{src: "reader := strings.NewReader(\"\")\nreader.ReadS‸", from: "ReadS", want: "", exact: true},
		{src: "reader := strings.NewReader(\"\")\nreader.ReadR‸", from: "ReadR", want: "ReadRune", exact: true},
		{src: "a, err := strconv.Atoi(\"1\")\nerr.Err‸", from: "Err", want: "Error", exact: true},
		{src: "for i, p := range points {\n\tp.Mo‸", from: "Mo", want: "Move", exact: true},
		{src: "for i, p := range points {\n\tp.Mo‸\n}\nfmt.Println()", from: "Mo", want: "Move", exact: true},
		{src: "if p, ok := points[\"a\"]; ok && p.Mo‸", from: "Mo", want: "Move", exact: true},
		{src: "if p := points[\"a\"]; p.Mo‸ {\n}", from: "Mo", want: "Move", exact: true},
		{src: "for _, x := range circle.Po‸", from: "Po", want: "Point", exact: true},
		{src: "switch v := any(origin).(type) {\ncase Point:\n\tv.Mo‸", from: "Mo", want: "Move", exact: true},
		{src: "switch {\ncase circle.Ra‸", from: "Ra", want: "Radius", exact: true},
		{src: "go func() {\n\tvar wg sync.WaitGroup\n\twg.Do‸", from: "Do", want: "Done", exact: true},
		{src: "defer circle.Mo‸", from: "Mo", want: "Move", exact: true},
		{src: "func f(req *http.Request) {\n\tif true {\n\t\treq.URL.Quer‸\n\t}\n}", from: "Quer", want: "Query", exact: true},
		{src: "func (p *Point) Far() {\n\tp.lab‸", from: "lab", want: "label", exact: true},
		{src: "func (s *Stack[E]) Peek() E {\n\treturn s.It‸", from: "It", want: "Items", exact: true},
		{src: "func (p *Point) Far() int {\n\treturn 1\n}\norigin.la‸", from: "la", want: "label", exact: true},
		{src: "x := greet(origin.Str‸", from: "Str", want: "String", exact: true},
		{src: "x := greet(origin.Str‸, 3)\ny := 2", from: "Str", want: "String", exact: true},
		{src: "x, y := 1, origin.Str‸", from: "Str", want: "String", exact: true},
		{src: "ch := make(chan Point)\nselect {\ncase p := <-ch:\n\tp.la‸", from: "la", want: "label", exact: true},
		{src: "f := func(p Point) int {\n\treturn p.X‸", from: "X", want: "X", exact: true},
		{src: "longName := 1\nfunc f() { lon‸", from: "lon", want: "longName", exact: true},
		{src: "{\n\tlocalThing := 1\n\tlocalT‸", from: "localT", want: "localThing", exact: true},
		{src: "{\n\thiddenThing := 1\n}\nhiddenT‸", from: "", want: "", exact: true},
		{src: "type Pair struct{ Left, Right int }\nfunc (p Pair) Sum() int { return 0 }\nvar p Pair\np.‸", from: "", want: "Left Right Sum", exact: true},
		{src: "var z = helper().‸\n\nfunc helper() Point { return origin }\n", from: "", want: "Move String X Y label", exact: true},
		{src: "origin := \"text\"\norigin.‸", from: "", want: "", exact: true},
		{src: "v := 1\nv := circle\nv.Rad‸", from: "Rad", want: "Radius", exact: true},
		{src: "broken := )\norigin.La‸", from: "La", want: "label", exact: true},
		{src: "package main\nimport \"fmt\"\nfunc main() {\n\tvar p Point\n\tp.la‸\n}", from: "la", want: "label", exact: true},
		{src: "func gen[T fmt.Stringer](x T) { x.Str‸ }", from: "Str", want: "String", exact: true},

		// Names.
		{src: `gre‸`, from: "gre", want: "greet", exact: true},
		{src: `GRE‸`, from: "GRE", want: "greet", exact: true},
		{src: `lim‸`, from: "lim", want: "limit", exact: true},
		{src: `grö‸`, from: "grö", want: "größe", exact: true},
		{src: `numbe‸`, from: "numbe", want: "numbers", exact: true},
		{src: `Circ‸`, from: "Circ", want: "Circle circle", exact: true},
		{src: `circ‸`, from: "circ", want: "circle Circle", exact: true},
		{src: `strin‸`, from: "strin", want: "strings string", exact: true},
		{src: `web‸`, from: "web", want: "web", exact: true},
		{src: `json‸`, from: "json", want: "json jsonrpc", exact: true},
		{src: `templ‸`, from: "templ", want: "template", exact: true},
		{src: `appen‸`, from: "appen", want: "append", exact: true},
		{src: `ret‸`, from: "ret", want: "return", exact: true},
		{src: `x := nu‸`, from: "nu", want: "numbers"},
		{src: `var x Sha‸`, from: "Sha", want: "Shape"},
		{src: "func f(abc int) {\n\tab‸", from: "ab", want: "abc", not: "abs"},
		{src: "‸", from: "", want: "greet numbers strings web", not: "append for json"},
		{src: "var na‸", from: "", want: "", exact: true},
		{src: "func na‸", from: "", want: "", exact: true},
		{src: "outer:\nfor {\n\tbreak ou‸\n}", from: "ou", want: "outer", exact: true},
		{src: "日本 := 1\nfmt.Println(日‸)", from: "日", want: "日本", exact: true},
		{src: "x := 12‸", from: "", want: "", exact: true},
		{src: "x := 1.‸", from: "", want: "", exact: true},
		{src: "// gre‸", from: "", want: "", exact: true},
		{src: "/* gre‸ */ x", from: "", want: "", exact: true},
		{src: "x := 'a‸'", from: "", want: "", exact: true},

		// What fits the argument comes first.
		{src: `greet(gr‸`, from: "gr", want: "greet größe", exact: true},
		{src: `origin.Move(‸`, from: "", want: "limit größe", not: "append"},
		{src: `circle.Point = or‸`, from: "or", want: "origin"},

		// Struct literals.
		{src: `p := Point{‸`, from: "", want: "X:  Y:  label: ", not: "for"},
		{src: `p := Point{X: 1, ‸}`, from: "", want: "Y:  label: ", exact: true},
		{src: `p := &Point{X: 1, Y‸: 2}`, from: "Y", want: "Y", exact: true},
		{src: `c := http.Client{Tim‸`, from: "Tim", want: "Timeout: "},
		{src: `list := []Point{{X: 1, Y: 2}, {la‸`, from: "la", want: "label: "},
		{src: `p := Point{X: lim‸`, from: "lim", want: "limit", exact: true},

		// Magics, and what isn't Go.
		{src: `%ti‸`, from: "%ti", want: "%time %timeit", exact: true},
		{src: `  %ti‸`, from: "%ti", want: "%time %timeit", exact: true},
		{src: `%‸`, from: "%", want: "%%bash %%time %cd %del %env %time %timeit", exact: true},
		{src: `%%ba‸`, from: "%%ba", want: "%%bash", exact: true},
		{src: "x := 1\n%%ba‸", from: "", want: "", exact: true},
		{src: "x := 1\n%ti‸", from: "%ti", want: "%time %timeit", exact: true},
		{src: "%time origin.la‸", from: "la", want: "label", exact: true},
		{src: "%%time\norigin.la‸", from: "la", want: "label", exact: true},
		{src: "!ls\norigin.la‸", from: "la", want: "label", exact: true},
		{src: "!cat da‸", from: "da", want: "data.csv Data2.csv", exact: true},
		{src: "%cd su‸", from: "su", want: "sub/", exact: true},
		{src: "%del numb‸", from: "numb", want: "numbers", exact: true},
		{src: "%env ori‸", from: "", want: "", exact: true},
		{src: "%%bash\ncat sub/in‸", from: "in", want: "inner.txt", exact: true},
		{src: "%%bash\norigin.la‸", from: "", want: "", exact: true},
		{src: "x := 7 %\n    num‸", from: "num", want: "numbers"},

		// Strings.
		{src: `os.Open("da‸")`, from: "da", want: "data.csv Data2.csv", exact: true},
		{src: `os.Open("sub/‸`, from: "", want: "inner.txt", exact: true},
		{src: "os.Open(`./sub/in‸`)", from: "in", want: "inner.txt", exact: true},
		{src: `os.Open(".h‸")`, from: ".h", want: ".hidden", exact: true},
		{src: `x := "no such thing‸"`, from: "", want: "", exact: true},
		{src: `x := "done"‸`, from: "", want: "", exact: true},
		{src: `import "net/ht‸"`, from: "net/ht", want: "net/http net/http/cgi net/http/cookiejar net/http/fcgi net/http/httptest net/http/httptrace net/http/httputil net/http/pprof", exact: true},
		{src: "import (\n\t\"fmt\"\n\tx \"encoding/js‸", from: "encoding/js", want: "encoding/json", exact: true},
		{src: `import "htt‸`, from: "htt", want: "net/http net/http/httptest net/http/httptrace net/http/httputil", exact: true},
		{src: "import \"fmt\"\nos.Open(\"da‸", from: "da", want: "data.csv Data2.csv", exact: true},
	} {
		t.Run(c.src, func(t *testing.T) {
			code, cursor := at(t, c.src)
			got := e.Complete(context.Background(), code, cursor)
			runes := []rune(code)
			if got.Start < 0 || got.End > len(runes) || got.Start > got.End {
				t.Fatalf("range %d to %d", got.Start, got.End)
			}
			if from := string(runes[got.Start:got.End]); len(got.Matches) > 0 && from != c.from {
				t.Errorf("replaces %q, want %q", from, c.from)
			}
			if len(got.Matches) != len(got.Types) {
				t.Errorf("%d matches, %d types", len(got.Matches), len(got.Types))
			}
			want := fields(c.want)
			if c.exact {
				if diff := cmp.Diff(want, got.Matches); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			for _, w := range want {
				if !slices.Contains(got.Matches, w) {
					t.Errorf("no %q in %q", w, got.Matches)
				}
			}
			for _, w := range fields(c.not) {
				if slices.Contains(got.Matches, w) {
					t.Errorf("%q in %q", w, got.Matches)
				}
			}
		})
	}
}

// fields splits at single spaces, and keeps the space after a colon.
func fields(s string) []string {
	list := []string{}
	for f := range strings.SplitSeq(strings.ReplaceAll(s+" ", ": ", ":\x00 "), " ") {
		if f != "" {
			list = append(list, strings.ReplaceAll(f, "\x00", " "))
		}
	}
	return list
}

func TestCompleteSorts(t *testing.T) {
	e := newEnv(t)
	for _, c := range []struct {
		src   string
		first string
	}{
		{`origin.Move(‸`, "größe limit"},
		{"here := 1\norigin.Move(‸", "größe here limit"},
		{`var p Point = ‸`, "origin"},
		{`circle.Radius = circle.‸`, "Radius"},
		{`greet(origin.‸`, "String label"},
		{`func f() string { return ‸`, "f greet"},
		{"s‸", "shape stack strings select string struct switch"},
	} {
		code, cursor := at(t, c.src)
		got := e.Complete(context.Background(), code, cursor)
		if !strings.HasPrefix(strings.Join(got.Matches, " ")+" ", c.first+" ") {
			t.Errorf("%s: got %q, want first %q", c.src, got.Matches, c.first)
		}
	}
}

func TestCompleteTypes(t *testing.T) {
	e := newEnv(t)
	for src, want := range map[string]assist.Match{
		`gree‸`:          {Text: "greet", Type: assist.KindFunc, Signature: "(name string, times int) string"},
		`origin.Mov‸`:    {Text: "Move", Type: assist.KindMethod, Signature: "(dx int, dy int) *Point"},
		`origin.X‸`:      {Text: "X", Type: assist.KindField, Signature: "int"},
		`numbe‸`:         {Text: "numbers", Type: assist.KindVar, Signature: "[]int"},
		`limi‸`:          {Text: "limit", Type: assist.KindConst, Signature: "untyped int"},
		`Shap‸`:          {Text: "Shape", Type: assist.KindType, Signature: "interface{Area() float64; Name() string}"},
		`fmt.Printl‸`:    {Text: "Println", Type: assist.KindFunc, Signature: "(a ...any) (n int, err error)"},
		`htt‸`:           {Text: "http", Type: assist.KindPackage, Signature: `"net/http"`},
		`we‸`:            {Text: "web", Type: assist.KindPackage, Signature: `"net/http"`},
		`retur‸`:         {Text: "return", Type: assist.KindKeyword},
		`%tim‸`:          {Text: "%time", Type: assist.KindMagic, Signature: "Time a statement."},
		`os.Open("dat‸"`: {Text: "data.csv", Type: assist.KindPath},
		`strings.NewR‸`:  {Text: "NewReader", Type: assist.KindFunc, Signature: "(s string) *strings.Reader"},
	} {
		code, cursor := at(t, src)
		got := e.Complete(context.Background(), code, cursor)
		if len(got.Types) == 0 || got.Types[0] != want {
			t.Errorf("%s: got %+v, want first %+v", src, got.Types, want)
		}
	}
}

// TestCompleteNothing has an empty environment, positions out of range and a
// cancelled context.
func TestCompleteNothing(t *testing.T) {
	var zero assist.Env
	for _, c := range []struct {
		code   string
		cursor int
	}{{"", 0}, {"x", -3}, {"x", 99}, {"strings.Re", 10}, {"%ti", 3}, {"a\xffb", 2}, {"import \"f", 9}, {"\"f", 2}} {
		got := zero.Complete(context.Background(), c.code, c.cursor)
		if got.Start > got.End || got.Matches == nil {
			t.Errorf("%q at %d: %+v", c.code, c.cursor, got)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := newEnv(t).Complete(ctx, "strings.Re", 10); len(got.Matches) != 0 || got.Start != 10 {
		t.Errorf("cancelled: %+v", got)
	}
}

// TestSessionUnchanged makes sure that an answer leaves the session's scope
// and types as they were.
func TestSessionUnchanged(t *testing.T) {
	e := newEnv(t)
	before := fmt.Sprint(e.Pkg.Scope())
	for _, src := range []string{
		"func (p Point) Extra() {}\ntype Circle int\nlimit := 3\norigin.‸",
		"var numbers string\nnumbers.‸",
	} {
		code, cursor := at(t, src)
		e.Complete(context.Background(), code, cursor)
		e.Inspect(context.Background(), code, cursor, 0)
	}
	if after := fmt.Sprint(e.Pkg.Scope()); after != before {
		t.Errorf("the session's scope was %s, is %s", before, after)
	}
	code, cursor := at(t, "origin.‸")
	if got := e.Complete(context.Background(), code, cursor).Matches; slices.Contains(got, "Extra") {
		t.Errorf("a method of an unrun cell stayed: %q", got)
	}
}

// FuzzComplete looks for code that makes an answer panic or leave the text.
func FuzzComplete(f *testing.F) {
	e := newEnv(f)
	for _, s := range []string{"x.", "func f(", "go func() {", "%%bash\nls", "a := []int{1,", "import (\n\"f", "`", "/*", "case x.", "}{)("} {
		f.Add(s, len(s))
	}
	f.Add("!0", -15)
	f.Fuzz(func(t *testing.T, code string, cursor int) {
		n := len([]rune(code))
		c := e.Complete(context.Background(), code, cursor)
		if c.Start < 0 || c.Start > c.End || c.End > n {
			t.Errorf("range %d to %d of %d", c.Start, c.End, n)
		}
		e.Inspect(context.Background(), code, cursor, 0)
		assist.IsComplete(code)
	})
}

func BenchmarkComplete(b *testing.B) {
	e := newEnv(b)
	var long strings.Builder
	for i := range 200 {
		fmt.Fprintf(&long, "func helper%d(a, b int) (int, error) {\n\tif a > b {\n\t\treturn a, nil\n\t}\n\treturn b, fmt.Errorf(\"%%d\", a)\n}\nv%d, err := helper%d(1, 2)\n", i, i, i)
	}
	for _, c := range []struct{ name, src string }{
		{"package", "fmt.Pri‸"},
		{"method", "strings.NewReplacer(\"a\", \"b\").Re‸"},
		{"names", "s‸"},
		{"http", "func f(w http.ResponseWriter, r *http.Request) {\n\tr.URL.‸"},
		{"long", long.String() + "for i := range v7 {\n\tfmt.Pri‸"},
	} {
		b.Run(c.name, func(b *testing.B) {
			code, cursor := at(b, c.src)
			for b.Loop() {
				if len(e.Complete(context.Background(), code, cursor).Matches) == 0 {
					b.Fatal("no matches")
				}
			}
		})
	}
}
