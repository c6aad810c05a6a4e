package main

import (
	"fmt"
	"sync"
)

type Fork struct{ sync.Mutex }

type Philosopher struct {
	id          int
	left, right *Fork
	meals       int
}

func (p *Philosopher) dine(n int, wg *sync.WaitGroup) {
	defer wg.Done()
	for range n {
		p.left.Lock()
		p.right.Lock()
		p.meals++
		p.right.Unlock()
		p.left.Unlock()
	}
}

func main() {
	forks := make([]*Fork, 5)
	for i := range forks {
		forks[i] = new(Fork)
	}
	var wg sync.WaitGroup
	ps := make([]*Philosopher, 5)
	for i := range ps {
		l, r := forks[i], forks[(i+1)%5]
		if i == 4 {
			l, r = r, l
		}
		ps[i] = &Philosopher{id: i, left: l, right: r}
		wg.Add(1)
		go ps[i].dine(20, &wg)
	}
	wg.Wait()
	for _, p := range ps {
		fmt.Println(p.id, p.meals)
	}
}
