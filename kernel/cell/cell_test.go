package cell_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/interp/code"
)

// session returns a session of cells that are taken as if an interpreter had run them.
func session(t testing.TB, cells ...string) *cell.Session {
	t.Helper()
	s := cell.NewSession(lib)
	for i, src := range cells {
		mustCompile(t, s, i+1, src).Commit()
	}
	return s
}

func compileError(s *cell.Session, src string) string {
	_, err := s.Compile(cell.Source{Serial: 1000, Text: src}, cell.Normal)
	if err == nil {
		return ""
	}
	var e *cell.Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("%T", err)
	}
	for _, d := range e.Diagnostics {
		if d.Pos.Serial() != 1000 {
			return fmt.Sprintf("error in source %d: %s", d.Pos.Serial(), d.Text)
		}
	}
	return err.Error()
}

func TestErrors(t *testing.T) {
	before := []string{"x := 1\nfunc f(n int) int { return n }", "import \"strings\"\ntype T struct{ A, b int }"}
	for _, c := range []struct{ name, cell, want string }{
		{"syntax", "y := 1 +/ 2", "1:9: syntax error: expected operand, found '/'"},
		{"indirect", "y := 1 +* 2", "1:11: invalid operation: cannot indirect 2 (untyped int constant)"},
		{"several", "if {\n}\nx x\ny := )", "4:6: syntax error: unexpected )"},
		{"several statements", "if {\n}\nx x\nfor i := 0 {\n}", "1:4: syntax error: missing condition in if statement\n3:3: syntax error: expected ';', found x\n4:5: syntax error: expected boolean or range expression, found assignment (missing parentheses around composite literal?)"},
		{"wants more", "\n\ty :=", "2:6: syntax error: expected operand, found the end of the cell"},
		{"wants more after a comment", "y := // what?\n", "1:6: syntax error: expected operand, found the end of the cell"},
		{"no new variables", "y := 1\ny := 2", "2:3: no new variables on left side of :="},
		{"repeated", "y, y := 1, 2", "1:4: y repeated on left side of :="},
		{"redeclared", "var y int\nvar y string", "2:5: y redeclared in this cell"},
		{"redeclared function", "func g() {}\nfunc g() {}", "2:6: g redeclared in this block"},
		{"variable and function", "func g() {}\ng := 1", "2:1: g redeclared in this block"},
		{"before its declaration", "fmt.Println(y)\ny := 1", "1:13: undefined: y (the cell declares it below)"},
		{"in its own declaration", "rec := func() { rec() }", "1:17: undefined: rec (the cell declares it below)"},
		{"key before its declaration", "type M map[string]int\nm := M{k: 1}\nk := \"a\"", "2:8: undefined: k (the cell declares it below)"},
		{"undefined", "undef + x", "1:1: undefined: undef"},
		{"undefined, all of them", "a1\nb1()\nvar c c1", "1:1: undefined: a1\n2:1: undefined: b1\n3:7: undefined: c1"},
		{"a package as a value", "fmt", "1:1: undefined: fmt (a package: write fmt.Name)"},
		{"a name that is none of a package", "strings.Foo", "1:9: undefined: strings.Foo"},
		{"types", "f(\"a\")", "1:3: cannot use \"a\" (untyped string constant) as int value in argument to f"},
		{"arguments", "f(1, 2)", "1:6: too many arguments in call to f\n\thave (number, number)\n\twant (int)"},
		{"assignment", "x = \"s\"", "1:5: cannot use \"s\" (untyped string constant) as int value in assignment"},
		{"assigned where it exists", "a, b := 1, 2\na, c := \"s\", 3\n_, _ = b, c", "2:1: cannot use a (variable of type string) as int value in assignment"},
		{"a field", "T{}.c", "1:5: T{}.c undefined (type T has no field or method c)"},
		{"interface", "var e error = T{}", "1:15: cannot use T{} (value of struct type T) as error value in variable declaration: T does not implement error (missing method Error)"},
		{"unused result", "x + 1\nx", "1:1: x + 1 (value of type int) is not used"},
		{"label", "break L", "1:7: invalid break label L"},
		{"missing return", "func g() int {\n}", "2:1: missing return"},
		{"no body", "func g()", "1:6: missing function body"},
		{"overflow", "1 << 64", "1:1: cannot use 1 << 64 (untyped int constant 18446744073709551616) as int value (overflows)"},
		{"overflow in a call", "complex(1e400, 1)", "1:1: cannot use (1e+400 + 1i) (untyped complex constant) as complex128 value (overflows)"},
		{"nil", "y := nil", "1:6: use of untyped nil in variable declaration"},
		{"void", "y := print()", "1:6: print() (no value) used as value"},
		{"a type", "struct{}", "1:1: struct{} (type) is not an expression"},
		{"recursive type", "type R struct{ r R }", "1:6: invalid recursive type: R refers to itself"},
		{"import", "import \"no/such\"", "1:8: package no/such is not in the standard library"},
		{"import with a dot", "import . \"no/such\"", "1:10: package no/such is not in the standard library"},
		{"import C", "import \"C\"", "1:8: import \"C\": a cell is interpreted and can't use cgo"},
		{"package", "package a", "1:1: package a: a cell is part of package main; without this line its names become the session's"},
		{"column behind tabs and umlauts", "\tä := 1; ö()", "1:11: undefined: ö"},
		{"method of a variable", "func (r x) M() {}", "1:9: x (package-level variable) is not a type"},
		{"method of a dotted type", "import . \"bytes\"\nfunc (b Buffer) M() {}", "2:9: cannot define new methods on non-local type bytes.Buffer"},
		{"method of a foreign type", "func (b bytes.Buffer) M() {}", "1:9: cannot define new methods on non-local type bytes.Buffer"},
		{"local type", "v := func() struct{} { return struct{}{} }()\nw := func() any { type L struct{}; return []L{} }()\nu := func[T any]() {}", "3:10: syntax error: function type must have no type parameters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, compileError(session(t, before...), c.cell)); d != "" {
				t.Error(d)
			}
		})
	}
}

// state is all that a session knows.
func state(s *cell.Session) string {
	return fmt.Sprintln(s.Vars(), s.Names(), s.Imports(), s.Serials(), s.Replay().Source, s.Package().Scope().Names())
}

func TestAFailedCellChangesNothing(t *testing.T) {
	s := session(t, "import str \"strings\"\nimport . \"math\"\nx := 1\ntype T struct{ n int }\nt1 := T{}",
		"func f() int { return x }\nconst c = 1", "x := \"s\"")
	was := state(s)
	for _, src := range []string{
		"f(", "x := nope", "type T struct{ m int }\nnope", "func f() {}\nconst c = \"s\"\nnope", "import str \"os\"\nimport . \"os\"\nnope",
		"x := 1\nf(1)", "x := x + 1", "package main\nfunc main() { nope }",
	} {
		if compileError(s, src) == "" {
			t.Errorf("%q compiles", src)
		}
		if now := state(s); now != was {
			t.Errorf("%q changed the session:\n%s", src, cmp.Diff(was, now))
		}
	}
	// Nor does a cell that compiles before it is committed.
	mustCompile(t, s, 99, "x := 1\ntype T struct{ m int }\nfunc f() {}\nimport str \"os\"")
	if now := state(s); now != was {
		t.Errorf("a cell that wasn't committed changed the session:\n%s", cmp.Diff(was, now))
	}
}

func TestImports(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  map[string]string
	}{
		{[]string{"strings.ToUpper(\"a\")"}, map[string]string{"strings": "strings"}},
		{[]string{"rand.Intn(3)"}, map[string]string{"rand": "math/rand"}},
		{[]string{"rand.IntN(3)"}, map[string]string{"rand": "math/rand/v2"}},
		{[]string{"rand.Reader"}, map[string]string{"rand": "crypto/rand"}},
		{[]string{"rand.IntN(3)", "rand.Reader"}, map[string]string{"rand": "crypto/rand"}},
		{[]string{"rand.New(rand.NewPCG(1, 2))"}, map[string]string{"rand": "math/rand/v2"}},
		{[]string{"rand.New(rand.NewSource(1))", "rand.Int()"}, map[string]string{"rand": "math/rand"}},
		{[]string{"template.HTML(\"a\")"}, map[string]string{"template": "html/template"}},
		{[]string{"template.New(\"a\")"}, map[string]string{"template": "text/template"}},
		{[]string{"import \"crypto/rand\"", "rand.Reader"}, map[string]string{"rand": "crypto/rand"}},
		{[]string{"import s \"strings\"", "s.ToUpper(\"a\")"}, map[string]string{"s": "strings"}},
		{[]string{"import . \"strings\"", "ToUpper(\"a\")"}, map[string]string{".strings": "strings"}},
		{[]string{"import _ \"image/png\""}, map[string]string{}},
		{[]string{"strings := []int{1}\nstrings[0]"}, map[string]string{}},
		{[]string{"func f(strings []string) string { return strings[0] }"}, map[string]string{}},
		{[]string{"type T struct{ sync.Mutex }"}, map[string]string{"sync": "sync"}},
		{[]string{"display.HTML(\"a\")"}, map[string]string{"display": "github.com/goherd/goherd/display"}},
		{[]string{"import \"math/rand/v2\"\nimport r \"math/rand\""}, map[string]string{"rand": "math/rand/v2", "r": "math/rand"}},
	} {
		if d := cmp.Diff(c.want, session(t, c.cells...).Imports()); d != "" {
			t.Errorf("%q: %s", c.cells, d)
		}
	}
	// What a cell imports itself isn't given up for what fits better.
	s := session(t, "import \"crypto/rand\"")
	if got := compileError(s, "rand.IntN(3)"); !strings.Contains(got, "undefined: rand.IntN") {
		t.Error(got)
	}
}

// A session's own names come before those imported with a dot.
func TestDotImportIsInNobodysWay(t *testing.T) {
	s := session(t, "import . \"math\"", "func area(r float64) float64 { return Pi * r }", "func Floor(s string) string { return s }", "Pi := \"pie\"", "import . \"math\"")
	if got := compileError(s, "Floor(Pi) + Floor(\"a\")"); got != "" {
		t.Error(got)
	}
	if got := compileError(s, "area(Sqrt(2))"); got != "" {
		t.Error(got)
	}
}

func TestEarlierTypes(t *testing.T) {
	s := session(t, "type T struct{ A int }\na := T{1}\nb := []*T{&a}\nn := 1\nfunc mk() []*T { return b }")
	p := mustCompile(t, s, 2, "type T struct{ A, B int }")
	want := []string{
		"mk no longer compiles and is gone until it does: cannot use b (variable of type []*earlier T) as []*T value in return statement",
		"a and b still have the earlier type T: run their cells again to make them anew",
	}
	if d := cmp.Diff(want, p.Notes); d != "" {
		t.Error(d)
	}
	p.Commit()
	var shown []string
	for _, v := range s.Vars() {
		shown = append(shown, v.Name+" "+v.Type)
	}
	if want := []string{"a earlier T", "b []*earlier T", "n int"}; !slices.Equal(shown, want) {
		t.Error(shown)
	}
	if got := compileError(s, "a.A = b[0].B"); got != "1:12: b[0].B undefined (type *earlier T has no field or method B)" {
		t.Error(got)
	}
	mustCompile(t, s, 3, "a := T{1, 2}\nb := []*T{&a}").Commit()
	if got := compileError(s, "mk()[0].B"); got != "" {
		t.Errorf("mk doesn't come back: %s", got)
	}
}

func TestLose(t *testing.T) {
	s := session(t, "x, y := 1, 2\nfunc f() int { return x }\ntype T struct{}\nfunc (T) M() int { return f() }\nfunc g(t T) int { return t.M() }\nfunc pure() int { return 1 }")
	if got := s.Lose(); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("lost %v", got)
	}
	if got := s.Lose(); len(got) != 0 {
		t.Errorf("lost again %v", got)
	}
	const gone = "was lost with the interpreter that held it: run the cell that makes"
	for src, want := range map[string]string{
		"y":                "1:1: y " + gone + " it again",
		"x = 2":            "1:1: x " + gone + " it again",
		"f()":              "1:1: f uses x, which " + gone + " x again",
		"T{}.M()":          "1:5: T.M uses x, which " + gone + " x again",
		"g(T{})":           "1:1: g uses x, which " + gone + " x again",
		"func h() { f() }": "1:12: f uses x, which " + gone + " x again",
		"x := x + 1":       "1:6: x " + gone + " it again",
		"pure()":           "",
		"x := 3\nf()":      "",
		"x := 3\ng(T{})":   "",
	} {
		if d := cmp.Diff(want, compileError(s, src)); d != "" {
			t.Errorf("%q: %s", src, d)
		}
	}
}

func TestDelete(t *testing.T) {
	s := session(t, "x := 1\ny := 2\nfunc f() int { return x }\nfunc g() int { return f() }\nconst c = 1\ntype T struct{}\nfunc (T) M() {}\nt1 := T{}")
	if got := s.Delete("x", "nope", "T", "c"); !slices.Equal(got, []string{"nope"}) {
		t.Errorf("unknown: %v", got)
	}
	if got := s.Names(); len(got) != 0 {
		t.Errorf("still there: %v", got)
	}
	for src, want := range map[string]string{
		"x":   "1:1: undefined: x",
		"f()": "1:1: undefined: f (it no longer compiles: it uses x, which was deleted)",
		"g()": "1:1: undefined: g (it no longer compiles: it uses f, which no longer compiles)",
		"c":   "1:1: undefined: c",
	} {
		if d := cmp.Diff(want, compileError(s, src)); d != "" {
			t.Errorf("%q: %s", src, d)
		}
	}
	if strings.Contains(s.Replay().Source, "func") {
		t.Errorf("a new interpreter would get\n%s", s.Replay().Source)
	}
	mustCompile(t, s, 9, "x := 5").Commit()
	if got := compileError(s, "f() + g()"); got != "" {
		t.Error(got)
	}
	if got := s.Delete("f", "g", "x", "y", "t1"); len(got) != 0 {
		t.Errorf("unknown: %v", got)
	}
	if got := s.Vars(); len(got) != 0 {
		t.Errorf("still there: %v", got)
	}
}

func TestBrokenComesBack(t *testing.T) {
	s := session(t, "func a() int { return 1 }\nfunc b() int { return a() }\nfunc c() int { return b() }")
	p := mustCompile(t, s, 2, "func a() string { return \"\" }")
	if len(p.Notes) != 2 || !strings.HasPrefix(p.Notes[0], "b no longer") || !strings.HasPrefix(p.Notes[1], "c no longer") {
		t.Errorf("%q", p.Notes)
	}
	p.Commit()
	if got := s.Names(); !slices.Equal(got, []string{"a"}) {
		t.Error(got)
	}
	// A broken function may be declared anew …
	mustCompile(t, s, 3, "func c() int { return 3 }").Commit()
	// … and the others come back without it.
	mustCompile(t, s, 4, "func a() int { return 4 }").Commit()
	if got := s.Names(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Error(got)
	}
	if text, serial, ok := s.Text("c"); text != "func c() int { return 3 }" || serial != 3 || !ok {
		t.Error(text, serial, ok)
	}
}

func TestTextAndFuncAt(t *testing.T) {
	s := session(t, "type T struct{}\n\nfunc (T) M() {\n\tprint(1)\n}\nx := map[string]T{}")
	for name, want := range map[string]string{"T": "type T struct{}", "T.M": "func (T) M() {\n\tprint(1)\n}", "x": "var x map[string]T"} {
		if got, serial, ok := s.Text(name); got != want || serial != 1 || !ok {
			t.Errorf("%s: %q %d %t", name, got, serial, ok)
		}
	}
	if _, _, ok := s.Text("nope"); ok {
		t.Error("a name that isn't there has a text")
	}
	for line, want := range map[int]string{1: "", 3: "T.M", 4: "T.M", 5: "T.M", 6: ""} {
		if got := s.FuncAt(1, line); got != want {
			t.Errorf("line %d: %q", line, got)
		}
	}
	if got := s.FuncAt(2, 4); got != "" {
		t.Error(got)
	}
}

// ops counts the nodes of a program by what they do.
func ops(t *testing.T, p *cell.Program) map[code.Op]int {
	t.Helper()
	program, err := code.Decode(p.Code)
	if err != nil {
		t.Fatal(err)
	}
	out := map[code.Op]int{}
	var walk func(n *code.Node)
	walk = func(n *code.Node) {
		if n == nil {
			return
		}
		out[n.Op]++
		for _, k := range n.Kids {
			walk(k)
		}
	}
	for _, f := range program.Funcs {
		walk(f.Body)
	}
	return out
}

func TestDescribeAndZero(t *testing.T) {
	s := session(t, "type T struct{ n int }\nfunc (T) String() string { return \"T\" }\na, b := T{}, 2")
	p, err := s.Describe("a", "b", "nope")
	if err != nil || ops(t, p)[code.Describe] != 2 {
		t.Errorf("%v %v", err, p)
	}
	p.Commit() // has no effect, but must do no harm
	if p, err = s.Zero("a", "nope"); err != nil || ops(t, p)[code.Assign] != 1 {
		t.Errorf("%v %v", err, p)
	}
	s.Lose()
	if p, err = s.Describe("a"); err != nil || ops(t, p)[code.Describe] != 0 {
		t.Errorf("%v %v", err, p)
	}
}

// The text for yaegi says what that can't do instead of doing it wrong.
func TestTextSession(t *testing.T) {
	s := cell.NewTextSession(lib)
	mustCompile(t, s, 1, "type T struct{ n int }\nfunc (T) String() string { return \"T\" }\na, b := T{}, 2").Commit()
	p, err := s.Describe("a", "b", "nope")
	if err != nil || p.Entry == "" || strings.Count(p.Source, ".Describe(") != 2 || strings.Count(p.Source, ".Method(") != 1 || len(p.Types) == 0 {
		t.Errorf("%v %s", err, p.Source)
	}
	if p, err = s.Zero("a", "nope"); err != nil || strings.Count(p.Source, "var zero") != 1 {
		t.Errorf("%v %s", err, p.Source)
	}
	if p, err = s.Compile(cell.Source{Serial: 2, Text: "x := 1\nx + 1"}, cell.Timeit); err != nil || !strings.Contains(p.Source, ".Loops()") {
		t.Errorf("%v %s", err, p.Source)
	}
	for text, want := range map[string]string{
		"for range (func(func() bool))(nil) {\n}": "1:11: the interpreter can't do this yet: range over a function",
		"defer fmt.Println([]any{1}...)":          "1:7: the interpreter can't do this yet: a deferred call with ...: defer a function literal that makes the call",
		"max(b, 2)":                               "1:1: the interpreter can't do this yet: the built-in function max",
	} {
		if got := compileError(s, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// The package that the editing help sees has the user's names only.
func TestPackageHasNoNamesOfTheCompiler(t *testing.T) {
	s := session(t, "x, y := 1, 2", "x, z := 3, 4\nx, w := 5, 6", "x := x + 1", "import . \"math\"\nfunc f() float64 { return Pi }\nfunc init() {}", "x := \"s\"")
	if got, want := s.Package().Scope().Names(), []string{"f", "w", "x", "y", "z"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTimeit(t *testing.T) {
	s := session(t)
	p, err := s.Compile(cell.Source{Serial: 1, Text: "x := 1\nx + 1"}, cell.Timeit)
	if err != nil {
		t.Fatal(err)
	}
	if n := ops(t, p); n[code.Intrinsic] != 1 || n[code.Result] != 0 {
		t.Errorf("%v", n)
	}
}

func TestParts(t *testing.T) {
	// Two parts of a cell, with a magic between them, have one serial.
	s := cell.NewSession(lib)
	mustCompile(t, s, 7, "type T struct{}\nfunc f() T { return T{} }\nx := f()").Commit()
	p, err := s.Compile(cell.Source{Serial: 7, Line: 9, Text: "type T struct{ n int }\nf().n"}, cell.Normal)
	if err != nil {
		t.Fatal(err)
	}
	p.Commit()
	if got := compileError(s, "f().n"); got != "" {
		t.Error(got)
	}
	_, err = s.Compile(cell.Source{Serial: 7, Line: 12, Text: "\nnope"}, cell.Normal)
	if err == nil || err.Error() != "13:1: undefined: nope" {
		t.Error(err)
	}
}

func TestSerials(t *testing.T) {
	s := session(t, "x := 1", "func f() {}\nfunc g() {}", "func f() {}", "1")
	if got := slices.Sorted(maps.Keys(s.Serials())); !slices.Equal(got, []int{1, 2, 3}) {
		t.Error(got)
	}
}

func TestLongCell(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "x%d := %d\n", i, i)
	}
	if got := compileError(session(t), b.String()+"nope"); got != "3001:1: undefined: nope" {
		t.Error(got)
	}
}

// Whatever the cells are, the compiler answers, and with an error of its own.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"x := 1\nx", "type T struct{}\nfunc (t T) M() {}", "func (x x) M() {}", "import . \"math\"\nPi", "const (\n a = iota\n b\n)",
		"var a, b = b, a", "L: x := 1", "x := x", "type A = B\ntype B = A", "package main\nvar a = b\nvar b = 1\nfunc main() {}", "func f[T any](x T) {}\nf(1)",
		"//line a:1\nx", "(nil)", "func() {}", "go f()", "x.y.z", "type T[P any] struct{}\nfunc (T[P]) m() {}", "panic(T{})", "import fmt \"os\"\nfmt.Exit",
	} {
		f.Add("x := 1\ntype T struct{ n int }", seed)
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		s := cell.NewSession(lib)
		for i, src := range []string{first, second, first} {
			p, err := s.Compile(cell.Source{Serial: i + 1, Text: src}, cell.Normal)
			if err != nil {
				var e *cell.Error
				if !errors.As(err, &e) || len(e.Diagnostics) == 0 {
					t.Fatalf("%q: %T %v", src, err, err)
				}
				if strings.Contains(err.Error(), "internal error") {
					t.Errorf("%q: %v", src, err)
				}
				continue
			}
			p.Commit()
			s.Replay()
		}
	})
}
