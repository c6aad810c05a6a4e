package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Dial connects a Dealer, Sub or Req to an endpoint, and returns when it is
// connected. As long as nobody listens there it tries again, until ctx ends;
// the error then says what the last attempt met. From then on the socket
// reconnects by itself when the connection is lost, until Close. Messages that
// were under way are lost with a connection; subscriptions are renewed.
func Dial(ctx context.Context, kind Kind, endpoint string, opts Options) (*Socket, error) {
	return dial(ctx, kind, endpoint, opts, defaults)
}

func dial(ctx context.Context, kind Kind, endpoint string, opts Options, limit bounds) (*Socket, error) {
	if kind < Router || kind > Req || kind.listens() {
		return nil, fmt.Errorf("a %v socket does not dial", kind)
	}
	if id := opts.Identity; len(id) > 255 || len(id) > 0 && id[0] == 0 {
		return nil, fmt.Errorf("impossible identity %.20q", id)
	}
	ep, err := parse(endpoint)
	if err != nil {
		return nil, err
	}
	s := newSocket(kind, ep, opts, limit)
	s.connected = make(chan struct{})
	s.wg.Go(s.connect)
	select {
	case <-s.connected:
		return s, nil
	case <-ctx.Done():
	}
	s.Close(0)
	if s.dialErr != nil {
		return nil, fmt.Errorf("%w (%w)", s.dialErr, context.Cause(ctx))
	}
	return nil, fmt.Errorf("connect to %s: %w", endpoint, context.Cause(ctx))
}

// Pauses between attempts to connect. A kernel that has just been started
// listens within milliseconds.
const (
	minRedial = 5 * time.Millisecond
	maxRedial = 250 * time.Millisecond
)

// connect keeps the socket connected until it is closed.
func (s *Socket) connect() {
	pause := minRedial
	for {
		conn, err := s.ep.dial(s.ctx)
		if err == nil {
			var opened bool
			if opened, err = s.serve(conn); opened {
				pause = minRedial
			}
		}
		if s.ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		s.dialErr = err
		s.mu.Unlock()
		if !s.sleep(pause) {
			return
		}
		pause = min(2*pause, maxRedial)
	}
}

// attachDialled makes l the way to the peer: subscriptions first, then what has
// been sent meanwhile. s.mu is held.
func (s *Socket) attachDialled(l *link) error {
	for _, topic := range s.opts.Topics {
		if err := l.send(encode([][]byte{append([]byte{1}, topic...)})); err != nil {
			return err
		}
	}
	if err := l.send(s.pending); err != nil {
		return err
	}
	s.pending, s.waiting = nil, 0
	s.current = l
	select {
	case <-s.connected:
	default:
		close(s.connected)
	}
	return nil
}

// sendDialled sends an encoded message, now or when there is a connection.
func (s *Socket) sendDialled(bufs [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.current != nil {
		err := s.current.send(bufs)
		if err == nil || errors.Is(err, ErrSlowPeer) {
			return err
		}
	}
	size := sizeOf(bufs)
	if s.waiting > 0 && s.waiting+size > s.max.queue {
		return fmt.Errorf("%w: %d bytes wait for a connection to %s", ErrSlowPeer, s.waiting, s.ep.text)
	}
	s.pending = append(s.pending, bufs...)
	s.waiting += size
	return nil
}
