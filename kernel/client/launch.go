package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/goherd/goherd/kernel/wire"
)

// LaunchOptions configure [Launch]. The zero value is usable.
type LaunchOptions struct {
	// Client are the options of the Client that is connected to the kernel.
	Client Options
	// Transport is "tcp", the default, or "ipc".
	Transport string
	// Dir is the kernel's working directory; empty is this process's.
	Dir string
	// Env is added to the environment of this process.
	Env []string
	// Stdout and Stderr get what the kernel process itself writes there; nil
	// drops it. The end of Stderr is kept for errors in any case.
	Stdout, Stderr io.Writer
}

// Kernel is a kernel process and a Client connected to it. It must be closed,
// even if the process has ended by itself.
type Kernel struct {
	*Client
	argv []string
	opts LaunchOptions
	info wire.ConnectionInfo
	dir  string // holds the connection file, and the socket files of ipc

	mu         sync.Mutex
	proc       *process
	restarting bool
	closed     bool
}

// process is one run of the kernel.
type process struct {
	cmd    *exec.Cmd
	stderr tail
	done   chan struct{} // closed when it has ended
	err    error         // how, after done
}

// ConnectionFileArg is what [Launch] replaces by the path of the connection
// file, as Jupyter does in the argv of a kernel.json.
const ConnectionFileArg = "{connection_file}"

// Launch starts a kernel as Jupyter does, and returns when it is ready to run
// code: argv is the command, in which [ConnectionFileArg] is replaced, and
// JPY_PARENT_PID tells the process whose end it should not outlive. It gets no
// interrupts from the terminal.
//
// If the process ends before it is ready, the error says how, with the end of
// what it wrote to standard error. If ctx ends first the process is killed.
// Afterwards ctx has no influence.
func Launch(ctx context.Context, argv []string, opts LaunchOptions) (*Kernel, error) {
	if len(argv) == 0 {
		return nil, errors.New("no command to start the kernel with")
	}
	dir, err := os.MkdirTemp("", "kernel-")
	if err != nil {
		return nil, fmt.Errorf("connection file: %w", err)
	}
	k := &Kernel{argv: argv, opts: opts, dir: dir, info: wire.ConnectionInfo{
		Transport:       opts.Transport,
		Key:             uuid.NewString(),
		SignatureScheme: wire.DefaultScheme,
	}}
	if err := k.launch(ctx); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

func (k *Kernel) launch(ctx context.Context) error {
	if err := k.choosePorts(); err != nil {
		return err
	}
	if err := k.info.Validate(); err != nil {
		return err
	}
	if err := k.info.Write(k.ConnectionFile()); err != nil {
		return err
	}
	p, err := k.start()
	if err != nil {
		return err
	}
	k.proc = p
	ctx, stop := p.bind(ctx)
	defer stop()
	if k.Client, err = Connect(ctx, k.info, k.opts.Client); err != nil {
		return fmt.Errorf("kernel %s: %w", k.argv[0], err)
	}
	k.watch(p)
	return nil
}

// ConnectionFile is the path of the connection file. It is removed by Close.
func (k *Kernel) ConnectionFile() string { return filepath.Join(k.dir, "connection.json") }

// Info is what the connection file says.
func (k *Kernel) Info() wire.ConnectionInfo { return k.info }

// PID is the process id of the kernel, that of the last run if it has ended.
func (k *Kernel) PID() int { return k.process().cmd.Process.Pid }

func (k *Kernel) process() *process {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.proc
}

// Done is closed when the kernel process has ended. After a Restart it is
// another channel.
func (k *Kernel) Done() <-chan struct{} { return k.process().done }

// start runs the command.
func (k *Kernel) start() (*process, error) {
	args := make([]string, len(k.argv))
	for i, a := range k.argv {
		args[i] = strings.ReplaceAll(a, ConnectionFileArg, k.ConnectionFile())
	}
	p := &process{cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{})}
	p.cmd.Dir = k.opts.Dir
	p.cmd.Env = append(os.Environ(), k.opts.Env...)
	p.cmd.Env = append(p.cmd.Env, "JPY_PARENT_PID="+strconv.Itoa(os.Getpid()))
	p.cmd.Stdout = k.opts.Stdout
	p.cmd.Stderr = &p.stderr
	if k.opts.Stderr != nil {
		p.cmd.Stderr = io.MultiWriter(&p.stderr, k.opts.Stderr)
	}
	p.cmd.SysProcAttr = detached
	// A grandchild that has inherited the pipes must not keep us waiting.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the kernel: %w", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// ended says how the process ended.
func (p *process) ended() error {
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	if text := p.stderr.String(); text != "" {
		return fmt.Errorf("the kernel process ended (%s): %s", how, text)
	}
	return fmt.Errorf("the kernel process ended (%s)", how)
}

// bind returns a context that ends with the process, too.
func (p *process) bind(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-p.done:
			cancel(p.ended())
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// aftermath is how long what a kernel has sent before its end may take to be
// handled here.
const aftermath = 250 * time.Millisecond

// watch ends the client's requests when the process has ended, unless another
// one has been started.
func (k *Kernel) watch(p *process) {
	k.Client.wg.Go(func() {
		select {
		case <-p.done:
		case <-k.Client.ended:
			return
		}
		timer := time.NewTimer(aftermath)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-k.Client.ended:
			return
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.proc == p && !k.restarting {
			k.Client.end(p.ended())
		}
	})
}

// Interrupt asks the kernel to stop what it is running, by a message on the
// control channel, and returns when it has answered.
func (k *Kernel) Interrupt(ctx context.Context) error {
	_, err := k.Request(ctx, wire.Control, wire.MsgInterruptRequest, nil)
	return err
}

// Shutdown asks the kernel to end and waits until it has, then it closes k. It
// is an error if the kernel hasn't ended when ctx ends, and is killed, and if
// its exit status isn't 0.
func (k *Kernel) Shutdown(ctx context.Context) error {
	err := k.shutdown(ctx, false)
	return errors.Join(err, k.Close())
}

func (k *Kernel) shutdown(ctx context.Context, restart bool) error {
	p := k.process()
	// Some kernels, ipykernel for one, don't end while code is running.
	if err := k.ask(wire.Control, wire.MsgInterruptRequest); err != nil {
		return err
	}
	_, err := k.Request(ctx, wire.Control, wire.MsgShutdownRequest, wire.ShutdownRequest{Restart: restart})
	if err == nil || ctx.Err() == nil { // no reply, but it may have ended
		select {
		case <-p.done:
			if p.err != nil {
				return p.ended()
			}
			return nil
		case <-ctx.Done():
		}
	}
	k.Kill()
	return fmt.Errorf("the kernel did not end when asked to, it was killed: %w", context.Cause(ctx))
}

// ErrRestarted is what requests get that were under way when the kernel was
// restarted.
var ErrRestarted = errors.New("the kernel was restarted")

// Restart ends the kernel process and starts another one with the same
// connection file, to which the Client is connected when it returns. If ctx
// ends before, it fails, and what is left is a Kernel that can only be closed.
// Requests that were under way get ErrRestarted.
func (k *Kernel) Restart(ctx context.Context) error {
	k.mu.Lock()
	k.restarting = true
	k.mu.Unlock()
	err := k.restart(ctx)
	k.mu.Lock()
	k.restarting = false
	k.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("restart: %w", err)
		k.Client.end(err)
	}
	return err
}

func (k *Kernel) restart(ctx context.Context) error {
	if err := k.shutdown(ctx, true); err != nil {
		return err
	}
	old := k.Client.abort(ErrRestarted)
	p, err := k.start()
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.proc = p
	k.mu.Unlock()
	ctx, stop := p.bind(ctx)
	defer stop()
	if err := k.Client.awaitIOPub(ctx, old); err != nil {
		return err
	}
	k.watch(p)
	return nil
}

// Kill ends the process at once and returns when it has ended.
func (k *Kernel) Kill() {
	p := k.process()
	p.cmd.Process.Kill() // fails only if it has ended
	<-p.done
}

// Close kills the process if it runs, closes the Client and removes the
// connection file. Further calls do nothing.
func (k *Kernel) Close() error {
	k.mu.Lock()
	started, closed := k.proc != nil, k.closed
	k.closed = true
	k.mu.Unlock()
	if closed {
		return nil
	}
	if started {
		k.Kill()
	}
	var err error
	if k.Client != nil {
		err = k.Client.Close()
	}
	releasePorts(&k.info)
	return errors.Join(err, os.RemoveAll(k.dir))
}
