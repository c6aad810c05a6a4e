//go:build unix

package kernel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel"
	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/kerneltest"
	"github.com/goherd/goherd/kernel/transport"
	"github.com/goherd/goherd/kernel/wire"
)

func TestShutdown(t *testing.T) {
	for _, ch := range []wire.Channel{wire.Control, wire.Shell} {
		for _, restart := range []bool{true, false} {
			f := start(t)
			r := f.Cell("!sleep 1000 & echo $!; wait")
			var out wire.Stream
			if err := r.Until("stdout: …\n").Decode(&out); err != nil {
				t.Fatal(err)
			}
			waiting := f.Cell("1")
			f.Ask(wire.Shell, wire.MsgKernelInfoRequest, nil, nil) // it is in the queue
			s := f.Send(ch, wire.MsgShutdownRequest, wire.ShutdownRequest{Restart: restart}, nil)
			var reply wire.ShutdownReply
			s.Reply(wire.MsgShutdownReply, &reply)
			if reply.Status != wire.StatusOK || reply.Restart != restart {
				t.Errorf("%+v", reply)
			}
			s.Idle("shutdown_reply: …")
			r.End("stdout: …\n", "error: error: the kernel is being shut down")
			waiting.Idle()
			var aborted wire.ExecuteReply
			waiting.Reply(wire.MsgExecuteReply, &aborted)
			if aborted.Status != wire.StatusAborted {
				t.Errorf("%+v", aborted)
			}
			if err := f.Ended(); err != nil {
				t.Error(err)
			}
			gone(t, strings.TrimSpace(out.Text)) // what the cell has started, too
		}
	}
}

// gone waits until a process has ended.
func gone(t *testing.T, pid string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		state, err := os.ReadFile("/proc/" + pid + "/stat")
		if errors.Is(err, fs.ErrNotExist) || bytes.Contains(state, []byte(") Z ")) {
			return
		}
		if time.Now().After(end) {
			t.Errorf("process %s lives: %s", pid, state)
			return
		}
	}
}

// A kernel can be ended while it does anything.
func TestShutdownAtAnyTime(t *testing.T) {
	for i := range 12 {
		f := start(t)
		code := []string{"for {}", "display.Input(\"\")", "x := 1", "for i := 0; ; i++ { fmt.Println(i) }", "panic(1)", "%reset"}[i%6]
		r := f.Cell(code)
		time.Sleep(time.Duration(i*7) * time.Millisecond)
		f.Kernel.Shutdown(nil)
		f.Ended()
		r.Forget()

	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.sqlite")
	open := func() *kerneltest.Front {
		return kerneltest.Start(t, kerneltest.Options{History: history.Open(path, testLog(t))})
	}
	f := open()
	f.Run("a := 1; a", "result: 1")
	f.Run("a", "result: 1")
	f.Kernel.Shutdown(nil) // at once: the last cell is there nevertheless
	f.Ended()
	f = open()
	f.Run("b := 2")
	f.Run("a + b", "error: …")
	f.Execute(wire.ExecuteRequest{Code: "hidden := 3", StoreHistory: false}, nil).End()
	f.Run("a", "error: …")
	type list = []any
	for _, c := range []struct {
		ask  wire.HistoryRequest
		want list
	}{
		{wire.HistoryRequest{AccessType: "tail", N: 3}, list{list{2., 1., "b := 2"}, list{2., 2., "a + b"}, list{2., 3., "a"}}},
		{wire.HistoryRequest{AccessType: "range", Session: 0}, list{list{2., 1., "b := 2"}, list{2., 2., "a + b"}, list{2., 3., "a"}}},
		{wire.HistoryRequest{AccessType: "range", Session: -1, Output: true}, list{list{1., 1., list{"a := 1; a", "1"}}, list{1., 2., list{"a", "1"}}}},
		{wire.HistoryRequest{AccessType: "range", Session: 1, Start: 2, Stop: 3}, list{list{1., 2., "a"}}},
		{wire.HistoryRequest{AccessType: "search", Pattern: "a*", N: 10}, list{list{1., 1., "a := 1; a"}, list{1., 2., "a"}, list{2., 2., "a + b"}, list{2., 3., "a"}}},
		{wire.HistoryRequest{AccessType: "search", Pattern: "a", N: 10, Unique: true}, list{list{2., 3., "a"}}},
		{wire.HistoryRequest{AccessType: "search", Pattern: "?", N: 1, Output: true}, list{list{2., 3., list{"a", nil}}}},
	} {
		var reply struct {
			Status  string
			History list
		}
		f.Ask(wire.Shell, wire.MsgHistoryRequest, c.ask, &reply)
		if diff := cmp.Diff(c.want, reply.History); diff != "" || reply.Status != wire.StatusOK {
			t.Errorf("%+v: %s", c.ask, diff)
		}
	}
	var e wire.ErrorReply
	f.Ask(wire.Shell, wire.MsgHistoryRequest, wire.HistoryRequest{AccessType: "nonsense"}, &e)
	if e.Status != wire.StatusError || !strings.Contains(e.Evalue, "nonsense") {
		t.Errorf("%+v", e)
	}
	f.Run("%history", "stdout: 1: b := 2\n2: a + b\n3: a\n4: %history\n")
	f.Run("%history 1-2", "stdout: 1: b := 2\n2: a + b\n")
	f.Run("%history -g := 1", "stdout: 1/1: a := 1; a\n…")
	f.Run("%history x", "error: magic error: usage: …")
}

func TestComms(t *testing.T) {
	f := start(t)
	comms := func(target string) map[string]wire.CommInfo {
		t.Helper()
		var r wire.CommInfoReply
		f.Ask(wire.Shell, wire.MsgCommInfoRequest, wire.CommInfoRequest{TargetName: target}, &r)
		return r.Comms
	}
	open := func(id, target string) *kerneltest.Request {
		return f.Send(wire.Shell, wire.MsgCommOpen, wire.CommOpen{CommID: id, TargetName: target, Data: json.RawMessage(`{"n":1}`)}, nil)
	}
	// To a target that nobody has registered: closed at once.
	open("c0", "nobody").Idle("comm_close: …c0…")
	f.Logged("there is no target")

	cell := f.Cell(`import "github.com/goherd/goherd/display/comm"
comm.Register("echo", func(c *comm.Comm, first comm.Message) {
	c.OnMessage(func(m comm.Message) { c.Send(map[string]any{"len": len(m.Buffers)}, m.Buffers...) })
	c.Send(map[string]any{"hello": string(first.Data)})
})`)
	cell.End()
	r := open("c1", "echo")
	r.Idle()
	cell.Late("comm_msg: …hello…")
	if got := comms(""); len(got) != 1 || got["c1"].TargetName != "echo" {
		t.Errorf("%+v", got)
	}
	if got := comms("other"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	r = f.Send(wire.Shell, wire.MsgCommMsg, wire.CommMsg{CommID: "c1", Data: json.RawMessage(`{}`)}, func(m *wire.Message) {
		m.Buffers = [][]byte{{1, 2}, nil, {3}}
	})
	r.Idle()
	m := cell.Late("comm_msg: …\"len\":3…")[0]
	if len(m.Buffers) != 3 || !bytes.Equal(m.Buffers[0], []byte{1, 2}) {
		t.Errorf("buffers %v", m.Buffers)
	}
	// From the kernel's side.
	cell = f.Cell(`c, err := comm.Open("front", map[string]any{"a": 1}, comm.Buffers([]byte("xyz"))); c.Send(map[string]any{"b": 2}); c.Close(nil); err;`)
	seen := cell.Idle("input: …", "comm_open: …front…", "comm_msg: …", "comm_close: …")
	cell.Reply(wire.MsgExecuteReply, nil)
	if len(seen[2].Buffers) != 1 || string(seen[2].Buffers[0]) != "xyz" {
		t.Errorf("%+v", seen[2])
	}
	f.Send(wire.Shell, wire.MsgCommMsg, wire.CommMsg{CommID: "nonsense"}, nil).Idle()
	f.Logged("there is no comm")
	f.Send(wire.Shell, wire.MsgCommClose, wire.CommMsg{CommID: "c1"}, nil).Idle()
	if got := comms(""); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	// The comms of an interpreter that has died are closed.
	open("c2", "echo").Idle()
	cell.Late("comm_msg: …hello…")
	f.Run("new(sync.Mutex).Unlock()", "error: fatal error: sync: unlock of unlocked mutex")
	f.Orphan(wire.MsgCommClose)
	if got := comms(""); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// Messages that are wrong are dropped and logged, and the kernel goes on.
func TestWrongMessages(t *testing.T) {
	f := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, ch := range []wire.Channel{wire.Shell, wire.Control, wire.Stdin} {
		d, err := transport.Dial(ctx, transport.Dealer, f.Info.Endpoint(ch), transport.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close(0)
		send := func(parts ...string) {
			t.Helper()
			var p [][]byte
			for _, s := range parts {
				p = append(p, []byte(s))
			}
			if err := d.Send(p); err != nil {
				t.Fatal(err)
			}
		}
		encode := func(key, msgType string, content any) []string {
			codec, err := wire.NewCodec("", key)
			if err != nil {
				t.Fatal(err)
			}
			m, err := wire.NewSession("x").Message(nil, msgType, content)
			if err != nil {
				t.Fatal(err)
			}
			parts, err := codec.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, p := range parts {
				out = append(out, string(p))
			}
			return out
		}
		send("nonsense")
		f.Logged("no delimiter")
		send("<IDS|MSG>", "x")
		f.Logged("malformed message")
		send("<IDS|MSG>", "", "{}", "{}", "{}", "{}")
		f.Logged("not signed")
		send(encode("wrong key", wire.MsgKernelInfoRequest, nil)...)
		f.Logged("invalid signature")
		send(encode(f.Info.Key, "no_such_request", nil)...)
		f.Logged("unknown type")
		send(encode(f.Info.Key, "x", json.RawMessage(`[1]`))...)
		f.Logged("content is not an object")
		once := encode(f.Info.Key, "another_unknown", nil)
		send(once...)
		f.Logged("unknown type")
		send(once...)
		f.Logged("replayed")
		send("<IDS|MSG>", "x", strings.Repeat("y", 2<<20), "{}", "{}", "{}")
		f.Logged("signature")
		if ch == wire.Shell {
			for _, req := range []string{wire.MsgExecuteRequest, wire.MsgCompleteRequest, wire.MsgInspectRequest, wire.MsgIsCompleteRequest, wire.MsgHistoryRequest, wire.MsgCommInfoRequest} {
				var e wire.ErrorReply
				f.Ask(ch, req, json.RawMessage(`{"code": 5, "hist_access_type": 5, "target_name": 5}`), &e)
				if e.Status != wire.StatusError || e.Ename != "malformed request" {
					t.Errorf("%s: %+v", req, e)
				}
			}
		}
	}
	f.Run("1", "result: 1")
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "usage"},
		{[]string{"-f"}, "usage"},
		{[]string{"-x", "y"}, "usage"},
		{[]string{"-f", "nosuch.json"}, "nosuch.json"},
		{[]string{"-f", file(t, "{")}, "connection file"},
		{[]string{"-f", file(t, `{"transport": "udp"}`)}, "udp"},
		{[]string{"-f", file(t, `{"curve_publickey": "x"}`)}, "CurveZMQ"},
	} {
		var stderr bytes.Buffer
		if code := kernel.Main(t.Context(), c.args, &stderr); code != 2 || !strings.Contains(stderr.String(), c.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: exit code %d, %q", c.args, code, stderr.String())
		}
	}
	t.Setenv("GOHERD_MEMORY_LIMIT", "2 GB")
	var stderr bytes.Buffer
	info := `{"shell_port":1,"control_port":2,"iopub_port":3,"stdin_port":4,"hb_port":5}`
	if code := kernel.Main(t.Context(), []string{"-f", file(t, info)}, &stderr); code != 2 || !strings.Contains(stderr.String(), "GOHERD_MEMORY_LIMIT") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
