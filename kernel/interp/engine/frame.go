package engine

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/link"
)

// A frame is the beginning of the memory of a call; its slots follow. It is taken from
// the thread's free ones and given back when the call returns: nothing points to it
// but the thread, because variables that outlive a call are in cells of their own. After a panic it
// is left to the garbage collector.
type frame struct {
	th     *Thread
	caller *frame // while it is used; else the next free one
	im     *impl
	pos    link.Pos       // of the statement or call that runs
	env    unsafe.Pointer // *[n]unsafe.Pointer: what the closure holds
	defers *deferred
	rec    *panicking // the panic that recover in this call ends
}

// at returns a pointer to a slot.
func at[T any](f *frame, off uintptr) *T { return (*T)(unsafe.Add(unsafe.Pointer(f), off)) }

// A Thread is a goroutine, or a stretch of one between compiled code, that runs functions.
type Thread struct {
	e     *Engine
	top   *frame
	depth int
	free  []*frame       // by impl.index, and blocks by signature.index
	word  unsafe.Pointer // the receiver that a target points to, until it is copied
}

// maxDepth bounds how many calls are open in one goroutine. A call needs about half a
// kilobyte of Go's stack.
const maxDepth = 1 << 20 / 2

// ErrStack is what a cell panics with whose recursion has no end.
var ErrStack = errors.New("stack overflow: more than 524288 calls within each other: is there a recursion without end?")

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
	if th.depth > maxDepth {
		panic(ErrStack)
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

// Frames returns where the thread is, innermost first.
func (th *Thread) frames() []Frame {
	var out []Frame
	for f := th.top; f != nil && len(out) < maxFrames; f = f.caller {
		if f.im.flags&wrapper == 0 {
			out = append(out, Frame{f.im.name, f.pos})
		}
	}
	return out
}

// maxFrames bounds how much of a stack is told.
const maxFrames = 200

// A Frame is a line of a stack.
type Frame struct {
	Func string
	Pos  link.Pos
}
