package worker

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/ship"
)

// A job is a function that tasks call.
type job struct {
	bus.Spec
	image *bus.Image // of Func, open where that is in a file; nil before it was used
	// The function, a func(in []T, out []R, at *int, fail func(int, error)), and its slices.
	run     reflect.Value
	in, out reflect.Type
}

// A task is one that runs. Its fields but for what is said are the runner's.
type task struct {
	*bus.Task
	job     *job
	items   int
	in, out reflect.Value
	fails   []bus.Failure
	took    time.Duration
	stop    chan struct{} // closed when it is cancelled

	// Guarded by worker.mu.
	end       func() // ends its context
	began     time.Time
	calls     int       // calls of the function so far
	calling   bool      // one of them runs
	cancelled bool      // it was told to end
	late      int       // the item whose time is over, -1 for none
	told      time.Time // when it was interrupted for that
}

// use puts a job's function and variables in place.
func (w *worker) use(j *job) error {
	if w.current == j {
		return nil
	}
	w.current = nil
	for _, id := range j.Code {
		if err := w.broken[id]; err != nil {
			return fmt.Errorf("its program can't be loaded: %w", err)
		}
	}
	if j.image == nil {
		image, err := w.conn.Open(j.Func)
		if err != nil {
			return fmt.Errorf("the function can't be read: %w", err)
		}
		j.image = image
	}
	run, err := w.host.Use(j.Code, decoder(j.image))
	if err != nil {
		return fmt.Errorf("the function can't be read: %w", err)
	}
	t := run.Type()
	if t.Kind() != reflect.Func || t.NumIn() != 4 || t.NumOut() != 0 || t.In(0).Kind() != reflect.Slice || t.In(1).Kind() != reflect.Slice ||
		t.In(2) != reflect.TypeFor[*int]() || t.In(3) != reflect.TypeFor[func(int, error)]() {
		return fmt.Errorf("the function is a %s, no call of a chunk", t)
	}
	j.run, j.in, j.out = run, t.In(0), t.In(1)
	w.current = j
	return nil
}

func decoder(m *bus.Image) ship.Decoder {
	return ship.Decoder{Data: m.Data, Segment: m.Segment, Sizes: m.Sizes}
}

// do carries out a task and sends its result. It reports whether the worker goes on.
func (w *worker) do(m *bus.Task) bool {
	j := w.jobs[m.Job]
	if j == nil {
		w.fail(m, "lost", errors.New("the worker wasn't told what the task belongs to"))
		return true
	}
	t := &task{Task: m, job: j, items: max(m.Items, 0), late: -1, stop: make(chan struct{})}
	cancel, end := core.Begin(m.Attempt)
	defer func() { end() }()
	w.mu.Lock()
	t.end, t.began = cancel, time.Now()
	w.task = t
	w.mu.Unlock()
	at := w.page.begin(m.Task)
	defer func() {
		w.page.over()
		w.mu.Lock()
		w.task = nil
		w.mu.Unlock()
	}()
	if err := w.prepare(t); err != nil {
		w.fail(m, "unreadable", err)
		return true
	}
	fail := func(i int, err error) {
		if i >= 0 && i < t.items && err != nil {
			t.fails = append(t.fails, w.failure(i, err))
		}
	}
	args := []reflect.Value{t.in, t.out, reflect.ValueOf(at), reflect.ValueOf(fail)}
	call := func() {
		if w.enter(t) {
			// What the host does around it isn't the function's.
			start := time.Now()
			defer func() { t.took += time.Since(start) }()
			j.run.Call(args)
		}
	}
	for {
		f := w.host.Call(m.Task, call)
		cancelled, late := w.leave(t)
		_, item := w.page.Running()
		switch {
		case cancelled:
			w.send(&bus.Result{Job: m.Job, Task: m.Task, Status: bus.Cancelled, Took: t.took, Printed: w.host.Printed()})
			return true
		case f == nil || item < 0 || item >= t.items:
			w.finish(t, f)
			return !j.Process
		case late >= 0 && f.Kind == "cancelled":
			// The next item may have begun just before it was told to end: it is called again.
			if item == late {
				t.fails = append(t.fails, timeout(item, j.Timeout, f))
				item++
			}
			end()
			cancel, end = core.Begin(m.Attempt)
			w.mu.Lock()
			t.end = cancel
			w.mu.Unlock()
		default:
			f.Item = item
			t.fails = append(t.fails, *f)
			item++
		}
		if item >= t.items {
			w.finish(t, nil)
			return !j.Process
		}
		w.page.set(item)
	}
}

// prepare makes the arguments of a task's calls.
func (w *worker) prepare(t *task) error {
	if err := w.use(t.job); err != nil {
		return err
	}
	image, err := w.conn.Open(t.Input)
	if err != nil {
		return fmt.Errorf("the items can't be read: %w", err)
	}
	defer image.Close()
	t.in = reflect.MakeSlice(t.job.in, t.items, t.items)
	t.out = reflect.MakeSlice(t.job.out, t.items, t.items)
	if err := w.codec.Decode(decoder(image), t.in); err != nil {
		return fmt.Errorf("the items can't be read: %w", err)
	}
	if len(t.GPUs) > 0 {
		return os.Setenv("CUDA_VISIBLE_DEVICES", numbers(t.GPUs))
	}
	return nil
}

func numbers(ns []int) string {
	texts := make([]string, len(ns))
	for i, n := range ns {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ",")
}

// enter notes that a call of the task begins, and reports whether it may.
func (w *worker) enter(t *task) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.cancelled {
		return false
	}
	t.calls++
	t.calling = true
	if t.job.Timeout > 0 {
		select {
		case w.kick <- struct{}{}:
		default: // it is about to look
		}
	}
	return true
}

// leave notes that a call has ended, and returns why if that isn't its own doing: late is the item whose
// time was over, or -1.
func (w *worker) leave(t *task) (cancelled bool, late int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t.calling = false
	late, t.late = t.late, -1
	return t.cancelled, late
}

// cancel tells a task to end. w.mu is held.
func (w *worker) cancel(t *task) {
	if t.cancelled {
		return
	}
	t.cancelled = true
	close(t.stop)
	t.end()
	if t.calling {
		w.host.Interrupt(t.Task.Task)
	}
}

// finish sends the result of a task whose calls have ended. failure is of the last call, if it was done with the items.
func (w *worker) finish(t *task, failure *bus.Failure) {
	r := &bus.Result{Job: t.Job, Task: t.Task.Task, Took: t.took}
	if failure != nil && t.items > 0 {
		failure.Item = t.items - 1
		t.fails = append(t.fails, *failure)
	}
	out, err := w.results(t)
	if errors.Is(err, errCancelled) {
		w.send(&bus.Result{Job: t.Job, Task: t.Task.Task, Status: bus.Cancelled, Took: t.took, Printed: w.host.Printed()})
		return
	}
	if err != nil {
		w.fail(t.Task, "unreadable", fmt.Errorf("the results can't be sent: %w", err))
		return
	}
	w.done.Add(int64(t.items))
	r.Output, r.Fails, r.Printed = out, t.fails, w.host.Printed()
	w.send(r)
}

// fail sends the result of a task that failed as a whole.
func (w *worker) fail(t *bus.Task, kind string, err error) {
	f := bus.Failure{Item: -1, Kind: kind, Name: typeName(err), Text: err.Error(), Chain: chain(err)}
	w.send(&bus.Result{Job: t.Job, Task: t.Task, Status: bus.Failed, Fails: []bus.Failure{f}, Printed: w.host.Printed()})
}

var errCancelled = errors.New("cancelled")

// results writes the results of a task. Those that can't travel fail their items.
func (w *worker) results(t *task) (bus.Payload, error) {
	if len(t.fails) == t.items {
		return bus.Payload{}, nil
	}
	e, err := w.encode(t, t.out)
	var no *ship.Error
	if errors.As(err, &no) {
		for i := range t.items {
			if _, err := w.encode(t, t.out.Slice(i, i+1)); errors.As(err, &no) {
				t.out.Index(i).SetZero()
				t.fails = append(t.fails, unsendable(i, no))
			} else if err != nil {
				return bus.Payload{}, err
			}
		}
		e, err = w.encode(t, t.out)
	}
	if err != nil {
		return bus.Payload{}, err
	}
	return w.conn.Pack(e.Data, e.Segments)
}

// encode writes a value, and waits for what must be there before.
func (w *worker) encode(t *task, v reflect.Value) (ship.Encoded, error) {
	for {
		e, err := w.codec.Encode(v)
		var waiting *ship.Waiting
		if !errors.As(err, &waiting) {
			return e, err
		}
		for _, p := range waiting.On {
			select {
			case <-p.Ready():
			case <-t.stop:
				return e, errCancelled
			case <-w.ended:
				return e, errCancelled
			}
		}
	}
}

// A sight is what the monitor has seen last, and when first.
type sight struct {
	id    uint64 // of the task, 0 for none
	call  int
	item  int
	since time.Time
}

// The time of an item is looked at so often, at most and at least, while it is limited.
const minLook, maxLook = time.Millisecond, 25 * time.Millisecond

// look sees what runs and ends an item whose time is over. It returns when to look again.
func (w *worker) look(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.task
	if t == nil {
		if w.seen.id != 0 || w.seen.since.IsZero() {
			w.seen = sight{since: now}
		}
		return bus.Heartbeat
	}
	_, item := w.page.Running()
	if w.seen.id != t.Task.Task || w.seen.call != t.calls || w.seen.item != item {
		w.seen = sight{t.Task.Task, t.calls, item, now}
	}
	limit := t.job.Timeout
	switch {
	case limit <= 0 || !t.calling || t.cancelled:
		return bus.Heartbeat
	case t.late >= 0:
		if now.Sub(t.told) > patience {
			w.page.stuck()
			w.why = ErrStuck
			close(w.ended)
			w.more.Broadcast()
		}
	case now.Sub(w.seen.since) >= limit:
		t.late, t.told = item, now
		t.end()
		w.host.Interrupt(t.Task.Task)
	}
	return min(max(limit/20, minLook), maxLook)
}
