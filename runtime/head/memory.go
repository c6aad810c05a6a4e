package head

import (
	"fmt"
	"time"
)

// The machine's memory is looked at so often, while less than a quarter is left and else. A worker is ended when less than
// a twentieth is.
const (
	memoryLook = 20 * time.Millisecond
	memoryRest = 200 * time.Millisecond
	memoryLeft = 20
	// memoryPause is how long the end of a worker is given to show.
	memoryPause = time.Second
)

// watchMemory has a worker ended before the operating system ends processes of its choice.
func (h *Head) watchMemory() {
	t := time.NewTimer(memoryRest)
	defer t.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-h.ended:
			return
		case <-t.C:
		}
		used, total, by := h.opts.Machine.Memory()
		if total > 0 && total-used < total/memoryLeft {
			h.post(func() { h.ease(used, total, by) })
		}
		if total-used < total/4 {
			t.Reset(memoryLook)
		} else {
			t.Reset(memoryRest)
		}
	}
}

// ease looks for the worker to be ended: that which is furthest above its share.
func (h *Head) ease(used, total int64, by string) {
	if h.easing || h.now.Sub(h.eased) < memoryPause {
		return
	}
	type use struct {
		w    *worker
		proc Process
		head Usage
	}
	var all []use
	for _, w := range h.workers {
		if w.proc != nil && w.state != ending {
			all = append(all, use{w: w, proc: w.proc})
		}
	}
	if len(all) == 0 {
		return
	}
	h.easing = true
	go func() {
		for i := range all {
			all[i].head = all[i].proc.Usage()
		}
		h.post(func() {
			h.easing = false
			var worst *use
			var beyond int64
			for i := range all {
				u := &all[i]
				share := total / int64(len(all))
				if n := u.w.held.Memory; n > 0 {
					share = n
				}
				if over := u.head.RSS - share; worst == nil || over > beyond {
					worst, beyond = u, over
				}
			}
			// One that has little didn't fill the machine, and its end wouldn't help.
			if worst.head.RSS < total/memoryLeft || worst.w.state == ending {
				return
			}
			h.eased = h.now
			h.endForMemory(worst.w, worst.head, used, total, by)
		})
	}()
}

func (h *Head) endForMemory(w *worker, u Usage, used, total int64, by string) {
	where := "this machine"
	if by != "the machine" {
		where = "the control group (" + by + ")"
	}
	doing := "it had nothing to do"
	for _, t := range w.tasks {
		if t.id == u.Running || len(w.tasks) == 1 {
			doing = "it ran " + t.place(u.Item)
		}
	}
	h.kill(w, killMemory, fmt.Sprintf("%s used %s while %s, and %s had only %s of %s left: it was ended so that nothing else is. "+
		"Smaller chunks, fewer workers or pool.MemoryLimit help", w.name, bytesText(u.RSS), doing, where, bytesText(max(total-used, 0)), bytesText(total)))
}
