package notebook

import (
	"bytes"
	"encoding/base64"
	"html"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	ghtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A markdown renders the Markdown of one page. HTML within it is allowed, as
// in Jupyter, and sanitized, as in Jupyter: no scripts, no handlers, no frames.
type markdown struct {
	md     goldmark.Markdown
	ids    parser.IDs // shared, so that headings of all cells differ
	policy *bluemonday.Policy
	files  fs.FS
}

func newMarkdown(files fs.FS) *markdown {
	md := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithInlineParsers(util.Prioritized(mathParser{}, 150)),
		),
		goldmark.WithRendererOptions(
			ghtml.WithUnsafe(), // what comes out is sanitized
			renderer.WithNodeRenderers(util.Prioritized(nodeRenderer{}, 100)),
		),
	)
	return &markdown{md: md, ids: parser.NewContext().IDs(), policy: newPolicy(), files: files}
}

// newPolicy says what HTML may stand in Markdown: bluemonday's policy for
// content of users, and what notebooks use beyond it to lay out their text.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.RequireNoFollowOnLinks(false)
	p.AllowDataURIImages()
	p.AllowElements("center", "font", "kbd", "mark", "figure", "figcaption", "details", "summary", "u")
	p.AllowAttrs("class").Matching(bluemonday.SpaceSeparatedTokens).Globally()
	p.AllowAttrs("open").OnElements("details")
	p.AllowAttrs("color").Matching(regexp.MustCompile(`^[#a-zA-Z0-9]+$`)).OnElements("font")
	p.AllowAttrs("align").Matching(bluemonday.CellAlign).Globally()
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	p.AllowStyles("color", "background-color", "text-align", "font-weight", "font-style", "font-size",
		"width", "max-width", "height", "margin", "margin-left", "margin-right", "margin-top",
		"margin-bottom", "padding", "border", "border-radius", "float", "display").Globally()
	return p
}

// render returns Markdown as safe HTML. Images of the cell's attachments and
// of files beside the notebook are put into the page.
func (m *markdown) render(src string, attachments map[string]Bundle) string {
	source := []byte(src)
	ctx := parser.NewContext(parser.WithIDs(m.ids))
	doc := m.md.Parser().Parse(text.NewReader(source), parser.WithContext(ctx))
	// The walker returns no error of its own.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if img, ok := n.(*ast.Image); ok && entering {
			img.Destination = m.embed(img.Destination, attachments)
		}
		return ast.WalkContinue, nil
	})
	var buf bytes.Buffer
	if err := m.md.Renderer().Render(&buf, source, doc); err != nil {
		return "<pre>" + html.EscapeString(src) + "</pre>"
	}
	return m.policy.Sanitize(buf.String())
}

// imageTypes are the files that are put into the page.
var imageTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
	".gif": "image/gif", ".webp": "image/webp", ".svg": "image/svg+xml",
}

// embed turns the address of an image into a data URL where the image is an
// attachment or a file; every other address stays.
func (m *markdown) embed(dest []byte, attachments map[string]Bundle) []byte {
	u, err := url.Parse(string(dest))
	if err != nil {
		return dest
	}
	if u.Scheme == "attachment" {
		name, err := url.PathUnescape(u.Opaque)
		if err != nil {
			return dest
		}
		for _, mime := range imageMIMEs {
			if s, ok := attachments[name].Text(mime); ok {
				return []byte(imageURL(mime, s))
			}
		}
		return dest
	}
	mime := imageTypes[strings.ToLower(path.Ext(u.Path))]
	if m.files == nil || u.Scheme != "" || u.Host != "" || mime == "" {
		return dest
	}
	data, err := fs.ReadFile(m.files, path.Clean(u.Path))
	if err != nil {
		return dest
	}
	return []byte("data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data))
}

// mathNode is TeX between dollar signs. It is kept as it was written:
// underscores and asterisks in it are no emphasis.
type mathNode struct {
	ast.BaseInline
	tex     []byte
	display bool
}

var kindMath = ast.NewNodeKind("Math")

func (*mathNode) Kind() ast.NodeKind { return kindMath }

func (n *mathNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// mathParser finds $…$ within a line and $$…$$ within a paragraph. As in
// pandoc a formula has no space inside its dollar signs and no digit behind
// them, so that prices stay text.
type mathParser struct{}

func (mathParser) Trigger() []byte { return []byte{'$'} }

func (mathParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if bytes.HasPrefix(line, []byte("$$")) {
		return parseDisplay(block)
	}
	end := bytes.IndexByte(line[1:], '$')
	for end > 0 && line[end] == '\\' {
		next := bytes.IndexByte(line[end+2:], '$')
		if next < 0 {
			return nil
		}
		end += 1 + next
	}
	if end <= 0 {
		return nil
	}
	tex := line[1 : 1+end]
	rest := line[2+end:]
	if isSpace(tex[0]) || isSpace(tex[len(tex)-1]) || len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' {
		return nil
	}
	block.Advance(2 + end)
	return &mathNode{tex: tex}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func parseDisplay(block text.Reader) ast.Node {
	startLine, start := block.Position()
	block.Advance(2)
	var tex []byte
	for {
		line, _ := block.PeekLine()
		if line == nil {
			block.SetPosition(startLine, start)
			return nil
		}
		if end := bytes.Index(line, []byte("$$")); end >= 0 {
			tex = append(tex, line[:end]...)
			block.Advance(end + 2)
			return &mathNode{tex: bytes.TrimSpace(tex), display: true}
		}
		tex = append(tex, line...)
		block.AdvanceLine()
	}
}

// nodeRenderer renders formulas, and code blocks with colours.
type nodeRenderer struct{}

func (r nodeRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindMath, r.math)
	reg.Register(ast.KindFencedCodeBlock, r.code)
}

func (nodeRenderer) math(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*mathNode); entering {
		class, mark := "math", "$"
		if n.display {
			class, mark = "math math-display", "$$"
		}
		_, err := w.WriteString(`<span class="` + class + `">` + mark + html.EscapeString(string(n.tex)) + mark + `</span>`)
		return ast.WalkSkipChildren, err
	}
	return ast.WalkContinue, nil
}

func (nodeRenderer) code(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.FencedCodeBlock)
	code := string(n.Lines().Value(source))
	switch string(n.Language(source)) {
	case "go", "golang":
		code = highlightGo(code)
	default:
		code = html.EscapeString(code)
	}
	_, err := w.WriteString("<pre><code>" + code + "</code></pre>\n")
	return ast.WalkSkipChildren, err
}
