package workers_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/child"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/module"
	"github.com/goherd/goherd/kernel/workers"
	"github.com/goherd/goherd/runtime/head"
)

// TestMain makes the test binary its own interpreter and worker: with the argument "interp" or "worker" it is what
// package main is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		main := map[string]func() error{"interp": child.Main, "worker": child.WorkerMain, "kernel": kernel}[os.Args[1]]
		if main == nil {
			os.Exit(2)
		}
		if err := main(); err != nil {
			fmt.Fprintln(os.Stderr, "goherd:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what should take milliseconds.
const patience = 60 * time.Second

// A notebook is a session of cells with a real interpreter, head and workers.
type notebook struct {
	t        tb
	cells    *cell.Session
	ip       *interp.Interp
	head     *head.Head
	launched launched
	run      int // the last

	mu     sync.Mutex
	text   map[int]*bytes.Buffer // what each run printed, 0 for what came outside of runs
	tagged []string              // what workers printed: "run worker: text"
}

// launched is a launcher that remembers what it has started.
type launched struct {
	head.Launcher
	mu    sync.Mutex
	procs []head.Process
}

func (l *launched) Start(spec head.WorkerSpec) (head.Process, error) {
	p, err := l.Launcher.Start(spec)
	if err == nil {
		l.mu.Lock()
		l.procs = append(l.procs, p)
		l.mu.Unlock()
	}
	return p, err
}

// all returns the processes that were started so far.
func (l *launched) all() []head.Process {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.procs)
}

// tb is what a notebook needs of a testing.TB; in a process that isn't a test it is an alone.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
	TempDir() string
}

type alone struct{ dir string }

func (alone) Helper()                           {}
func (alone) Errorf(format string, args ...any) { log.Printf(format, args...) }
func (alone) Fatal(args ...any)                 { log.Fatal(args...) }
func (alone) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
func (alone) Cleanup(func())                    {}
func (a alone) TempDir() string                 { return a.dir }

func newNotebook(t tb) *notebook {
	t.Helper()
	return newNotebookWith(t, workers.Options{})
}

// newNotebookWith is newNotebook with other workers.
func newNotebookWith(t tb, o workers.Options) *notebook {
	t.Helper()
	o.Place = func(p link.Pos) string { return fmt.Sprintf("cell [%d], line %d", p.Serial(), p.Line()) }
	n := &notebook{t: t, cells: cell.NewSession(module.New(std.NewImporter())), text: map[int]*bytes.Buffer{}}
	n.launched.Launcher = workers.New(o)
	var err error
	n.head, err = head.Start(head.Options{Launcher: &n.launched, Dir: t.TempDir(), Output: n.worker, Notify: func(run int, text string) {
		n.worker(run, "note", true, []byte(text))
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.head.Close()
		for _, p := range n.launched.all() {
			select {
			case <-p.Gone():
			default:
				t.Errorf("worker %d is still there", p.Pid())
			}
		}
	})
	if n.ip, err = interp.Start(interp.Options{Output: n.output, Event: n.event}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.ip.Close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.ip.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *notebook) output(run int, _ link.Kind, p []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.text[run] == nil {
		n.text[run] = &bytes.Buffer{}
	}
	n.text[run].Write(p)
}

func (n *notebook) worker(run int, worker string, _ bool, p []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tagged = append(n.tagged, fmt.Sprintf("%d %s: %s", run, worker, p))
}

func (n *notebook) event(e *link.Event) {
	if e.Type == link.EventRuntime {
		go func() {
			a, err := n.head.Client()
			if err != nil {
				_ = n.ip.Runtime(e.Run, nil, err.Error()) // it may have ended
				return
			}
			_ = n.ip.Runtime(e.Run, &link.Runtime{URL: a.URL, User: a.User, Secret: a.Secret, Files: a.Dir}, "")
		}()
	}
}

// begin starts a cell.
func (n *notebook) begin(src string) *interp.Run {
	n.t.Helper()
	n.run++
	p, err := n.cells.Compile(cell.Source{Serial: n.run, Text: src}, cell.Normal)
	if err != nil {
		n.t.Fatalf("%s\ncompile: %v", src, err)
	}
	p.Program.Cells = map[int]string{n.run: fmt.Sprintf("cell [%d]", n.run)}
	r := n.ip.Run(n.run, &p.Program)
	select {
	case <-r.Started:
		p.Commit()
	case <-r.Done:
	case <-time.After(patience):
		n.t.Fatalf("%s\ndidn't start", src)
	}
	return r
}

// wait waits for the end of a cell and returns what it printed.
func (n *notebook) wait(r *interp.Run) string {
	n.t.Helper()
	select {
	case <-r.Done:
	case <-time.After(patience):
		n.t.Fatal("the cell doesn't end")
	}
	done, death := r.Result()
	n.mu.Lock()
	defer n.mu.Unlock()
	var text string
	if n.text[n.run] != nil {
		text = n.text[n.run].String()
	}
	switch {
	case death != nil:
		n.t.Fatalf("the interpreter died: %+v\n%s", death, text)
	case done.Failure != nil:
		n.t.Fatalf("the cell failed: %s: %s\n%s", done.Failure.Name, done.Failure.Text, text)
	}
	return text
}

// cell runs a cell that must succeed, and returns what it printed.
func (n *notebook) cell(src string) string {
	n.t.Helper()
	return n.wait(n.begin(src))
}

// has fails the test unless text has all parts in it.
func has(t tb, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q isn't in:\n%s", p, text)
		}
	}
}

// until waits until ok is true.
func until(t tb, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for:", what)
		}
	}
}
