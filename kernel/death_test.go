//go:build unix

package kernel_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/kerneltest"
	"github.com/goherd/goherd/kernel/wire"
)

// traceback returns the traceback without colours.
func traceback(lines []string) string { return ansi.ReplaceAllString(strings.Join(lines, "\n"), "") }

// What ends the interpreter ends only the cell, which tells why and where, and what
// was lost.
func TestDeath(t *testing.T) {
	f := start(t)
	setUp := "type P struct{ X int }\nfunc double(n int) int { return 2 * n }\nfunc free(m *sync.Mutex) { m.Unlock() }\nconst c = 7\nlost, other := 1, P{2}"
	for _, d := range []struct{ code, ename, evalue, trace string }{
		{"fmt.Println(\"before\")syscallKill()", "killed", "signal: killed…", ""},
		{"fmt.Println(\"before\")\nfree(new(sync.Mutex))", "fatal error", "sync: unlock of unlocked mutex", "in free"},
		{"fmt.Println(\"before\")\ngo func() {\n\tfree(new(sync.Mutex))\n}()\ntime.Sleep(time.Minute)", "fatal error", "sync: unlock of unlocked mutex", "in free"},
		{"fmt.Println(\"before\")\nxs := make([]any, 1)\nxs[0] = xs\n_ = fmt.Sprint(xs)", "fatal error", "stack overflow: the recursion has no end", "line 4"},
	} {
		f.Run(setUp)
		code := strings.ReplaceAll(d.code, "syscallKill()", "\n!kill -9 $PPID")
		reply := f.Run(code, "stdout: before\n", "error: "+d.ename+": "+d.evalue)
		tb := traceback(reply.Traceback)
		if !strings.HasPrefix(tb, d.ename+": "+strings.TrimSuffix(d.evalue, "…")) || !strings.Contains(tb, d.trace) || !strings.Contains(tb, " lost: lost, ") || !strings.Contains(tb, "other") {
			t.Errorf("%s\n%s", code, tb)
		}
		f.Run("double(c) + P{3}.X", "result: 17")
		reply = f.Run("lost + 1", "error: compile error: …lost…")
		if !strings.Contains(reply.Evalue, "interpreter") {
			t.Errorf("%s", reply.Evalue)
		}
		f.Run("lost := 2; lost", "result: 2")
	}
}

// What ends a Go program ends only the cell where it can: nothing is lost.
func TestNoDeath(t *testing.T) {
	f := start(t)
	f.Run("func deep(n int) int { return deep(n+1) + 1 }\nfunc wait(c chan int) int { return <-c }\nkept := 1")
	for i, d := range []struct{ code, ename, evalue, trace string }{
		{"go func() {\n\tpanic(\"boom\")\n}()\ntime.Sleep(time.Minute)", "panic", "boom", "in a goroutine that the cell started…line 2…"},
		{"deep(0)", "fatal error", "stack overflow: the recursion has no end", "in deep…cell […], line 1…deep(0)…"},
		{"c := make(chan int)\nvar wg sync.WaitGroup\nwg.Go(func() {\n\tc <- wait(c)\n})\nwg.Wait()", "fatal error", "all goroutines are asleep - deadlock!",
			"[sync.WaitGroup.Wait] at cell […], line 6\n  [chan receive] at cell [1], line 2, in wait…"},
	} {
		reply := f.Run(d.code, "error: "+d.ename+": "+d.evalue)
		if tb := traceback(reply.Traceback); !glob(d.ename+": "+d.evalue+"…"+d.trace, tb) {
			t.Errorf("%s\n%s", d.code, tb)
		}
		f.Run("kept++; kept", fmt.Sprint("result: ", i+2))
	}
}

// A goroutine that an ended cell has left behind panics: that cell's output tells, and
// nothing else happens.
func TestLatePanic(t *testing.T) {
	f := start(t)
	culprit := f.Cell("x := 1\ngo func() {\n\ttime.Sleep(100 * time.Millisecond)\n\tpanic(\"late\")\n}()")
	culprit.End()
	f.Run("1 + 1", "result: 2")
	late := culprit.Late("stderr: …panic…late…left behind…line 4…")
	if text, _ := text(t, late, "stderr"); !strings.Contains(ansi.ReplaceAllString(text, ""), "cell [1], line 4") {
		t.Error(text)
	}
	f.Run("x + 1", "result: 2")
}

// A goroutine that an ended cell has left behind ends the interpreter: that cell's output tells,
// and the next cell runs.
func TestDeathByAGoroutineLeftBehind(t *testing.T) {
	f := start(t)
	culprit := f.Cell("x := 1\ngo func() {\n\ttime.Sleep(100 * time.Millisecond)\n\tnew(sync.Mutex).Unlock()\n}()")
	culprit.End()
	f.Run("1 + 1", "result: 2")
	late := culprit.Late("stderr: …fatal error…unlock…line 4…x…")
	if text, _ := text(t, late, "stderr"); !strings.Contains(ansi.ReplaceAllString(text, ""), "cell [1], line 4") {
		t.Error(text)
	}
	f.Run("2 + 2", "result: 4")
	f.Run("x", "error: compile error: …")

	// Cells that come while the interpreter dies run on the next.
	for range 5 {
		culprit = f.Cell("go func() { time.Sleep(3 * time.Millisecond); new(sync.Mutex).Unlock() }()")
		next := f.Cell("3 + 3")
		culprit.End()
		// Or in it, if it had begun.
		var reply wire.ExecuteReply
		next.Reply(wire.MsgExecuteReply, &reply)
		if reply.Status == wire.StatusOK {
			next.Idle("input: …", "result: 6")
		} else {
			next.Idle("input: …", "error: fatal error: sync: unlock of unlocked mutex")
		}
		culprit.Late("stderr: …fatal error…unlock…")
	}

	// One that dies while another cell runs ends that cell, which tells whose it was.
	culprit = f.Cell("go func() {\n\ttime.Sleep(100 * time.Millisecond)\n\tnew(sync.Mutex).Unlock() // guilty\n}()")
	culprit.End()
	reply := f.Run("time.Sleep(time.Minute)", "error: fatal error: sync: unlock of unlocked mutex")
	if tb := traceback(reply.Traceback); !strings.Contains(tb, "a goroutine that cell [") || !strings.Contains(tb, "line 3") {
		t.Error(tb)
	}
	culprit.Late("stderr: …guilty…")
	f.Run("5", "result: 5")
}

// Questions of a dead interpreter are not asked any more.
func TestDeathDropsInput(t *testing.T) {
	f := start(t)
	r := f.Cell("go func() { time.Sleep(100 * time.Millisecond); new(sync.Mutex).Unlock() }(); display.Input(\"? \")")
	q, _ := f.InputRequest(r)
	r.End("error: fatal error: sync: unlock of unlocked mutex")
	f.Answer(q, "too late")
	f.Logged("nothing was asked")
	r = f.Cell("l, _ := display.Input(\"! \"); l")
	q, _ = f.InputRequest(r)
	f.Answer(q, "yes")
	r.End("result: \"yes\"")
}

func TestOutOfMemory(t *testing.T) {
	f := kerneltest.Start(t, kerneltest.Options{MemoryLimit: 600 << 20})
	reply := f.Run("var hoard [][]byte\nfor {\n\thoard = append(hoard, bytes.Repeat([]byte{1}, 8<<20))\n}", "error: out of memory: …")
	if tb := traceback(reply.Traceback); !strings.Contains(tb, "600 MB") || !strings.Contains(tb, "line 3") {
		t.Error(tb)
	}
	f.Run("1", "result: 1")
}

// os.Exit and log.Fatal end the cell, not the interpreter.
func TestExit(t *testing.T) {
	f := start(t)
	f.Run("x := 1")
	f.Run("fmt.Println(1); os.Exit(3); fmt.Println(2)", "stdout: 1\n", "error: …3…")
	f.Run("log.SetFlags(0); log.Fatal(\"no\")", "stderr: no\n", "error: …")
	f.Run("x", "result: 1")
}

// A child that is killed while nothing runs is told of, and replaced.
func TestKilledWhileIdle(t *testing.T) {
	f := start(t)
	r := f.Cell("y := 5; os.Getpid()")
	var result wire.ExecuteResult
	if err := r.Until("result: …").Decode(&result); err != nil {
		t.Fatal(err)
	}
	r.End("result: …")
	if err := syscall.Kill(pid(t, result), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.Late("stderr: …killed…y…")
	f.Run("6", "result: 6")
	time.Sleep(time.Millisecond)
}
