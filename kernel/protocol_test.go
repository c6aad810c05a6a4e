//go:build unix

package kernel_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/wire"
)

func TestKernelInfo(t *testing.T) {
	f := start(t)
	for _, ch := range []wire.Channel{wire.Shell, wire.Control} {
		var i wire.KernelInfoReply
		f.Ask(ch, wire.MsgKernelInfoRequest, nil, &i)
		l := i.LanguageInfo
		switch {
		case i.Status != wire.StatusOK, i.ProtocolVersion != "5.5", i.Implementation != "goherd", i.ImplementationVersion == "",
			i.Debugger, len(i.SupportedFeatures) != 1, i.SupportedFeatures[0] != "kernel subshells", !strings.Contains(i.Banner, "%help"),
			len(i.HelpLinks) == 0, !strings.HasPrefix(i.HelpLinks[0].URL, "https://"):
			t.Errorf("%s: %+v", ch, i)
		case l.Name != "go", !strings.HasPrefix(l.Version, "1."), l.Mimetype != "text/x-go", l.FileExtension != ".go", l.PygmentsLexer != "go":
			t.Errorf("%s: %+v", ch, l)
		}
	}
	var c wire.ConnectReply
	f.Ask(wire.Shell, wire.MsgConnectRequest, nil, &c)
	if c.ShellPort != f.Info.ShellPort || c.HeartbeatPort != f.Info.HeartbeatPort {
		t.Errorf("%+v", c)
	}
	if err := f.Client.Heartbeat(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEditingHelp(t *testing.T) {
	f := start(t)
	f.Run("import \"strings\"\n// Celsius is a temperature.\ntype Celsius float64\nvar warm Celsius = 21.5")
	var c wire.CompleteReply
	f.Ask(wire.Shell, wire.MsgCompleteRequest, wire.CompleteRequest{Code: "é := strings.ToUp", CursorPos: 17}, &c)
	if c.Status != wire.StatusOK || len(c.Matches) != 2 || c.Matches[0] != "ToUpper" || c.CursorStart != 13 || c.CursorEnd != 17 {
		t.Errorf("%+v", c)
	}
	if types, ok := c.Metadata["_jupyter_types_experimental"].([]any); !ok || len(types) != 2 {
		t.Errorf("%+v", c.Metadata)
	}
	f.Ask(wire.Shell, wire.MsgCompleteRequest, wire.CompleteRequest{Code: "war", CursorPos: 3}, &c)
	if len(c.Matches) != 1 || c.Matches[0] != "warm" {
		t.Errorf("%+v", c)
	}
	f.Ask(wire.Shell, wire.MsgCompleteRequest, wire.CompleteRequest{Code: "%%ba", CursorPos: 4}, &c)
	if len(c.Matches) != 1 || c.Matches[0] != "%%bash" {
		t.Errorf("%+v", c)
	}
	f.Ask(wire.Shell, wire.MsgCompleteRequest, wire.CompleteRequest{Code: "nothingnothing", CursorPos: 3000}, &c)
	if c.Status != wire.StatusOK || len(c.Matches) != 0 {
		t.Errorf("%+v", c)
	}

	var i wire.InspectReply
	f.Ask(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: "warm", CursorPos: 4}, &i)
	if text := i.Data["text/plain"].(string); !i.Found || !strings.Contains(text, "Celsius") || !strings.Contains(text, "21.5") {
		t.Errorf("%+v", i)
	}
	f.Ask(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: "Celsius", CursorPos: 1, DetailLevel: 1}, &i)
	if text := i.Data["text/plain"].(string); !i.Found || !strings.Contains(text, "type Celsius float64") {
		t.Errorf("%+v", i)
	}
	i = wire.InspectReply{}
	f.Ask(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: "nothing", CursorPos: 1}, &i)
	if i.Status != wire.StatusOK || i.Found || len(i.Data) != 0 {
		t.Errorf("%+v", i)
	}

	for code, want := range map[string]wire.IsCompleteReply{
		"x := 1":          {Status: "complete"},
		"for {":           {Status: "incomplete", Indent: "\t"},
		"if true {\n\tf(": {Status: "incomplete"},
		"a b c":           {Status: "invalid"},
	} {
		var r wire.IsCompleteReply
		f.Ask(wire.Shell, wire.MsgIsCompleteRequest, wire.IsCompleteRequest{Code: code}, &r)
		if r.Status != want.Status || want.Indent != "" && r.Indent != want.Indent {
			t.Errorf("%q: %+v, want %+v", code, r, want)
		}
	}
}

// Names that only the compiler knows are shown to nobody: of types that were declared anew, and
// of what has a name of Go's own.
func TestEditingHelpOfHiddenNames(t *testing.T) {
	f := start(t)
	f.Run("type Base struct{ N int }\ntype Point struct{ Base }\npoint := Point{}\nlen := 3")
	f.Run("type Base struct{ S string }", "stderr: note: point still has the earlier type Point: run its cell again to make it anew\n")
	matches := func(code string) []string {
		t.Helper()
		var c wire.CompleteReply
		f.Ask(wire.Shell, wire.MsgCompleteRequest, wire.CompleteRequest{Code: code, CursorPos: len(code)}, &c)
		if s := fmt.Sprint(c); strings.Contains(s, "ᐧ") {
			t.Error(s)
		}
		return c.Matches
	}
	for code, want := range map[string][]string{"Poi": {"Point", "point"}, "point.": {"Base", "N"}, "le": {"len"}} {
		if got := matches(code); !slices.Equal(got, want) {
			t.Errorf("%s: %v", code, got)
		}
	}
	for name, want := range map[string]string{"point": "earlier Point", "len": "var len int", "Base": "S string"} {
		var i wire.InspectReply
		f.Ask(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: name, CursorPos: 1}, &i)
		if text := fmt.Sprint(i.Data["text/plain"]); strings.Contains(text, "ᐧ") || !strings.Contains(text, want) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// An inspection shows a value only where that can't disturb: not while a cell runs, not
// by running code of the user's, not by reading a map that a goroutine may write.
func TestInspectDisturbsNothing(t *testing.T) {
	f := start(t)
	f.Run("type Loud int\nfunc (Loud) String() string { fmt.Println(\"called\"); for i := 0; ; i++ {} }\nloud, n := Loud(1), 567\nm := map[int]int{1: 234}\ngo func() { for { m[1]++; time.Sleep(time.Microsecond) } }()")
	inspect := func(name string) string {
		t.Helper()
		var i wire.InspectReply
		r := f.Send(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: name, CursorPos: 1}, nil)
		r.Reply(wire.MsgInspectReply, &i)
		if !i.Found {
			t.Errorf("%s: %+v", name, i)
			return ""
		}
		r.Idle()
		return i.Data["text/plain"].(string)
	}
	for range 20 {
		inspect("m")
		inspect("loud")
	}
	shown := false
	for range 50 { // a value that doesn't come in time is left out
		shown = shown || strings.Contains(inspect("n"), "567")
	}
	if !shown {
		t.Error("the value isn't shown")
	}
	r := f.Cell("n = 8; fmt.Println(\"go\"); for { time.Sleep(time.Millisecond) }")
	r.Until("stdout: go\n")
	if text := inspect("n"); strings.Contains(text, "567") || strings.Contains(text, "8") {
		t.Error(text)
	}
	f.Interrupt()
	r.End("stdout: go\n", "error: interrupted: …")
	f.Run("n", "result: 8") // the interpreter lives
}

func TestWhileACellRuns(t *testing.T) {
	f := start(t)
	r := f.Cell("fmt.Println(\"go\"); for i := 0; ; i++ {}")
	r.Until("stdout: go\n")
	asked := 0
	for _, q := range []struct {
		ch      wire.Channel
		msgType string
		content any
	}{
		{wire.Shell, wire.MsgKernelInfoRequest, nil},
		{wire.Control, wire.MsgKernelInfoRequest, nil},
		{wire.Shell, wire.MsgCompleteRequest, wire.CompleteRequest{Code: "fmt.Pr", CursorPos: 6}},
		{wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: "fmt.Println", CursorPos: 6}},
		{wire.Shell, wire.MsgIsCompleteRequest, wire.IsCompleteRequest{Code: "x"}},
		{wire.Shell, wire.MsgHistoryRequest, wire.HistoryRequest{AccessType: "tail", N: 3}},
		{wire.Shell, wire.MsgCommInfoRequest, nil},
		{wire.Control, wire.MsgUsageRequest, nil},
		{wire.Control, wire.MsgListSubshellRequest, nil},
	} {
		var reply struct{ Status string }
		f.Ask(q.ch, q.msgType, q.content, &reply)
		if reply.Status != wire.StatusOK && q.msgType != wire.MsgUsageRequest && q.msgType != wire.MsgIsCompleteRequest {
			t.Errorf("%s: %+v", q.msgType, reply)
		}
		asked++ // and then the kernel says again that it is busy: front ends show what they heard last
	}
	if err := f.Client.Heartbeat(t.Context()); err != nil {
		t.Error(err)
	}
	f.Interrupt()
	r.End("stdout: go\n", "error: interrupted: the cell was interrupted")
	if r.Again < asked || r.Again > asked+1 {
		t.Errorf("busy again %d times after %d requests", r.Again, asked)
	}
}

func TestUsage(t *testing.T) {
	f := start(t)
	f.Run("b := bytes.Repeat([]byte{1}, 64 << 20)")
	var u wire.UsageReply
	f.Ask(wire.Control, wire.MsgUsageRequest, nil, &u)
	// The system counts processor time in ticks of 10 ms.
	f.Run("for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {}")
	f.Ask(wire.Control, wire.MsgUsageRequest, nil, &u)
	if u.Hostname == "" || u.PID == 0 || u.KernelMemory < 64<<20 || u.KernelCPU <= 0 || u.CPUCount == 0 || u.HostVirtualMemory == nil || u.HostVirtualMemory.Total == 0 {
		t.Errorf("%+v", u)
	}
}

func TestDebugRequest(t *testing.T) {
	f := start(t)
	var d wire.DebugReply
	f.Ask(wire.Control, wire.MsgDebugRequest, wire.DebugRequest{Seq: 7, Command: "initialize"}, &d)
	if d.Success || d.RequestSeq != 7 || d.Command != "initialize" || d.Type != "response" || d.Message == "" {
		t.Errorf("%+v", d)
	}
}

func TestSubshells(t *testing.T) {
	f := start(t)
	var list wire.ListSubshellReply
	f.Ask(wire.Control, wire.MsgListSubshellRequest, nil, &list)
	if len(list.SubshellID) != 0 {
		t.Errorf("%+v", list)
	}
	var sub wire.CreateSubshellReply
	f.Ask(wire.Control, wire.MsgCreateSubshellRequest, nil, &sub)
	f.Ask(wire.Control, wire.MsgListSubshellRequest, nil, &list)
	if sub.SubshellID == "" || len(list.SubshellID) != 1 || list.SubshellID[0] != sub.SubshellID {
		t.Errorf("%+v, %+v", sub, list)
	}
	in := func(m *wire.Message) { m.Header.SubshellID = sub.SubshellID }
	main := f.Cell("shared := new(atomic.Int32); shared.Store(1); fmt.Println(\"main\"); for shared.Load() == 1 { time.Sleep(time.Millisecond) }; shared.Load()")
	main.Until("stdout: main\n")
	// A cell of the subshell runs beside that of the main shell, in the same session.
	r := f.Execute(wire.ExecuteRequest{Code: "fmt.Println(\"sub\"); shared.Load() + 1", StoreHistory: true}, in)
	r.End("stdout: sub\n", "result: 2")
	r = f.Execute(wire.ExecuteRequest{Code: "shared.Store(5)", StoreHistory: true}, in)
	r.End()
	main.End("stdout: main\n", "result: 5")

	// An interrupt is the main shell's; where that is idle, the subshells'.
	r = f.Execute(wire.ExecuteRequest{Code: "fmt.Println(1); for i := 0; ; i++ {}"}, in)
	r.Until("stdout: 1\n")
	f.Interrupt()
	r.End("stdout: 1\n", "error: interrupted: …")

	r = f.Execute(wire.ExecuteRequest{Code: "fmt.Println(1); for i := 0; ; i++ {}"}, in)
	r.Until("stdout: 1\n")
	waiting := f.Execute(wire.ExecuteRequest{Code: "2"}, in)
	f.Ask(wire.Shell, wire.MsgKernelInfoRequest, nil, nil) // it is in the queue
	f.Ask(wire.Control, wire.MsgDeleteSubshellRequest, wire.DeleteSubshellRequest{SubshellID: sub.SubshellID}, nil)
	f.Interrupt()
	r.End("stdout: 1\n", "error: interrupted: …")
	waiting.Idle()
	var reply wire.ExecuteReply
	waiting.Reply(wire.MsgExecuteReply, &reply)
	if reply.Status != wire.StatusAborted {
		t.Errorf("%+v", reply)
	}
	r = f.Execute(wire.ExecuteRequest{Code: "1"}, in)
	r.Idle()
	reply = wire.ExecuteReply{}
	r.Reply(wire.MsgExecuteReply, &reply)
	if reply.Status != wire.StatusError || !strings.Contains(reply.Evalue, "no subshell") {
		t.Errorf("%+v", reply)
	}
	var e wire.ErrorReply
	f.Ask(wire.Control, wire.MsgDeleteSubshellRequest, wire.DeleteSubshellRequest{SubshellID: "x"}, &e)
	if e.Status != wire.StatusError || e.Evalue != "there is no subshell x" {
		t.Errorf("%+v", e)
	}
}
