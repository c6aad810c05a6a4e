// Package interp supervises the interpreter: a child process that runs the cells,
// and may die of them. It starts the child, sends it programs, hands on in one order
// what comes back, says why a child died and starts the next. Workers of the parallel runtime are
// supervised in the same way; their programs come by another.
//
// It doesn't decide what runs, or what is done with the output: that is the session's.
package interp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/interp/link"
)

// Options say how interpreters are started.
type Options struct {
	// Argv is the command line of the child; nil means this program with the
	// argument "interp".
	Argv []string
	// Name is what messages call the child; "" means "the interpreter".
	Name string
	// MemoryLimit is the resident memory in bytes over which a child is ended. Zero
	// means no limit.
	MemoryLimit int64
	// DataLimit is how much memory the operating system gives the child before it refuses more, in bytes, where it
	// can be told; zero means no limit. A Go program that is refused memory ends itself.
	DataLimit int64
	// Worker is what a child is told that is a worker; nil for an interpreter. Start fills in Page, if it is given one.
	Worker *link.Worker
	// Page is a file for the worker to inherit, nil for none.
	Page *os.File
	// Output gets what the child prints, in order: of a run (kind Stdout or Stderr),
	// or of none that is known (kind Raw, which is standard output, or RawStderr).
	// It must not keep p. It is called from the child's reading goroutines; while it
	// blocks, the child blocks at its next print.
	Output func(run int, kind link.Kind, p []byte)
	// Event gets the events of the child that the session has to act on: displays,
	// requests for input and comm messages. It is called in order with Output.
	Event func(e *link.Event)
}

// RawStderr is the kind of output on the child's file descriptor 2.
const RawStderr link.Kind = 'R'

// An Interp is one interpreter process. Its methods may be called from any goroutine.
//
// Goroutines: one reads the child's frames until the pipe ends, one its standard
// error, two see to it that these come to an end, one waits for the process to end, one
// watches its memory. All end with the child.
type Interp struct {
	opts  Options
	cmd   *exec.Cmd
	ready chan struct{} // closed when the child takes requests

	send sync.Mutex // held while a request is written
	in   io.WriteCloser

	mu      sync.Mutex
	runs    map[int]*Run  // that haven't ended; nil when the process is gone
	groups  map[int]bool  // process groups of the commands that run
	panic   *link.Event   // the last that was announced
	killed  string        // why we ended it, "" if we didn't
	used    int64         // bytes, as it was ended for them
	reaped  bool          // the process ID may be another's
	where   *link.Event   // what ran when memory ran out
	located chan struct{} // closed when where is known

	marks  marks
	shown  progress
	stderr tail
	exited chan struct{} // closed when the process has ended
	gone   chan struct{} // closed when its output was read, too
	death  *Death
}

// A Run is a program that was sent to the interpreter.
type Run struct {
	// Started is closed when the program is compiled and its code begins. It stays
	// open for a command line.
	Started <-chan struct{}
	// Done is closed when the run has ended, all of its output handed on; then
	// Result says how.
	Done <-chan struct{}

	started, done chan struct{}
	once          sync.Once
	result        *link.Done
	death         *Death
}

// Result returns how the run ended, or how the interpreter died of it. It is valid
// after Done.
func (r *Run) Result() (*link.Done, *Death) { return r.result, r.death }

// Start starts an interpreter and returns at once: requests wait until it is ready.
func Start(opts Options) (*Interp, error) {
	if opts.Name == "" {
		opts.Name = "the interpreter"
	}
	if opts.Argv == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", opts.Name, err)
		}
		opts.Argv = []string{self, "interp"}
	}
	i := &Interp{
		opts: opts, runs: map[int]*Run{}, groups: map[int]bool{},
		ready: make(chan struct{}), located: make(chan struct{}), exited: make(chan struct{}), gone: make(chan struct{}),
	}
	i.cmd = exec.Command(opts.Argv[0], opts.Argv[1:]...)
	i.cmd.Env = append(os.Environ(), "GODEBUG="+godebug())
	isolate(i.cmd)
	if opts.Worker != nil && opts.Page != nil {
		told := *opts.Worker
		told.Page = inherit(i.cmd, opts.Page)
		opts.Worker = &told
	}
	in, err := i.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", opts.Name, err)
	}
	i.in = in
	out, outW, err := os.Pipe()
	if err != nil {
		closeAll(in)
		return nil, fmt.Errorf("%s: %w", opts.Name, err)
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		closeAll(in, out, outW)
		return nil, fmt.Errorf("%s: %w", opts.Name, err)
	}
	widen(outW)
	i.cmd.Stdout, i.cmd.Stderr = outW, errW
	err = i.cmd.Start()
	closeAll(outW, errW)
	if err != nil {
		closeAll(in, out, errR)
		return nil, fmt.Errorf("%s: %w", opts.Name, err)
	}
	if opts.DataLimit > 0 {
		limitData(i.Pid(), opts.DataLimit)
	}
	nonce := link.NewNonce()
	var reading sync.WaitGroup
	reading.Go(func() { i.readFrames(link.NewReader(link.Drain(out, i.exited), nonce)) })
	reading.Go(func() { i.readStderr(link.NewReader(link.Drain(errR, i.exited), nonce)) })
	go i.wait(&reading, out, errR)
	if opts.MemoryLimit > 0 {
		go i.watch(opts.MemoryLimit)
	}
	// A child that can't be written to is dying, and wait will say of what.
	_ = i.request(link.Request{Op: link.OpHello, Nonce: nonce[:], Memory: opts.MemoryLimit, Worker: opts.Worker})
	return i, nil
}

func closeAll(files ...io.Closer) {
	for _, f := range files {
		_ = f.Close() // of no further use
	}
}

// godebug returns the child's GODEBUG: tracebacks name the run by its label.
func godebug() string {
	if v := os.Getenv("GODEBUG"); v != "" {
		return v + ",tracebacklabels=1"
	}
	return "tracebacklabels=1"
}

// Pid returns the process ID of the child.
func (i *Interp) Pid() int { return i.cmd.Process.Pid }

// Gone is closed when the process has ended and its output was handed on.
func (i *Interp) Gone() <-chan struct{} { return i.gone }

// Death returns why the process ended. It is valid after Gone.
func (i *Interp) Death() *Death { return i.death }

// WaitReady waits until the interpreter takes requests. It is an error if it died
// before.
func (i *Interp) WaitReady(ctx context.Context) error {
	select {
	case <-i.ready:
		return nil
	case <-i.gone:
		select {
		case <-i.ready: // both
			return nil
		default:
		}
		return fmt.Errorf("%s: %s", i.opts.Name, i.death.Text)
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s: %w", i.opts.Name, ctx.Err())
	}
}

func (i *Interp) request(r link.Request) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("request %s to %s: %w", r.Op, i.opts.Name, err)
	}
	i.send.Lock()
	defer i.send.Unlock()
	if _, err := i.in.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("request %s to %s: %w", r.Op, i.opts.Name, err)
	}
	return nil
}

// start registers a run and sends the request that begins it.
func (i *Interp) start(req link.Request) *Run {
	r := &Run{started: make(chan struct{}), done: make(chan struct{})}
	r.Started, r.Done = r.started, r.done
	i.mu.Lock()
	if i.runs == nil { // dead
		i.mu.Unlock()
		<-i.gone
		r.end(nil, i.death)
		return r
	}
	i.runs[req.Run] = r
	i.mu.Unlock()
	// A child that can't be written to is dying: the run ends with it.
	_ = i.request(req)
	return r
}

func (r *Run) end(d *link.Done, death *Death) {
	r.result, r.death = d, death
	close(r.done)
}

// Run starts a program as the run of that serial number, which must be new.
func (i *Interp) Run(serial int, p *link.Program) *Run {
	return i.start(link.Request{Op: link.OpRun, Run: serial, Program: p})
}

// Shell starts a command line as the run of that serial number, which must be new.
func (i *Interp) Shell(serial int, line string) *Run {
	return i.start(link.Request{Op: link.OpShell, Run: serial, Text: line})
}

// Interrupt asks a run to end. It does nothing to a run that has ended.
func (i *Interp) Interrupt(serial int) error {
	return i.request(link.Request{Op: link.OpInterrupt, Run: serial})
}

// Answer gives a line to a run that asked for one, or the reason why there is none.
func (i *Interp) Answer(serial int, line, reason string) error {
	return i.request(link.Request{Op: link.OpAnswer, Run: serial, Text: line, Error: reason})
}

// Chdir sets the working directory. Where that fails, the child prints why.
func (i *Interp) Chdir(dir string) error { return i.request(link.Request{Op: link.OpChdir, Text: dir}) }

// Setenv sets a variable of the environment: "NAME=value", or "NAME" to unset it.
func (i *Interp) Setenv(e string) error { return i.request(link.Request{Op: link.OpSetenv, Text: e}) }

// Collect makes the interpreter give free memory back to the operating system.
func (i *Interp) Collect() error { return i.request(link.Request{Op: link.OpCollect}) }

// Comm hands a comm message to the user's code.
func (i *Interp) Comm(c *comm.Event) error { return i.request(link.Request{Op: link.OpComm, Comm: c}) }

// Kill ends the process, and what it has started, at once. reason becomes the text of
// its death.
func (i *Interp) Kill(reason string) { i.kill(reason) }

func (i *Interp) kill(reason string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.killed == "" {
		i.killed = reason
	}
	if !i.reaped {
		killTree(i.cmd.Process)
	}
}

// closeGrace is how long a child may take to end by itself.
const closeGrace = 200 * time.Millisecond

// Close ends the process and waits until it is gone.
func (i *Interp) Close() {
	i.mu.Lock()
	if i.killed == "" {
		i.killed = "closed"
	}
	i.mu.Unlock()
	_ = i.in.Close() // the child ends when its requests do
	select {
	case <-i.exited:
	case <-time.After(closeGrace):
		i.kill("closed")
	}
	<-i.gone
}
