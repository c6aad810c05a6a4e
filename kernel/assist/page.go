package assist

import (
	"go/doc/comment"
	"html"
	"strings"
)

// page is what an inspection shows, before it is text.
type page struct {
	head    string   // declaration, in Go
	note    string   // where it is from
	value   string   // current value
	text    string   // doc comment
	source  string   // source, in Go
	methods []string // declarations, in Go
	path    string   // package that links without a path refer to
}

func (p page) inspection() Inspection {
	return Inspection{Found: true, Data: map[string]string{
		"text/plain":    p.plain(),
		"text/markdown": p.markdown(),
		"text/html":     p.html(),
	}}
}

func (p page) doc() *comment.Doc {
	var parser comment.Parser
	// Every capitalized word in brackets is a link: names can't be verified,
	// and text is the same whether it is a link or not.
	parser.LookupSym = func(recv, name string) bool { return true }
	return parser.Parse(p.text)
}

func (p page) printer() *comment.Printer {
	return &comment.Printer{
		HeadingLevel: 4,
		HeadingID:    func(*comment.Heading) string { return "" },
		DocLinkURL: func(link *comment.DocLink) string {
			path := link.ImportPath
			if path == "" {
				path = p.path
			}
			if path == "" {
				return ""
			}
			url := "https://pkg.go.dev/" + path
			switch {
			case link.Recv != "":
				url += "#" + link.Recv + "." + link.Name
			case link.Name != "":
				url += "#" + link.Name
			}
			return url
		},
		TextWidth: 80,
	}
}

// heads is the declaration, unless the source shows it anyway.
func (p page) heads() string {
	if p.source != "" && p.value == "" {
		return p.source
	}
	return p.head
}

func (p page) rest() string {
	if p.heads() == p.source {
		return ""
	}
	return p.source
}

func (p page) plain() string {
	var parts []string
	add := func(s string) {
		if s = strings.TrimRight(s, "\n"); s != "" {
			parts = append(parts, s)
		}
	}
	add(p.heads())
	if p.value != "" {
		add("= " + p.value)
	}
	if p.text != "" {
		add(string(p.printer().Text(p.doc())))
	}
	add(p.rest())
	add(strings.Join(p.methods, "\n"))
	if p.note != "" {
		add("(" + p.note + ")")
	}
	return strings.Join(parts, "\n\n")
}

func (p page) markdown() string {
	var b strings.Builder
	code := func(lang, s string) {
		if s == "" {
			return
		}
		fence := "```"
		for strings.Contains(s, fence) {
			fence += "`"
		}
		b.WriteString(fence + lang + "\n" + strings.TrimRight(s, "\n") + "\n" + fence + "\n\n")
	}
	code("go", p.heads())
	if p.value != "" {
		b.WriteString("Value:\n\n")
		code("", p.value)
	}
	if p.text != "" {
		b.Write(p.printer().Markdown(p.doc()))
		b.WriteString("\n")
	}
	code("go", p.rest())
	code("go", strings.Join(p.methods, "\n"))
	if p.note != "" {
		b.WriteString("*" + p.note + "*\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (p page) html() string {
	var b strings.Builder
	code := func(s string) {
		if s != "" {
			b.WriteString("<pre><code>" + html.EscapeString(strings.TrimRight(s, "\n")) + "</code></pre>\n")
		}
	}
	code(p.heads())
	if p.value != "" {
		b.WriteString("<p>Value:</p>\n")
		code(p.value)
	}
	if p.text != "" {
		b.Write(p.printer().HTML(p.doc()))
	}
	code(p.rest())
	code(strings.Join(p.methods, "\n"))
	if p.note != "" {
		b.WriteString("<p><em>" + html.EscapeString(p.note) + "</em></p>\n")
	}
	return b.String()
}
