//go:build unix

package kernel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/kerneltest"
	"github.com/goherd/goherd/kernel/wire"
)

func TestExecute(t *testing.T) {
	for _, tcp := range []bool{false, true} {
		f := kerneltest.Start(t, kerneltest.Options{TCP: tcp})
		r := f.Cell("fmt.Println(\"out\")\nfmt.Fprintln(os.Stderr, \"err\")\nfmt.Print(\"more\")\n6 * 7")
		seen := r.Idle("input: …", "stdout: out\n", "stderr: err\n", "stdout: more", "result: 42")
		var reply wire.ExecuteReply
		m := r.Reply(wire.MsgExecuteReply, &reply)
		want := wire.ExecuteReply{Status: wire.StatusOK, ExecutionCount: 1, Payload: wire.List[any]{}, UserExpressions: wire.Bundle{}}
		if diff := cmp.Diff(want, reply); diff != "" {
			t.Error(diff)
		}
		for _, s := range append(seen, m) {
			if s.Header.Version != wire.ProtocolVersion || s.Header.MsgID == "" || s.Header.Date == "" || s.Parent.MsgType != wire.MsgExecuteRequest {
				t.Errorf("header %+v, parent %+v", s.Header, s.Parent)
			}
		}
		var input wire.ExecuteInput
		if err := seen[1].Decode(&input); err != nil || input.ExecutionCount != 1 {
			t.Errorf("execute_input %+v, %v", input, err)
		}
		var result wire.ExecuteResult
		if err := seen[len(seen)-2].Decode(&result); err != nil || result.ExecutionCount != 1 || result.Metadata == nil {
			t.Errorf("execute_result %+v, %v", result, err)
		}
		f.Run("x := 1", []string{}...)
		f.Run("x + 1;") // the semicolon hides the result
		f.Run("  ")
	}
}

func TestExecutionCount(t *testing.T) {
	f := start(t)
	for i, c := range []struct {
		code          string
		silent, store bool
		count         int
		want          []string
	}{
		{"1", false, true, 1, []string{"input: 1", "result: 1"}},
		{"2", false, false, 1, []string{"input: 2", "result: 2"}},  // not counted
		{"fmt.Println(3)", true, true, 1, []string{"stdout: 3\n"}}, // silent: not counted, no input
		{"4", true, true, 1, nil},
		{"panic(5)", true, true, 1, nil}, // no error message either
		{"panic(6)", false, true, 2, []string{"input: panic(6)", "error: panic: 6"}},
		{"7 +", false, true, 3, []string{"input: 7 +", "error: compile error: …"}},
		{"8", false, true, 4, []string{"input: 8", "result: 8"}},
	} {
		r := f.Execute(wire.ExecuteRequest{Code: c.code, Silent: c.silent, StoreHistory: c.store}, nil)
		r.Idle(c.want...)
		var reply wire.ExecuteReply
		r.Reply(wire.MsgExecuteReply, &reply)
		if reply.ExecutionCount != c.count || (reply.Status == wire.StatusOK) == strings.ContainsAny(c.code, "p+") && c.code[0] != 'f' {
			t.Errorf("%d: %+v", i, reply)
		}
	}
}

func TestUserExpressions(t *testing.T) {
	f := start(t)
	r := f.Execute(wire.ExecuteRequest{Code: "x := 20", UserExpressions: map[string]string{
		"good": "x + 1", "bad": "x + nothing", "panics": "[]int{}[x]", "none": "x = 3",
	}}, nil)
	r.Idle("input: x := 20")
	var reply struct {
		Status          string
		UserExpressions map[string]struct {
			Status, Ename, Evalue string
			Traceback             []string
			Data                  map[string]any
		} `json:"user_expressions"`
	}
	r.Reply(wire.MsgExecuteReply, &reply)
	e := reply.UserExpressions
	if reply.Status != wire.StatusOK || len(e) != 4 {
		t.Fatalf("%+v", reply)
	}
	if e["good"].Status != wire.StatusOK || e["good"].Data["text/plain"] != "21" {
		t.Errorf("good: %+v", e["good"])
	}
	if b := e["bad"]; b.Status != wire.StatusError || b.Ename != "compile error" || !strings.Contains(b.Evalue, "undefined: nothing") || len(b.Traceback) < 2 {
		t.Errorf("bad: %+v", b)
	}
	if p := e["panics"]; p.Status != wire.StatusError || p.Ename != "runtime error" || !strings.Contains(p.Evalue, "index out of range") {
		t.Errorf("panics: %+v", p)
	}
	if n := e["none"]; n.Status != wire.StatusOK || len(n.Data) != 0 {
		t.Errorf("none: %+v", n)
	}
	// Of a cell that failed none is evaluated.
	r = f.Execute(wire.ExecuteRequest{Code: "panic(1)", UserExpressions: map[string]string{"a": "x"}}, nil)
	r.Idle("input: panic(1)", "error: panic: 1")
	m := r.Reply(wire.MsgExecuteReply, nil)
	if strings.Contains(string(m.Content), "user_expressions") {
		t.Errorf("%s", m.Content)
	}
}

func TestStopOnError(t *testing.T) {
	f := start(t)
	for _, stop := range []bool{true, false} {
		for _, bad := range []string{"time.Sleep(50 * time.Millisecond); panic(1)", "nothing"} {
			first := f.Execute(wire.ExecuteRequest{Code: bad, StoreHistory: true, StopOnError: stop}, nil)
			var rest []*kerneltest.Request
			for i := range 5 {
				rest = append(rest, f.Execute(wire.ExecuteRequest{Code: fmt.Sprint(i), StoreHistory: true, StopOnError: true}, nil))
			}
			reply := first.End("error: …")
			if reply.Status != wire.StatusError || len(reply.Traceback) == 0 || reply.Ename == "" {
				t.Errorf("%+v", reply)
			}
			for i, r := range rest {
				if !stop {
					r.End(fmt.Sprintf("result: %d", i))
					continue
				}
				r.Idle()
				var reply wire.ExecuteReply
				r.Reply(wire.MsgExecuteReply, &reply)
				if reply.Status != wire.StatusAborted {
					t.Errorf("%+v", reply)
				}
			}
			f.Run("1", "result: 1") // what comes later runs
		}
	}
}

func TestInput(t *testing.T) {
	f := start(t)
	r := f.Cell(`var name string; fmt.Print("who? "); _, _ = fmt.Scanln(&name); fmt.Println("hello", name)`)
	q, _ := f.InputRequest(r)
	f.Answer(q, "Ann")
	r.End("stdout: who? hello Ann\n")

	r = f.Cell("s := bufio.NewScanner(os.Stdin); s.Scan(); a := s.Text(); s.Scan(); a + s.Text()")
	f.InputRequest(r)
	f.Answer(nil, "x") // as jupyter_client: without a parent
	f.InputRequest(r)
	f.Answer(nil, "ü")
	r.End("result: \"xü\"")

	r = f.Cell(`pw, err := display.Password("secret: "); fmt.Println(pw, err)`)
	q, c := f.InputRequest(r)
	if !c.Password || c.Prompt != "secret: " {
		t.Errorf("%+v", c)
	}
	f.Answer(q, "1234")
	r.End("stdout: 1234 <nil>\n")

	// An answer that nobody asked for, or to an earlier question, is no answer.
	f.Answer(nil, "stray")
	f.Logged("nothing was asked")
	r = f.Cell(`l, err := display.Input("again: "); l`)
	q2, _ := f.InputRequest(r)
	f.Answer(q, "old")
	f.Logged("earlier question")
	f.Answer(q2, "new")
	r.End("result: \"new\"")

	// Where nobody answers, the code gets an error and the reader of the cell is told,
	// should the code ignore it.
	r = f.Execute(wire.ExecuteRequest{Code: `var n int; _, err := fmt.Scan(&n); fmt.Println(err); _, _ = fmt.Scan(&n); n`}, nil)
	r.End("stderr: input is not allowed here: …\n", "stdout: input is not allowed here: …\n", "result: 0")

	// A cell that waits for input can be interrupted, and what is answered too late
	// doesn't go to the next.
	r = f.Cell(`display.Input("late: "); fmt.Println("never")`)
	q, _ = f.InputRequest(r)
	f.Interrupt()
	r.Until("error: interrupted: …")
	f.Answer(q, "too late")
	f.Logged("nothing was asked")
	r.End("error: interrupted: …")
	r = f.Cell(`l, _ := display.Input("next: "); l`)
	f.InputRequest(r)
	f.Answer(nil, "right")
	r.End("result: \"right\"")
}

// Two front ends of one kernel see the outputs of each other, and each is asked for
// the input of its own cells.
func TestTwoFrontEnds(t *testing.T) {
	f := start(t)
	g := f.Connect()
	r := g.Cell(`l, _ := display.Input("? "); l`)
	q, _ := g.InputRequest(r)
	f.Answer(nil, "not mine to answer")
	f.Logged("nothing was asked")
	g.Answer(q, "g")
	r.End("result: \"g\"")
	for _, want := range []string{wire.MsgStatus, wire.MsgExecuteInput, wire.MsgExecuteResult, wire.MsgStatus} {
		f.Orphan(want)
	}
	f.Run("1", "result: 1")
	for _, want := range []string{wire.MsgStatus, wire.MsgExecuteInput, wire.MsgExecuteResult, wire.MsgStatus} {
		g.Orphan(want)
	}
}

func TestDisplay(t *testing.T) {
	f := start(t)
	r := f.Cell(`fmt.Print("before")
h := display.Show(display.HTML("<b>x</b>"), display.ID("one"))
fmt.Println("between")
h.Update(display.Text("y"))
display.Clear(display.Wait)
display.Clear()`)
	seen := r.Idle("input: …", "stdout: before", "display: …", "stdout: between\n", "update: y", "clear: wait=true", "clear: wait=false")
	r.Reply(wire.MsgExecuteReply, nil)
	var d wire.DisplayData
	if err := seen[3].Decode(&d); err != nil || d.Data["text/html"] != "<b>x</b>" || d.Transient == nil || d.Transient.DisplayID != "one" || d.Metadata == nil {
		t.Errorf("%+v, %v", d, err)
	}
	if err := seen[5].Decode(&d); err != nil || d.Transient == nil || d.Transient.DisplayID != "one" {
		t.Errorf("%+v, %v", d, err)
	}
	f.Run(`display.Update("one", display.Text("z"))`, "update: z")
}
