package interp_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
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
)

// TestMain makes the test binary its own interpreter: with the argument "interp" it
// is what package main is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "interp" {
		if err := child.Main(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what should take milliseconds.
const patience = 30 * time.Second

// library is the packages that cells import.
type library struct{ *std.Importer }

func (library) ByName(name string) []string { return std.ByName(name) }

var lib = library{std.NewImporter()}

// A notebook is a session of cells with a real interpreter process.
type notebook struct {
	t     *testing.T
	opts  interp.Options
	cells *cell.Session
	ip    *interp.Interp
	run   int // the last

	mu     sync.Mutex
	text   map[int]*bytes.Buffer // what each run printed, 0 for what came outside of runs
	log    []piece               // everything, in order
	bytes  int                   // printed; where it is counted instead of kept
	count  bool
	racy   bool // the cells have data races of their own
	input  func(*link.Input) (line, refusal string)
	events []*link.Event
}

// A piece is output as it came.
type piece struct {
	run  int
	kind link.Kind
	text string
}

func newNotebook(t *testing.T, opts interp.Options) *notebook {
	t.Helper()
	n := newBareNotebook(t, opts)
	t.Cleanup(func() {
		select {
		case <-n.ip.Gone():
			t.Errorf("the interpreter died: %+v", n.ip.Death())
		default:
		}
	})
	return n
}

// newBareNotebook returns a notebook whose interpreter may die.
func newBareNotebook(t *testing.T, opts interp.Options) *notebook {
	t.Helper()
	n := &notebook{t: t, opts: opts, cells: cell.NewSession(lib), text: map[int]*bytes.Buffer{}}
	n.opts.Output, n.opts.Event = n.output, n.event
	n.start()
	n.run = 0 // the first cell is number 1
	t.Cleanup(func() {
		n.ip.Close()
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, p := range n.log {
			if strings.Contains(p.text, "WARNING: DATA RACE") && !n.racy {
				t.Errorf("a data race in the interpreter process:\n%s", n.stderr())
			}
		}
	})
	return n
}

func (n *notebook) stderr() string {
	var b strings.Builder
	for _, p := range n.log {
		if p.kind == interp.RawStderr {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// start starts an interpreter and gives it the session's declarations, as the kernel
// does after a death.
func (n *notebook) start() {
	n.t.Helper()
	ip, err := interp.Start(n.opts)
	if err != nil {
		n.t.Fatal(err)
	}
	n.ip = ip
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := ip.WaitReady(ctx); err != nil {
		n.t.Fatal(err)
	}
	if done := n.do(n.cells.Replay()); done.Failure != nil {
		n.t.Fatal("replay:", done.Failure.Text)
	}
}

func (n *notebook) output(run int, kind link.Kind, p []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.count {
		n.bytes += len(p)
		return
	}
	if n.text[run] == nil {
		n.text[run] = &bytes.Buffer{}
	}
	n.text[run].Write(p)
	n.log = append(n.log, piece{run, kind, string(p)})
}

func (n *notebook) event(e *link.Event) {
	if e.Type == link.EventInput && n.input != nil {
		go func() {
			line, refusal := n.input(e.Input)
			_ = n.ip.Answer(e.Run, line, refusal) // it may have ended
		}()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, e)
}

// printed returns what a run printed, on both streams and in order.
func (n *notebook) printed(run int) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.text[run] == nil {
		return ""
	}
	return n.text[run].String()
}

// everything returns all output in order.
func (n *notebook) everything() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var b strings.Builder
	for _, p := range n.log {
		b.WriteString(p.text)
	}
	return b.String()
}

// compile compiles a cell, whose serial is the number of its run.
func (n *notebook) compile(src string) *cell.Program {
	n.t.Helper()
	p, err := n.cells.Compile(cell.Source{Serial: n.run + 1, Text: src}, cell.Normal)
	if err != nil {
		n.t.Fatalf("%s\ncompile: %v", src, err)
	}
	return p
}

// begin starts a cell and returns when its code runs.
func (n *notebook) begin(src string) (run int, r *interp.Run) {
	n.t.Helper()
	p := n.compile(src)
	n.run++
	r = n.ip.Run(n.run, &p.Program)
	select {
	case <-r.Started:
		p.Commit()
	case <-r.Done:
		select {
		case <-r.Started:
			p.Commit()
		default:
		}
	case <-time.After(patience):
		n.t.Fatalf("%s\ndidn't start", src)
	}
	return n.run, r
}

// wait returns how a run ended.
func (n *notebook) wait(r *interp.Run) (*link.Done, *interp.Death) {
	n.t.Helper()
	select {
	case <-r.Done:
	case <-time.After(patience):
		n.t.Fatal("the run doesn't end")
	}
	return r.Result()
}

// cell runs a cell, which must not end the interpreter.
func (n *notebook) cell(src string) *link.Done {
	n.t.Helper()
	_, r := n.begin(src)
	done, death := n.wait(r)
	if death != nil {
		n.t.Fatalf("%s\ndied: %s: %s\n%s", src, death.Name, death.Text, n.everything())
	}
	return done
}

// ok runs a cell that must succeed, and returns what it printed.
func (n *notebook) ok(src string) string {
	n.t.Helper()
	done := n.cell(src)
	if done.Failure != nil {
		n.t.Fatalf("%s\nfailed: %s: %s %v", src, done.Failure.Name, done.Failure.Text, places(done.Failure.Frames))
	}
	return n.printed(n.run)
}

// fatal runs a cell that must end the interpreter.
func (n *notebook) fatal(src string) *interp.Death {
	n.t.Helper()
	_, r := n.begin(src)
	done, death := n.wait(r)
	if death == nil {
		n.t.Fatalf("%s\nthe interpreter lived: %+v", src, done.Failure)
	}
	<-n.ip.Gone()
	return death
}

// do runs a program that isn't a cell.
func (n *notebook) do(p *cell.Program) *link.Done {
	n.t.Helper()
	n.run++
	done, death := n.wait(n.ip.Run(n.run, &p.Program))
	if death != nil {
		n.t.Fatalf("died: %s: %s", death.Name, death.Text)
	}
	return done
}

// shell runs a command line.
func (n *notebook) shell(line string) *link.Done {
	n.t.Helper()
	n.run++
	done, death := n.wait(n.ip.Shell(n.run, line))
	if death != nil {
		n.t.Fatalf("died: %s: %s", death.Name, death.Text)
	}
	return done
}

// places writes positions as "cell:line", innermost first.
func places(frames []link.Pos) []string {
	var out []string
	for _, p := range frames {
		s := fmt.Sprintf("%d:%d", p.Serial(), p.Line())
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// until waits until ok is true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for:", what)
		}
	}
}
