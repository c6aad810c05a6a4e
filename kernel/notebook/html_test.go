package notebook

import (
	"bytes"
	"encoding/json"
	"flag"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	xhtml "golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden files anew")

func render(t *testing.T, nb *Notebook, opts HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, nb, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTMLGolden(t *testing.T) {
	nb := mustRead(t, filepath.Join("testdata", "kinds.ipynb"))
	files := fstest.MapFS{"dot.png": {Data: []byte("a file")}}
	got := render(t, nb, HTMLOptions{Files: files})
	// The style sheet is no part of what is compared.
	got = strings.Replace(got, pageCSS, "", 1)
	golden := filepath.Join("testdata", "kinds.html")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got; go test -update writes it anew):\n%s", diff)
	}
}

// elements parses a page and calls f for each element.
func elements(t *testing.T, page string, f func(*xhtml.Node)) {
	t.Helper()
	doc, err := xhtml.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == xhtml.ElementNode {
			f(n)
		}
	}
}

func attr(n *xhtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestHTMLInjection puts a script, a handler and a broken-off tag wherever a
// notebook can hold text. None may come to life, except in text/html.
func TestHTMLInjection(t *testing.T) {
	const evil = `"'></pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)><a href="javascript:alert(1)">x</a><iframe src="http://x"></iframe>`
	bundle := func(mime string) *Output {
		b := Bundle{}
		b.SetText(mime, evil)
		return &Output{Type: DisplayData, Data: b}
	}
	raw := func(v any) json.RawMessage {
		m, err := marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	nb := New()
	for _, title := range []string{evil, ""} {
		nb.Metadata["title"] = raw(title)
		nb.Metadata["language_info"] = raw(map[string]string{"name": evil})
		code := NewCell(Code, evil+"\n!"+evil+"\n%"+evil)
		code.ID = evil
		code.Metadata["tags"] = raw([]string{evil})
		code.Outputs = []*Output{
			NewStream("stdout", evil), NewStream("stderr", "\x1b[31m"+evil+"\x1b]8;;"+evil+"\a"), NewStream(evil, evil),
			{Type: Error, EName: evil, EValue: evil, Traceback: []string{evil, "\x1b[" + evil}},
			{Type: Error, EName: evil, EValue: evil},
			bundle("text/plain"), bundle("text/latex"), bundle("text/markdown"), bundle("image/png"),
			bundle("image/svg+xml"), bundle(evil), bundle("text/x-" + evil), bundle("application/json"),
			{Type: DisplayData, Data: Bundle{"application/json": raw(map[string]any{evil: []any{evil}})}},
			{Type: DisplayData, Data: Bundle{"image/png": raw("AA==")}, Metadata: Metadata{"image/png": raw(map[string]any{"width": evil})}},
			{Type: OutputType(evil)},
		}
		md := NewCell(Markdown, "# "+evil+"\n\n"+evil+"\n\n$"+evil+"$ $$"+evil+"$$\n\n```go\n"+evil+"\n```\n\n```"+evil+"\n"+evil+"\n```\n\n!["+evil+"](x.png \""+evil+"\") [x](javascript:alert(1)) <div style=\"background:url(javascript:alert(1))\">")
		nb.Cells = []*Cell{md, code, NewCell(Code, "%%html\n"+evil), NewCell(Raw, evil)}
		page := render(t, nb, HTMLOptions{Name: title})
		elements(t, page, func(n *xhtml.Node) {
			switch n.Data {
			case "script", "iframe", "svg", "object", "embed", "link", "base", "form":
				t.Errorf("the page has an element <%s>", n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") || strings.Contains(a.Val, "url(") {
					t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		})
	}

	// What the author shows as HTML is as it is, but stays in its place.
	out := bundle("text/html")
	out.Data.SetText("text/html", "<script>author()</script></div></main><b>open")
	nb.Cells = []*Cell{NewCell(Code, "x"), NewCell(Code, "last")}
	nb.Cells[0].Outputs = []*Output{out}
	nb.Metadata = Metadata{}
	scripts, rich, last := 0, false, false
	elements(t, render(t, nb, HTMLOptions{}), func(n *xhtml.Node) {
		switch {
		case n.Data == "script":
			scripts++
			rich = attr(n.Parent, "class") == "rich"
		case n.Data == "section" && attr(n, "id") == "cell-"+nb.Cells[1].ID:
			last = n.Parent.Data == "main"
		}
	})
	if scripts != 1 || !rich || !last {
		t.Errorf("scripts %d, in the output %v, the next cell in its place %v", scripts, rich, last)
	}
}

func TestHTMLNeedsNoNetwork(t *testing.T) {
	nb := mustRead(t, filepath.Join("testdata", "kinds.ipynb"))
	page := render(t, nb, HTMLOptions{})
	elements(t, page, func(n *xhtml.Node) {
		if src := attr(n, "src"); strings.Contains(src, "//") {
			t.Errorf("<%s> loads %s", n.Data, src)
		}
		if n.Data == "link" {
			t.Error("the page has a <link>")
		}
	})
	for _, s := range []string{"@import", "url("} {
		if strings.Contains(pageCSS, s) {
			t.Errorf("the style sheet has %s", s)
		}
	}
}

func TestHTMLTitle(t *testing.T) {
	nb := New()
	title := func(opts HTMLOptions) (s string) {
		elements(t, render(t, nb, opts), func(n *xhtml.Node) {
			if n.Data == "title" {
				s = n.FirstChild.Data
			}
		})
		return s
	}
	if got := title(HTMLOptions{}); got != "Notebook" {
		t.Errorf("have %q", got)
	}
	if got := title(HTMLOptions{Name: "file"}); got != "file" {
		t.Errorf("have %q", got)
	}
	nb.Cells = []*Cell{NewCell(Code, "# code"), NewCell(Markdown, "text\n# First <1>\n# Second")}
	if got := title(HTMLOptions{}); got != "First <1>" {
		t.Errorf("have %q", got)
	}
	nb.Metadata["title"] = json.RawMessage(`"Named"`)
	if got := title(HTMLOptions{Name: "file"}); got != "Named" {
		t.Errorf("have %q", got)
	}
}

func TestMarkdown(t *testing.T) {
	md := newMarkdown(fstest.MapFS{"pic/a b.png": {Data: []byte("png")}, "secret.txt": {Data: []byte("s")}})
	attachments := map[string]Bundle{"x.png": {"image/png": json.RawMessage(`"QUJD"`)}}
	for _, tt := range []struct{ src, want string }{
		{"a $x_1 * y_2 * z$ b", `<p>a <span class="math">$x_1 * y_2 * z$</span> b</p>`},
		{"from $5 to $6, $ 7 $", `<p>from $5 to $6, $ 7 $</p>`},
		{`$a \$ b$`, `<p><span class="math">$a \$ b$</span></p>`},
		{`$a \$ b`, `<p>$a $ b</p>`},
		{"$$\na_1\n<b_2\n$$", "<p><span class=\"math math-display\">$$a_1\n&lt;b_2$$</span></p>"},
		{"$$ not closed *x*", "<p>$$ not closed <em>x</em></p>"},
		{"`$a$`", "<p><code>$a$</code></p>"},
		{"![](attachment:x.png)", `<p><img src="data:image/png;base64,QUJD" alt=""></p>`},
		{"![](attachment:y.png)", `<p><img alt=""></p>`},
		{"![](<pic/a b.png>)", `<p><img src="data:image/png;base64,cG5n" alt=""></p>`},
		{"![](../pic/a.png)", `<p><img src="../pic/a.png" alt=""></p>`},
		{"![](secret.txt)", `<p><img src="secret.txt" alt=""></p>`},
		{"# A\n# A", "<h1 id=\"a\">A</h1>\n<h1 id=\"a-1\">A</h1>"},
		{"# A", `<h1 id="a-2">A</h1>`},
		{"```go\nx := \"<\"\n```", "<pre><code>x := <span class=\"go-string\">&#34;&lt;&#34;</span>\n</code></pre>"},
		{"~~a~~ <kbd>K</kbd>", "<p><del>a</del> <kbd>K</kbd></p>"},
	} {
		if got := strings.TrimSpace(md.render(tt.src, attachments)); got != tt.want {
			t.Errorf("%s\nhave %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

func TestANSI(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"a < b", "a &lt; b"},
		{"\x1b[31mred\x1b[0m plain", `<span class="ansi-fg1">red</span> plain`},
		{"\x1b[1;92mx\x1b[22my\x1b[39mz", `<span class="ansi-fg10 ansi-bold">x</span><span class="ansi-fg10">y</span>z`},
		{"\x1b[38;5;196mx", `<span style="color:#ff0000">x</span>`},
		{"\x1b[48;5;240mx\x1b[38;5;3my", `<span style="background:#585858">x</span><span class="ansi-fg3" style="background:#585858">y</span>`},
		{"\x1b[38;2;1;2;300mx", `<span style="color:#010200">x</span>`},
		{"\x1b[7mx\x1b[27my", `<span class="ansi-inv-fg ansi-inv-bg">x</span>y`},
		{"\x1b[31;7mx", `<span class="ansi-inv-fg ansi-bg1">x</span>`},
		{"\x1b[mx\x1b[2K\x1b[1Ay\x1b(z\x1b]0;title\az\x1b]8;;http://x\x1b\\l", "xyzzl"},
		{"\x1b[3;4;9;2mx", `<span class="ansi-faint ansi-italic ansi-under ansi-strike">x</span>`},
		{"\x1b[31", ""},
		{"\x1b", ""},
		{"\x1b[31\nx", "\nx"},
	} {
		if got := ansiHTML(tt.src); got != tt.want {
			t.Errorf("%q\nhave %s\nwant %s", tt.src, got, tt.want)
		}
	}
	if got := StripANSI("\x1b[31mred\x1b[0m \x1b]0;t\aplain"); got != "red plain" {
		t.Errorf("stripped: %q", got)
	}
}

func FuzzHighlight(f *testing.F) {
	f.Add("func f() { `a\r\nb` }\n!ls\r\n%time x /* a\r */ y")
	f.Add("%%bash\necho")
	f.Fuzz(func(t *testing.T, src string) {
		// Taking the tags away must give the source again.
		got := html.UnescapeString(tags.ReplaceAllString(highlightGo(src), ""))
		if want := strings.ToValidUTF8(src, "\uFFFD"); got != want {
			t.Errorf("have %q\nwant %q", got, want)
		}
	})
}

var tags = regexp.MustCompile(`<[^>]*>`)

func TestHighlight(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"x := f(1)", `x := <span class="go-func">f</span>(<span class="go-number">1</span>)`},
		{"return nil // <c>", `<span class="go-keyword">return</span> <span class="go-builtin">nil</span> <span class="go-comment">// &lt;c&gt;</span>`},
		{"!ls 'a\nx", `<span class="go-magic">!ls &#39;a</span>` + "\nx"},
		{"  %time f()\n'a'", `  <span class="go-magic">%time f()</span>` + "\n" + `<span class="go-string">&#39;a&#39;</span>`},
		{"a != b % c", "a != b % c"},
		{"`a\n%b`", "<span class=\"go-string\">`a\n%b`</span>"},
		{"%%bash\nfor", `<span class="go-magic">%%bash</span>` + "\nfor"},
		{"%%time\nfor", `<span class="go-magic">%%time</span>` + "\n" + `<span class="go-keyword">for</span>`},
		{"", ""},
	} {
		if got := highlightGo(tt.src); got != tt.want {
			t.Errorf("%q\nhave %s\nwant %s", tt.src, got, tt.want)
		}
	}
}
