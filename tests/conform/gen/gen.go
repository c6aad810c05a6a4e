// Package gen makes up Go programs that compile, end, and print the same every time:
// what two implementations of the language must agree on. A program is many small
// functions, each of which recovers from its own panics, because compiling costs much
// more than running.
package gen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// functions is how many functions a program has at most.
const functions = 40

// Program makes programs; rapid shrinks them.
func Program() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return assemble(rapid.SliceOfN(rapid.Custom(function), 1, functions).Draw(t, "functions"))
	})
}

// Example returns the program of a number, always the same.
func Example(seed int) string {
	return assemble(rapid.SliceOfN(rapid.Custom(function), functions, functions).Example(seed))
}

// assemble makes a program of the bodies of functions.
func assemble(bodies []string) string {
	var b strings.Builder
	b.WriteString(prelude)
	for i, body := range bodies {
		fmt.Fprintf(&b, "\nfunc f%d() {\n\tdefer caught(\"f%d\")\n%s}\n", i, i, body)
	}
	b.WriteString("\nfunc main() {\n")
	for i := range bodies {
		fmt.Fprintf(&b, "\tfmt.Println(\"f%d\")\n\tf%d()\n", i, i)
	}
	b.WriteString("}\n")
	return b.String()
}

// prelude is what all programs have: at least one variable of each type, types with
// methods, and functions that keep what is made up within bounds.
const prelude = `package main

import (
	"fmt"
	"runtime"
)

type (
	P struct {
		A int32
		B string
		C []int8
		D [3]uint16
		E float64
	}
	N  int16
	S  string
	Er struct{ Code int }
	Q  struct {
		P
		*N
		Any any
	}
	Summer interface{ Sum() int }
)

func (p P) Sum() int         { return int(p.A) + len(p.B) + len(p.C) }
func (p *P) Bump(n int32)    { p.A += n; p.D[0]++ }
func (n N) String() string   { return fmt.Sprintf("N%d", int16(n)) }
func (n N) Sum() int         { return int(n) * 2 }
func (e *Er) Error() string  { return fmt.Sprint("code ", e.Code) }

var (
	gint    int     = 3
	gint8   int8    = -100
	gint16  int16   = 30000
	gint32  int32   = 1 << 30
	gint64  int64   = -1 << 62
	guint   uint    = 7
	guint8  uint8   = 200
	guint16 uint16  = 65535
	guint32 uint32  = 1 << 31
	guint64 uint64  = 1<<64 - 1
	gfloat32 float32 = 1.5
	gfloat64 float64 = -2.25
	gstring string  = "héllo"
	gbool   bool    = true
	gN      N       = 9
	gP              = P{A: 1, B: "b", C: []int8{1, 2}, D: [3]uint16{4, 5, 6}}
	gints           = []int{1, 2, 3}
	gmap            = map[string]int{"a": 1}
)

// caught doesn't tell one error of the runtime from another: which of those that a
// statement has comes first is not for Go to say.
func caught(name string) {
	if r := recover(); r != nil {
		if _, ok := r.(runtime.Error); ok {
			fmt.Println(name, "runtime error")
			return
		}
		fmt.Printf("%s %T %v\n", name, r, r)
	}
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

func toInt(f float64) int {
	if f > -1e9 && f < 1e9 {
		return int(f)
	}
	return 0
}

func pick[T any](c bool, a, b T) T {
	if c {
		return a
	}
	return b
}

func add[T int | int8 | uint16 | float64 | string](a, b T) T { return a + b }

func two(a int, b string) (int, string) { return a + 1, b + "2" }

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}
`
