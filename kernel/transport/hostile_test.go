package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/internal/pytool"
)

// zmtp writes frames as a peer that we can't make of our own code.
func greeting() []byte {
	g := make([]byte, greetingSize)
	g[0], g[9], g[10] = 0xff, 0x7f, 3
	copy(g[12:], "NULL")
	return g
}

func frame(flags byte, body []byte) []byte {
	if len(body) < 256 {
		return append([]byte{flags, byte(len(body))}, body...)
	}
	b := binary.BigEndian.AppendUint64([]byte{flags | flagLong}, uint64(len(body)))
	return append(b, body...)
}

func property(name, value string) []byte {
	b := append([]byte{byte(len(name))}, name...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

func readyCommand(metadata ...[]byte) []byte {
	return frame(flagCommand, append([]byte("\x05READY"), bytes.Join(metadata, nil)...))
}

func dialRaw(t *testing.T, s *Socket) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.Addr(), "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// dialZMTP returns a connection after the handshake of a DEALER.
func dialZMTP(t *testing.T, s *Socket, typ string) net.Conn {
	t.Helper()
	c := dialRaw(t, s)
	c.Write(append(greeting(), readyCommand(property("Socket-Type", typ), property("Identity", ""))...))
	if _, err := io.ReadFull(c, make([]byte, greetingSize)); err != nil {
		t.Fatal(err)
	}
	flags, body := readFrame(t, c)
	if flags != flagCommand || !bytes.HasPrefix(body, []byte("\x05READY")) {
		t.Fatalf("frame %#x %q instead of READY", flags, body)
	}
	return c
}

func readFrame(t *testing.T, c net.Conn) (byte, []byte) {
	t.Helper()
	var h [2]byte
	if _, err := io.ReadFull(c, h[:]); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, h[1])
	if _, err := io.ReadFull(c, body); err != nil {
		t.Fatal(err)
	}
	return h[0], body
}

// mustClose fails the test unless the other side closes the connection.
func mustClose(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("the connection is still open")
	}
}

// mustServe fails the test unless a new libzmq client is served.
func mustServe(t *testing.T, s *Socket) {
	t.Helper()
	pytool.Start(t, `
import sys, zmq
s = zmq.Context().socket(zmq.DEALER)
s.connect(sys.argv[1])
s.send(b"hello")
assert s.poll(4000) and s.recv() == b"hello"
print("ok")
`, s.Addr()).Expect("ok")
}

// Peers that say nothing, or half of it, keep nobody waiting, and are
// disconnected in time.
func TestSilentPeer(t *testing.T) {
	limit := defaults
	limit.handshake = 10 * time.Second // mustServe is done before
	s := mustListenAt(t, Router, anyPort, Options{}, limit)
	go echo(s)
	for range 20 {
		dialRaw(t, s)
	}
	dialRaw(t, s).Write(greeting()[:30])
	dialRaw(t, s).Write(greeting())
	mustServe(t, s)

	limit.handshake = 50 * time.Millisecond
	s = mustListenAt(t, Router, anyPort, Options{}, limit)
	mustClose(t, dialRaw(t, s))
	c := dialRaw(t, s)
	go func() { // a byte now and then doesn't buy time
		for _, b := range greeting() {
			time.Sleep(10 * time.Millisecond)
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
		}
	}()
	mustClose(t, c)
	eventually(t, "no connection left", func() bool {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return len(s.links) == 0
	})
}

// What isn't ZMTP, or an impossible handshake, ends its connection only. Some
// of it makes zmq4 panic.
func TestMalformedHandshake(t *testing.T) {
	var log recorder
	s := mustListenAt(t, Router, anyPort, Options{Log: log.logger()}, defaults)
	go echo(s)
	ok := property("Socket-Type", "DEALER")
	curve := greeting()
	copy(curve[12:], "CURVE\x00")
	old := greeting()
	old[10] = 1
	tests := map[string][]byte{
		"http":             []byte("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: something long enough\r\n\r\n"),
		"version 1":        old,
		"curve":            curve,
		"unknown type":     append(greeting(), readyCommand(property("Socket-Type", "TEAPOT"))...),
		"no type":          append(greeting(), readyCommand()...),
		"incompatible":     append(greeting(), readyCommand(property("Socket-Type", "SUB"))...),
		"name cut short":   append(greeting(), readyCommand(ok, []byte{200, 'x'})...),
		"value cut short":  append(greeting(), readyCommand(ok, []byte("\x01a\x00\x00"))...),
		"value too long":   append(greeting(), readyCommand(ok, []byte("\x01a\xff\xff\xff\xffx"))...),
		"reserved name":    append(greeting(), readyCommand(ok, property("Identity", "\x00\x00\x00\x00\x01"))...),
		"long name":        append(greeting(), readyCommand(ok, property("Identity", strings.Repeat("x", 256)))...),
		"empty command":    append(greeting(), frame(flagCommand, nil)...),
		"message":          append(greeting(), frame(0, []byte("hello"))...),
		"other command":    append(greeting(), frame(flagCommand, []byte("\x05HELLO"))...),
		"name beyond body": append(greeting(), frame(flagCommand, []byte("\xffREADY"))...),
		"huge command":     append(greeting(), frame(flagCommand, make([]byte, maxCommand+1))[:20]...),
		"reserved flags":   append(greeting(), 0xff, 0xff),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			c := dialRaw(t, s)
			c.Write(data)
			mustClose(t, c)
		})
	}
	mustServe(t, s)
	if n := strings.Count(log.String(), "connection refused"); n != len(tests) {
		t.Errorf("%d of %d refusals logged:\n%s", n, len(tests), log.String())
	}
}

// A frame that is announced as larger than what is allowed is refused before
// it is allocated; so are small ones without end.
func TestOversizedFrame(t *testing.T) {
	var log recorder
	s := mustListenAt(t, Router, anyPort, Options{Log: log.logger()}, defaults)
	go echo(s)
	long := func(flags byte, size uint64) []byte {
		return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, size)
	}
	tests := map[string][]byte{
		"2^63":      long(0, 1<<63),
		"2^63-1":    long(0, 1<<63-1),
		"2^64-1":    long(0, 1<<64-1),
		"one more":  long(0, uint64(defaults.message)+1),
		"sum":       append(frame(flagMore, make([]byte, 1000)), long(0, uint64(defaults.message)-999)...),
		"command":   long(flagCommand, 1<<40),
		"endless":   bytes.Repeat([]byte{flagMore, 0}, maxParts+1),
		"bad flags": {0x80, 0},
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			c := dialZMTP(t, s, "DEALER")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c.Write(data)
			mustClose(t, c)
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
				t.Errorf("allocated %d MB", n>>20)
			}
		})
	}
	mustServe(t, s)
	if n := strings.Count(log.String(), "connection dropped"); n != len(tests) {
		t.Errorf("%d of %d logged:\n%s", n, len(tests), log.String())
	}
}

// The largest message that is allowed arrives.
func TestLargestMessage(t *testing.T) {
	limit := defaults
	limit.message = 1 << 20
	s := mustListenAt(t, Router, anyPort, Options{}, limit)
	c := dialZMTP(t, s, "DEALER")
	for range 2 {
		c.Write(frame(flagMore, make([]byte, 1<<19)))
		c.Write(frame(0, make([]byte, 1<<19)))
		if m := mustRecv(t, s); len(m) != 3 || len(m[1])+len(m[2]) != 1<<20 {
			t.Fatalf("%d parts", len(m))
		}
	}
	c.Write(frame(0, make([]byte, 1<<20+1))[:9])
	mustClose(t, c)
}

// A PING gets a PONG even while messages are sent, and what it holds doesn't
// matter. A ZMTP 3.1 peer needs it or it disconnects.
func TestPong(t *testing.T) {
	s := mustListen(t, Router, Options{})
	c := dialZMTP(t, s, "DEALER")
	c.Write(frame(0, []byte("hello")))
	id := mustRecv(t, s)[0]
	const n = 500
	go func() {
		for range n {
			s.Send([][]byte{id, []byte("a"), []byte("b")})
			c.Write(frame(flagCommand, []byte("\x04PING\x00\x0actx")))
		}
	}()
	for messages, pongs := 0, 0; messages < n || pongs < n; {
		switch flags, body := readFrame(t, c); {
		case flags == flagCommand && bytes.HasPrefix(body, []byte("\x04PONG")):
			pongs++
		case flags == flagMore && string(body) == "a":
			if flags, body := readFrame(t, c); flags != 0 || string(body) != "b" {
				t.Fatalf("within a message: %#x %q", flags, body)
			}
			messages++
		default:
			t.Fatalf("frame %#x %q", flags, body)
		}
	}
	c.Write(frame(flagCommand, []byte("\x07UNKNOWN")))
	c.Write(frame(0, []byte("hello again")))
	if m := mustRecv(t, s); string(m[1]) != "hello again" {
		t.Fatalf("received %q", m)
	}
}

// A subscriber can't make a publisher grow.
func TestSubscriptionBounds(t *testing.T) {
	s := mustListen(t, XPub, Options{})
	c := dialZMTP(t, s, "SUB")
	c.Write(frame(0, make([]byte, maxCommand+1)))
	mustClose(t, c)
	c = dialZMTP(t, s, "SUB")
	for i := range maxTopics + 1 {
		c.Write(frame(0, binary.BigEndian.AppendUint16([]byte{1}, uint16(i))))
	}
	mustClose(t, c)
	c = dialZMTP(t, s, "XSUB")
	for range 1000 {
		c.Write(frame(0, []byte("\x01t")))
		c.Write(frame(0, []byte("\x02what")))
		c.Write(frame(0, nil))
	}
	c.Write(frame(0, []byte("\x01end")))
	eventually(t, "subscribed", func() bool {
		s.Send(msg("end"))
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		return err == nil
	})
}

func TestTooManyConnections(t *testing.T) {
	limit := defaults
	limit.conns = 3
	s := mustListenAt(t, Router, anyPort, Options{}, limit)
	go echo(s)
	var conns []net.Conn
	for range limit.conns {
		conns = append(conns, dialZMTP(t, s, "DEALER"))
	}
	mustClose(t, dialRaw(t, s))
	conns[0].Close()
	eventually(t, "room for one", func() bool { return s.ready() < limit.conns })
	mustServe(t, s)
}

// failing is a listener whose Accept fails, as with too many open files.
type failing struct {
	net.Listener
	left  atomic.Int32
	calls atomic.Int32
}

func (f *failing) Accept() (net.Conn, error) {
	f.calls.Add(1)
	if f.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return f.Listener.Accept()
}

// The accept loop neither spins on an error nor gives up.
func TestAcceptError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{Listener: l}
	f.left.Store(5)
	s := newSocket(Router, endpoint{text: "tcp://" + l.Addr().String(), network: "tcp"}, Options{}, defaults)
	s.listener = f
	s.wg.Go(s.accept)
	t.Cleanup(func() { s.Close(0) })
	go echo(s)
	mustServe(t, s)
	if n := f.calls.Load(); n > 8 {
		t.Errorf("Accept was called %d times", n)
	}

	f.left.Store(1 << 30)
	c := dialRaw(t, s) // ends the Accept that waits
	time.Sleep(100 * time.Millisecond)
	if n := f.calls.Load(); n > 20 {
		t.Errorf("Accept was called %d times: it spins", n)
	}
	c.Close()
}

func TestSocketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ep := "ipc://" + path

	// A file that a killed process has left behind.
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(Router, ep, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr() != ep {
		t.Errorf("Addr is %s", s.Addr())
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("socket file: %v, %v", info, err)
	}
	go echo(s)
	mustServe(t, s)

	// One that is in use stays in use.
	if _, err := Listen(Router, ep, Options{}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("second Listen: %v", err)
	}
	mustServe(t, s)
	if err := s.Close(time.Second); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket file is still there: %v", err)
	}

	// What isn't a socket is not ours to remove.
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Router, ep, Options{}); err == nil {
		t.Error("a file was taken for a socket")
	}
	if b, _ := os.ReadFile(path); string(b) != "precious" {
		t.Error("a file was removed")
	}

	long := "ipc://" + filepath.Join(t.TempDir(), strings.Repeat("x", 120))
	if _, err := Listen(Router, long, Options{}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("long path: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	s := mustListen(t, Router, Options{})
	if strings.HasSuffix(s.Addr(), ":0") {
		t.Errorf("Addr is %s", s.Addr())
	}
	_, err := Listen(Router, s.Addr(), Options{})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("second Listen: %v", err)
	}
}

func FuzzGuard(f *testing.F) {
	f.Add(frame(flagMore, []byte("hello")), uint8(3))
	f.Add(frame(0, make([]byte, 300)), uint8(1))
	f.Add(bytes.Repeat([]byte{flagMore, 0}, 100), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		// However the bytes are cut, the verdict is the same, and nothing
		// larger than the limit is let through.
		verdict := func(step int) error {
			g := guard{limit: 1000}
			for b := data; len(b) > 0; {
				n := min(step, len(b))
				if err := g.check(b[:n]); err != nil {
					return err
				}
				if g.skip > 1000 || g.size > 1000 {
					t.Fatalf("skip %d, size %d", g.skip, g.size)
				}
				b = b[n:]
			}
			return nil
		}
		whole, pieces := verdict(len(data)+1), verdict(int(step)+1)
		if (whole == nil) != (pieces == nil) {
			t.Fatalf("whole: %v, in pieces: %v", whole, pieces)
		}
	})
}
