//go:build unix

package kernel_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/transport"
	"github.com/goherd/goherd/kernel/wire"
)

// text joins the texts of a stream and returns how many messages they came in.
func text(t *testing.T, seen []*wire.Message, name string) (string, int) {
	t.Helper()
	var b strings.Builder
	n := 0
	for _, m := range seen {
		var s wire.Stream
		if m.Header.MsgType != wire.MsgStream {
			continue
		}
		if err := m.Decode(&s); err != nil {
			t.Fatal(err)
		}
		if s.Name == name {
			b.WriteString(s.Text)
			n++
		}
	}
	return b.String(), n
}

// lines counts the lines on the streams. It doesn't decode the messages, which is slow
// under the race detector.
func lines(seen []*wire.Message) int {
	n := 0
	for _, m := range seen {
		if m.Header.MsgType == wire.MsgStream {
			n += bytes.Count(m.Content, []byte(`\n`))
		}
	}
	return n
}

func TestOutputInOrder(t *testing.T) {
	f := start(t)
	f.Run(`fmt.Println("a"); os.Stderr.WriteString("b\n"); print("c\n"); os.Stdout.Write([]byte("d\n")); log.SetFlags(0); log.Print("e")`,
		"stdout: a\n", "stderr: b\nc\n", "stdout: d\n", "stderr: e\n")
	// What doesn't pass through os.Stdout arrives too, as from a C library.
	f.Run(`w := os.NewFile(1, "fd"); fmt.Println(1); _, _ = w.WriteString("raw 2\n"); fmt.Println(3)`, "stdout: 1\nraw 2\n3\n")
	// A character that is written in pieces is one character, whatever comes between.
	f.Run(`e := []byte("日本"); for _, b := range e { os.Stdout.Write([]byte{b}); time.Sleep(30 * time.Millisecond) }`, "stdout: 日本")
	f.Run(`os.Stdout.Write([]byte("é")[:1]); os.Stderr.Write([]byte("x")); os.Stdout.Write([]byte("é")[1:]);`, "stderr: x", "stdout: é")
	f.Run(`os.Stdout.Write([]byte("end\xe3\x81"));`, "stdout: end\uFFFD")
}

func TestPartialLines(t *testing.T) {
	f := start(t)
	r := f.Cell(`fmt.Print("50 %"); time.Sleep(300 * time.Millisecond); fmt.Println(" done")`)
	r.Until("stdout: 50 %") // is shown while the cell goes on
	r.End("stdout: 50 % done\n")
}

func TestManyPrints(t *testing.T) {
	f := start(t)
	r := f.Cell(`for i := 0; i < 10000; i++ { fmt.Println("line", i) }`)
	seen := r.Idle("input: …", "stdout: …")
	r.Reply(wire.MsgExecuteReply, nil)
	var want strings.Builder
	for i := range 10000 {
		fmt.Fprintln(&want, "line", i)
	}
	got, n := text(t, seen, "stdout")
	if got != want.String() {
		t.Errorf("%d bytes, want %d", len(got), want.Len())
	}
	if n > 500 { // one every 20 ms, and the race detector is slow
		t.Errorf("%d messages", n)
	}
}

func TestLargePrint(t *testing.T) {
	f := start(t)
	r := f.Cell(`s := strings.Repeat("0123456789abcde\n", 1 << 16); for i := 0; i < ` + fmt.Sprint(megabytes) + `; i++ { os.Stdout.WriteString(s) }`)
	seen := r.Idle("input: …", "stdout: …")
	r.Reply(wire.MsgExecuteReply, nil)
	if n := lines(seen); n != megabytes<<16 {
		t.Errorf("%d lines", n)
	}
}

// A cell that prints without end to a client that doesn't read can be interrupted, and
// doesn't make the kernel grow; nor does the client hold up others.
func TestClientThatDoesNotRead(t *testing.T) {
	f := start(t)
	codec, err := wire.NewCodec("", f.Info.Key)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sub, err := transport.Dial(ctx, transport.Sub, f.Info.Endpoint(wire.IOPub), transport.Options{Topics: []string{""}})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close(0)
	// The first message is the welcome, to each subscriber its own.
	parts, err := sub.Recv()
	if err != nil {
		t.Fatal(err)
	}
	m, err := codec.Decode(parts)
	var welcome wire.Welcome
	if err != nil || m.Header.MsgType != wire.MsgWelcome || m.Decode(&welcome) != nil || welcome.Subscription != "" || m.Parent.MsgID != "" {
		t.Errorf("%+v, %v", m, err)
	}

	r := f.Cell(`t := strings.Repeat("0123456789abcde\n", 1 << 14); for i := 0; i < 4096; i++ { os.Stdout.WriteString(t) }`) // 1 GB
	r.Until("stdout: …")
	time.Sleep(time.Second) // until the kernel waits for the client that doesn't read
	begin := time.Now()
	f.Interrupt()
	r.Until("error: interrupted: …")
	if d := time.Since(begin); d > 2*time.Second { // 0.2 s on a machine that isn't busy
		t.Errorf("interrupted after %v", d)
	}
	seen := r.Idle("input: …", "stdout: …", "error: interrupted: …")
	r.Reply(wire.MsgExecuteReply, nil)
	sent := 0
	for _, m := range seen {
		sent += len(m.Content)
	}
	if sent > 100<<20 {
		t.Errorf("%d MB were sent", sent>>20)
	}
	f.Run("1", "result: 1")
}

// What a goroutine prints belongs to the cell that has started it.
func TestLateOutput(t *testing.T) {
	f := start(t)
	r := f.Cell(`next := make(chan string); go func() { for s := range next { fmt.Print(s); display.Show(display.Text(s)) } }()`)
	r.End()
	f.Run(`next <- "a"; fmt.Println("mine"); time.Sleep(50 * time.Millisecond)`, "stdout: mine\n")
	r.Late("stdout: a", "display: a")
	f.Run(`next <- "b"; close(next)`)
	r.Late("stdout: b", "display: b")
	// Deferred calls of an interrupted cell have their say, what it printed before too.
	r = f.Cell(`defer fmt.Println("cleaned up"); fmt.Println("begun"); select {}`)
	r.Until("stdout: begun\n")
	f.Interrupt()
	r.End("stdout: begun\ncleaned up\n", "error: interrupted: …")
}

func TestInterrupt(t *testing.T) {
	f := start(t)
	f.Interrupt() // nothing runs: nothing happens
	f.Run("ticks := new(atomic.Int64); go func() { for { ticks.Add(1); time.Sleep(time.Millisecond) } }()")
	for _, code := range []string{
		"for i := 0; ; i++ {}", "select {}", "time.Sleep(time.Hour)", "<-make(chan int)", "var m sync.Mutex; lock := m.Lock; lock(); lock()",
		"var w sync.WaitGroup; w.Add(1); w.Wait()", "!sleep 1000", "%%bash\nsleep 1000",
		"for { func() { defer func() { recover() }(); panic(1) }() }",
	} {
		r := f.Cell(code)
		r.Until("input: …")
		time.Sleep(30 * time.Millisecond)
		f.Interrupt()
		reply := r.End("error: interrupted: the cell was interrupted")
		if reply.Status != wire.StatusError || reply.Ename != "interrupted" {
			t.Errorf("%s: %+v", code, reply)
		}
	}
	// The state is there, and the goroutines of earlier cells run on.
	f.Run("n := ticks.Load(); time.Sleep(50 * time.Millisecond); ticks.Load() > n", "result: true")

	// What waits behind the interrupted cell is aborted.
	r := f.Cell("fmt.Println(1); for i := 0; ; i++ {}")
	waiting := f.Cell("2")
	r.Until("stdout: 1\n")
	f.Interrupt()
	r.End("stdout: 1\n", "error: interrupted: …")
	waiting.Idle()
	waiting.Reply(wire.MsgExecuteReply, nil)
}

// Interrupts that come when a cell just ends don't reach the next.
func TestInterruptAtTheEnd(t *testing.T) {
	f := start(t)
	for i := range 60 {
		r := f.Execute(wire.ExecuteRequest{Code: fmt.Sprintf("time.Sleep(%d * 100 * time.Microsecond)", i%12)}, nil)
		a := f.Send(wire.Control, wire.MsgInterruptRequest, nil, nil)
		a.Reply(wire.MsgInterruptReply, nil)
		r.Reply(wire.MsgExecuteReply, nil)
		if i%3 == 0 {
			f.Ask(wire.Control, wire.MsgInterruptRequest, nil, nil)
		}
		next := f.Execute(wire.ExecuteRequest{Code: "time.Sleep(3 * time.Millisecond)", Silent: true}, nil)
		next.Idle()
		var reply wire.ExecuteReply
		next.Reply(wire.MsgExecuteReply, &reply)
		if reply.Status != wire.StatusOK {
			t.Fatalf("%d: the next cell: %+v", i, reply)
		}
		a.Idle()
		r.Drain()
	}
}

// A cell that doesn't stop is stopped by force, at the price of its interpreter.
func TestSecondInterrupt(t *testing.T) {
	f := start(t)
	f.Run("kept := func() int { return 3 }\nfunc five() int { return 5 }")
	r := f.Cell("fmt.Println(os.Getpid()); for i := 0; ; i++ {}")
	var pid int
	var out wire.Stream
	if err := r.Until("stdout: …\n").Decode(&out); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(out.Text, &pid); err != nil {
		t.Fatal(err)
	}
	// An interpreter that answers nothing any more.
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	f.Interrupt()
	f.Ask(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: "five", CursorPos: 1}, nil) // the kernel answers
	f.Interrupt()
	reply := r.End("stdout: …\n", "error: interrupted: the cell didn't stop when it was interrupted: its interpreter was replaced")
	if tb := strings.Join(reply.Traceback, "\n"); !strings.Contains(tb, "kept") {
		t.Error(tb)
	}
	f.Run("five()", "result: 5")
}
