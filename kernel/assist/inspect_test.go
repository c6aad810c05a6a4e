package assist_test

import (
	"context"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/assist"
)

// TestInspect has cells with the cursor at ‸. The plain text must have all of
// want, separated by "|", and none of not.
func TestInspect(t *testing.T) {
	e := newEnv(t)
	for _, c := range []struct {
		src    string
		detail int
		want   string // empty: nothing is found
		not    string
	}{
		// The standard library.
		{src: `fmt.Prin‸tln("x")`, want: "func Println(a ...any) (n int, err error)|Println formats using the default formats"},
		{src: `fmt.Println‸("x")`, want: "func Println(a ...any)"},
		{src: `fmt.Println(‸"x")`, want: "func Println(a ...any)"},
		{src: `fmt.Println("x‸y"`, want: "func Println(a ...any)"},
		{src: `fmt.Println("x", ‸`, want: "func Println(a ...any)"},
		{src: `fmt.Println("x", numbers‸`, want: "[]int{1, 2, 3}"},
		{src: `fmt.Println(strings.Repeat("x", ‸3))`, want: "func Repeat(s string, count int) string"},
		{src: `f‸mt.Println("x")`, want: "package fmt|Package fmt implements"},
		{src: `strings‸`, want: "package strings"},
		{src: `http‸`, want: "package http|\"net/http\""},
		{src: `web‸`, want: "package http"},
		{src: `strings.Builder‸{}`, want: "type Builder struct|func (*Builder) WriteRune|A Builder is used to"},
		{src: `buffer.WriteSt‸ring("x")`, want: "func (b *Buffer) WriteString(s string)|appends the contents of s"},
		{src: `client.Timeout‸`, want: "field Timeout time.Duration|Timeout specifies a time limit"},
		{src: `http.Client{Timeout‸: 3}`, want: "field Timeout time.Duration"},
		{src: `http.StatusTeapot‸`, want: "const StatusTeapot = 418|RFC 9110"},
		{src: `io.EOF‸`, want: "var EOF error|EOF is the error"},
		{src: `time.Second‸`, want: "const Second Duration"},
		{src: `slices.Sort‸`, want: "func Sort[S ~[]E, E cmp.Ordered](x S)"},
		{src: `slices.SortFunc(‸`, want: "func SortFunc["},
		{src: `strings.NewReplacer("a", "b").Replace(‸`, want: "func (r *Replacer) Replace(s string) string"},
		{src: `var r io.Reader; r.Read‸`, want: "func Read(p []byte) (n int, err error)"},
		{src: `append‸(numbers, 1)`, want: "func append(|The append built-in"},
		{src: `append(‸`, want: "func append("},
		{src: `len(num‸bers)`, want: "[]int{1, 2, 3}"},
		{src: `string‸(x)`, want: "type string string"},
		{src: `unsafe.Sizeof‸(x)`, want: "func Sizeof("},

		// The session.
		{src: `greet‸`, want: "func greet(name string, times int) string|greet greets|declared in cell 7|return name"},
		{src: `greet("a", ‸)`, want: "func greet(name string, times int) string"},
		{src: `numbers‸`, want: "var numbers []int|[]int{1, 2, 3}|cell 7"},
		{src: `numbers‸`, detail: 1, want: "var numbers []int|var numbers = []int{1, 2, 3}"},
		{src: `origin‸`, want: "var origin Point|origin is where we start"},
		{src: `Point‸`, want: "type Point struct|Point is a place|on the plane.|func (*Point) Move|label string"},
		{src: `origin.Move‸(1, 2)`, want: "func (p *Point) Move(dx, dy int) *Point|Move shifts p."},
		{src: `circle.Move(‸`, want: "func (p *Point) Move(dx, dy int) *Point"},
		{src: `circle.Radius‸`, want: "field Radius float64"},
		{src: `stack.Pop‸()`, want: "Pop takes from the top"},
		{src: `limit‸`, want: "const limit untyped int = 10"},
		{src: `shape.Area‸()`, want: "Area() float64"},

		// The cell itself.
		{src: "local := 3 * time.Second\nlocal‸", want: "var local time.Duration"},
		{src: "func twice(x int) int {\n\treturn 2 * x\n}\ntwice‸(3)", want: "func twice(x int) int|return 2 * x"},
		{src: "func twi‸ce(x int) int {\n\treturn 2 * x\n}", want: "func twice(x int) int|return 2 * x"},
		{src: "for i, v := range numbers {\n\tfmt.Println(i, v‸)\n}", want: "var v int"},
		{src: "x := broken(\nnumbers‸", want: "var numbers []int"},
		{src: "limit := \"text\"\nlimit‸", want: "var limit string"},

		// Magics.
		{src: `%tim‸e`, want: "%time|It prints how long it took."},
		{src: `%time greet‸("a", 1)`, want: "func greet("},

		// Nothing.
		{src: `‸`}, {src: `nosuch‸`}, {src: `fmt.NoSuch‸`}, {src: `fmt.NoSuch(‸`}, {src: `// greet‸`},
		{src: `x := 12‸`}, {src: `for‸ {}`}, {src: "%nosuch‸"}, {src: `"greet‸"`}, {src: "!ls gre‸et"},
		{src: `go func() { ‸ }()`},
	} {
		t.Run(c.src, func(t *testing.T) {
			code, cursor := at(t, c.src)
			got := e.Inspect(context.Background(), code, cursor, c.detail)
			if c.want == "" {
				if got.Found {
					t.Errorf("found %s", got.Data["text/plain"])
				}
				return
			}
			if !got.Found {
				t.Fatal("nothing found")
			}
			for mime, text := range got.Data {
				if text == "" {
					t.Errorf("%s is empty", mime)
				}
			}
			plain := got.Data["text/plain"]
			for w := range strings.SplitSeq(c.want, "|") {
				if !strings.Contains(plain, w) {
					t.Errorf("no %q in:\n%s", w, plain)
				}
			}
			if c.not != "" && strings.Contains(plain, c.not) {
				t.Errorf("%q in:\n%s", c.not, plain)
			}
		})
	}
}

func TestInspectFormats(t *testing.T) {
	e := newEnv(t)
	got := e.Inspect(context.Background(), "strings.Split", 13, 0)
	for mime, want := range map[string][]string{
		"text/plain":    {"func Split(s, sep string) []string\n\nSplit slices s"},
		"text/markdown": {"```go\nfunc Split(s, sep string) []string\n```\n\nSplit slices s"},
		"text/html":     {"<pre><code>func Split(s, sep string) []string</code></pre>\n<p>Split slices s", `<a href="https://pkg.go.dev/strings#Cut">Cut</a>`},
	} {
		for _, w := range want {
			if !strings.Contains(got.Data[mime], w) {
				t.Errorf("%s: no %q in:\n%s", mime, w, got.Data[mime])
			}
		}
	}
	e.Value = func(string) (string, bool) { return "<b>```</b>", true }
	got = e.Inspect(context.Background(), "numbers", 7, 0)
	if html := got.Data["text/html"]; strings.Contains(html, "<b>") || !strings.Contains(html, "&lt;b&gt;") {
		t.Errorf("value isn't escaped: %s", html)
	}
	if md := got.Data["text/markdown"]; !strings.Contains(md, "````\n<b>```</b>\n````") {
		t.Errorf("value leaves its fence: %s", md)
	}
}

func TestInspectNothing(t *testing.T) {
	var zero assist.Env
	for _, code := range []string{"", "x", "fmt.Println(", "%time", "a\xffb", "}{"} {
		for cursor := -1; cursor < len(code)+2; cursor++ {
			if got := zero.Inspect(context.Background(), code, cursor, 1); got.Found {
				t.Errorf("%q at %d: %v", code, cursor, got.Data)
			}
		}
	}
}

func BenchmarkInspect(b *testing.B) {
	e := newEnv(b)
	for _, src := range []string{"fmt.Println‸", "http.Client‸", "greet‸"} {
		b.Run(src, func(b *testing.B) {
			code, cursor := at(b, src)
			for b.Loop() {
				e.Inspect(context.Background(), code, cursor, 0)
			}
		})
	}
}
