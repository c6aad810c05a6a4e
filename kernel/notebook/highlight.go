package notebook

import (
	"go/scanner"
	"go/token"
	"go/types"
	"html"
	"strings"
)

// highlightGo renders the source of a cell as HTML with a span around each
// token that has a colour. It needs no valid Go: what the scanner does not
// know stays plain. Lines that are commands or magics ("!ls", "%time f()")
// are marked as a whole, and a cell that starts with "%%" of another language
// stays plain below its first line.
func highlightGo(src string) string {
	src = strings.ToValidUTF8(src, "\uFFFD") // the scanner's tokens have it too
	var b strings.Builder
	if first, _, _ := strings.Cut(src, "\n"); strings.HasPrefix(strings.TrimSpace(first), "%%") {
		span(&b, "magic", first)
		src = src[len(first):]
		if !goMagic(first) {
			b.WriteString(html.EscapeString(src))
			return b.String()
		}
	}
	for src != "" {
		src = src[scanGo(&b, src):]
	}
	return b.String()
}

// goMagic reports whether the rest of a cell below the magic is Go.
func goMagic(line string) bool {
	name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return name == "%%time" || name == "%%timeit"
}

// scanGo renders src up to its end or to the end of its first magic line, and
// returns how much that was. (The scanner cannot go on behind a magic line,
// which may hold anything, so the caller starts a new one.)
func scanGo(b *strings.Builder, src string) int {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)
	done := 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit != ";" {
			continue // inserted by the scanner
		}
		at := file.Offset(pos)
		if (tok == token.NOT || tok == token.REM || tok == token.REM_ASSIGN) && startsLine(src, at) {
			b.WriteString(html.EscapeString(src[done:at]))
			line, _, _ := strings.Cut(src[at:], "\n")
			line = strings.TrimSuffix(line, "\r")
			span(b, "magic", line)
			return at + len(line)
		}
		text := lit
		if text == "" {
			text = tok.String()
		}
		if !strings.HasPrefix(src[at:], text) {
			// The scanner drops the carriage returns of comments and raw
			// strings.
			text = original(src[at:], text)
		}
		b.WriteString(html.EscapeString(src[done:at]))
		done = at + len(text)
		span(b, class(tok, lit, src[done:]), text)
	}
	b.WriteString(html.EscapeString(src[done:]))
	return len(src)
}

// startsLine reports whether only blanks stand before the offset in its line.
func startsLine(src string, at int) bool {
	line := src[strings.LastIndexByte(src[:at], '\n')+1 : at]
	return strings.TrimSpace(line) == ""
}

// original returns the start of src that is text but for carriage returns.
func original(src, text string) string {
	i := 0
	for _, c := range []byte(text) {
		for i < len(src) && src[i] != c {
			i++
		}
		i++
	}
	return src[:min(i, len(src))]
}

func class(tok token.Token, lit, rest string) string {
	switch {
	case tok == token.COMMENT:
		return "comment"
	case tok == token.STRING, tok == token.CHAR:
		return "string"
	case tok == token.INT, tok == token.FLOAT, tok == token.IMAG:
		return "number"
	case tok.IsKeyword():
		return "keyword"
	case tok == token.IDENT:
		if types.Universe.Lookup(lit) != nil {
			return "builtin"
		}
		if strings.HasPrefix(rest, "(") {
			return "func"
		}
	}
	return ""
}

// span writes escaped text, in a span where class is not empty.
func span(b *strings.Builder, class, text string) {
	if class == "" {
		b.WriteString(html.EscapeString(text))
		return
	}
	b.WriteString(`<span class="go-` + class + `">`)
	b.WriteString(html.EscapeString(text))
	b.WriteString(`</span>`)
}
