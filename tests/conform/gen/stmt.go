package gen

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// function returns the body of a function.
func function(t *rapid.T) string {
	m := &maker{t: t}
	for range 1 + m.n(4) {
		m.declare(1)
	}
	for range 1 + m.n(7) {
		m.statement(1, 3)
	}
	m.show(1)
	return m.b.String()
}

func (m *maker) line(indent int, format string, args ...any) {
	m.b.WriteString(strings.Repeat("\t", indent))
	fmt.Fprintf(&m.b, format, args...)
	m.b.WriteByte('\n')
}

// show prints all variables.
func (m *maker) show(indent int) {
	var names []string
	for _, v := range m.vars {
		names = append(names, v.name)
	}
	m.line(indent, "fmt.Println(%s)", strings.Join(names, ", "))
}

func (m *maker) declare(indent int) {
	typ := m.one(types)
	value := m.expr(typ, m.n(4), true)
	name := m.name()
	if m.n(2) == 0 {
		m.line(indent, "%s := %s", name, value)
	} else {
		m.line(indent, "var %s %s = %s", name, typ, value)
	}
	m.line(indent, "_ = %s", name)
	m.vars = append(m.vars, variable{name: name, typ: typ})
}

// block writes statements in a scope of their own.
func (m *maker) block(indent, depth int) {
	scope := len(m.vars)
	for range 1 + m.n(3) {
		m.statement(indent, depth)
	}
	m.vars = m.vars[:scope]
}

// statement writes one; depth is how deep others may stand in it.
func (m *maker) statement(indent, depth int) {
	if depth <= 0 {
		m.assign(indent)
		return
	}
	switch m.n(18) {
	case 0, 1:
		m.declare(indent)
	case 2:
		m.line(indent, "if %s {", m.expr("bool", 2, false))
		m.block(indent+1, depth-1)
		if m.n(2) == 0 {
			m.line(indent, "} else {")
			m.block(indent+1, depth-1)
		}
		m.line(indent, "}")
	case 3, 4, 5:
		m.loop(indent, depth)
	case 6:
		m.switches(indent, depth)
	case 7:
		m.closure(indent, depth)
	case 8:
		m.line(indent, "func() {")
		m.line(indent+1, "defer caught(\"inner\")")
		m.inFunc(func() { m.block(indent+1, depth-1) })
		m.line(indent, "}()")
	case 9:
		m.line(indent, "defer fmt.Println(\"deferred\", %s)", m.expr(m.one(types), 2, true))
	case 10:
		m.line(indent, "defer func() {")
		m.inFunc(func() { m.block(indent+1, min(depth-1, 1)) })
		m.line(indent+1, "fmt.Println(\"last\", %s)", m.expr(m.one(types), 1, true))
		m.line(indent, "}()")
	case 11:
		m.line(indent, "if %s {", m.expr("bool", 1, false))
		m.line(indent+1, "panic(%s)", m.one([]string{
			m.expr("string", 2, true), m.expr("int16", 2, true), m.expr("N", 1, true), "&Er{" + m.expr("int", 1, true) + "}", `fmt.Errorf("e %d", ` + m.expr("int", 1, true) + ")"}))
		m.line(indent, "}")
	case 12:
		typ := m.one(types)
		m.line(indent, "fmt.Printf(\"%%v %%T\\n\", %s, %s)", m.expr(typ, 2, true), m.expr(m.one(types), 1, true))
	case 13:
		a, b := m.name(), m.name()
		m.line(indent, "%s, %s := two(%s, %s)", a, b, m.expr("int", 2, true), m.expr("string", 1, true))
		m.line(indent, "_, _ = %s, %s", a, b)
		m.vars = append(m.vars, variable{name: a, typ: "int"}, variable{name: b, typ: "string"})
	default:
		m.assign(indent)
	}
}

// inFunc writes what stands in a function literal: no break or continue reaches out of it.
func (m *maker) inFunc(write func()) {
	loops := m.loops
	m.loops = 0
	write()
	m.loops = loops
}

func (m *maker) loop(indent, depth int) {
	scope := len(m.vars)
	switch name := m.name(); m.n(6) {
	case 0, 1:
		m.vars = append(m.vars, variable{name, "int", true})
		m.line(indent, "for %s := 0; %s < %d; %s++ {", name, name, 1+m.n(5), name)
	case 2:
		typ := m.one(ints)
		m.line(indent, "for %s := range %s(%d) {", name, typ, m.n(5))
		m.vars = append(m.vars, variable{name, typ, false})
		m.line(indent+1, "_ = %s", name)
	case 3:
		other := m.name()
		m.line(indent, "for %s, %s := range %s {", name, other, m.expr("[]int", 1, true))
		m.vars = append(m.vars, variable{name, "int", false}, variable{other, "int", false})
		m.line(indent+1, "_, _ = %s, %s", name, other)
	case 4:
		other := m.name()
		m.line(indent, "for %s, %s := range clip(%s) {", name, other, m.expr("string", 1, true))
		m.vars = append(m.vars, variable{name, "int", false}, variable{other, "int32", false})
		m.line(indent+1, "_, _ = %s, %s", name, other)
	default:
		m.line(indent, "for %s := range upTo(%d) {", name, m.n(5))
		m.vars = append(m.vars, variable{name, "int", false})
		m.line(indent+1, "_ = %s", name)
	}
	m.loops++
	m.block(indent+1, depth-1)
	if m.n(3) == 0 {
		m.line(indent+1, "if %s {", m.expr("bool", 2, false))
		m.line(indent+2, "%s", m.one([]string{"break", "continue"}))
		m.line(indent+1, "}")
		m.block(indent+1, 0)
	}
	m.loops--
	m.vars = m.vars[:scope]
	m.line(indent, "}")
}

func (m *maker) switches(indent, depth int) {
	if m.n(2) == 0 {
		v := m.name()
		m.line(indent, "switch %s := any(%s).(type) {", v, m.expr(m.one(types), 2, true))
		list := slices.Clone(types)
		for range 1 + m.n(3) {
			i := m.n(len(list))
			typ := list[i]
			list = slices.Delete(list, i, i+1)
			m.line(indent, "case %s:", typ)
			m.line(indent+1, "_ = %s", v)
			m.vars = append(m.vars, variable{name: v, typ: typ})
			m.block(indent+1, depth-1)
			m.vars = m.vars[:len(m.vars)-1]
		}
		m.line(indent, "default:")
		m.line(indent+1, "fmt.Printf(\"%%T\\n\", %s)", v)
		m.line(indent, "}")
		return
	}
	typ := m.one(types[:13])
	m.line(indent, "switch %s {", m.expr(typ, 2, false))
	for i := range 1 + m.n(3) {
		m.line(indent, "case %s:", m.expr(typ, 1, false))
		m.block(indent+1, depth-1)
		if i == 0 && m.n(4) == 0 {
			m.line(indent+1, "fallthrough")
		}
	}
	m.line(indent, "default:")
	m.block(indent+1, depth-1)
	m.line(indent, "}")
}

// closure declares a function, and calls it more than once.
func (m *maker) closure(indent, depth int) {
	in, out := m.one(types), m.one(types)
	name, param, result := m.name(), m.name(), m.name()
	m.line(indent, "%s := func(%s %s) (%s %s) {", name, param, in, result, out)
	scope := len(m.vars)
	m.vars = append(m.vars, variable{name: param, typ: in}, variable{name: result, typ: out})
	m.inFunc(func() { m.block(indent+1, depth-1) })
	m.line(indent+1, "return %s", m.expr(out, 1, true))
	m.vars = m.vars[:scope]
	m.line(indent, "}")
	for range 1 + m.n(2) {
		m.line(indent, "fmt.Println(%s(%s))", name, m.expr(in, 1, true))
	}
}

func (m *maker) assign(indent int) {
	switch m.n(9) {
	case 0:
		p := m.variable("P", true)
		m.line(indent, "%s", m.one([]string{
			p + ".A = " + m.expr("int32", 2, true),
			p + ".D[" + m.expr("uint8", 1, false) + "%4] += " + m.expr("uint16", 1, true),
			p + ".Bump(" + m.expr("int32", 1, true) + ")",
			p + ".C = append(" + p + ".C, " + m.expr("int8", 1, true) + ")",
			p + ".B += " + m.literal("string") + "; " + p + ".B = clip(" + p + ".B)"}))
	case 1:
		s := m.variable("[]int", true)
		m.line(indent, "%s", m.one([]string{
			s + "[" + m.expr("int", 1, false) + "] = " + m.expr("int", 2, true),
			s + " = append(" + s + "[:min(len(" + s + "), 100)], " + m.expr("int", 2, true) + ")", // else loops may double it
			"copy(" + s + ", " + m.expr("[]int", 1, true) + ")"}))
	case 2:
		s := m.variable("map[string]int", true)
		m.line(indent, "%s", m.one([]string{
			s + "[" + m.expr("string", 1, true) + "] += " + m.expr("int", 2, true),
			"delete(" + s + ", " + m.expr("string", 1, true) + ")"}))
	case 3:
		typ := m.one(ints)
		m.line(indent, "%s %s= %s", m.variable(typ, true), m.one([]string{"+", "-", "*", "/", "%", "&", "|", "^", "&^"}), m.expr(typ, 2, false))
	case 4:
		typ := m.one(ints)
		m.line(indent, "%s%s", m.variable(typ, true), m.one([]string{"++", "--"}))
	case 5:
		typ := m.one(types)
		a, b := m.variable(typ, true), m.variable(typ, true)
		m.line(indent, "%s, %s = %s, %s", a, b, m.small(typ, m.expr(typ, 1, true)), a)
	default:
		typ := m.one(types)
		m.line(indent, "%s = %s", m.variable(typ, true), m.small(typ, m.expr(typ, 3, true)))
	}
}

// small keeps what is assigned to a slice from growing without end in a loop.
func (m *maker) small(typ, value string) string {
	if typ != "[]int" {
		return value
	}
	return fmt.Sprintf("func(s []int) []int { return s[:min(len(s), 8)] }(%s)", value)
}
