package assist

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// Status answers an is_complete_request.
type Status string

// The answers. There is no unknown: the parser always knows.
const (
	Complete   Status = "complete"
	Incomplete Status = "incomplete" // more lines are needed
	Invalid    Status = "invalid"    // more lines can't make it right
)

// IsComplete tells whether a cell can be run as it is, if a newline were typed
// now. For incomplete code, indent is what the next line should begin with:
// tabs. A cell magic ("%%bash") is complete after an empty line.
func IsComplete(code string) (status Status, indent string) {
	if strings.HasPrefix(strings.TrimLeft(code, " \t\n"), "%%") {
		body := strings.TrimLeft(code, " \t\n")
		if strings.HasSuffix(body, "\n") {
			return Complete, ""
		}
		return Incomplete, ""
	}
	var e Env
	masked, _ := e.mask(maskQuestions(code))
	toks := scan(masked)
	var open []tok // brackets
	for _, t := range toks {
		switch t.tok {
		case token.ILLEGAL:
			return Invalid, ""
		case token.COMMENT:
			if t.open {
				return Incomplete, ""
			}
		case token.STRING:
			if t.open && strings.HasPrefix(t.lit, "`") {
				return Incomplete, ""
			} else if t.open {
				return Invalid, ""
			}
		case token.CHAR:
			if t.open {
				return Invalid, ""
			}
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, t)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(open) == 0 || closing[open[len(open)-1].tok] != t.tok {
				return Invalid, ""
			}
			open = open[:len(open)-1]
		}
	}
	toks = withoutComments(toks)
	chunks := split(toks)
	for i, c := range chunks {
		// Where the parser stops before the end, no further line helps.
		at, ok := syntaxError(masked, c, "")
		if last := c.toks[len(c.toks)-1].tok; last == token.COMMA && ok && at < c.end {
			// "a, b," alone is no statement, but one can begin so.
			at, ok = syntaxError(masked, c, "_ = 0")
			if !ok {
				at, ok = c.end, true
			}
		}
		switch {
		case !ok:
			continue
		case at < c.end || i < len(chunks)-1:
			return Invalid, ""
		case len(open) > 0:
		case toks[len(toks)-1].tok == token.SEMICOLON:
			return Invalid, "" // the line's end has ended the statement
		}
		indent := strings.Repeat("\t", depth(masked, open))
		if len(open) == 0 {
			indent = "\t"
		}
		return Incomplete, indent
	}
	return Complete, ""
}

var closing = map[token.Token]token.Token{
	token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE,
}

// syntaxError is the position of the first syntax error in a chunk that goes on
// with more.
func syntaxError(code string, c chunk, more string) (at int, ok bool) {
	text := code[c.off:c.end]
	head, tail := wrap(c.kind)
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", head+text+more+tail, parser.SkipObjectResolution|parser.AllErrors)
	list, isList := err.(scanner.ErrorList)
	if err != nil && !isList {
		return 0, true
	}
	if len(list) == 0 {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil {
				return c.end, true
			}
		}
		return 0, false
	}
	first := len(text)
	for _, e := range list {
		first = min(first, e.Pos.Offset-len(head))
	}
	return c.off + max(0, first), true
}

// depth counts the lines that open brackets are on: several on one line indent
// only once.
func depth(code string, open []tok) int {
	n, end := 0, -1
	for _, t := range open {
		if t.off > end {
			n++
			end = len(code)
			if i := strings.IndexByte(code[t.off:], '\n'); i >= 0 {
				end = t.off + i
			}
		}
	}
	return n
}

// maskQuestions replaces the lines that ask for help ("name?", "?name") by
// spaces.
func maskQuestions(code string) string {
	lines := strings.SplitAfter(code, "\n")
	for i, line := range lines {
		body := strings.TrimSpace(line)
		name := strings.Trim(body, "?")
		if name != body && name != "" && !strings.ContainsAny(name, " \t\"'`({") {
			lines[i] = strings.Repeat(" ", len(strings.TrimSuffix(line, "\n"))) + line[len(strings.TrimSuffix(line, "\n")):]
		}
	}
	return strings.Join(lines, "")
}
