package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Flags of a ZMTP frame, https://rfc.zeromq.org/spec/23/ (section "Framing").
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

const greetingSize = 64

var errFrame = errors.New("malformed frame")

// guard watches a peer's bytes go by and objects to a frame header before
// zmq4, which trusts it, allocates what it announces.
type guard struct {
	limit int64 // bytes of a message
	skip  int64 // bytes that are not a frame header
	head  [9]byte
	n     int // bytes of head seen
	size  int64
	parts int
}

func newGuard() guard { return guard{limit: maxCommand, skip: greetingSize} }

func (g *guard) check(b []byte) error {
	for len(b) > 0 {
		if g.skip > 0 {
			k := min(g.skip, int64(len(b)))
			g.skip -= k
			b = b[k:]
			continue
		}
		g.head[g.n] = b[0]
		g.n++
		b = b[1:]
		flags := g.head[0]
		if flags&^(flagMore|flagLong|flagCommand) != 0 || flags&flagMore != 0 && flags&flagCommand != 0 {
			return fmt.Errorf("%w: flags %#x", errFrame, flags)
		}
		size := uint64(g.head[1])
		if flags&flagLong != 0 {
			size = binary.BigEndian.Uint64(g.head[1:])
			if g.n < 9 {
				continue
			}
		} else if g.n < 2 {
			continue
		}
		g.n = 0
		if size > uint64(g.limit-g.size) {
			return fmt.Errorf("%w: more than %d bytes", errFrame, g.limit)
		}
		g.skip = int64(size)
		g.size += g.skip
		if g.parts++; g.parts > maxParts {
			return fmt.Errorf("%w: more than %d parts", errFrame, maxParts)
		}
		if flags&flagMore == 0 {
			g.size, g.parts = 0, 0
		}
	}
	return nil
}

// joinMax is the size in bytes up to which a part is copied next to its header
// rather than written from where it is.
const joinMax = 8 << 10

// encode returns the message as ZMTP frames, ready for all peers alike. zmq4's
// own Conn.SendMsg would write to each peer anew, in twice as many pieces as
// there are parts.
func encode(parts [][]byte) [][]byte {
	size, long := 0, 0
	for _, p := range parts {
		size += 2
		if len(p) > 255 {
			size += 7
		}
		if len(p) <= joinMax {
			size += len(p)
		} else {
			long++
		}
	}
	buf := make([]byte, 0, size)
	out := make([][]byte, 0, 1+2*long)
	start := 0
	for i, p := range parts {
		var flags byte
		if i < len(parts)-1 {
			flags = flagMore
		}
		if len(p) > 255 {
			buf = append(buf, flags|flagLong)
			buf = binary.BigEndian.AppendUint64(buf, uint64(len(p)))
		} else {
			buf = append(buf, flags, byte(len(p)))
		}
		if len(p) <= joinMax {
			buf = append(buf, p...)
			continue
		}
		out = append(out, buf[start:], p)
		start = len(buf)
	}
	if start < len(buf) {
		out = append(out, buf[start:])
	}
	return out
}
