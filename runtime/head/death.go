package head

import (
	"fmt"
	"slices"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// maxLost is how often a task is tried again after deaths of workers that it wasn't the cause of, or that can't be said of.
const maxLost = 10

// wentAway notes that the process of a worker has ended. What it has sent may still be on its way: the end of its
// connection comes after that.
func (h *Head) wentAway(w *worker) {
	w.gone = true
	switch {
	case w.left:
		h.bury(w)
	case !h.bus.Connected(w.peer):
		h.post(func() { h.bury(w) }) // all that it has sent is in the mailbox
	default:
		h.after(time.Second, func() { h.bury(w) })
	}
}

// disconnected notes that the connection of a worker has ended.
func (h *Head) disconnected(w *worker) {
	w.left = true
	if w.gone {
		h.bury(w)
		return
	}
	h.after(time.Second, func() {
		if !w.gone {
			h.kill(w, killSilent, "it lost its connection to the runtime")
		}
	})
}

// bury settles what a worker had that has gone, and has it replaced.
func (h *Head) bury(w *worker) {
	if w.buried {
		return
	}
	w.buried = true
	var d Death
	if w.proc != nil {
		d = w.proc.Death()
	} else {
		d = Death{Name: "start", Text: w.startup.Error(), Code: -1}
	}
	h.handOn(w, len(w.shown)) // what was printed has been handed on, too
	h.block(w, false)
	p, was := w.pool, w.state
	w.state = ending
	h.bus.Expel(w.user)
	delete(h.workers, w.user)
	p.workers = slices.DeleteFunc(p.workers, func(o *worker) bool { return o == w })
	for j := range w.jobs {
		delete(j.knows, w)
	}
	unexpected := w.why != killCancel && w.why != killPool && w.why != killEnd && was != retiring
	if w.process == nil && unexpected {
		p.restarts++
	}
	idle := len(w.tasks) == 0
	h.inherit(w, d, was)
	h.giveBack(w)
	if w.process != nil || !unexpected || h.over {
		h.touch(p)
		return
	}
	text := d.Text
	if w.why != killNone {
		text = w.whyText
	}
	switch {
	case was == starting || was == initing || w.why == killStart || w.done == 0 && idle:
		h.failStart(p, w.startup != nil || d.Own || w.why != killNone, text)
	case idle:
		h.opts.Notify(p.spec.Run, fmt.Sprintf("%s of %s ended while it had nothing to do: %s; another was started", w, p, text))
	}
	h.touch(p)
}

// inherit decides about the tasks that a worker had. At most one was the cause of its end: that which ran. The others are
// given to another worker.
func (h *Head) inherit(w *worker, d Death, was workerState) {
	tasks := slices.Clone(w.tasks)
	for _, t := range slices.Backward(tasks) {
		h.lose(w, t)
		item := d.Item
		if item < 0 || item >= t.items {
			item = -1
		}
		ran := t.id == d.Running
		switch {
		case t.state != given:
		case t.job.client == nil: // Init
			t.state = over
		case t.stopped || w.why == killEnd:
			h.cancelled(t, w.whyText)
		case w.process != nil && was == starting && (w.startup != nil || d.Own):
			t.worker = w
			h.fail(t, h.died(t, w, d, -1))
		case w.process != nil:
			h.blame(t, w, d, item)
		case ran && (d.Task == 0 || d.Task == d.Running):
			h.blame(t, w, d, item)
		case d.Running == 0 && !d.Wanted && t == tasks[0] && t.items == 1 && d.Own && d.Task == 0 && w.why == killNone:
			// Nobody says that another was running.
			h.blame(t, w, d, 0)
		case ran || d.Running == 0 && t == tasks[0]:
			t.worker = w
			h.lost(t, h.died(t, w, d, -1).Text)
		default:
			t.tries--
			h.again(t)
		}
	}
}

// blame decides about a task that ran as its worker ended: it fails if it was the cause, or may have been too often.
func (h *Head) blame(t *task, w *worker, d Death, item int) {
	if t.items == 1 {
		item = 0
	}
	f := h.died(t, w, d, item)
	own := d.Own && (w.why == killNone) || w.why == killTimeout || w.why == killMemory
	if own || t.deaths >= t.job.spec.Deaths {
		t.worker = w
		if !own && t.job.spec.Deaths > 0 {
			f.Text += fmt.Sprintf(", as before: it was tried %d times", t.deaths+1)
		}
		h.fail(t, f)
		return
	}
	t.deaths++
	h.note(t, fmt.Sprintf("%s %s while it ran %s: it is tried again on another worker", w, ended(w, d), t.place(item)))
	h.retry(t)
}

// lost has a task done again whose worker has ended without its fault, or whose result is lost: but not for ever.
func (h *Head) lost(t *task, why string) {
	if t.lost++; t.lost > maxLost {
		h.fail(t, bus.Failure{Item: -1, Kind: "lost", Name: "worker", Text: fmt.Sprintf("%s; it was tried %d times", why, t.tries)})
		return
	}
	h.retry(t)
}

func (h *Head) retry(t *task) {
	add(&t.job.count, bus.Counters{Retried: 1})
	add(&t.job.pool.count, bus.Counters{Retried: 1})
	h.again(t)
}

// note tells the user about a task.
func (h *Head) note(t *task, text string) {
	if c := t.job.client; c != nil && !c.gone {
		h.bus.Post(c.peer, &bus.Note{Job: t.job.own, Text: text})
	}
}

// died is the failure of an item whose worker ended.
func (h *Head) died(t *task, w *worker, d Death, item int) bus.Failure {
	f := bus.Failure{Item: item, Kind: "died", Name: d.Name, Text: "its worker " + ended(w, d), Stack: d.Stack, Code: d.Code}
	switch w.why {
	case killTimeout:
		f.Kind, f.Name, f.Text = "timeout", "timeout", w.whyText
	case killMemory:
		f.Name, f.Text = "out of memory", w.whyText
	case killSilent:
		f.Name = "silent"
	case killNone:
		if d.Name == "timeout" {
			f.Kind = "timeout"
			f.Text = fmt.Sprintf("it took longer than %s", t.job.spec.Timeout)
		}
	}
	return f
}

// ended says how a worker ended: "was killed (signal: killed)".
func ended(w *worker, d Death) string {
	text := d.Text
	if w.why != killNone {
		text = w.whyText
	}
	switch {
	case w.why != killNone:
		return "was ended: " + text
	case w.startup != nil:
		return "couldn't start: " + text
	case d.Name == "killed":
		return "was killed (" + text + ")"
	case d.Name == "exit":
		return fmt.Sprintf("ended itself (%s)", text)
	case text == "":
		return "ended: " + d.Name
	case d.Name == "fatal error":
		return "ended: " + d.Name + ": " + text
	}
	return "ended: " + text
}

// heard takes a heartbeat.
func (h *Head) heard(w *worker, m *bus.Beat) {
	w.beat = *m
	if m.Task == 0 || len(w.tasks) == 0 {
		return
	}
	t := w.tasks[0]
	// The worker ends an item whose time is over itself, if it still can.
	if limit := t.job.spec.Timeout; limit > 0 && t.id == m.Task && m.Since > limit+time.Second {
		h.kill(w, killTimeout, fmt.Sprintf("it took longer than %s, and no notice that its time was over", limit))
	}
}

// Limits of patience with a worker that says nothing.
const (
	silence = 3 * time.Second
	doubt   = 5 * bus.Heartbeat / 2 // then it is looked at whether it is stopped
)

// tick does what is to be done now and then.
func (h *Head) tick() {
	if !h.tickAt.IsZero() && h.now.Sub(h.tickAt) > idleTick+time.Second {
		// This process, or the machine, didn't run for a while: nobody is to be blamed for it.
		for _, w := range h.workers {
			w.beatAt = h.now
		}
	}
	for _, w := range h.workers {
		h.watch(w)
	}
	for _, p := range h.pools {
		h.trim(p)
		h.tellCapacity(p, nil)
	}
}

// watch looks whether a worker answers.
func (h *Head) watch(w *worker) {
	if w.state == starting || w.state == ending || w.proc == nil {
		return
	}
	if w.state == retiring && len(w.tasks) == 0 && h.now.Sub(w.idle) > silence {
		h.kill(w, killPool, "it didn't end when it was told to")
		return
	}
	quiet := h.now.Sub(w.beatAt)
	if quiet > silence {
		h.kill(w, killSilent, fmt.Sprintf("it gave no answer for %s", silence))
		return
	}
	if quiet < doubt || w.checking {
		return
	}
	w.checking = true
	proc := w.proc
	go func() {
		u := proc.Usage()
		h.post(func() {
			w.checking = false
			if u.Stopped && h.now.Sub(w.beatAt) >= doubt {
				h.kill(w, killSilent, "a signal has stopped it")
			}
		})
	}()
}
