//lint:file-ignore U1000 fields are there for reflection

package ship_test

import (
	"context"
	"errors"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unique"
	"unsafe"
	"weak"

	"github.com/goherd/goherd/runtime/ship"
)

type lockSmith struct {
	name string
	mu   sync.Mutex
}

// TestRefused says what the messages are, and where.
func TestRefused(t *testing.T) {
	type cfg struct {
		m   map[string]any
		arr []*lockSmith
	}
	x := 3
	ch := make(chan int)
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for _, test := range []struct {
		v    any
		want string
	}{
		{&lockSmith{}, "v.mu is a sync.Mutex, which can't travel to another process: it would lock nothing there; make one in the function, or keep it out of what the function uses"},
		{cfg{m: map[string]any{"a": map[int]any{7: struct{ ch chan int }{ch}}}}, `v.m["a"][7].ch is a chan int, which can't travel`},
		{cfg{arr: []*lockSmith{nil, {}}}, "v.arr[1].mu is a sync.Mutex"},
		{[]any{1, unsafe.Pointer(&x)}, "v[1] is an unsafe.Pointer"},
		{ch, "v is a chan int, which can't travel to another process: what is sent into it"},
		{map[string]*sync.WaitGroup{"wg": {}}, `v["wg"] is a sync.WaitGroup`},
		{&sync.Once{}, "v is a sync.Once"},
		{[]any{&sync.Once{}}, "v[0] is a sync.Once"},
		{file, "v is an os.File, which can't travel to another process: it is open in this process only; send the name"},
		{client, "v is a net.pipe"},
		{ctx, "v is a context.cancelCtx"},
		{timer, "v is a time.Timer"},
		{func() int { return x }, "v is a func() int, which can't travel to another process: it is a closure or a method value of compiled code"},
		{timer.Stop, "v is a func() bool, which can't travel to another process: it is a closure or a method value of compiled code"},
		{strings.ToLower, "v is a func(string) string, which can't travel to another process: the other process doesn't know the compiled function strings.ToLower"},
		{unique.Make("x"), "v is a unique.Handle[string]"},
		{weak.Make(&x), "v is a weak.Pointer[int]"},
		{reflect.ValueOf(3), "v is a reflect.Value, which can't travel to another process: it describes memory of this process; send what it holds: v.Interface()"},
		{struct{ e error }{&myErr{}}, "v.e is a ship_test.myErr"},
	} {
		v := reflect.New(reflect.TypeOf(&test.v).Elem())
		v.Elem().Set(reflect.ValueOf(test.v))
		if _, isErr := test.v.(struct{ e error }); !isErr {
			// The type of the value itself needn't be named.
			v = reflect.New(reflect.TypeOf(test.v))
			v.Elem().Set(reflect.ValueOf(test.v))
		}
		_, err := ship.New(newRegistry(reflect.TypeFor[lockSmith]())).EncodeAll(ship.Variable{Name: "v", Value: v.Elem()})
		var failed *ship.Error
		if !errors.As(err, &failed) {
			t.Errorf("%T: got %v, want %s", test.v, err, test.want)
		} else if !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got  %s\nwant %s", err, test.want)
		}
	}
	if _, err := trySend(ch); err == nil || !strings.HasPrefix(err.Error(), "a chan int can't travel to another process: ") {
		t.Errorf("got %v", err)
	}
	var last *node
	for range 100 {
		last = &node{next: last}
	}
	for at := last; ; at = at.next {
		if at.next == nil {
			at.any = ch
			break
		}
	}
	if _, err := trySend(last); err == nil || !strings.HasPrefix(err.Error(), "next.next") || !strings.Contains(err.Error(), " … .next.next") || !strings.Contains(err.Error(), ".any is a chan int") {
		t.Errorf("got %v", err)
	}
	// What is nil or has no elements travels.
	send(t, cfg{arr: []*lockSmith{nil}})
	send(t, []sync.Mutex{})
	send(t, (*os.File)(nil))
}

// A future is a Traveller and a Pending.
type future struct {
	done chan struct{}
	v    any
	kept *future
}

func (f *future) Ready() <-chan struct{} { return f.done }

func (f *future) Travel() (any, error) {
	select {
	case <-f.done:
	default:
		return nil, ship.ErrPending
	}
	if err, ok := f.v.(error); ok {
		return nil, err
	}
	return f.v, nil
}

func (f *future) Arrive(v any) error {
	if v == "refused" {
		return errors.New("it doesn't want to")
	}
	f.done, f.v = make(chan struct{}), v
	close(f.done)
	return nil
}

func done(v any) *future {
	f := &future{done: make(chan struct{}), v: v}
	close(f.done)
	return f
}

func TestTravellers(t *testing.T) {
	p := &point{X: 7}
	f := done([]any{p, map[string]*point{"p": p}})
	got := send(t, []any{f, f, p}, reflect.TypeFor[point]())
	g := got[0].(*future)
	content := g.v.([]any)
	if got[1] != any(g) || content[0] != any(got[2]) || content[1].(map[string]*point)["p"] != content[0] || content[0].(*point).X != 7 {
		t.Error("a traveller and what it brings isn't what it was")
	}
	nested := send(t, done(done(*done(5))))
	if k := nested.v.(*future).v.(future); k.v != 5 {
		t.Errorf("got %v", k.v)
	}

	open := &future{done: make(chan struct{})}
	other := &future{done: make(chan struct{})}
	_, err := trySend([]any{open, map[string]*future{"a": other, "b": open}, 3})
	var w *ship.Waiting
	if !errors.As(err, &w) || len(w.On) != 2 || w.On[0] != ship.Pending(open) || w.On[1] != ship.Pending(other) {
		t.Errorf("got %v", err)
	}
	_, err = trySend([]any{open, make(chan int)})
	if errors.As(err, &w) || err == nil {
		t.Errorf("something waits for what can't travel: %v", err)
	}
	if _, err = trySend(done(errors.New("it has an engine"))); err == nil || !strings.Contains(err.Error(), "a ship_test.future can't travel to another process: it has an engine") {
		t.Errorf("got %v", err)
	}
	if _, err = trySend(done("refused")); err == nil || !strings.Contains(err.Error(), "it doesn't want to") {
		t.Errorf("got %v", err)
	}
}

// A ticket is a Pending that travels by its fields.
type ticket struct{ N int }

func (k ticket) Ready() <-chan struct{} {
	ch := make(chan struct{})
	if k.N > 0 {
		close(ch)
	}
	return ch
}

func TestPending(t *testing.T) {
	if got := send(t, []ticket{{N: 1}}); got[0].N != 1 {
		t.Errorf("got %v", got)
	}
	var w *ship.Waiting
	if _, err := trySend([]ticket{{N: 1}, {}}); !errors.As(err, &w) || len(w.On) != 1 || err.Error() != "ship: a value that is used isn't there yet" {
		t.Errorf("got %v", err)
	}
}

// A bomb has methods that panic.
type bomb struct{ n int }

func (*bomb) MarshalText() ([]byte, error)   { panic("tick") }
func (b *bomb) UnmarshalText(s []byte) error { return nil }

func TestMethodPanics(t *testing.T) {
	_, err := trySend([]bomb{{}})
	if err == nil || err.Error() != "[0] is a ship_test.bomb, which can't travel to another process: it can't be written: panic: tick" {
		t.Errorf("got %v", err)
	}
}
