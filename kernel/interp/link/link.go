// Package link is what the kernel process and its interpreter child say to each
// other, and how: requests one way, everything else the other way in one pipe,
// totally ordered. It starts no process and knows neither Jupyter nor yaegi.
//
// The child's pipe carries frames. What is printed is a frame a write, tagged with
// the run whose goroutine printed it; events are JSON cut into frames. Each frame
// begins with a nonce that both sides know, so that bytes which a C library or
// os.Stdout.Write put into the same pipe are told apart from frames and keep their
// place among them. Nothing is buffered in the child: what was written survives its
// crash. Frames are at most 4096 bytes, which POSIX writes to a pipe in one piece.
package link

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// NonceSize is the length of a nonce in bytes.
const NonceSize = 16

// A Nonce begins every frame of one child.
type Nonce [NonceSize]byte

// NewNonce returns a random nonce. It begins with a byte that is in no UTF-8 text: of
// text outside of frames nothing has to be held back because it may be a nonce.
func NewNonce() Nonce {
	var n Nonce
	rand.Read(n[:])
	n[0] = 0xff
	return n
}

const (
	headerSize = NonceSize + 1 + 4 + 2
	maxFrame   = 4096
	maxPayload = maxFrame - headerSize
)

// A Kind says what a frame carries.
type Kind byte

// The kinds of frames. Raw is never written: it is what Reader calls bytes that came
// outside of frames.
const (
	Stdout   Kind = 'o'
	Stderr   Kind = 'e'
	fragment Kind = 'm' // of an event, more to come
	final    Kind = 'M' // the last of an event
	Raw      Kind = 'r'
	Mark     Kind = 'k' // nothing but its place among the rest
)

// A Writer writes frames. Its methods may be called from any goroutine; a frame or
// event is written whole before the next begins.
type Writer struct {
	nonce Nonce

	mu  sync.Mutex
	w   io.Writer
	buf [maxFrame]byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer, nonce Nonce) *Writer { return &Writer{w: w, nonce: nonce} }

// Print writes p as the output of a run on one of the two streams.
func (w *Writer) Print(kind Kind, run int, p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		n := min(len(p), maxPayload)
		if err := w.frame(kind, run, p[:n]); err != nil {
			return err
		}
		if p = p[n:]; len(p) == 0 {
			return nil
		}
	}
}

// Mark writes a mark: whoever reads it has read all that was written before.
func (w *Writer) Mark(run int) error { return w.Print(Mark, run, nil) }

// Send writes an event. An event that can't be written as JSON, or is too large, is an
// error and nothing is written.
func (w *Writer) Send(e Event) error {
	p, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Type, err)
	}
	if len(p) > MaxEvent {
		return fmt.Errorf("event %s: %d MB are too much, the limit is %d MB", e.Type, len(p)>>20, MaxEvent>>20)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(p) > maxPayload {
		if err := w.frame(fragment, e.Run, p[:maxPayload]); err != nil {
			return err
		}
		p = p[maxPayload:]
	}
	return w.frame(final, e.Run, p)
}

func (w *Writer) frame(kind Kind, run int, p []byte) error {
	b := append(w.buf[:0], w.nonce[:]...)
	b = append(b, byte(kind))
	b = binary.LittleEndian.AppendUint32(b, uint32(run))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(p)))
	b = append(b, p...)
	_, err := w.w.Write(b)
	return err
}

// A Reader reads frames. It is used by one goroutine.
type Reader struct {
	nonce Nonce
	r     io.Reader
	buf   []byte // what was read and not yet parsed is buf[start:end]
	start int
	end   int
	event []byte // fragments of the event being read
	err   error
}

// readSize is the size in bytes of the buffer between pipe and parser.
const readSize = 256 << 10

// MaxEvent bounds the size in bytes of one event as JSON, so that what a cell shows,
// or a damaged stream, can't make the kernel grow.
const MaxEvent = 64 << 20

// NewReader returns a Reader from r.
func NewReader(r io.Reader, nonce Nonce) *Reader {
	return &Reader{nonce: nonce, r: r, buf: make([]byte, readSize)}
}

// A Frame is output of a run, or an event. Data is valid until the next call.
type Frame struct {
	Kind  Kind // Stdout, Stderr, Raw or Mark; 0 for an event
	Run   int
	Data  []byte
	Event *Event
}

// Next returns the next frame, or io.EOF after the last. Bytes outside of frames are
// returned as Raw, in their place.
func (r *Reader) Next() (Frame, error) {
	for {
		f, ok, err := r.parse()
		if ok || err != nil {
			return f, err
		}
		if r.err != nil {
			if f, ok := r.rest(); ok {
				return f, nil
			}
			return Frame{}, r.err
		}
		if r.start > 0 {
			r.end = copy(r.buf, r.buf[r.start:r.end])
			r.start = 0
		}
		n, err := r.r.Read(r.buf[r.end:])
		r.end += n
		if err != nil {
			if !errors.Is(err, io.EOF) {
				err = io.EOF // a closed pipe: the child is gone
			}
			r.err = err
		}
	}
}

// rest returns what a frame that isn't whole carried: the child was ended while it
// wrote it.
func (r *Reader) rest() (Frame, bool) {
	b := r.buf[r.start:r.end]
	r.start = r.end
	switch {
	case len(b) == 0:
		return Frame{}, false
	case len(b) < NonceSize:
		return Frame{Kind: Raw, Data: b}, true
	case len(b) <= headerSize:
		return Frame{}, false
	}
	kind, run, _ := header(b)
	if kind != Stdout && kind != Stderr {
		return Frame{}, false
	}
	return Frame{Kind: kind, Run: run, Data: b[headerSize:]}, true
}

// header reads the header of a frame, of which b has all.
func header(b []byte) (kind Kind, run, size int) {
	return Kind(b[NonceSize]), int(binary.LittleEndian.Uint32(b[NonceSize+1:])), int(binary.LittleEndian.Uint16(b[NonceSize+5:]))
}

// parse takes one frame off the buffer, if there is a whole one.
func (r *Reader) parse() (Frame, bool, error) {
	for {
		b := r.buf[r.start:r.end]
		if len(b) == 0 {
			return Frame{}, false, nil
		}
		if n := r.raw(b); n > 0 {
			r.start += n
			return Frame{Kind: Raw, Data: b[:n]}, true, nil
		}
		if len(b) < headerSize {
			return Frame{}, false, nil
		}
		kind, run, size := header(b)
		if size > maxPayload {
			return Frame{}, false, fmt.Errorf("a frame of %d bytes from the interpreter", size)
		}
		if len(b) < headerSize+size {
			return Frame{}, false, nil
		}
		p := b[headerSize : headerSize+size]
		r.start += headerSize + size
		switch kind {
		case Stdout, Stderr, Mark:
			return Frame{Kind: kind, Run: run, Data: p}, true, nil
		case fragment, final:
			if len(r.event)+len(p) > MaxEvent {
				return Frame{}, false, fmt.Errorf("an event of the interpreter is larger than %d bytes", MaxEvent)
			}
			r.event = append(r.event, p...)
			if kind == fragment {
				continue
			}
			var e Event
			err := json.Unmarshal(r.event, &e)
			r.event = nil
			if err != nil {
				return Frame{}, false, fmt.Errorf("event of the interpreter: %w", err)
			}
			return Frame{Run: e.Run, Event: &e}, true, nil
		default:
			return Frame{}, false, fmt.Errorf("frame of unknown kind %q from the interpreter", kind)
		}
	}
}

// raw returns how many bytes at the beginning of b belong to no frame. A beginning
// of a nonce at the end of b may still become a frame.
func (r *Reader) raw(b []byte) int {
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], r.nonce[0])
		if next < 0 {
			return len(b)
		}
		if i += next; prefix(b[i:], r.nonce[:]) {
			return i
		}
	}
}

// prefix reports whether b and nonce agree as far as both go.
func prefix(b, nonce []byte) bool {
	n := min(len(b), len(nonce))
	return string(b[:n]) == string(nonce[:n])
}
