package session

import (
	"bytes"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/goherd/goherd/kernel/wire"
)

const (
	// batch is how long printed text is collected before it is sent.
	batch = 20 * time.Millisecond
	// batchBytes is how much of it is collected at most.
	batchBytes = 256 << 10
	// maxOutput is how many bytes a cell can print before the rest is cut.
	maxOutput = 200 << 20
	// maxBacklog is how many bytes may wait for the slowest client before the cell
	// has to wait too.
	maxBacklog = 32 << 20
	// maxWait is how long a cell waits for a client that doesn't read. After that the
	// client is the transport's to disconnect.
	maxWait = 5 * time.Second
)

// An output collects what one cell prints and sends it in order, in batches of whole
// lines where they come in time, of whole characters always.
type output struct {
	front  Front
	parent *wire.Message

	mu      sync.Mutex
	name    string // of the stream that pending belongs to
	pending []byte
	timer   *time.Timer // runs while something is pending
	partial bool        // pending holds the part of a line that the last batch left
	sent    int         // bytes so far
	cut     int         // bytes that were not sent
	told    bool        // that output was cut
	discard bool        // the cell was interrupted: what still comes is dropped
	waited  bool        // for a client in vain
}

// write takes what the cell printed. It is called by the interpreter's reader: while
// it waits for slow clients, the cell waits at its next print.
func (o *output) write(name string, p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.discard {
		return
	}
	if room := maxOutput - o.sent - len(o.pending); room < len(p) {
		o.cut += len(p) - max(room, 0)
		p = p[:max(room, 0)]
		if len(p) == 0 {
			return
		}
	}
	if o.name != name {
		o.flushLocked(true)
		o.name = name
	}
	o.pending = append(o.pending, p...)
	if len(o.pending) >= batchBytes {
		o.flushLocked(false)
		o.awaitClients()
	}
	if len(o.pending) > 0 && o.timer == nil {
		o.timer = time.AfterFunc(batch, o.tick)
	}
}

// awaitClients gives clients time to read. o.mu is held, and given up meanwhile.
func (o *output) awaitClients() {
	if o.waited || o.front.Backlog() <= maxBacklog {
		return
	}
	o.mu.Unlock()
	for end := time.Now().Add(maxWait); o.front.Backlog() > maxBacklog; {
		o.mu.Lock()
		stop := o.discard
		o.mu.Unlock()
		if stop {
			break
		}
		if time.Now().After(end) {
			o.mu.Lock()
			o.waited = true
			return
		}
		time.Sleep(time.Millisecond)
	}
	o.mu.Lock()
}

// tick sends the whole lines of what is pending, and a partial line that waited since
// the last tick.
func (o *output) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	i := bytes.LastIndexByte(o.pending, '\n')
	if i < 0 && !o.partial && len(o.pending) > 0 {
		o.partial = true // a print of the same line may be on its way
		o.timer = time.AfterFunc(batch, o.tick)
		return
	}
	o.flushLocked(false)
	if len(o.pending) > 0 {
		o.timer = time.AfterFunc(batch, o.tick)
	}
}

// flush sends what is pending.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushLocked(true)
	if o.cut > 0 && !o.told {
		o.told = true
		o.front.Stream(o.parent, "stderr", fmt.Sprintf("\n[the cell printed more than %d MB: %s were cut]\n",
			maxOutput>>20, bytesText(o.cut)))
	}
}

// flushLocked sends what is pending: all of it, or whole lines and, where there is no
// whole line, whole characters.
func (o *output) flushLocked(all bool) {
	p := o.pending
	if len(p) == 0 {
		return
	}
	n := len(p)
	if !all {
		if i := bytes.LastIndexByte(p, '\n'); i >= 0 && len(p)-i < batchBytes/2 {
			n = i + 1
		} else {
			n -= incomplete(p)
		}
	}
	if n == 0 && len(p) >= utf8.UTFMax {
		n = len(p)
	}
	if n == 0 {
		return
	}
	o.sent += n
	o.front.Stream(o.parent, o.name, string(bytes.ToValidUTF8(p[:n], []byte("\uFFFD"))))
	o.pending = append(o.pending[:0], p[n:]...)
	o.partial = len(o.pending) > 0
	if cap(o.pending) > 2*batchBytes {
		o.pending = bytes.Clone(o.pending)
	}
}

// incomplete returns how many bytes at the end of p begin a character that isn't
// there yet.
func incomplete(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if b := p[len(p)-n]; utf8.RuneStart(b) {
			if !utf8.FullRune(p[len(p)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// drop makes what the cell still prints vanish: it was interrupted.
func (o *output) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushLocked(true)
	o.discard = true
}

// resume lets late output of the cell's goroutines through again.
func (o *output) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.discard = false
}

func bytesText(n int) string {
	if n >= 10<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
