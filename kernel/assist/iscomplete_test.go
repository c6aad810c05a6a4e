package assist_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/assist"
)

func TestIsComplete(t *testing.T) {
	const (
		complete   = assist.Complete
		incomplete = assist.Incomplete
		invalid    = assist.Invalid
	)
	for _, c := range []struct {
		code   string
		status assist.Status
		indent string
	}{
		{"", complete, ""},
		{"\n\n", complete, ""},
		{"1 + 1", complete, ""},
		{"x", complete, ""},
		{`fmt.Println("hello")`, complete, ""},
		{"import \"fmt\"\nx := 1\nfunc f() int { return x }\nfmt.Println(f())", complete, ""},
		{"import (\n\t\"fmt\"\n)\n\ntype T struct {\n\tA int\n}\n\nfor i := range 3 {\n\tfmt.Println(i)\n}", complete, ""},
		{"package main\n\nfunc main() {\n}\n", complete, ""},
		{"func (t T) M() {}", complete, ""},
		{"func() {\n}()", complete, ""},
		{"for i := 0; i < 3; i++ {\n}", complete, ""},
		{"if x := f(); x > 0 {\n} else {\n}", complete, ""},
		{"outer:\nfor {\n\tbreak outer\n}", complete, ""},
		{"x := `a\nb`", complete, ""},
		{"x := 1 // note", complete, ""},
		{"/* note\n */", complete, ""},
		{"undefined(1, \"a\" + 2)", complete, ""}, // a type error is shown when run
		{"%time f()", complete, ""},
		{"!ls | wc -l && echo \"", complete, ""},
		{"!ls\nx := 1", complete, ""},
		{"fmt.Println?", complete, ""},
		{"?greet", complete, ""},
		{"x := 1\ngreet??", complete, ""},
		{"// really?", complete, ""},

		{"func f() {", incomplete, "\t"},
		{"func f() {\n", incomplete, "\t"},
		{"func f() {\n\tif x {\n\t\treturn\n\t}", incomplete, "\t"},
		{"func f() {\n\tfor i := range 3 {", incomplete, "\t\t"},
		{"func f() {\n\tgo func(a int) {", incomplete, "\t\t"},
		{"f(func() {", incomplete, "\t"},
		{"switch x {\ncase 1:", incomplete, "\t"},
		{"fmt.Println(", incomplete, "\t"},
		{"fmt.Println(1,", incomplete, "\t"},
		{"fmt.Println(1, // one\n", incomplete, "\t"},
		{"x := []int{\n\t1,\n\t2,\n", incomplete, "\t"},
		{"x := []int{1,", incomplete, "\t"},
		{"x := map[string][]int{\n\t\"a\": {", incomplete, "\t\t"},
		{"x := 1 +", incomplete, "\t"},
		{"x :=", incomplete, "\t"},
		{"a, b,", incomplete, "\t"},
		{"strings.", incomplete, "\t"},
		{"var x =", incomplete, "\t"},
		{"type T struct {", incomplete, "\t"},
		{"import (", incomplete, "\t"},
		{"x := `a", incomplete, ""},
		{"/* note", incomplete, ""},
		{"if a &&", incomplete, "\t"},
		{"if x {\n} else", incomplete, "\t"},
		{"x := 1\nfunc f() {", incomplete, "\t"},
		{"!ls\nfunc f() {", incomplete, "\t"},

		{"%%bash", incomplete, ""},
		{"%%bash\nls {", incomplete, ""},
		{"%%bash\nls\n", complete, ""},

		{")", invalid, ""},
		{"f(]", invalid, ""},
		{"func f() }", invalid, ""},
		{"x := 1 1", invalid, ""},
		{"x = = 2", invalid, ""},
		{"x := \"abc", invalid, ""},
		{"x := 'a", invalid, ""},
		{"import = 3", invalid, ""},
		{"x := 5 ? 1 : 2", invalid, ""},
		{"for i = 0 {\n", invalid, ""},
		{"func f() {\n\tx := := 1\n", invalid, ""},
		{"if x", invalid, ""}, // a newline here can't be followed by {
		{"func f()", invalid, ""},
		{"func f()\n{", invalid, ""},
		{"if x {\n}\nelse {\n}", invalid, ""},
		{"x := #", invalid, ""},
		{"func f() {\n}\ny = = 1\nfunc g() {", invalid, ""},
	} {
		status, indent := assist.IsComplete(c.code)
		if status != c.status || indent != c.indent {
			t.Errorf("%q: %s, %q; want %s, %q", c.code, status, indent, c.status, c.indent)
		}
	}
}
