package core

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/goherd/goherd/runtime/bus"
)

// A Process is a function that runs in a process of its own. Its methods may be called from any goroutine.
type Process struct {
	f       *Future
	pid     atomic.Int64
	started chan struct{} // closes when there is a process
	code    atomic.Int64
}

// StartProcess begins a call of one item in a process of its own, and waits until that is there.
func StartProcess(c Call) (*Process, error) {
	p := &Process{started: make(chan struct{})}
	c.Options = append([]Option{Deaths(0)}, c.Options...) // who kills it means it
	j, err := Tasks().begin(c)
	if err != nil {
		return nil, err
	}
	first := true
	j.started = func(m *bus.Started) { // one after the other
		p.pid.Store(int64(m.Pid))
		if first {
			first = false
			close(p.started)
		}
	}
	p.f = newFuture(c.Name+" of "+j.name, nil)
	p.f.cancel = j.cancel
	go func() {
		err := errors.New("its goroutine was ended")
		defer func() { p.f.end(err) }()
		err = j.drive()
		p.code.Store(int64(exitCode(err)))
	}()
	either := make(chan struct{})
	go func() {
		select {
		case <-p.started:
		case <-p.f.Done():
		}
		close(either)
	}()
	if err := block(either, nil); err != nil {
		return nil, err
	}
	if p.Pid() == 0 {
		if err := p.f.result(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// exitCode is what a process ends with that does so with an error.
func exitCode(err error) int {
	var e *ItemError
	var r *Remote
	switch {
	case err == nil:
		return 0
	case errors.As(err, &r) && r.Type == "exit":
		return r.Code
	case errors.As(err, &e) && (e.Kind == "panic" || e.Kind == "error"):
		return 2
	}
	return -1
}

// Pid returns the number of the process: that of the last, if it was tried again after its death.
func (p *Process) Pid() int { return int(p.pid.Load()) }

// Join waits until the process has ended, and returns how it failed: with a panic, by a signal, with an exit code that isn't 0.
func (p *Process) Join() error { return p.Wait(context.Background()) }

// Wait is Join that doesn't wait longer than ctx.
func (p *Process) Wait(ctx context.Context) error {
	if err := p.f.Wait(ctx); err != nil {
		if p.f.Over() && p.ExitCode() == 0 {
			return nil // os.Exit(0)
		}
		return err
	}
	return nil
}

// Done returns a channel that closes when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.f.Done() }

// ExitCode returns what the process ended with: 0 if its function returned, -1 if a signal ended it or it runs still.
func (p *Process) ExitCode() int {
	if !p.f.Over() {
		return -1
	}
	return int(p.code.Load())
}

// Kill ends the process at once. Join then returns an error that says so.
func (p *Process) Kill() { p.f.Cancel() }

// Signal sends a signal to the process, as os.Process does.
func (p *Process) Signal(s os.Signal) error {
	if p.f.Over() {
		return os.ErrProcessDone
	}
	o, err := os.FindProcess(p.Pid())
	if err != nil {
		return err
	}
	defer o.Release()
	return o.Signal(s)
}

// String says which process it is and how it stands.
func (p *Process) String() string {
	if !p.f.Over() {
		return fmt.Sprintf("process %d, running", p.Pid())
	}
	return fmt.Sprintf("process %d, ended with %d", p.Pid(), p.ExitCode())
}
