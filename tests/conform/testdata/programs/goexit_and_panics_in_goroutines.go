package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
)

func safe(name string, f func()) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%s: %v", name, r)
			}
		}()
		f()
	}()
	<-done
	return
}

func main() {
	fmt.Println(safe("ok", func() {}))
	fmt.Println(safe("index", func() { s := []int{}; _ = s[len(os.Args)+3] }))
	fmt.Println(safe("custom", func() { panic(errors.New("x")) }))
	fmt.Println(safe("goexit", func() {
		defer fmt.Println("deferred before goexit")
		runtime.Goexit()
	}))
	fmt.Println(safe("nested", func() {
		defer func() { panic(fmt.Sprint("second after ", recover())) }()
		panic("first")
	}))
	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	var rw sync.RWMutex
	rw.RLock()
	rw.RLock()
	fmt.Println(rw.TryLock())
	rw.RUnlock()
	rw.RUnlock()
	c := sync.NewCond(&sync.Mutex{})
	ready := false
	go func() { c.L.Lock(); ready = true; c.L.Unlock(); c.Broadcast() }()
	c.L.Lock()
	for !ready {
		c.Wait()
	}
	c.L.Unlock()
	fmt.Println(ready)
}
