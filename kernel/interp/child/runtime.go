package child

import (
	"errors"
	"os"
	"reflect"
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/ship"
)

// runtimeHost is the session as package core sees it, which cells use the parallel runtime through.
type runtimeHost struct{ s *session }

var _ core.Stopper = runtimeHost{}

// connectRuntime makes the process one that the runtime can be used in.
func (s *session) connectRuntime() {
	s.codec = ship.New(names{s: s})
	s.packer = ship.New(names{s: s, packing: true})
	core.SetHost(runtimeHost{s})
}

// An asked is a question for the runtime's address that hasn't been answered.
type asked chan link.Request

// Connect asks the kernel process where the runtime is. A worker knows it.
func (h runtimeHost) Connect(start bool) (bus.Address, error) {
	s := h.s
	if s.worker != nil {
		return s.worker.address, nil
	}
	answer := make(asked, 1)
	s.mu.Lock()
	s.questions++
	n := s.questions
	s.asked[n] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.asked, n)
	}()
	if err := s.w.Send(link.Event{Type: link.EventRuntime, Run: n, Start: start}); err != nil {
		return bus.Address{}, err
	}
	done, exit := h.Done()
	select {
	case r := <-answer:
		if r.Error != "" {
			return bus.Address{}, errors.New(r.Error)
		}
		if r.Runtime == nil {
			return bus.Address{}, errors.New("the kernel didn't say where the parallel runtime is")
		}
		s.mu.Lock()
		s.files = r.Runtime.Files
		s.mu.Unlock()
		return address(r.Runtime), nil
	case <-done:
		exit()
		panic("unreachable")
	}
}

func address(r *link.Runtime) bus.Address {
	return bus.Address{URL: r.URL, User: r.User, Secret: r.Secret, Dir: r.Files}
}

// removeFiles removes the runtime's directory: the kernel process is gone, which made it. Other processes may be at it, too.
func (s *session) removeFiles() {
	s.mu.Lock()
	dir := s.files
	s.mu.Unlock()
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
}

// reached hands on the kernel's answer to Connect.
func (s *session) reached(r link.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.asked[r.Run]; c != nil {
		select {
		case c <- r:
		default: // it was answered twice
		}
	}
}

func (h runtimeHost) Run() int { return currentRun() }

func (h runtimeHost) Done() (<-chan struct{}, func()) { return h.s.host.Done() }

// Stoppable gives what is called a token of its own, for the same run.
func (h runtimeHost) Stoppable() (call func(f func()), stop func()) {
	t := token.New(currentRun())
	call = func(f func()) {
		old := token.Current()
		t.Enter()
		defer old.Enter()
		f()
	}
	stop = func() {
		h.s.mu.Lock()
		defer h.s.mu.Unlock()
		if !t.Interrupted() {
			h.s.halt(t)
		}
	}
	return call, stop
}

func (h runtimeHost) Codec() *ship.Codec { return h.s.codec }

func (h runtimeHost) Describe(f reflect.Value) (name, place string) {
	if fn, err := h.s.engine.TakeApart(f); err == nil {
		fn = h.s.userFunc(fn)
		return funcName(fn.Name), h.s.place(fn.Pos)
	}
	name = compiledName(f)
	if of, _, ok := h.s.host.standin(name); ok {
		return of, ""
	}
	return strings.TrimSuffix(name, "-fm"), ""
}

func (h runtimeHost) Extend(have []string, types, funcs []int32) (id string, program []byte, err error) {
	fs := make([]code.FuncID, len(funcs))
	for i, id := range funcs {
		fs[i] = code.FuncID(id)
	}
	ts := make([]code.TypeID, len(types))
	for i, id := range types {
		ts[i] = code.TypeID(id)
	}
	if fs, ts = h.s.engine.Lacks(have, fs, ts); len(fs)+len(ts) == 0 {
		return "", nil, nil
	}
	part, err := h.s.engine.Part(fs, ts)
	if err != nil {
		return "", nil, err
	}
	return part.ID, part.Encoded, nil
}

func (h runtimeHost) Protect(f func()) *bus.Failure {
	p := h.s.engine.Protect(f)
	if p == nil {
		return nil
	}
	return h.s.busFailure(enginePanic(p), p)
}

// busFailure describes what ended a task. p is the panic that did, if it was one.
func (s *session) busFailure(f *link.Failure, p *engine.Panic) *bus.Failure {
	out := &bus.Failure{Item: -1, Kind: f.Kind, Name: f.Name, Text: f.Text, Chain: f.Chain}
	if f.Kind == link.FailInterrupt {
		out.Kind, out.Name, out.Text = "cancelled", "cancelled", "it was cancelled"
	}
	if f.Goroutine {
		out.Text += ", in a goroutine that it started"
	}
	if p == nil {
		for _, pos := range f.Frames {
			out.Stack = append(out.Stack, bus.Frame{Place: s.place(pos), Pos: uint64(pos)})
		}
		for _, w := range f.Waits {
			out.Stack = append(out.Stack, bus.Frame{Func: "[" + w.For + "]", Place: s.place(w.At), Pos: uint64(w.At)})
		}
		return out
	}
	for _, at := range p.Frames {
		if s.place(at.Pos) != "" {
			out.Stack = append(out.Stack, bus.Frame{Func: funcName(at.Func), Place: s.place(at.Pos), Pos: uint64(at.Pos)})
		}
	}
	if err, ok := p.Value.(error); ok {
		// Where it can't travel its text must do.
		if e, err := s.codec.Encode(reflect.ValueOf(&err).Elem()); err == nil && len(e.Segments) == 0 {
			out.Err.Data = e.Data
		}
	}
	return out
}

func (h runtimeHost) Place() string {
	for _, f := range engine.Here() {
		if place := h.s.place(f.Pos); place != "" {
			return place
		}
	}
	return ""
}

func (h runtimeHost) PlaceOf(pos uint64) string { return h.s.place(link.Pos(pos)) }

func (h runtimeHost) Warn(run int, text string) {
	_ = h.s.w.Print(link.Stderr, run, []byte(text+"\n")) // or the kernel is gone
}

func (h runtimeHost) Display(run int, id string, update bool, c core.Content) {
	if h.s.worker != nil {
		return // a worker shows nothing of its own; what it uses the runtime for is part of a task
	}
	d := &link.Display{Kind: link.Show, ID: id, Bundle: link.Bundle{Data: map[string]any{"text/plain": c.Text}}}
	if c.HTML != "" {
		d.Data["text/html"] = c.HTML
	}
	if update {
		d.Kind = link.Update
	}
	_ = h.s.w.Send(link.Event{Type: link.EventDisplay, Run: run, Display: d}) // or the kernel is gone
}
