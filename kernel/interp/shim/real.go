package shim

import (
	"context"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/token"
)

// Methods take the place of methods of the real types, for an interpreter whose code
// uses those: the names are "path.T.M" and "path.(*T).M", the first parameter is the receiver.
var Methods = map[string]reflect.Value{
	"sync.(*Mutex).Lock":     reflect.ValueOf(lockMutex),
	"sync.(*RWMutex).Lock":   reflect.ValueOf(lockRWMutex),
	"sync.(*RWMutex).RLock":  reflect.ValueOf(rlockRWMutex),
	"sync.(*Cond).Wait":      reflect.ValueOf(condWait),
	"sync.(*WaitGroup).Wait": reflect.ValueOf(waitGroup),
}

// Tracebacks are searched for these names: see link.Asleep.

//go:noinline
func lockMutex(m *sync.Mutex) { lock(m, m.TryLock) }

//go:noinline
func lockRWMutex(m *sync.RWMutex) { lock(m, m.TryLock) }

//go:noinline
func rlockRWMutex(m *sync.RWMutex) { lock(m.RLocker(), m.TryRLock) }

// waitGroup is sync.WaitGroup.Wait. It looks again and again, at most some milliseconds too late: a goroutine
// that were left in Wait after an interrupt would, if a cell declares the variable anew, be woken
// in the place of another.
//
//go:noinline
func waitGroup(w *sync.WaitGroup) {
	if counterField == none {
		wait(w.Wait, func() {})
		return
	}
	state := (*atomic.Uint64)(unsafe.Add(unsafe.Pointer(w), counterField))
	for range spins {
		if state.Load()>>32 == 0 {
			return
		}
		runtime.Gosched()
	}
	t, stop := done()
	timer := time.NewTimer(shortest)
	defer timer.Stop()
	for start := time.Now(); state.Load()>>32 != 0; timer.Reset(min(max(time.Since(start)/32, shortest), longest)) {
		select {
		case <-timer.C:
		case <-stop:
			t.Exit()
		}
	}
}

// How long waitGroup waits between two looks, at least and at most.
const (
	shortest = 20 * time.Microsecond
	longest  = 20 * time.Millisecond
)

const none = ^uintptr(0)

// counterField is where in a sync.WaitGroup the word is whose upper half is the counter, none if this
// Go version has no such word.
var counterField = func() uintptr {
	f, ok := reflect.TypeFor[sync.WaitGroup]().FieldByName("state")
	if !ok || f.Type != reflect.TypeFor[atomic.Uint64]() {
		return none
	}
	w := new(sync.WaitGroup)
	w.Add(3)
	if (*atomic.Uint64)(unsafe.Add(unsafe.Pointer(w), f.Offset)).Load() != 3<<32 {
		return none
	}
	return f.Offset
}()

// Guarded are functions that start goroutines of their own for a function of the cell:
// start runs it so that a panic is that goroutine's alone.
func Guarded(start func(f func())) (funcs map[string]map[string]reflect.Value, methods map[string]reflect.Value) {
	funcs = map[string]map[string]reflect.Value{
		"time/time": {"AfterFunc": reflect.ValueOf(func(d time.Duration, f func()) *time.Timer {
			return AfterFunc(d, func() { start(f) })
		})},
		"context/context": {"AfterFunc": reflect.ValueOf(func(ctx context.Context, f func()) func() bool {
			t := token.Current()
			return context.AfterFunc(ctx, func() {
				t.Enter()
				start(f)
			})
		})},
	}
	methods = map[string]reflect.Value{
		"sync.(*WaitGroup).Go": reflect.ValueOf(func(w *sync.WaitGroup, f func()) {
			w.Add(1)
			go func() {
				defer w.Done()
				start(f)
			}()
		}),
	}
	return funcs, methods
}

// spins is how often a lock that is held is tried before the goroutine waits for it in a
// way that an interrupt can end.
const spins = 30

// lock locks l, or ends the goroutine with its cell.
func lock(l sync.Locker, try func() bool) {
	if try() {
		return
	}
	if token.Current() == nil {
		l.Lock()
		return
	}
	for range spins {
		runtime.Gosched()
		if try() {
			return
		}
	}
	wait(l.Lock, l.Unlock)
}

// wait calls block, which can't be interrupted, in a goroutine of its own, so that the
// calling one can end with its cell. If it has, undo is called when block is done.
func wait(block, undo func()) {
	t, stop := done()
	over, left := make(chan struct{}), make(chan struct{})
	go func() {
		block()
		select {
		case over <- struct{}{}:
		case <-left:
			undo()
		}
	}()
	select {
	case <-over:
	case <-stop:
		close(left)
		t.Exit()
	}
}

// condWait is sync.Cond.Wait. A goroutine that ends with its cell holds L while it runs
// its deferred calls, as those expect.
func condWait(c *sync.Cond) {
	t, stop := done()
	over := make(chan struct{})
	go func() {
		c.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-stop:
		c.Broadcast() // among others the goroutine above
		<-over
		t.Exit()
	}
}
