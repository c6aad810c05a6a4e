package assist

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// tok is a token at bytes [off, end) of its text.
type tok struct {
	off, end int
	tok      token.Token
	lit      string
	open     bool // string, rune or comment without its end
}

// auto tells whether the token is a semicolon that the end of a line stands for.
func (t tok) auto() bool { return t.tok == token.SEMICOLON && t.lit != ";" }

// scan splits text into tokens, comments included.
func scan(text string) []tok {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	open := map[int]bool{}
	var s scanner.Scanner
	s.Init(file, []byte(text), func(pos token.Position, msg string) {
		if strings.HasSuffix(msg, "not terminated") {
			open[pos.Offset] = true
		}
	}, scanner.ScanComments)
	toks := make([]tok, 0, len(text)/3)
	for {
		pos, t, lit := s.Scan()
		if t == token.EOF {
			return toks
		}
		off := file.Offset(pos)
		n := len(lit)
		if n == 0 || t == token.SEMICOLON {
			n = len(t.String())
		}
		if t == token.SEMICOLON && lit == "\n" && off == len(text) {
			n = 0
		}
		toks = append(toks, tok{off: off, end: min(off+n, len(text)), tok: t, lit: lit, open: open[off]})
	}
}

// withoutComments drops the comments, in place.
func withoutComments(toks []tok) []tok {
	return slices.DeleteFunc(toks, func(t tok) bool { return t.tok == token.COMMENT })
}

// magicLine is a line that is no Go, or starts with something that is none.
type magicLine struct {
	off, end int    // the line's bytes, without the newline
	name     string // "%time", "%%bash", or "!"
	arg      int    // where the argument begins
	cell     bool   // it takes the rest of the cell; end is the cell's end
}

// mask replaces by spaces what is no Go in a cell, so that positions stay, and
// lists it. Code that a magic takes as its argument remains.
func (e *Env) mask(code string) (masked string, magics []magicLine) {
	b := []byte(code)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	clean := 0 // a statement begins here at the latest
	started := false
	for off := 0; off < len(code); {
		end := len(code)
		if i := strings.IndexByte(code[off:], '\n'); i >= 0 {
			end = off + i
		}
		line := strings.TrimLeft(code[off:end], " \t")
		if strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!") {
			if !atStatement(string(b[clean:off])) {
				off = end + 1
				continue
			}
			m := magicAt(code, end-len(line), end)
			spec, _ := e.magic(m.name)
			isGo := spec.Arg == ArgGo && m.name != "!"
			if strings.HasPrefix(m.name, "%%") && !started {
				m.cell = true
				if !isGo {
					m.end = len(code)
					blank(off, len(code))
					return string(b), append(magics, m)
				}
				blank(off, end)
			} else if isGo {
				blank(off, m.arg)
			} else {
				blank(off, end)
			}
			magics = append(magics, m)
			clean = off
		}
		started = started || line != ""
		off = end + 1
	}
	return string(b), magics
}

// magicAt reads the magic that begins at off.
func magicAt(code string, off, end int) magicLine {
	i := off
	for i < end && (code[i] == '%' || code[i] == '!') && i-off < 2 {
		i++
	}
	if code[off] == '!' {
		i = off + 1
		return magicLine{off: off, end: end, name: "!", arg: i}
	}
	for i < end && code[i] != ' ' && code[i] != '\t' {
		i++
	}
	arg := i
	for arg < end && (code[arg] == ' ' || code[arg] == '\t') {
		arg++
	}
	return magicLine{off: off, end: end, name: code[off:i], arg: arg}
}

// atStatement tells whether a statement can begin after text: a line that
// starts with % or ! is a magic there, and elsewhere an operand or part of a
// string.
func atStatement(text string) bool {
	depth := 0
	last := token.SEMICOLON
	for _, t := range scan(text) {
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(0, depth-1)
		case token.COMMENT:
			if t.open {
				return false
			}
			continue
		case token.STRING:
			if t.open && strings.HasPrefix(t.lit, "`") {
				return false
			}
		}
		last = t.tok
	}
	return depth == 0 && last == token.SEMICOLON
}

// chunk is one import, declaration or statement of a cell: bytes [off, end)
// and its tokens, without the semicolon.
type chunk struct {
	off, end int
	kind     token.Token // IMPORT, FUNC, TYPE, VAR, CONST, PACKAGE, or ILLEGAL for a statement
	toks     []tok
}

// split cuts a cell into chunks at the semicolons, those apart that stand in
// the head of a statement. The last one ends where the text ends, if it isn't
// ended by a semicolon.
func split(toks []tok) []chunk {
	var chunks []chunk
	depth, first := 0, 0
	head := false // between if, for or switch and its block
	cut := func(i int) {
		if i > first {
			part := toks[first:i]
			chunks = append(chunks, chunk{off: part[0].off, end: part[len(part)-1].end, kind: kindOf(part), toks: part})
		}
		first = i + 1
	}
	for i, t := range toks {
		switch t.tok {
		case token.IF, token.FOR, token.SWITCH:
			head = head || depth == 0
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if depth == 0 && t.tok == token.LBRACE {
				head = false
			}
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(0, depth-1)
		case token.SEMICOLON:
			if depth == 0 && (!head || t.auto()) {
				cut(i)
				head = false
			}
		}
	}
	cut(len(toks))
	return chunks
}

// unfinished splits the text before the cursor. The last chunk is the one that
// the cursor is in, empty where a new one begins.
func unfinished(text string) (done []chunk, cur chunk) {
	toks := withoutComments(scan(text))
	done = split(toks)
	cur = chunk{off: len(text), end: len(text), kind: token.ILLEGAL}
	n := len(done)
	if n == 0 {
		return nil, cur
	}
	last := toks[len(toks)-1]
	if last.tok == token.SEMICOLON && (!last.auto() || last.off < len(text)) && last.off >= done[n-1].end {
		return done, cur
	}
	return done[:n-1], done[n-1]
}

func kindOf(toks []tok) token.Token {
	switch t := toks[0].tok; t {
	case token.IMPORT, token.TYPE, token.VAR, token.CONST, token.PACKAGE:
		return t
	case token.FUNC:
		if isFuncDecl(toks[1:]) {
			return t
		}
	}
	return token.ILLEGAL
}

// isFuncDecl tells a function or method declaration from a statement that
// starts with a function literal; toks follow the word func.
func isFuncDecl(toks []tok) bool {
	if len(toks) == 0 || toks[0].tok == token.IDENT {
		return true
	}
	depth := 0
	for i, t := range toks {
		switch t.tok {
		case token.LPAREN:
			depth++
		case token.RPAREN:
			depth--
		}
		if depth == 0 {
			rest := toks[i+1:]
			return len(rest) > 0 && rest[0].tok == token.IDENT &&
				(len(rest) == 1 || rest[1].tok == token.LPAREN || rest[1].tok == token.LBRACK)
		}
	}
	return false
}
