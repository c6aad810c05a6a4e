package runner

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"  // sizes of pictures
	_ "image/jpeg" // sizes of pictures
	_ "image/png"  // sizes of pictures
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/goherd/goherd/kernel/notebook"
)

// plain returns a bundle as text for a terminal: its own plain text, or what
// can be read of the rest. It is empty only for an empty bundle.
func plain(b notebook.Bundle) string {
	for _, mime := range []string{"text/plain", "text/markdown", "text/latex"} {
		if s, ok := b.Text(mime); ok {
			return s
		}
	}
	if s, ok := b.Text("text/html"); ok {
		if text := htmlText(s); text != "" {
			return text
		}
		return fmt.Sprintf("[text/html, %d bytes]", len(s))
	}
	if raw, ok := b["application/json"]; ok {
		var buf bytes.Buffer
		if json.Indent(&buf, raw, "", "  ") == nil {
			return buf.String()
		}
	}
	var list []string
	for _, mime := range slices.Sorted(maps.Keys(b)) {
		s, ok := b.Text(mime)
		switch {
		case !ok:
			list = append(list, fmt.Sprintf("[%s, %d bytes]", mime, len(b[mime])))
		case strings.HasPrefix(mime, "image/") && mime != "image/svg+xml":
			list = append(list, picture(mime, s))
		default:
			list = append(list, fmt.Sprintf("[%s, %d bytes]", mime, len(s)))
		}
	}
	return strings.Join(list, "\n")
}

// picture describes an image in base64.
func picture(mime, data string) string {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		return fmt.Sprintf("[%s, not base64]", mime)
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return fmt.Sprintf("[%s, %d bytes]", mime, len(raw))
	}
	return fmt.Sprintf("[%s, %d×%d, %d bytes]", mime, cfg.Width, cfg.Height, len(raw))
}

// htmlText returns the text of an HTML fragment: blocks on lines of their own,
// tables with aligned columns, progress bars in percent.
func htmlText(src string) string {
	nodes, err := html.ParseFragment(strings.NewReader(src),
		&html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return ""
	}
	var t textBuilder
	for _, n := range nodes {
		t.node(n)
	}
	var lines []string
	for line := range strings.Lines(t.String()) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// A textBuilder joins words with single spaces, as HTML does.
type textBuilder struct {
	strings.Builder
	space bool // a space is due before the next word
	pre   int  // depth of <pre>
}

func (t *textBuilder) text(s string) {
	if t.pre > 0 {
		t.WriteString(s)
		return
	}
	for i, word := range strings.Fields(s) {
		if i > 0 || t.space || s[0] == ' ' || s[0] == '\n' || s[0] == '\t' {
			if t.Len() > 0 && !strings.HasSuffix(t.String(), "\n") {
				t.WriteByte(' ')
			}
		}
		t.WriteString(word)
		t.space = false
	}
	t.space = t.space || s != "" && strings.TrimRight(s, " \n\t\r") != s
}

func (t *textBuilder) newline() {
	t.space = false
	if t.Len() > 0 {
		t.WriteByte('\n')
	}
}

func (t *textBuilder) children(n *html.Node) {
	for c := range n.ChildNodes() {
		t.node(c)
	}
}

func (t *textBuilder) node(n *html.Node) {
	if n.Type == html.TextNode {
		t.text(n.Data)
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Title:
	case atom.Br:
		t.newline()
	case atom.Img:
		t.text(" [" + strings.TrimSpace("image "+attr(n, "alt")) + "] ")
	case atom.Progress, atom.Meter:
		t.text(" " + percent(attr(n, "value"), attr(n, "max")) + " ")
	case atom.Table:
		t.newline()
		t.table(n)
	case atom.Pre:
		t.newline()
		t.pre++
		t.children(n)
		t.pre--
		t.newline()
	case atom.Li:
		t.newline()
		t.WriteString("- ")
		t.children(n)
		t.newline()
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol,
		atom.Section, atom.Article, atom.Header, atom.Footer, atom.Blockquote, atom.Dl, atom.Dt, atom.Dd,
		atom.Details, atom.Summary, atom.Figure, atom.Figcaption, atom.Hr, atom.Caption:
		t.newline()
		t.children(n)
		t.newline()
	default:
		t.children(n)
	}
}

// table writes rows with aligned columns.
func (t *textBuilder) table(table *html.Node) {
	w := tabwriter.NewWriter(&t.Builder, 0, 0, 2, ' ', 0)
	for n := range table.Descendants() {
		if n.DataAtom != atom.Tr {
			continue
		}
		var cells []string
		for c := range n.ChildNodes() {
			if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
				var cell textBuilder
				cell.children(c)
				cells = append(cells, strings.Join(strings.Fields(cell.String()), " "))
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// percent gives the state of a progress element.
func percent(value, maximum string) string {
	var v float64
	m := 1.0
	if _, err := fmt.Sscan(value, &v); err != nil {
		return "…"
	}
	if maximum != "" {
		if _, err := fmt.Sscan(maximum, &m); err != nil || m <= 0 {
			return "…"
		}
	}
	return fmt.Sprintf("%.0f %%", 100*v/m)
}
