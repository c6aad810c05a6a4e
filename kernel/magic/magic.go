// Package magic finds the magics of a cell: lines that begin with % or !, cells that
// begin with %%, and questions that end with "?". It cuts a cell into parts; what a
// part does is the session's to carry out.
//
// A line is a magic only where a Go statement could begin: not within brackets, a
// string or a comment, nor after an operator that goes on. Everything else is Go.
package magic

import (
	"bytes"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
	"sync"
)

// A Part is a run of Go lines, or one magic.
type Part struct {
	// Name is the magic's: "time", "who"; "!" for a shell command, "?" for a question;
	// "" for Go.
	Name string
	// Args is what follows the name on its line, or the shell command, or what is
	// asked about.
	Args string
	// Body is the rest of the cell after a cell magic (%%name), or the Go text.
	Body string
	// Cell is set for a cell magic, Double for "??".
	Cell, Double bool
	// Line is the line of the cell on which Body begins, or the magic if it has no
	// body, from 1.
	Line int
}

// question matches a cell that asks about a name: name?, name??, ?name, ??name.
var question = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:(\?\??)\s*([\pL_%][\pL\pN_.%]*)|([\pL_%][\pL\pN_.%]*)(\?\??))\s*$`)
})

// Split cuts a cell into parts. Parts of Go without a token are left out, so an empty
// cell has no parts.
func Split(code string) []Part {
	if m := question().FindStringSubmatch(code); m != nil {
		return []Part{{Name: "?", Args: m[2] + m[3], Double: len(m[1]+m[4]) == 2, Line: 1}}
	}
	lines := strings.SplitAfter(code, "\n")
	first := 0
	for first < len(lines) && strings.TrimSpace(lines[first]) == "" {
		first++
	}
	if first < len(lines) && strings.HasPrefix(lines[first], "%%") {
		name, args := nameArgs(lines[first][2:])
		return []Part{{Name: name, Args: args, Body: strings.Join(lines[first+1:], ""), Cell: true, Line: first + 2}}
	}
	starts := statementStarts(code)
	var parts []Part
	var goLines []string
	from := 0
	flush := func(next int) {
		if text := strings.Join(goLines, ""); hasToken(text) {
			parts = append(parts, Part{Body: text, Line: from + 1})
		}
		goLines, from = nil, next
	}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		trimmed := strings.TrimLeft(line, " \t")
		if trimmed == "" || (trimmed[0] != '%' && trimmed[0] != '!') || !starts[i] {
			goLines = append(goLines, line)
			continue
		}
		flush(i + 1)
		at := i
		text := strings.TrimRight(trimmed, "\r\n")
		for strings.HasSuffix(text, "\\") && i+1 < len(lines) { // goes on, as in a shell
			i++
			text = text[:len(text)-1] + "\n" + strings.TrimRight(lines[i], "\r\n")
		}
		from = i + 1
		if trimmed[0] == '!' {
			parts = append(parts, Part{Name: "!", Args: strings.TrimSpace(text[1:]), Line: at + 1})
			continue
		}
		name, args := nameArgs(strings.TrimLeft(text, "%"))
		parts = append(parts, Part{Name: name, Args: args, Line: at + 1})
	}
	flush(len(lines))
	return parts
}

func nameArgs(s string) (name, args string) {
	s = strings.TrimSpace(s)
	i := strings.IndexAny(s, " \t\n")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

// statementStarts reports for each line, from 0, whether a statement may begin on it.
// Magic lines are not Go, so they are blanked before the text is scanned on.
func statementStarts(code string) map[int]bool {
	starts := map[int]bool{}
	text := []byte(code)
	for {
		line, ok := nextMagic(text, starts)
		if !ok {
			return starts
		}
		starts[line] = true
		blank(text, line)
	}
}

// nextMagic scans Go until a line that begins with % or ! where a statement may begin.
// Lines in seen have been found before.
func nextMagic(text []byte, seen map[int]bool) (line int, ok bool) {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var sc scanner.Scanner
	sc.Init(file, text, func(token.Position, string) {}, 0)
	depth := 0
	prev := token.SEMICOLON
	last := -1 // the line of the token before
	for {
		pos, tok, _ := sc.Scan()
		if tok == token.EOF {
			return 0, false
		}
		at := file.Line(pos) - 1
		if (tok == token.REM || tok == token.NOT || tok == token.REM_ASSIGN || tok == token.NEQ) && at != last &&
			depth == 0 && (prev == token.SEMICOLON || prev == token.EOF) && !seen[at] {
			return at, true
		}
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
		prev, last = tok, at
	}
}

// blank overwrites a line, and those it goes on in, with spaces.
func blank(text []byte, line int) {
	for at := 0; ; at++ {
		cur, rest, more := bytes.Cut(text, []byte("\n"))
		if at >= line {
			goesOn := bytes.HasSuffix(bytes.TrimRight(cur, "\r"), []byte("\\"))
			for i := range cur {
				cur[i] = ' '
			}
			if !goesOn {
				return
			}
		}
		if !more {
			return
		}
		text = rest
	}
}

// hasToken reports whether text holds more than blanks and comments.
func hasToken(text string) bool {
	fset := token.NewFileSet()
	var sc scanner.Scanner
	sc.Init(fset.AddFile("", -1, len(text)), []byte(text), func(token.Position, string) {}, 0)
	for {
		_, tok, lit := sc.Scan()
		if tok == token.EOF {
			return false
		}
		if tok != token.SEMICOLON || lit == ";" {
			return true
		}
	}
}
