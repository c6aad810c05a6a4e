package display

import (
	"html"
	"strings"
	"unicode"
)

// blocks are the elements that begin a line of their own.
var blocks = map[string]bool{
	"address": true, "article": true, "blockquote": true, "br": true, "dd": true, "details": true, "div": true, "dl": true, "dt": true,
	"figure": true, "figcaption": true, "footer": true, "form": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true,
	"header": true, "hr": true, "li": true, "main": true, "nav": true, "ol": true, "p": true, "pre": true, "section": true, "summary": true,
	"table": true, "caption": true, "tr": true, "ul": true,
}

// htmlText returns the text that a reader of the page would see, for terminals
// and programs: it is a reading aid, not a parser, and bounded.
func htmlText(s string) string {
	const limit = 20_000
	var out strings.Builder
	line := true   // at the start of a line
	space := false // a space is due before the next word
	for s != "" && out.Len() < limit {
		if name, rest, ok := tag(s); ok {
			s = rest
			element, _ := strings.CutPrefix(name, "/")
			switch {
			case name == "script" || name == "style":
				s = skipTo(s, "</"+name)
			case blocks[element] && !line:
				out.WriteByte('\n')
				line, space = true, false
			case (name == "td" || name == "th") && !line:
				out.WriteByte('\t')
				space = false
			}
			continue
		}
		i := strings.IndexByte(s[1:], '<') + 1 // a "<" that begins no tag is text
		if i == 0 {
			i = len(s)
		}
		for _, r := range html.UnescapeString(s[:i]) {
			if out.Len() >= limit {
				break
			}
			if unicode.IsSpace(r) {
				space = true
				continue
			}
			if space && !line {
				out.WriteByte(' ')
			}
			out.WriteRune(r)
			line, space = false, false
		}
		s = s[i:]
	}
	text := strings.TrimSpace(out.String())
	if text == "" {
		return "HTML"
	}
	return text
}

// tag takes a tag, comment or declaration off the start of s, if there is one.
// The name is in lower case, empty for the latter two.
func tag(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, "<!--") {
		_, rest, _ = strings.Cut(s, "-->")
		return "", rest, true
	}
	if len(s) < 2 || s[0] != '<' || s[1] != '/' && s[1] != '!' && s[1] != '?' && !letter(s[1]) {
		return "", s, false
	}
	n := 2
	for n < len(s) && (letter(s[n]) || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	name = strings.ToLower(s[1:n])
	for quote := byte(0); n < len(s); n++ {
		switch c := s[n]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return name, s[n+1:], true
		}
	}
	return name, "", true
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// skipTo returns s from the next occurrence of end, in any case.
func skipTo(s, end string) string {
	for i := 0; i+len(end) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(end)], end) {
			return s[i:]
		}
	}
	return ""
}
