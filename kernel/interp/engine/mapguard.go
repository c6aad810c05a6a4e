package engine

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A Fatal is what ends a Go program at once and, here, the cell: no deferred call can recover
// from it.
type Fatal string

func (f Fatal) Error() string { return "fatal error: " + string(f) }

// The Go runtime ends the process when it notices that two goroutines use a map at the
// same time and one writes. So that it never does because of the session's code, such uses exclude
// each other while there is more than one goroutine, and those that would meet panic.

// active is how many goroutines run code of the session: calls of Run, and what they started.
var active atomic.Int32

// A gate lets readers of the maps that it stands for in together, and writers alone.
type gate struct {
	state atomic.Int32 // number of readers; writing while there is a writer
	owner atomic.Pointer[byte]
	_     [48]byte // gates don't share a line of the processor's cache
}

const writing = -1 << 20

var gates [256]gate

func gateOf(m unsafe.Pointer) *gate {
	h := uint64(uintptr(m)) * 0x9E3779B97F4A7C15
	return &gates[h>>56]
}

// read enters as a reader.
func (g *gate) read(m unsafe.Pointer) {
	for g.state.Add(1) <= 0 {
		g.state.Add(-1)
		if unsafe.Pointer(g.owner.Load()) == m {
			panic(Fatal("concurrent map read and map write"))
		}
		runtime.Gosched()
	}
}

func (g *gate) done() { g.state.Add(-1) }

// write enters as the writer.
func (g *gate) write(m unsafe.Pointer) {
	for !g.state.CompareAndSwap(0, writing) {
		if unsafe.Pointer(g.owner.Load()) == m {
			panic(Fatal("concurrent map writes"))
		}
		runtime.Gosched()
	}
	g.owner.Store((*byte)(m))
}

func (g *gate) written() {
	g.owner.Store(nil)
	g.state.Add(-writing)
}

func mapAccess(t, m, key unsafe.Pointer) (unsafe.Pointer, bool) {
	if active.Load() < 2 || m == nil {
		return mapAccessAlone(t, m, key)
	}
	g := gateOf(m)
	g.read(m)
	defer g.done() // a key may not be hashable
	return mapAccessAlone(t, m, key)
}

func mapAccess32(t, m unsafe.Pointer, key uint32) (unsafe.Pointer, bool) {
	if active.Load() < 2 || m == nil {
		return mapAccess32Alone(t, m, key)
	}
	g := gateOf(m)
	g.read(m)
	p, ok := mapAccess32Alone(t, m, key)
	g.done()
	return p, ok
}

func mapAccess64(t, m unsafe.Pointer, key uint64) (unsafe.Pointer, bool) {
	if active.Load() < 2 || m == nil {
		return mapAccess64Alone(t, m, key)
	}
	g := gateOf(m)
	g.read(m)
	p, ok := mapAccess64Alone(t, m, key)
	g.done()
	return p, ok
}

func mapAccessString(t, m unsafe.Pointer, key string) (unsafe.Pointer, bool) {
	if active.Load() < 2 || m == nil {
		return mapAccessStringAlone(t, m, key)
	}
	g := gateOf(m)
	g.read(m)
	p, ok := mapAccessStringAlone(t, m, key)
	g.done()
	return p, ok
}

func mapAssign(t, m, key unsafe.Pointer) unsafe.Pointer {
	if active.Load() < 2 || m == nil {
		return mapAssignAlone(t, m, key)
	}
	g := gateOf(m)
	g.write(m)
	defer g.written()
	return mapAssignAlone(t, m, key)
}

func mapAssign32(t, m unsafe.Pointer, key uint32) unsafe.Pointer {
	if active.Load() < 2 || m == nil {
		return mapAssign32Alone(t, m, key)
	}
	g := gateOf(m)
	g.write(m)
	p := mapAssign32Alone(t, m, key)
	g.written()
	return p
}

func mapAssign64(t, m unsafe.Pointer, key uint64) unsafe.Pointer {
	if active.Load() < 2 || m == nil {
		return mapAssign64Alone(t, m, key)
	}
	g := gateOf(m)
	g.write(m)
	p := mapAssign64Alone(t, m, key)
	g.written()
	return p
}

func mapAssignString(t, m unsafe.Pointer, key string) unsafe.Pointer {
	if active.Load() < 2 || m == nil {
		return mapAssignStringAlone(t, m, key)
	}
	g := gateOf(m)
	g.write(m)
	p := mapAssignStringAlone(t, m, key)
	g.written()
	return p
}

func mapDelete(t, m, key unsafe.Pointer) {
	if active.Load() < 2 || m == nil {
		mapDeleteAlone(t, m, key)
		return
	}
	g := gateOf(m)
	g.write(m)
	defer g.written()
	mapDeleteAlone(t, m, key)
}

func mapClear(t, m unsafe.Pointer) {
	if active.Load() < 2 || m == nil {
		mapClearAlone(t, m)
		return
	}
	g := gateOf(m)
	g.write(m)
	defer g.written()
	mapClearAlone(t, m)
}

func mapIterInit(t, m unsafe.Pointer, it *mapIter) {
	if active.Load() < 2 || m == nil {
		mapIterInitAlone(t, m, it)
		return
	}
	g := gateOf(m)
	g.read(m)
	mapIterInitAlone(t, m, it)
	g.done()
}

// mapIterNext takes the map that it iterates over, for the gate.
func mapIterNext(m unsafe.Pointer, it *mapIter) {
	if active.Load() < 2 || m == nil {
		mapIterNextAlone(it)
		return
	}
	g := gateOf(m)
	g.read(m)
	mapIterNextAlone(it)
	g.done()
}
