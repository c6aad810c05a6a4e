package core

import (
	"bytes"
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

// A frame is what a goroutine knows about the item that it runs.
type frame struct {
	ctx     context.Context
	attempt int
	place   *place // in a pool of goroutines, nil in a worker process
}

// frames are the goroutines that run items, by their numbers. A goroutine that an item starts isn't among them.
var frames struct {
	some atomic.Int64 // how many there are: if none, nobody need find out who it is
	m    sync.Map     // int64 → *frame
}

// running is the frame of this process, if it is a worker.
var running atomic.Pointer[frame]

// enter makes f that of the calling goroutine, whose number is id, until leave is called, by the same goroutine.
func (f *frame) enter(id int64) (leave func()) {
	old, nested := frames.m.Swap(id, f)
	frames.some.Add(1)
	return func() {
		frames.some.Add(-1)
		if nested {
			frames.m.Store(id, old)
		} else {
			frames.m.Delete(id)
		}
	}
}

// current returns the calling goroutine's frame, nil if it has none.
func current() *frame {
	if frames.some.Load() > 0 {
		if f, ok := frames.m.Load(goroutine()); ok {
			return f.(*frame)
		}
	}
	return running.Load()
}

// goroutine returns the number of the calling goroutine. It costs some microseconds.
func goroutine() int64 {
	var buf [40]byte
	text := buf[:runtime.Stack(buf[:], false)] // "goroutine 17 [running]: …"
	fields := bytes.Fields(text)
	id, _ := strconv.ParseInt(string(fields[1]), 10, 64) // the form is that of every Go so far
	return id
}

// Begin says that this process, a worker, runs a task for the attempt-th time. cancel ends the task's context, as end
// does. They may be called from any goroutine.
func Begin(attempt int) (cancel, end func()) {
	ctx, stop := context.WithCancel(context.Background())
	f := &frame{ctx: ctx, attempt: attempt}
	running.Store(f)
	return stop, func() {
		stop()
		running.CompareAndSwap(f, nil)
	}
}

// TaskContext returns the context of the item that the calling goroutine runs, or of the task of this worker process; else
// context.Background.
func TaskContext() context.Context {
	if f := current(); f != nil {
		return f.ctx
	}
	return context.Background()
}

// Attempt returns how often the item was tried that the calling goroutine runs, this time included; 0 if it runs none.
func Attempt() int {
	if f := current(); f != nil {
		return f.attempt
	}
	return 0
}
