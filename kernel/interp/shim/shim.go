// Package shim replaces the standard functions and types that block, or that end
// the process, so that an interrupt of the cell ends the wait and os.Exit ends
// only the cell. Each keeps its name and methods: the interpreter binds
// "time.Sleep" and "sync.Mutex" to these. Compiled code of the standard library
// goes on using the real ones.
package shim

import (
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/kernel/interp/token"
)

// Exports are laid over those of package std.
var Exports = map[string]map[string]reflect.Value{
	"time/time": {
		"Sleep":     reflect.ValueOf(Sleep),
		"AfterFunc": reflect.ValueOf(AfterFunc),
	},
	"sync/sync": {
		"Mutex":     reflect.ValueOf((*Mutex)(nil)),
		"RWMutex":   reflect.ValueOf((*RWMutex)(nil)),
		"WaitGroup": reflect.ValueOf((*WaitGroup)(nil)),
		"Cond":      reflect.ValueOf((*Cond)(nil)),
		"NewCond":   reflect.ValueOf(NewCond),
	},
}

// never is the done channel of goroutines that belong to no run.
var never = make(chan struct{})

// done returns the token of the calling goroutine, or nil, and the channel that
// closes when its run is interrupted.
func done() (*token.Token, <-chan struct{}) {
	if t := token.Current(); t != nil {
		return t, t.Done
	}
	return nil, never
}

// Sleep is time.Sleep that ends with its cell.
func Sleep(d time.Duration) {
	if d <= 0 {
		runtime.Gosched()
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	t, stop := done()
	select {
	case <-timer.C:
	case <-stop:
		t.Exit()
	}
}

// AfterFunc is time.AfterFunc whose function runs as its cell.
func AfterFunc(d time.Duration, f func()) *time.Timer {
	t := token.Current()
	return time.AfterFunc(d, func() {
		t.Enter()
		f()
	})
}

// waiters lets goroutines wait for a lock together with their cell's end: TryLock
// fails, then they sleep until the next unlock. The zero value is ready to use.
type waiters struct {
	n    atomic.Int32
	mu   sync.Mutex
	wake chan struct{} // closed at the next unlock; nil while nobody waits
}

// wait calls try until it succeeds or the cell of the goroutine ends.
func (w *waiters) wait(try func() bool) {
	if try() {
		return
	}
	t, stop := done()
	w.n.Add(1)
	defer w.n.Add(-1)
	for {
		w.mu.Lock()
		if w.wake == nil {
			w.wake = make(chan struct{})
		}
		c := w.wake
		w.mu.Unlock()
		if try() {
			return
		}
		select {
		case <-c:
		case <-stop:
			t.Exit()
		}
	}
}

// unlocked wakes those that wait.
func (w *waiters) unlocked() {
	if w.n.Load() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wake != nil {
		close(w.wake)
		w.wake = nil
	}
}

// Mutex is a sync.Mutex whose Lock ends with its cell.
type Mutex struct {
	mu sync.Mutex
	w  waiters
}

// TryLock is sync.Mutex.TryLock.
func (m *Mutex) TryLock() bool { return m.mu.TryLock() }

// Lock is sync.Mutex.Lock.
func (m *Mutex) Lock() { m.w.wait(m.mu.TryLock) }

// Unlock is sync.Mutex.Unlock.
func (m *Mutex) Unlock() {
	m.mu.Unlock()
	m.w.unlocked()
}

// RWMutex is a sync.RWMutex whose Lock and RLock end with their cell. A writer that
// waits keeps new readers out, as in sync.
type RWMutex struct {
	mu      sync.RWMutex
	w       waiters
	writers atomic.Int32 // that wait
}

// TryLock is sync.RWMutex.TryLock.
func (m *RWMutex) TryLock() bool { return m.mu.TryLock() }

// Lock is sync.RWMutex.Lock.
func (m *RWMutex) Lock() {
	if m.mu.TryLock() {
		return
	}
	m.writers.Add(1)
	defer func() {
		m.writers.Add(-1)
		m.w.unlocked() // readers kept out by this writer, if it gave up
	}()
	m.w.wait(m.mu.TryLock)
}

// Unlock is sync.RWMutex.Unlock.
func (m *RWMutex) Unlock() {
	m.mu.Unlock()
	m.w.unlocked()
}

// TryRLock is sync.RWMutex.TryRLock.
func (m *RWMutex) TryRLock() bool { return m.writers.Load() == 0 && m.mu.TryRLock() }

// RLock is sync.RWMutex.RLock.
func (m *RWMutex) RLock() { m.w.wait(m.TryRLock) }

// RUnlock is sync.RWMutex.RUnlock.
func (m *RWMutex) RUnlock() {
	m.mu.RUnlock()
	m.w.unlocked()
}

// RLocker is sync.RWMutex.RLocker.
func (m *RWMutex) RLocker() sync.Locker { return rlocker{m} }

type rlocker struct{ m *RWMutex }

func (r rlocker) Lock()   { r.m.RLock() }
func (r rlocker) Unlock() { r.m.RUnlock() }

// WaitGroup is a sync.WaitGroup whose Wait ends with its cell.
type WaitGroup struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when n is zero again; nil while nobody waits
}

// Add is sync.WaitGroup.Add.
func (w *WaitGroup) Add(delta int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n += delta
	if w.n < 0 {
		w.n -= delta
		panic("sync: negative WaitGroup counter")
	}
	if w.n == 0 && w.zero != nil {
		close(w.zero)
		w.zero = nil
	}
}

// Done is sync.WaitGroup.Done.
func (w *WaitGroup) Done() { w.Add(-1) }

// Go is sync.WaitGroup.Go.
func (w *WaitGroup) Go(f func()) {
	w.Add(1)
	go func() {
		defer w.Done()
		f()
	}()
}

// Wait is sync.WaitGroup.Wait.
func (w *WaitGroup) Wait() {
	w.mu.Lock()
	if w.n == 0 {
		w.mu.Unlock()
		return
	}
	if w.zero == nil {
		w.zero = make(chan struct{})
	}
	c := w.zero
	w.mu.Unlock()
	t, stop := done()
	select {
	case <-c:
	case <-stop:
		t.Exit()
	}
}

// Cond is a sync.Cond whose Wait ends with its cell. It must be made by NewCond.
type Cond struct {
	// L is held while observing or changing the condition.
	L sync.Locker

	mu    sync.Mutex
	queue []chan struct{} // of those that wait, oldest first
}

// NewCond is sync.NewCond.
func NewCond(l sync.Locker) *Cond { return &Cond{L: l} }

// Wait is sync.Cond.Wait.
func (c *Cond) Wait() {
	turn := make(chan struct{})
	c.mu.Lock()
	c.queue = append(c.queue, turn)
	c.mu.Unlock()
	c.L.Unlock()
	t, stop := done()
	select {
	case <-turn:
		c.L.Lock()
	case <-stop:
		c.leave(turn)
		c.L.Lock() // deferred calls will unlock it
		t.Exit()
	}
}

// leave takes a waiter out of the queue, and passes a signal on that it was given
// in the meantime.
func (c *Cond) leave(turn chan struct{}) {
	c.mu.Lock()
	for i, q := range c.queue {
		if q == turn {
			c.queue = append(c.queue[:i:i], c.queue[i+1:]...)
			c.mu.Unlock()
			return
		}
	}
	c.mu.Unlock()
	c.Signal()
}

// Signal is sync.Cond.Signal.
func (c *Cond) Signal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 {
		close(c.queue[0])
		c.queue = c.queue[1:]
	}
}

// Broadcast is sync.Cond.Broadcast.
func (c *Cond) Broadcast() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range c.queue {
		close(q)
	}
	c.queue = nil
}
