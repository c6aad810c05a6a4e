package engine

import (
	"math/bits"
	"runtime/debug"
	"sync/atomic"
)

// errStack is what a goroutine panics with whose stack is full.
const errStack = Fatal("stack overflow: the recursion has no end")

// stackInterval is after how many calls within each other the stack is looked at.
const stackInterval = 32

// How much of its stack a goroutine may use, in bytes: usually, and while what was deferred
// runs after that was too much. What is left is for compiled code that is called last.
var stackLimit, stackEnd atomic.Uintptr

func init() { setStackLimit(1 << 30) }

// LimitStack sets how large the stack of a goroutine may become, in bytes, for all
// code of the process. A recursion that needs more of it panics with a Fatal if it is
// the session's, and ends the process if it is compiled. It returns what was set before, as
// debug.SetMaxStack does, which it stands for.
func LimitStack(size int) (before int) {
	before = debug.SetMaxStack(size)
	setStackLimit(max(size, minStack))
	return before
}

// minStack is the least that a goroutine may use; less makes no program run.
const minStack = 1 << 20

func setStackLimit(size int) {
	most := uintptr(1) << (bits.Len(uint(size)) - 1) // stacks grow by doubling
	stackLimit.Store(most / 4 * 3)
	stackEnd.Store(most / 16 * 15)
}

// stackUsed returns how much of its stack the calling goroutine uses, in bytes.
func stackUsed() uintptr

// goroutine returns a number that no other goroutine has while the calling one lives.
func goroutine() uintptr

// checkStack panics if the stack is full.
func (th *Thread) checkStack() {
	used := stackUsed()
	limit := stackLimit.Load()
	if used < limit {
		if used < limit/2 {
			th.tight = false
		}
		return
	}
	if th.tight && used < stackEnd.Load() {
		return
	}
	th.tight = true
	panic(errStack)
}
