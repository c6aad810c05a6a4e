package notebook

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLOptions are the options of [HTML]. The zero value is ready.
type HTMLOptions struct {
	// Name of the notebook: the title of the page where the notebook has
	// neither a "title" nor a heading.
	Name string
	// Files is the folder of the notebook: images that its Markdown takes
	// from there are put into the page. May be nil.
	Files fs.FS
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// HTML writes the notebook as one HTML page that needs nothing else: no
// scripts, fonts or styles from elsewhere. It follows the reader's light or
// dark theme.
//
// Of each output the richest representation is shown. Text, streams and
// errors are escaped, Markdown is sanitized, SVG is shown as an image, which
// runs no scripts. Only an output of type text/html is taken as it is (made
// well-formed), with its scripts: producing one is how the author of a
// notebook asks for that. Errors are those of w.
func HTML(w io.Writer, nb *Notebook, opts HTMLOptions) error {
	p := page{md: newMarkdown(opts.Files)}
	view := pageView{Title: nb.title(opts.Name), CSS: template.CSS(pageCSS), Lang: nb.language()}
	for _, c := range nb.Cells {
		view.Cells = append(view.Cells, p.cell(c))
	}
	if err := pageTemplate.Execute(w, view); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// title is the notebook's title, its first heading or its name.
func (nb *Notebook) title(name string) string {
	var title string
	if ok, err := nb.Metadata.Get("title", &title); ok && err == nil && title != "" {
		return title
	}
	for _, c := range nb.Cells {
		if c.Type != Markdown {
			continue
		}
		for line := range strings.Lines(c.Source) {
			if t, ok := strings.CutPrefix(line, "# "); ok {
				return strings.TrimSpace(t)
			}
		}
	}
	return cmp.Or(name, "Notebook")
}

// language is the name of the language of the code cells, in lower case.
func (nb *Notebook) language() string {
	var info struct {
		Name     string `json:"name"`
		Language string `json:"language"`
	}
	if ok, err := nb.Metadata.Get("language_info", &info); ok && err == nil && info.Name != "" {
		return strings.ToLower(info.Name)
	}
	if ok, err := nb.Metadata.Get("kernelspec", &info); ok && err == nil && info.Language != "" {
		return strings.ToLower(info.Language)
	}
	return "go"
}

type pageView struct {
	Title, Lang string
	CSS         template.CSS
	Cells       []cellView
}

type cellView struct {
	Type    CellType
	Anchor  string
	Prompt  string
	Body    template.HTML // rendered Markdown or highlighted code
	Source  string        // plain source where Body is empty
	Hidden  bool          // source collapsed
	Closed  bool          // outputs collapsed
	Tags    []string
	Outputs []outputView
}

type outputView struct {
	Class  string
	Prompt string
	Body   template.HTML
}

type page struct {
	md *markdown
}

func (p *page) cell(c *Cell) cellView {
	v := cellView{Type: c.Type, Tags: c.Tags()}
	if c.ID != "" {
		v.Anchor = "cell-" + c.ID
	}
	var state struct {
		SourceHidden  bool `json:"source_hidden"`
		OutputsHidden bool `json:"outputs_hidden"`
	}
	// A value of another type is another tool's: nothing is hidden.
	_, _ = c.Metadata.Get("jupyter", &state)
	v.Hidden, v.Closed = state.SourceHidden, state.OutputsHidden
	switch c.Type {
	case Markdown:
		v.Body = template.HTML(p.md.render(c.Source, c.Attachments))
	case Raw:
		v.Source = c.Source
	case Code:
		v.Prompt = "[ ]"
		if c.ExecutionCount > 0 {
			v.Prompt = fmt.Sprintf("[%d]", c.ExecutionCount)
		}
		v.Body = template.HTML(highlightGo(strings.TrimRight(c.Source, "\n")))
		for _, o := range c.Outputs {
			v.Outputs = append(v.Outputs, p.output(o))
		}
	}
	return v
}

func (p *page) output(o *Output) outputView {
	switch o.Type {
	case Stream:
		class := "stream"
		if o.Name == "stderr" {
			class = "stream stderr"
		}
		return outputView{Class: class, Body: pre(ansiHTML(o.Text()))}
	case Error:
		text := strings.Join(o.Traceback, "\n")
		if strings.TrimSpace(StripANSI(text)) == "" {
			text = strings.TrimSuffix(o.EName+": "+o.EValue, ": ")
		}
		return outputView{Class: "error", Body: pre(ansiHTML(text))}
	case DisplayData, ExecuteResult:
		v := outputView{Class: "display"}
		if o.Type == ExecuteResult && o.ExecutionCount > 0 {
			v.Class, v.Prompt = "display result", fmt.Sprintf("[%d]", o.ExecutionCount)
		}
		v.Body = p.bundle(o.Data, o.Metadata)
		return v
	}
	return outputView{Class: "display", Body: pre(html.EscapeString("(output of unknown type " + string(o.Type) + ")"))}
}

func pre(s string) template.HTML { return template.HTML("<pre>" + s + "</pre>") }

// imageMIMEs are the images that browsers show, the best first.
var imageMIMEs = []string{"image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"}

// bundle renders the richest representation of a bundle that a page without
// scripts can show. A plot that needs JavaScript (Vega-Lite, Plotly) is thus
// shown by the image that came with it, and as its specification if none did.
func (p *page) bundle(b Bundle, meta Metadata) template.HTML {
	if s, ok := b.Text("text/html"); ok {
		return richHTML(s)
	}
	for _, mime := range imageMIMEs {
		if s, ok := b.Text(mime); ok {
			return image(mime, s, meta)
		}
	}
	if s, ok := b.Text("text/latex"); ok {
		return template.HTML(`<div class="math math-display">` + html.EscapeString(s) + `</div>`)
	}
	if raw, ok := b["application/json"]; ok {
		return jsonHTML("JSON", raw)
	}
	if s, ok := b.Text("text/markdown"); ok {
		return template.HTML(p.md.render(s, nil))
	}
	mimes := slices.Sorted(maps.Keys(b))
	for _, mime := range mimes {
		if strings.HasPrefix(mime, "application/vnd.vega") {
			return jsonHTML(mime, b[mime])
		}
	}
	if s, ok := b.Text("text/plain"); ok {
		return pre(ansiHTML(s))
	}
	for _, mime := range mimes {
		if isJSONMIME(mime) {
			return jsonHTML(mime, b[mime])
		}
		if s, ok := b.Text(mime); ok && strings.HasPrefix(mime, "text/") {
			return pre(html.EscapeString(s))
		}
	}
	return pre(html.EscapeString("(nothing to show: " + strings.Join(mimes, ", ") + ")"))
}

// richHTML parses an HTML fragment and writes it again, so that a tag that it
// leaves open does not take in the rest of the page.
func richHTML(s string) template.HTML {
	nodes, err := xhtml.ParseFragment(strings.NewReader(s),
		&xhtml.Node{Type: xhtml.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return pre(html.EscapeString(s))
	}
	var b bytes.Buffer
	for _, n := range nodes {
		if err := xhtml.Render(&b, n); err != nil {
			return pre(html.EscapeString(s))
		}
	}
	return template.HTML(`<div class="rich">` + b.String() + `</div>`)
}

// imageURL returns an image as a data URL. Data of a text type is text, the
// other types are base64 already.
func imageURL(mime, data string) string {
	if mime == "image/svg+xml" {
		data = base64.StdEncoding.EncodeToString([]byte(data))
	} else {
		data = strings.Join(strings.Fields(data), "")
	}
	return "data:" + mime + ";base64," + data
}

func image(mime, data string, meta Metadata) template.HTML {
	attrs := ""
	var size struct{ Width, Height float64 }
	if ok, err := meta.Get(mime, &size); !ok || err != nil {
		// Some tools put the size at the top.
		_, _ = meta.Get("width", &size.Width)
		_, _ = meta.Get("height", &size.Height)
	}
	if size.Width > 0 {
		attrs += fmt.Sprintf(` width="%g"`, size.Width)
	}
	if size.Height > 0 {
		attrs += fmt.Sprintf(` height="%g"`, size.Height)
	}
	return template.HTML(`<img alt="output" src="` + html.EscapeString(imageURL(mime, data)) + `"` + attrs + `>`)
}

// jsonHTML renders a JSON value as a tree whose objects and lists can be
// folded.
func jsonHTML(name string, raw json.RawMessage) template.HTML {
	var b strings.Builder
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	b.WriteString(`<div class="json">`)
	if err := jsonValue(&b, dec, `<span class="json-name">`+html.EscapeString(name)+`</span> `, 0); err != nil {
		return pre(html.EscapeString(string(raw)))
	}
	b.WriteString(`</div>`)
	return template.HTML(b.String())
}

// jsonValue renders the next value of dec behind label. The two outer levels
// are open.
func jsonValue(b *strings.Builder, dec *json.Decoder, label string, depth int) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		leaf, err := marshal(tok)
		if err != nil {
			return err
		}
		class := "number"
		switch tok.(type) {
		case string:
			class = "string"
		case bool, nil:
			class = "keyword"
		}
		fmt.Fprintf(b, `<div>%s<span class="go-%s">%s</span></div>`, label, class, html.EscapeString(string(leaf)))
		return nil
	}
	var items strings.Builder
	n := 0
	for ; dec.More(); n++ {
		label := fmt.Sprintf(`<span class="json-key">%d</span> `, n)
		if delim == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			label = `<span class="json-key">` + html.EscapeString(key.(string)) + `</span> `
		}
		if err := jsonValue(&items, dec, label, depth+1); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return err
	}
	summary := fmt.Sprintf("[ %d ]", n)
	if delim == '{' {
		summary = fmt.Sprintf("{ %d }", n)
	}
	if n == 0 {
		fmt.Fprintf(b, `<div>%s<span class="json-size">%s</span></div>`, label, summary)
		return nil
	}
	open := ""
	if depth < 2 {
		open = " open"
	}
	fmt.Fprintf(b, `<details%s><summary>%s<span class="json-size">%s</span></summary>%s</details>`,
		open, label, summary, items.String())
	return nil
}
