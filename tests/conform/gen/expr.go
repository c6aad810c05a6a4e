package gen

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

var (
	ints    = []string{"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"}
	floats  = []string{"float32", "float64"}
	types   = slices.Concat(ints, floats, []string{"string", "bool", "N", "P", "[]int", "map[string]int"})
	addable = []string{"int", "int8", "uint16", "float64", "string"}
)

// A variable is one that the text at hand can see.
type variable struct {
	name, typ string
	fixed     bool // not to be assigned to: a loop counts with it
}

// A maker writes one function.
type maker struct {
	t     *rapid.T
	b     strings.Builder
	vars  []variable
	count int // of names
	loops int // around
}

func (m *maker) n(k int) int { return rapid.IntRange(0, k-1).Draw(m.t, "n") }

func (m *maker) one(list []string) string { return list[m.n(len(list))] }

func (m *maker) name() string {
	m.count++
	return fmt.Sprint("v", m.count)
}

// variable returns a variable of a type, one of the package's if there is no other.
func (m *maker) variable(typ string, assign bool) string {
	var names []string
	for _, v := range m.vars {
		if v.typ == typ && !(assign && v.fixed) {
			names = append(names, v.name)
		}
	}
	if len(names) == 0 {
		switch typ {
		case "[]int":
			return "gints"
		case "map[string]int":
			return "gmap"
		}
		return "g" + typ
	}
	return names[m.n(len(names))]
}

// literal returns a constant that the type can hold.
func (m *maker) literal(typ string) string {
	switch {
	case typ == "bool":
		return m.one([]string{"true", "false"})
	case typ == "string":
		return m.one([]string{`""`, `"a"`, `"xyz"`, `"é世"`, `"\x00\xff"`, `"hello, world"`})
	case slices.Contains(floats, typ):
		return typ + "(" + m.one([]string{"0.5", "1", "-3.25", "1e10", "0.1", "-1e-3", "123456.75"}) + ")"
	case typ == "P":
		return fmt.Sprintf("(P{A: %d, B: %q, C: []int8{%d}})", m.n(9), "p", m.n(9))
	case typ == "[]int":
		return m.one([]string{"[]int{}", "[]int{1}", "[]int{4, 5, 6}", "[]int{3: 7}", "[]int(nil)"})
	case typ == "map[string]int":
		return m.one([]string{"map[string]int{}", `map[string]int{"a": 1, "b": 2}`})
	}
	size := map[string]int{"int8": 7, "uint8": 8, "int16": 15, "N": 15, "uint16": 16, "int32": 31, "uint32": 32, "uint": 64, "uint64": 64}[typ]
	if size == 0 {
		size = 63
	}
	top := uint64(1)<<(size-1)<<1 - 1
	v := []uint64{1, 2, 3, 7, top, top / 2, top/2 + 1, 0x5555555555555555 & top}[m.n(8)]
	if v < 10 || bits.Len64(v) < 8 {
		return fmt.Sprintf("%s(%d)", typ, v)
	}
	return fmt.Sprintf("%s(%#x)", typ, v)
}

// leaf returns a variable, or a constant if that is allowed.
func (m *maker) leaf(typ string, constant bool) string {
	if constant && m.n(3) == 0 {
		return m.literal(typ)
	}
	return m.variable(typ, false)
}

// expr returns an expression. The compiler refuses what it can compute at once if it
// overflows, so the left operand is never a constant.
func (m *maker) expr(typ string, depth int, constant bool) string {
	if depth <= 0 {
		return m.leaf(typ, constant)
	}
	sub := func(t string) string { return m.expr(t, depth-1, false) }
	any := func(t string) string { return m.expr(t, depth-1, true) }
	switch k := m.n(14); {
	case k == 0:
		return m.leaf(typ, constant)
	case k == 1:
		return fmt.Sprintf("pick[%s](%s, %s, %s)", typ, any("bool"), any(typ), any(typ))
	case k == 2:
		return fmt.Sprintf("func(x %s) %s { return x }(%s)", typ, typ, any(typ))
	case k == 3:
		return fmt.Sprintf("any(%s).(%s)", sub(typ), typ)
	case k == 4 && slices.Contains(addable, typ):
		text := fmt.Sprintf("add(%s, %s)", sub(typ), any(typ))
		if typ == "string" {
			text = "clip(" + text + ")" // else a loop may double it
		}
		return text
	}
	switch {
	case slices.Contains(ints, typ) || typ == "N":
		return m.integer(typ, sub, any)
	case slices.Contains(floats, typ):
		switch m.n(6) {
		case 0:
			return fmt.Sprintf("(%s / %s)", sub(typ), any(typ))
		case 1: // the conversion forbids to fuse it with an addition
			return fmt.Sprintf("%s(%s * %s)", typ, sub(typ), any(typ))
		case 2:
			return fmt.Sprintf("%s(%s)", typ, sub(m.one(ints)))
		case 3:
			return fmt.Sprintf("%s(%s)", typ, sub(m.one(floats)))
		case 4:
			return fmt.Sprintf("-(%s)", sub(typ))
		default:
			return fmt.Sprintf("(%s %s %s)", sub(typ), m.one([]string{"+", "-"}), any(typ))
		}
	}
	switch typ {
	case "bool":
		return m.boolean(sub, any)
	case "string":
		switch m.n(7) {
		case 0:
			return fmt.Sprintf("%s[%s:]", sub("string"), sub("int"))
		case 1:
			return fmt.Sprintf("string(rune(%s))", sub("int32"))
		case 2:
			t := m.one(types[:len(types)-1])
			return fmt.Sprintf("clip(fmt.Sprint(%s))", any(t))
		case 3:
			return fmt.Sprintf("clip(string([]byte(%s)))", sub("string"))
		case 4:
			return fmt.Sprintf("%s.B", sub("P"))
		case 5:
			return fmt.Sprintf("string(S(%s))", sub("string"))
		default:
			return fmt.Sprintf("clip(%s + %s)", sub("string"), any("string"))
		}
	case "P":
		return fmt.Sprintf("(P{A: %s, B: %s, D: [3]uint16{%s}, E: %s})", any("int32"), any("string"), any("uint16"), any("float64"))
	case "[]int":
		switch m.n(4) {
		case 0:
			return fmt.Sprintf("%s[:%s]", sub("[]int"), sub("int"))
		case 1:
			return fmt.Sprintf("append([]int{%s}, %s...)", any("int"), sub("[]int"))
		case 2:
			return fmt.Sprintf("[]int{%s, %s}", any("int"), any("int"))
		}
	case "map[string]int":
		if m.n(2) == 0 {
			return fmt.Sprintf("map[string]int{%s: %s}", sub("string"), any("int"))
		}
	}
	return m.leaf(typ, constant)
}

func (m *maker) integer(typ string, sub, any func(string) string) string {
	switch m.n(14) {
	case 0:
		return fmt.Sprintf("(%s %s %s)", sub(typ), m.one([]string{"/", "%"}), sub(typ))
	case 1:
		return fmt.Sprintf("(%s %s %s)", sub(typ), m.one([]string{"/", "%"}), m.literal(typ))
	case 2:
		return fmt.Sprintf("(%s %s (%s & 63))", sub(typ), m.one([]string{"<<", ">>"}), sub(m.one(ints[5:])))
	case 3:
		return fmt.Sprintf("(%s %s %s)", sub(typ), m.one([]string{"<<", ">>"}), sub(m.one(ints[:5])))
	case 4:
		return fmt.Sprintf("(%s %s %d)", sub(typ), m.one([]string{"<<", ">>"}), m.n(70))
	case 5, 6:
		return fmt.Sprintf("%s(%s)", typ, sub(m.one(ints)))
	case 7:
		return fmt.Sprintf("%s(%s)", m.one([]string{"-", "^", "+"}), sub(typ))
	case 8:
		return fmt.Sprintf("%s(toInt(float64(%s)))", typ, sub(m.one(floats)))
	case 9:
		return fmt.Sprintf("%s(len(%s))", typ, sub(m.one([]string{"string", "[]int", "map[string]int"})))
	case 10:
		return fmt.Sprintf("%s(%s)", typ, m.one([]string{
			sub("[]int") + "[" + sub("int") + "]", sub("string") + "[" + sub("uint8") + "]", sub("map[string]int") + "[" + any("string") + "]"}))
	case 11:
		return fmt.Sprintf("%s(Summer(%s).Sum())", typ, sub(m.one([]string{"P", "N"})))
	case 12:
		return fmt.Sprintf("%s(%s)", typ, m.variable("P", false)+m.one([]string{".A", ".D[1]", ".Sum()", ".C[0]"}))
	default:
		return fmt.Sprintf("(%s %s %s)", sub(typ), m.one([]string{"+", "-", "*", "&", "|", "^", "&^"}), any(typ))
	}
}

func (m *maker) boolean(sub, any func(string) string) string {
	switch m.n(6) {
	case 0:
		return "!" + sub("bool")
	case 1:
		return fmt.Sprintf("(%s %s %s)", sub("bool"), m.one([]string{"&&", "||", "==", "!="}), any("bool"))
	case 2:
		a, b := m.one(ints), m.one(ints)
		return fmt.Sprintf("(interface{}(%s) == interface{}(%s))", sub(a), sub(b))
	case 3:
		return fmt.Sprintf("(%s == nil)", sub("[]int"))
	default:
		t := m.one(types[:13])
		return fmt.Sprintf("(%s %s %s)", sub(t), m.one([]string{"<", "<=", "==", "!=", ">", ">="}), any(t))
	}
}
