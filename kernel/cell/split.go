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
	importChunk chunkKind = iota
	declChunk             // type, const, func: at the level of the file
	stmtChunk             // statements and var declarations: in the order of the cell
	packageChunk
)

// A chunk is one import, declaration or statement at the top level of a cell.
type chunk struct {
	kind       chunkKind
	start, end int // byte offsets
	line, col  int // of start, from 1
}

// split cuts the text of a cell into its top-level imports, declarations and
// statements. The first token tells which is which; nothing else is parsed here, so
// an error inside a chunk is the parser's to find.
func split(src Source) ([]chunk, error) {
	fset := token.NewFileSet()
	text := []byte(src.Text)
	file := fset.AddFile("", -1, len(text))
	var errs scanner.ErrorList
	var sc scanner.Scanner
	sc.Init(file, text, errs.Add, 0)

	type open struct {
		tok token.Token
		off int
	}
	var (
		chunks []chunk
		cur    []token.Token // the first tokens of the chunk
		start  int
		stack  []open
	)
	at := func(off int) (line, col int) {
		p := file.Position(file.Pos(off))
		return p.Line, p.Column
	}
	fail := func(off int, format string, args ...any) error {
		line, col := at(off)
		return &Error{Diagnostics: []Diagnostic{{
			Pos:  link.MakePos(src.Serial, line+src.line0(), col),
			Text: fmt.Sprintf(format, args...),
		}}}
	}
	for {
		pos, tok, lit := sc.Scan()
		off := file.Offset(pos)
		if errs.Len() > 0 {
			e := errs[0]
			return nil, fail(e.Pos.Offset, "%s", e.Msg)
		}
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			stack = append(stack, open{tok, off})
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(stack) == 0 {
				return nil, fail(off, "syntax error: unexpected %s", tok)
			}
			if o := stack[len(stack)-1]; closing[o.tok] != tok {
				line, col := at(o.off)
				return nil, fail(off, "syntax error: unexpected %s, %s at line %d, column %d is not closed", tok, o.tok, line+src.line0(), col)
			}
			stack = stack[:len(stack)-1]
		}
		if tok == token.EOF || tok == token.SEMICOLON && len(stack) == 0 {
			if tok == token.EOF && len(stack) > 0 {
				o := stack[len(stack)-1]
				return nil, fail(o.off, "syntax error: %s is not closed", o.tok)
			}
			if len(cur) > 0 {
				line, col := at(start)
				end := off
				chunks = append(chunks, chunk{classify(cur), start, end, line + src.line0(), col})
			}
			cur = cur[:0]
			if tok == token.EOF {
				return chunks, nil
			}
			continue
		}
		if len(cur) == 0 {
			start = off
		}
		// What classify needs: "func" and, for a method, the token after its receiver.
		if len(cur) < 2 || len(cur) < 64 && cur[0] == token.FUNC {
			cur = append(cur, tok)
		}
		_ = lit
	}
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

// line0 returns how many lines of the cell stand before the source.
func (s Source) line0() int { return max(s.Line, 1) - 1 }

// A piece is a part of the file made of a cell: which bytes of the file are which of
// the cell.
type piece struct {
	at, src, n int
}

// A layout is the file that a cell becomes for the parser and the checker.
type layout struct {
	text   string
	pieces []piece
}

// arrange puts the chunks of a cell into a file of package main: imports first, then
// declarations, then a function with the statements. Line comments keep positions.
func arrange(src Source, chunks []chunk) layout {
	var l layout
	var b strings.Builder
	add := func(kind chunkKind) {
		for _, c := range chunks {
			if c.kind != kind {
				continue
			}
			b.WriteString(link.LineComment(src.Serial, c.line, c.col))
			l.pieces = append(l.pieces, piece{b.Len(), c.start, c.end - c.start})
			b.WriteString(src.Text[c.start:c.end])
			b.WriteByte('\n')
		}
	}
	b.WriteString("package main\n")
	add(importChunk)
	add(declChunk)
	b.WriteString("func " + entry + "() {\n")
	add(stmtChunk)
	b.WriteString("}\n")
	l.text = b.String()
	return l
}
