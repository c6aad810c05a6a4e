package child

import (
	"io"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/core"
)

// The kernel process says where the runtime is. What is shown and warned of goes to the cell.
func TestRuntimeHost(t *testing.T) {
	from, to := io.Pipe()
	d := newDuo(t)
	d.client.w = link.NewWriter(to, testNonce)
	h := runtimeHost{d.client}
	type found struct {
		at  bus.Address
		err error
	}
	answers := make(chan found)
	ask := func(start bool) {
		at, err := h.Connect(start)
		answers <- found{at, err}
	}
	r := link.NewReader(from, testNonce)
	next := func(kind string) link.Frame {
		t.Helper()
		f, err := r.Next()
		if err != nil || kind != "" && (f.Event == nil || f.Event.Type != kind) {
			t.Fatalf("%+v %v", f, err)
		}
		return f
	}
	go ask(true)
	e := next(link.EventRuntime).Event
	if !e.Start {
		t.Error("it isn't to be started")
	}
	d.client.handle(link.Request{Op: link.OpRuntime, Run: e.Run + 1, Error: "for another"})
	answer := link.Request{Op: link.OpRuntime, Run: e.Run, Runtime: &link.Runtime{URL: "u", User: "me", Secret: "s", Files: "/f"}}
	d.client.handle(answer)
	d.client.handle(answer)
	if got, want := <-answers, (found{at: bus.Address{URL: "u", User: "me", Secret: "s", Dir: "/f"}}); got != want {
		t.Errorf("%+v", got)
	}
	go ask(false)
	e = next(link.EventRuntime).Event
	d.client.handle(link.Request{Op: link.OpRuntime, Run: e.Run, Error: "it was shut down"})
	if got := <-answers; e.Start || got.err == nil || got.err.Error() != "it was shut down" {
		t.Errorf("%+v", got)
	}
	if len(d.client.asked) != 0 {
		t.Error("questions are left")
	}
	if at, err := (runtimeHost{d.worker}).Connect(true); err != nil || at != d.worker.worker.address {
		t.Errorf("a worker is sent to %+v, %v", at, err)
	}

	go h.Warn(4, "careful")
	if f := next(""); f.Kind != link.Stderr || f.Run != 4 || string(f.Data) != "careful\n" {
		t.Errorf("%+v", f)
	}
	go h.Display(4, "bar", true, core.Content{Text: "half", HTML: "<b>half</b>"})
	if e := next(link.EventDisplay).Event; e.Run != 4 || e.Display.Kind != link.Update || e.Display.ID != "bar" ||
		!reflect.DeepEqual(e.Display.Data, map[string]any{"text/plain": "half", "text/html": "<b>half</b>"}) {
		t.Errorf("%+v", e.Display)
	}
	for f, want := range map[string]string{"strings.ToUpper": "strings.ToUpper", "fmt.Println": "fmt.Println"} {
		d.cell("fn := " + f)
		if name, _ := h.Describe(d.value("fn")); name != want {
			t.Errorf("%s is called %s", f, name)
		}
	}
	if f := h.Protect(func() { panic("so") }); f == nil || f.Kind != "panic" || f.Text != "so" {
		t.Errorf("%+v", f)
	}
	ended := make(chan bool)
	go func() { // the end of a goroutine goes through
		defer close(ended)
		h.Protect(runtime.Goexit)
		t.Error("the goroutine goes on")
	}()
	<-ended
	if f := h.Protect(func() {}); f != nil {
		t.Errorf("%+v", f)
	}
}

// What a pool of goroutines gives up is ended alone, however it spins, and as part of its cell.
func TestStoppable(t *testing.T) {
	d := newDuo(t)
	d.cell(`ended := make(chan int, 3)
	spin := func() { defer func() { ended <- 1 }(); for i := 0; ; i++ { _ = i } }
	wait := func() { defer func() { ended <- 2 }(); <-make(chan int) }
	both := func() { go wait(); spin() }`)
	h := runtimeHost{d.client}
	cellToken := token.New(7)
	run := func(name string) (stop func()) {
		f := d.value(name).Interface().(func())
		began := make(chan func())
		go func() {
			cellToken.Enter()
			call, stop := h.Stoppable()
			began <- stop
			call(func() {
				if h.Run() != 7 {
					t.Errorf("it runs for cell %d", h.Run())
				}
				f()
			})
		}()
		return <-began
	}
	ended := d.value("ended").Interface().(chan int)
	stopSpin, stopBoth := run("spin"), run("both")
	stopSpin()
	stopSpin()
	if n := <-ended; n != 1 {
		t.Errorf("%d ended", n)
	}
	select {
	case n := <-ended:
		t.Errorf("%d ended, too", n)
	case <-time.After(20 * time.Millisecond):
	}
	stopBoth()
	if sum := <-ended + <-ended; sum != 3 {
		t.Errorf("%d ended", sum)
	}
	if cellToken.Interrupted() {
		t.Error("the cell was interrupted")
	}
	for sweeping := true; sweeping; time.Sleep(10 * time.Millisecond) {
		d.client.mu.Lock()
		sweeping = d.client.sweeping
		d.client.mu.Unlock()
	}
}
