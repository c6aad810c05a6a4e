package interp

import (
	"fmt"
	"time"

	"github.com/goherd/goherd/kernel/interp/link"
)

const (
	// fillRate is how fast a program can take memory at most, in bytes a second.
	fillRate = 8 << 30
	// The memory of the child is looked at so often that a program can't pass the
	// limit by much between two looks.
	minLook, maxLook = 5 * time.Millisecond, 250 * time.Millisecond
	// locateGrace is how long a child over its limit may take to say which line it is in.
	locateGrace = 500 * time.Millisecond
)

// watch ends a child that uses more memory than the limit.
func (i *Interp) watch(limit int64) {
	t := time.NewTimer(minLook)
	defer t.Stop()
	for {
		select {
		case <-i.exited:
			return
		case <-t.C:
		}
		used := Resident(i.Pid())
		if used > limit {
			i.overLimit(used, limit)
			return
		}
		look := time.Duration(float64(limit-used) / fillRate * float64(time.Second))
		t.Reset(min(max(look, minLook), maxLook))
	}
}

// overLimit asks the child where it is, and ends it when it has said so or goes on
// allocating.
func (i *Interp) overLimit(used, limit int64) {
	i.mu.Lock()
	if i.killed == "" {
		i.used = used
		i.killed = fmt.Sprintf("%s%s used %s, the limit is %s", outOfMemory, i.opts.Name, Size(used), Size(limit))
	}
	i.mu.Unlock()
	go func() { _ = i.request(link.Request{Op: link.OpWhere}) }() // it may not be reading
	end := time.After(locateGrace)
	look := time.NewTicker(minLook)
	defer look.Stop()
	for waiting := true; waiting; {
		select {
		case <-i.exited:
			return
		case <-i.located:
			waiting = false
		case <-end:
			waiting = false
		case <-look.C:
			waiting = Resident(i.Pid()) < limit+limit/4
		}
	}
	i.kill("")
}

// Size writes a number of bytes for a person.
func Size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
