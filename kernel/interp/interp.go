// Package interp supervises the interpreter: a child process that runs the cells,
// and may die of them. It starts the child, sends it programs, hands on in one order
// what comes back, says why a child died and starts the next.
//
// It doesn't decide what runs, or what is done with the output: that is the session's.
package interp

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
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
	// MemoryLimit is the resident memory in bytes over which a child is ended. Zero
	// means no limit.
	MemoryLimit int64
	// Output gets what the child prints, in order: of a run (kind Stdout or Stderr),
	// or of none that is known (kind Raw, which is standard output, or RawStderr).
	// It must not keep p. It is called from the child's reading goroutines; while it
	// blocks, the child blocks at its next print.
	Output func(run int, kind link.Kind, p []byte)
	// Event gets the events of the child that aren't answers to Run: displays,
	// requests for input and comm messages. It is called in order with Output.
	Event func(e *link.Event)
}

// RawStderr is the kind of output on the child's file descriptor 2.
const RawStderr link.Kind = 'R'

// An Interp is one interpreter process. Its methods may be called from any goroutine.
//
// Goroutines: one reads the child's frames until the pipe ends, one its standard
// error, one waits for the process to end, one watches its memory. All end with the
// child.
type Interp struct {
	opts  Options
	cmd   *exec.Cmd
	ready chan struct{} // closed when the child takes requests

	send sync.Mutex // held while a request is written
	in   io.WriteCloser

	mu     sync.Mutex
	runs   map[int]*Run
	killed string // why we ended it, "" if we didn't

	stderr *tail
	gone   chan struct{} // closed when the process has ended and its output was read
	death  *Death
}

// A Run is a program that was sent to the interpreter.
type Run struct {
	// Started is closed when the program is compiled and its code begins.
	Started <-chan struct{}
	// Done is closed when the run has ended, all of its output handed on; then
	// Result or Death says how.
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
	if opts.Argv == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("interpreter: %w", err)
		}
		opts.Argv = []string{self, "interp"}
	}
	i := &Interp{
		opts: opts, runs: map[int]*Run{}, ready: make(chan struct{}), gone: make(chan struct{}),
		stderr: &tail{max: maxDump},
	}
	i.cmd = exec.Command(opts.Argv[0], opts.Argv[1:]...)
	i.cmd.Env = append(os.Environ(), "GODEBUG="+godebug())
	isolate(i.cmd)
	in, err := i.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("interpreter: %w", err)
	}
	i.in = in
	out, outW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("interpreter: %w", err)
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		closeAll(out, outW)
		return nil, fmt.Errorf("interpreter: %w", err)
	}
	widen(outW)
	i.cmd.Stdout, i.cmd.Stderr = outW, errW
	err = i.cmd.Start()
	closeAll(outW, errW)
	if err != nil {
		closeAll(out, errR, in)
		return nil, fmt.Errorf("interpreter: %w", err)
	}
	var nonce link.Nonce
	rand.Read(nonce[:])
	if err := i.request(link.Request{Op: link.OpHello, Nonce: nonce[:]}); err != nil {
		_ = i.cmd.Process.Kill() // it may be dead already
	}
	var reading sync.WaitGroup
	reading.Go(func() { i.readFrames(out, nonce) })
	reading.Go(func() { i.readStderr(errR) })
	go i.wait(&reading, out, errR)
	if opts.MemoryLimit > 0 {
		go i.watch(opts.MemoryLimit)
	}
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

// WaitReady waits until the interpreter takes requests.
func (i *Interp) WaitReady(ctx context.Context) error {
	select {
	case <-i.ready:
		return nil
	case <-i.gone:
		return fmt.Errorf("interpreter: %s", i.death.Text)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (i *Interp) request(r link.Request) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("request %s to the interpreter: %w", r.Op, err)
	}
	i.send.Lock()
	defer i.send.Unlock()
	if _, err := i.in.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("request %s to the interpreter: %w", r.Op, err)
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

// Shell starts a command line.
func (i *Interp) Shell(serial int, line string) *Run {
	return i.start(link.Request{Op: link.OpShell, Run: serial, Text: line})
}

// Interrupt asks a run to end.
func (i *Interp) Interrupt(serial int) error {
	return i.request(link.Request{Op: link.OpInterrupt, Run: serial})
}

// Answer gives a line to a run that asked for one, or the reason why there is none.
func (i *Interp) Answer(serial int, line, reason string) error {
	return i.request(link.Request{Op: link.OpAnswer, Run: serial, Text: line, Error: reason})
}

// Chdir sets the working directory.
func (i *Interp) Chdir(dir string) error { return i.request(link.Request{Op: link.OpChdir, Text: dir}) }

// Setenv sets a variable of the environment: "NAME=value", or "NAME" to unset it.
func (i *Interp) Setenv(e string) error { return i.request(link.Request{Op: link.OpSetenv, Text: e}) }

// Collect makes the interpreter give free memory back to the operating system.
func (i *Interp) Collect() error { return i.request(link.Request{Op: link.OpCollect}) }

// Comm hands a comm message to the user's code.
func (i *Interp) Comm(c *comm.Event) error { return i.request(link.Request{Op: link.OpComm, Comm: c}) }

// Kill ends the process at once. reason becomes the text of its death.
func (i *Interp) Kill(reason string) {
	i.mu.Lock()
	if i.killed == "" {
		i.killed = reason
	}
	i.mu.Unlock()
	killTree(i.cmd)
}

// Close ends the process and waits until it is gone.
func (i *Interp) Close() {
	i.mu.Lock()
	if i.killed == "" {
		i.killed = "closed"
	}
	i.mu.Unlock()
	_ = i.in.Close() // the child ends when its requests do
	select {
	case <-i.gone:
	case <-time.After(closeGrace):
		killTree(i.cmd)
		<-i.gone
	}
}

// closeGrace is how long a child may take to end by itself.
const closeGrace = 200 * time.Millisecond

// readFrames hands on what the child sends.
func (i *Interp) readFrames(out io.Reader, nonce link.Nonce) {
	r := link.NewReader(out, nonce)
	for {
		f, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				i.Kill("it wrote what the kernel can't read: " + err.Error())
			}
			return
		}
		if f.Event == nil {
			i.opts.Output(f.Run, f.Kind, f.Data)
			continue
		}
		i.event(f.Event)
	}
}

func (i *Interp) event(e *link.Event) {
	i.mu.Lock()
	r := i.runs[e.Run]
	if e.Type == link.EventDone {
		delete(i.runs, e.Run)
	}
	i.mu.Unlock()
	switch e.Type {
	case link.EventReady:
		close(i.ready)
	case link.EventStarted:
		if r != nil {
			r.once.Do(func() { close(r.started) })
		}
	case link.EventDone:
		if r != nil {
			r.end(e.Done, nil)
		}
	default:
		i.opts.Event(e)
	}
}

// readStderr hands on what is written to file descriptor 2, and keeps its end: when
// the Go runtime gives up, its reasons are there.
func (i *Interp) readStderr(errR io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := errR.Read(buf)
		if n > 0 {
			if kept := i.stderr.write(buf[:n]); !kept {
				i.opts.Output(0, RawStderr, buf[:n])
			}
		}
		if err != nil {
			return
		}
	}
}

// wait collects the process and tells those who wait for it.
func (i *Interp) wait(reading *sync.WaitGroup, files ...io.Closer) {
	err := i.cmd.Wait()
	// What the dead child wrote is in the pipes; a process that it left behind may
	// hold them open, and isn't waited for.
	read := make(chan struct{})
	go func() { reading.Wait(); close(read) }()
	select {
	case <-read:
	case <-time.After(closeGrace):
		closeAll(files...)
		<-read
	}
	closeAll(files...)
	killTree(i.cmd)

	i.mu.Lock()
	i.death = explain(i.killed, err, i.stderr.bytes())
	runs := i.runs
	i.runs = nil
	i.mu.Unlock()
	close(i.gone)
	for _, r := range runs {
		r.end(nil, i.death)
	}
}

// watchEvery is how often the memory of the child is looked at.
const watchEvery = 20 * time.Millisecond

// watch ends a child that uses more memory than the limit. It asks for a traceback
// first: the dump names the line that allocates.
func (i *Interp) watch(limit int64) {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-i.gone:
			return
		case <-t.C:
		}
		used := Resident(i.Pid())
		if used <= limit {
			continue
		}
		i.mu.Lock()
		if i.killed == "" {
			i.killed = fmt.Sprintf("out of memory: the interpreter used %s, the limit is %s", Size(used), Size(limit))
		}
		i.mu.Unlock()
		dumpAndKill(i.cmd, i.gone)
		return
	}
}

// Size writes a number of bytes for a person.
func Size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}

// Resident returns the resident memory of a process in bytes, 0 if it isn't known.
func Resident(pid int) int64 {
	// The fast way; elsewhere the limit of the operating system has to do.
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
