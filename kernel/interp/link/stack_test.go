package link_test

import (
	"fmt"
	"go/token"
	"slices"
	"testing"

	"github.com/goherd/goherd/kernel/interp/link"
)

func TestPos(t *testing.T) {
	for _, c := range []struct{ serial, line, column, wantLine, wantColumn int }{
		{1, 1, 1, 1, 1},
		{250000, 8191, 1023, 8191, 1023},
		{7, 1 << 20, 5000, 1<<18 - 1, 1023},
	} {
		p := link.MakePos(c.serial, c.line, c.column)
		if p.Serial() != c.serial || p.Line() != c.wantLine || p.Column() != c.wantColumn {
			t.Errorf("%+v: %d:%d:%d", c, p.Serial(), p.Line(), p.Column())
		}
	}
}

// A stamp is text that the runtime prints, and gives the position back.
func TestStamp(t *testing.T) {
	for _, p := range []link.Pos{0, link.MakePos(1, 1, 1), link.MakePos(250000, 8191, 1023), link.MakePos(1<<28-1, 1<<18-1, 1<<10-1)} {
		s := p.Stamp()
		if got := s.Pos(); got != p || s&0x8080808080808080 != 0 {
			t.Errorf("%x becomes %x, then %x", p, s, got)
		}
	}
}

// What the typed engine's goroutines look like that wait, as a traceback has them.
const asleep = `goroutine 12 [select, 3 minutes, locked to thread labels:{"cell": "5", "at": "!\x10\x00\x00\x05\x00\x00\x00"}]:
github.com/goherd/goherd/kernel/interp/engine.receive[...](0x18c8730ab0e0?, 0x18c879f62000)
	/x/engine/chan.go:99 +0xce
github.com/goherd/goherd/kernel/interp/engine.(*chanOf[...].receive.func1()

goroutine 10 [sync.WaitGroup.Wait labels:{"cell": "4", "at": "\x040\x00\x00\x04\x00\x00\x00"}]:
sync.runtime_SemacquireWaitGroup(0x18c87417d2c0?, 0x1?)
	/x/sema.go:114 +0x2e
github.com/goherd/goherd/kernel/interp/shim.wait.func1()

goroutine 39 [select labels:{"cell": "4", "at": "\x040\x00\x00\x04\x00\x00\x00"}]:
github.com/goherd/goherd/kernel/interp/shim.wait(0x18c87317a2f0, 0x162ca20)
	/x/shim/real.go:103 +0x117
github.com/goherd/goherd/kernel/interp/shim.waitGroup(0x18c872f7e3c0)
	/x/shim/real.go:35 +0x56

goroutine 1 [IO wait]:
internal/poll.runtime_pollWait()
`

func TestAsleep(t *testing.T) {
	want := []link.Wait{
		{Run: 5, At: link.MakePos(5, 2, 33), For: "chan receive"},
		{Run: 4, At: link.MakePos(4, 6, 4), For: "sync.WaitGroup.Wait"},
	}
	if got, ok := link.Asleep([]byte(asleep)); !ok || !slices.Equal(got, want) {
		t.Errorf("%+v %v, want %+v", got, ok, want)
	}
	for _, other := range []string{
		"goroutine 3 [sleep labels:{\"cell\": \"5\"}]:\ntime.Sleep(1)\n",
		"goroutine 3 [IO wait labels:{\"cell\": \"5\"}]:\nnet.read()\n",
		"goroutine 3 [running labels:{\"cell\": \"5\"}]:\nmain.x()\n",
		"goroutine 3 [runnable]:\ngithub.com/goherd/goherd/kernel/interp/engine.x()\n",
		"goroutine 3 [select labels:{\"cell\": \"5\"}]:\nnet/http.wait()\ngithub.com/goherd/goherd/kernel/interp/engine.receive[...](0x1)\n",
		"goroutine 3 [select labels:{\"cell\": \"5\"}]:\nshim.Sleep(1)\n",
		"goroutine 3 [chan receive labels:{\"cell\": \"5\"}]:\nother.f(1)\n",
	} {
		if got, ok := link.Asleep([]byte(asleep + "\n" + other)); ok {
			t.Errorf("%s: asleep: %+v", other, got)
		}
	}
	// A goroutine in the engine that ended the process says where it was; one that compiled code has started has the
	// labels of another.
	if _, at := link.Crashed([]byte(asleep)); !slices.Equal(at, []link.Pos{want[0].At}) {
		t.Errorf("at %x", at)
	}
	if run, at := link.Crashed([]byte("goroutine 3 [running labels:{\"cell\": \"5\", \"at\": \"!\\x10\\x00\\x00\\x05\\x00\\x00\\x00\"}]:\nnet/http.f(1)\n")); run != 5 || at != nil {
		t.Errorf("run %d at %x", run, at)
	}
}

// A line comment and a position of the parser are inverse.
func TestPlace(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {250000, 8191, 7}, {3, 100, 1000}} {
		var line, column int
		if _, err := fmt.Sscanf(link.LineComment(c[0], c[1], c[2]), "/*line "+link.File+":%d:%d*/", &line, &column); err != nil {
			t.Fatal(err)
		}
		p := link.Place(token.Position{Filename: link.File, Line: line, Column: column})
		if p != link.MakePos(c[0], c[1], c[2]) {
			t.Errorf("%v: %d:%d:%d", c, p.Serial(), p.Line(), p.Column())
		}
	}
	for _, p := range []token.Position{{}, {Filename: "x.go", Line: 10000, Column: 1}, {Filename: link.File, Line: 5}} {
		if got := link.Place(p); got != 0 {
			t.Errorf("%v: %v", p, got)
		}
	}
}

// The tracebacks of a process in which goroutine 7 gave up and 9 has user code.
const dump = `runtime: goroutine stack exceeds 268435456-byte limit
fatal error: stack overflow

runtime stack:
runtime.throw({0x1, 0x2})
	/go/runtime/panic.go:1

goroutine 0 gp=0x1 m=0 mp=0x2 [idle]:
x.hook.At(0x90000401, 0x1)

goroutine 7 gp=0x3 m=1 mp=0x4 [running]{"cell": "12"}:
github.com/goherd/goherd/kernel/interp/hook.At(0x30000c05, 0x1, 0x2)
	/x/hook.go:1 +0x1
github.com/goherd/goherd/kernel/interp/hook.At(0x30000c05?, 0x1, 0x2)
github.com/goherd/goherd/kernel/interp/hook.At(0x1, 0x1, 0x2)
github.com/goherd/goherd/kernel/interp/hook.At(0x20001001, 0x1, 0x2)

goroutine 9 [select, 2 minutes]{cell: 5}:
github.com/goherd/goherd/kernel/interp/hook.At(0x10000401, 0x1, 0x2)

goroutine 10 [chan receive]:
main.main()
`

func TestCrashed(t *testing.T) {
	run, at := link.Crashed([]byte(dump))
	if want := []link.Pos{0x30000c05, 0x20001001}; run != 12 || !slices.Equal(at, want) {
		t.Errorf("run %d at %x", run, at)
	}
	// It has no frames: nobody else's are taken for its own.
	run, at = link.Crashed([]byte("panic: x\n\ngoroutine 3 [running]{\"cell\": \"4\"}:\nmain.f()\n\n" + dump))
	if run != 4 || len(at) != 0 {
		t.Errorf("run %d at %x", run, at)
	}
	if run, at := link.Crashed(nil); run != 0 || at != nil {
		t.Errorf("run %d at %x of nothing", run, at)
	}
}

func TestRunning(t *testing.T) {
	waiting := "goroutine 1 [running]:\nmain.main()\n\ngoroutine 2 [select]{\"cell\": \"3\"}:\nx/hook.At(0x10000401, 0x1)\n\n"
	if run, at := link.Running([]byte(waiting)); run != 3 || len(at) != 1 || at[0] != 0x10000401 {
		t.Errorf("nobody runs: run %d at %x", run, at)
	}
	if run, at := link.Running([]byte(waiting + dump)); run != 12 || len(at) != 2 {
		t.Errorf("run %d at %x", run, at)
	}
}

func TestGoWords(t *testing.T) {
	for s, want := range map[string]string{
		"reflect: slice index out of range":                          "index out of range",
		"reflect: string index out of range":                         "index out of range",
		"reflect.Value.Slice: slice index out of bounds":             "slice bounds out of range",
		"reflect: call of reflect.Value.Field on zero Value":         "invalid memory address or nil pointer dereference",
		"c:98306:9: interface conversion: interface {} is nil":       "interface conversion: interface {} is nil",
		"reflect: Call with too few input arguments":                 "Call with too few input arguments",
		"reflect.Set: value of type int is not assignable to type x": "reflect.Set: value of type int is not assignable to type x",
	} {
		if got, ok := link.GoWords(s); got != want || !ok {
			t.Errorf("%q: %q, %v", s, got, ok)
		}
	}
	if got, ok := link.GoWords("reflection is hard"); ok || got != "reflection is hard" {
		t.Errorf("%q, %v", got, ok)
	}
}
