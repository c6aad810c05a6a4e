package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/internal/pytool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const anyPort = "tcp://127.0.0.1:0"

func mustListen(t testing.TB, kind Kind, opts Options) *Socket {
	return mustListenAt(t, kind, anyPort, opts, defaults)
}

func mustListenAt(t testing.TB, kind Kind, endpoint string, opts Options, limit bounds) *Socket {
	t.Helper()
	s, err := listen(kind, endpoint, opts, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(0) })
	return s
}

func mustDial(t testing.TB, kind Kind, endpoint string, opts Options) *Socket {
	t.Helper()
	return mustDialAs(t, kind, endpoint, opts, defaults)
}

func mustDialAs(t testing.TB, kind Kind, endpoint string, opts Options, limit bounds) *Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := dial(ctx, kind, endpoint, opts, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(0) })
	return s
}

// echo answers each message of a Router with itself.
func echo(s *Socket) {
	for {
		m, err := s.Recv()
		if err != nil {
			return
		}
		s.Send(m)
	}
}

func mustRecv(t testing.TB, s *Socket) [][]byte {
	t.Helper()
	type result struct {
		m   [][]byte
		err error
	}
	c := make(chan result, 1)
	go func() {
		m, err := s.Recv()
		c <- result{m, err}
	}()
	select {
	case r := <-c:
		if r.err != nil {
			t.Fatal(r.err)
		}
		return r.m
	case <-time.After(20 * time.Second):
		t.Fatal("nothing received")
		return nil
	}
}

func mustSend(t testing.TB, s *Socket, parts ...string) {
	t.Helper()
	if err := s.Send(msg(parts...)); err != nil {
		t.Fatal(err)
	}
}

func msg(parts ...string) [][]byte {
	m := make([][]byte, len(parts))
	for i, p := range parts {
		m[i] = []byte(p)
	}
	return m
}

func mustEqual(t testing.TB, got [][]byte, want ...string) {
	t.Helper()
	if s := fmt.Sprintf("%q", got); s != fmt.Sprintf("%q", want) {
		t.Fatalf("got %s, want %q", s, want)
	}
}

// eventually fails the test if cond doesn't become true.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: ", what)
		}
	}
}

// ready counts the connections that are through their handshake.
func (s *Socket) ready() (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, ok := range s.links {
		if ok {
			n++
		}
	}
	return n
}

// recorder is a log that can be read while it is written.
type recorder struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func (r *recorder) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, nil))
}

// Parts of all sizes at which the framing changes go to libzmq and back, by
// tcp and by ipc.
func TestFraming(t *testing.T) {
	for _, ep := range []string{anyPort, "ipc://" + t.TempDir() + "/s"} {
		s := mustListenAt(t, Router, ep, Options{}, defaults)
		go echo(s)
		pytool.Start(t, `
import sys, zmq
s = zmq.Context().socket(zmq.DEALER)
s.connect(sys.argv[1])
sizes = [0, 1, 254, 255, 256, 257, 8191, 8192, 8193, 65535, 65536, 3000000]
msgs = [[bytes([i % 251]) * n] for i, n in enumerate(sizes)]
msgs += [[bytes([i]) * n for i, n in enumerate(sizes)], [bytes([i]) * n for i, n in enumerate(reversed(sizes))]]
msgs += [[b""] * 500, [b"x"] * 5000]
for m in msgs:
    s.send_multipart(m)
    assert s.poll(20000), "no answer"
    assert s.recv_multipart() == m
for m in msgs: s.send_multipart(m)
for m in msgs: assert s.recv_multipart() == m
print("ok")
`, s.Addr()).Expect("ok")
		s.Close(time.Second)
	}
}

// Requests carry the identity of their client, and answers find it.
func TestRouterIdentity(t *testing.T) {
	s := mustListen(t, Router, Options{})
	p := pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
a, b, c = (ctx.socket(zmq.DEALER) for _ in range(3))
a.identity, b.identity = b"ann", b"bob"
for s in (a, b, c):
    s.connect(sys.argv[1])
for s, name in ((a, b"a"), (b, b"b"), (c, b"c")):
    s.send_multipart([name])
for s, name in ((a, b"A"), (b, b"B"), (c, b"C")):
    assert s.recv_multipart() == [name]
    assert not s.poll(50)
print("ok")
`, s.Addr())
	var msgs [3][][]byte
	for range msgs {
		m := mustRecv(t, s)
		msgs[m[1][0]-'a'] = m
	}
	mustEqual(t, msgs[0], "ann", "a")
	mustEqual(t, msgs[1], "bob", "b")
	if id := msgs[2][0]; len(id) != 5 || id[0] != 0 {
		t.Errorf("anonymous client has identity %q", id)
	}
	for _, m := range msgs {
		if err := s.Send([][]byte{m[0], bytes.ToUpper(m[1])}); err != nil {
			t.Error(err)
		}
	}
	p.Expect("ok")
	if err := s.Send(msg("carl", "x")); !errors.Is(err, ErrNoPeer) {
		t.Errorf("unknown identity: %v", err)
	}
	if err := s.Send(msg("ann")); err == nil {
		t.Error("a message without content was sent")
	}
}

// Two clients with one identity each get their own answers, and only those;
// when one goes, the other stays.
func TestSharedIdentity(t *testing.T) {
	s := mustListen(t, Router, Options{})
	go echo(s)
	pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
def dealer():
    s = ctx.socket(zmq.DEALER)
    s.identity = b"twin"
    s.linger = 0
    s.connect(sys.argv[1])
    return s
def ask(s, text):
    s.send(text)
    assert s.poll(20000), text
    assert s.recv_multipart() == [text]
a = dealer(); ask(a, b"a1")
b = dealer(); ask(b, b"b1"); ask(a, b"a2"); ask(b, b"b2"); ask(a, b"a3")
assert not a.poll(50) and not b.poll(50)
a.close()
ask(b, b"b3")
c = dealer(); ask(c, b"c1")
c.close()
ask(b, b"b4")
print("ok")
`, s.Addr()).Expect("ok")
}

// A client that has lost its connection without our noticing gets the answer
// to what it asked before.
func TestIdentityAfterReconnect(t *testing.T) {
	s := mustListen(t, Router, Options{})
	old := mustDial(t, Dealer, s.Addr(), Options{Identity: []byte("me")})
	mustSend(t, old, "question")
	mustEqual(t, mustRecv(t, s), "me", "question")
	again := mustDial(t, Dealer, s.Addr(), Options{Identity: []byte("me")})
	eventually(t, "two connections", func() bool { return s.ready() == 2 })
	mustSend(t, s, "me", "answer")
	mustEqual(t, mustRecv(t, again), "answer")
	again.Close(0)
	eventually(t, "one connection", func() bool { return s.ready() == 1 })
	mustSend(t, s, "me", "more")
	mustEqual(t, mustRecv(t, old), "more")
}

// A subscriber that doesn't read costs the others nothing.
func TestSlowSubscriber(t *testing.T) {
	const n = 60000
	s := mustListen(t, XPub, Options{OnSubscribe: welcome})
	p := pytool.Start(t, `
import sys, time, zmq
ctx = zmq.Context()
def sub():
    s = ctx.socket(zmq.SUB)
    s.subscribe(b"")
    s.connect(sys.argv[1])
    assert s.poll(20000)
    assert s.recv_multipart() == [b"", b"welcome"]
    return s
slow, good = sub(), sub()
print("ready")
for i in range(int(sys.argv[2])):
    assert good.poll(20000), i
    m = good.recv_multipart()
    assert int(m[1][:8]) == i, (m[1][:8], i)
print("all")
sys.stdin.readline()
for i in range(int(sys.argv[2])): # nor has the slow one missed anything
    assert slow.poll(20000), i
    assert int(slow.recv_multipart()[1][:8]) == i
print("all")
`, s.Addr(), strconv.Itoa(n))
	p.Expect("ready")
	pad := bytes.Repeat([]byte("x"), 1000)
	for i := range n {
		if err := s.Send([][]byte{[]byte("t"), append(fmt.Appendf(nil, "%8d", i), pad...)}); err != nil {
			t.Fatal(err)
		}
	}
	p.Expect("all")
	if b := s.Backlog(); b < 10<<20 {
		t.Errorf("a backlog of %d bytes", b)
	}
	p.Send("go")
	p.Expect("all")
	p.Wait()
}

// A client that doesn't read its replies doesn't hold up another's.
func TestClientDoesNotRead(t *testing.T) {
	s := mustListen(t, Router, Options{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		big := make([]byte, 1<<20)
		for {
			m, err := s.Recv()
			if err != nil {
				return
			}
			if string(m[1]) == "flood" {
				for range 40 {
					s.Send([][]byte{m[0], big})
				}
				m[1] = []byte("flooded")
			}
			s.Send(m)
		}
	}()
	p := pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
a, b = ctx.socket(zmq.DEALER), ctx.socket(zmq.DEALER)
a.rcvhwm = 1
a.connect(sys.argv[1]); b.connect(sys.argv[1])
b.send(b"x"); b.recv()
a.send(b"flood")
for i in range(1000):
    b.send(b"y")
    assert b.poll(20000), "blocked"
    b.recv()
print("not blocked")
n = 0
while (m := a.recv()) != b"flooded":
    n += len(m)
print(n)
`, s.Addr())
	p.Expect("not blocked")
	p.Expect(strconv.Itoa(40 << 20))
	s.Close(0)
	<-done
}

// What waits for a peer is bounded: at the bound the connection goes, the
// client reconnects, and the others notice nothing.
func TestQueueBound(t *testing.T) {
	var log recorder
	limit := defaults
	limit.queue = 1 << 20
	s := mustListenAt(t, XPub, anyPort, Options{OnSubscribe: welcome, Log: log.logger()}, limit)
	p := pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
slow = ctx.socket(zmq.SUB)
slow.rcvhwm = 1
slow.subscribe(b"")
slow.connect(sys.argv[1])
assert slow.recv_multipart() == [b"", b"welcome"]
print("ready")
sys.stdin.readline()
last = None
while last != [b"", b"welcome"]: # after the reconnect
    assert slow.poll(20000)
    last = slow.recv_multipart()
print("again")
`, s.Addr())
	p.Expect("ready")
	data := make([]byte, 100000)
	sent := 0
	eventually(t, "dropped", func() bool {
		if err := s.Send([][]byte{[]byte("t"), data}); err != nil {
			t.Fatal(err)
		}
		sent += len(data)
		if b := s.Backlog(); b > limit.queue {
			t.Fatalf("a backlog of %d bytes", b)
		}
		return strings.Contains(log.String(), ErrSlowPeer.Error())
	})
	p.Send("go")
	p.Expect("again")
}

// A dialled socket keeps what it can't send yet, and no more than it may.
func TestPending(t *testing.T) {
	s := mustListen(t, Router, Options{})
	addr := s.Addr()
	limit := defaults
	limit.queue = 100
	c := mustDialAs(t, Dealer, addr, Options{Identity: []byte("c")}, limit)
	s.Close(0)
	eventually(t, "disconnected", func() bool {
		c.mu.RLock()
		defer c.mu.RUnlock()
		return c.current == nil
	})
	mustSend(t, c, "kept")
	if err := c.Send([][]byte{make([]byte, 200)}); !errors.Is(err, ErrSlowPeer) {
		t.Errorf("Send beyond the bound: %v", err)
	}
	s = mustListenAt(t, Router, addr, Options{}, defaults)
	mustEqual(t, mustRecv(t, s), "c", "kept")
	s.Close(0)
	eventually(t, "lost message", func() bool {
		mustSend(t, c, "x")
		c.mu.RLock()
		defer c.mu.RUnlock()
		return c.waiting > 0
	})
	if err := c.Close(time.Second); !errors.Is(err, ErrUndelivered) {
		t.Errorf("Close with a message pending: %v", err)
	}
}

func welcome(topic []byte) [][]byte { return [][]byte{topic, []byte("welcome")} }

// The welcome is the first message of each subscriber, who gets it once, also
// when it connects in the midst of messages.
func TestWelcomeFirst(t *testing.T) {
	s := mustListen(t, XPub, Options{OnSubscribe: welcome})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				s.Send(msg("t", strconv.Itoa(i)))
				for s.Backlog() > 1<<16 {
					time.Sleep(time.Millisecond)
				}
			}
		}
	}()
	pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
for i in range(20):
    s = ctx.socket(zmq.SUB)
    s.subscribe(b"")
    s.connect(sys.argv[1])
    assert s.poll(20000)
    assert s.recv_multipart() == [b"", b"welcome"], "welcome is not first"
    n = int(s.recv_multipart()[1])
    for j in range(n + 1, n + 200):
        assert int(s.recv_multipart()[1]) == j
    if i % 2: s.close(0)
print("ok")
`, s.Addr()).Expect("ok")
	close(stop)
	<-stopped
}

// Subscriptions select by prefix and can be taken back.
func TestTopics(t *testing.T) {
	s := mustListen(t, XPub, Options{})
	p := pytool.Start(t, `
import sys, zmq
s = zmq.Context().socket(zmq.SUB)
s.subscribe(b"ab")
s.connect(sys.argv[1])
def read(): return s.recv_multipart() if s.poll(20000) else None
while not s.poll(20): print("more")
print("got")
while (m := read()) != [b"abx", b"end"]: assert m == [b"abc", b"1"], m
s.subscribe(b"b"); s.unsubscribe(b"ab")
print("changed")
while (m := read()) != [b"b", b"2"]: assert m == [b"abc", b"2"], m
assert s.recv_multipart() == [b"b", b"2"]
print("ok")
`, s.Addr())
	for p.Line() == "more" {
		mustSend(t, s, "a", "0")
		mustSend(t, s, "abc", "1")
		mustSend(t, s, "xab", "0")
	}
	mustSend(t, s, "abx", "end")
	p.Expect("changed")
	eventually(t, "changed subscription", func() bool {
		s.mu.RLock()
		defer s.mu.RUnlock()
		for l := range s.links {
			l.mu.Lock()
			_, ab := l.topics["ab"]
			_, b := l.topics["b"]
			l.mu.Unlock()
			return b && !ab
		}
		return false
	})
	for range 2 {
		mustSend(t, s, "abc", "3")
		mustSend(t, s, "b", "2")
	}
	p.Expect("ok")
}

// Close delivers what was sent: 200 messages to a subscriber, and 50 MB to a
// client that begins to read only then, while it also talks.
func TestDrain(t *testing.T) {
	const n = 200
	for _, kind := range []Kind{XPub, Router} {
		s := mustListen(t, kind, Options{OnSubscribe: welcome})
		p := pytool.Start(t, `
import sys, time, zmq
s = zmq.Context().socket(zmq.SUB if sys.argv[2] == "XPUB" else zmq.DEALER)
if sys.argv[2] == "XPUB": s.subscribe(b"")
s.identity = b"me"
s.rcvhwm = 5
s.connect(sys.argv[1])
if sys.argv[2] == "XPUB": s.recv_multipart()
else:
    for i in range(100): s.send(b"hello")
print("ready")
sys.stdin.readline()
time.sleep(.1)
n = 0
while s.poll(1500):
    if int(s.recv_multipart()[-1][:8]) == n: n += 1
    if sys.argv[2] == "ROUTER":
        for i in range(100): s.send(b"noise that nobody reads", zmq.NOBLOCK)
print(n)
`, s.Addr(), kind.String())
		p.Expect("ready")
		if kind == Router {
			mustRecv(t, s)
		}
		pad := make([]byte, 250000)
		for i := range n {
			data := fmt.Appendf(nil, "%8d", i)
			if kind == Router {
				data = append(data, pad...)
			}
			if err := s.Send([][]byte{[]byte("me"), data}); err != nil {
				t.Fatal(err)
			}
		}
		p.Send("go")
		if err := s.Close(20 * time.Second); err != nil {
			t.Error(err)
		}
		p.Expect(strconv.Itoa(n))
		if err := s.Send(msg("me", "x")); !errors.Is(err, ErrClosed) {
			t.Errorf("Send after Close: %v", err)
		}
		if _, err := s.Recv(); !errors.Is(err, ErrClosed) {
			t.Errorf("Recv after Close: %v", err)
		}
		if err := s.Close(time.Second); err != nil {
			t.Errorf("second Close: %v", err)
		}
	}
}

// Close doesn't wait longer than it was told, and says what was lost.
func TestDrainGivesUp(t *testing.T) {
	s := mustListen(t, Router, Options{})
	p := pytool.Start(t, `
import sys, zmq
s = zmq.Context().socket(zmq.DEALER)
s.identity = b"me"
s.rcvhwm = 1
s.connect(sys.argv[1])
s.send(b"hello")
sys.stdin.readline()
`, s.Addr())
	mustRecv(t, s)
	for range 100 {
		if err := s.Send([][]byte{[]byte("me"), make([]byte, 1<<20)}); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if err := s.Close(100 * time.Millisecond); !errors.Is(err, ErrUndelivered) {
		t.Errorf("Close: %v", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("Close took %v", d)
	}
	p.Wait()
}

// libzmq's heartbeats are answered, so that it keeps the connection, and are
// not taken for messages.
func TestPing(t *testing.T) {
	s := mustListen(t, Router, Options{})
	p := pytool.Start(t, `
import sys, zmq
from zmq.utils.monitor import recv_monitor_message
s = zmq.Context().socket(zmq.DEALER)
s.heartbeat_ivl, s.heartbeat_timeout = 20, 300
mon = s.get_monitor_socket(zmq.EVENT_DISCONNECTED)
s.connect(sys.argv[1])
if mon.poll(1500): print("disconnected")
s.send(b"hello")
assert s.poll(20000)
assert s.recv() == b"hello"
print("ok")
`, s.Addr())
	m := mustRecv(t, s)
	if len(m) != 2 || string(m[1]) != "hello" {
		t.Fatalf("received %q", m)
	}
	if err := s.Send(m); err != nil {
		t.Fatal(err)
	}
	p.Expect("ok")
}

// The heartbeat comes back, from REQ and from DEALER, whatever else happens.
func TestEcho(t *testing.T) {
	s := mustListen(t, Echo, Options{})
	pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
for kind in (zmq.REQ, zmq.DEALER):
    s = ctx.socket(kind)
    s.connect(sys.argv[1])
    for i in range(100):
        m = [b"", b"ping%d" % i]
        s.send_multipart(m)
        assert s.poll(20000)
        assert s.recv_multipart() == m
print("ok")
`, s.Addr()).Expect("ok")
	c := mustDial(t, Req, s.Addr(), Options{})
	mustSend(t, c, "ping")
	mustEqual(t, mustRecv(t, c), "ping")
	if err := s.Send(msg("x")); err == nil {
		t.Error("an Echo sent a message")
	}
}

// A ZeroMQ client goes on when its kernel is replaced on the same port, again
// and again.
func TestRestartOnSamePort(t *testing.T) {
	for _, ep := range []string{anyPort, "ipc://" + t.TempDir() + "/s"} {
		s := mustListenAt(t, Router, ep, Options{}, defaults)
		pub := mustListen(t, XPub, Options{OnSubscribe: welcome})
		ep, pubAddr := s.Addr(), pub.Addr()
		p := pytool.Start(t, `
import sys, zmq
ctx = zmq.Context()
s, sub = ctx.socket(zmq.DEALER), ctx.socket(zmq.SUB)
s.identity = b"me"
s.connect(sys.argv[1])
sub.subscribe(b"")
sub.connect(sys.argv[2])
for line in sys.stdin:
    assert sub.poll(20000) and sub.recv_multipart() == [b"", b"welcome"]
    s.send(line.encode())
    assert s.poll(20000)
    assert s.recv().decode() == line
    print("ok")
`, ep, pubAddr)
		for i := range 5 {
			if i > 0 {
				s = mustListenAt(t, Router, ep, Options{}, defaults)
				pub = mustListenAt(t, XPub, pubAddr, Options{OnSubscribe: welcome}, defaults)
			}
			p.Send(strconv.Itoa(i))
			m := mustRecv(t, s)
			mustEqual(t, m, "me", strconv.Itoa(i)+"\n")
			s.Send(m)
			p.Expect("ok")
			if err := errors.Join(s.Close(time.Second), pub.Close(time.Second)); err != nil {
				t.Error(err)
			}
		}
		p.Wait()
	}
}

// Our own client reconnects and renews its subscription.
func TestDialReconnects(t *testing.T) {
	s := mustListen(t, XPub, Options{OnSubscribe: welcome})
	addr := s.Addr()
	c := mustDial(t, Sub, addr, Options{Topics: []string{"ab", "c"}})
	for i := range 3 {
		mustEqual(t, mustRecv(t, c), "ab", "welcome")
		mustEqual(t, mustRecv(t, c), "c", "welcome")
		mustSend(t, s, "x", "1")
		mustSend(t, s, "abc", strconv.Itoa(i))
		mustEqual(t, mustRecv(t, c), "abc", strconv.Itoa(i))
		s.Close(time.Second)
		s = mustListenAt(t, XPub, addr, Options{OnSubscribe: welcome}, defaults)
	}
}

func TestDialFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := "tcp://" + l.Addr().String()
	for _, state := range []string{"silent", "refused"} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, err := Dial(ctx, Dealer, addr, Options{})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", state, err)
		}
		l.Close()
	}
	for _, bad := range []string{"", "tcp://", "tcp://x", "udp://127.0.0.1:1", "ipc://", "127.0.0.1:1"} {
		if _, err := Dial(context.Background(), Dealer, bad, Options{}); err == nil {
			t.Errorf("Dial(%q) succeeded", bad)
		}
		if _, err := Listen(Router, bad, Options{}); err == nil {
			t.Errorf("Listen(%q) succeeded", bad)
		}
	}
	if _, err := Dial(context.Background(), Router, addr, Options{}); err == nil {
		t.Error("a Router dialled")
	}
	if _, err := Listen(Dealer, anyPort, Options{}); err == nil {
		t.Error("a Dealer listened")
	}
	if _, err := Dial(context.Background(), Dealer, addr, Options{Identity: []byte{0, 1}}); err == nil {
		t.Error("a reserved identity was taken")
	}
}
