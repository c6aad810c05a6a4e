package bus

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// What is sent at once can be larger than a payload should be. It is cut then; the first byte of a payload says whether
// more belongs to it.
const (
	whole byte = iota
	begun
	ended
)

const (
	// maxPayload is where a batch is large enough: more in one payload only makes the receiver wait.
	maxPayload = 256 << 10
	// maxMessage is more than any message has: a program of a session is some megabytes.
	maxMessage = 1 << 30
)

// split calls publish with payloads for the messages in batch[1:], cut between messages where they are many. batch is
// overwritten; a payload is valid during the call.
func split(batch []byte, publish func([]byte)) {
	// The byte before what is published tells its kind: the spare first one, then the last of what is out already.
	for at := 1; at < len(batch); {
		end := at
		for end < len(batch) {
			n, k := binary.Uvarint(batch[end:])
			size := k + int(n)
			if end > at && end+size-at > maxPayload-1 {
				break
			}
			end += size
		}
		for end-at > maxPayload-1 {
			batch[at-1] = begun
			publish(batch[at-1 : at+maxPayload-1])
			at += maxPayload - 1
			if end-at <= maxPayload-1 {
				batch[at-1] = ended
				publish(batch[at-1 : end])
				at = end
			}
		}
		if at < end {
			batch[at-1] = whole
			publish(batch[at-1 : end])
			at = end
		}
	}
}

// An assembler puts payloads from one sender together.
type assembler struct{ part []byte }

// take returns the messages of a payload, none if more belongs to it.
func (a *assembler) take(p []byte) ([]Message, error) {
	if len(p) == 0 {
		return nil, errCorrupt
	}
	switch kind := p[0]; {
	case kind == whole && a.part == nil:
		return parse(p[1:])
	case kind == begun && len(a.part)+len(p) <= maxMessage:
		a.part = append(a.part, p[1:]...)
		return nil, nil
	case kind == ended && a.part != nil:
		batch := append(a.part, p[1:]...)
		a.part = nil
		return parse(batch)
	case kind == begun:
		return nil, fmt.Errorf("a message has more than %d bytes", maxMessage)
	}
	return nil, errCorrupt
}

// The head sends a peer no more than it is sure to take: one that is stopped would hold up the server, and all others
// with it. Peers say when they have taken ackAfter bytes more; the head goes on to window bytes beyond that, which
// fit into the buffers of a connection.
const (
	window   = 512 << 10
	ackAfter = 128 << 10
)

// An ack says that a peer has taken so many bytes more.
type ack struct{ bytes int64 }

func (*ack) kind() byte { return kindAck }

// An outgoing is what the head has for a peer.
type outgoing struct {
	to     string
	batch  []byte   // posted messages, after a byte for split
	parts  [][]byte // payloads that wait until the peer has taken others
	flying int      // bytes on their way to the peer
}

// flush publishes as much as the peer can take.
func (o *outgoing) flush(publish func(subject string, p []byte)) {
	sent := 0
	for _, p := range o.parts {
		if !o.fits(p) {
			break
		}
		o.flying += len(p)
		publish(o.to, p)
		sent++
	}
	clear(o.parts[:sent])
	if o.parts = o.parts[sent:]; len(o.parts) == 0 {
		o.parts = nil
	}
	if len(o.batch) == 0 {
		return
	}
	split(o.batch, func(p []byte) {
		if len(o.parts) > 0 || !o.fits(p) {
			o.parts = append(o.parts, bytes.Clone(p))
			return
		}
		o.flying += len(p)
		publish(o.to, p)
	})
	o.batch = o.batch[:0]
	if cap(o.batch) > 4*maxPayload {
		o.batch = nil
	}
}

func (o *outgoing) fits(p []byte) bool { return o.flying+len(p) <= window }
