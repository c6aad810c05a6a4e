package interp

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/interp/link"
)

// readFrames hands on what the child sends.
func (i *Interp) readFrames(r *link.Reader) {
	for {
		f, err := r.Next()
		switch {
		case err != nil:
			if !errors.Is(err, io.EOF) {
				i.kill("it wrote what the kernel can't read: " + err.Error())
			}
			return
		case f.Event != nil:
			i.event(f.Event)
		case f.Kind == link.Mark:
			i.marks.wait(f.Run) // what it wrote to the other pipe comes first
			i.shown.reach(f.Run)
		default:
			i.opts.Output(f.Run, f.Kind, f.Data)
		}
	}
}

func (i *Interp) event(e *link.Event) {
	switch e.Type {
	case link.EventReady:
		close(i.ready)
	case link.EventStarted:
		i.mu.Lock()
		r := i.runs[e.Run]
		i.mu.Unlock()
		if r != nil {
			r.once.Do(func() { close(r.started) })
		}
	case link.EventDone:
		i.marks.wait(e.Run) // what it wrote to the other pipe comes first
		i.mu.Lock()
		r := i.runs[e.Run]
		delete(i.runs, e.Run)
		i.mu.Unlock()
		if r != nil {
			r.end(e.Done, nil)
		}
	case link.EventGroup, link.EventUngroup:
		i.mu.Lock()
		defer i.mu.Unlock()
		if e.Type == link.EventGroup {
			i.groups[e.Group] = true
		} else {
			delete(i.groups, e.Group)
		}
	case link.EventPanic:
		i.mu.Lock()
		defer i.mu.Unlock()
		i.panic = e
	case link.EventWhere:
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.where == nil {
			i.where = e
			close(i.located)
		}
	default:
		i.opts.Event(e)
	}
}

// readStderr hands on what is written to file descriptor 2, and keeps it where the Go
// runtime gives up: its reasons are there.
func (i *Interp) readStderr(r *link.Reader) {
	output := func(p []byte) {
		if len(p) > 0 {
			i.opts.Output(0, RawStderr, p)
		}
	}
	defer i.marks.end()
	for {
		f, err := r.Next()
		if err != nil {
			return
		}
		i.marks.handing(true)
		if f.Kind == link.Mark {
			output(i.stderr.release()) // it lives: those were no last words
			i.marks.pass(f.Run)
		} else {
			output(i.stderr.write(f.Data))
		}
		i.marks.handing(false)
	}
}

// marks tell the reader of frames that what a run wrote to file descriptor 2 has been
// handed on: the child writes a mark there before it says that a run is done. The zero
// value is ready to use.
type marks struct {
	mu     sync.Mutex
	passed map[int]chan struct{} // closed when the mark of the run has come
	ended  bool
	busy   bool // the reader hands on what it has read
	lost   bool // the child's file descriptor 2 was closed or replaced: no more marks
}

// of returns the channel that the mark of a run closes. m.mu is held.
func (m *marks) of(run int) chan struct{} {
	if m.passed == nil {
		m.passed = map[int]chan struct{}{}
	}
	c := m.passed[run]
	if c == nil {
		c = make(chan struct{})
		m.passed[run] = c
	}
	return c
}

func (m *marks) pass(run int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.lost {
		open(m.of(run))
	}
}

// open closes c, if it isn't closed yet.
func open(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

func (m *marks) handing(busy bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = busy
}

func (m *marks) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	for _, c := range m.passed {
		open(c)
	}
}

// markGrace is how long a mark may take that was written.
const markGrace = 100 * time.Millisecond

// wait waits for the mark of a run.
func (m *marks) wait(run int) {
	m.mu.Lock()
	if m.ended || m.lost {
		m.mu.Unlock()
		return
	}
	c := m.of(run)
	m.mu.Unlock()
	t := time.NewTicker(markGrace)
	defer t.Stop()
	for {
		select {
		case <-c:
			m.mu.Lock()
			delete(m.passed, run)
			m.mu.Unlock()
			return
		case <-t.C:
			m.mu.Lock()
			m.lost = !m.busy
			lost := m.lost
			m.mu.Unlock()
			if lost {
				return
			}
		}
	}
}

// Printed waits until what the child printed before it set a mark, or all that there will ever be,
// has been handed on. Marks are set in order, from 1.
func (i *Interp) Printed(mark int) {
	select {
	case <-i.shown.at(mark):
	case <-i.gone:
	}
}

// A progress is the last mark that has come. The zero value is ready to use.
type progress struct {
	mu    sync.Mutex
	last  int
	waits map[int]chan struct{} // closed when the mark has come
}

func (p *progress) reach(mark int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = mark
	for m, c := range p.waits {
		if m <= mark {
			close(c)
			delete(p.waits, m)
		}
	}
}

// at returns a channel that closes when a mark has come.
func (p *progress) at(mark int) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.waits[mark]
	if c == nil {
		c = make(chan struct{})
		if mark <= p.last {
			close(c)
			return c
		}
		if p.waits == nil {
			p.waits = map[int]chan struct{}{}
		}
		p.waits[mark] = c
	}
	return c
}

// wait collects the process and tells those who wait for it.
func (i *Interp) wait(reading *sync.WaitGroup, files ...io.Closer) {
	err := i.cmd.Wait()
	i.mu.Lock()
	killTree(i.cmd.Process) // what it has started and left behind
	for g := range i.groups {
		killGroup(g)
	}
	i.reaped = true
	i.mu.Unlock()
	close(i.exited)
	reading.Wait() // what the dead child wrote is in the pipes
	closeAll(files...)

	i.mu.Lock()
	i.death = i.explain(err)
	runs := i.runs
	i.runs = nil
	i.mu.Unlock()
	close(i.gone)
	for _, r := range runs {
		r.end(nil, i.death)
	}
}
