package shim

import (
	"context"
	"reflect"
	"runtime"
	"sync"
	"time"

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

//go:noinline
func waitGroup(w *sync.WaitGroup) { wait(w.Wait, func() {}) }

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
	over := make(chan struct{})
	go func() {
		block()
		select {
		case <-stop: // perhaps both are true: then the waiter decides
			select {
			case over <- struct{}{}:
			case <-time.After(time.Second):
				undo()
			}
		case over <- struct{}{}:
		}
	}()
	select {
	case <-over:
	case <-stop:
		select {
		case <-over:
			undo()
		default:
		}
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
