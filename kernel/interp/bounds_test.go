package interp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

// words returns what the Go runtime says of f's panic.
func words(f func()) (s string) {
	defer func() { s = strings.TrimPrefix(recover().(error).Error(), "runtime error: ") }()
	f()
	return ""
}

// The variables of the cells of TestBounds, here for the Go runtime to say what is
// wrong with the same expressions.
var (
	seven, minus, one, five = 7, -1, 1, 5
	small                   = int8(-3)
	huge                    = uint64(1<<63 + 5)
	xs                      = make([]int, 3, 4)
	none                    []string
	grid                    = [][]float64{{1, 2}, {3}}
	flags                   = []bool{true}
	array                   = [3]int{1, 2, 3}
	pointer                 = &array
	text                    = "abc"
	names                   = map[string][]int{"a": {1}}
	nested                  struct{ list []int }
	bs                      = []byte("xy")
)

const boundsDecls = `var (
	seven, minus, one, five = 7, -1, 1, 5
	small                   = int8(-3)
	huge                    = uint64(1<<63 + 5)
	xs                      = make([]int, 3, 4)
	none                    []string
	grid                    = [][]float64{{1, 2}, {3}}
	flags                   = []bool{true}
	array                   = [3]int{1, 2, 3}
	pointer                 = &array
	text                    = "abc"
	names                   = map[string][]int{"a": {1}}
	nested                  struct{ list []int }
	bs                      = []byte("xy")
)
func use(v ...any) {}
func element[T any](v []T, i int) T { return v[i] }
type Stack[T any] struct { items []T }
func (s *Stack[T]) Top() T { return s.items[len(s.items)-1] }
type ID uint8
type list []int
type place struct{ at ID }
var calls int
func next() int { calls++; return calls + 10 }
func three() list { return list{1, 2, 3} }
`

func use(...any) {}

func element[T any](v []T, i int) T { return v[i] }

type Stack[T any] struct{ items []T }

func (s *Stack[T]) Top() T { return s.items[len(s.items)-1] }

type ID uint8
type list []int
type place struct{ at ID }

var calls int

func next() int { calls++; return calls + 10 }

func three() list { return list{1, 2, 3} }

var bounds = []struct {
	cell string
	same func() // what the cell does
}{
	{"use(xs[seven])", func() { use(xs[seven]) }},
	{"use(xs[7])", func() { use(xs[7]) }},
	{"use(xs[3])", func() { use(xs[3]) }},
	{"use(xs[minus])", func() { use(xs[minus]) }},
	{"use(xs[small])", func() { use(xs[small]) }},
	{"use(xs[huge])", func() { use(xs[huge]) }},
	{"use(xs[seven-one*2])", func() { use(xs[seven-one*2]) }},
	{"use(none[0])", func() { use(none[0]) }},
	{"use(grid[1][one])", func() { use(grid[1][one]) }},
	{"use(grid[five][0])", func() { use(grid[five][0]) }},
	{"use(array[seven])", func() { use(array[seven]) }},
	{"use(pointer[seven])", func() { use(pointer[seven]) }},
	{"use(pointer[minus])", func() { use(pointer[minus]) }},
	{"use(text[seven])", func() { use(text[seven]) }},
	{"use(`hello`[seven])", func() { use(`hello`[seven]) }},
	{"use(names[`a`][one])", func() { use(names[`a`][one]) }},
	{"use(names[`b`][0])", func() { use(names[`b`][0]) }},
	{"use(nested.list[0])", func() { use(nested.list[0]) }},
	{"if flags[one] {\n\tuse()\n}", func() { use(flags[one]) }},
	{"if flags[1] {\n\tuse()\n}", func() { use(flags[1]) }},
	{"xs[seven] = 1", func() { xs[seven] = 1 }},
	{"xs[seven]++", func() { xs[seven]++ }},
	{"xs[seven] += 2", func() { xs[seven] += 2 }},
	{"xs[0], xs[five] = xs[1], xs[2]", func() { xs[0], xs[five] = xs[1], xs[2] }},
	{"array[seven] = 1", func() { array[seven] = 1 }},
	{"pointer[seven] = 1", func() { pointer[seven] = 1 }},
	{"p := &xs[seven]\nuse(p)", func() { p := &xs[seven]; use(p) }},
	{"for i := 0; ; i++ {\n\txs[i] = i\n}", func() {
		for i := 0; ; i++ {
			xs[i] = i
		}
	}},
	{"for i := 0; i < 5; i++ {\n\tfunc() { use(xs[i]) }()\n}", func() {
		for i := range 5 {
			func() { use(xs[i]) }()
		}
	}},
	{"func(ys ...int) { use(ys[len(ys)]) }(1, 2)", func() { func(ys ...int) { use(ys[len(ys)]) }(1, 2) }},
	{"use(element([]string{`a`}, 4))", func() { use(element([]string{`a`}, 4)) }},
	{"use((&Stack[int]{}).Top())", func() { use((&Stack[int]{}).Top()) }},
	{"use(three()[next()])", func() { use(three()[next()]) }},
	{"use(three()[:next()])", func() { use(three()[:next()]) }},
	{"p := &place{200}\nuse(xs[p.at])", func() { p := &place{200}; use(xs[p.at]) }},
	{"i := 9\ni = xs[i]\nuse(i)", func() { i := 9; i = xs[i]; use(i) }},
	{"var v = xs[seven]", func() { use(xs[seven]) }},
	{"use(os.Args[1000+one])", nil},

	{"use(xs[:five])", func() { use(xs[:five]) }},
	{"use(xs[:minus])", func() { use(xs[:minus]) }},
	{"use(xs[five:])", func() { use(xs[five:]) }},
	{"use(xs[minus:])", func() { use(xs[minus:]) }},
	{"use(xs[one*4:2])", func() { use(xs[one*4 : 2]) }},
	{"use(xs[one:seven])", func() { use(xs[one:seven]) }},
	{"use(xs[minus:seven])", func() { use(xs[minus:seven]) }},
	{"use(xs[:one:five])", func() { use(xs[:one:five]) }},
	{"use(xs[:one:minus])", func() { use(xs[:one:minus]) }},
	{"use(xs[:five:3])", func() { use(xs[:five:3]) }},
	{"use(xs[:minus:3])", func() { use(xs[:minus:3]) }},
	{"use(xs[five:2:3])", func() { use(xs[five:2:3]) }},
	{"use(xs[minus:2:3])", func() { use(xs[minus:2:3]) }},
	{"use(xs[huge:])", func() { use(xs[huge:]) }},
	{"use(array[:five])", func() { use(array[:five]) }},
	{"use(array[five:])", func() { use(array[five:]) }},
	{"use(array[:one:five])", func() { use(array[:one:five]) }},
	{"use(pointer[one:five])", func() { use(pointer[one:five]) }},
	{"use(text[:five])", func() { use(text[:five]) }},
	{"use(text[five:])", func() { use(text[five:]) }},
	{"use(text[one*4:2])", func() { use(text[one*4 : 2]) }},
	{"use(text[minus:])", func() { use(text[minus:]) }},
	{"xs = xs[:five]", func() { xs = xs[:five] }},
	{"bs = append(bs[:one], bs[five:]...)", func() { bs = append(bs[:one], bs[five:]...) }},
	{"use(append([]int{}, xs[2:one]...))", func() { use(append([]int{}, xs[2:one]...)) }},
}

// An operand out of range is told as the Go runtime tells it, at the position of the
// expression.
func TestBounds(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok(boundsDecls)
	calls = 0
	for _, c := range bounds {
		want := "index out of range [1001] with length 1" // a cell has no arguments
		if c.same != nil {
			want = words(c.same)
		}
		f := n.cell(c.cell).Failure
		if f == nil || f.Kind != link.FailPanic || f.Name != "runtime error" || f.Text != want {
			t.Errorf("%s: %+v, want %s", c.cell, f, want)
			continue
		}
		if at := places(f.Frames); len(at) == 0 || strings.Count(c.cell, "\n") == 0 && !slices.Contains(at, fmt.Sprintf("%d:1", n.run)) {
			t.Errorf("%s: at %v", c.cell, at)
		}
	}
	if got := n.ok("fmt.Print(calls)"); got != "2" {
		t.Errorf("an operand was computed again: %s calls, want 2", got)
	}
	// Operands that are fine aren't blamed for other panics.
	for cell, want := range map[string]string{
		"var p *[3]int\nuse(p[seven])":                      "invalid memory address or nil pointer dereference",
		"var p *[3]int\nuse(p[0:1])":                        "invalid memory address or nil pointer dereference",
		"use(xs[func() int { panic(`mine`) }()])":           "mine",
		"var m map[string]int\nm[`a`] = xs[0]":              "assignment to entry in nil map",
		"use(xs[0 : len(xs)/(one-1)])":                      "integer divide by zero",
		"var p *struct{ items []int }\nuse(p.items[seven])": "invalid memory address or nil pointer dereference",
	} {
		if f := n.cell(cell).Failure; f == nil || f.Text != want {
			t.Errorf("%s: %+v, want %s", cell, f, want)
		}
	}
}

// The positions of a panic over bounds that passes functions, and what user code sees
// that recovers it.
func TestBoundsPassOn(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok(`func inner(v []int, i int) int {
	return v[i]
}
func outer(v []int) (sum int) {
	defer func() { sum++ }()
	for i := 0; i <= len(v); i++ {
		sum += func() int {
			return inner(v, i)
		}()
	}
	return sum
}
func try(f func()) {
	defer func() {
		r := recover()
		err, isError := r.(error)
		_, isRuntime := r.(runtime.Error)
		var as runtime.Error
		fmt.Println(err, isError, isRuntime, errors.As(err, &as))
	}()
	f()
}
func again(v []int) {
	defer func() { panic(recover()) }()
	outer(v)
}`)
	for cell, at := range map[string][]string{
		"\nouter([]int{4, 5})": {"1:2", "1:8", "1:7", "2"},
		"again([]int{4, 5})":   {"1:2", "1:8", "1:7", "1:25", "1"}, // the deferred call panics with what it recovered
	} {
		f := n.cell(cell).Failure
		if f == nil || f.Text != "index out of range [2] with length 2" {
			t.Errorf("%s: %+v", cell, f)
			continue
		}
		at[len(at)-1] = fmt.Sprintf("%d:%s", n.run, at[len(at)-1])
		if got := places(f.Frames); !slices.Equal(got, at) {
			t.Errorf("%s: at %v, want %v", cell, got, at)
		}
	}
	got := n.ok("try(func() { outer(nil) })\ntry(func() { use := []int{1}; _ = use[2:] })")
	want := "runtime error: index out of range [0] with length 0 true true true\n" +
		"runtime error: slice bounds out of range [2:1] true true true\n"
	if got != want {
		t.Errorf("recover got\n%swant\n%s", got, want)
	}
	// Recovered, it leaves nothing behind.
	if f := n.cell("try(func() { outer(nil) })\npanic(`last`)").Failure; f == nil || f.Text != "last" || !slices.Equal(places(f.Frames), []string{fmt.Sprintf("%d:2", n.run)}) {
		t.Errorf("%+v", f)
	}
}
