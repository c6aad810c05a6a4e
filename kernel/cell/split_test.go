package cell

import (
	"fmt"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/interp/link"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // "kind line:col text"
	}{
		{"empty", "", nil},
		{"comments", "// a\n/* b\n*/\n", nil},
		{"statements", "x := 1\n\ty++; z()", []string{"stmt 1:1 x := 1", "stmt 2:2 y++", "stmt 2:7 z()"}},
		{"comments around", "/*a*/ x /*b*/ + 1 // c\n// d", []string{"stmt 1:7 x /*b*/ + 1"}},
		{"a comment of two lines ends a statement", "x /* a\nb */ -y", []string{"stmt 1:1 x", "stmt 2:6 -y"}},
		{"import", "import \"a\"\nimport (\n\t\"b\"\n)", []string{`import 1:1 import "a"`, "import 2:1 import (\n\t\"b\"\n)"}},
		{"declarations", "type T int\nconst c = 1\nfunc f() {\n}\nvar v int", []string{
			"decl 1:1 type T int", "decl 2:1 const c = 1", "decl 3:1 func f() {\n}", "stmt 5:1 var v int"}},
		{"methods", "func (t T) M() {}\nfunc (t *T[K]) M() {}\nfunc (T) M() {}", []string{
			"decl 1:1 func (t T) M() {}", "decl 2:1 func (t *T[K]) M() {}", "decl 3:1 func (T) M() {}"}},
		{"literals", "func() {}()\nfunc(x int) int { return x }(1)\nfunc(f func(int) M) (int) {}(nil)", []string{
			"stmt 1:1 func() {}()", "stmt 2:1 func(x int) int { return x }(1)", "stmt 3:1 func(f func(int) M) (int) {}(nil)"}},
		{"generic", "func f[T any](x T) {}", []string{"decl 1:1 func f[T any](x T) {}"}},
		{"program", "package main\nfunc main() {}", []string{"package 1:1 package main", "decl 2:1 func main() {}"}},
		{"label", "L:\nfor {\n}", []string{"stmt 1:1 L:\nfor {\n}"}},
		{"brackets hide semicolons", "f(func() {\n\ta\n\tb\n})\n[]int{\n1,\n}", []string{
			"stmt 1:1 f(func() {\n\ta\n\tb\n})", "stmt 5:1 []int{\n1,\n}"}},
		{"raw string", "s := `\n}\n`\nx", []string{"stmt 1:1 s := `\n}\n`", "stmt 4:1 x"}},
		{"goes on", "x :=\n1\na.\nb()", []string{"stmt 1:1 x :=\n1", "stmt 3:1 a.\nb()"}},
		{"CRLF", "x := 1\r\ny := 2\r\n", []string{"stmt 1:1 x := 1", "stmt 2:1 y := 2"}},
		{"line comments have no effect", "//line a.go:7\nx /*line b.go:9*/ + y", []string{"stmt 2:1 x /*Line b.go:9*/ + y"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, chunks, err := split(Source{Serial: 1, Text: c.text})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ch := range chunks {
				kind := []string{"import", "decl", "stmt", "package"}[ch.kind]
				got = append(got, fmt.Sprintf("%s %d:%d %s", kind, ch.line, ch.col, strings.TrimRight(text[ch.start:ch.end], " \r")))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"open", "x\nf(\n1", "2:2: syntax error: ( is not closed"},
		{"closed", "x\n}", "2:1: syntax error: unexpected }"},
		{"crossed", "f(\n\t[1)", "2:4: syntax error: unexpected ): the [ at 2:2 is not closed"},
		{"string", "s := \"a\nt := `", "1:6: syntax error: string literal not terminated\n2:6: syntax error: raw string literal not terminated"},
		{"rune", "'ab'", "1:1: syntax error: illegal rune literal"},
		{"comment", "x /* a", "1:3: syntax error: comment not terminated"},
		{"character", "x # y", "1:3: syntax error: illegal character U+0023 '#'"},
		{"our mark", "xᐧold := 1", `1:2: syntax error: invalid character "ᐧ" in identifier`},
		{"too long", strings.Repeat("\n", link.MaxLine), fmt.Sprintf("1:1: syntax error: a cell of %d lines: %d are possible", link.MaxLine+1, link.MaxLine)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := split(Source{Serial: 1, Text: c.text})
			if err == nil || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// A position must name the line of every cell that split lets pass.
func TestLinesFit(t *testing.T) {
	fset := token.NewFileSet()
	comment := link.LineComment(12345, link.MaxLine, 7)
	f := fset.AddFile("", -1, len(comment)+1)
	var line int
	fmt.Sscanf(comment, "/*line "+link.File+":%d:7*/", &line)
	f.AddLineColumnInfo(0, link.File, line, 7)
	if p := link.Place(fset.Position(f.Pos(0))); p.Serial() != 12345 || p.Line() != link.MaxLine {
		t.Errorf("serial %d, line %d", p.Serial(), p.Line())
	}
}

func TestSplitOfAPart(t *testing.T) {
	_, chunks, err := split(Source{Serial: 1, Line: 5, Text: "x\ny"})
	if err != nil || len(chunks) != 2 || chunks[1].line != 6 {
		t.Errorf("%+v %v", chunks, err)
	}
	if _, _, err = split(Source{Serial: 1, Line: 5, Text: "x\n)"}); err == nil || err.Error() != "6:1: syntax error: unexpected )" {
		t.Error(err)
	}
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		text  string
		edits []edit
		want  string
	}{
		{"abc", nil, "abc"},
		{"abc", []edit{{at: 1, n: 1, text: "X"}, {at: 0, text: "<"}, {at: 3, text: ">"}}, "<aXc>"},
		// The outer is made before the inner, as a walk meets them.
		{"ab", []edit{{at: 0, text: "f("}, {at: 1, text: ")", after: true}, {at: 0, text: "g("}, {at: 1, text: ")!", after: true}}, "f(g(a)!)b"},
		{"ab", []edit{{at: 1, text: "<"}, {at: 1, text: ">", after: true}, {at: 1, n: 1, text: "B"}}, "a><B"},
	} {
		if got := apply(c.text, c.edits); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A panic below is an error of the cell.
func TestGuard(t *testing.T) {
	c := NewSession(nil).compilation(Source{Serial: 3, Line: 4}, Normal)
	err := c.guard(func() error { panic("boom") })
	e, ok := err.(*Error)
	if !ok || e.Error() != "4:1: the compiler can't take this cell: internal error: boom" || e.Diagnostics[0].Pos.Serial() != 3 {
		t.Error(err)
	}
}
