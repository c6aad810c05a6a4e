package bus

import (
	"encoding/binary"
	"fmt"
)

// What is sent at once can be larger than a payload of NATS may be. It is cut then; the first byte of a payload says
// whether more belongs to it.
const (
	whole byte = iota
	begun
	ended
)

const (
	maxPayload = 8 << 20 // of NATS, which asks not to go beyond
	// batchSize is where a batch is large enough: more in one payload only makes the receiver wait.
	batchSize = 256 << 10
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
			if end > at && end+size-at > batchSize {
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
