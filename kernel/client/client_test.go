package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/internal/pytool"
	"github.com/goherd/goherd/kernel/wire"
)

// The kernel here is ipykernel: what the client does is right if it is right
// with the kernel that everybody uses.

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func launch(t testing.TB, opts LaunchOptions) *Kernel {
	t.Helper()
	if opts.Client.OnUnexpected == nil {
		opts.Client.OnUnexpected = func(ch wire.Channel, m *wire.Message, err error) {
			t.Errorf("unexpected on %s: %+v, %v", ch, m, err)
		}
	}
	opts.Dir = t.TempDir()
	opts.Env = append(opts.Env, "IPYTHONDIR="+t.TempDir())
	argv := []string{pytool.Python(t), "-m", "ipykernel_launcher", "-f", ConnectionFileArg}
	k, err := Launch(within(t, time.Minute), argv, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// run executes code and returns the messages in short, statuses included.
func run(t testing.TB, k *Client, code string, opts ExecOptions) (reply *wire.ExecuteReply, got []string) {
	t.Helper()
	reply, err := k.Execute(within(t, 30*time.Second), code, opts, func(m *wire.Message) {
		got = append(got, short(t, m))
	})
	if err != nil {
		t.Fatal(err)
	}
	return reply, got
}

func short(t testing.TB, m *wire.Message) string {
	var c struct {
		ExecutionState, Name, Text, Ename string
		State                             string `json:"execution_state"`
		Data                              map[string]any
	}
	if err := m.Decode(&c); err != nil {
		t.Error(err)
	}
	return strings.TrimRight(fmt.Sprint(m.Header.MsgType, " ", c.State, c.Name, c.Text, c.Ename, c.Data["text/plain"]), "\n ")
}

func TestExecute(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		k := launch(t, LaunchOptions{Transport: transport})
		reply, got := run(t, k.Client, "print('a')\nprint('b', flush=True)\n40+2", ExecOptions{})
		want := []string{"status busy<nil>", "execute_input <nil>", "stream stdouta\nb\n<nil>", "execute_result 42", "status idle<nil>"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if reply.Status != wire.StatusOK || reply.ExecutionCount != 1 {
			t.Errorf("reply %+v", reply)
		}
		reply, got = run(t, k.Client, "1/0", ExecOptions{GoOn: true})
		if reply.Status != wire.StatusError || reply.Ename != "ZeroDivisionError" || len(reply.Traceback) == 0 {
			t.Errorf("reply %+v", reply)
		}
		if !strings.Contains(strings.Join(got, ","), "error ZeroDivisionError") {
			t.Errorf("messages %q", got)
		}
		reply, got = run(t, k.Client, "x = 1; x", ExecOptions{Silent: true, UserExpressions: map[string]string{"y": "x + 1"}})
		if diff := cmp.Diff([]string{"status busy<nil>", "status idle<nil>"}, got); diff != "" {
			t.Error(diff)
		}
		if v := fmt.Sprint(reply.UserExpressions["y"]); !strings.Contains(v, "text/plain:2") || reply.ExecutionCount != 2 {
			t.Errorf("reply %+v", reply)
		}
		m, err := k.Request(within(t, 30*time.Second), wire.Control, wire.MsgKernelInfoRequest, nil)
		if err != nil {
			t.Fatal(err)
		}
		var info wire.KernelInfoReply
		if err := m.Decode(&info); err != nil || info.LanguageInfo.Name != "python" {
			t.Errorf("kernel info %+v, %v", info, err)
		}
		if err := k.Heartbeat(within(t, 30*time.Second)); err != nil {
			t.Error(err)
		}
		file, socks := k.ConnectionFile(), k.dir
		if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("connection file: %v, %v", st, err)
		}
		if err := k.Shutdown(within(t, 30*time.Second)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(socks); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("left behind: %v", err)
		}
		if err := k.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
		if _, err := k.Request(within(t, 30*time.Second), wire.Control, wire.MsgKernelInfoRequest, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Request after Close: %v", err)
		}
	}
}

// Many requests at once each get their own messages.
func TestConcurrentRequests(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]int)
	k := launch(t, LaunchOptions{Client: Options{OnIOPub: func(m *wire.Message) {
		mu.Lock()
		seen[m.Header.MsgType]++
		mu.Unlock()
	}}})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			var text string
			_, err := k.Execute(within(t, time.Minute), fmt.Sprintf("print(%d)", i), ExecOptions{}, func(m *wire.Message) {
				var s wire.Stream
				if m.Header.MsgType == wire.MsgStream && m.Decode(&s) == nil {
					text += s.Text
				}
			})
			if err != nil || text != fmt.Sprintln(i) {
				t.Errorf("%d: %q, %v", i, text, err)
			}
		})
		wg.Go(func() {
			m, err := k.Request(within(t, time.Minute), wire.Shell, wire.MsgIsCompleteRequest, wire.IsCompleteRequest{Code: "if x:"})
			var r wire.IsCompleteReply
			if err != nil || m.Decode(&r) != nil || r.Status != wire.CodeIncomplete || r.Indent != "    " {
				t.Errorf("is_complete: %+v, %v", r, err)
			}
			if err := k.Heartbeat(within(t, time.Minute)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	if seen[wire.MsgExecuteInput] != 20 || seen[wire.MsgWelcome] != 0 {
		t.Errorf("seen on iopub: %v", seen)
	}
	if len(k.calls) != 0 {
		t.Errorf("%d requests are still known", len(k.calls))
	}
}

func TestInput(t *testing.T) {
	k := launch(t, LaunchOptions{})
	var asked []wire.InputRequest
	_, got := run(t, k.Client, "import getpass\nprint(input('name? ') + getpass.getpass('secret? '))", ExecOptions{
		Input: func(_ context.Context, r wire.InputRequest) (string, error) {
			asked = append(asked, r)
			return fmt.Sprint("<", len(asked), ">"), nil
		},
	})
	if diff := cmp.Diff([]wire.InputRequest{{Prompt: "name? "}, {Prompt: "secret? ", Password: true}}, asked); diff != "" {
		t.Error(diff)
	}
	if s := strings.Join(got, "|"); !strings.Contains(s, "stdout<1><2>") {
		t.Errorf("messages %s", s)
	}
	// Without an Input the kernel doesn't ask.
	if reply, _ := run(t, k.Client, "input()", ExecOptions{GoOn: true}); reply.Ename != "StdinNotImplementedError" {
		t.Errorf("reply %+v", reply)
	}
	// A failing one ends Execute; the kernel waits on and can be interrupted.
	failure := errors.New("no answer")
	_, err := k.Execute(within(t, 30*time.Second), "input()", ExecOptions{
		Input: func(context.Context, wire.InputRequest) (string, error) { return "", failure },
	}, nil)
	if !errors.Is(err, failure) {
		t.Errorf("Execute: %v", err)
	}
	k.Client.opts.OnUnexpected = nil // the reply comes now
	if err := k.Interrupt(within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	if reply, _ := run(t, k.Client, "1", ExecOptions{}); reply.Status == wire.StatusError {
		t.Errorf("reply %+v", reply)
	}
}

func TestInterruptAndGiveUp(t *testing.T) {
	k := launch(t, LaunchOptions{Client: Options{OnUnexpected: func(wire.Channel, *wire.Message, error) {}}})
	started := make(chan struct{})
	go func() {
		<-started
		if err := k.Interrupt(within(t, 30*time.Second)); err != nil {
			t.Error(err)
		}
	}()
	reply, err := k.Execute(within(t, 30*time.Second), "print('on', flush=True)\nwhile True: pass", ExecOptions{}, func(m *wire.Message) {
		if m.Header.MsgType == wire.MsgStream {
			close(started)
		}
	})
	if err != nil || reply.Ename != "KeyboardInterrupt" {
		t.Fatalf("reply %+v, %v", reply, err)
	}

	// The caller can give up; its handler isn't called any more.
	ctx, cancel := context.WithCancel(within(t, 30*time.Second))
	var calls int
	_, err = k.Execute(ctx, "import time\nfor i in range(20): print(i, flush=True); time.sleep(.01)", ExecOptions{}, func(m *wire.Message) {
		if calls++; m.Header.MsgType == wire.MsgStream {
			cancel()
		}
	})
	n := calls
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Execute: %v", err)
	}
	run(t, k.Client, "1", ExecOptions{})
	if calls != n {
		t.Errorf("the handler was called %d times after the end", calls-n)
	}
}

// When the kernel process ends, what waits fails with the reason.
func TestKernelDies(t *testing.T) {
	k := launch(t, LaunchOptions{})
	_, err := k.Execute(within(t, 30*time.Second), "import os; os._exit(3)", ExecOptions{}, nil)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("Execute: %v", err)
	}
	<-k.Done()
	if err := k.Heartbeat(within(t, time.Second)); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("Heartbeat: %v", err)
	}
	if err := k.Shutdown(within(t, time.Second)); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("Shutdown: %v", err)
	}

	k = launch(t, LaunchOptions{})
	time.AfterFunc(100*time.Millisecond, k.Kill)
	if _, err := k.Execute(within(t, 30*time.Second), "while True: pass", ExecOptions{}, nil); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Execute: %v", err)
	}
}

func TestRestart(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		k := launch(t, LaunchOptions{Transport: transport})
		info := k.Info()
		for range 2 {
			run(t, k.Client, "x = 1", ExecOptions{})
			pid := k.PID()
			waiting := make(chan error)
			busy := make(chan struct{})
			go func() {
				_, err := k.Execute(within(t, 30*time.Second), "print('on', flush=True)\nwhile True: pass", ExecOptions{}, func(m *wire.Message) {
					if m.Header.MsgType == wire.MsgStream {
						close(busy)
					}
				})
				waiting <- err
			}()
			<-busy
			if err := k.Restart(within(t, 30*time.Second)); err != nil {
				t.Fatal(err)
			}
			if err := <-waiting; err != nil && !errors.Is(err, ErrRestarted) {
				t.Errorf("Execute over a restart: %v", err)
			}
			if k.PID() == pid || k.Info() != info {
				t.Errorf("pid %d, %+v", k.PID(), k.Info())
			}
			reply, got := run(t, k.Client, "print('again'); x", ExecOptions{GoOn: true})
			if reply.Ename != "NameError" || !strings.Contains(strings.Join(got, "|"), "stdoutagain") {
				t.Errorf("reply %+v, %q", reply, got)
			}
			if err := k.Heartbeat(within(t, 30*time.Second)); err != nil {
				t.Error(err)
			}
		}
		if err := k.Shutdown(within(t, 30*time.Second)); err != nil {
			t.Error(err)
		}
	}
}

func TestLaunchFails(t *testing.T) {
	python := pytool.Python(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	tests := []struct {
		name string
		argv []string
		want string
	}{
		{"nothing", nil, "no command"},
		{"no such program", []string{filepath.Join(temp, "missing")}, "missing"},
		{"early end", []string{python, "-c", "import sys; sys.exit('what a pity')"}, "what a pity"},
		{"quiet end", []string{python, "-c", ""}, "exit status 0"},
		{"never ready", []string{python, "-c", "import time; time.sleep(1000)"}, context.DeadlineExceeded.Error()},
		{"no subscription", []string{python, "-c", `
import json, sys, time, zmq
info = json.load(open(sys.argv[1]))
ctx = zmq.Context()
keep = []
for name, kind in (("shell", zmq.ROUTER), ("control", zmq.ROUTER), ("stdin", zmq.ROUTER), ("hb", zmq.REP), ("iopub", zmq.PUB)):
    s = ctx.socket(kind); s.bind("tcp://127.0.0.1:%d" % info[name + "_port"]); keep.append(s)
time.sleep(1000)`, ConnectionFileArg}, "publishes nothing"},
	}
	for _, test := range tests {
		d := time.Minute
		if strings.HasPrefix(test.want, "context") || strings.HasPrefix(test.want, "publishes") {
			d = 2 * time.Second
		}
		var stderr bytes.Buffer
		k, err := Launch(within(t, d), test.argv, LaunchOptions{Stderr: &stderr})
		if err == nil || !strings.Contains(err.Error(), test.want) || k != nil {
			t.Errorf("%s: %v, want something with %s", test.name, err, test.want)
		}
		if test.want == "what a pity" && strings.TrimSpace(stderr.String()) != test.want {
			t.Errorf("stderr is %q", stderr.String())
		}
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if len(reserved.ports) > 0 {
		t.Errorf("ports still reserved: %v", reserved.ports)
	}
}

// Connect to a kernel that isn't ours, and one that sends no welcome.
func TestConnect(t *testing.T) {
	k := launch(t, LaunchOptions{})
	c, err := Connect(within(t, 30*time.Second), k.Info(), Options{Username: "second"})
	if err != nil {
		t.Fatal(err)
	}
	_, got := run(t, c, "print(1)", ExecOptions{})
	if !strings.Contains(strings.Join(got, "|"), "stdout1") {
		t.Errorf("messages %q", got)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	bad := k.Info()
	bad.SignatureScheme = "hmac-nothing"
	if _, err := Connect(within(t, time.Second), bad, Options{}); err == nil {
		t.Error("connected with an unknown signature scheme")
	}
	// A wrong key: the kernel ignores us, and we it.
	bad = k.Info()
	bad.Key = "wrong"
	refused := make(chan bool, 1000)
	failed := make(chan error)
	go func() {
		_, err := Connect(within(t, 2*time.Second), bad, Options{OnUnexpected: func(_ wire.Channel, m *wire.Message, err error) {
			refused <- m == nil && errors.Is(err, wire.ErrSignature)
		}})
		failed <- err
	}()
	for len(refused) == 0 {
		run(t, k.Client, "1", ExecOptions{})
	}
	if !<-refused {
		t.Error("a message with another key's signature was accepted")
	}
	if err := <-failed; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("wrong key: %v", err)
	}
}

func TestConnectWithoutWelcome(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "c.json")
	// A kernel as they were before protocol 5.5: a PUB socket without welcome.
	script := `
import json, sys, zmq
from jupyter_client.session import Session
from jupyter_client.connect import write_connection_file
file, info = write_connection_file(sys.argv[1], key=b"k")
s = Session(key=b"k")
ctx = zmq.Context()
socks = {}
for name, kind in (("control", zmq.ROUTER), ("stdin", zmq.ROUTER), ("hb", zmq.REP), ("iopub", zmq.PUB), ("shell", zmq.ROUTER)):
    socks[name] = ctx.socket(kind)
    socks[name].bind("tcp://127.0.0.1:%d" % info[name + "_port"])
print("ready", flush=True)
while True:
    ident, m = s.recv(socks["shell"], mode=0)
    for state in "busy", "idle":
        s.send(socks["iopub"], "status", {"execution_state": state}, parent=m)
    s.send(socks["shell"], "kernel_info_reply", {"status": "ok"}, parent=m, ident=ident)
`
	cmd := exec.Command(pytool.Python(t), "-c", script, file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	out.Read(make([]byte, 10))
	info, err := wire.LoadConnection(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Connect(within(t, 30*time.Second), info, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestTail(t *testing.T) {
	var w tail
	for i := range 10000 {
		fmt.Fprintln(&w, i)
	}
	if s := w.String(); len(s) > tailSize || !strings.HasSuffix(s, "9998\n9999") {
		t.Errorf("%d bytes, ends in %q", len(s), s[len(s)-10:])
	}
	w.Write(bytes.Repeat([]byte("x"), 3*tailSize))
	if s := w.String(); len(s) != tailSize {
		t.Errorf("%d bytes", len(s))
	}
}
