package comm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	user "github.com/goherd/goherd/display/comm"
)

// frontEnd remembers what is sent to it.
type frontEnd struct {
	mu   sync.Mutex
	sent []string
	fail error
}

type parent struct{}

func (f *frontEnd) Send(ctx context.Context, msgType string, content any, metadata map[string]any, buffers [][]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, err := json.Marshal([]any{content, metadata})
	f.sent = append(f.sent, fmt.Sprintf("%v %s %s %s", ctx.Value(parent{}), msgType, data, buffers))
	return errors.Join(err, f.fail)
}

func (f *frontEnd) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.sent = nil }()
	return f.sent
}

func newRegistry() (*Registry, *frontEnd) {
	f := new(frontEnd)
	return New(f, slog.New(slog.DiscardHandler)), f
}

var ctx = context.WithValue(context.Background(), parent{}, "p")

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpenedByTheFrontEnd(t *testing.T) {
	r, f := newRegistry()
	var heard []string
	err := r.Register("t", func(ctx context.Context, c *Comm, open Message) error {
		heard = append(heard, fmt.Sprintf("open %s %s %s %v %s", c.ID(), c.Target(), open.Data, open.Metadata, open.Buffers))
		c.OnMessage(func(ctx context.Context, m Message) {
			heard = append(heard, fmt.Sprintf("message %s", m.Data))
			if err := c.Send(ctx, Message{Data: m.Data, Metadata: m.Metadata, Buffers: [][]byte{{'b'}}}); err != nil {
				t.Error(err)
			}
		})
		c.OnClose(func(context.Context, Message) { heard = append(heard, "close") })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Register("t", nil); err == nil {
		t.Error("a target can be registered twice")
	}
	for _, m := range [][2]string{
		{"comm_open", `{"comm_id":"1","target_name":"t","data":{"a":1}}`},
		{"comm_msg", `{"comm_id":"1","data":{"b":2}}`},
		{"comm_close", `{"comm_id":"1"}`},
	} {
		if err := r.Handle(ctx, m[0], []byte(m[1]), map[string]any{"k": 1}, [][]byte{{'x'}}); err != nil {
			t.Error(err)
		}
	}
	check(t, heard, `open 1 t {"a":1} map[k:1] [x]`, `message {"b":2}`, "close")
	check(t, f.take(), `p comm_msg [{"comm_id":"1","data":{"b":2}},{"k":1}] [b]`)
	if len(r.comms) != 0 {
		t.Errorf("comms are left: %v", r.comms)
	}
}

func TestOpenedByTheKernel(t *testing.T) {
	r, f := newRegistry()
	heard := 0
	c, err := r.Open(ctx, "panel", Message{Buffers: [][]byte{{'o'}}}, func(context.Context, Message) { heard++ }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Handle(ctx, "comm_msg", []byte(`{"comm_id":"`+c.ID()+`","data":{}}`), nil, nil); err != nil || heard != 1 {
		t.Errorf("heard %d, %v", heard, err)
	}
	other, err := r.Open(ctx, "other", Message{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Info{c.ID(): {"panel"}, other.ID(): {"other"}}, r.Info("")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]Info{c.ID(): {"panel"}}, r.Info("panel")); diff != "" {
		t.Error(diff)
	}
	if err := errors.Join(c.Close(ctx, Message{}), c.Close(ctx, Message{}), r.Handle(ctx, "comm_close", []byte(`{"comm_id":"`+other.ID()+`"}`), nil, nil)); err != nil {
		t.Error(err)
	}
	if err := c.Send(ctx, Message{}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	check(t, f.take(),
		`p comm_open [{"comm_id":"`+c.ID()+`","target_name":"panel","data":{}},{}] [o]`,
		`p comm_open [{"comm_id":"`+other.ID()+`","target_name":"other","data":{}},{}] []`,
		`p comm_close [{"comm_id":"`+c.ID()+`","data":{}},{}] []`)
	f.fail = errors.New("gone")
	if _, err := r.Open(ctx, "panel", Message{}, nil, nil); !errors.Is(err, f.fail) || len(r.Info("")) != 0 {
		t.Errorf("got %v, %v", err, r.Info(""))
	}
}

func TestWhatIsRefused(t *testing.T) {
	r, f := newRegistry()
	closed := func(id string) string { return `p comm_close [{"comm_id":"` + id + `","data":{}},{}] []` }
	if err := r.Register("bad", func(context.Context, *Comm, Message) error { return errors.New("no") }); err != nil {
		t.Fatal(err)
	}
	if err := r.Register("good", func(context.Context, *Comm, Message) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := r.Handle(ctx, "comm_open", []byte(`{"comm_id":"open","target_name":"good"}`), nil, nil); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 2*maxName)
	for _, test := range []struct {
		msgType, content string
		want             []string
	}{
		{"comm_open", `{"comm_id":"1","target_name":"unknown","data":{}}`, []string{closed("1")}},
		{"comm_open", `{"comm_id":"2","target_name":"bad","data":{}}`, []string{closed("2")}},
		{"comm_open", `{"comm_id":"open","target_name":"good"}`, nil},
		{"comm_open", `{"comm_id":"` + long + `","target_name":"good"}`, []string{closed(long)}},
		{"comm_open", `{"comm_id":1}`, nil},
		{"comm_open", `[`, nil},
		{"comm_msg", `{"comm_id":"9"}`, nil},
		{"comm_close", `{"comm_id":"9"}`, nil},
		{"comm_other", `{"comm_id":"open"}`, nil},
	} {
		if err := r.Handle(ctx, test.msgType, []byte(test.content), nil, nil); err == nil {
			t.Errorf("%s %.50s: no error", test.msgType, test.content)
		}
		check(t, f.take(), test.want...)
	}
	if got := r.Info(""); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	var err error
	for i := 0; err == nil && i <= maxComms; i++ {
		err = r.Handle(ctx, "comm_open", fmt.Appendf(nil, `{"comm_id":"n%d","target_name":"good"}`, i), nil, nil)
	}
	if err == nil || len(r.Info("")) != maxComms {
		t.Errorf("%d comms, %v", len(r.Info("")), err)
	}
}

// The user's package at one end, a front end at the other.
type link struct{ remote *Remote }

func (l link) Send(e user.Event) error { return l.remote.Handle(ctx, e) }

func TestUserCode(t *testing.T) {
	r, f := newRegistry()
	remote := r.Attach(func(_ context.Context, e user.Event) error { return user.Deliver(e) })
	previous := user.Connect(link{remote})
	t.Cleanup(func() { user.Connect(previous) })

	c, err := user.Open("widget", map[string]any{"v": 1}, user.Metadata(map[string]any{"version": "2.1.0"}))
	if err != nil {
		t.Fatal(err)
	}
	c.OnMessage(func(m user.Message) {
		if err := c.Send(m.Data, m.Buffers...); err != nil {
			t.Error(err)
		}
	})
	if err := r.Handle(ctx, "comm_msg", []byte(`{"comm_id":"`+c.ID()+`","data":{"w":2}}`), nil, [][]byte{{'x'}}); err != nil {
		t.Error(err)
	}
	for range 2 { // user code may register again
		if err := user.Register("mine", func(c *user.Comm, first user.Message) {
			if err := c.Send(first.Data); err != nil {
				t.Error(err)
			}
			if c.ID() == "brief" {
				if err := c.Close(nil); err != nil {
					t.Error(err)
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"brief", "long"} {
		if err := r.Handle(ctx, "comm_open", []byte(`{"comm_id":"`+id+`","target_name":"mine","data":{"m":3}}`), nil, nil); err != nil {
			t.Error(err)
		}
	}
	check(t, f.take(),
		`p comm_open [{"comm_id":"`+c.ID()+`","target_name":"widget","data":{"v":1}},{"version":"2.1.0"}] []`,
		`p comm_msg [{"comm_id":"`+c.ID()+`","data":{"w":2}},{}] [x]`,
		`p comm_msg [{"comm_id":"brief","data":{"m":3}},{}] []`,
		`p comm_close [{"comm_id":"brief","data":{}},{}] []`,
		`p comm_msg [{"comm_id":"long","data":{"m":3}},{}] []`)
	if diff := cmp.Diff(map[string]Info{c.ID(): {"widget"}, "long": {"mine"}}, r.Info("")); diff != "" {
		t.Error(diff)
	}

	kernels, err := r.Open(ctx, "panel", Message{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.take()
	for _, e := range []user.Event{{Kind: user.KindMessage, ID: kernels.ID()}, {Kind: user.KindOpen, ID: kernels.ID()}, {Kind: 99, ID: "long"}} {
		if err := remote.Handle(ctx, e); err == nil {
			t.Errorf("%+v: no error", e)
		}
	}
	remote.Detach(ctx)
	got := f.take()
	slices.Sort(got)
	want := []string{`p comm_close [{"comm_id":"` + c.ID() + `","data":{}},{}] []`, `p comm_close [{"comm_id":"long","data":{}},{}] []`}
	slices.Sort(want)
	check(t, got, want...)
	if diff := cmp.Diff(map[string]Info{kernels.ID(): {"panel"}}, r.Info("")); diff != "" {
		t.Error(diff)
	}
	if err := r.Handle(ctx, "comm_open", []byte(`{"comm_id":"3","target_name":"mine","data":{}}`), nil, nil); err == nil {
		t.Error("a target outlives its interpreter")
	}
}

func TestUnregister(t *testing.T) {
	r, _ := newRegistry()
	if err := r.Register("kernel", func(context.Context, *Comm, Message) error { return nil }); err != nil {
		t.Fatal(err)
	}
	remote := r.Attach(func(context.Context, user.Event) error { return nil })
	for _, e := range []user.Event{{Kind: user.KindRegister, Target: "t"}, {Kind: user.KindUnregister, Target: "t"}, {Kind: user.KindUnregister, Target: "kernel"}} {
		if err := remote.Handle(ctx, e); err != nil {
			t.Error(err)
		}
	}
	if err := remote.Handle(ctx, user.Event{Kind: user.KindRegister, Target: "kernel"}); err == nil {
		t.Error("user code can take the kernel's target")
	}
	if len(r.targets) != 1 || r.targets["kernel"] == nil {
		t.Errorf("got %v", r.targets)
	}
}

func TestConcurrentUse(t *testing.T) {
	r, f := newRegistry()
	if err := r.Register("t", func(context.Context, *Comm, Message) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			c, err := r.Open(ctx, "x", Message{}, nil, nil)
			if err != nil {
				t.Error(err)
				return
			}
			id := fmt.Sprint("c", i)
			err = errors.Join(
				r.Handle(ctx, "comm_open", []byte(`{"comm_id":"`+id+`","target_name":"t"}`), nil, nil),
				r.Handle(ctx, "comm_msg", []byte(`{"comm_id":"`+id+`"}`), nil, nil),
				c.Send(ctx, Message{}), c.Close(ctx, Message{}),
				r.Handle(ctx, "comm_close", []byte(`{"comm_id":"`+id+`"}`), nil, nil))
			if err != nil {
				t.Error(err)
			}
			r.Info("")
		})
	}
	wg.Wait()
	if len(r.Info("")) != 0 || len(f.take()) != 60 {
		t.Errorf("left %v", r.Info(""))
	}
}
