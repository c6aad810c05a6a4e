package core

import (
	"slices"
	"sync"
)

// Places bound how many goroutines of a pool run at a time. Those of a higher priority get one first, else
// those that have waited longer.
type places struct {
	mu         sync.Mutex
	size, used int
	waiting    []*place
}

// A place is what a goroutine of a pool needs to run.
type place struct {
	of       *places
	priority int
	gone     <-chan struct{} // closes when the goroutine needs no place any more

	// Guarded by of.mu.
	held  bool
	over  bool          // it was taken away: the goroutine runs on without
	given chan struct{} // while it waits
}

// take waits for a place. It reports whether there is one: not if the goroutine isn't needed any more.
func (s *place) take() bool {
	p := s.of
	p.mu.Lock()
	if s.over || s.held {
		defer p.mu.Unlock()
		return s.held
	}
	if p.used < p.size && len(p.waiting) == 0 {
		p.used++
		s.held = true
		p.mu.Unlock()
		return true
	}
	given := make(chan struct{})
	s.given = given
	at := slices.IndexFunc(p.waiting, func(w *place) bool { return w.priority < s.priority })
	if at < 0 {
		at = len(p.waiting)
	}
	p.waiting = slices.Insert(p.waiting, at, s)
	p.mu.Unlock()
	select {
	case <-given:
		return true
	case <-s.gone:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(w *place) bool { return w == s })
	return s.held
}

// give gives the place back.
func (s *place) give() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.back()
}

// abandon gives the place of a goroutine back that runs on, and needs none from now on.
func (s *place) abandon() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.back()
	s.over = true
}

func (s *place) back() {
	if s.held {
		s.held = false
		s.of.used--
		s.of.grant()
	}
}

// pass lets others run if they wait for a place, and takes the next that is free. It reports whether there is one.
func (s *place) pass() bool {
	s.of.mu.Lock()
	wanted := s.of.used > s.of.size || len(s.of.waiting) > 0 && s.of.waiting[0].priority >= s.priority
	if wanted {
		s.back()
	}
	s.of.mu.Unlock()
	return !wanted || s.take()
}

// grant gives free places out. p.mu is held.
func (p *places) grant() {
	for p.used < p.size && len(p.waiting) > 0 {
		s := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.used++
		s.held = true
		close(s.given)
	}
}

func (p *places) resize(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = n
	p.grant()
}

func (p *places) state() (size, used, waiting int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size, p.used, len(p.waiting)
}

// lend gives the place that the calling goroutine holds in a pool to others while it waits, and returns what
// gets it one again.
func lend() (again func()) {
	f := current()
	if f == nil || f.place == nil {
		return func() {}
	}
	f.place.give()
	return func() { f.place.take() }
}
