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
	// maxAfter is how many bytes still pass after the cell was interrupted: what was
	// on its way, and what deferred calls have to say.
	maxAfter = 2 << 20
	// maxBacklog is how many bytes may wait for the slowest client before the cell
	// has to wait too.
	maxBacklog = 32 << 20
	// maxWait is how long a cell waits for a client that doesn't read. After that the
	// client is the transport's to disconnect.
	maxWait = 5 * time.Second
)

// The two streams of a cell.
const (
	stdout = "stdout"
	stderr = "stderr"
)

// An output collects what one cell prints and sends it in order, in batches of whole
// lines where they come in time, of whole characters always. Its methods may be
// called from any goroutine.
type output struct {
	front   Front
	parent  *wire.Message
	cell    string          // its name, for messages about it
	closing <-chan struct{} // closed when the session ends; nil: never

	mu          sync.Mutex
	name        string            // of the stream that pending belongs to
	pending     []byte            // not yet sent
	torn        map[string][]byte // by stream: the beginning of a character
	held        map[source][]byte // by worker: the beginning of a line
	timer       *time.Timer       // runs while something is pending
	partial     bool              // pending holds the part of a line that a tick has left
	ended       bool              // the cell has; what still comes is its goroutines'
	interrupted bool
	limit       int  // bytes that may be sent
	sent        int  // bytes so far, pending ones included
	cut         int  // bytes that were not sent
	told        bool // that output is being cut
	unpaced     int  // bytes since clients were last looked at
	waited      bool // for a client in vain
}

func newOutput(front Front, parent *wire.Message, cell string, closing <-chan struct{}) *output {
	return &output{front: front, parent: parent, cell: cell, closing: closing, torn: map[string][]byte{}, limit: maxOutput}
}

// write takes what the cell printed. It is called by the interpreter's readers: while
// it waits for slow clients, the cell waits at its next print.
func (o *output) write(name string, p []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unpaced += len(p); o.unpaced >= batchBytes {
		o.unpaced = 0
		o.mu.Unlock()
		o.awaitClients()
		o.mu.Lock()
	}
	if room := max(o.limit-o.sent, 0); room < len(p) {
		defer o.cutting(len(p) - room)
		if p = p[:room]; room == 0 {
			return
		}
	}
	o.sent += len(p)
	if o.name != name {
		o.send(len(o.pending))
		o.name = name
	}
	if t := o.torn[name]; len(t) > 0 {
		o.pending = append(o.pending, t...)
		delete(o.torn, name)
	}
	o.pending = append(o.pending, p...)
	if n := incomplete(o.pending); n > 0 {
		at := len(o.pending) - n
		o.torn[name] = bytes.Clone(o.pending[at:])
		o.pending = o.pending[:at]
	}
	if len(o.pending) >= batchBytes {
		o.send(wholeLines(o.pending))
	}
	if len(o.pending) > 0 && o.timer == nil {
		o.timer = time.AfterFunc(batch, o.tick)
	}
}

// awaitClients gives clients time to read. No lock is held.
func (o *output) awaitClients() {
	end := time.Now().Add(maxWait)
	for o.front.Backlog() > maxBacklog {
		o.mu.Lock()
		stop := o.interrupted || o.waited
		o.waited = o.waited || time.Now().After(end)
		o.mu.Unlock()
		if stop {
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-o.closing:
			return
		}
	}
}

// wholeLines returns how many bytes of a full batch to send: its lines, or all of it
// where a line is as long as a batch.
func wholeLines(p []byte) int {
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 && len(p)-i < batchBytes/2 {
		return i + 1
	}
	return len(p)
}

// tick sends the whole lines of what is pending, and the part of a line that the last
// tick has left: the print that ends it isn't on its way.
func (o *output) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	n := bytes.LastIndexByte(o.pending, '\n') + 1
	if o.partial {
		n = len(o.pending)
	}
	o.send(n)
	if o.partial = len(o.pending) > 0; o.partial {
		o.timer = time.AfterFunc(batch, o.tick)
	}
}

// flush sends what is pending, so that what is published next comes after it.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(len(o.pending))
}

// finish sends what is left of the cell itself, and says how much was cut.
func (o *output) finish() {
	o.writeHeld()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finishLocked()
}

func (o *output) finishLocked() {
	o.send(len(o.pending))
	for _, name := range []string{stdout, stderr} {
		if t := o.torn[name]; len(t) > 0 { // it won't become a character
			o.front.Stream(o.parent, name, valid(t))
			delete(o.torn, name)
		}
	}
	if o.cut > 0 {
		o.front.Stream(o.parent, stderr, fmt.Sprintf("[%s of this cell's output are not shown]\n", bytesText(o.cut)))
		o.cut = 0
	}
}

// end makes what comes from now on late output, of the cell's goroutines, which passes
// as before.
func (o *output) end() {
	o.writeHeld()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finishLocked()
	o.ended, o.interrupted, o.limit = true, false, maxOutput
}

// interrupt lets what is on its way pass without waiting for anybody, up to a limit.
func (o *output) interrupt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended && !o.interrupted {
		o.interrupted, o.limit = true, min(o.limit, o.sent+maxAfter)
	}
}

// cutting counts bytes that are not shown, and says so when it begins. o.mu is held.
func (o *output) cutting(n int) {
	o.cut += n
	if o.told || o.interrupted {
		return
	}
	o.told = true
	o.send(len(o.pending))
	o.front.Stream(o.parent, stderr, fmt.Sprintf("\n[more than %s were printed: the rest is not shown]\n", bytesText(maxOutput)))
}

// send sends the first n bytes of what is pending. o.mu is held.
func (o *output) send(n int) {
	if n == 0 {
		return
	}
	o.front.Stream(o.parent, o.name, valid(o.pending[:n]))
	o.partial = false
	if rest := o.pending[n:]; cap(o.pending) > 2*batchBytes || len(rest) == 0 && cap(o.pending) > idleBytes {
		o.pending = bytes.Clone(rest)
	} else {
		o.pending = append(o.pending[:0], rest...)
	}
}

// idleBytes is how much memory an output that has nothing to send may keep.
const idleBytes = 4 << 10

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

func bytesText(n int) string {
	if n >= 10<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// valid returns p as text, with what isn't UTF-8 replaced.
func valid(p []byte) string {
	if utf8.Valid(p) {
		return string(p)
	}
	return string(bytes.ToValidUTF8(p, []byte("\uFFFD")))
}
