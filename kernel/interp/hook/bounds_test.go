package hook_test

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/hook"
)

// Slices, strings and arrays have bounds, maps and calls have none; a panic that isn't
// about them passes AtIndex as it is.
func TestBounds(t *testing.T) {
	got := map[string]bool{}
	m := newMachine(t, func(n hook.Node, e hook.Exec) hook.Exec {
		got[n.Gen] = n.Bounds != nil
		if n.Bounds == nil {
			return e
		}
		return func(f unsafe.Pointer) hook.Exec { return hook.AtIndex(1, e, n.Bounds, f) }
	})
	m.load(`func f(xs [][]int, i int) int { return xs[i][0] }
func g(s string, m map[string]int) int { return m[s[1:]] + m[s[:1]] }
func h(p *[3]int, i int) int { return p[i] }`)
	for gen, want := range map[string]bool{
		"getIndexArray": true, "getIndexArray[]": true, "slice": true, "slice0": true, "getIndexMap": false, "add[]": false,
	} {
		if bounds, ok := got[gen]; !ok || bounds != want {
			t.Errorf("%s: bounds %v (there is one: %v)", gen, bounds, ok)
		}
	}
	for call, want := range map[string]any{
		"f(nil, 2)":          hook.BoundsError("index out of range [2] with length 0"),
		"f([][]int{nil}, 0)": hook.BoundsError("index out of range [0] with length 0"),
		"g(``, nil)":         hook.BoundsError("slice bounds out of range [1:0]"),
		"h(nil, 7)":          "*reflect.ValueError",
	} {
		func() {
			defer func() {
				if v := recover(); v != want && fmt.Sprintf("%T", v) != want {
					t.Errorf("%s: %v, want %v", call, v, want)
				}
			}()
			m.number(call)
		}()
	}
}

// A loop that indexes a slice, with the position of the expression and with the words
// for its bounds, too.
func BenchmarkIndex(b *testing.B) {
	for name, h := range map[string]func(hook.Node, hook.Exec) hook.Exec{
		"bare": func(_ hook.Node, e hook.Exec) hook.Exec { return e },
		"At": func(n hook.Node, e hook.Exec) hook.Exec {
			if n.Bounds == nil {
				return e
			}
			return func(f unsafe.Pointer) hook.Exec { return hook.At(1, e, f) }
		},
		"AtIndex": func(n hook.Node, e hook.Exec) hook.Exec {
			bounds := n.Bounds
			if bounds == nil {
				return e
			}
			return func(f unsafe.Pointer) hook.Exec { return hook.AtIndex(1, e, bounds, f) }
		},
	} {
		b.Run(name, func(b *testing.B) {
			m := newMachine(b, h)
			m.load("var xs = make([]int, 1000)\nfunc sum(xs []int) int {\n\ts := 0\n\tfor i := 0; i < 1000; i++ {\n\t\ts += xs[i]\n\t}\n\treturn s\n}")
			entry := m.load("func entry() { sum(xs) }")
			for b.Loop() {
				entry()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/index")
		})
	}
}
