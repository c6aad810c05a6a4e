package bus

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// aWhile bounds how long a test waits for what comes at once.
const aWhile = 20 * time.Second

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

// echo is a server that sends Notes back for Cancels and Codes.
func echo(t testing.TB) *Server {
	var s *Server
	ready := make(chan struct{})
	s = serve(t, ServerOptions{Handle: func(p Peer, ms []Message) {
		<-ready
		for _, m := range ms {
			switch m := m.(type) {
			case *Cancel:
				s.Post(p, &Note{Job: m.Job})
			case *Code:
				s.Post(p, &Note{Text: string(m.Program)})
			}
		}
		s.Flush()
	}})
	close(ready)
	return s
}

func receive[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(aWhile):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// What one sends the other gets, once and in order, small and larger than NATS takes at once.
func TestBothWays(t *testing.T) {
	got := make(chan *Note, 10000)
	c := dial(t, echo(t), "x", Options{Handle: func(ms []Message) {
		for _, m := range ms {
			got <- m.(*Note)
		}
	}})
	big := bytes.Repeat([]byte("0123456789"), 3e6)
	for i := range 1000 {
		var m Message = &Cancel{Job: uint64(i)}
		if i == 500 {
			m = &Code{Program: big}
		}
		if err := c.Send(m, &Cancel{Job: 5000}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		switch n := receive(t, got); {
		case i == 500 && n.Text != string(big):
			t.Fatal("the large message came wrong")
		case i != 500 && n.Job != uint64(i):
			t.Fatalf("message %d came as %d", n.Job, i)
		}
		if n := receive(t, got); n.Job != 5000 {
			t.Fatalf("message %d came", n.Job)
		}
	}
}

// Messages of one goroutine keep their order among those of others.
func TestSendersAtOnce(t *testing.T) {
	got := make(chan uint64, 100000)
	c := dial(t, echo(t), "x", Options{Handle: func(ms []Message) {
		for _, m := range ms {
			got <- m.(*Note).Job
		}
	}})
	const senders, each = 8, 2000
	var all sync.WaitGroup
	for s := range uint64(senders) {
		all.Go(func() {
			for i := range uint64(each) {
				_ = c.Send(&Cancel{Job: s<<32 | i})
			}
		})
	}
	all.Wait()
	var next [senders]uint64
	for range senders * each {
		n := receive(t, got)
		if s := n >> 32; n&(1<<32-1) != next[s] {
			t.Fatalf("sender %d: %d came, not %d", s, n&(1<<32-1), next[s])
		}
		next[n>>32]++
	}
}

// Who has no secret, or another's, isn't let in; who is in can't read or write what isn't theirs.
func TestPermissions(t *testing.T) {
	type from struct {
		peer Peer
		n    int
	}
	heard := make(chan from, 100)
	s := serve(t, ServerOptions{
		Handle: func(p Peer, ms []Message) { heard <- from{p, len(ms)} },
		Wrong:  func(error) {}, // there is much to complain of
	})
	a, err := s.Admit("a", false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Admit("b", true)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Secret) < 26 || a.Secret == b.Secret {
		t.Errorf("secrets %q, %q", a.Secret, b.Secret)
	}
	for _, wrong := range []Address{
		{URL: a.URL}, {URL: a.URL, User: "a"}, {URL: a.URL, User: "a", Secret: b.Secret}, {URL: a.URL, User: "head", Secret: a.Secret},
	} {
		if c, err := Dial(wrong, Options{}); err == nil {
			c.Close()
			t.Errorf("%+v was let in", wrong)
		}
	}
	if c, err := Dial(a, Options{Worker: true}); err == nil {
		c.Close()
		t.Error("a client was let in as a worker")
	}
	c, err := Dial(a, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if again, err := Dial(a, Options{}); err == nil {
		again.Close()
		t.Error("a client was let in twice")
	}

	// As a client of NATS that tries what package bus doesn't.
	bad := make(chan error, 100)
	nc, err := nats.Connect(b.URL, nats.UserInfo("b", b.Secret), nats.Name(clientRole), nats.NoReconnect(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { bad <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	batch := appendMessage([]byte{whole}, &Retire{})
	for _, to := range []string{"g.h.c.a", "g.h.w.b", "g.u.c.a", "g.f", "$JS.API.INFO", "$SYS.REQ.SERVER.PING", "x"} {
		if err := nc.Publish(to, batch); err != nil {
			t.Fatal(err)
		}
		if err := receive(t, bad); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("writing to %s: %v", to, err)
		}
	}
	for _, of := range []string{">", "g.>", "g.u.c.a", "g.u.w.b", "g.h.c.a", "_INBOX.>", "$SYS.>"} {
		sub, err := nc.SubscribeSync(of)
		if err != nil {
			t.Fatal(err)
		}
		if err := receive(t, bad); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("reading of %s: %v", of, err)
		}
		_ = sub.Unsubscribe() // it isn't one
	}
	if err := nc.Publish("g.h.c.b", batch); err != nil {
		t.Fatal(err)
	}
	if f := receive(t, heard); f.peer != (Peer{User: "b"}) || f.n != 1 {
		t.Errorf("heard %+v", f)
	}
	select {
	case f := <-heard:
		t.Errorf("also heard %+v", f)
	default:
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(a.URL, "nats://"), ":")
	if host != "127.0.0.1" {
		t.Errorf("the server listens on %s", host)
	}
	for _, name := range []string{"", "head", "sys", "a", "x.y", "x/y", ">", "*"} {
		if _, err := s.Admit(name, false); err == nil {
			t.Errorf("user %q was admitted", name)
		}
	}
}

// The end of a connection is told after what came on it, and to those who wait.
func TestLeaving(t *testing.T) {
	events := make(chan string, 1000)
	s := serve(t, ServerOptions{
		Handle: func(p Peer, ms []Message) {
			for range ms {
				events <- "message of " + p.User
			}
		},
		Left: func(p Peer) { events <- fmt.Sprintf("%s left (worker: %v)", p.User, p.Worker) },
	})
	c := dial(t, s, "a", Options{Worker: true})
	const n = 100
	for range n {
		_ = c.Send(&Retire{})
	}
	c.Close()
	for range n {
		if e := receive(t, events); e != "message of a" {
			t.Fatal(e)
		}
	}
	if e := receive(t, events); e != "a left (worker: true)" {
		t.Error(e)
	}
	if err := c.Send(&Retire{}); err != ErrClosed {
		t.Errorf("sending: %v", err)
	}

	// The server throws out, or ends.
	for _, test := range []struct {
		user string
		end  func()
	}{{"b", func() { s.Expel("b") }}, {"c", s.Close}} {
		gone := make(chan error, 1)
		b := dial(t, s, test.user, Options{Gone: func(err error) { gone <- err }})
		asked := make(chan error, 1)
		go func() {
			_, err := b.Status(context.Background())
			asked <- err
		}()
		for e := ""; e != "message of "+test.user; { // the request
			e = receive(t, events)
		}
		test.end()
		if err := receive(t, gone); err == nil {
			t.Error("no reason")
		}
		if err := receive(t, asked); err == nil {
			t.Error("an answer")
		}
		<-b.Done()
		if err := b.Send(&Retire{}); err == nil || err == ErrClosed {
			t.Errorf("sending: %v", err)
		}
	}
}

// A request that is given up doesn't wait for its answer.
func TestRequestGivenUp(t *testing.T) {
	asked := make(chan *Request, 1)
	c := dial(t, serve(t, ServerOptions{Handle: func(_ Peer, ms []Message) { asked <- ms[0].(*Request) }}), "a", Options{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := c.Pool(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.asked) > 0 {
		t.Error("it is still waited for")
	}
}

// A user who sends what can't be read is thrown out.
func TestRubbish(t *testing.T) {
	left := make(chan Peer, 1)
	wrong := make(chan error, 10)
	s := serve(t, ServerOptions{Handle: func(Peer, []Message) {}, Left: func(p Peer) { left <- p }, Wrong: func(err error) { wrong <- err }})
	gone := make(chan error, 1)
	c := dial(t, s, "a", Options{Gone: func(err error) { gone <- err }})
	if err := c.nc.Publish("g.h.c.a", []byte{whole, 3, kindTask, 1, 1}); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, wrong); !strings.Contains(err.Error(), "a sent what can't be read") {
		t.Error(err)
	}
	receive(t, left)
	receive(t, gone)
}

// Payloads arrive, inline and in files, whatever becomes of who sent them; and nothing is left of them.
func TestPayloads(t *testing.T) {
	data := []byte("some data that came before")
	for _, test := range []struct {
		name     string
		segments []int
		memory   bool
	}{
		{"small", nil, true},
		{"small with slices", []int{100, 0, 7, 64}, true},
		{"memory file", []int{1 << 20, 3, 200_000, 0}, true},
		{"file", []int{1 << 20, 3, 200_000, 0}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			setMemoryFiles(t, test.memory)
			adopted := make(chan Payload, 1)
			var s *Server
			ready := make(chan struct{})
			s = serve(t, ServerOptions{Handle: func(p Peer, ms []Message) {
				<-ready
				for _, m := range ms {
					if m, ok := m.(*Task); ok {
						q, err := s.Adopt(p, m.Input)
						if err != nil {
							t.Error(err)
						}
						s.Flush()
						adopted <- q
					}
				}
			}})
			close(ready)
			var segments [][]byte
			for i, n := range test.segments {
				segments = append(segments, bytes.Repeat([]byte{byte('a' + i)}, n))
			}
			before := openFiles(t)
			sender := dial(t, s, "sender", Options{})
			p, err := sender.Pack(data, segments)
			if err != nil {
				t.Fatal(err)
			}
			if err := sender.Send(&Task{Input: p}); err != nil {
				t.Fatal(err)
			}
			q := receive(t, adopted)
			for deadline := time.Now().Add(aWhile); ; time.Sleep(time.Millisecond) { // it is told that it was taken
				sender.own.mu.Lock()
				n := len(sender.own.m)
				sender.own.mu.Unlock()
				if n == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("the sender isn't told")
				}
			}
			sender.Close()
			reader := dial(t, s, "reader", Options{})
			m, err := reader.Open(q)
			if err != nil {
				t.Fatal(err)
			}
			if string(m.Data) != string(data) || len(m.Sizes) != len(segments) {
				t.Errorf("data %q, sizes %v", m.Data, m.Sizes)
			}
			for i, want := range segments {
				got := make([]byte, len(want))
				if err := m.Segment(i, got); err != nil || !bytes.Equal(got, want) {
					t.Errorf("slice %d: %v, %d bytes", i, err, len(got))
				}
				if err := m.Segment(i, make([]byte, len(want)+1)); err == nil {
					t.Error("a slice was read into another size")
				}
			}
			m.Close()
			s.Free(q)
			if n, _ := s.Blobs(); n > 0 {
				t.Errorf("%d are left", n)
			}
			reader.Close()
			if q.Blob != "" {
				if _, err := reader.Open(q); err == nil {
					t.Error("it can be opened after it was freed")
				}
			}
			files, _ := filepath.Glob(filepath.Join(s.opts.Dir, blobDir, "*"))
			if len(files) > 0 {
				t.Errorf("files are left: %q", files)
			}
			s.Close()
			if after := openFiles(t); after > before {
				t.Errorf("%d open files, before %d", after, before)
			}
		})
	}
}

// What isn't a payload's file isn't opened.
func TestForeignBlobs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, blobDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(dir, blobDir, "link")); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	names := []string{"../secret", "link", "/etc/passwd", "", ".", "..", "a/b", "missing", "/proc/self/fd/0#x", "/etc/passwd#x",
		fmt.Sprintf("/proc/%d/fd/%d#x", os.Getpid(), r.Fd()), fmt.Sprintf("/proc/%d/fd/999999#x", os.Getpid()), "/proc/1/../1/fd/1#x"}
	for _, name := range names {
		if f, err := openBlob(name, dir, 1); err == nil {
			f.Close()
			t.Errorf("%q was opened", name)
		}
	}
	for _, p := range []Payload{{Size: 5}, {Data: []byte("x"), Size: 2}, {Size: -1}, {Data: []byte("x"), Segments: []int64{-1}},
		{Data: []byte("x"), Segments: []int64{1 << 62, 1 << 62}}} {
		if _, err := openImage(p, dir); err == nil {
			t.Errorf("%+v was read", p)
		}
	}
}

// A peer that reads nothing holds up neither others nor the end.
func TestStuckPeer(t *testing.T) {
	var s *Server
	ready := make(chan struct{})
	s = serve(t, ServerOptions{Handle: func(p Peer, ms []Message) {
		<-ready
		for _, m := range ms {
			s.Post(p, &Note{Job: m.(*Cancel).Job})
		}
		s.Flush()
	}})
	close(ready)
	a, err := s.Admit("stuck", false)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := fmt.Fprintf(nc, "CONNECT {\"user\":%q,\"pass\":%q,\"name\":%q,\"verbose\":false}\r\nSUB g.u.c.stuck 1\r\nPING\r\n",
		a.User, a.Secret, clientRole); err != nil {
		t.Fatal(err)
	}
	for r := bufio.NewReader(nc); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "PONG") {
			break
		}
	}
	for range 40 {
		s.Post(Peer{User: "stuck"}, &Code{Program: make([]byte, 4<<20)})
		s.Flush()
	}
	got := make(chan Message, 10)
	c := dial(t, s, "other", Options{Handle: func(ms []Message) { got <- ms[0] }})
	if err := c.Send(&Cancel{Job: 5}); err != nil {
		t.Fatal(err)
	}
	if n := receive(t, got); n.(*Note).Job != 5 {
		t.Errorf("got %+v", n)
	}
	closed := make(chan bool, 1)
	go func() {
		s.Close()
		closed <- true
	}()
	receive(t, closed)
}

// A peer that takes nothing for a while gets all of it then, in order.
func TestSlowPeer(t *testing.T) {
	s := serve(t, ServerOptions{Handle: func(Peer, []Message) {}})
	take := make(chan struct{})
	got := make(chan Message, 1000)
	c := dial(t, s, "slow", Options{Handle: func(ms []Message) {
		<-take
		for _, m := range ms {
			got <- m
		}
	}})
	const n = 300
	for i := range n {
		s.Post(Peer{User: "slow"}, &Code{ID: fmt.Sprint(i), Program: make([]byte, 100<<10)})
		s.Flush()
	}
	s.mu.Lock()
	if o := s.out[Peer{User: "slow"}]; o.flying > window || len(o.parts) == 0 {
		t.Errorf("%d bytes on their way, %d payloads wait", o.flying, len(o.parts))
	}
	s.mu.Unlock()
	close(take)
	for i := range n {
		if m := receive(t, got).(*Code); m.ID != fmt.Sprint(i) || len(m.Program) != 100<<10 {
			t.Fatalf("%s came as %d", m.ID, i)
		}
	}
	c.Close()
}
