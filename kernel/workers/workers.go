// Package workers starts the worker processes of the parallel runtime on this machine: it makes package interp,
// which supervises interpreters, what package head asks for.
//
// What a worker runs is between it and the head, on the bus. This package starts the process, hands on what it
// prints, limits its memory and says why it ended.
package workers

import (
	"bytes"
	"fmt"
	"os"
	"sync"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/head"
	"github.com/goherd/goherd/runtime/worker"
)

// Options say how workers are started. The funcs are called for each worker, from any goroutine; nil ones are left out.
type Options struct {
	// Argv is the command line of a worker; nil means this program with the argument "worker".
	Argv []string
	// Dir returns the session's working directory, "" for that of this process.
	Dir func() string
	// Env returns what differs in the session's environment from that of this process: "NAME=value", or
	// "NAME" where it is unset.
	Env func() []string
	// Place says where a position is, as the user knows it: "cell [3], line 2". "" means that it doesn't know.
	Place func(link.Pos) string
}

// New returns a launcher of processes on this machine.
func New(o Options) head.Launcher { return &launcher{o} }

type launcher struct{ Options }

// hardLimit is how much memory the operating system gives a worker whose limit is n bytes: so much more that the worker is
// ended by us, with a reason, and not by a refusal, unless it is faster than we look. It counts what is mapped: the Go
// runtime maps up to 2.3 times what a program holds whose objects are some hundred megabytes large.
func hardLimit(n int64) int64 { return 2*n + 512<<20 }

// Start implements head.Launcher.
func (l *launcher) Start(spec head.WorkerSpec) (head.Process, error) {
	argv := l.Argv
	if argv == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", spec.Name, err)
		}
		argv = []string{self, "worker"}
	}
	page, err := worker.NewPage()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec.Name, err)
	}
	p := &process{spec: spec, page: page, place: l.Place, gone: make(chan struct{})}
	told := &link.Worker{
		Runtime: link.Runtime{URL: spec.Address.URL, User: spec.Address.User, Secret: spec.Address.Secret, Files: spec.Address.Dir},
		Name:    spec.Name,
	}
	if l.Dir != nil {
		told.Dir = l.Dir()
	}
	if l.Env != nil {
		told.Env = l.Env()
	}
	told.Env = append(told.Env[:len(told.Env):len(told.Env)], spec.Env...)
	o := interp.Options{
		Argv: argv, Name: spec.Name, MemoryLimit: spec.MemoryLimit, Worker: told, Page: page.File,
		Output: p.output, Event: func(*link.Event) {},
	}
	if spec.MemoryLimit > 0 {
		o.DataLimit = hardLimit(spec.MemoryLimit)
	}
	if p.ip, err = interp.Start(o); err != nil {
		page.Close()
		return nil, err
	}
	page.Shared()
	go p.wait()
	return p, nil
}

// A process is a worker process. One goroutine of its own waits until it has ended, besides those of
// interp.Interp.
type process struct {
	spec  head.WorkerSpec
	ip    *interp.Interp
	page  *worker.Page // closed when it is gone
	place func(link.Pos) string
	gone  chan struct{}
	death head.Death // valid after gone

	mu   sync.Mutex
	last uint64 // a task that ran
	said []byte // the last that it wrote to file descriptor 2
}

// maxSaid is how much is kept of what a process wrote to file descriptor 2, in bytes.
const maxSaid = 2 << 10

// output hands on what the process prints.
func (p *process) output(run int, kind link.Kind, b []byte) {
	stderr := kind == link.Stderr || kind == interp.RawStderr
	if kind == interp.RawStderr {
		p.mu.Lock()
		p.said = append(p.said, b...)
		p.said = p.said[max(0, len(p.said)-maxSaid):]
		p.mu.Unlock()
	}
	if p.spec.Output != nil {
		p.spec.Output(p.task(run), stderr, b)
	}
}

// task returns the task of whose number run has the lowest 32 bits. Who prints outside of runs, such as a command, does so
// for the task that runs.
func (p *process) task(run int) uint64 {
	now, _ := p.page.Running()
	p.mu.Lock()
	defer p.mu.Unlock()
	if now != 0 {
		p.last = now
	}
	if run == 0 {
		return now
	}
	task := p.last&^(1<<32-1) | uint64(uint32(run))
	switch {
	case task > p.last+1<<31 && task >= 1<<32:
		task -= 1 << 32
	case task+1<<31 < p.last:
		task += 1 << 32
	}
	return task
}

// wait finds out why the process has ended.
func (p *process) wait() {
	<-p.ip.Gone()
	d := p.ip.Death()
	p.death = head.Death{Name: d.Name, Text: d.Text, Code: d.Code, Wanted: d.Wanted, Own: d.Own}
	if d.Run != 0 {
		p.death.Task = p.task(d.Run)
	}
	for _, pos := range d.Frames {
		f := bus.Frame{Pos: uint64(pos)}
		if p.place != nil {
			f.Place = p.place(pos)
		}
		p.death.Stack = append(p.death.Stack, f)
	}
	p.death.Running, p.death.Item = p.page.Running()
	switch {
	case p.page.Stuck() && !d.Wanted:
		p.death.Name, p.death.Text = "timeout", "it took no notice that its time was over, and the worker was ended"
	case d.Limit > 0:
		p.death.Text = fmt.Sprintf("it used %s of memory, the limit is %s; smaller chunks or a higher pool.MemoryLimit help",
			core.FormatSize(d.Used), core.FormatSize(d.Limit))
	case d.Name == "exit" && d.Code > 0 && p.death.Running == 0:
		if line := lastLine(p.said); line != "" { // it couldn't start, say
			p.death.Text += ": " + line
		}
	}
	p.page.Close()
	close(p.gone)
}

func lastLine(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}

// Pid implements head.Process, as the methods that follow do.
func (p *process) Pid() int { return p.ip.Pid() }

// Printed waits until the output up to a mark has been handed on.
func (p *process) Printed(mark int) { p.ip.Printed(mark) }

// Kill ends the process and what it has started.
func (p *process) Kill(reason string) { p.ip.Kill(reason) }

// Gone is closed when the process has ended and its output was handed on.
func (p *process) Gone() <-chan struct{} { return p.gone }

// Death says why the process ended.
func (p *process) Death() head.Death { return p.death }

// Usage looks at what the process uses. Where the system doesn't tell a number, it is 0: outside of Linux, PSS and Unique.
func (p *process) Usage() head.Usage {
	u := usage(p.ip.Pid())
	u.Running, u.Item = p.page.Running()
	return u
}
