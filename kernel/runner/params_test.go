package runner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/notebook"
)

func TestDeclarations(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		want      map[string]string
	}{
		{"short", "n := 10\nx, s := 1.5, \"a\"", map[string]string{"n": "int", "x": "float64", "s": "string"}},
		{"var", "var a int64 = 1\nvar (\n\tb = true\n\tc, d []string\n)", map[string]string{"a": "int64", "b": "bool", "c": "[]string", "d": "[]string"}},
		{"arithmetic", "a := -(2 * 3)\nb := 1 + 2.5\nc := \"x\" + `y`\nd := 'r'", map[string]string{"a": "int", "b": "float64", "c": "string", "d": "rune"}},
		{"others", "a := f()\nb := []int{1}\nc := 5 * time.Second\nd, e := g()\nh := uint8(3)\ni := map[string]int{}",
			map[string]string{"a": "", "b": "[]int", "c": "", "d": "", "e": "", "h": "uint8", "i": "map[string]int"}},
		{"imports and magics", "import (\n\t\"time\"\n)\nimport \"fmt\"\n%env A=1\nn := 1 // trailing\n!ls 'x", map[string]string{"n": "int"}},
		{"constants are no variables", "const c = 1\nn := 1\nn = 2\n_ = n", map[string]string{"n": "int"}},
		{"functions beside", "var n = 1\nfunc f() int { m := 2; return m }\ntype T int", map[string]string{"n": "int"}},
		{"inner blocks", "n := 1\nif true { m := 2; _ = m }", map[string]string{"n": "int"}},
		{"comment at the end", "n := 1 // x", map[string]string{"n": "int"}},
		{"empty", "// nothing", map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := declarations(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	_, err := declarations("import \"fmt\"\nn := 1\nm := := 2")
	if err == nil || !strings.HasPrefix(err.Error(), "line 3: ") {
		t.Errorf("have %v", err)
	}
}

func TestLiteral(t *testing.T) {
	for _, tt := range []struct{ typ, value, want, err string }{
		{"int", "20", "20", ""},
		{"int", " -0x1F ", "-0x1F", ""},
		{"int", "1e6", "1e6", ""},
		{"int", "10*1000", "10*1000", ""},
		{"int", "1.5", "", "the variable is of type int"},
		{"int", "abc", "", "the variable is of type int"},
		{"int", `"1"`, "", "the variable is of type int"},
		{"int", "", "", "the variable is of type int"},
		{"int", "1)+(2", "", "the variable is of type int"},
		{"int", "1; os.Exit(1)", "", "the variable is of type int"},
		{"uint8", "256", "", "the variable is of type uint8"},
		{"uint8", "255", "255", ""},
		{"float64", "20", "20", ""},
		{"float64", "1e-3", "1e-3", ""},
		{"bool", "true", "true", ""},
		{"bool", "1", "", "the variable is of type bool"},
		{"string", "20", `"20"`, ""},
		{"string", "a \"b\"\n", `"a \"b\"\n"`, ""},
		{"string", "", `""`, ""},
		{"rune", "x", "'x'", ""},
		{"rune", "7", "7", ""},
		{"[]string", `[]string{"a"}`, `[]string{"a"}`, ""},
		{"[]string", "a b", "", "the value is not a Go expression"},
		{"", "5 * time.Second", "5 * time.Second", ""},
		{"time.Duration", "5s", "", "the value is not a Go expression"},
	} {
		got, err := literal(tt.typ, tt.value)
		msg := ""
		if err != nil {
			msg = err.Error()
		}
		if got != tt.want || msg != tt.err {
			t.Errorf("%s %q: have %q, %q; want %q, %q", tt.typ, tt.value, got, msg, tt.want, tt.err)
		}
	}
}

func TestInject(t *testing.T) {
	cells := func(nb *notebook.Notebook) (list []string) {
		for _, c := range nb.Cells {
			list = append(list, strings.Join(append(c.Tags(), c.Source), "|"))
		}
		return list
	}
	tagged := func(tag, src string) *notebook.Cell {
		c := notebook.NewCell(notebook.Code, src)
		c.AddTag(tag)
		return c
	}
	params := []param{{"n", "1"}, {"s", "x"}, {"n", "2"}}
	top := notebook.NewCell(notebook.Markdown, "top")

	nb := notebook.New()
	nb.Cells = []*notebook.Cell{top, tagged(tagParameters, "n, s := 0, \"\""), tagged(tagInjected, "old"), tagged("x", "end")}
	for range 2 { // the second run replaces what the first one injected
		if err := inject(nb, params); err != nil {
			t.Fatal(err)
		}
		want := []string{"top", "parameters|n, s := 0, \"\"", "injected-parameters|// Parameters\nn = 2\ns = \"x\"", "x|end"}
		if diff := cmp.Diff(want, cells(nb)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}

	nb.Cells = []*notebook.Cell{top}
	if err := inject(nb, append(params, param{"f", "-1.5"}, param{"b", "false"}, param{"e", "f()"})); err != nil {
		t.Fatal(err)
	}
	want := []string{"injected-parameters|// Parameters\nn := 2\ns := \"x\"\nf := -1.5\nb := false\ne := \"f()\"", "top"}
	if diff := cmp.Diff(want, cells(nb)); diff != "" {
		t.Errorf("no cell tagged parameters (-want +got):\n%s", diff)
	}

	for _, tt := range []struct {
		src  string
		p    param
		want string
	}{
		{"n := 1", param{"m", "1"}, `-p m: the cell tagged "parameters" declares no such variable`},
		{"n := 1", param{"n", "x"}, `-p n=x: the variable is of type int`},
		{"const n = 1", param{"n", "2"}, `-p n: the cell tagged "parameters" declares no such variable`},
		{"n := := 1", param{"n", "2"}, `the cell tagged "parameters": line 1: expected operand, found ':='`},
	} {
		nb.Cells = []*notebook.Cell{tagged(tagParameters, tt.src)}
		if err := inject(nb, []param{tt.p}); err == nil || err.Error() != tt.want {
			t.Errorf("%s: have %v, want %s", tt.src, err, tt.want)
		}
	}
}

func TestParseParam(t *testing.T) {
	for _, bad := range []string{"n", "=1", "a.b=1", "1a=2", "func=1", "_=1", ""} {
		if _, err := parseParam(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if p, err := parseParam("n=a=b"); err != nil || p != (param{"n", "a=b"}) {
		t.Errorf("have %v, %v", p, err)
	}
}
