package ship_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/goherd/goherd/runtime/ship"
)

// A session is a registry with functions: a small interpreter of func values that captured
// variables.
type session struct {
	*registry
	bodies map[int32]body
	mu     sync.Mutex
	open   map[unsafe.Pointer]ship.Func
}

// A body is a function of a session.
type body struct {
	name     string
	names    []string
	captured []reflect.Type
	recv     reflect.Type
	call     func(f ship.Func, in []reflect.Value) []reflect.Value
}

func newSession(types ...reflect.Type) *session {
	return &session{registry: newRegistry(types...), bodies: map[int32]body{}, open: map[unsafe.Pointer]ship.Func{}}
}

func word(f reflect.Value) unsafe.Pointer {
	p := reflect.New(f.Type())
	p.Elem().Set(f)
	return *(*unsafe.Pointer)(p.UnsafePointer())
}

func (s *session) Open(f reflect.Value) (ship.Func, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fn, ok := s.open[word(f)]; ok {
		return fn, nil
	}
	return ship.Func{}, ship.ErrCompiled
}

func (s *session) Make(t reflect.Type, f ship.Func) (reflect.Value, error) {
	b := s.bodies[f.ID]
	f.Name, f.Place, f.Names = b.name, "cell [1]", b.names
	v := reflect.MakeFunc(t, func(in []reflect.Value) []reflect.Value { return b.call(f, in) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[word(v)] = f
	return v, nil
}

func (s *session) Captures(id int32, bound bool) ([]reflect.Type, reflect.Type, error) {
	b, ok := s.bodies[id]
	if !ok || bound != (b.recv != nil) {
		return nil, nil, errors.New("no such function")
	}
	return b.captured, b.recv, nil
}

// closure makes a func value in s.
func closure[F any](t *testing.T, s *session, id int32, recv any, captured ...any) F {
	t.Helper()
	f := ship.Func{ID: id}
	for _, c := range captured {
		f.Captured = append(f.Captured, reflect.ValueOf(c))
	}
	if recv != nil {
		f.Recv = reflect.ValueOf(recv)
	}
	v, err := s.Make(reflect.TypeFor[F](), f)
	if err != nil {
		t.Fatal(err)
	}
	return v.Interface().(F)
}

type account struct{ total *int }

// bank is a session with some functions: 1 counts, 2 calls itself, 3 is a method, 4 uses a lock, 5 makes a pair.
func bank() *session {
	s := newSession(reflect.TypeFor[account](), reflect.TypeFor[lockSmith]())
	s.bodies[1] = body{"count", []string{"n"}, []reflect.Type{reflect.TypeFor[int]()}, nil, func(f ship.Func, _ []reflect.Value) []reflect.Value {
		n := f.Captured[0].Interface().(*int)
		*n++
		return []reflect.Value{reflect.ValueOf(*n)}
	}}
	s.bodies[2] = body{"fact", []string{"fact"}, []reflect.Type{reflect.TypeFor[func(int) int]()}, nil, func(f ship.Func, in []reflect.Value) []reflect.Value {
		n := int(in[0].Int())
		if n > 1 {
			n *= (*f.Captured[0].Interface().(*func(int) int))(n - 1)
		}
		return []reflect.Value{reflect.ValueOf(n)}
	}}
	s.bodies[3] = body{"account.Add", nil, nil, reflect.TypeFor[account](), func(f ship.Func, in []reflect.Value) []reflect.Value {
		total := f.Recv.Interface().(account).total
		*total += int(in[0].Int())
		return []reflect.Value{reflect.ValueOf(*total)}
	}}
	s.bodies[4] = body{"guarded", []string{"cfg", "run"}, []reflect.Type{reflect.TypeFor[*lockSmith](), reflect.TypeFor[func()]()}, nil, nil}
	s.bodies[5] = body{"outer", []string{"inner"}, []reflect.Type{reflect.TypeFor[func()]()}, nil, nil}
	return s
}

func TestClosures(t *testing.T) {
	here, there := bank(), bank()
	n := 10
	fact := new(func(int) int)
	*fact = closure[func(int) int](t, here, 2, nil, fact)
	type all struct {
		a, b, same func() int
		n          *int
		fact       func(int) int
		add        func(int) int
		total      *int
		any        any
		none       func()
	}
	total := 100
	v := all{
		a: closure[func() int](t, here, 1, nil, &n), b: closure[func() int](t, here, 1, nil, &n), n: &n, fact: *fact,
		add: closure[func(int) int](t, here, 3, account{&total}), total: &total,
	}
	v.same, v.any = v.a, v.a
	e, err := ship.New(here).Encode(reflect.ValueOf(v))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(e.Funcs)
	if !slices.Equal(e.Funcs, []int32{1, 2, 3}) {
		t.Errorf("functions %v are named", e.Funcs)
	}
	var got all
	if err := ship.New(there).Decode(decoder(e), reflect.ValueOf(&got).Elem()); err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprint(got.a(), got.b(), got.same(), got.any.(func() int)(), *got.n, n); s != "11 12 13 14 14 10" {
		t.Errorf("the counter counts %s", s)
	}
	if got.fact(6) != 720 {
		t.Errorf("6! is %d", got.fact(6))
	}
	if got.add(5) != 105 || *got.total != 105 || total != 100 {
		t.Errorf("the method adds to another account: %d", *got.total)
	}
	if got.none != nil || word(reflect.ValueOf(got.same)) != word(reflect.ValueOf(got.a)) {
		t.Error("one closure became two")
	}
	// It can be sent on from there.
	if _, err := ship.New(there).Encode(reflect.ValueOf(got)); err != nil {
		t.Error(err)
	}
}

func TestCapturedErrors(t *testing.T) {
	here := bank()
	cfg, run := &lockSmith{}, (func())(nil)
	inner := closure[func()](t, here, 4, nil, &cfg, &run)
	outer := closure[func()](t, here, 5, nil, &inner)
	_, err := ship.New(here).Encode(reflect.ValueOf(outer))
	var failed *ship.Error
	if !errors.As(err, &failed) || failed.Path != "cfg.mu" || failed.Func != "guarded" || failed.Place != "cell [1]" {
		t.Errorf("got %+v", failed)
	}
	if !strings.HasPrefix(err.Error(), "cfg.mu is a sync.Mutex, which can't travel to another process: it would lock nothing there") {
		t.Errorf("got %v", err)
	}
	cfg, run = nil, func() {}
	if _, err = ship.New(here).Encode(reflect.ValueOf(outer)); err == nil || !strings.HasPrefix(err.Error(), "run is a func(), which") {
		t.Errorf("got %v", err)
	}
}

func TestFunctionsElsewhere(t *testing.T) {
	here := bank()
	n := 1
	e, err := ship.New(here).Encode(reflect.ValueOf(closure[func() int](t, here, 1, nil, &n)))
	if err != nil {
		t.Fatal(err)
	}
	var f func() int
	there := bank()
	delete(there.bodies, 1)
	if err := ship.New(there).Decode(decoder(e), reflect.ValueOf(&f).Elem()); err == nil || !strings.Contains(err.Error(), "function 1 of the session isn't here") {
		t.Errorf("got %v", err)
	}
	b := here.bodies[1]
	b.captured = []reflect.Type{reflect.TypeFor[string]()}
	there.bodies[1] = b
	if err := ship.New(there).Decode(decoder(e), reflect.ValueOf(&f).Elem()); err == nil || !strings.Contains(err.Error(), "captures other variables") {
		t.Errorf("got %v", err)
	}
	e, err = ship.New(here).Encode(reflect.ValueOf(strings.ToUpper))
	if err != nil {
		t.Fatal(err)
	}
	var up func(string) string
	there.funcs = nil
	if err := ship.New(there).Decode(decoder(e), reflect.ValueOf(&up).Elem()); err == nil || !strings.Contains(err.Error(), "there is no function strings.ToUpper in this process") {
		t.Errorf("got %v", err)
	}
}

// TestDamagedClosures changes the bytes of func values.
func TestDamagedClosures(t *testing.T) {
	here, there := bank(), ship.New(bank())
	n := 1
	fact := new(func(int) int)
	*fact = closure[func(int) int](t, here, 2, nil, fact)
	v := []any{closure[func() int](t, here, 1, nil, &n), *fact, closure[func(int) int](t, here, 3, account{&n}), strings.ToUpper}
	e, err := ship.New(here).Encode(reflect.ValueOf(v))
	if err != nil {
		t.Fatal(err)
	}
	for i := 6; i < len(e.Data); i++ {
		for bit := range 8 {
			d := decoder(e)
			d.Data = slices.Clone(e.Data)
			d.Data[i] ^= 1 << bit
			var got []any
			if err := there.Decode(d, reflect.ValueOf(&got).Elem()); err != nil && !strings.HasPrefix(err.Error(), "ship: ") {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
}
