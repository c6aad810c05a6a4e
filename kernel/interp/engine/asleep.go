package engine

import (
	"sync"
	"time"
	"unsafe"
)

// What a host needs that wants to know whether goroutines wait for ever: the runtime's traceback says
// what each waits in, but not what for.

// OnTimers returns how many operations wait, perhaps among other things, for a channel that
// a timer sends to.
func (e *Engine) OnTimers() int { return int(e.onTimers.Load()) }

// onTimer counts n more operations that wait for a channel if a timer sends to it.
func (e *Engine) onTimer(c unsafe.Pointer, n int32) {
	off := timerField()
	if c != nil && (off == 0 || *(*unsafe.Pointer)(unsafe.Add(c, off)) != nil) {
		e.onTimers.Add(n)
	}
}

// timerField returns where in a channel of the runtime the pointer to its timer is, 0 if
// that can't be found out: then each may have one.
var timerField = sync.OnceValue(func() uintptr {
	const word = unsafe.Sizeof(uintptr(0))
	t := time.NewTimer(time.Hour)
	defer t.Stop()
	plain := make(chan time.Time, 1)
	with, without := *(*unsafe.Pointer)(unsafe.Pointer(&t.C)), *(*unsafe.Pointer)(unsafe.Pointer(&plain))
	// The runtime's timer is part of the object that t is the beginning of.
	begin := uintptr(unsafe.Pointer(t))
	for off := 2 * word; off < 8*word; off += word {
		p := *(*uintptr)(unsafe.Add(with, off))
		if p > begin && p < begin+16*word && *(*uintptr)(unsafe.Add(without, off)) == 0 {
			return off
		}
	}
	return 0
})
