package bus

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t testing.TB, o ServerOptions) *Server {
	t.Helper()
	o.Dir = t.TempDir()
	if o.Wrong == nil {
		o.Wrong = func(err error) { t.Errorf("the server complains: %v", err) }
	}
	if o.Left == nil {
		o.Left = func(Peer) {}
	}
	s, err := Serve(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func dial(t testing.TB, s *Server, user string, o Options) *Conn {
	t.Helper()
	a, err := s.Admit(user, o.Worker)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Dial(a, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// What one sends the other gets, once and in order, small and large.
func TestBothWays(t *testing.T) {
	var s *Server
	ready := make(chan struct{})
	s = serve(t, ServerOptions{Handle: func(p Peer, ms []Message) {
		<-ready
		for _, m := range ms {
			s.Post(p, &Note{Job: m.(*Code).Job(), Text: string(m.(*Code).Program)})
		}
		s.Flush()
	}})
	close(ready)
	got := make(chan *Note, 10000)
	c := dial(t, s, "x", Options{Handle: func(ms []Message) {
		for _, m := range ms {
			got <- m.(*Note)
		}
	}})
	big := bytes.Repeat([]byte("0123456789"), 3e6)
	for i := range 1000 {
		m := &Code{ID: fmt.Sprint(i)}
		if i == 500 {
			m.Program = big
		}
		if err := c.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		select {
		case n := <-got:
			if n.Job != uint64(i) {
				t.Fatalf("message %d came as %d", n.Job, i)
			}
			if i == 500 && n.Text != string(big) {
				t.Fatal("the large message came wrong")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("a message didn't come")
		}
	}
}

func (m *Code) Job() (n uint64) { fmt.Sscan(m.ID, &n); return }

var _ = os.Getpid
var _ = reflect.DeepEqual
var _ = context.Background
