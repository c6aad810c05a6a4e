package core

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// The head has the programs that jobs need, and some that they needed last; no others.
func TestPrograms(t *testing.T) {
	var mu sync.Mutex
	var said []string
	s, err := bus.Serve(bus.ServerOptions{
		Dir: t.TempDir(),
		Handle: func(_ bus.Peer, ms []bus.Message) {
			mu.Lock()
			defer mu.Unlock()
			for _, m := range ms {
				switch m := m.(type) {
				case *bus.Code:
					said = append(said, "code "+m.ID)
				case *bus.Drop:
					said = append(said, "drop "+m.ID)
				}
			}
		},
		Left:  func(bus.Peer) {},
		Wrong: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, err := s.Admit("c1", false)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := bus.Dial(a, bus.Options{Handle: func([]bus.Message) {}, Gone: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := &client{conn: conn, sent: map[string]int{}}
	send := func(ids ...string) {
		t.Helper()
		for _, id := range ids {
			if err := c.program(id, []byte(id)); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []string{"code kept", "code again"}
	send("kept", "kept", "again")
	c.release([]string{"kept", "again"}) // another job still needs the first
	for i := range maxSpare + 10 {
		id := fmt.Sprint(i)
		send(id)
		c.release([]string{id})
		send("again")
		c.release([]string{"again"}) // is used last, and never goes
		want = append(want, "code "+id)
		if i >= maxSpare-1 {
			want = append(want, fmt.Sprint("drop ", i-maxSpare+1))
		}
	}
	send("kept", "0")
	want = append(want, "code 0")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		mu.Lock()
		got := slices.Clone(said)
		mu.Unlock()
		if len(got) >= len(want) || time.Now().After(deadline) {
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			return
		}
	}
}
