package shim

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/interp/token"
)

// blocked are waits that only an interrupt ends.
var blocked = map[string]func(){
	"Sleep":      func() { Sleep(time.Hour) },
	"real Mutex": func() { var m sync.Mutex; lockMutex(&m); lockMutex(&m) },
	"real RWMutex.Lock": func() {
		var m sync.RWMutex
		rlockRWMutex(&m)
		lockRWMutex(&m)
	},
	"real RWMutex.RLock": func() {
		var m sync.RWMutex
		lockRWMutex(&m)
		rlockRWMutex(&m)
	},
	"real WaitGroup": func() { var w sync.WaitGroup; w.Add(1); waitGroup(&w) },
	"real Cond": func() {
		c := sync.NewCond(new(sync.Mutex))
		c.L.Lock()
		defer c.L.Unlock()
		condWait(c)
	},
	"Mutex": func() { var m Mutex; m.Lock(); m.Lock() },
	"RWMutex.Lock": func() {
		var m RWMutex
		m.RLock()
		m.Lock()
	},
	"RWMutex.RLock": func() {
		var m RWMutex
		m.Lock()
		m.RLock()
	},
	"WaitGroup": func() { var w WaitGroup; w.Add(1); w.Wait() },
	"Cond": func() {
		c := NewCond(&Mutex{})
		c.L.Lock()
		defer c.L.Unlock()
		c.Wait()
	},
}

func TestInterruptEndsWait(t *testing.T) {
	for name, wait := range blocked {
		t.Run(name, func(t *testing.T) {
			tok := token.New(1)
			ended := make(chan string, 1)
			how := "ended by the interrupt"
			go func() {
				tok.Enter()
				defer func() { ended <- how }()
				wait()
				how = "returned"
			}()
			time.Sleep(5 * time.Millisecond)
			select {
			case how := <-ended:
				t.Fatal("ended before the interrupt:", how)
			default:
			}
			tok.Interrupt()
			if how := <-ended; how != "ended by the interrupt" {
				t.Error(how)
			}
		})
	}
}

func TestMutualExclusion(t *testing.T) {
	var m Mutex
	var rw RWMutex
	var wg WaitGroup
	n, readers := 0, atomic.Int32{}
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				m.Lock()
				n++
				m.Unlock()
				rw.RLock()
				readers.Add(1)
				readers.Add(-1)
				rw.RUnlock()
				rw.Lock()
				if readers.Load() != 0 {
					t.Error("a reader beside a writer")
				}
				rw.Unlock()
			}
		})
	}
	wg.Wait()
	if n != 8000 {
		t.Error(n)
	}
}

func TestCond(t *testing.T) {
	c := NewCond(&Mutex{})
	ready, woken := 0, 0
	var wg WaitGroup
	for range 10 {
		wg.Go(func() {
			c.L.Lock()
			defer c.L.Unlock()
			for ready == 0 {
				c.Wait()
			}
			ready--
			woken++
		})
	}
	for range 10 {
		c.L.Lock()
		ready++
		c.L.Unlock()
		c.Signal()
		c.Broadcast()
	}
	wg.Wait()
	if woken != 10 {
		t.Error(woken)
	}
}

func TestNegativeWaitGroup(t *testing.T) {
	defer func() {
		if r := recover(); r != "sync: negative WaitGroup counter" {
			t.Error(r)
		}
	}()
	new(WaitGroup).Done()
}

func TestAfterFuncKeepsToken(t *testing.T) {
	var wg sync.WaitGroup
	tok := token.New(3)
	wg.Add(1)
	go func() {
		tok.Enter()
		AfterFunc(0, func() {
			defer wg.Done()
			if token.Current() != tok {
				t.Error("the token is lost")
			}
		})
	}()
	wg.Wait()
}
