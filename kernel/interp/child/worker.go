package child

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/goherd/goherd/display"
	"github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
	"github.com/goherd/goherd/runtime/worker"
)

// WorkerMain is the whole life of a worker process. It is started as an interpreter is, and what it prints and dies of is
// told in the same way; but what it runs comes from the bus. It returns when the worker was told to end, or can't go on. When the
// kernel process has closed its end or died, it ends the process and what that has started.
func WorkerMain() error {
	requests, err := takeStdin()
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	frames, err := duplicate(1, "frames")
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	marks, err := duplicate(2, "marks")
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // as in Main

	in := json.NewDecoder(bufio.NewReaderSize(requests, 4<<10))
	var hello link.Request
	if err := in.Decode(&hello); err != nil {
		return fmt.Errorf("worker: it is started by the kernel, not by hand: %w", err)
	}
	if hello.Op != link.OpHello || len(hello.Nonce) != link.NonceSize || hello.Worker == nil {
		return errors.New("worker: it is started by the kernel, not by hand")
	}
	limit(hello.Memory)
	nonce := link.Nonce(hello.Nonce)
	s, err := newWorker(link.NewWriter(frames, nonce), link.NewWriter(marks, nonce), hello.Worker)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	options := worker.Options{Host: s.worker, Address: s.worker.address, Name: hello.Worker.Name}
	if hello.Worker.Page != 0 {
		if options.Page, err = worker.OpenPage(hello.Worker.Page); err != nil {
			return err
		}
	}
	go s.attend(in)
	if err := s.w.Send(link.Event{Type: link.EventReady}); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	err = worker.Run(context.Background(), options)
	if errors.Is(err, worker.ErrStuck) {
		os.Exit(1) // the kernel knows it from the page: nothing of ours is to come between what tasks print
	}
	return err
}

// attend takes what the kernel process says, until that closes its end.
func (s *session) attend(in *json.Decoder) {
	for {
		var r link.Request
		if err := in.Decode(&r); err != nil {
			s.removeFiles()
			s.killCommands()
			endGroup()
			if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF) {
				os.Exit(0)
			}
			fmt.Fprintln(os.Stderr, "worker: request:", err)
			os.Exit(1)
		}
		switch r.Op {
		case link.OpWhere, link.OpCollect, link.OpSetenv, link.OpChdir:
			s.handle(r)
		}
	}
}

// newWorker returns the session of a worker: a part of that of the notebook.
func newWorker(w, marks *link.Writer, hello *link.Worker) (*session, error) {
	if err := token.Check(); err != nil {
		return nil, err
	}
	around := newAround()
	if hello.Dir != "" {
		if err := os.Chdir(hello.Dir); err != nil {
			return nil, fmt.Errorf("the session's directory: %w", err)
		}
	}
	for _, e := range hello.Env {
		setenv(e)
	}
	s := emptySession(w, marks)
	s.around = around
	s.around.began(hello.Dir, hello.Env)
	s.stdin.ask = func() (string, error) { return "", errNoInput }
	s.worker = &workerHost{s: s, address: address(&hello.Runtime), loaded: map[string]*engine.Arrived{}, kept: map[code.GlobalID]bool{}}
	s.files = hello.Files
	s.stdout.wrote, s.stderr.wrote = &s.worker.wrote, &s.worker.wrote
	display.Connect(workerSink{s})
	comm.Connect(workerSink{s})
	return s, s.newEngine()
}

var errNoInput = errors.New("a worker has no input: read it in the cell, and pass it on")

// workerSink is a worker as package display sees it: text is printed, the rest can't be shown.
type workerSink struct{ s *session }

func (k workerSink) Display(e display.Event) error {
	if e.Kind == display.KindClear {
		return nil
	}
	text, ok := e.Bundle.Data["text/plain"].(string)
	if !ok {
		text = "something without a text"
	}
	if _, err := k.s.stdout.WriteString(strings.TrimSuffix(text, "\n") + "\n"); err != nil {
		return err
	}
	if len(e.Bundle.Data) > 1 || !ok {
		k.s.worker.textOnly.Do(func() {
			fmt.Fprintln(k.s.stderr, "note: a worker shows text only; return the value, and show it in the cell")
		})
	}
	return nil
}

func (k workerSink) Input(string, bool) (string, error) { return "", errNoInput }

func (k workerSink) Send(comm.Event) error {
	return errors.New("comm: a worker has no connection to the front end: use widgets in the cell")
}

// workerHost is the session as package worker sees it.
type workerHost struct {
	s       *session
	address bus.Address
	wrote   atomic.Bool // something was printed since the last mark

	textOnly sync.Once // the user was told so

	// Of the worker's loop.
	loaded map[string]*engine.Arrived
	kept   map[code.GlobalID]bool // set by what made the worker ready
	marked int

	mu   sync.Mutex
	task uint64 // of the Call that runs
	run  *run   // of the Call that runs, else nil
}

// Load puts what is new of a program in place: the tasks of a job may need it that is current. Other versions of what is
// there wait until they are used.
func (h *workerHost) Load(program []byte) error {
	a, err := engine.Arrive(program)
	if err != nil {
		return fmt.Errorf("the code of a function came damaged: %w", err)
	}
	h.loaded[a.ID] = a
	_ = h.s.engine.Add(a) // what can't be done without the other versions, Use does, or says why not
	return nil
}

func (h *workerHost) Drop(program string) {
	if a := h.loaded[program]; a != nil {
		delete(h.loaded, program)
		h.s.engine.Drop(a)
	}
}

func (h *workerHost) Use(programs []string, fn ship.Decoder) (reflect.Value, error) {
	parts := make([]*engine.Arrived, len(programs))
	for i, id := range programs {
		if parts[i] = h.loaded[id]; parts[i] == nil {
			return reflect.Value{}, fmt.Errorf("the code of a function, %s, didn't come", id)
		}
	}
	header, data, err := readHeader(fn.Data)
	if err != nil {
		return reflect.Value{}, err
	}
	h.s.nameCells(header.cells)
	if err := h.s.around.enter(header.around); err != nil {
		return reflect.Value{}, err
	}
	if err := h.s.engine.Use(parts...); err != nil {
		return reflect.Value{}, err
	}
	var f any
	vars := make([]reflect.Value, 1, 1+len(header.globals))
	vars[0] = reflect.ValueOf(&f).Elem()
	for _, id := range header.globals {
		v, ok := h.s.engine.Global(id)
		if !ok {
			return reflect.Value{}, errHeader
		}
		if h.kept[id] {
			v = reflect.New(v.Type()).Elem() // what the session has is read past
		}
		v.SetZero() // what it held belongs to earlier tasks: nothing of it is to be filled anew
		vars = append(vars, v)
	}
	for _, id := range header.keep {
		h.kept[id] = true
	}
	fn.Data = data
	if err := h.s.packer.DecodeAll(fn, vars...); err != nil {
		return reflect.Value{}, err
	}
	if v := reflect.ValueOf(f); v.Kind() == reflect.Func {
		return v, nil
	}
	return reflect.Value{}, fmt.Errorf("a %T came in place of a function", f)
}

// Call runs f on a goroutine of its own, so that the task can be ended.
func (h *workerHost) Call(task uint64, f func()) *bus.Failure {
	s := h.s
	r := &run{id: int(uint32(task)), tok: token.New(int(uint32(task))), session: s}
	s.mu.Lock()
	s.runs[r.id] = r
	s.mu.Unlock()
	h.mu.Lock()
	h.task, h.run = task, r
	h.mu.Unlock()

	w := r.watch()
	ended := make(chan struct{})
	var p *engine.Panic
	go func() {
		defer close(ended)
		r.tok.Enter()
		defer r.end()
		p = s.engine.Protect(f)
		r.returned = true
	}()
	<-ended
	w.stop()
	h.mu.Lock()
	h.task, h.run = 0, nil
	h.mu.Unlock()
	s.mu.Lock()
	delete(s.runs, r.id)
	s.mu.Unlock()
	r.mu.Lock()
	failure := r.failure
	r.mu.Unlock()
	switch {
	case p != nil && failure == nil:
		return s.busFailure(enginePanic(p), p)
	case failure != nil:
		return s.busFailure(failure, nil)
	}
	return nil
}

func (h *workerHost) Interrupt(task uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run != nil && h.task == task {
		h.s.interrupt(h.run.id)
	}
}

func (h *workerHost) Printed() int {
	if !h.wrote.Swap(false) {
		return 0
	}
	h.marked++
	// If the pipe is gone, so is the kernel, and nobody waits for the marks.
	_ = h.s.marks.Mark(h.marked)
	_ = h.s.w.Mark(h.marked)
	return h.marked
}

func (h *workerHost) Codec() *ship.Codec { return h.s.codec }

// late tells of a goroutine that failed after the task had ended that had started it.
func (s *session) late(f *link.Failure) {
	text := fmt.Sprintf("%s: %s (in a goroutine that a task started and that was still there when the task had ended)\n", f.Name, f.Text)
	for _, pos := range f.Frames {
		if place := s.place(pos); place != "" {
			text += "    at " + place + "\n"
		}
	}
	_, _ = s.stderr.WriteString(text) // or the kernel is gone
}
