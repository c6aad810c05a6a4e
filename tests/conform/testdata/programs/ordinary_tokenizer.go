package main

import "fmt"

type Kind int

const (
	EOF Kind = iota
	Ident
	Number
	Op
)

//go:noinline
func (k Kind) String() string { return [...]string{"EOF", "Ident", "Number", "Op"}[k] }

type Token struct {
	Kind Kind
	Text string
}

type stateFn func(*Lexer) stateFn

type Lexer struct {
	in         string
	start, pos int
	out        []Token
}

func (l *Lexer) emit(k Kind) {
	l.out = append(l.out, Token{k, l.in[l.start:l.pos]})
	l.start = l.pos
}

func (l *Lexer) accept(f func(byte) bool) {
	for l.pos < len(l.in) && f(l.in[l.pos]) {
		l.pos++
	}
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

func lexAny(l *Lexer) stateFn {
	l.accept(func(c byte) bool { return c == ' ' })
	l.start = l.pos
	switch {
	case l.pos == len(l.in):
		l.emit(EOF)
		return nil
	case letter(l.in[l.pos]):
		return lexIdent
	case digit(l.in[l.pos]):
		return lexNumber
	}
	l.pos++
	l.emit(Op)
	return lexAny
}

func lexIdent(l *Lexer) stateFn  { l.accept(letter); l.emit(Ident); return lexAny }
func lexNumber(l *Lexer) stateFn { l.accept(digit); l.emit(Number); return lexAny }

func main() {
	l := &Lexer{in: "foo = bar_x + 42*(y-7)"}
	for st := stateFn(lexAny); st != nil; {
		st = st(l)
	}
	for _, t := range l.out {
		fmt.Printf("%-7v %q\n", t.Kind, t.Text)
	}
	fmt.Println(l.out[:2])
}
