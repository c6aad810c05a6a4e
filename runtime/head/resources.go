package head

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/goherd/goherd/runtime/bus"
)

// A Machine says what there is to compute with. Its methods may be called from any goroutine.
type Machine interface {
	CPUs() float64
	GPUs() int
	// Memory returns the bytes in use and those that there are, of the machine or the control group that has fewer
	// left, and who says so: "the machine" or a file. total is 0 if that isn't known.
	Memory() (used, total int64, by string)
}

// limit sets what tasks can hold.
func (h *Head) limit(l bus.Limits) error {
	_, memory, _ := h.opts.Machine.Memory()
	has := bus.Resources{CPUs: h.opts.Machine.CPUs(), GPUs: float64(h.opts.Machine.GPUs()), Memory: memory}
	total := has
	total.Custom = maps.Clone(l.Custom)
	if bad(l.CPUs) || bad(max(l.GPUs, 0)) || l.Memory < 0 || slices.ContainsFunc(slices.Collect(maps.Values(l.Custom)), bad) {
		return errors.New("an amount of a resource isn't a number from 0 on")
	}
	if l.CPUs > 0 {
		total.CPUs = l.CPUs // more than there are is the user's choice: tasks that wait for something
	}
	switch {
	case l.GPUs > has.GPUs:
		return fmt.Errorf("%s asked for; this machine has %s", gpus(l.GPUs), describe(has))
	case l.GPUs < 0:
		total.GPUs = 0
	case l.GPUs > 0:
		total.GPUs = math.Floor(l.GPUs)
	}
	switch {
	case l.Memory > has.Memory && has.Memory > 0:
		return fmt.Errorf("%s of memory asked for; this machine has %s", bytesText(l.Memory), describe(has))
	case l.Memory > 0:
		total.Memory = l.Memory
	}
	h.total = total
	h.limited = l.CPUs != 0 || l.GPUs != 0 || l.Memory != 0
	for len(h.gpus) < int(total.GPUs) {
		h.gpus = append(h.gpus, 0)
	}
	return nil
}

func bad(x float64) bool { return !(x >= 0) || math.IsInf(x, 0) }

// memoryLimit is the limit of each worker of a pool: by default most of what there is, since it is the watch over the
// machine's memory that knows what all of them use.
func (h *Head) memoryLimit(p *pool) int64 {
	switch n := p.spec.MemoryLimit; {
	case n < 0:
		return 0
	case n > 0:
		return n
	}
	return h.total.Memory / 10 * 8
}

// possible returns why no worker can ever have what a task needs, nil if one can.
func (h *Head) possible(n bus.Resources) error {
	var lacks []string
	lack := func(lacking bool, what string) {
		if lacking {
			lacks = append(lacks, what)
		}
	}
	if bad(n.CPUs) || bad(n.GPUs) || n.Memory < 0 {
		return errors.New("a task needs an amount of a resource that isn't a number from 0 on")
	}
	lack(n.CPUs > h.total.CPUs, counted(n.CPUs, "CPU"))
	lack(math.Ceil(n.GPUs) > h.total.GPUs, gpus(n.GPUs))
	lack(n.Memory > h.total.Memory && h.total.Memory > 0, bytesText(n.Memory)+" of memory")
	for _, k := range slices.Sorted(maps.Keys(n.Custom)) {
		if bad(n.Custom[k]) {
			return fmt.Errorf("a task needs an amount of %q that isn't a number from 0 on", k)
		}
		lack(n.Custom[k] > h.total.Custom[k], fmt.Sprintf("%g of %q", n.Custom[k], k))
	}
	if len(lacks) == 0 {
		return nil
	}
	has := "this machine has"
	if h.limited {
		has = "the session was given"
	}
	err := fmt.Errorf("a task needs %s; %s %s", and(lacks), has, describe(h.total))
	if len(n.Custom) > 0 {
		err = fmt.Errorf("%w; cluster.Init says what else there is", err)
	}
	return err
}

// describe says what there is: "2 CPUs, 23.4 GB of memory and no GPU".
func describe(r bus.Resources) string {
	parts := []string{counted(r.CPUs, "CPU")}
	if r.Memory > 0 {
		parts = append(parts, bytesText(r.Memory)+" of memory")
	}
	parts = append(parts, gpus(r.GPUs))
	for _, k := range slices.Sorted(maps.Keys(r.Custom)) {
		parts = append(parts, fmt.Sprintf("%g of %q", r.Custom[k], k))
	}
	return and(parts)
}

func and(parts []string) string {
	n := len(parts)
	if n < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
}

func gpus(n float64) string {
	if n == 0 {
		return "no GPU"
	}
	return counted(n, "GPU")
}

func counted(n float64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%g %ss", n, what)
}

func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

// tiny is a difference that adding and subtracting fractions makes.
const tiny = 1e-9

// fits reports whether there is as much left.
func (h *Head) fits(n bus.Resources) bool {
	if n.CPUs > 0 && h.held.CPUs+n.CPUs > h.total.CPUs+tiny || n.Memory > 0 && h.total.Memory > 0 && h.held.Memory+n.Memory > h.total.Memory {
		return false
	}
	for k, v := range n.Custom {
		if v > 0 && h.held.Custom[k]+v > h.total.Custom[k]+tiny {
			return false
		}
	}
	return n.GPUs == 0 || h.freeGPUs(n.GPUs) != nil
}

// freeGPUs returns the numbers of devices for n, nil if there aren't as many. A share below 1 is of one device.
func (h *Head) freeGPUs(n float64) []int {
	var free []int
	share := min(n, 1)
	for i := range int(h.total.GPUs) {
		if h.gpus[i]+share <= 1+tiny {
			if free = append(free, i); len(free) >= int(math.Ceil(n)) {
				return free
			}
		}
	}
	return nil
}

// hold has a worker hold what the tasks of a class need.
func (h *Head) hold(w *worker, c *class) {
	n := c.needs
	c.since = time.Time{}
	w.class, w.held, w.gpus = c, n, nil
	h.held.CPUs += n.CPUs
	h.held.Memory += n.Memory
	h.held.GPUs += n.GPUs
	for k, v := range n.Custom {
		if h.held.Custom == nil {
			h.held.Custom = map[string]float64{}
		}
		h.held.Custom[k] += v
	}
	if n.GPUs > 0 {
		w.gpus = h.freeGPUs(n.GPUs)
		for _, i := range w.gpus {
			h.gpus[i] += min(n.GPUs, 1)
		}
	}
}

// giveBack frees what a worker holds.
func (h *Head) giveBack(w *worker) {
	if w.class == nil {
		return
	}
	n := w.held
	h.held.CPUs = max(h.held.CPUs-n.CPUs, 0)
	h.held.Memory -= n.Memory
	h.held.GPUs = max(h.held.GPUs-n.GPUs, 0)
	for k, v := range n.Custom {
		h.held.Custom[k] = max(h.held.Custom[k]-v, 0)
	}
	for _, i := range w.gpus {
		h.gpus[i] = max(h.gpus[i]-min(n.GPUs, 1), 0)
	}
	w.class, w.held, w.gpus = nil, bus.Resources{}, nil
	if n.CPUs > 0 || n.Memory > 0 || n.GPUs > 0 || len(n.Custom) > 0 {
		h.touchWaiting()
	}
}

// startable returns how many of the tasks that wait in a pool could be done with the resources that are left.
func (h *Head) startable(p *pool) (n int) {
	held, gpus, custom := h.held, slices.Clone(h.gpus), maps.Clone(h.held.Custom)
	defer func() { h.held, h.gpus, h.held.Custom = held, gpus, custom }()
	h.gpus, h.held.Custom = slices.Clone(gpus), maps.Clone(custom)
	most := max(64, 4*int(h.total.CPUs)) - p.live() + p.blocked() // tasks that need nothing have bounds, too
	for _, c := range p.classes {
		waiting := 0
		for _, r := range c.ranks {
			for _, j := range r.jobs {
				waiting += j.waiting
				if waiting > most {
					break
				}
			}
		}
		var w worker
		for ; waiting > 0 && n < most && h.fits(c.needs); waiting-- {
			since := c.since
			h.hold(&w, c)
			c.since = since
			n++
		}
	}
	return n
}
