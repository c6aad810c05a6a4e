package core

import (
	"reflect"
	"time"
)

// A Stream is a call whose items come one after the other. It belongs to one goroutine.
type Stream struct {
	j       *job
	pending []*Done // chunks that weren't handed out, in order
	since   time.Time
	ahead   int // chunks that may be pending
}

// Done is a chunk of a stream that is over.
type Done struct {
	Out  any // []R
	unit *unit
}

// Err returns the error of an item of the chunk.
func (d *Done) Err(i int) error { return d.unit.errs[i] }

// Stream begins a call without items. Close must be called.
func (p *Pool) Stream(c Call) (*Stream, error) {
	j, err := p.begin(c)
	if err != nil {
		return nil, err
	}
	return &Stream{j: j}, nil
}

// fillTime is how long a chunk may take to come together: a sequence that is slow isn't waited for.
const fillTime = 5 * time.Millisecond

// More reports whether a chunk of n items is to have more.
func (s *Stream) More(n int) bool {
	if n >= s.j.want(-1, max(s.j.back.capacity(), 1)) {
		return false
	}
	if n == 1 {
		s.since = time.Now()
		return true
	}
	return n%16 != 0 && n > 8 || time.Since(s.since) < fillTime
}

// Put gives a chunk to the workers, a []T, and where its results go, a []R of that length. It waits until there is room.
func (s *Stream) Put(in, out any) {
	j := s.j
	u := &unit{first: j.total, in: reflect.ValueOf(in), out: reflect.ValueOf(out), errs: map[int]error{}}
	u.left = u.in.Len()
	j.total += u.left
	j.fresh = append(j.fresh, u)
	s.pending = append(s.pending, &Done{Out: out, unit: u})
	j.pump()
	for len(j.fresh) > 0 && j.err == nil {
		s.wait()
	}
	s.ahead = 2 * j.limit(max(j.back.capacity(), 1))
}

func (s *Stream) wait() {
	defer lend()()
	s.j.wait()
	s.j.pump()
	if s.j.err == ErrInterrupted {
		s.Close()
		s.j.exit()
	}
}

// Next returns the next chunk that is over: the first, unless the stream is unordered. Where none is it returns nil,
// or waits if the caller wants to or there is so much ahead that nothing more may be put.
func (s *Stream) Next(wait bool) *Done {
	if wait {
		s.j.ended = true
	}
	for len(s.pending) > 0 && s.j.err == nil {
		for i, d := range s.pending {
			if d.unit.left == 0 {
				s.pending = append(s.pending[:i:i], s.pending[i+1:]...)
				return d
			}
			if !s.j.set.unordered {
				break
			}
		}
		if !wait && len(s.pending) < s.ahead {
			s.poll()
			if !s.ready() {
				return nil
			}
			continue
		}
		s.wait()
	}
	return nil
}

// poll takes in what has come, without waiting.
func (s *Stream) poll() {
	select {
	case <-s.j.signal:
		s.j.collect()
		s.j.pump()
	default:
	}
	s.j.progress.tick(s.j)
}

// ready reports whether a chunk can be handed out.
func (s *Stream) ready() bool {
	for _, d := range s.pending {
		if d.unit.left == 0 {
			return true
		}
		if !s.j.set.unordered {
			break
		}
	}
	return false
}

// Over reports whether the call has ended before its time.
func (s *Stream) Over() bool { return s.j.err != nil }

// Err returns why the call ended before its time, nil if it didn't. Items that failed have said so themselves.
func (s *Stream) Err() error {
	if s.j.err == nil {
		return nil
	}
	return &Error{Call: s.j.call.Name, Items: s.j.total, Done: s.j.done, Cause: s.j.err}
}

// Close ends the call. What isn't done is cancelled.
func (s *Stream) Close() {
	j := s.j
	if j.done < j.total {
		j.abort(errStopped)
	} else {
		j.abort(nil)
	}
}

var errStopped = &caused{"the loop over the results was left", nil}
