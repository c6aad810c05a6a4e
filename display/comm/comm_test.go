package comm

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kernel remembers what is sent to it.
type kernel struct {
	mu     sync.Mutex
	events []string
	fail   error
}

func (k *kernel) Send(e Event) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = append(k.events, fmt.Sprintf("%d %s %s %s %v %s", e.Kind, e.ID, e.Target, e.Data, e.Metadata, e.Buffers))
	return k.fail
}

func connect(t *testing.T) *kernel {
	k := new(kernel)
	previous := Connect(k)
	t.Cleanup(func() { Connect(previous) })
	return k
}

func TestOpenedHere(t *testing.T) {
	k := connect(t)
	c, err := Open("t", map[string]any{"a": 1}, Buffers([]byte("buf")), Metadata(map[string]any{"version": "2.1.0"}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	c.OnMessage(func(m Message) {
		var d struct{ N int }
		if err := m.Decode(&d); err != nil {
			t.Error(err)
		}
		got = append(got, fmt.Sprintf("message %d %s", d.N, m.Buffers))
		if err := c.Send(d, m.Buffers...); err != nil { // from within
			t.Error(err)
		}
	})
	c.OnClose(func(Message) { got = append(got, "closed") })
	for _, e := range []Event{
		{Kind: KindMessage, ID: c.ID(), Message: Message{Data: json.RawMessage(`{"n":7}`), Buffers: [][]byte{[]byte("x")}}},
		{Kind: KindMessage, ID: c.ID()},
		{Kind: KindClose, ID: c.ID()},
	} {
		if err := Deliver(e); err != nil {
			t.Error(err)
		}
	}
	if err := c.Send(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := c.Close(nil); err != nil {
		t.Errorf("got %v", err)
	}
	if err := Deliver(Event{Kind: KindMessage, ID: c.ID()}); err == nil {
		t.Error("a message to a closed comm is no error")
	}
	if diff := cmp.Diff([]string{"message 7 [x]", "message 0 []", "closed"}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{"0 " + c.ID() + ` t {"a":1} map[version:2.1.0] [buf]`, "1 " + c.ID() + `  {"N":7} map[] [x]`, "1 " + c.ID() + `  {"N":0} map[] []`}
	if diff := cmp.Diff(want, k.events); diff != "" {
		t.Error(diff)
	}
}

func TestOpenedByTheFrontEnd(t *testing.T) {
	k := connect(t)
	var c *Comm
	if err := Register("t", func(opened *Comm, first Message) {
		c = opened
		if err := c.Send(first.Data); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	open := Event{Kind: KindOpen, ID: "1", Target: "t", Message: Message{Data: json.RawMessage(`{"a":2}`)}}
	if err := Deliver(open); err != nil {
		t.Fatal(err)
	}
	if c.ID() != "1" || c.Target() != "t" {
		t.Errorf("got %+v", c)
	}
	if err := Deliver(open); err == nil {
		t.Error("one ID can be opened twice")
	}
	if err := errors.Join(c.Close(map[string]int{"z": 1}), c.Close(nil), Register("t", nil)); err != nil {
		t.Error(err)
	}
	if err := Deliver(open); err != nil { // its target is gone: closed at once
		t.Error(err)
	}
	if err := Deliver(Event{Kind: KindRegister, ID: "1"}); err == nil {
		t.Error("a front end can register targets")
	}
	want := []string{"3  t  map[] []", `1 1  {"a":2} map[] []`, `2 1  {"z":1} map[] []`, "4  t  map[] []", "2 1   map[] []"}
	if diff := cmp.Diff(want, k.events); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	if _, err := Open("t", nil); err == nil {
		t.Error("without a notebook a comm can be opened")
	}
	k := connect(t)
	for _, data := range []any{1, []int{1}, make(chan int)} {
		if _, err := Open("t", data); err == nil {
			t.Errorf("%T: no error", data)
		}
	}
	k.fail = errors.New("gone")
	if _, err := Open("t", nil); !errors.Is(err, k.fail) {
		t.Errorf("got %v", err)
	}
	if len(registry.comms) != 0 {
		t.Errorf("comms are left: %v", registry.comms)
	}
	if err := (Message{Data: json.RawMessage(`[`)}).Decode(new(any)); err == nil {
		t.Error("no error")
	}
}

func TestConcurrentUse(t *testing.T) {
	connect(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			c, err := Open("t", nil)
			if err != nil {
				t.Error(err)
				return
			}
			c.OnMessage(func(Message) {})
			inner := sync.WaitGroup{}
			inner.Go(func() { _ = Deliver(Event{Kind: KindMessage, ID: c.ID()}) }) // may be closed by then
			inner.Go(func() { _ = c.Send(nil) })
			inner.Go(func() {
				if err := c.Close(nil); err != nil {
					t.Error(err)
				}
			})
			inner.Wait()
		})
	}
	wg.Wait()
	if len(registry.comms) != 0 {
		t.Errorf("%d comms are left", len(registry.comms))
	}
}
