package transport

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
)

// link is one connection. Its reader is the goroutine that opened it, its
// writer is a goroutine of its own.
type link struct {
	conn     net.Conn
	stream   *stream
	zmtp     *zmq4.Conn
	identity []byte
	limit    bounds

	mu     sync.Mutex
	cond   sync.Cond
	queue  [][]byte // what the writer hasn't taken yet
	queued int64    // bytes not yet handed to the system
	ending bool     // no more is queued; the writer ends when it is done
	err    error    // why the link is broken

	topics map[string]struct{} // XPub
}

func newLink(conn net.Conn, limit bounds) *link {
	l := &link{conn: conn, limit: limit}
	l.stream = &stream{Conn: conn, r: bufio.NewReaderSize(conn, 32<<10), guard: newGuard()}
	l.cond.L = &l.mu
	return l
}

// open makes the handshake. Later messages may have limit bytes. zmq4 panics on metadata that is cut short and on unknown socket types.
func (l *link) open(kind Kind, identity []byte, limit int64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed metadata: %v", p)
		}
	}()
	if err := l.conn.SetDeadline(time.Now().Add(l.limit.handshake)); err != nil {
		return err
	}
	id := zmq4.SocketIdentity(identity)
	l.zmtp, err = zmq4.Open(l.stream, null.Security(), types[kind], id, kind.listens(), nil)
	if err != nil {
		return err
	}
	if err := l.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	l.identity = []byte(l.zmtp.Peer.Meta["Identity"])
	if len(l.identity) > 255 || len(l.identity) > 0 && l.identity[0] == 0 {
		return fmt.Errorf("reserved identity %.20q", l.identity)
	}
	l.stream.guard.limit = limit
	l.stream.open = l
	return nil
}

// recv returns the next message. Commands are dealt with: a PING is answered.
func (l *link) recv() ([][]byte, error) {
	for {
		msg, err := l.zmtp.RecvMsg()
		if err != nil {
			return nil, err
		}
		if msg.Type != zmq4.CmdMsg {
			return msg.Frames, nil
		}
		if err := l.stream.flush(); err != nil {
			return nil, err
		}
	}
}

// send queues an encoded message.
func (l *link) send(bufs [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sendLocked(bufs)
}

func (l *link) sendLocked(bufs [][]byte) error {
	switch {
	case l.err != nil:
		return l.err
	case l.ending:
		return ErrClosed
	}
	size := sizeOf(bufs)
	// A message may always be sent when nothing waits, however large it is.
	if l.queued > 0 && l.queued+size > l.limit.queue {
		l.breakLocked(fmt.Errorf("%w: %d bytes are waiting", ErrSlowPeer, l.queued))
		return l.err
	}
	l.queue = append(l.queue, bufs...)
	l.queued += size
	l.cond.Signal()
	return nil
}

func sizeOf(bufs [][]byte) int64 {
	var n int64
	for _, b := range bufs {
		n += int64(len(b))
	}
	return n
}

// publish queues the message if the peer has subscribed to its topic.
func (l *link) publish(topic []byte, bufs [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for t := range l.topics {
		if bytes.HasPrefix(topic, []byte(t)) {
			return l.sendLocked(bufs)
		}
	}
	return nil
}

// subscribe queues the welcome, if any, and registers the topic in one step:
// no message comes before the welcome, and none after it is missed.
func (l *link) subscribe(topic string, welcome [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.topics == nil {
		l.topics = make(map[string]struct{})
	}
	if len(l.topics) >= maxTopics {
		return fmt.Errorf("more than %d subscriptions", maxTopics)
	}
	l.topics[topic] = struct{}{}
	if welcome == nil {
		return nil
	}
	return l.sendLocked(encode(welcome))
}

func (l *link) unsubscribe(topic string) {
	l.mu.Lock()
	delete(l.topics, topic)
	l.mu.Unlock()
}

// A batch is what the writer hands to the system at once: at least one
// buffer, and not much more than batchBytes or batchBufs, so that queued is
// never far from the truth.
const (
	batchBytes = 256 << 10
	batchBufs  = 256
)

// write hands the queue to the system until the link breaks or has ended. At a
// regular end it tells the peer that no more will come.
func (l *link) write() {
	var batch [][]byte
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.ending && l.err == nil {
			l.cond.Wait()
		}
		if l.err != nil || len(l.queue) == 0 {
			broken := l.err != nil
			l.mu.Unlock()
			if c, ok := l.conn.(interface{ CloseWrite() error }); ok && !broken {
				c.CloseWrite()
			}
			return
		}
		n, size := 0, 0
		for n < len(l.queue) && n < batchBufs && size < batchBytes {
			size += len(l.queue[n])
			n++
		}
		batch = append(batch[:0], l.queue[:n]...)
		clear(l.queue[:n]) // what is written must not be kept
		if l.queue = l.queue[n:]; len(l.queue) == 0 {
			l.queue = nil
		}
		l.mu.Unlock()

		bufs := net.Buffers(batch)
		_, err := bufs.WriteTo(l.conn)

		l.mu.Lock()
		l.queued -= int64(size)
		if err != nil {
			l.breakLocked(err)
		}
		l.mu.Unlock()
	}
}

// end lets the writer finish; nothing can be sent any more.
func (l *link) end() {
	l.mu.Lock()
	l.ending = true
	l.cond.Signal()
	l.mu.Unlock()
}

// fail closes the connection, which ends the reader and the writer.
func (l *link) fail(err error) {
	l.mu.Lock()
	l.breakLocked(err)
	l.mu.Unlock()
}

func (l *link) breakLocked(err error) {
	if l.err == nil {
		l.err = err
		l.queue = nil
	}
	l.cond.Signal()
	l.conn.Close()
}

// state returns why the link is broken and how many bytes wait to be sent.
func (l *link) state() (queued int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queued, l.err
}

// stream is the net.Conn that zmq4 sees. zmq4 reads and writes it from the
// link's reader only.
type stream struct {
	net.Conn
	r     *bufio.Reader
	guard guard
	out   []byte // what zmq4 has written since the last flush
	open  *link  // nil during the handshake
}

// Read delivers what the guard has no objection to. As zmq4 reads to get an
// answer to what it wrote, that is sent first.
func (s *stream) Read(p []byte) (int, error) {
	if err := s.flush(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if e := s.guard.check(p[:n]); e != nil {
		return 0, e
	}
	return n, err
}

// Write collects: zmq4 writes a frame in pieces, between which no message may
// get.
func (s *stream) Write(p []byte) (int, error) {
	s.out = append(s.out, p...)
	return len(p), nil
}

func (s *stream) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	out := s.out
	s.out = nil
	if s.open != nil {
		return s.open.send([][]byte{out})
	}
	_, err := s.Conn.Write(out)
	return err
}
