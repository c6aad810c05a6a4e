// Package kernel is a Jupyter kernel: five ZeroMQ sockets in front of one session.
// It answers requests, tells all clients what happens, and never runs a line of the
// user's code, so that it always answers.
//
// What a cell means is package session's business, how a message looks package
// wire's, how it travels package transport's.
//
// Goroutines: one reads each of shell, control and stdin until its socket is closed.
// Each shell has one that executes its cells in order. One answers the quick requests
// of the shell channel, which don't wait for cells. Wait returns when all have ended.
package kernel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/goherd/goherd/install"
	"github.com/goherd/goherd/kernel/comm"
	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/session"
	"github.com/goherd/goherd/kernel/transport"
	"github.com/goherd/goherd/kernel/wire"
)

// Options configure a kernel. The zero value is usable, but keeps no history.
type Options struct {
	Log *slog.Logger
	// History is closed with the kernel; nil means none.
	History *history.Store
	// Interp says how interpreters are started.
	Interp interp.Options
}

// A Kernel is a running kernel.
type Kernel struct {
	log     *slog.Logger
	info    wire.ConnectionInfo
	codec   *wire.Codec
	sender  *wire.Session
	history *history.Store
	nb      *session.Session
	comms   *comm.Registry
	started time.Time
	load    load

	shell, control, iopub, stdin, heartbeat *transport.Socket

	main   *shell
	quick  chan *wire.Message
	inputs inputs

	mu     sync.Mutex
	subs   map[string]*shell
	active []*wire.Message // requests that cells are executed for, oldest first

	tidy   *time.Timer     // runs while no cell does
	ctx    context.Context // ends when the kernel is shut down
	stop   context.CancelCauseFunc
	shells sync.WaitGroup
	wg     sync.WaitGroup // all other goroutines
}

// errShutdown is the cause of a context that ends because a client asked for it.
var errShutdown = errors.New("shutdown requested")

// Start binds the sockets of a connection file and serves them until Wait returns.
func Start(info wire.ConnectionInfo, opts Options) (*Kernel, error) {
	codec, err := wire.NewCodec(info.SignatureScheme, info.Key)
	if err != nil {
		return nil, fmt.Errorf("kernel: %w", err)
	}
	k := &Kernel{
		log: opts.Log, info: info, codec: codec, sender: wire.NewSession("kernel"), history: opts.History,
		started: time.Now(), quick: make(chan *wire.Message, 256), subs: map[string]*shell{},
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	k.ctx, k.stop = context.WithCancelCause(context.Background())
	if err := k.bind(); err != nil {
		k.stop(err)
		return nil, errors.Join(fmt.Errorf("kernel: %w", err), k.closeSockets(0))
	}
	k.comms = comm.New(commSender{k}, k.log)
	k.nb = session.New(session.Options{Front: front{k}, History: opts.History, Log: k.log, Interp: opts.Interp, Comms: k.comms})
	k.tidy = time.AfterFunc(tidyAfter, k.giveBack)
	k.main = k.newShell("")
	k.status(nil, wire.StateStarting)
	k.wg.Go(func() { k.read(wire.Shell, k.shell, k.onShell) })
	k.wg.Go(func() { k.read(wire.Control, k.control, func(m *wire.Message) { k.onControl(k.control, m) }) })
	k.wg.Go(func() { k.read(wire.Stdin, k.stdin, k.onStdin) })
	k.wg.Go(k.serveQuick)
	return k, nil
}

func (k *Kernel) bind() error {
	for _, s := range []struct {
		socket  **transport.Socket
		kind    transport.Kind
		channel wire.Channel
	}{
		{&k.heartbeat, transport.Echo, wire.Heartbeat},
		{&k.iopub, transport.XPub, wire.IOPub},
		{&k.control, transport.Router, wire.Control},
		{&k.stdin, transport.Router, wire.Stdin},
		{&k.shell, transport.Router, wire.Shell},
	} {
		o := transport.Options{Log: k.log}
		if s.channel == wire.IOPub {
			o.OnSubscribe = k.welcome
		}
		socket, err := transport.Listen(s.kind, k.info.Endpoint(s.channel), o)
		if err != nil {
			return fmt.Errorf("channel %s: %w", s.channel, err)
		}
		*s.socket = socket
	}
	return nil
}

// welcome makes the first message that a subscriber of IOPub gets (section "Welcome
// message").
func (k *Kernel) welcome(topic []byte) [][]byte {
	m, err := k.sender.Message(nil, wire.MsgWelcome, wire.Welcome{Subscription: string(topic)})
	if err != nil {
		k.log.Error("welcome", "error", err)
		return nil
	}
	m.Identities = [][]byte{topic}
	parts, err := k.codec.Encode(m)
	if err != nil {
		k.log.Error("welcome", "error", err)
		return nil
	}
	return parts
}

// read hands the messages of a socket to handle until the socket is closed. What
// isn't a proper message is logged and dropped.
func (k *Kernel) read(ch wire.Channel, s *transport.Socket, handle func(*wire.Message)) {
	for {
		parts, err := s.Recv()
		if err != nil {
			return
		}
		m, err := k.codec.Decode(parts)
		if err != nil {
			k.log.Warn("message dropped", "channel", string(ch), "error", err)
			continue
		}
		handle(m)
	}
}

// publish sends a message to all clients.
func (k *Kernel) publish(parent *wire.Message, msgType string, content any, metadata map[string]any, buffers [][]byte) {
	m, err := k.sender.Message(parent, msgType, content)
	if err != nil {
		k.log.Error("message not sent", "type", msgType, "error", err)
		return
	}
	m.Identities = [][]byte{[]byte(msgType)}
	m.Metadata, m.Buffers = metadata, buffers
	_ = k.send(k.iopub, m)
}

// send sends a message, and logs why it couldn't be sent. Most callers have nobody
// else to tell.
func (k *Kernel) send(s *transport.Socket, m *wire.Message) error {
	parts, err := k.codec.Encode(m)
	if err == nil {
		err = s.Send(parts)
	}
	switch {
	case err == nil, errors.Is(err, transport.ErrClosed):
	case errors.Is(err, transport.ErrNoPeer):
		k.log.Debug("the client is gone", "type", m.Header.MsgType)
	default:
		k.log.Warn("message not sent", "type", m.Header.MsgType, "error", err)
	}
	return err
}

// reply answers a request on the channel it came from.
func (k *Kernel) reply(s *transport.Socket, req *wire.Message, msgType string, content any) {
	m, err := k.sender.Reply(req, msgType, content)
	if err != nil {
		k.log.Error("no reply", "type", msgType, "error", err)
		m, err = k.sender.Reply(req, msgType, wire.NewErrorReply("kernel error", err.Error(), nil))
		if err != nil {
			return
		}
	}
	_ = k.send(s, m)
}

func (k *Kernel) status(parent *wire.Message, state string) {
	k.publish(parent, wire.MsgStatus, wire.Status{ExecutionState: state}, nil, nil)
}

// tidyAfter is how long a kernel is idle before it gives free memory back to the
// operating system: collecting while cells run would slow them.
const tidyAfter = 2 * time.Second

// giveBack returns free memory of the kernel and of its interpreter, if no cell runs.
func (k *Kernel) giveBack() {
	k.mu.Lock()
	busy := len(k.active) > 0
	k.mu.Unlock()
	if busy || k.ctx.Err() != nil {
		return
	}
	debug.FreeOSMemory()
	k.nb.Collect()
}

// Interrupt stops the running cell, as an interrupt_request does.
func (k *Kernel) Interrupt() { k.nb.Interrupt() }

// Shutdown makes the kernel end. It may be called more than once.
func (k *Kernel) Shutdown(cause error) { k.stop(cause) }

// Done is closed when the kernel is being shut down.
func (k *Kernel) Done() <-chan struct{} { return k.ctx.Done() }

// drain is how long messages may take to reach slow clients at the end.
const drain = time.Second

// Wait returns when the kernel was shut down and everything it had started has
// ended. The error is nil if a client asked for it.
func (k *Kernel) Wait() error {
	<-k.ctx.Done()
	k.tidy.Stop()
	// No further cell begins; the one that runs ends with its interpreter.
	k.mu.Lock()
	shells := []*shell{k.main}
	for _, s := range k.subs {
		shells = append(shells, s)
	}
	k.mu.Unlock()
	for _, s := range shells {
		s.close()
	}
	k.nb.Close()
	k.shells.Wait()
	err := k.closeSockets(drain)
	k.wg.Wait()
	if k.history != nil {
		err = errors.Join(err, k.history.Close())
	}
	if cause := context.Cause(k.ctx); !errors.Is(cause, errShutdown) {
		err = errors.Join(cause, err)
	}
	return err
}

func (k *Kernel) closeSockets(wait time.Duration) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all error
	for _, s := range []*transport.Socket{k.shell, k.control, k.stdin, k.iopub, k.heartbeat} {
		if s == nil {
			continue
		}
		wg.Go(func() {
			if err := s.Close(wait); err != nil && !errors.Is(err, transport.ErrUndelivered) {
				mu.Lock()
				all = errors.Join(all, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return all
}

// front is the kernel as its session sees it.
type front struct{ k *Kernel }

func (f front) Stream(parent *wire.Message, name, text string) {
	f.k.publish(parent, wire.MsgStream, wire.Stream{Name: name, Text: text}, nil, nil)
}

func (f front) Publish(parent *wire.Message, msgType string, content any, metadata map[string]any, buffers [][]byte) {
	f.k.publish(parent, msgType, content, metadata, buffers)
}

func (f front) Backlog() int64 { return f.k.iopub.Backlog() }

func (f front) Input(ctx context.Context, parent *wire.Message, prompt string, password bool) (string, error) {
	return f.k.inputs.ask(ctx, f.k, parent, prompt, password)
}

// commSender sends what comms say.
type commSender struct{ k *Kernel }

func (c commSender) Send(ctx context.Context, msgType string, content any, metadata map[string]any, buffers [][]byte) error {
	c.k.publish(session.Parent(ctx), msgType, content, metadata, buffers)
	return nil
}

// info is the answer to a kernel_info_request.
func (k *Kernel) kernelInfo() wire.KernelInfoReply {
	v := goVersion()
	return wire.KernelInfoReply{
		Status: wire.StatusOK, ProtocolVersion: wire.ProtocolVersion,
		Implementation: "goherd", ImplementationVersion: install.Version(),
		LanguageInfo: wire.LanguageInfo{
			Name: "go", Version: v, Mimetype: "text/x-go", FileExtension: ".go",
			PygmentsLexer: "go", CodemirrorMode: "go", NbconvertExporter: "script",
		},
		Banner: fmt.Sprintf("goherd %s, Go %s: cells are interpreted at once. %%help lists the magics, name? shows documentation.", install.Version(), v),
		HelpLinks: wire.List[wire.HelpLink]{
			{Text: "Go standard library", URL: "https://pkg.go.dev/std"},
			{Text: "The Go specification", URL: "https://go.dev/ref/spec"},
			{Text: "A tour of Go", URL: "https://go.dev/tour/"},
			{Text: "goherd", URL: "https://github.com/goherd/goherd"},
		},
		SupportedFeatures: wire.List[string]{wire.FeatureSubshells},
	}
}

// hostname is asked once: it may take a name server.
var hostname = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
})
