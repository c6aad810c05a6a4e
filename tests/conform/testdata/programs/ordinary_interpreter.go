package main

import (
	"fmt"
	"maps"
)

type Value = float64
type Env map[string]Value

type Expr interface{ Eval(Env) (Value, error) }
type (
	Num    Value
	Var    string
	Binary struct {
		Op   rune
		L, R Expr
	}
	Let struct {
		Name      string
		Val, Body Expr
	}
)

func (n Num) Eval(Env) (Value, error) { return Value(n), nil }
func (v Var) Eval(e Env) (Value, error) {
	if x, ok := e[string(v)]; ok {
		return x, nil
	}
	return 0, fmt.Errorf("undefined: %s", string(v))
}
func (b Binary) Eval(e Env) (Value, error) {
	l, err := b.L.Eval(e)
	if err != nil {
		return 0, err
	}
	r, err := b.R.Eval(e)
	if err != nil {
		return 0, err
	}
	ops := map[rune]func(a, b Value) Value{
		'+': func(a, b Value) Value { return a + b },
		'*': func(a, b Value) Value { return a * b },
	}
	f, ok := ops[b.Op]
	if !ok {
		return 0, fmt.Errorf("no operator %q", b.Op)
	}
	return f(l, r), nil
}
func (l Let) Eval(e Env) (Value, error) {
	v, err := l.Val.Eval(e)
	if err != nil {
		return 0, err
	}
	inner := maps.Clone(e)
	inner[l.Name] = v
	return l.Body.Eval(inner)
}

func main() {
	prog := Let{"x", Num(5), Binary{'+', Var("x"), Binary{'*', Num(2), Var("x")}}}
	fmt.Println(prog.Eval(Env{}))
	fmt.Println(Var("y").Eval(Env{}))
	fmt.Println(Binary{'%', Num(1), Num(2)}.Eval(nil))
	fmt.Printf("%v\n%+v %T\n", prog, prog.Body, prog.Body)
}
