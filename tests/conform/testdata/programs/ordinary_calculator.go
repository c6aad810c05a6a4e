package main

import (
	"fmt"
	"strconv"
)

type parser struct {
	toks []string
	pos  int
}

func tokenize(s string) (out []string) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ':
			i++
		case c >= '0' && c <= '9' || c == '.':
			j := i
			for j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == '.') {
				j++
			}
			out = append(out, s[i:j])
			i = j
		default:
			out = append(out, string(c))
			i++
		}
	}
	return
}

func (p *parser) peek() string {
	if p.pos < len(p.toks) {
		return p.toks[p.pos]
	}
	return ""
}

func (p *parser) next() string { t := p.peek(); p.pos++; return t }

func (p *parser) expr() float64 {
	v := p.term()
	for p.peek() == "+" || p.peek() == "-" {
		if p.next() == "+" {
			v += p.term()
		} else {
			v -= p.term()
		}
	}
	return v
}

func (p *parser) term() float64 {
	v := p.factor()
	for p.peek() == "*" || p.peek() == "/" {
		switch op := p.next(); op {
		case "*":
			v *= p.factor()
		case "/":
			d := p.factor()
			if d == 0 {
				panic("division by zero")
			}
			v /= d
		}
	}
	return v
}

func (p *parser) factor() float64 {
	switch t := p.next(); t {
	case "(":
		v := p.expr()
		if p.next() != ")" {
			panic("missing )")
		}
		return v
	case "-":
		return -p.factor()
	default:
		f, err := strconv.ParseFloat(t, 64)
		if err != nil {
			panic(err)
		}
		return f
	}
}

func Eval(s string) (v float64, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	p := &parser{toks: tokenize(s)}
	v = p.expr()
	if p.peek() != "" {
		return 0, fmt.Errorf("unexpected %q", p.peek())
	}
	return v, nil
}

func main() {
	for _, s := range []string{"1+2*3", "(1+2)*3", "-4/(2-2)", "2*(3", "10/4-1", "7 x", "1.5*-2"} {
		v, err := Eval(s)
		fmt.Println(s, "=", v, err)
	}
}
