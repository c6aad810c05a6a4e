// Package worker is the loop of a worker process: it takes tasks from the head, runs them in the
// process's engine, one at a time, and sends back what came out.
//
// It doesn't know what runs the code: a Host does. It starts no process, and what a worker's death means is the head's.
//
// Goroutines: Run waits for the end. The connection's takes messages and puts them into a queue; the runner
// takes them off it, in order; the monitor says that the worker lives and watches over items whose time is limited. All end with Run,
// but for the runner when a task doesn't end.
package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// Options say what a worker is. All but Page must be set.
type Options struct {
	Host    Host
	Address bus.Address // of the head
	Name    string      // what the user is told: "worker 3"
	// Page is where the worker says which item it runs, so that who holds the other end knows when the process has died.
	// nil is for none.
	Page *Page
}

// ErrStuck is the error of Run when an item took longer than it might, and no notice that its time was over.
var ErrStuck = errors.New("an item takes no notice that its time is over")

// patience is how long a task may take to notice that it is to end.
const patience = 100 * time.Millisecond

// Run is the worker's life. It returns nil when the worker was told to retire, or the process of a job has ended: what
// it said has then been sent. It returns an error if the head can't be reached any more, ctx has ended, or a task takes no
// notice of its end, which may still run then: the process is to be ended.
func Run(ctx context.Context, o Options) error {
	w := &worker{
		host: o.Host, codec: o.Host.Codec(), page: o.Page,
		jobs: map[uint64]*job{}, broken: map[string]error{},
		ended: make(chan struct{}), kick: make(chan struct{}, 1),
	}
	w.more.L = &w.mu
	if w.page == nil {
		page, err := NewPage()
		if err != nil {
			return err
		}
		w.page = page // for good: a task may hold a pointer into it
	}
	conn, err := bus.Dial(o.Address, bus.Options{Worker: true, Handle: w.take, Gone: w.end})
	if err != nil {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	w.conn = conn
	w.send(&bus.Hello{Pid: os.Getpid()})

	var running, watching sync.WaitGroup
	running.Go(w.run)
	watching.Go(w.monitor)
	select {
	case <-ctx.Done():
		w.end(context.Cause(ctx))
	case <-w.ended:
	}
	watching.Wait()
	w.stopTask(&running)
	conn.Close()
	if w.why != nil {
		return fmt.Errorf("%s: %w", o.Name, w.why)
	}
	return nil
}

// A worker is what Run runs.
type worker struct {
	host  Host
	codec *ship.Codec
	page  *Page
	conn  *bus.Conn    // the head says nothing before it has got a Hello
	done  atomic.Int64 // items

	// Of the runner's goroutine.
	jobs    map[uint64]*job
	broken  map[string]error // why programs couldn't be loaded
	current *job             // whose function and variables are in place, nil if none's

	mu      sync.Mutex
	more    sync.Cond     // there is something in the queue, or it is over
	queue   []bus.Message // for the runner, in order; nil for what was taken out
	task    *task         // that runs
	retired bool          // it ends when the queue is empty
	why     error         // it ended, nil for no error; set before ended is closed
	ended   chan struct{} // closed by end

	kick chan struct{} // wakes the monitor
	seen sight         // of the monitor's goroutine
}

// end makes Run return, the first time that it is called, and the runner stop after what it does.
func (w *worker) end(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.ended:
	default:
		w.why = why
		close(w.ended)
		w.more.Broadcast()
	}
}

// stopTask waits for the runner, if need be after it has interrupted its task, but not for ever.
func (w *worker) stopTask(running *sync.WaitGroup) {
	w.mu.Lock()
	if t := w.task; t != nil {
		w.cancel(t)
	}
	w.mu.Unlock()
	stopped := make(chan struct{})
	go func() {
		running.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(patience):
	}
}

// send sends a message. That the connection has ended is known otherwise.
func (w *worker) send(m bus.Message) { _ = w.conn.Send(m) }

// take takes what the head says.
func (w *worker) take(ms []bus.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range ms {
		switch m := m.(type) {
		case *bus.Cancel:
			w.cancelTasks(m)
		case *bus.Retire:
			w.retired = true
		default:
			w.queue = append(w.queue, m)
		}
	}
	w.more.Signal()
}

// cancelTasks ends the task that runs, if it is meant, and tells of those that wait. w.mu is held.
func (w *worker) cancelTasks(c *bus.Cancel) {
	meant := func(t *bus.Task) bool { return t.Job == c.Job && (c.Task == 0 || t.Task == c.Task) }
	for i, m := range w.queue {
		if t, ok := m.(*bus.Task); ok && meant(t) {
			w.queue[i] = nil
			w.send(&bus.Result{Job: t.Job, Task: t.Task, Status: bus.Cancelled})
		}
	}
	if t := w.task; t != nil && meant(t.Task) && !c.Queued {
		w.cancel(t)
	}
}

// next takes a message off the queue; ok is false when it is over.
func (w *worker) next() (m bus.Message, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		select {
		case <-w.ended:
			return nil, false
		default:
		}
		if len(w.queue) > 0 {
			m, w.queue[0] = w.queue[0], nil
			if w.queue = w.queue[1:]; m != nil {
				return m, true
			}
			continue
		}
		w.queue = nil
		if w.retired {
			return nil, false
		}
		w.more.Wait()
	}
}

// run does what is in the queue.
func (w *worker) run() {
	defer w.end(nil)
	for {
		m, ok := w.next()
		if !ok {
			return
		}
		switch m := m.(type) {
		case *bus.Code:
			if err := w.host.Load(m.Program); err != nil {
				w.broken[m.ID] = err
			} else {
				delete(w.broken, m.ID)
			}
		case *bus.Drop:
			delete(w.broken, m.ID)
			w.host.Drop(m.ID)
		case *bus.Job:
			w.jobs[m.Job] = &job{Spec: m.Spec}
		case *bus.Task:
			if !w.do(m) {
				return
			}
		case *bus.Close:
			w.forget(m.Job)
		}
	}
}

// forget frees what belongs to a job.
func (w *worker) forget(id uint64) {
	j := w.jobs[id]
	if j == nil {
		return
	}
	delete(w.jobs, id)
	if w.current == j {
		w.current = nil
	}
	if j.image != nil {
		j.image.Close()
	}
}

// heapMetric is the size of the objects in the Go heap.
const heapMetric = "/memory/classes/heap/objects:bytes"

// idle is how long a worker has nothing to do before it gives back memory.
const idle = 2 * time.Second

// monitor says now and then what the worker is at, and looks whether the time of an item is over.
func (w *worker) monitor() {
	heap := []metrics.Sample{{Name: heapMetric}}
	beat := time.Now().Add(bus.Heartbeat)
	var tidied int64 // items done when memory was given back
	timer := time.NewTimer(bus.Heartbeat)
	defer timer.Stop()
	for {
		select {
		case <-w.ended:
			return
		case <-w.kick:
		case <-timer.C:
		}
		now := time.Now()
		again := w.look(now)
		if !now.Before(beat) {
			metrics.Read(heap)
			b := &bus.Beat{Heap: int64(heap[0].Value.Uint64()), Done: w.done.Load()}
			if w.seen.id != 0 {
				b.Task, b.Item, b.Since = w.seen.id, w.seen.item, now.Sub(w.seen.since)
			}
			w.send(b)
			beat = now.Add(bus.Heartbeat)
			if done := w.done.Load(); w.seen.id == 0 && now.Sub(w.seen.since) >= idle && done != tidied {
				tidied = done
				debug.FreeOSMemory()
			}
		}
		timer.Reset(min(again, time.Until(beat)))
	}
}
