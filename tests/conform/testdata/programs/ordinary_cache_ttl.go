package main

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

type Clock interface{ Now() time.Time }
type fake struct{ t time.Time }

func (f *fake) Now() time.Time          { return f.t }
func (f *fake) Advance(d time.Duration) { f.t = f.t.Add(d) }

type item[V any] struct {
	v   V
	exp time.Time
}

type Cache[K comparable, V any] struct {
	sync.Mutex
	clock Clock
	ttl   time.Duration
	m     map[K]item[V]
}

func NewCache[K comparable, V any](c Clock, ttl time.Duration) *Cache[K, V] {
	return &Cache[K, V]{clock: c, ttl: ttl, m: make(map[K]item[V])}
}

func (c *Cache[K, V]) GetOrLoad(k K, load func(K) (V, error)) (V, error) {
	c.Lock()
	defer c.Unlock()
	if it, ok := c.m[k]; ok && c.clock.Now().Before(it.exp) {
		return it.v, nil
	}
	v, err := load(k)
	if err == nil {
		c.m[k] = item[V]{v, c.clock.Now().Add(c.ttl)}
	}
	return v, err
}

func main() {
	clk := &fake{time.Unix(0, 0)}
	c := NewCache[string, int](clk, time.Minute)
	loads := 0
	load := func(s string) (int, error) {
		loads++
		return strconv.Atoi(s)
	}
	fmt.Println(c.GetOrLoad("12", load))
	fmt.Println(c.GetOrLoad("12", load))
	clk.Advance(2 * time.Minute)
	fmt.Println(c.GetOrLoad("12", load))
	fmt.Println(c.GetOrLoad("x", load))
	fmt.Println(loads)
}
