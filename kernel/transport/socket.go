package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Socket is a ZeroMQ socket with one endpoint. Its methods are safe for
// concurrent use.
type Socket struct {
	kind Kind
	ep   endpoint
	addr string
	opts Options
	log  *slog.Logger
	max  bounds

	listener net.Listener
	in       chan [][]byte
	ctx      context.Context // ends at Close
	stop     context.CancelFunc
	wg       sync.WaitGroup

	mu     sync.RWMutex
	closed bool
	links  map[*link]bool   // true after the handshake
	peers  map[string]*link // Router: where an identity is
	anon   uint32           // Router: the last identity made up

	// Of a dialled socket only.
	connected chan struct{} // closed at the first connection
	dialErr   error         // of the last attempt
	current   *link
	pending   [][]byte // encoded messages for the next link
	waiting   int64    // bytes of pending
}

func newSocket(kind Kind, ep endpoint, opts Options, limit bounds) *Socket {
	s := &Socket{
		kind: kind, ep: ep, addr: ep.text, opts: opts, log: opts.Log, max: limit,
		in:    make(chan [][]byte, 64),
		links: make(map[*link]bool),
		peers: make(map[string]*link),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.log = s.log.With("socket", kind.String(), "endpoint", ep.text)
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Listen binds a Router, XPub or Echo to an endpoint: tcp://ADDRESS:PORT, where
// port 0 takes a free one, or ipc://PATH. The error is that of the system, for
// example that the address is in use.
func Listen(kind Kind, endpoint string, opts Options) (*Socket, error) {
	return listen(kind, endpoint, opts, defaults)
}

func listen(kind Kind, endpoint string, opts Options, limit bounds) (*Socket, error) {
	if !kind.listens() {
		return nil, fmt.Errorf("a %v socket does not listen", kind)
	}
	ep, err := parse(endpoint)
	if err != nil {
		return nil, err
	}
	l, err := ep.listen()
	if err != nil {
		return nil, err
	}
	s := newSocket(kind, ep, opts, limit)
	s.listener, s.addr = l, ep.resolved(l)
	s.wg.Go(s.accept)
	return s, nil
}

// Addr returns the endpoint, with the port that was chosen for port 0.
func (s *Socket) Addr() string { return s.addr }

// Backlog returns the bytes that wait for the slowest peer. A sender that can
// pace itself does so by it: a peer for which more than 256 MB wait is
// disconnected.
func (s *Socket) Backlog() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	most := s.waiting
	for l := range s.links {
		queued, _ := l.state()
		most = max(most, queued)
	}
	return most
}

// Recv returns the parts of the next message, which are the caller's. After
// Close it returns ErrClosed. Messages wait in their connections until they
// are received, so one who doesn't call Recv holds the peers up.
func (s *Socket) Recv() ([][]byte, error) {
	select {
	case <-s.ctx.Done():
		return nil, ErrClosed
	default:
	}
	select {
	case parts := <-s.in:
		return parts, nil
	case <-s.ctx.Done():
		return nil, ErrClosed
	}
}

// Send queues a message and doesn't wait for the peer. The parts must not be
// changed afterwards.
//
// A Router returns ErrNoPeer if the identity isn't connected, and ErrSlowPeer
// if this message made the queue of its connection too long; an XPub returns
// neither, since with subscribers that is nobody's failure. A dialled socket
// without a connection keeps messages until it has one again. The other error
// is ErrClosed.
func (s *Socket) Send(parts [][]byte) error {
	switch s.kind {
	case Router:
		if len(parts) < 2 {
			return errors.New("a message for a peer needs its identity and a part")
		}
		s.mu.RLock()
		l, closed := s.peers[string(parts[0])], s.closed
		s.mu.RUnlock()
		switch {
		case closed:
			return ErrClosed
		case l == nil:
			return fmt.Errorf("%w: %q", ErrNoPeer, parts[0])
		}
		return l.send(encode(parts[1:]))
	case XPub:
		return s.publish(parts)
	case Dealer:
		return s.sendDialled(encode(parts))
	case Req:
		return s.sendDialled(encode(append([][]byte{nil}, parts...)))
	}
	return fmt.Errorf("a %v socket does not send", s.kind)
}

func (s *Socket) publish(parts [][]byte) error {
	if len(parts) == 0 {
		return errors.New("a message needs a part")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	if len(s.links) == 0 {
		return nil
	}
	bufs := encode(parts)
	for l, ready := range s.links {
		if ready {
			l.publish(parts[0], bufs) // a link that breaks is logged where it ends
		}
	}
	return nil
}

// Close ends the socket: no new connections, no more messages in either
// direction, but what was sent is delivered. It waits at most drain for the
// peers to take it, and returns ErrUndelivered if one didn't. The address is
// free again, and the socket file of an ipc endpoint removed, when it returns.
// Further calls do nothing.
func (s *Socket) Close(drain time.Duration) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()

	s.stop()
	if s.listener != nil {
		s.listener.Close() // and removes the socket file
	}
	s.mu.RLock()
	for l, ready := range s.links {
		if ready && drain > 0 {
			l.end()
		} else {
			l.fail(ErrClosed)
		}
	}
	s.mu.RUnlock()

	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	timer := time.NewTimer(drain)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	s.mu.RLock()
	lost := s.waiting
	for l := range s.links { // those that are not done
		queued, _ := l.state()
		lost += queued
		l.fail(ErrClosed)
	}
	s.mu.RUnlock()
	<-done
	if lost > 0 {
		return fmt.Errorf("%w: %d bytes on %s", ErrUndelivered, lost, s.addr)
	}
	return nil
}

// serve runs a connection from the handshake to its end. It returns whether
// the handshake succeeded, and why the connection ended.
func (s *Socket) serve(conn net.Conn) (opened bool, err error) {
	l := newLink(conn, s.max)
	defer conn.Close()
	if !s.add(l) {
		return false, ErrClosed
	}
	err = l.open(s.kind, s.opts.Identity, s.limit())
	if err == nil {
		err = s.attach(l)
	}
	if err != nil {
		s.remove(l)
		if s.ctx.Err() == nil {
			s.log.Warn("connection refused", "peer", conn.RemoteAddr().String(), "error", err)
		}
		return false, fmt.Errorf("handshake with %s: %w", conn.RemoteAddr(), err)
	}
	writer := make(chan struct{})
	go func() {
		l.write()
		close(writer)
	}()
	for err == nil {
		var parts [][]byte
		if parts, err = l.recv(); err == nil {
			err = s.deliver(l, parts)
		}
	}
	s.remove(l)
	_, cause := l.state() // before fail, which would hide what came first
	if cause == nil {
		cause = err
	}
	l.fail(err)
	<-writer
	switch {
	case s.ctx.Err() != nil:
	case errors.Is(cause, ErrSlowPeer) || errors.Is(cause, errFrame):
		s.log.Warn("connection dropped", "peer", conn.RemoteAddr().String(), "error", cause)
	default:
		s.log.Debug("connection ended", "peer", conn.RemoteAddr().String(), "error", cause)
	}
	return true, cause
}

// limit is the size of the messages that peers of this socket may send.
func (s *Socket) limit() int64 {
	if s.kind == XPub || s.kind == Echo {
		return maxCommand
	}
	return s.max.message
}

// add registers a connection before its handshake, so that Close finds it.
func (s *Socket) add(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if len(s.links) >= s.max.conns {
		s.log.Warn("connection refused", "peer", l.conn.RemoteAddr().String(), "error", "too many connections")
		return false
	}
	s.links[l] = false
	return true
}

// attach makes a connection part of the socket after its handshake.
func (s *Socket) attach(l *link) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.links[l] = true
	switch {
	case s.kind == Router:
		if len(l.identity) == 0 {
			s.anon++
			l.identity = binary.BigEndian.AppendUint32([]byte{0}, s.anon)
		}
		s.peers[string(l.identity)] = l
	case !s.kind.listens():
		return s.attachDialled(l)
	}
	return nil
}

func (s *Socket) remove(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, l)
	if s.current == l {
		s.current = nil
	}
	if s.peers[string(l.identity)] != l {
		return
	}
	delete(s.peers, string(l.identity))
	for other, ready := range s.links {
		if ready && string(other.identity) == string(l.identity) {
			s.peers[string(l.identity)] = other
		}
	}
}

// deliver does with a received message what the kind of socket asks for. An
// error ends the connection.
func (s *Socket) deliver(l *link, parts [][]byte) error {
	switch s.kind {
	case XPub:
		return s.subscription(l, parts)
	case Echo:
		return l.send(encode(parts))
	case Router:
		s.prefer(l)
		parts = append([][]byte{l.identity}, parts...)
	case Req:
		if len(parts) > 1 && len(parts[0]) == 0 {
			parts = parts[1:]
		}
	}
	select {
	case s.in <- parts:
	case <-s.ctx.Done(): // read on, to notice when the peer is done
	}
	return nil
}

// prefer makes l the connection of its identity.
func (s *Socket) prefer(l *link) {
	s.mu.RLock()
	same := s.peers[string(l.identity)] == l
	s.mu.RUnlock()
	if !same {
		s.mu.Lock()
		s.peers[string(l.identity)] = l
		s.mu.Unlock()
	}
}

// subscription handles what a SUB sends: 1 or 0, and a topic. Anything else,
// which an XSUB may send, has no meaning for a kernel.
func (s *Socket) subscription(l *link, parts [][]byte) error {
	if len(parts) != 1 || len(parts[0]) == 0 || parts[0][0] > 1 {
		return nil
	}
	topic := parts[0][1:]
	if parts[0][0] == 0 {
		l.unsubscribe(string(topic))
		return nil
	}
	var welcome [][]byte
	if s.opts.OnSubscribe != nil {
		welcome = s.opts.OnSubscribe(topic)
	}
	return l.subscribe(string(topic), welcome)
}

// Pauses of the accept loop after an error, such as too many open files.
const (
	minPause = 5 * time.Millisecond
	maxPause = time.Second
)

// accept runs until the listener is closed.
func (s *Socket) accept() {
	pause := minPause
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			pause = minPause
			s.wg.Go(func() { s.serve(conn) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			s.log.Warn("cannot accept connections", "error", err, "retry", pause)
			if !s.sleep(pause) {
				return
			}
			pause = min(2*pause, maxPause)
		}
	}
}

// sleep reports false if the socket was closed meanwhile.
func (s *Socket) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}
