package engine

import (
	"runtime"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
)

// A frame is the beginning of the memory of a call; its slots follow. It is taken from
// the thread's free ones and given back when the call returns: nothing points to it
// but the thread, because variables that outlive a call are in cells of their own. After a panic it
// is left to the garbage collector.
type frame struct {
	pos    link.Stamp // of the statement or call that runs; first: see Thread.enter
	th     *Thread
	caller *frame // while it is used; else the next free one
	im     *impl
	env    unsafe.Pointer // *[n]unsafe.Pointer: what the closure holds
	defers *deferred
	rec    *panicking // the panic that recover in this call ends
}

// at returns a pointer to a slot.
func at[T any](f *frame, off uintptr) *T { return (*T)(unsafe.Add(unsafe.Pointer(f), off)) }

// A Thread is a goroutine, or a stretch of one between compiled code, that runs functions.
type Thread struct {
	e *Engine
	spot
	set   *token.Set // of the run it is for; nil for none
	depth int
	outer token.Labels   // that the goroutine had before
	g     uintptr        // the goroutine
	tight bool           // errStack was raised: what is deferred may use the rest of the stack
	free  []*frame       // by impl.index, and blocks by signature.index
	word  unsafe.Pointer // the receiver that a target points to, until it is copied
}

// A spot is the labels of a thread's goroutine: the run, and where it is. The
// second is a string that consists of the position in the frame that runs, so that it is
// always up to date and costs nothing.
type spot struct {
	run token.Label
	key string
	top *frame
	len int
}

// idle is below the frames of all threads.
var idle = new(frame)

// newThread returns a thread for what the calling goroutine runs.
func (e *Engine) newThread() *Thread {
	th := &Thread{e: e, spot: spot{key: link.AtLabel, top: idle, len: int(unsafe.Sizeof(idle.pos))}}
	if tok := token.Current(); tok != nil {
		th.set = tok.Set(unsafe.Slice(&th.run, 2), th)
	}
	return th
}

// enter makes the Go runtime's tracebacks tell where the thread is. restore ends that.
func (th *Thread) enter() {
	th.g = goroutine()
	if th.set != nil {
		th.outer = th.set.Enter()
	}
}

func (th *Thread) restore() {
	if th.set != nil {
		th.outer.Restore()
		th.outer = token.Labels{}
	}
}

// take returns a frame for a call.
func (th *Thread) take(im *impl) *frame {
	if im.index < len(th.free) {
		if f := th.free[im.index]; f != nil {
			th.free[im.index] = f.caller
			return f
		}
	}
	f := (*frame)(newObject(im.frameType))
	f.th, f.im = th, im
	return f
}

// push makes nf the running frame, called by f.
func (th *Thread) push(nf, f *frame) {
	nf.caller = f
	th.top = nf
	th.depth++
	if th.depth%stackInterval == 0 {
		th.checkStack()
	}
}

// pop ends the call of nf, whose results have been read, and gives its frame back.
func (th *Thread) pop(nf *frame) {
	th.top = nf.caller
	th.depth--
	im := nf.im
	if im.clear {
		clearMemory(im.frameType, unsafe.Add(unsafe.Pointer(nf), headerSize), headerSize, im.size-headerSize)
		nf.env = nil
	}
	th.keep(im.index, nf)
}

// keep puts a frame or block away for another use.
func (th *Thread) keep(index int, f *frame) {
	if index >= len(th.free) {
		th.free = append(th.free, make([]*frame, max(64, index+1-len(th.free)))...)
	}
	f.caller = th.free[index]
	th.free[index] = f
}

const headerSize = unsafe.Sizeof(frame{})

// check is what loops and calls do while the engine should stop something.
func (th *Thread) check() {
	if th.e.Stop.Load() != 0 {
		th.e.host.Check()
	}
	runtime.Gosched()
}

// frames returns where the thread is, innermost first. Another goroutine may look at it, too:
// what it sees is not quite sure.
//
//go:norace
func (th *Thread) frames() []Frame {
	var out []Frame
	var last [maxOuter]Frame // of those that are more than maxFrames
	more := 0
	for f := th.top; f != idle && more < maxWalk; f = f.caller {
		switch at := (Frame{f.im.name, f.pos.Pos()}); {
		case f.im.flags&wrapper != 0:
		case len(out) < maxFrames:
			out = append(out, at)
		default:
			last[more%maxOuter] = at
			more++
		}
	}
	for i := max(0, more-maxOuter); i < more; i++ {
		out = append(out, last[i%maxOuter])
	}
	return out
}

// allFrames returns also where the threads are that called compiled code which called this
// one.
func (th *Thread) allFrames() []Frame {
	out := th.frames()
	for len(out) < maxFrames {
		outer, ok := th.outer.Owner().(*Thread)
		if !ok || outer.g != th.g { // the goroutine was started by compiled code and has the labels of another
			break
		}
		th = outer
		out = append(out, th.frames()...)
	}
	return out
}

// What bounds how much of a stack is told: the innermost and the outermost frames.
const (
	maxFrames = 200
	maxOuter  = 10
	maxWalk   = 10_000_000
)

// A Frame is a line of a stack.
type Frame struct {
	Func string
	Pos  link.Pos
}
