//lint:file-ignore U1000 fields are there for reflection

package ship_test

import (
	"container/list"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/goherd/goherd/runtime/ship"
)

// A match says whether two values are the same graph: what is one variable in one is one in the other.
type match struct {
	there, back map[place]unsafe.Pointer
}

type place struct {
	p unsafe.Pointer
	t reflect.Type
}

// pair notes that two places correspond and reports whether they were known to, and whether they can.
func (m *match) pair(p, q unsafe.Pointer, t reflect.Type) (known, ok bool) {
	a, seen := m.there[place{p, t}]
	b, seenBack := m.back[place{q, t}]
	if seen || seenBack {
		return true, a == q && b == p
	}
	m.there[place{p, t}], m.back[place{q, t}] = q, p
	return false, true
}

// diff returns where two addressable values differ, "" if they don't.
func (m *match) diff(a, b reflect.Value) string {
	t := a.Type()
	a, b = reflect.NewAt(t, a.Addr().UnsafePointer()).Elem(), reflect.NewAt(t, b.Addr().UnsafePointer()).Elem()
	if t.Size() > 0 {
		known, ok := m.pair(a.Addr().UnsafePointer(), b.Addr().UnsafePointer(), t)
		if !ok {
			return "a " + t.String() + " is shared otherwise"
		}
		if known {
			return ""
		}
	}
	under := func(label, d string) string {
		if d == "" {
			return ""
		}
		return label + ": " + d
	}
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		if math.Float64bits(a.Float()) != math.Float64bits(b.Float()) {
			return fmt.Sprintf("%v and %v", a.Float(), b.Float())
		}
	case reflect.Array, reflect.Slice:
		if a.Len() != b.Len() || t.Kind() == reflect.Slice && a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%d and %d elements", a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := m.diff(a.Index(i), b.Index(i)); d != "" {
				return under(fmt.Sprint(i), d)
			}
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if d := m.diff(a.Field(i), b.Field(i)); d != "" {
				return under(t.Field(i).Name, d)
			}
		}
	case reflect.Pointer:
		if a.IsNil() != b.IsNil() {
			return "one is nil"
		}
		if !a.IsNil() {
			return under("*", m.diff(a.Elem(), b.Elem()))
		}
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return "one is nil"
			}
			return ""
		}
		x, y := a.Elem(), b.Elem()
		if x.Type() != y.Type() {
			return fmt.Sprintf("a %s and a %s", x.Type(), y.Type())
		}
		return under("."+x.Type().String(), m.diff(copyOf(x), copyOf(y)))
	case reflect.Map:
		if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%d and %d entries", a.Len(), b.Len())
		}
		if a.IsNil() {
			return ""
		}
		if known, ok := m.pair(a.UnsafePointer(), b.UnsafePointer(), t); !ok || known {
			if !ok {
				return "a map is shared otherwise"
			}
			return ""
		}
		for it := a.MapRange(); it.Next(); {
			v := b.MapIndex(it.Key())
			if !v.IsValid() {
				return fmt.Sprintf("no entry %v", it.Key())
			}
			if d := m.diff(copyOf(it.Value()), copyOf(v)); d != "" {
				return under(fmt.Sprint(it.Key()), d)
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%v and %v", a, b)
		}
	}
	return ""
}

func copyOf(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

func diff(a, b reflect.Value) string {
	m := &match{map[place]unsafe.Pointer{}, map[place]unsafe.Pointer{}}
	return m.diff(a, b)
}

// TestDiff checks the check.
func TestDiff(t *testing.T) {
	x, y := 1, 1
	for _, test := range []struct {
		a, b any
		same bool
	}{
		{[]*int{&x, &x}, []*int{&y, &y}, true}, {[]*int{&x, &y}, []*int{&x, &x}, false}, {[]*int{&x, &x}, []*int{&x, &y}, false},
		{[]any{1, "a"}, []any{1, "a"}, true}, {[]any{1}, []any{int64(1)}, false}, {map[string]int{"a": 1}, map[string]int{"b": 1}, false},
		{[]int{}, []int(nil), false},
	} {
		if d := diff(copyOf(reflect.ValueOf(test.a)), copyOf(reflect.ValueOf(test.b))); (d == "") != test.same {
			t.Errorf("%v, %v: %q", test.a, test.b, d)
		}
	}
}

// A generator makes types, and values that share.
type generator struct {
	*rand.Rand
	session []reflect.Type
	vars    map[reflect.Type][]reflect.Value // pointers to variables
	slices  map[reflect.Type][]reflect.Value
	maps    map[reflect.Type][]reflect.Value
	room    int // values that may still be made
}

type Tree struct {
	Left, Right *Tree
	Kids        []Tree
	Views       [][]Tree
	Any         any
	At          *[]Tree
	N           int8
	Tags        map[string]*Tree
}

type Named map[Key][]*Tree

type Key struct {
	A string
	B [2]int16
	C any
}

type (
	Matrix [][]float32
	Chain  struct{ next any }
	Weird  struct {
		_ [0]func()
		a bool
		b complex64
		_ uint32
		c [3]bool
		d struct{}
		e *struct{}
		f float64
	}
)

var sessionTypes = []reflect.Type{reflect.TypeFor[Tree](), reflect.TypeFor[Named](), reflect.TypeFor[Key](), reflect.TypeFor[Matrix](), reflect.TypeFor[Chain](), reflect.TypeFor[Weird]()}

var basicTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[float64](),
	reflect.TypeFor[float32](), reflect.TypeFor[string](), reflect.TypeFor[complex128](), reflect.TypeFor[uintptr](), reflect.TypeFor[byte](), reflect.TypeFor[time.Duration](),
}

// typ makes a type.
func (g *generator) typ(depth int) reflect.Type {
	if depth <= 0 || g.IntN(4) == 0 {
		if g.IntN(3) == 0 {
			return sessionTypes[g.IntN(len(sessionTypes))]
		}
		return basicTypes[g.IntN(len(basicTypes))]
	}
	switch g.IntN(7) {
	case 0:
		return reflect.PointerTo(g.typ(depth - 1))
	case 1:
		return reflect.SliceOf(g.typ(depth - 1))
	case 2:
		return reflect.ArrayOf(g.IntN(4), g.typ(depth-1))
	case 3:
		return reflect.MapOf(basicTypes[g.IntN(len(basicTypes))], g.typ(depth-1))
	case 4:
		return reflect.TypeFor[any]()
	}
	var fs []reflect.StructField
	for i := range g.IntN(5) {
		f := reflect.StructField{Name: fmt.Sprint("F", i), Type: g.typ(depth - 1)}
		if g.IntN(3) == 0 {
			f.Name, f.PkgPath = fmt.Sprint("f", i), "main"
		}
		fs = append(fs, f)
	}
	return reflect.StructOf(fs)
}

// fill gives the variable v a value.
func (g *generator) fill(v reflect.Value) {
	if !v.CanSet() {
		v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	t := v.Type()
	g.room--
	if v.Type().Size() > 0 {
		g.vars[t] = append(g.vars[t], v.Addr())
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(g.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(g.Uint64()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(g.Uint64())
	case reflect.Float32, reflect.Float64:
		v.SetFloat(g.NormFloat64())
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(g.NormFloat64(), 1))
	case reflect.String:
		v.SetString(strings.Repeat("ab€", g.IntN(4)))
	case reflect.Array:
		for i := range v.Len() {
			g.fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).Name != "_" {
				g.fill(v.Field(i))
			}
		}
	case reflect.Pointer:
		if have := g.vars[t.Elem()]; len(have) > 0 && g.IntN(2) == 0 {
			v.Set(have[g.IntN(len(have))])
		} else if g.room > 0 && g.IntN(4) > 0 {
			v.Set(reflect.New(t.Elem()))
			g.fill(v.Elem())
		}
	case reflect.Slice:
		if have := g.slices[t]; len(have) > 0 && g.IntN(2) == 0 {
			s := have[g.IntN(len(have))]
			i := g.IntN(s.Len() + 1)
			v.Set(s.Slice(i, i+g.IntN(s.Len()-i+1)))
			break
		}
		if g.room <= 0 || g.IntN(6) == 0 {
			break
		}
		s := reflect.MakeSlice(t, g.IntN(5), 6)
		g.slices[t] = append(g.slices[t], s)
		v.Set(s)
		for i := range s.Len() {
			g.fill(s.Index(i))
		}
	case reflect.Map:
		if have := g.maps[t]; len(have) > 0 && g.IntN(3) == 0 {
			v.Set(have[g.IntN(len(have))])
			break
		}
		if g.room <= 0 || g.IntN(5) == 0 {
			break
		}
		m := reflect.MakeMap(t)
		g.maps[t] = append(g.maps[t], m)
		v.Set(m)
		for range g.IntN(4) {
			k, el := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			// Neither is a variable that may be pointed to.
			kg := &generator{Rand: g.Rand, vars: map[reflect.Type][]reflect.Value{}}
			kg.fill(k)
			vars := g.vars
			g.vars = map[reflect.Type][]reflect.Value{}
			g.fill(el)
			g.vars = vars
			if k.Comparable() {
				m.SetMapIndex(k, el)
			}
		}
	case reflect.Interface:
		if g.room <= 0 || g.IntN(5) == 0 {
			break
		}
		x := reflect.New(g.typ(2)).Elem()
		vars := g.vars
		g.vars = map[reflect.Type][]reflect.Value{}
		g.fill(x)
		g.vars = vars
		v.Set(x)
	}
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 5)), vars: map[reflect.Type][]reflect.Value{}, slices: map[reflect.Type][]reflect.Value{},
		maps: map[reflect.Type][]reflect.Value{}, room: 200}
}

func TestRandom(t *testing.T) {
	in, out := ship.New(newRegistry(sessionTypes...)), ship.New(newRegistry(sessionTypes...))
	for seed := range uint64(8_000) {
		g := newGenerator(seed)
		v := reflect.New(g.typ(4)).Elem()
		g.fill(v)
		e, err := in.Encode(v)
		if err != nil {
			t.Fatalf("seed %d, %s: %v", seed, v.Type(), err)
		}
		got := reflect.New(v.Type()).Elem()
		if err := out.Decode(decoder(e), got); err != nil {
			t.Fatalf("seed %d, %s: %v", seed, v.Type(), err)
		}
		if d := diff(v, got); d != "" {
			t.Fatalf("seed %d, %s: %s", seed, v.Type(), d)
		}
	}
}

// fuzzed are the types of TestDamaged and FuzzDecode.
var fuzzed = []reflect.Type{
	reflect.TypeFor[any](), reflect.TypeFor[Tree](), reflect.TypeFor[[]Tree](), reflect.TypeFor[Named](), reflect.TypeFor[Weird](), reflect.TypeFor[[]string](),
	reflect.TypeFor[map[any]any](), reflect.TypeFor[[]error](), reflect.TypeFor[[]time.Time](), reflect.TypeFor[*big.Int](), reflect.TypeFor[*regexp.Regexp](),
	reflect.TypeFor[[]struct{}](), reflect.TypeFor[map[struct{}][]struct{}](), reflect.TypeFor[[][]bool](), reflect.TypeFor[list.List](), reflect.TypeFor[[]*future](),
	reflect.TypeFor[[]func(string) string](), reflect.TypeFor[atomic.Pointer[Tree]](), reflect.TypeFor[[]reflect.Type](), reflect.TypeFor[struct{ _ [1000]*int }](),
	reflect.TypeFor[strings.Builder](), reflect.TypeFor[[]Matrix](),
}

// damage decodes bytes that may be damaged as a value of a type, and fails if that takes too much memory or what comes of it
// isn't a value. The header is put before the bytes.
func damage(t *testing.T, c *ship.Codec, typ reflect.Type, data []byte) {
	head, err := c.Encode(reflect.Zero(typ))
	if err != nil {
		t.Fatal(err)
	}
	d := ship.Decoder{Data: append(head.Data[:6:6], data...), Sizes: []int64{int64(len(data)), 64 << 10}}
	d.Segment = func(_ int, p []byte) error {
		clear(p)
		return nil
	}
	v := reflect.New(typ).Elem()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = c.Decode(d, v)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > uint64(4<<20+400*len(data)) {
		t.Errorf("%s: %d bytes took %d bytes of memory", typ, len(data), n)
	}
	if err != nil {
		if !strings.HasPrefix(err.Error(), "ship: ") {
			t.Errorf("%s: %v", typ, err)
		}
		return
	}
	var refused *ship.Error
	if _, err := c.Encode(v); err != nil && !errors.As(err, &refused) {
		t.Errorf("%s: what was read can't be written: %v", typ, err)
	}
}

func seeds(f func(kind uint8, data []byte)) {
	c := ship.New(newRegistry(sessionTypes...))
	add := func(kind int, v reflect.Value) {
		if e, err := c.Encode(v); err == nil {
			f(uint8(kind), e.Data[6:])
		}
	}
	for i, t := range fuzzed {
		for seed := range uint64(8) {
			g := newGenerator(seed)
			v := reflect.New(t).Elem()
			if t.PkgPath() != "strings" && t.PkgPath() != "sync/atomic" && t.PkgPath() != "container/list" && t.Kind() != reflect.Pointer && !strings.Contains(t.String(), "time.") &&
				!strings.Contains(t.String(), "future") && !strings.Contains(t.String(), "error") && !strings.Contains(t.String(), "reflect") && !strings.Contains(t.String(), "func") {
				g.fill(v)
			}
			add(i, v)
		}
	}
	l := list.New()
	l.PushBack(1)
	for i, x := range map[int]any{7: []error{io.EOF, fmt.Errorf("a %w", io.EOF), errors.Join(io.EOF)}, 8: []time.Time{time.Now(), {}, time.Now().In(time.FixedZone("A", 5))},
		9: big.NewInt(1 << 40), 10: regexp.MustCompile("a+"), 14: *l, 15: []*future{done(1), done([]any{"x"})}, 16: []func(string) string{strings.ToUpper, nil},
		18: []reflect.Type{reflect.TypeFor[map[string][]any](), reflect.TypeFor[func(int, ...string) error](), reflect.TypeFor[struct{ A chan int }](), reflect.TypeFor[[4]*int]()}} {
		add(i, reflect.ValueOf(x))
	}
}

// TestDamaged changes bytes of what was written.
func TestDamaged(t *testing.T) {
	c := ship.New(newRegistry(sessionTypes...))
	r := rand.New(rand.NewPCG(1, 2))
	seeds(func(kind uint8, data []byte) {
		for n := range min(len(data), 40) {
			damage(t, c, fuzzed[kind], data[:n])
		}
		for range 100 {
			bad := append([]byte(nil), data...)
			for range 1 + r.IntN(3) {
				if len(bad) > 0 {
					bad[r.IntN(len(bad))] = byte(r.Uint32() >> r.IntN(8) >> 16)
				}
			}
			damage(t, c, fuzzed[kind], bad)
		}
	})
}

func FuzzDecode(f *testing.F) {
	seeds(func(kind uint8, data []byte) { f.Add(kind, data) })
	c := ship.New(newRegistry(sessionTypes...))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		damage(t, c, fuzzed[int(kind)%len(fuzzed)], data)
	})
}
