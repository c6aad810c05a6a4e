package conform

import (
	"strings"
	"testing"
)

func TestCells(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"statements", "import \"fmt\"\nfunc main() {\n\ta := 1\n\tb := 2\n\tc := 3\n\tfmt.Println(a, b, c)\n}",
			[]string{`import "fmt"`, "a := 1\n\tb := 2\n\tc := 3", "fmt.Println(a, b, c)"}},
		{"needed first", "func f() { g() }\nvar x = 1\nfunc g() { x++ }\nfunc main() { f() }",
			[]string{"var x = 1", "func g() { x++ }", "func f() { g() }", "f()"}},
		{"each other", "func f() { g() }\ntype T int\nfunc g() { f() }\nfunc main() { f() }",
			[]string{"func f() { g() }\n\nfunc g() { f() }", "type T int", "f()"}},
		{"methods", "func (t *T) M() {}\ntype T int\nfunc main() {}", []string{"type T int\n\nfunc (t *T) M() {}"}},
		{"order of variables", "var a = f()\nvar b = a\nvar c = 1\nfunc f() int { return c }\nfunc main() {}",
			[]string{"package main\nvar a = f()\nvar b = a\nvar c = 1\nfunc f() int { return c }\nfunc main() {}"}},
		{"local type as type argument", "type G[T any] struct{}\nfunc main() {\n\ttype t int\n\tprintln(any(G[t]{}))\n}",
			[]string{"type G[T any] struct{}", "func main() {\n\ttype t int\n\tprintln(any(G[t]{}))\n}", "main()"}},
		{"local type", "func main() {\n\ttype t int\n\tprintln(t(1))\n}", []string{"type t int\n\tprintln(t(1))"}},
		{"of a goroutine", "import \"runtime/debug\"\nfunc main() {\n\tdebug.SetPanicOnFault(true)\n\tf()\n\tf()\n\tf()\n}\nfunc f() {}",
			[]string{"import \"runtime/debug\"", "func f() {}", "debug.SetPanicOnFault(true)\n\tf()\n\tf()\n\tf()"}},
		{"return", "func main() { if true { return }; println() }", []string{"func main() { if true { return }; println() }", "main()"}},
		{"return in a literal", "func main() { f := func() { return }; f() }", []string{"f := func() { return }; f()"}},
		{"label", "func main() { L: for { break L } }", []string{"func main() { L: for { break L } }", "main()"}},
		{"recover", "func main() { defer func() { recover() }() }", []string{"func main() { defer func() { recover() }() }", "main()"}},
		{"defer", "func main() {\n\tdefer f()\n\ta := 1\n\t_ = a\n\t_ = a\n\t_ = a\n}\nfunc f() {}",
			[]string{"func f() {}", "defer f()\n\ta := 1\n\t_ = a\n\t_ = a\n\t_ = a"}},
		{"hides", "var x int\nfunc f() int { return x }\nfunc main() { x := 1; _ = x; f() }",
			[]string{"var x int", "func f() int { return x }", "func main() { x := 1; _ = x; f() }", "main()"}},
		{"hides a built-in", "func main() { len := 1; _ = len }", []string{"func main() { len := 1; _ = len }", "main()"}},
		{"goroutine", "func main() {\n\tgo f()\n\tf()\n\tf()\n\tf()\n}\nfunc f() {}", []string{"func f() {}", "go f()\n\tf()\n\tf()\n\tf()"}},
		{"captured and declared again", "func main() {\n\ta, e := 1, 2\n\t_ = func() { _ = e }\n\t_ = a\n\tb, e := 2, 3\n\t_ = b\n}",
			[]string{"a, e := 1, 2\n\t_ = func() { _ = e }\n\t_ = a\n\tb, e := 2, 3\n\t_ = b"}},
		{"init", "func init() {}\nfunc main() {}", []string{"package main\nfunc init() {}\nfunc main() {}"}},
		{"comment of a declaration", "// doc\nfunc f() {}\nfunc main() {}", []string{"// doc\nfunc f() {}"}},
	} {
		got, err := Cells([]byte("package main\n" + c.src))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if a, b := strings.Join(got, "\n---\n"), strings.Join(c.want, "\n---\n"); a != b {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, a, b)
		}
	}
	for _, src := range []string{"package main\nfunc main() {", "package main\nfunc f() {}"} {
		if got, err := Cells([]byte(src)); err == nil {
			t.Errorf("%q: %q, want an error", src, got)
		}
	}
}
