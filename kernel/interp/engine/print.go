package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
)

// print makes print and println, which write values as the Go runtime does.
func (c *compiler) print(n *code.Node) stmt {
	texts := make([]func(*frame) string, len(n.Kids))
	for i, k := range n.Kids {
		texts[i] = printed(c.expr(k))
	}
	line, host := n.A == 1, c.e.host
	return func(f *frame) ctl {
		var b strings.Builder
		for i, t := range texts {
			if line && i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(t(f))
		}
		if line {
			b.WriteByte('\n')
		}
		host.Print(b.String())
		return next
	}
}

// printed returns what print writes of a value.
func printed(x *expr) func(*frame) string {
	v := x.value()
	switch x.t.kind {
	case code.Bool:
		return func(f *frame) string { return strconv.FormatBool(v(f).Bool()) }
	case code.Int, code.Int8, code.Int16, code.Int32, code.Int64:
		return func(f *frame) string { return strconv.FormatInt(v(f).Int(), 10) }
	case code.Uint, code.Uint8, code.Uint16, code.Uint32, code.Uint64, code.Uintptr:
		return func(f *frame) string { return strconv.FormatUint(v(f).Uint(), 10) }
	case code.Float32:
		return func(f *frame) string { return strconv.FormatFloat(v(f).Float(), 'g', -1, 32) }
	case code.Float64:
		return func(f *frame) string { return strconv.FormatFloat(v(f).Float(), 'g', -1, 64) }
	case code.Complex64:
		return func(f *frame) string { return strconv.FormatComplex(v(f).Complex(), 'g', -1, 64) }
	case code.Complex128:
		return func(f *frame) string { return strconv.FormatComplex(v(f).Complex(), 'g', -1, 128) }
	case code.String:
		return func(f *frame) string { return v(f).String() }
	case code.Slice:
		return func(f *frame) string {
			s := v(f)
			return fmt.Sprintf("[%d/%d]%#x", s.Len(), s.Cap(), s.Pointer())
		}
	case code.Interface:
		w := get[iface](x)
		return func(f *frame) string {
			i := w(f)
			return fmt.Sprintf("(%#x,%#x)", uintptr(i.tab), uintptr(i.data))
		}
	}
	w := v
	return func(f *frame) string { return fmt.Sprintf("%#x", w(f).Pointer()) }
}
