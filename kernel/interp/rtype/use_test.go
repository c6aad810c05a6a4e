//lint:file-ignore U1000 only the layout matters

package rtype

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

const shop = `
type Point struct {
	X, Y int
	name string
}
func (p Point) String() string { return "" }
func (p *Point) Move(dx, dy int) {}
func (p Point) Sum(ns ...int) int { return 0 }
func (p Point) secret() string { return "" }

type Failure struct { Code int; cause error }
func (f *Failure) Error() string { return "" }
func (f *Failure) Unwrap() error { return nil }

type Code int
func (c Code) Error() string { return "" }

type ByLen []string
func (b ByLen) Len() int { return 0 }
func (b ByLen) Less(i, j int) bool { return false }
func (b ByLen) Swap(i, j int) {}

type Temp float64
func (t Temp) MarshalText() ([]byte, error) { return nil, nil }
func (t *Temp) UnmarshalText(b []byte) error { return nil }

type Handler func(string) string
func (h Handler) Handle(s string) string { return "" }

type Ref struct { p *Point }
func (r Ref) String() string { return "" }

type Outer struct {
	Point
	*Failure
	extra any
}
type Pair[K comparable, V any] struct { Key K; Val V }
func (p Pair[K, V]) String() string { return "" }

type Wide struct { a, b, c, d, e, f, g, h, i, j, k, l float64; s string }
func (w Wide) Add(a, b, c, d, e, f, g, h, i, j, k, l int, x float64, s string) (int, float64, string) { return 0, 0, "" }

type secretive interface { secret() string; String() string }
type Tagged struct {
	A int    ` + "`json:\"a\" xml:\"a,attr\"`" + `
	B []Temp ` + "`json:\"b\" xml:\"b\"`" + `
	c int
}
var anon struct { Point; Z int }
var pair Pair[string, Point]
var points map[Point]string
var iface interface { secret() string }
`

func one(x any) []reflect.Value { return []reflect.Value{reflect.ValueOf(x)} }

// shopBodies are the methods of shop. They collect garbage to see that arguments survive.
var shopBodies = map[string]body{
	"Point.String": func(p reflect.Value, _ []reflect.Value) []reflect.Value {
		runtime.GC()
		return text(fmt.Sprintf("%s(%d,%d)", p.FieldByName("name"), p.FieldByName("X").Int(), p.FieldByName("Y").Int()))
	},
	"(*Point).Move": func(p reflect.Value, args []reflect.Value) []reflect.Value {
		runtime.GC()
		p = p.Elem()
		p.FieldByName("X").SetInt(p.FieldByName("X").Int() + args[0].Int())
		p.FieldByName("Y").SetInt(p.FieldByName("Y").Int() + args[1].Int())
		return nil
	},
	"Point.Sum": func(p reflect.Value, args []reflect.Value) []reflect.Value {
		n := int(p.FieldByName("X").Int() + p.FieldByName("Y").Int())
		for i := range args[0].Len() {
			n += int(args[0].Index(i).Int())
		}
		return one(n)
	},
	"Point.secret": func(p reflect.Value, _ []reflect.Value) []reflect.Value {
		return text("secret " + p.FieldByName("name").String())
	},
	"(*Failure).Error": func(f reflect.Value, _ []reflect.Value) []reflect.Value {
		return text(fmt.Sprint("failure ", f.Elem().FieldByName("Code").Int()))
	},
	"(*Failure).Unwrap": func(f reflect.Value, _ []reflect.Value) []reflect.Value {
		c := f.Elem().FieldByName("cause")
		return []reflect.Value{reflect.NewAt(c.Type(), c.Addr().UnsafePointer()).Elem()}
	},
	"Code.Error": func(c reflect.Value, _ []reflect.Value) []reflect.Value { return text(fmt.Sprint("code ", c.Int())) },
	"ByLen.Len":  func(b reflect.Value, _ []reflect.Value) []reflect.Value { return one(b.Len()) },
	"ByLen.Less": func(b reflect.Value, args []reflect.Value) []reflect.Value {
		return one(b.Index(int(args[0].Int())).Len() < b.Index(int(args[1].Int())).Len())
	},
	"ByLen.Swap": func(b reflect.Value, args []reflect.Value) []reflect.Value {
		reflect.Swapper(b.Interface())(int(args[0].Int()), int(args[1].Int()))
		return nil
	},
	"Temp.MarshalText": func(t reflect.Value, _ []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(fmt.Appendf(nil, "%g°", t.Float())), reflect.Zero(reflect.TypeFor[error]())}
	},
	"(*Temp).UnmarshalText": func(t reflect.Value, args []reflect.Value) []reflect.Value {
		var f float64
		_, err := fmt.Sscanf(string(args[0].Bytes()), "%g°", &f)
		t.Elem().SetFloat(f)
		return []reflect.Value{reflect.ValueOf(&err).Elem()}
	},
	"Handler.Handle": func(h reflect.Value, args []reflect.Value) []reflect.Value { return h.Call(args) },
	"Ref.String": func(r reflect.Value, _ []reflect.Value) []reflect.Value {
		return text("ref to " + r.Field(0).Elem().FieldByName("name").String())
	},
	"Pair[string, Point].String": func(p reflect.Value, _ []reflect.Value) []reflect.Value {
		return text(p.Field(0).String() + "=" + fmt.Sprint(p.Field(1).Interface()))
	},
	"Wide.Add": func(w reflect.Value, args []reflect.Value) []reflect.Value {
		runtime.GC()
		n := 0
		for i, a := range args[:12] {
			n += (i + 1) * int(a.Int())
		}
		f := args[12].Float()
		for i := range 12 {
			f += float64(i+1) * w.Field(i).Float()
		}
		return []reflect.Value{reflect.ValueOf(n), reflect.ValueOf(f), reflect.ValueOf(args[13].String() + w.Field(12).String())}
	},
}

func openShop(t *testing.T) *session {
	s := newSession(t, shopBodies)
	s.declare(shop)
	return s
}

// point returns a pointer to a Point.
func (s *session) point(x, y int, name string) reflect.Value {
	p := reflect.New(s.typ("Point"))
	set(p.Elem(), "X", x)
	set(p.Elem(), "Y", y)
	set(p.Elem(), "name", strings.Clone(name))
	return p
}

func check(t *testing.T, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestFmt(t *testing.T) {
	s := openShop(t)
	p := s.point(1, 2, "p")
	v := p.Elem().Interface()
	check(t, fmt.Sprintf("%v %v %T %T", v, p.Interface(), v, p.Interface()), "p(1,2) p(1,2) main.Point *main.Point")
	check(t, fmt.Sprintf("%#v", v), `main.Point{X:1, Y:2, name:"p"}`)
	check(t, fmt.Sprintf("%d", v), "{1 2 %!d(string=p)}")

	r := reflect.New(s.typ("Ref")).Elem()
	set(r, "p", p.Interface())
	check(t, fmt.Sprint(r.Interface(), " ", r.Addr().Interface()), "ref to p ref to p")
	check(t, IsDirect(r.Type()), true)

	pair := reflect.New(s.typ("pair")).Elem()
	pair.Field(0).SetString("k")
	pair.Field(1).Set(p.Elem())
	check(t, fmt.Sprintf("%v %T", pair.Interface(), pair.Interface()), "k=p(1,2) main.Pair[string,main.Point]")
	check(t, pair.Type().Name(), "Pair[string,main.Point]")
	check(t, reflect.SliceOf(pair.Type()).String(), "[]main.Pair[string,main.Point]")

	c := reflect.New(s.typ("Code")).Elem()
	c.SetInt(7)
	check(t, fmt.Sprintf("%v %d %T", c.Interface(), c.Interface(), c.Interface()), "code 7 7 main.Code")
	check(t, fmt.Sprintf("%T", reflect.Zero(s.typ("points")).Interface()), "map[main.Point]string")
}

func TestEmbedding(t *testing.T) {
	s := openShop(t)
	p := s.point(3, 4, "in")
	for _, typ := range []reflect.Type{s.typ("anon"), s.typ("Outer")} {
		o := reflect.New(typ)
		o.Elem().Field(0).Set(p.Elem())
		check(t, o.Interface().(fmt.Stringer).String(), "in(3,4)")
		check(t, o.Elem().Interface().(fmt.Stringer).String(), "in(3,4)")
		o.Interface().(interface{ Move(int, int) }).Move(10, 20)
		check(t, o.Elem().Field(0).Field(0).Int(), int64(13))
		_, ok := o.Elem().Interface().(interface{ Move(int, int) })
		check(t, ok, false)
		f, ok := typ.FieldByName("Y")
		check(t, fmt.Sprint(ok, f.Index), "true [0 1]")
	}
	check(t, s.typ("anon").String(), "struct { main.Point; Z int }")

	o := reflect.New(s.typ("Outer")).Elem()
	f := reflect.New(s.typ("Failure"))
	set(f.Elem(), "Code", 5)
	o.Field(1).Set(f)
	err := o.Interface().(error)
	check(t, err.Error(), "failure 5")
	check(t, errors.Unwrap(err), nil)
}

func TestErrors(t *testing.T) {
	s := openShop(t)
	f := reflect.New(s.typ("Failure"))
	set(f.Elem(), "Code", 42)
	cause := f.Elem().FieldByName("cause")
	reflect.NewAt(cause.Type(), cause.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(io.ErrUnexpectedEOF))
	wrapped := fmt.Errorf("at home: %w", f.Interface().(error))
	check(t, wrapped.Error(), "at home: failure 42")
	check(t, errors.Is(wrapped, io.ErrUnexpectedEOF), true)
	target := reflect.New(f.Type())
	if !errors.As(wrapped, target.Interface()) || target.Elem().Pointer() != f.Pointer() {
		t.Error("errors.As doesn't find a *Failure")
	}
	if errors.As(wrapped, reflect.New(s.typ("Code")).Interface()) {
		t.Error("errors.As finds a Code")
	}
	c := reflect.ValueOf(3).Convert(s.typ("Code"))
	d := reflect.ValueOf(3).Convert(s.typ("Code"))
	check(t, errors.Is(fmt.Errorf("%w", c.Interface().(error)), d.Interface().(error)), true)
}

func TestUnexportedMethod(t *testing.T) {
	s := openShop(t)
	p := s.point(0, 0, "hush")
	for _, name := range []string{"secretive", "iface"} {
		it := s.typ(name)
		if !p.Type().Implements(it) || !p.Elem().Type().Implements(it) || s.typ("Ref").Implements(it) {
			t.Errorf("%s is implemented by the wrong types", name)
		}
		if Itab(it, p.Type()) == nil || Itab(it, s.typ("Ref")) != nil {
			t.Errorf("%s has the wrong itabs", name)
		}
	}
	type other interface{ secret() string } // of another package
	if _, ok := p.Interface().(other); ok {
		t.Error("an unexported method is there for another package")
	}
	check(t, s.typ("Point").NumMethod(), 2)
	check(t, p.Type().NumMethod(), 3)

	// Call it as the engine does.
	var words [2]unsafe.Pointer
	words[0], words[1] = Itab(s.typ("iface"), p.Type()), p.UnsafePointer()
	v := reflect.NewAt(s.typ("iface"), unsafe.Pointer(&words)).Elem()
	check(t, v.Elem().Type(), p.Type())
	fn := *(*unsafe.Pointer)(unsafe.Add(words[0], 24))
	fv := &fn
	call := *(*func(unsafe.Pointer) string)(unsafe.Pointer(&fv))
	check(t, call(p.UnsafePointer()), "secret hush")
	check(t, Itab(reflect.TypeFor[any](), p.Type()), Ptr(p.Type()))
}

func TestReflectCalls(t *testing.T) {
	s := openShop(t)
	p := s.point(1, 2, "q")
	check(t, p.Elem().MethodByName("String").Call(nil)[0].String(), "q(1,2)")
	check(t, p.MethodByName("String").Call(nil)[0].String(), "q(1,2)")
	p.MethodByName("Move").Call([]reflect.Value{reflect.ValueOf(5), reflect.ValueOf(6)})
	check(t, p.Elem().Field(1).Int(), int64(8))
	check(t, p.Elem().Interface().(interface{ Sum(...int) int }).Sum(1, 2), 17)
	m, _ := s.typ("Point").MethodByName("Sum")
	check(t, m.Type.String(), "func(main.Point, ...int) int")
	check(t, m.Func.Call([]reflect.Value{p.Elem(), reflect.ValueOf(100)})[0].Int(), int64(114))
	m, _ = p.Type().MethodByName("Sum")
	check(t, m.Func.Call([]reflect.Value{p})[0].Int(), int64(14))
	m, _ = s.typ("Ref").MethodByName("String")
	r := reflect.New(s.typ("Ref")).Elem()
	set(r, "p", p.Interface())
	check(t, m.Func.Call([]reflect.Value{r})[0].String(), "ref to q")
	bound := p.Elem().Method(0).Interface().(func() string)
	check(t, bound(), "q(6,8)")

	h := reflect.ValueOf(strings.ToUpper).Convert(s.typ("Handler"))
	check(t, h.Interface().(interface{ Handle(string) string }).Handle("abc"), "ABC")
}

// TestManyArguments passes arguments in all registers and on the stack.
func TestManyArguments(t *testing.T) {
	s := openShop(t)
	w := reflect.New(s.typ("Wide"))
	for i := range 12 {
		set(w.Elem(), string(rune('a'+i)), float64(i))
	}
	set(w.Elem(), "s", strings.Repeat("z", 3))
	type adder interface {
		Add(a, b, c, d, e, f, g, h, i, j, k, l int, x float64, s string) (int, float64, string)
	}
	for _, a := range []adder{w.Interface().(adder), w.Elem().Interface().(adder)} {
		n, f, str := a.Add(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0.5, strings.Repeat("y", 2))
		check(t, fmt.Sprint(n, f, str), "650 572.5yyzzz")
	}
	m, _ := w.Elem().Type().MethodByName("Add")
	in := []reflect.Value{w.Elem()}
	for i := range 12 {
		in = append(in, reflect.ValueOf(i+1))
	}
	out := m.Func.Call(append(in, reflect.ValueOf(0.5), reflect.ValueOf("yy")))
	check(t, fmt.Sprint(out[0], out[1], out[2]), "650 572.5 yyzzz")
}

func TestSort(t *testing.T) {
	s := openShop(t)
	v := reflect.ValueOf([]string{"ccc", "a", "dddd", "bb"}).Convert(s.typ("ByLen"))
	sort.Sort(v.Interface().(sort.Interface))
	check(t, fmt.Sprint(v.Interface()), "[a bb ccc dddd]")
	sort.Sort(sort.Reverse(v.Interface().(sort.Interface)))
	check(t, fmt.Sprint(v.Interface()), "[dddd ccc bb a]")
}

func TestEncodings(t *testing.T) {
	s := openShop(t)
	v := reflect.New(s.typ("Tagged"))
	set(v.Elem(), "A", 1)
	set(v.Elem(), "c", 9)
	v.Elem().Field(1).Set(reflect.MakeSlice(v.Elem().Field(1).Type(), 2, 2))
	v.Elem().Field(1).Index(1).SetFloat(36.6)

	j, err := json.Marshal(v.Interface())
	check(t, fmt.Sprint(string(j), err), `{"a":1,"b":["0°","36.6°"]}<nil>`)
	back := reflect.New(s.typ("Tagged"))
	check(t, json.Unmarshal(j, back.Interface()), nil)
	check(t, fmt.Sprintf("%+v", back.Elem().Interface()), "{A:1 B:[0 36.6] c:0}")

	x, err := xml.Marshal(v.Interface())
	check(t, fmt.Sprint(string(x), err), `<Tagged a="1"><b>0°</b><b>36.6°</b></Tagged><nil>`)
	back = reflect.New(s.typ("Tagged"))
	check(t, xml.Unmarshal(x, back.Interface()), nil)
	check(t, fmt.Sprintf("%+v", back.Elem().Interface()), "{A:1 B:[0 36.6] c:0}")

	var buf bytes.Buffer
	check(t, gob.NewEncoder(&buf).Encode(v.Interface()), nil)
	back = reflect.New(s.typ("Tagged"))
	check(t, gob.NewDecoder(&buf).Decode(back.Interface()), nil)
	check(t, fmt.Sprintf("%+v", back.Elem().Interface()), "{A:1 B:[0 36.6] c:0}")

	var sb strings.Builder
	tmpl := template.Must(template.New("").Parse(`{{.X}} {{.String}} {{.Sum 1 2}} {{range .}}{{end}}`))
	err = tmpl.Execute(&sb, s.point(1, 2, "t").Interface())
	if err == nil || !strings.HasPrefix(sb.String(), "1 t(1,2) 6 ") {
		t.Errorf("template: %q, %v", sb.String(), err)
	}
}

func TestMapsAndEquality(t *testing.T) {
	s := openShop(t)
	m := reflect.MakeMap(s.typ("points"))
	for i := range 1000 {
		m.SetMapIndex(s.point(i, -i, fmt.Sprint("n", i)).Elem(), reflect.ValueOf(fmt.Sprint(i)))
	}
	runtime.GC()
	anys := map[any]int{}
	for i := range 1000 {
		p := s.point(i, -i, fmt.Sprint("n", i)).Elem()
		check(t, m.MapIndex(p).String(), fmt.Sprint(i))
		anys[p.Interface()] = i
	}
	check(t, m.MapIndex(s.point(1, -1, "other").Elem()).IsValid(), false)
	check(t, anys[s.point(77, -77, "n77").Elem().Interface()], 77)
	check(t, len(anys), 1000)

	a, b := s.point(1, 2, "x").Elem().Interface(), s.point(1, 2, "x").Elem().Interface()
	check(t, a == b, true)
	check(t, a == s.point(1, 2, "y").Elem().Interface(), false)
	check(t, any(1) == reflect.ValueOf(1).Convert(s.typ("Code")).Interface(), false)

	var o [3]any
	for i := range o {
		v := reflect.New(s.typ("Outer")).Elem()
		set(v, "extra", any([]any{1.5, 1.5, "s"}[i]))
		o[i] = v.Interface()
	}
	check(t, o[0] == o[1], true)
	check(t, o[0] == o[2], false)

	v := reflect.New(s.typ("Outer")).Elem()
	f := v.FieldByName("extra")
	reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf([]int{1}))
	func() {
		defer func() {
			check(t, fmt.Sprint(recover()), "runtime error: comparing uncomparable type []int")
		}()
		_ = v.Interface() == v.Interface()
		t.Error("a slice was compared")
	}()
}

// TestBlank sees that blank fields aren't compared, with and without a name.
func TestBlank(t *testing.T) {
	s := newSession(t, nil)
	s.declare(`
		type B struct { a int; _ int; s string }
		type C struct { b struct { x int8; _ float64 } ; n int}
		type P struct { a int8; b int64 }
		var u struct { x int8; _ float64; s string }`)
	for name, off := range map[string]uintptr{"B": 8, "C": 8, "u": 8, "P": 1} {
		typ := s.typ(name)
		a, b := reflect.New(typ), reflect.New(typ)
		*(*byte)(unsafe.Add(b.UnsafePointer(), off)) = 1
		check(t, a.Elem().Interface() == b.Elem().Interface(), true)
		m := map[any]bool{a.Elem().Interface(): true}
		check(t, m[b.Elem().Interface()], true)
		*(*byte)(b.UnsafePointer()) = 1
		check(t, a.Elem().Interface() == b.Elem().Interface(), false)
	}
}

func TestTypeSwitch(t *testing.T) {
	s := openShop(t)
	kind := func(x any) string {
		switch x := x.(type) {
		case error:
			return "error " + x.Error()
		case fmt.Stringer:
			return "stringer " + x.String()
		case nil:
			return "nil"
		case int:
			return "int"
		case sort.Interface:
			return fmt.Sprint("sortable ", x.Len())
		}
		return "other"
	}
	check(t, kind(s.point(1, 1, "s").Interface()), "stringer s(1,1)")
	check(t, kind(reflect.ValueOf(1).Convert(s.typ("Code")).Interface()), "error code 1")
	check(t, kind(reflect.Zero(s.typ("ByLen")).Interface()), "sortable 0")
	check(t, kind(reflect.Zero(s.typ("Handler")).Interface()), "other")
}

// TestChannels sends values of a made type between goroutines while garbage is collected.
func TestChannels(t *testing.T) {
	s := openShop(t)
	ch := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, s.typ("Point")), 3)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				ch.Send(s.point(g, i, fmt.Sprint("g", g, i)).Elem())
			}
		})
	}
	go func() { wg.Wait(); ch.Close() }()
	seen := map[any]bool{}
	for v, ok := ch.Recv(); ok; v, ok = ch.Recv() {
		if seen[v.Interface()] = true; len(seen)%100 == 0 {
			x := v.Interface().(fmt.Stringer).String()
			check(t, x, fmt.Sprintf("g%d %d(%d,%d)", v.Field(0).Int(), v.Field(1).Int(), v.Field(0).Int(), v.Field(1).Int()))
		}
	}
	check(t, len(seen), 800)
}

// TestCollector builds a tree of made types, which only typed memory keeps.
func TestCollector(t *testing.T) {
	s := newSession(t, nil)
	s.declare(`
		type Tree struct { left, right *Tree; kids []Tree; m map[string]*Tree; any any; big [300]*Tree; label string }`)
	typ := s.typ("Tree")
	field := func(v reflect.Value, name string) reflect.Value {
		f := v.Elem().FieldByName(name)
		return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
	}
	var grow func(depth int) reflect.Value
	grow = func(depth int) reflect.Value {
		v := reflect.New(typ)
		field(v, "label").SetString(strings.Repeat("l", depth+1))
		if depth > 0 {
			field(v, "left").Set(grow(depth - 1))
			field(v, "any").Set(grow(depth - 1).Elem())
			field(v, "big").Index(299).Set(grow(depth - 1))
			field(v, "m").Set(reflect.MakeMap(field(v, "m").Type()))
			field(v, "m").SetMapIndex(reflect.ValueOf("k"), grow(depth-1))
			field(v, "kids").Set(reflect.Append(field(v, "kids"), grow(depth-1).Elem()))
		}
		return v
	}
	root := grow(4)
	for range 3 {
		runtime.GC()
		garbage := make([][]byte, 1000)
		for i := range garbage {
			garbage[i] = bytes.Repeat([]byte{0xaa}, 2600)
		}
	}
	n := 0
	var walk func(v reflect.Value, depth int)
	walk = func(v reflect.Value, depth int) {
		n++
		check(t, field(v, "label").String(), strings.Repeat("l", depth+1))
		if depth > 0 {
			walk(field(v, "left"), depth-1)
			copied := reflect.New(typ)
			copied.Elem().Set(field(v, "any").Elem())
			walk(copied, depth-1)
			walk(field(v, "big").Index(299), depth-1)
			walk(field(v, "m").MapIndex(reflect.ValueOf("k")), depth-1)
			walk(field(v, "kids").Index(0).Addr(), depth-1)
		}
	}
	walk(root, 4)
	check(t, n, 781)
}

// TestGrowStack calls a method through a stub with a stack that must grow below it.
func TestGrowStack(t *testing.T) {
	s := openShop(t)
	p := s.point(1, 2, "deep").Interface().(fmt.Stringer)
	var down func(n int) string
	down = func(n int) string {
		var pad [64]byte
		pad[n%64] = 1
		if n == 0 {
			return p.String()
		}
		return down(n - 1)[:int(pad[n%64])*9]
	}
	for _, n := range []int{1, 30, 100, 333, 2000} {
		done := make(chan string)
		go func() { done <- down(n) }()
		check(t, <-done, "deep(1,2)")
	}
}

// TestStack sees that who calls a method is found below it, and that a panic passes through.
func TestStack(t *testing.T) {
	s := newSession(t, map[string]body{
		"S.String": func(reflect.Value, []reflect.Value) []reflect.Value { return text(string(debug.Stack())) },
		"S.Error":  func(reflect.Value, []reflect.Value) []reflect.Value { panic(io.EOF) },
	})
	s.declare(`type S struct { a, b int }
		func (S) String() string { return "" }
		func (S) Error() string { return "" }`)
	v := reflect.New(s.typ("S")).Interface()
	if stack := v.(fmt.Stringer).String(); !strings.Contains(stack, "rtype.TestStack(") {
		t.Error(stack)
	}
	defer func() { check(t, recover(), any(io.EOF)) }()
	_ = v.(error).Error()
	t.Error("no panic")
}

// TestProfile interrupts stubs.
func TestProfile(t *testing.T) {
	add := func(p *int, n int) { *p += n }
	tab := NewTable(nil, func(code.Method, reflect.Type, reflect.Type, bool) unsafe.Pointer {
		return *(*unsafe.Pointer)(unsafe.Pointer(&add))
	})
	if err := tab.Add([]code.Type{
		{ID: 1, Kind: code.Int, Name: "int"},
		{ID: 2, Kind: code.FuncKind, In: []code.TypeID{1}},
		{ID: 3, Kind: code.Int, Name: "N", Path: "main", Methods: []code.Method{{Name: "Add", Sig: 2, Func: 1, Pointer: true}}},
	}); err != nil {
		t.Fatal(err)
	}
	v := reflect.New(tab.Type(3))
	a := v.Interface().(interface{ Add(int) })
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Fatal(err) // somebody profiles the test
	}
	n := 0
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
		for range 1000 {
			a.Add(2)
			n += 2
		}
	}
	pprof.StopCPUProfile()
	check(t, v.Elem().Int(), int64(n))
}

// TestReaders uses a table while types are added.
func TestReaders(t *testing.T) {
	tab := NewTable(nil, nil)
	const n = 500
	done := make(chan bool)
	go func() {
		defer close(done)
		for id := code.TypeID(1); id < n; {
			if typ := tab.Type(id); typ != nil {
				check(t, typ.String(), fmt.Sprint("main.T", id))
				check(t, tab.Desc(id).ID, id)
				id++
			}
		}
	}()
	for id := range code.TypeID(n) {
		if err := tab.Add([]code.Type{{ID: id + 1, Kind: code.Int, Name: fmt.Sprint("T", id+1), Path: "main"}}); err != nil {
			t.Fatal(err)
		}
	}
	<-done
}

func TestCompiledTypes(t *testing.T) {
	known := map[string]reflect.Type{
		"bytes.Buffer": reflect.TypeFor[bytes.Buffer](), "io.Reader": reflect.TypeFor[io.Reader](),
		"sync.Mutex": reflect.TypeFor[sync.Mutex](),
	}
	read := reflect.TypeFor[func(*bytes.Buffer, []byte) (int, error)]()
	tab := NewTable(func(path, name string) (reflect.Type, bool) { t, ok := known[path+"."+name]; return t, ok },
		func(m code.Method, recv, typ reflect.Type, word bool) unsafe.Pointer {
			fn := reflect.MakeFunc(typ, func(args []reflect.Value) []reflect.Value {
				b := (*bytes.Buffer)(unsafe.Add(args[0].UnsafePointer(), 8))
				return reflect.ValueOf((*bytes.Buffer).Read).Convert(read).Call([]reflect.Value{reflect.ValueOf(b), args[1]})
			})
			x := fn.Interface()
			return (*[2]unsafe.Pointer)(unsafe.Pointer(&x))[1]
		})
	types := []code.Type{
		{ID: 1, Kind: code.Struct, Name: "Buffer", Path: "bytes", Compiled: true},
		{ID: 2, Kind: code.Int, Name: "int"},
		{ID: 3, Kind: code.Uint8, Name: "uint8"},
		{ID: 4, Kind: code.Slice, Elem: 3},
		{ID: 5, Kind: code.Interface, Name: "error"},
		{ID: 6, Kind: code.FuncKind, In: []code.TypeID{4}, Out: []code.TypeID{2, 5}},
		{ID: 7, Kind: code.Struct, Name: "My", Path: "main", Fields: []code.Field{
			{Name: "n", Path: "main", Type: 2}, {Name: "Buffer", Type: 1, Embedded: true}},
			Methods: []code.Method{{Name: "Read", Sig: 6, Func: 1, Pointer: true}}},
		{ID: 8, Kind: code.Interface, Methods: []code.Method{{Name: "Read", Sig: 6}}},
		{ID: 9, Kind: code.Tuple, Out: []code.TypeID{2, 5}},
		{ID: 10, Kind: code.Interface, Name: "Reader", Path: "io", Compiled: true},
		{ID: 11, Kind: code.Interface},
	}
	if err := tab.Add(types); err != nil {
		t.Fatal(err)
	}
	check(t, tab.Type(1), reflect.TypeFor[bytes.Buffer]())
	check(t, tab.Type(5), reflect.TypeFor[error]())
	check(t, tab.Type(6), reflect.TypeFor[func([]byte) (int, error)]())
	check(t, tab.Type(8), reflect.TypeFor[func(interface{ Read([]byte) (int, error) })]().In(0))
	check(t, tab.Type(9), nil)
	check(t, tab.Type(10), reflect.TypeFor[io.Reader]())
	check(t, tab.Type(11), reflect.TypeFor[any]())
	check(t, tab.Type(99), nil)
	check(t, tab.Desc(9).Kind, code.Tuple)
	v := reflect.New(tab.Type(7))
	v.Elem().Field(1).Addr().Interface().(*bytes.Buffer).WriteString("hello")
	b, err := io.ReadAll(v.Interface().(io.Reader))
	check(t, fmt.Sprint(string(b), err), "hello<nil>")
	if _, ok := v.Elem().Interface().(io.Reader); ok {
		t.Error("a method with a pointer receiver is one of the value")
	}

	err = tab.Add([]code.Type{{ID: 20, Kind: code.Struct, Name: "Nope", Path: "bytes", Compiled: true}})
	check(t, fmt.Sprint(err), "there is no compiled type bytes.Nope")
	err = tab.Add([]code.Type{{ID: 20, Kind: code.Int, Name: "Mutex", Path: "sync", Compiled: true}})
	check(t, fmt.Sprint(err), "sync.Mutex is a struct, not a int")
}

// compiledStruct is identical to one that TestIdentical makes.
var compiledStruct struct {
	error
	N int `k:"v"`
}

func TestIdentical(t *testing.T) {
	s := newSession(t, nil)
	s.path = reflect.TypeFor[session]().PkgPath()
	s.declare(`var st struct { error; N int ` + "`k:\"v\"`" + ` }
		var tag struct { error; N int ` + "`k:\"w\"`" + ` }
		var fn func(interface { Less(int, int) bool }) struct { A, b int }
		var up map[string]*[3]chan<- []interface { Get() }
		type T struct { }
		var x func(T) interface { Get() T }
		var y func(T) interface { Get() T }`)
	check(t, s.typ("st"), reflect.TypeOf(&compiledStruct).Elem())
	check(t, s.typ("tag") == reflect.TypeOf(&compiledStruct).Elem(), false)
	check(t, s.typ("fn"), reflect.TypeFor[func(interface{ Less(int, int) bool }) struct{ A, b int }]())
	check(t, s.typ("up"), reflect.TypeFor[map[string]*[3]chan<- []interface{ Get() }]())
	check(t, s.typ("x"), s.typ("y"))
	other := newSession(t, nil)
	other.path = s.path
	other.declare(`type T struct { }`)
	check(t, other.typ("T") == s.typ("T"), false)
}

func TestManyTypes(t *testing.T) {
	s := newSession(t, map[string]body{})
	var src strings.Builder
	const n = 100
	for i := range n {
		fmt.Fprintf(&src, "type T%d struct { a *T%d; b []T%d; c func(T%d) T%d; n int }\n", i, (i+1)%n, (i+7)%n, (i+2)%n, i)
		fmt.Fprintf(&src, "func (T%d) String() string { return \"\" }\nfunc (*T%d) Other(T%d) *T%d { return nil }\n", i, i, (i+3)%n, i)
		s.bodies[fmt.Sprintf("T%d.String", i)] = func(v reflect.Value, _ []reflect.Value) []reflect.Value {
			return text(fmt.Sprint(i, " ", v.FieldByName("n").Int()))
		}
	}
	s.declare(src.String())
	for i := range n {
		v := reflect.New(s.typ(fmt.Sprint("T", i)))
		set(v.Elem(), "n", 3*i)
		check(t, fmt.Sprint(v.Interface(), v.Elem().Interface()), fmt.Sprintf("%d %d %d %d", i, 3*i, i, 3*i))
		check(t, v.Elem().Field(0).Type(), reflect.PointerTo(s.typ(fmt.Sprint("T", (i+1)%n))))
	}
	names := slices.Sorted(maps.Keys(s.calls))
	check(t, len(names), 2*n)
}

func TestPackageName(t *testing.T) {
	for path, want := range map[string]string{
		"main": "main", "math/rand/v2": "rand", "math/rand": "rand", "gopkg.in/yaml.v3": "yaml", "v2": "v2", "a/v": "v", "x/vet": "vet",
	} {
		check(t, packageName(path), want)
	}
}

// TestShapeOfAtomics has a field that the compiler aligns more than its fields need.
func TestShapeOfAtomics(t *testing.T) {
	type counters struct {
		on   bool
		n    atomic.Int64
		each [2]atomic.Uint64
	}
	got, want := Shape(reflect.TypeFor[counters]()), reflect.TypeFor[counters]()
	check(t, got.Size(), want.Size())
	check(t, got.Align(), want.Align())
}
