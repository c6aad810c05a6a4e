package pretty

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

type Point struct{ X, Y int }

type Line struct {
	From, To Point
	Name     string
	hidden   any
}

type Celsius float64

type Weekday int

func (d Weekday) String() string { return [...]string{"Monday", "Tuesday"}[d] }

type Chain struct {
	N    int
	Next *Chain
}

type Failure struct{ Code int }

func (f *Failure) Error() string { return fmt.Sprintf("failed with %d", f.Code) }

type Report struct {
	When time.Time
	made time.Time
	Took time.Duration
	Err  error
	Day  Weekday
	mu   sync.Mutex
}

type Pair[A, B any] struct {
	First  A
	Second B
}

func p[T any](v T) *T { return &v }

func loop() *Chain {
	c := &Chain{N: 1}
	c.Next = &Chain{N: 2, Next: c}
	return c
}

func selfSlice() []any {
	s := []any{1, nil}
	s[1] = s
	return s
}

func selfMap() map[string]any {
	m := map[string]any{}
	m["self"] = m
	return m
}

func ints(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func TestFormat(t *testing.T) {
	at := time.Date(2024, 5, 1, 10, 0, 0, 500_000_000, time.UTC)
	full := make(chan int, 4)
	full <- 1
	for _, test := range []struct {
		src  any
		want string
	}{
		{nil, `nil`},
		{true, `true`},
		{-42, `-42`},
		{uint8(200), `200`},
		{uintptr(255), `0xff`},
		{3.0, `3`},
		{0.1, `0.1`},
		{float32(0.1), `0.1`},
		{1e20, `100000000000000000000`},
		{1e21, `1e+21`},
		{math.NaN(), `NaN`},
		{math.Inf(-1), `-Inf`},
		{complex(1, -2), `(1-2i)`},
		{"a\n\"b\"", `"a\n\"b\""`},
		{Celsius(21.5), `21.5`},
		{[]any{1, 3.0, "a", uint8(3), Celsius(21), float32(2.5), nil, true, []int(nil)}, `[]any{1, 3.0, "a", uint8(3), Celsius(21), float32(2.5), nil, true, []int(nil)}`},
		{Point{1, 2}, `Point{X: 1, Y: 2}`},
		{&Point{1, 2}, `&Point{X: 1, Y: 2}`},
		{(*Point)(nil), `(*Point)(nil)`},
		{p(p(3)), `&&3`},
		{Line{Point{1, 2}, Point{3, 4}, "l", nil}, `Line{From: Point{X: 1, Y: 2}, To: Point{X: 3, Y: 4}, Name: "l", hidden: nil}`},
		{[]Point{{1, 2}, {3, 4}}, `[]Point{{X: 1, Y: 2}, {X: 3, Y: 4}}`},
		{[]*Point{{1, 2}, nil}, `[]*Point{&Point{X: 1, Y: 2}, nil}`},
		{[2][2]int{{1, 2}, {3, 4}}, `[2][2]int{{1, 2}, {3, 4}}`},
		{map[string]int{"b": 2, "a": 1}, `map[string]int{"a": 1, "b": 2}`},
		{map[Point]string{{2, 1}: "b", {1, 2}: "a"}, `map[Point]string{{X: 1, Y: 2}: "a", {X: 2, Y: 1}: "b"}`},
		{map[any]int{"x": 1, 2: 2, 1: 1, true: 3}, `map[any]int{true: 3, 1: 1, 2: 2, "x": 1}`},
		{map[string]struct{}{"a": {}}, `map[string]struct{}{"a": {}}`},
		{map[float64]bool{math.NaN(): true, -1: false}, `map[float64]bool{NaN: true, -1: false}`},
		{[]int(nil), `[]int(nil)`},
		{[]int{}, `[]int{}`},
		{map[string]int(nil), `map[string]int(nil)`},
		{(func(int, ...string) (bool, error))(nil), `(func(int, ...string) (bool, error))(nil)`},
		{strings.ToUpper, `func(string) string {…}`},
		{(chan int)(nil), `(chan int)(nil)`},
		{full, `(chan int)(1 of 4)`},
		{make(chan (<-chan Point)), `(chan (<-chan Point))`},
		{struct {
			A int
			b *int
		}{1, nil}, `struct{A: 1, b: nil}`},
		{[]struct{ A int }{{1}}, `[]struct{A int}{{A: 1}}`},
		{[]byte("hello\n"), `[]byte("hello\n")`},
		{[]byte{1, 0xff}, `[]byte{0x01, 0xff}`},
		{[3]byte{1, 2, 255}, `[3]byte{0x01, 0x02, 0xff}`},
		{at, `2024-05-01 10:00:00.5 +0000 UTC`},
		{1500 * time.Millisecond, `1.5s`},
		{Weekday(1), `Tuesday`},
		{[]Weekday{0, 1}, `[]Weekday{Monday, Tuesday}`},
		{[]Weekday{7}, `[]Weekday{7 /* String panicked: runtime error: index out of range [7] with length 2 */}`},
		{errors.New("boom"), `error: boom`},
		{fmt.Errorf("reading: %w", fs.ErrNotExist), `error: reading: file does not exist`},
		{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist}, `*fs.PathError: open /x: file does not exist`},
		{[]error{errors.New("a"), &Failure{3}, nil}, `[]error{error("a"), *Failure("failed with 3"), nil}`},
		{Report{at, at, time.Second, errors.New("x"), 0, sync.Mutex{}}, `Report{
    When: 2024-05-01 10:00:00.5 +0000 UTC,
    made: 2024-05-01 10:00:00.5 +0000 UTC,
    Took: 1s,
    Err: error("x"),
    Day: Monday,
    mu: sync.Mutex{…},
}`},
		{big.NewInt(12345), `12345`},
		{[]any{netip.MustParseAddr("192.0.2.1")}, `[]any{192.0.2.1}`},
		{[]fmt.Stringer{bytes.NewBufferString("two\nlines")}, `[]fmt.Stringer{*bytes.Buffer("two\nlines")}`},
		{loop(), `&Chain{N: 1, Next: &Chain{N: 2, Next: <cycle>}}`},
		{selfSlice(), `[]any{1, <cycle>}`},
		{selfMap(), `map[string]any{"self": <cycle>}`},
		{Pair[string, Pair[Point, time.Duration]]{"a", Pair[Point, time.Duration]{Point{}, 1}}, `Pair[string, pretty.Pair[Point, time.Duration]]{
    First: "a",
    Second: Pair[Point, time.Duration]{First: Point{X: 0, Y: 0}, Second: 1ns},
}`},
		{ints(100)[:40], `[]int{
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
}`},
		{ints(10_000), `[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 9,985 more …, 9995, 9996, 9997, 9998, 9999} // len 10000`},
		{[][]int{ints(1000)}, `[][]int{{0, 1, 2, 3, 4, … 993 more …, 998, 999}}`},
	} {
		got := strings.ReplaceAll(Format(reflect.ValueOf(test.src), nil, Options{}), "pretty.", "")
		want := strings.ReplaceAll(test.want, "pretty.", "")
		if got != want {
			t.Errorf("%T:\n got %s\nwant %s", test.src, got, want)
		}
	}
}

func TestTopLevelTextStandsAsItIs(t *testing.T) {
	err := errors.Join(errors.New("one"), errors.New("two"))
	if got, want := Format(reflect.ValueOf(err), nil, Options{}), "error: one\ntwo"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	long := bytes.NewBufferString(strings.Repeat("é", 1000))
	if got, want := Format(reflect.ValueOf(long), nil, Options{MaxBytes: 101}), strings.Repeat("é", 50)+" … 1,900 more bytes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLongString(t *testing.T) {
	s := strings.Repeat("a", 30_000)
	got := Format(reflect.ValueOf(s), nil, Options{})
	if want := `"` + s[:10_000] + `" … 20,000 more bytes // len 30000`; got != want {
		t.Errorf("got %.40s…%s", got, got[len(got)-60:])
	}
	got = Format(reflect.ValueOf([]string{s}), nil, Options{})
	if want := "[]string{\n    \"" + s[:1000] + "\" … 29,000 more bytes,\n}"; got != want {
		t.Errorf("got %.40s…%s", got, got[len(got)-60:])
	}
}

// Huge values must cost what is shown of them, not what they are.
func TestWorkIsBounded(t *testing.T) {
	matrix := make([][]float64, 2000)
	for i := range matrix {
		matrix[i] = make([]float64, 2000)
	}
	m := map[int]string{}
	for i := range 50_000 {
		m[i] = strings.Repeat("x", 2000)
	}
	list := &Chain{}
	for range 100_000 {
		list = &Chain{Next: list}
	}
	var deep any
	for range 10_000 {
		deep = []any{deep, deep, deep}
	}
	var big [1 << 16]Point
	for _, v := range []any{make([]int, 10_000_000), matrix, m, list, deep, make([]byte, 10_000_000), bytes.Repeat([]byte("a"), 10_000_000),
		make([]string, 1_000_000), big, make([][][][]int, 1000), [][]map[int]string{{m, m}}} {
		// Counting allocations rather than time: it can't flake.
		var got string
		allocs := testing.AllocsPerRun(1, func() { got = Format(reflect.ValueOf(v), nil, Options{}) })
		if len(got) > 30_000 || allocs > 60_000 {
			t.Errorf("%T: %d bytes, %.0f allocations", v, len(got), allocs)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%T: invalid UTF-8", v)
		}
	}
}

func TestHugeMapSaysThatItIsNotInOrder(t *testing.T) {
	m := map[int]int{}
	for i := range 10_001 {
		m[i] = i
	}
	got := Format(reflect.ValueOf(m), nil, Options{})
	if want := "… 9,986 more …,\n} // len 10001, some of the keys"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s", got)
	}
	delete(m, 10_000)
	got = Format(reflect.ValueOf(m), nil, Options{})
	if !strings.Contains(got, "    9: 9,\n    … 9,985 more …,\n    9995: 9995,") || !strings.HasSuffix(got, "} // len 10000") {
		t.Errorf("got %s", got)
	}
}

func TestStaticType(t *testing.T) {
	// The shapes that the interpreter makes of
	//   type Node struct { id int; Next *Node; tags map[Color]temp; Any any }
	//   type Color string; type temp float64
	color := &Type{Name: "main.Color", Kind: "string"}
	temp := &Type{Name: "main.temp", Kind: "float64", Methods: []string{"String"}}
	node := &Type{Name: "main.Node", Kind: "struct"}
	node.Fields = []Field{
		{Name: "id", Type: &Type{Name: "int", Kind: "int"}},
		{Name: "Next", Type: &Type{Kind: "ptr", Elem: node}},
		{Name: "tags", Type: &Type{Kind: "map", Key: color, Elem: temp}},
		{Name: "Any", Type: &Type{Name: "any", Kind: "interface"}},
	}
	type shape = struct {
		Xid   int
		Next  *struct{ Xid int } // another shape: the static type must not be forced on it
		Xtags map[string]float64
		Any   any
	}
	v := shape{1, &struct{ Xid int }{2}, map[string]float64{"red": 3}, uint8(4)}
	for _, test := range []struct {
		v    any
		t    *Type
		want string
	}{
		{v, node, `Node{id: 1, Next: &struct{id: 2}, tags: map[Color]temp{"red": 3°}, Any: uint8(4)}`},
		{&v, &Type{Kind: "ptr", Elem: node}, `&Node{id: 1, Next: &struct{id: 2}, tags: map[Color]temp{"red": 3°}, Any: uint8(4)}`},
		{[]shape{{}}, &Type{Kind: "slice", Elem: node}, `[]Node{{id: 0, Next: nil, tags: nil, Any: nil}}`},
		{[]shape(nil), &Type{Kind: "slice", Elem: node}, `[]Node(nil)`},
		{v, &Type{Name: "main.Wrong", Kind: "slice"}, `struct{id: 1, Next: &struct{id: 2}, tags: map[string]float64{"red": 3}, Any: uint8(4)}`},
		{[]any{"red"}, nil, `[]any{Color("red")}`},
		{2.0, temp, `2°`},
	} {
		got := Format(reflect.ValueOf(test.v), test.t, Options{
			Interpreted: true,
			Method: func(_ *Type, v reflect.Value, name string) (string, bool) {
				return fmt.Sprint(v.Float(), "°"), name == "String"
			},
			Dynamic: func(v reflect.Value) *Type {
				if v.Elem().Kind() == reflect.String {
					return color
				}
				return nil
			},
		})
		if got != test.want {
			t.Errorf("\n got %s\nwant %s", got, test.want)
		}
	}
}

func TestMethodHookMayPanic(t *testing.T) {
	temp := &Type{Name: "main.Temp", Kind: "int", Methods: []string{"String"}}
	got := Format(reflect.ValueOf(7), temp, Options{Method: func(*Type, reflect.Value, string) (string, bool) {
		panic(errors.New("line 1\nline 2 */ end"))
	}})
	if want := "7 /* String panicked: line 1 line 2 * / end */"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEncode(t *testing.T) {
	node := &Type{Name: "main.Node", Kind: "struct", Methods: []string{"String", "HTML"}}
	node.Fields = []Field{{Name: "Next", Type: &Type{Kind: "ptr", Elem: node}}, {Name: "Base", Embedded: true}}
	arr := &Type{Kind: "array", Len: 3, Elem: node}
	dict := &Type{Kind: "map", Key: &Type{Name: "string", Kind: "string"}, Elem: arr}
	data, err := Encode(dict, nil, node)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[1] != nil || got[0].Elem.Elem != got[2] || got[2].Fields[0].Type.Elem != got[2] {
		t.Fatalf("identity is lost: %s", data)
	}
	if s := got[0].String(); s != "map[string][3]Node" {
		t.Errorf("got %s", s)
	}
	if f := got[2].Fields[1]; f.Name != "Base" || !f.Embedded || f.Type != nil || !got[2].HasMethod("HTML") {
		t.Errorf("got %+v", got[2])
	}
	for _, bad := range []string{``, `{`, `{"t":[{"e":2}],"r":[1]}`, `{"t":[],"r":[-1]}`} {
		if _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"t":[{"k":"slice","e":1}],"r":[1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		types, err := Decode(data)
		if err != nil {
			return
		}
		for _, typ := range types {
			_ = typ.String()
			Format(reflect.ValueOf([]any{struct{ A, B any }{1, []int{1}}, 2}), typ, Options{})
		}
	})
}

func TestShortName(t *testing.T) {
	for src, want := range map[string]string{
		"int":                          "int",
		"main.Point":                   "Point",
		"*main.Point":                  "*Point",
		"map[string]main.Point":        "map[string]Point",
		"domain.Point":                 "domain.Point",
		"main.Pair[int,a.org/b-c/d.T]": "Pair[int, d.T]",
		"func(...main.T) interface {}": "func(...T) any",
		"chan<- main.T":                "chan<- T",
	} {
		if got := shortName(src); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}

func TestWidthAndDepth(t *testing.T) {
	got := Format(reflect.ValueOf(map[string]Line{"ab": {}}), nil, Options{Width: 40})
	want := `map[string]pretty.Line{
    "ab": {
        From: pretty.Point{X: 0, Y: 0},
        To: pretty.Point{X: 0, Y: 0},
        Name: "",
        hidden: nil,
    },
}`
	if got != want {
		t.Errorf("got %s", got)
	}
	got = Format(reflect.ValueOf([]any{[]any{[]any{1}}, []any{}}), nil, Options{MaxDepth: 2})
	if want := `[]any{[]any{[]any{…}}, []any{}}`; got != want {
		t.Errorf("got %s", got)
	}
}
