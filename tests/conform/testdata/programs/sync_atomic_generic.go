package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

type Config struct{ Name string }

func main() {
	var p atomic.Pointer[Config]
	fmt.Println(p.Load() == nil)
	p.Store(&Config{"a"})
	old := p.Swap(&Config{"b"})
	fmt.Println(old.Name, p.Load().Name, p.CompareAndSwap(old, old))
	var n atomic.Int64
	var b atomic.Bool
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			n.Add(int64(i))
			b.Store(true)
		}()
	}
	wg.Wait()
	fmt.Println(n.Load(), b.Load())
	calls := 0
	v := sync.OnceValue(func() int { calls++; return 42 })
	fmt.Println(v(), v(), calls)
	vs := sync.OnceValues(func() (string, error) { return "x", errors.New("once") })
	fmt.Println(vs())
	f := sync.OnceFunc(func() { fmt.Println("only once") })
	f()
	f()
	var m sync.Map
	m.Store("k", 1)
	x, loaded := m.LoadOrStore("k", 2)
	fmt.Println(x, loaded)
	m.Range(func(k, v any) bool { fmt.Println(k, v); return true })
	pool := sync.Pool{New: func() any { return &Config{"new"} }}
	fmt.Println(pool.Get().(*Config).Name)
	var av atomic.Value
	av.Store([]int{1})
	fmt.Println(av.Load().([]int)[0])
	var u uint32 = 5
	fmt.Println(atomic.AddUint32(&u, ^uint32(0)), atomic.CompareAndSwapUint32(&u, 4, 10), u)
}
