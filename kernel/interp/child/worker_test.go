package child

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

// testPatience is how long a test waits for what should take milliseconds.
const testPatience = 30 * time.Second

// A process is a worker process with a bus for itself.
type process struct {
	t     *testing.T
	bus   *bus.Server
	peer  bus.Peer
	cmd   *exec.Cmd
	in    io.WriteCloser
	frame chan string // what it writes to file descriptor 1
	said  chan bus.Message
	ended chan error
}

func startProcess(t *testing.T, hello link.Worker) *process {
	t.Helper()
	p := &process{t: t, peer: bus.Peer{User: "w7", Worker: true}, frame: make(chan string, 100), said: make(chan bus.Message, 100), ended: make(chan error, 1)}
	var err error
	p.bus, err = bus.Serve(bus.ServerOptions{
		Dir: t.TempDir(),
		Handle: func(_ bus.Peer, ms []bus.Message) {
			for _, m := range ms {
				if _, ok := m.(*bus.Beat); !ok {
					p.said <- m
				}
			}
		},
		Left:  func(bus.Peer) {},
		Wrong: func(err error) { t.Log(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.bus.Close)
	a, err := p.bus.Admit(p.peer.User, true)
	if err != nil {
		t.Fatal(err)
	}
	hello.Name, hello.Runtime = "worker 7", link.Runtime{URL: a.URL, User: a.User, Secret: a.Secret, Files: a.Dir}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(self, "worker")
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(link.NewReader(out, testNonce))
	p.request(link.Request{Op: link.OpHello, Nonce: testNonce[:], Worker: &hello})
	if _, ok := p.next().(*bus.Hello); !ok {
		t.Error("the first message isn't Hello")
	}
	p.printed("ready")
	return p
}

func (p *process) request(r link.Request) {
	p.t.Helper()
	if err := json.NewEncoder(p.in).Encode(r); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) read(r *link.Reader) {
	for {
		f, err := r.Next()
		if err != nil {
			p.ended <- p.cmd.Wait()
			return
		}
		switch {
		case f.Event != nil:
			p.frame <- f.Event.Type
		case f.Kind == link.Mark:
			p.frame <- fmt.Sprint("mark ", f.Run)
		default:
			p.frame <- fmt.Sprintf("%d: %s", f.Run, f.Data)
		}
	}
}

// next returns what the worker says next.
func (p *process) next() bus.Message {
	p.t.Helper()
	select {
	case m := <-p.said:
		return m
	case <-time.After(testPatience):
		p.t.Fatal("the worker says nothing")
		return nil
	}
}

// printed checks what comes through the pipe.
func (p *process) printed(want string) {
	p.t.Helper()
	select {
	case got := <-p.frame:
		if got != want {
			p.t.Errorf("printed %q, want %q", got, want)
		}
	case <-time.After(testPatience):
		p.t.Fatalf("it doesn't print %q", want)
	}
}

// end waits for the end of the process.
func (p *process) end() error {
	p.t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(testPatience):
		p.t.Fatal("the worker doesn't end")
		return nil
	}
}

// image is what a Payload has.
func (p *process) image(e ship.Encoded) bus.Payload {
	if len(e.Segments) > 0 {
		p.t.Fatal("the test sends no large slices")
	}
	return bus.Payload{Data: e.Data, Size: int64(len(e.Data))}
}

// open begins a job with the func in a variable of the session.
func (p *process) open(d *duo, job uint64, name string) {
	packed := d.pack(name)
	p.bus.Post(p.peer, &bus.Code{ID: packed.ID, Program: packed.Program},
		&bus.Job{Job: job, Spec: bus.Spec{Name: packed.Name, Code: []string{packed.ID}, Func: p.image(packed.Func)}})
}

// task sends the items in a variable.
func (p *process) task(d *duo, job, task uint64, items string) {
	p.t.Helper()
	v := d.value(items)
	e, err := d.client.codec.Encode(v)
	if err != nil {
		p.t.Fatal(err)
	}
	p.bus.Post(p.peer, &bus.Task{Job: job, Task: task, Items: v.Len(), Attempt: 1, Input: p.image(e)})
	p.bus.Flush()
}

// A worker process does what its tasks say, in the session's directory and environment; what they print is
// theirs. os.Exit ends it.
func TestWorkerProcess(t *testing.T) {
	d := newDuo(t)
	d.cell("type T struct{ n int }\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.n) }")
	d.cell(`f, in := eachErr(func(t T) (string, error) {
		if t.n == 9 { os.Exit(7) }
		fmt.Println(t)
		dir, err := os.Getwd()
		return fmt.Sprint(t, filepath.Base(dir), os.Getenv("GOHERD_TEST")), err
	}), []T{{1}, {2}}`)
	d.cell("in2 := []T{{9}}")
	dir := t.TempDir() + "/here"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, link.Worker{Dir: t.TempDir(), Env: []string{"GOHERD_TEST=no"}})
	t.Chdir(dir)
	t.Setenv("GOHERD_TEST", "yes")
	p.open(d, 1, "f")
	p.task(d, 1, 1<<32+5, "in")
	r, ok := p.next().(*bus.Result)
	if !ok || r.Task != 1<<32+5 || r.Status != bus.Done || len(r.Fails) != 0 || r.Printed != 1 {
		t.Fatalf("%+v", r)
	}
	p.printed("5: T1\n")
	p.printed("5: T2\n")
	p.printed("mark 1")
	got := make([]string, 2)
	image := ship.Decoder{Data: r.Output.Data}
	if err := d.client.codec.Decode(image, reflect.ValueOf(&got).Elem()); err != nil {
		t.Error(err)
	}
	if want := "[T1hereyes T2hereyes]"; fmt.Sprint(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}

	p.task(d, 1, 6, "in2")
	if err := p.end(); err == nil || p.cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("it ended with %v", err)
	}
}

// It ends when the kernel does.
func TestWorkerOrphan(t *testing.T) {
	d := newDuo(t)
	d.cell("f, in := each(func(x int) int { fmt.Print(\"on\"); for { } }), []int{1}")
	p := startProcess(t, link.Worker{})
	p.open(d, 1, "f")
	p.task(d, 1, 1, "in")
	p.printed("1: on")
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// By hand it starts nothing.
func TestWorkerByHand(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(self, "worker").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "started by the kernel, not by hand") {
		t.Errorf("%v: %s", err, out)
	}
}

// A new interpreter gives everything the IDs that it had: what the old one sent to workers is still good.
func TestSameAfterReplay(t *testing.T) {
	d := newDuo(t)
	d.cell("type T struct{ n int }\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.n) }\nvar k = 2\nfunc work(t T) string { return fmt.Sprint(t, k, func() any { return T{k} }()) }")
	d.cell("type Pair[A any] struct{ a, b A }\nfunc both[A any](a A) Pair[A] { return Pair[A]{a, a} }\nfunc pairs(t T) Pair[T] { return both(t) }")
	d.cell("import \"example.com/state\"\nfunc look(t T) (int, error) { return state.Look(\"one\") }")
	d.cell("func (t T) More() int { return t.n }\nfunc work(t T) string { return fmt.Sprint(t.More(), t, k, func() any { return T{k + 1} }()) }")
	d.cell("a, b, c := work, pairs, look")
	old := d.client.engine
	program, err := code.Decode(d.cells.Replay().Code)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.client.newEngine(); err != nil {
		t.Fatal(err)
	}
	if err := d.client.engine.Load(program); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		for _, v := range old.Variables() {
			if v.Name != name {
				continue
			}
			fn, err := old.TakeApart(v.Value)
			if err != nil {
				t.Fatal(err)
			}
			was, err := old.Part([]code.FuncID{fn.ID}, nil)
			if err != nil {
				t.Fatal(err)
			}
			now, err := d.client.engine.Part([]code.FuncID{fn.ID}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if was.ID != now.ID {
				t.Errorf("%s has another program", fn.Name)
			}
		}
	}
}

// Programs are put in place while others run.
func TestUseWhileRunning(t *testing.T) {
	d := newDuo(t)
	d.cell("var total int\nfunc step(n int) int { return n + 1 }")
	d.cell("f, in := each(func(x int) int { for i := 0; i < x; { i = step(i) }; return x }), []int{300000}")
	first := d.use("f")
	d.cell("func step(n int) int { return n + 2 }")
	d.cell("type T struct{ a int }\nfunc (t T) Get() int { return t.a }\ng, ing := each(func(x int) any { return T{x}.Get() }), []int{4}")
	second := d.pack("f")
	other := d.pack("g")
	done := make(chan string)
	go func() { done <- first.result("in") }()
	var parts []*engine.Arrived
	for _, p := range [][]byte{first.packed.Program, second.Program, other.Program} {
		a, err := engine.Arrive(p)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, a)
	}
	for i := range 30 {
		if err := d.worker.engine.Use(parts[i%3]); err != nil {
			t.Error(err)
		}
	}
	if got := <-done; got != "[300000]" {
		t.Errorf("got %s", got)
	}
	if got := d.use("g").result("ing"); got != "[4]" {
		t.Errorf("got %s", got)
	}
}
