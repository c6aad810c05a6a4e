package main

import (
	"fmt"
	"sync"
	"time"
)

type Bucket struct {
	tokens, max int
	tick        *time.Ticker
	mu          sync.Mutex
}

func (b *Bucket) Allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens == 0 {
		return false
	}
	b.tokens--
	return true
}

func (b *Bucket) refill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+1, b.max)
}

func main() {
	b := &Bucket{tokens: 3, max: 3}
	for i := range 5 {
		fmt.Println(i, b.Allow())
	}
	limiter := time.Tick(2 * time.Millisecond)
	start := time.Now()
	for range 3 {
		<-limiter
		b.refill()
	}
	fmt.Println(b.Allow(), time.Since(start) >= 5*time.Millisecond)
}
