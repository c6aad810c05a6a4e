// Package memory shows what the session's workers use, and says what would help.
//
//	memory.Workers()    // a table that keeps up with them
//	memory.Advise()     // what would save memory, measured
//
// It measures nothing itself: workers are looked at by the session's runtime, variables by the interpreter.
package memory

import (
	"context"
	"fmt"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
)

// How a table is kept up to date.
const (
	every = time.Second      // how often workers are looked at
	quiet = 10 * time.Second // it ends when nothing has happened for so long
)

// Workers shows a table of the session's workers in the cell: what each does, and what memory it takes. It is updated
// about once a second, also after the cell has ended, until the workers have had nothing to do for 10 seconds, the cell is interrupted or Workers is
// called again. It doesn't wait for that, and starts no workers: it is an error if the runtime was shut down.
func Workers() error {
	h := core.TheHost()
	current.end("another table has taken its place")
	s, err := core.Status()
	if err != nil {
		return fmt.Errorf("memory.Workers: %w", err)
	}
	run, id := h.Run(), fmt.Sprintf("goherd-workers-%d", tables.Add(1))
	interrupted, _ := h.Done()
	v := &view{
		read: core.Status, every: every, quiet: quiet, interrupted: interrupted,
		show: func(update bool, c core.Content) { h.Display(run, id, update, c) },
	}
	v.begin(s)
	current.set(v)
	return nil
}

// tables counts the tables of this process.
var tables atomic.Int64

// Advise looks at the workers and at the session's variables, and returns what would save memory. It may take
// a moment where variables are large, and starts no workers.
func Advise() Report {
	var f facts
	f.status, f.err = core.Status()
	if session, ok := core.TheHost().(core.Session); ok {
		for _, v := range session.Variables() {
			f.variables = append(f.variables, variable{
				name: v.Name, typ: v.Type, bytes: v.Bytes, idle: v.Idle,
				floats: floatsOf(v.Value), pointers: pointersOf(v.Value),
			})
		}
	}
	for _, t := range core.Sent() {
		f.shipped = append(f.shipped, shipped{t.Func, t.Place, t.Bytes, t.Times})
	}
	return report(f)
}

// current is the table that is kept up to date: there is one at a time.
var current one

type one struct {
	mu sync.Mutex
	v  *view
}

func (o *one) set(v *view) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.v = v
}

func (o *one) end(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.v != nil {
		o.v.end(why)
		o.v = nil
	}
}

// A view keeps a table up to date. Its goroutine ends with it.
type view struct {
	read         func() (bus.Runtime, error)
	show         func(update bool, c core.Content)
	every, quiet time.Duration
	interrupted  <-chan struct{} // may be nil

	table table
	last  core.Content
	stop  chan string // why; has room for one
	done  chan struct{}
}

// begin shows the first table and starts the goroutine.
func (v *view) begin(s bus.Runtime) {
	v.stop, v.done = make(chan string, 1), make(chan struct{})
	v.table.history = history{}
	v.put(s)
	go func() {
		defer close(v.done)
		pprof.SetGoroutineLabels(context.Background()) // it isn't the cell's any more
		v.follow()
	}()
}

// end ends the view and waits for that.
func (v *view) end(why string) {
	select {
	case v.stop <- why:
	case <-v.done:
	}
	<-v.done
}

// put shows the table as it is now, if that is news.
func (v *view) put(s bus.Runtime) {
	v.table.status, v.table.at = s, time.Now()
	v.table.history.add(s)
	v.draw()
}

func (v *view) draw() {
	if c := (core.Content{Text: v.table.Text(), HTML: v.table.HTML()}); c != v.last {
		v.show(v.last != core.Content{}, c)
		v.last = c
	}
}

// follow updates the table until there is a reason to end.
func (v *view) follow() {
	tick := time.NewTicker(v.every)
	defer tick.Stop()
	was, since := signs(v.table.status), time.Now()
	for v.table.ended == "" {
		select {
		case <-v.interrupted:
			v.table.ended = "the cell was interrupted"
		case v.table.ended = <-v.stop:
		case <-tick.C:
			s, err := v.read()
			if err != nil {
				v.table.ended = err.Error()
				break
			}
			v.put(s)
			if now := signs(s); now != was || busy(s) {
				was, since = now, time.Now()
			} else if time.Since(since) >= v.quiet {
				v.table.ended = "the workers have nothing to do; memory.Workers() shows them again"
			}
		}
	}
	v.draw()
}

// busy reports whether a worker has something to do.
func busy(s bus.Runtime) bool {
	for _, w := range s.Workers {
		if w.Job != "" {
			return true
		}
	}
	return false
}

// signs are what changes when something happens: memory alone is never quite still.
func signs(s bus.Runtime) string {
	var text []byte
	for _, w := range s.Workers {
		text = fmt.Appendf(text, "%d %s %d;", w.ID, w.State, w.Tasks)
	}
	return string(text)
}
