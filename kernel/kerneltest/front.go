// Package kerneltest is a front end for tests: it talks to a kernel over real sockets,
// and every message that the test doesn't expect fails the test. That goes for IOPub,
// in order for each request, for replies, for the stdin channel and for warnings in
// the kernel's log. Processes and files that the kernel leaves behind fail it too.
//
// It is not a client for programs; that is package client, which it is built on.
package kerneltest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shirou/gopsutil/v4/process"
	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel"
	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/child"
	"github.com/goherd/goherd/kernel/wire"
)

// Main is the TestMain of a package whose tests start kernels: the test binary is also
// the interpreter ("interp"), the worker ("worker") and the kernel ("kernel") that they start. Goroutines that
// are left at the end fail the tests.
func Main(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "interp":
			if err := child.Main(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "worker":
			if err := child.WorkerMain(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		case "kernel":
			os.Exit(kernel.Main(context.Background(), os.Args[2:], os.Stderr))
		}
	}
	// Of yaegi's own data races the race detector tells in the output of cells, where
	// nobody expects it. Package interp's tests look at them.
	os.Setenv("GORACE", "report_bugs=0 atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

// kernels counts those that run in this process.
var kernels atomic.Int32

// patience is how long a message may take; the machine may be busy.
const patience = 30 * time.Second

// Options configure a kernel. The zero value is usable.
type Options struct {
	TCP     bool           // instead of ipc
	History *history.Store // nil: none
	// MemoryLimit is that of the interpreter, in bytes.
	MemoryLimit int64
}

// A Front is a front end, and the kernel in this process that it belongs to if it was
// made by Start. Its methods are called by the test's goroutine.
type Front struct {
	T      testing.TB
	Client *client.Client
	Kernel *kernel.Kernel // nil if it is another process
	Info   wire.ConnectionInfo

	log    *record
	ended  chan struct{} // closed when the kernel has
	endErr error         // of Kernel.Wait; valid after ended

	mu       sync.Mutex
	changed  chan struct{}       // closed, and replaced, when a message comes
	requests map[string]*Request // by message ID
	orphans  []*wire.Message     // on IOPub, of no request of ours
	stdin    []*wire.Message
	strays   []string // what can't be expected at all
}

// Start starts a kernel in this process and a front end for it. Both end with the
// test, which fails if anything unexpected was left then.
func Start(t testing.TB, opts Options) *Front {
	t.Helper()
	// Names of tests make paths that are too long for a socket.
	dir, err := os.MkdirTemp("", "kt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(left) > 0 {
			t.Errorf("files left: %v, %v", left, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	info := wire.ConnectionInfo{Transport: "ipc", IP: filepath.Join(dir, "s"), Key: uuid.NewString()}
	for i, ch := range wire.Channels {
		info.SetPort(ch, i+1)
	}
	if opts.TCP {
		info = freeTCP(t)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := &Front{T: t, Info: info, log: &record{}, ended: make(chan struct{})}
	f.Kernel, err = kernel.Start(info, kernel.Options{
		Log:     slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		History: opts.History,
		Interp:  interp.Options{Argv: []string{self, "interp"}, MemoryLimit: opts.MemoryLimit},
	})
	if err != nil {
		t.Fatal(err)
	}
	kernels.Add(1)
	go func() {
		f.endErr = f.Kernel.Wait()
		close(f.ended)
	}()
	f.connect()
	t.Cleanup(f.close)
	return f
}

// freeTCP returns a connection on ports that are free now.
func freeTCP(t testing.TB) wire.ConnectionInfo {
	t.Helper()
	info := wire.ConnectionInfo{Transport: "tcp", IP: "127.0.0.1", Key: uuid.NewString()}
	for _, ch := range wire.Channels {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // not before all have one
		info.SetPort(ch, l.Addr().(*net.TCPAddr).Port)
	}
	return info
}

// Connect returns another front end of the same kernel.
func (f *Front) Connect() *Front {
	f.T.Helper()
	g := &Front{T: f.T, Info: f.Info, log: &record{}, ended: f.ended}
	g.connect()
	f.T.Cleanup(g.Leave)
	return g
}

func (f *Front) connect() {
	f.T.Helper()
	f.changed, f.requests = make(chan struct{}), map[string]*Request{}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	f.Client, err = client.Connect(ctx, f.Info, client.Options{
		OnIOPub: func(m *wire.Message) { f.take(wire.IOPub, m) },
		OnUnexpected: func(ch wire.Channel, m *wire.Message, err error) {
			if err != nil {
				f.T.Errorf("%s: %v", ch, err)
				return
			}
			f.take(ch, m)
		},
	})
	if err != nil {
		f.T.Fatal(err)
	}
}

// take files a message that came.
func (f *Front) take(ch wire.Channel, m *wire.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() {
		close(f.changed)
		f.changed = make(chan struct{})
	}()
	r := f.requests[m.Parent.MsgID]
	switch {
	case r != nil && r.forgotten:
	case ch == wire.Stdin:
		f.stdin = append(f.stdin, m)
	case ch == wire.IOPub && r != nil:
		r.iopub = append(r.iopub, m)
	case ch == wire.IOPub && m.Parent.MsgType == wire.MsgKernelInfoRequest:
		// Of another client, or of ours while it connected.
	case ch == wire.IOPub:
		f.orphans = append(f.orphans, m)
	case r != nil && r.Channel == ch:
		r.replies = append(r.replies, m)
	default:
		f.strays = append(f.strays, string(ch)+": "+Short(m))
	}
}

// await waits until ok, which is called with f.mu held, returns true.
func (f *Front) await(what string, ok func() bool) {
	f.T.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		f.mu.Lock()
		done, changed := ok(), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			f.mu.Lock()
			state := f.state()
			f.mu.Unlock()
			f.T.Fatalf("waited in vain for %s; here are\n%s", what, state)
		}
	}
}

// state lists what is here and wasn't asked for. f.mu is held.
func (f *Front) state() string {
	var b strings.Builder
	for _, r := range f.requests {
		for _, m := range r.iopub {
			fmt.Fprintf(&b, "iopub of %q: %s\n", r.name, Short(m))
		}
		for _, m := range r.replies {
			fmt.Fprintf(&b, "reply to %q: %s\n", r.name, Short(m))
		}
	}
	for _, m := range f.orphans {
		fmt.Fprintf(&b, "iopub: %s\n", Short(m))
	}
	for _, m := range f.stdin {
		fmt.Fprintf(&b, "stdin: %s\n", Short(m))
	}
	return b.String() + strings.Join(f.strays, "\n")
}

// Leave disconnects the front end and checks that nothing unexpected came.
func (f *Front) Leave() {
	f.T.Helper()
	if err := f.Client.Close(); err != nil {
		f.T.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if left := f.state(); left != "" && !f.T.Failed() {
		f.T.Errorf("unexpected messages:\n%s", left)
	}
}

// close ends kernel and front end.
func (f *Front) close() {
	f.T.Helper()
	f.Kernel.Shutdown(nil)
	f.Ended()
	f.Leave()
	if self, err := process.NewProcess(int32(os.Getpid())); err != nil {
		f.T.Error(err)
	} else if kernels.Add(-1) > 0 {
		// The last one looks whether there are processes left.
	} else if children, err := self.Children(); err == nil && len(children) > 0 { // an error: none
		f.T.Errorf("processes left: %v", children)
	}
	if left := f.log.take(""); len(left) > 0 {
		f.T.Errorf("unexpected in the log:\n%s", strings.Join(left, ""))
	}
}

// Ended waits until the kernel has ended and returns the error of its Wait.
func (f *Front) Ended() error {
	f.T.Helper()
	select {
	case <-f.ended:
		return f.endErr
	case <-time.After(patience):
		f.T.Fatal("the kernel doesn't end")
		return nil
	}
}

// Logged waits for warnings in the kernel's log that contain text, and returns them.
func (f *Front) Logged(text string) []string {
	f.T.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if found := f.log.take(text); len(found) > 0 {
			return found
		}
	}
	f.T.Fatalf("the log doesn't say %q:\n%s", text, strings.Join(f.log.take(""), ""))
	return nil
}

// Orphan waits for the next message on IOPub that belongs to no request of this front
// end, and checks its type.
func (f *Front) Orphan(msgType string) *wire.Message {
	f.T.Helper()
	var m *wire.Message
	f.await(msgType+" of no request", func() bool {
		if len(f.orphans) == 0 {
			return false
		}
		m, f.orphans = f.orphans[0], f.orphans[1:]
		return true
	})
	if m.Header.MsgType != msgType {
		f.T.Fatalf("%s, want %s", Short(m), msgType)
	}
	return m
}

// InputRequest waits for the next question on the stdin channel, which must be asked
// for r.
func (f *Front) InputRequest(r *Request) (*wire.Message, wire.InputRequest) {
	f.T.Helper()
	var m *wire.Message
	f.await("input_request", func() bool {
		if len(f.stdin) == 0 {
			return false
		}
		m, f.stdin = f.stdin[0], f.stdin[1:]
		return true
	})
	if m.Header.MsgType != wire.MsgInputRequest || m.Parent.MsgID != r.ID {
		f.T.Fatalf("%s with parent %s, want an input_request of %q", Short(m), m.Parent.MsgID, r.name)
	}
	var c wire.InputRequest
	f.decode(m, &c)
	return m, c
}

// Answer answers a question; without one, as jupyter_client does, which names no
// parent.
func (f *Front) Answer(question *wire.Message, value string) {
	f.T.Helper()
	m, err := f.Client.Session().Message(question, wire.MsgInputReply, wire.InputReply{Value: value})
	if err == nil {
		err = f.Client.Send(wire.Stdin, m)
	}
	if err != nil {
		f.T.Fatal(err)
	}
}

func (f *Front) decode(m *wire.Message, v any) {
	f.T.Helper()
	if err := m.Decode(v); err != nil {
		f.T.Fatal(err)
	}
}

// large is the size in bytes from which a stream's text isn't told: the race detector
// makes decoding it slow.
const large = 64 << 10

// Short tells what a message says, on few lines.
func Short(m *wire.Message) string {
	if m.Header.MsgType == wire.MsgStream && len(m.Content) > large {
		for _, name := range []string{"stdout", "stderr"} {
			if bytes.HasPrefix(m.Content, []byte(`{"name":"`+name+`"`)) {
				return fmt.Sprintf("%s: (%d bytes)", name, len(m.Content))
			}
		}
	}
	var c struct {
		State   string          `json:"execution_state"`
		Name    string          `json:"name"`
		Text    string          `json:"text"`
		Code    string          `json:"code"`
		Data    json.RawMessage `json:"data"`
		Ename   string          `json:"ename"`
		Evalue  string          `json:"evalue"`
		Wait    *bool           `json:"wait"`
		Status  string          `json:"status"`
		Message string          `json:"message"`
	}
	if err := m.Decode(&c); err != nil {
		return m.Header.MsgType + ": " + err.Error()
	}
	var data map[string]any
	if json.Unmarshal(c.Data, &data) != nil {
		data = nil
	}
	plain := fmt.Sprint(data["text/plain"])
	if data["text/plain"] == nil {
		plain = string(c.Data)
	}
	switch m.Header.MsgType {
	case wire.MsgStatus:
		return c.State
	case wire.MsgStream:
		return c.Name + ": " + c.Text
	case wire.MsgExecuteInput:
		return "input: " + c.Code
	case wire.MsgExecuteResult:
		return "result: " + plain
	case wire.MsgDisplayData:
		return "display: " + plain
	case wire.MsgUpdateDisplayData:
		return "update: " + plain
	case wire.MsgError:
		return "error: " + c.Ename + ": " + c.Evalue
	case wire.MsgClearOutput:
		return fmt.Sprintf("clear: wait=%v", c.Wait != nil && *c.Wait)
	}
	return fmt.Sprintf("%s: %s", m.Header.MsgType, m.Content[:min(len(m.Content), 300)])
}

// record is a log that can be looked at.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, string(bytes.Clone(p)))
	return len(p), nil
}

// take removes and returns the lines that contain text.
func (r *record) take(text string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found, left []string
	for _, l := range r.lines {
		if strings.Contains(l, text) {
			found = append(found, l)
		} else {
			left = append(left, l)
		}
	}
	r.lines = left
	return found
}
