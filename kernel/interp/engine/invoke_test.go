package engine

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/engine/internal/border"
)

// call calls f with arguments in a block.
func call(s *signature, inv invoker, fv, recv unsafe.Pointer, args []reflect.Value) []any {
	block := newObject(s.block)
	for i, a := range args {
		reflect.NewAt(s.in[i].rt, unsafe.Add(block, s.inOff[i])).Elem().Set(a)
	}
	inv(fv, recv, block)
	var out []any
	for i, t := range s.out {
		out = append(out, reflect.NewAt(t.rt, unsafe.Add(block, s.outOff[i])).Elem().Interface())
	}
	return out
}

// TestInvoke calls compiled functions in the fast and in the slow way.
func TestInvoke(t *testing.T) {
	e := newOps(t).e
	fast := 0
	for _, f := range border.Funcs {
		v := reflect.ValueOf(f)
		s := e.signature(v.Type())
		args := make([]reflect.Value, len(s.in))
		for i, in := range s.in {
			args[i] = border.Sample(in.rt, i+2)
			if in.rt == reflect.TypeFor[*int]() {
				n := i
				args[i] = reflect.ValueOf(&n)
			}
		}
		want := call(s, slowInvoker(s, false), objectOf(v), nil, args)
		inv := fastInvoker(s, false)
		if inv == nil {
			t.Logf("%s is called slowly", s.rt)
			continue
		}
		fast++
		for range 3 {
			if got := call(s, inv, objectOf(v), nil, args); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", s.rt, got, want)
			}
			runtime.GC()
		}
	}
	if fast < len(border.Funcs)/2 {
		t.Errorf("%d of %d functions are called fast", fast, len(border.Funcs))
	}
}

// methods are those of a compiled type, to be called through an interface.
type methods interface {
	Floats(a float64, b float32, c int, d float64) (float64, float32)
	Ints(a int8, b uint16, c bool, d string, e []int) (string, []int)
	Many(a, b, c, d, e, f, g, h, i int) int
	Named(t time.Time, d time.Duration) time.Time
	None()
	Short(s string) error
	Three(a, b string) (string, string, bool)
}

type compiled struct{ n int }

func (c *compiled) Floats(a float64, b float32, n int, d float64) (float64, float32) {
	return a + d + float64(n+c.n), b
}
func (c *compiled) Ints(a int8, b uint16, x bool, d string, e []int) (string, []int) {
	return fmt.Sprint(a, b, x, d, c.n), append(e, 1)
}
func (c *compiled) Many(a, b, d, e, f, g, h, i, j int) int {
	return a - b + d*e - f*g + h*i*j + c.n
}
func (c *compiled) Named(t time.Time, d time.Duration) time.Time { return t.Add(d) }
func (c *compiled) None()                                        { c.n++ }
func (c *compiled) Short(s string) error                         { return fmt.Errorf("%s %d", s, c.n) }
func (c *compiled) Three(a, b string) (string, string, bool)     { return strings.Cut(a, b) }

// TestInvokeMethods calls compiled methods by the code in an itab.
func TestInvokeMethods(t *testing.T) {
	e := newOps(t).e
	rt := reflect.TypeFor[methods]()
	for i := range rt.NumMethod() {
		s := e.signature(rt.Method(i).Type)
		args := make([]reflect.Value, len(s.in))
		for i, in := range s.in {
			args[i] = border.Sample(in.rt, i+2)
		}
		var results [][]any
		var after []int
		for _, inv := range []invoker{slowInvoker(s, true), fastInvoker(s, true)} {
			if inv == nil {
				if name := rt.Method(i).Name; name != "Many" {
					t.Errorf("%s is called slowly", name)
				}
				continue
			}
			c := &compiled{5}
			var m methods = c
			w := (*iface)(unsafe.Pointer(&m))
			results = append(results, call(s, inv, unsafe.Add(w.tab, itabFun+uintptr(i)*8), w.data, args))
			after = append(after, c.n)
		}
		for k := range results {
			if !reflect.DeepEqual(results[k], results[0]) || after[k] != after[0] {
				t.Errorf("%s: %v %d, want %v %d", rt.Method(i).Name, results[k], after[k], results[0], after[0])
			}
		}
	}
}

// TestAdapters has the func types that are to be called by compiled code without reflection.
func TestAdapters(t *testing.T) {
	e := newOps(t).e
	for _, f := range []any{
		func() {}, func(int, int) bool { return false }, func(rune) rune { return 0 }, func(string) bool { return false }, func(int) bool { return false },
		func(string, string) int { return 0 }, func(error) error { return nil }, func(any) {}, func(float64) float64 { return 0 }, func() error { return nil },
		func(*int, []byte) (int, error) { return 0, nil }, func(*int, any, *int) {}, func(*int) string { return "" }, func(*int) ([]byte, error) { return nil, nil },
		func(*int, int, int) bool { return false }, func(*int, int, int) {}, func(string) (string, error) { return "", nil }, func(*int, fmt.State, rune) {},
	} {
		if e.kind(reflect.TypeOf(f), "").adapter == 0 {
			t.Errorf("%T has no adapter", f)
		}
	}
}
