//go:build unix

package kernel_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/wire"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func pid(t *testing.T, r wire.ExecuteResult) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(fmt.Sprint(r.Data["text/plain"]), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestErrors(t *testing.T) {
	f := start(t)
	f.Run("type E struct{ Code int }\nfunc (e E) Error() string { return fmt.Sprint(\"code \", e.Code) }\nfunc fails(n int) error {\n\treturn fmt.Errorf(\"outer %d: %w\", n, os.ErrNotExist)\n}\nfunc index(s []int, i int) int {\n\treturn s[i]\n}")
	for _, c := range []struct{ code, ename, evalue, trace string }{
		{"xs := []int{1}\nindex(xs, 5)", "runtime error", "index out of range…", `runtime error: index out of range…
cell [1], line 7, in index
     6 │ func index(s []int, i int) int {
→    7 │     return s[i]
     8 │ }
cell […], line 2
     1 │ xs := []int{1}
→    2 │ index(xs, 5)`},
		{"var p *struct{ X int }\np.X", "runtime error", "invalid memory address or nil pointer dereference", `runtime error: invalid memory address or nil pointer dereference
cell […], line 2
     1 │ var p *struct{ X int }
→    2 │ p.X`},
		{"n := 0\n1 / n", "runtime error", "integer divide by zero", "…line 2…"},
		{"panic(E{3})", "…E", "code 3", "…code 3…line 1…"},
		{"fails(4)", "error", "outer 4: file does not exist", "error: outer 4: file does not exist\n  wraps error: file does not exist\n…fails(4)"},
		{"panic(fmt.Sprintf(\"%d\", 12))", "panic", "12", "panic: 12…"},
		{"a := 1 +\nb := nothing\nx y", "compile error", "…", "…"},
		{"u := unknown1\nv := \"s\" + 1\nfmt.Printn()", "compile error", "1:6: undefined: unknown1 (and 2 more)", `3 compile errors: nothing of the cell was run
cell […], line 1, column 6: undefined: unknown1
→    1 │ u := unknown1
       │      ^
     2 │ v := "s" + 1
cell […], line 2, column…
→    2 │ v := "s" + 1
…
cell […], line 3, column 5: undefined: fmt.Printn: did you mean Println?
     2 │ v := "s" + 1
→    3 │ fmt.Printn()
       │     ^`},
	} {
		reply := f.Run(c.code, "error: "+c.ename+": "+c.evalue)
		if got := traceback(reply.Traceback); !glob(c.trace, got) {
			t.Errorf("%s\n%s", c.code, cmp.Diff(c.trace, got))
		}
	}
}

func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(text)
}
