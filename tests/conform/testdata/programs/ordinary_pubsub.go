package main

import (
	"fmt"
	"sync"
)

type Bus struct {
	mu   sync.RWMutex
	subs map[string][]chan string
	wg   sync.WaitGroup
}

func (b *Bus) Subscribe(topic string, f func(string)) {
	ch := make(chan string, 8)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[string][]chan string{}
	}
	b.subs[topic] = append(b.subs[topic], ch)
	b.wg.Add(1)
	go func() {
		defer b.wg.Done()
		for m := range ch {
			f(m)
		}
	}()
}

func (b *Bus) Publish(topic, msg string) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, ch := range b.subs[topic] {
		ch <- msg
	}
	return len(b.subs[topic])
}

func (b *Bus) Close() {
	for _, l := range b.subs {
		for _, c := range l {
			close(c)
		}
	}
	b.wg.Wait()
}

func main() {
	var b Bus
	var mu sync.Mutex
	got := map[string][]string{}
	sub := func(name string) func(string) {
		return func(m string) {
			mu.Lock()
			defer mu.Unlock()
			got[name] = append(got[name], m)
		}
	}
	b.Subscribe("news", sub("a"))
	b.Subscribe("news", sub("b"))
	b.Subscribe("misc", sub("c"))
	fmt.Println(b.Publish("news", "n1"), b.Publish("news", "n2"), b.Publish("misc", "m"), b.Publish("none", "x"))
	b.Close()
	fmt.Println(got)
}
