//lint:file-ignore SA*,S1*,ST1* what good style avoids must work, too

// Package border has code of the session and compiled code call each other in all the ways there are. Tests
// compare what it prints as compiled code with what it prints in the interpreter.
package border

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"
	"unicode"
	"unsafe"
)

// Run writes a report.
func Run(w io.Writer) {
	p := func(v ...any) { fmt.Fprintln(w, v...) }
	for _, step := range []func(func(...any)){
		funcs, callbacks, signatures, methods, bound, interfaces, assertions, boxes, compiled, channels, selects, pointers, nested, goroutines,
	} {
		step(p)
	}
}

// try runs f and prints the panic it ends with.
func try(p func(...any), f func()) {
	defer func() {
		if v := recover(); v != nil {
			_, ok := v.(runtime.Error)
			p("panic:", v, ok)
		}
	}()
	f()
}

func twice(f func(int) int) func(int) int { return func(n int) int { return f(f(n)) } }

func named(n int) int { return n + 1 }

type counter struct{ n int }

func (c *counter) inc() int { c.n++; return c.n }
func (c counter) get() int  { return c.n }

func funcs(p func(...any)) {
	p(twice(named)(1), twice(func(n int) int { return n * n })(3))
	k := 10
	add := func(n int) int { k++; return n + k }
	p(twice(add)(1), k)
	var none func(int) int
	try(p, func() { none(1) })
	try(p, func() { none(func() int { p("evaluated"); return 1 }()) })
	try(p, func() { defer none(2); p("deferred") })
	f := strings.ToUpper
	p(f("abc"), none == nil, f != nil)
	f = func(s string) string { return s + s }
	p(f("abc"))
	fs := map[string]func(float64) float64{"sqrt": math.Sqrt, "half": func(x float64) float64 { return x / 2 }, "floor": math.Floor}
	for _, name := range []string{"sqrt", "half", "floor"} {
		p(name, fs[name](10.5))
	}
	many := func(a int8, b string, c float32, d []int, e any, g [2]int, h struct{ X, Y int }, more ...string) (int, error, [2]string) {
		return int(a) + len(b) + int(c) + len(d) + g[1] + h.Y + len(more), fmt.Errorf("%v", e), [2]string{b, more[0]}
	}
	a, b, c := many(-1, "b", 2.5, []int{1, 2}, 'e', [2]int{3, 4}, struct{ X, Y int }{5, 6}, "x", "y")
	p(a, b, c)
	var c1, c2, c3 int
	three := func(n int) (int, int, int) { c1 += n; c2 += c1; c3 += c2; return c1, c2, c3 }
	three(1)
	p(three(2))
	p(c1, c2, c3)
}

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func callbacks(p func(...any)) {
	xs := []int{5, 2, 8, 1, 9, 3}
	sort.Slice(xs, func(i, j int) bool { return xs[i] > xs[j] })
	p(xs)
	slices.SortFunc(xs, func(a, b int) int { return a - b })
	p(xs, sort.Search(100, func(i int) bool { return i*i >= 50 }))
	words := byLen{"ccc", "a", "bb", "dddd", ""}
	sort.Sort(words)
	p(words)
	sort.Sort(sort.Reverse(&words))
	p(words)
	p(strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, "aBcDeé"), strings.FieldsFunc("a1b22c", unicode.IsDigit), strings.IndexFunc("abc", func(r rune) bool { return r == 'c' }))
	var once sync.Once
	n := 0
	for range 3 {
		once.Do(func() { n++ })
	}
	p(n)
	try(p, func() { sort.Slice(xs, func(i, j int) bool { panic("in less") }) })
	try(p, func() { sort.Slice(xs, func(i, j int) bool { return xs[i+100] < 0 }) })
	p(func() (s string) {
		defer func() { s = fmt.Sprint("recovered ", recover()) }()
		strings.Map(func(r rune) rune { var m map[string]int; m["x"] = 1; return r }, "x")
		return "not here"
	}())
}

type pair struct {
	A int16
	B string
}
type big struct{ A, B, C, D, E, F int }
type mixed struct {
	A float32
	B int8
	C float64
	D *int
}

// Funcs are of many types.
var Funcs = []any{
	func() {},
	func() int { return 1 },
	func(a int) int { return a },
	func(a int8, b uint16) (uint8, int32) { return uint8(a), int32(b) },
	func(a bool, b int64, c bool) (bool, bool) { return c, a && b != 0 },
	func(a string) string { return a + "!" },
	func(a string, b int) (int, string) { return b, a },
	func(a, b string) (string, string, bool) { return b, a, true },
	func(a []byte, b string) ([]byte, error) { return append(a, b...), nil },
	func(a any, b error) (any, error) { return b, fmt.Errorf("%v", a) },
	func(a float64) float64 { return a * 2 },
	func(a float32, b float64) (float32, float64) { return a / 2, b / 2 },
	func(a int, b float64, c string, d float32) (float64, int) { return b + float64(d), a + len(c) },
	func(a complex128, b complex64) (complex64, complex128) { return b * 2, a * 2 },
	func(a pair) pair { return pair{a.A + 1, a.B + "."} },
	func(a, b pair, c int) (pair, int) { return b, c + int(a.A) },
	func(a big) big { return big{F: a.A, A: a.F} },
	func(a mixed, b mixed) mixed { return mixed{a.A, b.B, a.C, b.D} },
	func(a [1]string, b [2]int) ([2]int, [1]string) { return [2]int{b[1], b[0]}, a },
	func(a struct{}, b int) (struct{}, int) { return a, b },
	func(a map[string]int, b chan int, c *int, d func() int) (int, *int) {
		return len(a) + cap(b) + *c + d(), c
	},
	func(a, b, c, d, e, f, g, h, i, j int) int { return a - b + c - d + e - f + g - h + i - j },
	func(a, b, c, d, e string) string { return a + b + c + d + e },
	func(a ...int) int { return len(a) + a[1] },
	func(a time.Time, b time.Duration) (time.Time, error) { return a.Add(b), nil },
	func(a any, b, c string) (int, error) { return len(b) + len(c), nil },
	func(a *int, b []byte, c int64) (int, error) { return *a + len(b) + int(c), nil },
	func(a uint8, b int16, c uint32, d uintptr) (uintptr, uint32, int16) { return d, c, b + int16(a) },
	func(a reflect.Type, b byLen, c unsafe.Pointer) (byLen, bool) { return b, c == nil && a != nil },
}

// signatures calls Funcs by reflect, which knows the calling convention, and prints what arrives.
func signatures(p func(...any)) {
	one := 1
	for _, f := range Funcs {
		v := reflect.ValueOf(f)
		args := make([]reflect.Value, v.Type().NumIn())
		for i := range args {
			t := v.Type().In(i)
			args[i] = Sample(t, i+2)
			if t.Kind() == reflect.Pointer {
				args[i] = reflect.ValueOf(&one)
			}
		}
		var out []any
		call := v.Call
		if v.Type().IsVariadic() {
			call = v.CallSlice
		}
		for _, r := range call(args) {
			if r.Kind() == reflect.Pointer {
				r = r.Elem()
			}
			if m, ok := r.Interface().(mixed); ok {
				out = append(out, m.A, m.B, m.C, *m.D)
				continue
			}
			out = append(out, r.Interface())
		}
		p(v.Type(), out)
	}
}

// Sample returns a value that depends on n.
func Sample(t reflect.Type, n int) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(n%2 == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(-n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(n) + 0.5)
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float64(n), -1))
	case reflect.String:
		v.SetString(strings.Repeat("s", n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(t, n, n+1))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
	case reflect.Chan:
		v.Set(reflect.MakeChan(t, n))
	case reflect.Func:
		v.Set(reflect.ValueOf(func() int { return n }))
	case reflect.Interface:
		switch t.Name() {
		case "error":
			v.Set(reflect.ValueOf(errors.New("sample")))
		case "Type":
			v.Set(reflect.ValueOf(t))
		default:
			v.Set(reflect.ValueOf(n))
		}
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return reflect.ValueOf(time.Unix(int64(n), 0).UTC())
		}
		for i := range t.NumField() {
			if t.Field(i).Type.Kind() == reflect.Pointer {
				k := n
				v.Field(i).Set(reflect.ValueOf(&k))
				continue
			}
			v.Field(i).Set(Sample(t.Field(i).Type, n+i))
		}
	case reflect.Array:
		for i := range t.Len() {
			v.Index(i).Set(Sample(t.Elem(), n+i))
		}
	}
	return v
}

type point struct{ X, Y int }

func (q point) String() string               { return fmt.Sprintf("<%d %d>", q.X, q.Y) }
func (q *point) Move(dx, dy int)             { q.X += dx; q.Y += dy }
func (q point) Plus(r point) point           { return point{q.X + r.X, q.Y + r.Y} }
func (q point) MarshalText() ([]byte, error) { return []byte(q.String()), nil }
func (q *point) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "<%d %d>", &q.X, &q.Y)
	return err
}

type code int

func (c code) Error() string     { return "code " + strconv.Itoa(int(c)) }
func (c code) Is(err error) bool { return err == errBase }
func (c code) Format(f fmt.State, verb rune) {
	w, ok := f.Width()
	fmt.Fprintf(f, "%c(%d,%v,%d)", verb, w, ok, int(c))
}

var errBase = errors.New("base")

type handler func(string) string

func (h handler) Handle(s string) string { return "handled " + h(s) }

type table map[string]int

func (t table) Len() int { return len(t) }

type holder struct{ p *point }

func (h holder) Where() string { return h.p.String() }

type embedding struct {
	point
	*counter
	fmt.Stringer
}

type lines struct{ got []string }

func (l *lines) Write(b []byte) (int, error) {
	l.got = append(l.got, string(b))
	return len(b), nil
}

type rot13 struct{ r io.Reader }

func (r rot13) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	for i, c := range b[:n] {
		if c >= 'a' && c <= 'z' {
			b[i] = 'a' + (c-'a'+13)%26
		}
	}
	return n, err
}

func methods(p func(...any)) {
	q := point{1, 2}
	q.Move(3, 4)
	p(q, &q, []point{q}, map[point]point{q: q}, q.Plus(q))
	p(fmt.Sprintf("%v %+v %s %d %T", q, q, q, q, q))
	j, err := json.Marshal(map[string]any{"q": q, "c": &q})
	p(string(j), err)
	var back struct{ Q point }
	p(json.Unmarshal([]byte(`{"Q":"<7 8>"}`), &back), back)
	var e error = fmt.Errorf("wrapped: %w", code(5))
	var c code
	p(errors.As(e, &c), int(c), errors.Is(e, errBase), errors.Is(e, io.EOF))
	p(code(7), fmt.Sprintf("%5d", code(8)))
	p(handler(strings.ToLower).Handle("ABC"), table{"a": 1}.Len(), holder{&q}.Where())
	for _, s := range []interface{ Len() int }{table{"x": 1, "y": 2}, byLen{"a"}, bytes.NewBufferString("abc")} {
		p(s.Len())
	}
	var l lines
	fmt.Fprintf(&l, "a%d\n", 1)
	io.WriteString(&l, "b")
	p(io.Copy(&l, rot13{strings.NewReader("hello")}))
	p(l.got)
	b, err := io.ReadAll(io.LimitReader(rot13{strings.NewReader("uryyb world")}, 5))
	p(string(b), err)
	t := template.Must(template.New("").Parse(`{{.Q}} {{.Q.X}} {{.P.Plus .Q}} {{range .L}}{{.}},{{end}}`))
	var out strings.Builder
	p(t.Execute(&out, map[string]any{"Q": q, "P": &q, "L": byLen{"x", "y"}}), out.String())
	v := reflect.ValueOf(&q)
	p(v.MethodByName("Plus").Call([]reflect.Value{reflect.ValueOf(q)})[0], v.Type().NumMethod(), v.Elem().Type().NumMethod())
	p(reflect.TypeOf(q).Method(1).Name, reflect.TypeOf(q).Method(1).Func.Call([]reflect.Value{reflect.ValueOf(q), reflect.ValueOf(q)})[0])
	m := embedding{point{1, 1}, &counter{4}, q}
	m.Move(1, 1)
	p(m.inc(), m.counter.get(), m.point, m.Stringer)
}

func bound(p func(...any)) {
	q := point{1, 2}
	str, move, plus := q.String, q.Move, q.Plus
	q.X = 50
	move(1, 1)
	p(str(), q, plus(q))
	var s fmt.Stringer = q
	f := s.String
	s = nil
	p(f())
	s = &q
	f = s.String
	q.X = 0
	p(f())
	s = holderStringer{&q}
	f = s.String
	p(f(), strings.Map(func(r rune) rune { return r }, f()))
	try(p, func() { s = nil; f = s.String })
	buf := bytes.NewBufferString("abc")
	write := buf.WriteString
	write("def")
	p(buf, time.Duration(1500).String(), strings.NewReplacer("a", "b").Replace("aaa"))
	var w io.Writer = buf
	wf := w.Write
	p(wf([]byte("ghi")))
	p(buf)
	sec := time.Duration(2e9).Seconds
	p(sec(), slices.ContainsFunc([]string{"x"}, buf2.has))
	g := point.Plus
	h := (*point).Move
	h(&q, 2, 2)
	p(g(q, q), fmt.Stringer.String(q))
	var c counter
	inc := c.inc
	inc()
	inc()
	p(c.n, inc())
	var lock sync.Mutex
	func() {
		lock.Lock()
		defer lock.Unlock()
		p(lock.TryLock())
	}()
	p(lock.TryLock())
}

type set map[string]bool

func (s set) has(k string) bool { return s[k] }

var buf2 = set{"x": true}

type holderStringer struct{ p *point }

func (h holderStringer) String() string { return "held " + h.p.String() }

type shape interface {
	Area() float64
	fmt.Stringer
}
type square float64

func (s square) Area() float64  { return float64(s * s) }
func (s square) String() string { return fmt.Sprintf("square %g", float64(s)) }

type rect struct{ w, h float64 }

func (r *rect) Area() float64  { return r.w * r.h }
func (r *rect) String() string { return fmt.Sprint("rect ", r.w, r.h) }

type circle struct{ r float64 }

func (c circle) Area() float64  { return 3 * c.r * c.r }
func (c circle) String() string { return fmt.Sprint("circle ", c.r) }

type unexported interface{ hidden() string }
type hides int

func (h hides) hidden() string { return "hidden" + strconv.Itoa(int(h)) }

func interfaces(p func(...any)) {
	var total float64
	c := &circle{3}
	shapes := []shape{square(2), &rect{2, 3}, circle{1}, c, square(0.5)}
	for range 3 {
		for _, s := range shapes {
			total += s.Area()
		}
		c.r++
	}
	p(total, shapes)
	var s shape
	try(p, func() { s.Area() })
	s = (*circle)(nil)
	try(p, func() { s.Area() })
	s = (*rect)(nil)
	try(p, func() { s.Area() })
	try(p, func() {
		s = (*circle)(nil)
		defer s.Area()
		p("deferred")
	})
	try(p, func() {
		s = nil
		defer s.Area()
		p("not here")
	})
	var u unexported = hides(3)
	p(u.hidden())
	var r io.Reader = strings.NewReader("read me")
	b := make([]byte, 4)
	for range 3 {
		n, err := r.Read(b)
		p(n, err, string(b[:n]))
	}
	var e error
	e = &url.Error{Op: "get", URL: "u", Err: os.ErrNotExist}
	p(e, e.(interface{ Unwrap() error }).Unwrap() == os.ErrNotExist, errors.Is(e, os.ErrNotExist))
	for _, x := range []sort.Interface{byLen{"aa", "b"}, sort.StringSlice{"b", "a"}, sort.IntSlice{3, 1, 2}} {
		if x.Less(1, 0) {
			x.Swap(0, 1)
		}
		p(x, x.Len())
	}
	defer s2{p}.Close()
	var cl io.Closer = s2{p}
	defer cl.Close()
	done := make(chan bool)
	go closer(cl, done).Close()
	<-done
}

type s2 struct{ p func(...any) }

func (s s2) Close() error { s.p("closed"); return nil }

type closing struct {
	io.Closer
	done chan bool
}

func (c closing) Close() error { defer close(c.done); return c.Closer.Close() }

func closer(c io.Closer, done chan bool) io.Closer { return closing{c, done} }

func describe(x any) string {
	switch x := x.(type) {
	case nil:
		return "nil"
	case int, int8:
		return fmt.Sprintf("int %v", x)
	case string:
		return "string " + x
	case []int:
		return fmt.Sprint("ints ", len(x))
	case point:
		return "point " + x.String()
	case *point:
		return fmt.Sprint("pointer ", x == nil)
	case func(int) int:
		return fmt.Sprint("func ", x(1))
	case error:
		return "error " + x.Error()
	case fmt.Stringer:
		return "stringer " + x.String()
	case struct{ A, B int }:
		return fmt.Sprint("struct ", x.A+x.B)
	case [2]string:
		return x[0] + x[1]
	case map[string]int, chan int:
		return fmt.Sprintf("%T", x)
	}
	return fmt.Sprintf("other %T", x)
}

func assertions(p func(...any)) {
	for _, x := range []any{nil, 1, int8(2), "s", []int{1}, point{1, 2}, (*point)(nil), named, code(3), io.EOF, time.Second, circle{2}, &circle{3},
		struct{ A, B int }{1, 2}, [2]string{"a", "b"}, map[string]int{}, make(chan int), 1.5, square(1), table{}, hides(1)} {
		p(describe(x))
	}
	var x any = "text"
	s, ok := x.(string)
	p(s, ok)
	n, ok := x.(int)
	p(n, ok)
	q, ok := x.(point)
	p(q, ok)
	h, ok := any(holder{&point{5, 6}}).(holder)
	p(h.p, ok)
	h, ok = x.(holder)
	p(h.p, ok)
	st, ok := any(point{1, 1}).(fmt.Stringer)
	p(st, ok)
	st, ok = x.(fmt.Stringer)
	p(st, ok)
	e, ok := any(code(2)).(error)
	p(e, ok)
	var none any
	var sh shape = square(1)
	var sn shape
	p(sh.(square), sh.(fmt.Stringer), any(sh).(shape).Area(), holder{&point{}} == any(h))
	for _, f := range []func(){
		func() { _ = x.(int) }, func() { _ = x.(point) }, func() { _ = none.(int) }, func() { _ = x.(fmt.Stringer) }, func() { _ = none.(fmt.Stringer) },
		func() { _ = sh.(*rect) }, func() { _ = sn.(*rect) }, func() { _ = sh.(error) }, func() { _ = sn.(fmt.Stringer) }, func() { _ = none.(any) },
		func() { _ = x.(*int) }, func() { _ = any(point{}).(shape) }, func() { _ = any(1).(unexported) }, func() { _ = x.([2]string) }, func() { _ = x.(holder) },
		func() { _ = x.(func()) },
	} {
		try(p, f)
	}
}

func boxes(p func(...any)) {
	for i := range 3 {
		b, by, n := i == 1, byte(i*100), i*1000
		r, f32, f := rune('a'+i), float32(i)/2, float64(i)/2
		c, c64 := complex(float64(i), 1), complex64(complex(float32(i), 2))
		u16, u32, u64, i16 := uint16(i), uint32(i)<<20, uint64(i)<<60, int16(-i)
		s, bs := strings.Repeat("x", i), make([]string, i)
		arr, st := [3]int{i}, pair{int16(i), "p"}
		var e [0]int
		xs := []any{b, by, n, r, f32, f, c, c64, u16, u32, u64, i16, s, bs, arr, st, e, struct{}{}, &n == nil, code(i), square(i), hides(i)}
		by, n, s, arr[0], st.B = 0, 0, "", 0, ""
		p(xs...)
		for _, x := range xs {
			if reflect.TypeOf(x).Comparable() {
				if x != xs[slices.IndexFunc(xs, func(y any) bool { return reflect.TypeOf(y) == reflect.TypeOf(x) })] && reflect.TypeOf(x) != reflect.TypeFor[bool]() {
					p("not itself", x)
				}
			}
		}
	}
	var err error = code(1)
	var x any = err
	var s fmt.Stringer
	x2 := any(s)
	p(x == any(code(1)), x2 == nil, err == code(1))
}

func compiled(p func(...any)) {
	p(math.Sqrt(2), math.Pow(2, 10), math.MaxInt64, math.Hypot(3, 4), math.Signbit(-1), math.Float32bits(1.5), math.Float32frombits(0x40000000))
	p(math.Modf(2.5))
	p(math.Frexp(10))
	p(math.Sincos(0))
	p(strconv.Itoa(-5), strconv.Quote("a\n"), strconv.FormatFloat(1.5, 'e', 3, 64), strconv.AppendInt([]byte("n="), 7, 2), strconv.FormatInt(-255, 16))
	p(strconv.Atoi("12"))
	p(strconv.Atoi("x"))
	p(strconv.ParseFloat("2.5", 64))
	p(strconv.ParseBool("true"))
	p(strconv.ParseInt("-7f", 16, 8))
	p(strings.Contains("abc", "b"), strings.Index("abc", "c"), strings.Repeat("ab", 3), strings.Replace("aaa", "a", "b", 2), strings.Split("a,b", ","),
		strings.Join([]string{"x", "y"}, "-"), strings.HasPrefix("abc", "ab"), strings.TrimRight("abcc", "c"), strings.EqualFold("Ab", "aB"), strings.ContainsRune("abc", 'b'))
	p(strings.Cut("k=v", "="))
	p(bytes.Cut([]byte("k=v"), []byte("=")))
	before, after, ok := bytes.Cut([]byte("k=v"), []byte("="))
	p(string(before), string(after), ok)
	p(unicode.IsLetter('x'), unicode.ToUpper('x'), unicode.SimpleFold('k'))
	t := time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC)
	p(t, t.Add(time.Hour).Sub(t), t.Weekday(), t.YearDay(), t.Format(time.Kitchen), t.Before(t.AddDate(0, 1, 0)), t.Unix(), t.IsZero())
	p(t.Date())
	p(t.ISOWeek())
	d, err := time.ParseDuration("1h15m")
	p(d, err, d.Minutes(), d.Round(time.Hour), d.Truncate(time.Hour).String())
	r := strings.NewReader("héllo")
	for range 3 {
		p(r.ReadRune())
	}
	p(r.ReadByte())
	p(r.Seek(0, io.SeekStart))
	p(r.Len(), r.Size())
	var b bytes.Buffer
	b.WriteString("abc")
	b.WriteByte('d')
	p(b.WriteRune('é'))
	fmt.Fprintf(&b, "%d", 5)
	p(b.String(), b.Len())
	p(b.ReadString('c'))
	u, err := url.Parse("http://u:p@host:80/p?q=1#f")
	p(u.Host, u.Port(), u.Query(), u.User.Username(), err)
	p(u.User.Password())
	p(complexOf(2), reflect.TypeOf(t).Field(0).Name, reflect.ValueOf(point{3, 4}).Field(1).Int())
	p(fmt.Sprint(), fmt.Sprint("a", 1, 2, "b"), fmt.Sprintf("%[2]v %[1]v", 1, "x"), fmt.Errorf("e: %w", io.EOF))
	var n int
	var word string
	k, err := fmt.Sscan("12 words", &n, &word)
	p(n, word, k, err)
	p(errors.Join(io.EOF, nil, errBase))
	p(sort.SearchInts([]int{1, 3, 5}, 3), slices.Max([]string{"a", "c", "b"}))
	try(p, func() { strings.Repeat("x", -1) })
	try(p, func() { var b *bytes.Buffer; b.WriteString("x") })
	try(p, func() { var t *time.Location; p(t.String()) })
	p(len(os.Args) > 0, os.ErrExist, reflect.TypeOf(os.Stdout))
}

func complexOf(x float64) complex128 { return complex(math.Abs(x), math.Copysign(x, -1)) }

func channels(p func(...any)) {
	ints, done := make(chan int), make(chan string)
	go func() {
		defer close(ints)
		for i := range 3 {
			ints <- i
		}
	}()
	for v := range ints {
		p(v)
	}
	v, ok := <-ints
	p(v, ok)
	go func() { done <- "done" }()
	p(<-done)
	pts := make(chan pair, 2)
	pts <- pair{1, "one"}
	pts <- pair{2, "two"}
	close(pts)
	q, ok := <-pts
	p(q, ok, len(pts), cap(pts))
	p(<-pts)
	q, ok = <-pts
	p(q, ok)
	back := make(chan pair)
	go func() { back <- pair{3, "three"} }()
	p(<-back)
	go func() { p2 := <-back; p2.A++; back <- p2 }()
	back <- pair{4, "four"}
	p(<-back)
	anys, fl, sl, bo, em := make(chan any, 1), make(chan float32, 1), make(chan []int, 1), make(chan bool, 1), make(chan struct{}, 1)
	anys <- point{1, 2}
	fl <- 1.5
	sl <- []int{1}
	bo <- true
	em <- struct{}{}
	p(<-anys, <-fl, <-sl, <-bo, <-em)
	funcs := make(chan func(int) int, 1)
	funcs <- named
	p((<-funcs)(1))
	var nilc chan int
	p(len(nilc), cap(nilc))
	try(p, func() { close(nilc) })
	try(p, func() { close(ints) })
	try(p, func() { ints <- 1 })
	try(p, func() { pts <- pair{} })
	t := time.After(time.Millisecond)
	p((<-t).IsZero())
	var wg sync.WaitGroup
	sum := make(chan int, 10)
	for i := range 10 {
		wg.Add(1)
		go func() { defer wg.Done(); sum <- i * i }()
	}
	wg.Wait()
	close(sum)
	n := 0
	for v := range sum {
		n += v
	}
	p(n)
}

func selects(p func(...any)) {
	a, b, none := make(chan int, 1), make(chan string, 1), (chan pair)(nil)
	try1 := func() string {
		select {
		case v := <-a:
			return fmt.Sprint("a ", v)
		case s, ok := <-b:
			return fmt.Sprint("b ", s, ok)
		case none <- pair{}:
			return "none"
		default:
			return "default"
		}
	}
	p(try1())
	a <- 1
	p(try1(), try1())
	b <- "x"
	p(try1())
	close(b)
	p(try1())
	send := func() string {
		select {
		case a <- 5:
			return "sent"
		case <-time.After(time.Millisecond):
			return "late"
		}
	}
	p(send(), send())
	seen := map[int]bool{}
	c1, c2 := make(chan int), make(chan int)
	quit := make(chan struct{})
	go func() {
		for i := range 20 {
			select {
			case c1 <- i:
			case c2 <- i:
			}
		}
		close(quit)
	}()
loop:
	for {
		select {
		case v := <-c1:
			seen[v] = true
		case v := <-c2:
			if v%2 == 0 {
				seen[v] = true
				continue loop
			}
			seen[v] = true
			break
		case <-quit:
			break loop
		}
	}
	p(len(seen))
	order := []string{}
	ch := func(name string, c chan pair) chan pair { order = append(order, name); return c }
	val := func(name string) pair { order = append(order, name); return pair{1, name} }
	full := make(chan pair, 1)
	select {
	case ch("first", full) <- val("second"):
	case ch("third", nil) <- val("fourth"):
	case q := <-ch("fifth", nil):
		p(q)
	}
	p(order, <-full)
	try(p, func() {
		select {
		case a <- 1:
		case b <- "closed":
		}
	})
	var xs [2]int
	a = make(chan int, 2)
	a <- 7
	select {
	case xs[1] = <-a:
	}
	p(xs)
}

func pointers(p func(...any)) {
	xs := []int32{1, 2, 3}
	q := unsafe.Pointer(unsafe.SliceData(xs))
	p(*(*int32)(unsafe.Add(q, 4)), unsafe.Slice(&xs[1], 2), unsafe.String(unsafe.StringData("hello"), 3), unsafe.Sizeof(pair{}), unsafe.Offsetof(pair{}.B))
	var none *int32
	p(unsafe.Slice(none, 0) == nil, len(unsafe.Slice((*struct{})(nil), 0)))
}

// Misuse writes a report of errors with package unsafe. The race detector's checks end the process instead.
func Misuse(w io.Writer) {
	p := func(v ...any) { fmt.Fprintln(w, v...) }
	xs := []int32{1, 2, 3}
	q := unsafe.Pointer(unsafe.SliceData(xs))
	var none *int32
	n := -1
	try(p, func() { _ = unsafe.Slice(&xs[0], n) })
	n = 1
	try(p, func() { _ = unsafe.Slice(none, n) })
	n = math.MaxInt
	try(p, func() { _ = unsafe.Slice(&xs[0], n) })
	try(p, func() { _ = unsafe.String((*byte)(q), -n) })
}

// nested has calls within calls of the same kind, and panics that leave some of them.
func nested(p func(...any)) {
	p(strings.Repeat(strings.Repeat("a", len(strings.Repeat("b", 2))), 2), strconv.Itoa(strings.Index(strconv.Itoa(12345), strconv.Itoa(3))))
	var fib func(n int) int
	fib = func(n int) int {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	}
	p(fib(15))
	depth := 0
	var down func(s fmt.Stringer) string
	down = func(s fmt.Stringer) string {
		depth++
		if depth > 50 {
			panic("deep enough")
		}
		return fmt.Sprint(recursive{down}, s)
	}
	try(p, func() { down(nil) })
	for i := range 5 {
		try(p, func() {
			xs := []int{3, 2, 1}
			sort.Slice(xs, func(a, b int) bool {
				if i == 3 {
					panic(fmt.Sprint("at ", i))
				}
				ys := []string{"b", "a"}
				sort.Slice(ys, func(a, b int) bool { return ys[a] < ys[b] })
				return xs[a] < xs[b]
			})
			p(xs)
		})
	}
}

type recursive struct{ f func(fmt.Stringer) string }

func (r recursive) Format(s fmt.State, verb rune) { panic(errors.New("stop")) }

func goroutines(p func(...any)) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[string]int{}
	shapes := []shape{square(1), &rect{1, 2}, circle{3}}
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				s := shapes[(g+i)%3]
				text := strings.ToUpper(fmt.Sprint(s, int(s.Area())))
				xs := make([]int, 10)
				for j := range xs {
					xs[j] = (j * 7) % 10
				}
				sort.Slice(xs, func(a, b int) bool { return xs[a] < xs[b] })
				if !sort.IntsAreSorted(xs) {
					text = "not sorted"
				}
				mu.Lock()
				counts[text]++
				mu.Unlock()
				if i%50 == 0 {
					runtime.GC()
				}
			}
		})
	}
	wg.Wait()
	p(counts)
	after := make(chan int)
	time.AfterFunc(time.Millisecond, func() { after <- 1 })
	p(<-after)
	go strings.Map(func(r rune) rune { after <- int(r); return r }, "x")
	p(<-after)
	go p2(after, 5)
	p(<-after)
}

func p2(c chan int, n int) { c <- n }
