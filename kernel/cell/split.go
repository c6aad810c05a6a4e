package cell

import (
	"fmt"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/goherd/goherd/kernel/interp/link"
)

// A chunkKind says where a piece of a cell belongs in a Go file.
type chunkKind int

const (
	importChunk  chunkKind = iota
	declChunk              // type, const, func: at the level of the file
	stmtChunk              // statements and var declarations: in the order of the cell
	packageChunk           // package main, of a pasted program
)

// A chunk is one import, declaration or statement at the top level of a cell.
type chunk struct {
	kind       chunkKind
	start, end int // byte offsets; comments around the chunk don't belong to it
	line, col  int // of start in the cell, from 1
}

// line0 returns how many lines of the cell stand before the source.
func (s Source) line0() int { return max(s.Line, 1) - 1 }

// split cuts the text of a cell into its top-level imports, declarations and
// statements. The first tokens tell which is which; nothing else is parsed here, so
// an error inside a chunk is the parser's to find.
//
// The text is returned with one change that keeps its length: comments that would
// move the positions of what follows ("//line file.go:10", in generated code) don't.
func split(src Source) (string, []chunk, error) {
	text := []byte(src.Text)
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	out := &Error{}
	report := func(off int, format string, args ...any) {
		p := file.PositionFor(file.Pos(off), false)
		out.Diagnostics = append(out.Diagnostics, Diagnostic{
			Pos:  link.MakePos(src.Serial, p.Line+src.line0(), p.Column),
			Text: "syntax error: " + fmt.Sprintf(format, args...),
		})
	}
	if n := strings.Count(src.Text, "\n") + 1 + src.line0(); n > link.MaxLine {
		report(0, "a cell of %d lines: %d are possible", n, link.MaxLine)
		return "", nil, out
	}
	var (
		sc     scanner.Scanner
		chunks []chunk
		cur    []token.Token // the first tokens of the chunk
		start  int           // of the chunk
		end    = -1          // of its text, where a comment follows it
		stack  []bracket
		head   clause
	)
	sc.Init(file, text, func(p token.Position, msg string) { report(p.Offset, "%s", msg) }, scanner.ScanComments)
	for {
		pos, tok, lit := sc.Scan()
		off := file.Offset(pos)
		if tok == token.COMMENT {
			if end < 0 {
				end = off
			}
			if strings.HasPrefix(lit[2:], "line ") {
				text[off+2] = 'L'
			}
			continue
		}
		if tok == token.IDENT && strings.Contains(lit, mark) {
			report(off+strings.Index(lit, mark), "invalid character %q in identifier", mark)
		}
		if len(stack) == 0 {
			head.see(tok)
		}
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			stack = append(stack, bracket{tok, off})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(stack) == 0 {
				report(off, "unexpected %s", tok)
				return "", nil, out.sorted()
			}
			if o := stack[len(stack)-1]; closing[o.tok] != tok {
				at := file.PositionFor(file.Pos(o.off), false)
				report(off, "unexpected %s: the %s at %d:%d is not closed", tok, o.tok, at.Line+src.line0(), at.Column)
				return "", nil, out.sorted()
			}
			stack = stack[:len(stack)-1]
		}
		if tok != token.EOF && (tok != token.SEMICOLON || len(stack) > 0 || head.open && lit == ";") {
			if len(cur) == 0 {
				start = off
			}
			end = -1
			// What classify needs: a keyword or, for a method, the token after its receiver.
			if len(cur) < 2 || cur[0] == token.FUNC && len(cur) < 256 {
				cur = append(cur, tok)
			}
			continue
		}
		if tok == token.EOF && len(stack) > 0 {
			o := stack[len(stack)-1]
			report(o.off, "%s is not closed", o.tok)
		}
		if len(cur) > 0 {
			p := file.PositionFor(file.Pos(start), false)
			if end < 0 {
				end = off
			}
			chunks = append(chunks, chunk{classify(cur), start, end, p.Line + src.line0(), p.Column})
		}
		cur, end, head = cur[:0], -1, clause{}
		if tok == token.EOF {
			if len(out.Diagnostics) > 0 {
				return "", nil, out.sorted()
			}
			return string(text), chunks, nil
		}
	}
}

// A clause is what stands between for, if or switch and its block: semicolons in it
// end no statement.
type clause struct {
	open     bool
	literals int // functions in it whose bodies are still to come
}

// see takes a token that stands in no bracket.
func (h *clause) see(tok token.Token) {
	switch tok {
	case token.FOR, token.IF, token.SWITCH:
		h.open = true
	case token.FUNC:
		if h.open {
			h.literals++
		}
	case token.LBRACE:
		if h.literals > 0 {
			h.literals--
		} else {
			h.open = false
		}
	}
}

// A bracket is one that isn't closed yet.
type bracket struct {
	tok token.Token
	off int
}

var closing = map[token.Token]token.Token{
	token.LPAREN: token.RPAREN, token.LBRACK: token.RBRACK, token.LBRACE: token.RBRACE,
}

// classify tells the kind of a chunk by its first tokens.
func classify(toks []token.Token) chunkKind {
	switch toks[0] {
	case token.PACKAGE:
		return packageChunk
	case token.IMPORT:
		return importChunk
	case token.TYPE, token.CONST:
		return declChunk
	case token.FUNC:
		if len(toks) > 1 && toks[1] == token.IDENT {
			return declChunk
		}
		// func (r T) Name(: a method. func (x int) {: a literal.
		depth := 0
		for i, t := range toks {
			switch t {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				if depth--; depth == 0 {
					if i+2 < len(toks) && toks[i+1] == token.IDENT && toks[i+2] == token.LPAREN {
						return declChunk
					}
					return stmtChunk
				}
			}
		}
	}
	return stmtChunk
}

// A piece is a part of the file made of a cell: which bytes of the file are which of
// the cell.
type piece struct {
	at, src, n int
}

// A layout is the file that a cell becomes for the parser and the checker.
type layout struct {
	text   string
	pieces []piece // of the imports and declarations, in the file's order
}

// arrange puts the chunks of a cell into a file of package main: imports first, then
// declarations, then a function with the statements. Line comments keep positions.
func arrange(serial int, text string, chunks []chunk) layout {
	var l layout
	var b strings.Builder
	add := func(kind chunkKind) {
		for _, c := range chunks {
			if c.kind != kind {
				continue
			}
			b.WriteString(link.LineComment(serial, c.line, c.col))
			l.pieces = append(l.pieces, piece{b.Len(), c.start, c.end - c.start})
			b.WriteString(text[c.start:c.end])
			b.WriteByte('\n')
		}
	}
	b.WriteString("package main\n")
	add(importChunk)
	add(declChunk)
	b.WriteString(bodyHead)
	add(stmtChunk)
	b.WriteString("}\n")
	l.text = b.String()
	return l
}

// bodyHead begins the function that holds the statements for the checker. Called _,
// it leaves no name in the package.
const bodyHead = "func _() {\n"
