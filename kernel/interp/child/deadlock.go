package child

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/interp/link"
)

// A cell in which nothing can go on any more would wait until the user interrupts it. So somebody looks,
// now and then, what the goroutines do: if all of the session's wait for each other, the cell fails as the program would.

// wakers are packages and functions with which goroutines are woken by nobody that a look at
// the goroutines shows. (Channels of timers are known, see engine.OnTimers; what has goroutines of its own, as package net,
// shows them.)
var wakers = map[string]bool{
	"context.WithDeadline": true, "context.WithDeadlineCause": true, "context.WithTimeout": true, "context.WithTimeoutCause": true,
	"os/signal.Notify": true, "os/signal.NotifyContext": true,
	"runtime.AddCleanup": true, "runtime.SetFinalizer": true,
	"runtime/pprof.Do": true, "runtime/pprof.SetGoroutineLabels": true, // these hide goroutines
	"time.AfterFunc":                        true,
	"github.com/goherd/goherd/display/comm": true,
}

const (
	lookFirst = 800 * time.Millisecond // into the run
	lookAgain = 200 * time.Millisecond // to be sure
	lookLast  = 4 * time.Second
	// lookShare bounds the time that looks take: their part of all.
	lookShare = 100
	// unsureAfter is when a cell is told that it seems to wait for ever.
	unsureAfter = 5 * time.Second
	maxDump     = 16 << 20
)

// A watcher looks after a run.
type watcher struct {
	r *run

	mu      sync.Mutex
	timer   *time.Timer // nil after stop
	wait    time.Duration
	cpu     time.Duration // at the last look
	asleep  time.Time     // since when nothing has gone on; zero if something did
	noted   bool
	stopped bool
}

// watch begins to look after the run.
func (r *run) watch() *watcher {
	w := &watcher{r: r, wait: lookFirst}
	if r.session.engine == nil {
		return w
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.wait, w.look)
	return w
}

func (w *watcher) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watcher) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped || w.r.tok.Interrupted() {
		return
	}
	s := w.r.session
	cpu := cpuTime()
	busy := cpu-w.cpu > w.wait/4
	w.cpu = cpu
	if busy { // a look would only disturb
		w.asleep, w.wait = time.Time{}, lookFirst
		w.timer.Reset(w.wait)
		return
	}
	start := time.Now()
	waits, ok := s.waits()
	took := time.Since(start)
	switch {
	case !ok:
		w.asleep, w.wait = time.Time{}, min(2*w.wait, lookLast)
	case w.asleep.IsZero():
		w.asleep, w.wait = start, lookAgain
	case !s.wakers.Load():
		w.r.fail(s.deadlock(w.r.id, waits))
		s.interrupt(w.r.id)
		return
	default:
		w.wait = lookFirst
		if start.Sub(w.asleep) > unsureAfter && !w.noted {
			w.noted = true
			w.note(waits)
		}
	}
	w.wait = max(w.wait, took*lookShare)
	w.timer.Reset(w.wait)
}

// waits returns what the goroutines of the session wait for. ok is false if one may go on.
func (s *session) waits() (all []link.Wait, ok bool) {
	if s.engine.OnTimers() > 0 {
		return nil, false
	}
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return link.Asleep(buf[:n])
		}
		if len(buf) >= maxDump {
			return nil, false
		}
		buf = make([]byte, 4*len(buf))
	}
}

// deadlock describes the end of a run in which nobody can go on.
func (s *session) deadlock(run int, waits []link.Wait) *link.Failure {
	f := &link.Failure{Kind: link.FailPanic, Name: "fatal error", Text: "all goroutines are asleep - deadlock!"}
	for _, w := range waits {
		if w.Run == run && w.At != 0 {
			f.Waits = append(f.Waits, w)
		}
	}
	for _, w := range waits {
		if w.Run != run && w.At != 0 {
			f.Waits = append(f.Waits, w)
		}
	}
	// The goroutine of the cell itself is the first that the engine knows.
	for _, frames := range s.engine.Where() {
		at := positions(frames)
		for i, w := range f.Waits {
			if w.Run == run && len(at) > 0 && at[0] == w.At {
				f.Frames = at
				copy(f.Waits[1:], f.Waits[:i])
				f.Waits[0] = w
				return f
			}
		}
	}
	return f
}

// note tells the user that the cell seems to wait for ever.
func (w *watcher) note(waits []link.Wait) {
	text := "note: all goroutines wait for each other"
	for _, v := range waits {
		if v.Run == w.r.id && v.At != 0 {
			text += fmt.Sprintf(", the first at line %d (%s)", v.At.Line(), v.For)
			break
		}
	}
	text += ": if no timer, signal or widget wakes one, this is a deadlock; interrupt the cell to end it\n"
	// It is this cell's, whoever prints it.
	_ = w.r.session.w.Print(link.Stderr, w.r.id, []byte(text)) // or the kernel is gone
}
