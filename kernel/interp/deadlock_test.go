package interp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

// Cells in which nobody can go on end as the program would, with what each goroutine waits for.
func TestDeadlock(t *testing.T) {
	cells := []struct {
		cell  string
		waits []string // "line: what for", of all goroutines; those of the cell itself first
	}{
		{"<-make(chan int)", []string{"1: chan receive"}},
		{"var c chan string\nc <- `x`", []string{"2: chan send"}},
		{"c := make(chan struct{ a, b int })\n\n<-c", []string{"3: chan receive"}},
		{"c := make(chan [3]int)\nc <- [3]int{}", []string{"2: chan send"}},
		{"select {}", []string{"1: select"}},
		{"c := make(chan int)\nselect {\ncase <-c:\ncase c <- 1:\n}", []string{"2: select"}},
		{"for range make(chan int) {\n}", []string{"1: chan receive"}},
		{"var m sync.Mutex\nm.Lock()\nm.Lock()", []string{"3: sync.Mutex.Lock"}},
		{"var m sync.RWMutex\nm.Lock()\nm.RLock()", []string{"3: sync.RWMutex.RLock"}},
		{"var m sync.RWMutex\nm.RLock()\nm.Lock()", []string{"3: sync.RWMutex.Lock"}},
		{"var l sync.Locker = new(sync.Mutex)\nl.Lock()\nl.Lock()", []string{"3: sync.Mutex.Lock"}},
		{"c := sync.NewCond(new(sync.Mutex))\nc.L.Lock()\nc.Wait()", []string{"3: sync.Cond.Wait"}},
		{"var wg sync.WaitGroup\nc := make(chan int)\nfor range 3 {\n\twg.Go(func() {\n\t\tc <- 1\n\t})\n}\nwg.Wait()",
			[]string{"8: sync.WaitGroup.Wait", "5: chan send", "5: chan send", "5: chan send"}},
		{"a, b := make(chan int), make(chan int)\ngo func() {\n\t<-a\n\tb <- 1\n}()\n<-b\na <- 1", []string{"6: chan receive", "3: chan receive"}},
		{"time.Sleep(1200*time.Millisecond)\n<-make(chan int)", []string{"2: chan receive"}},
	}
	var notebooks []*notebook // all at once: they wait
	var runs []*interp.Run
	for _, c := range cells {
		n := newNotebook(t, interp.Options{})
		n.ok("kept := 1")
		_, r := n.begin("kept++\n" + c.cell)
		notebooks, runs = append(notebooks, n), append(runs, r)
	}
	for i, c := range cells {
		t.Run(c.cell, func(t *testing.T) {
			n := notebooks[i]
			n.t = t
			done, death := n.wait(runs[i])
			if death != nil {
				t.Fatal(death)
			}
			f := done.Failure
			if f == nil || f.Kind != link.FailPanic || f.Name != "fatal error" || f.Text != "all goroutines are asleep - deadlock!" {
				t.Fatalf("%+v", f)
			}
			var got []string
			for _, w := range f.Waits {
				if w.Run == n.run {
					got = append(got, fmt.Sprintf("%d: %s", w.At.Line()-1, w.For))
				}
			}
			if len(got) > 1 {
				slices.Sort(got[1:])
			}
			if !slices.Equal(got, c.waits) {
				t.Errorf("waits %q, want %q", got, c.waits)
			}
			if len(f.Frames) == 0 || !strings.HasPrefix(c.waits[0], fmt.Sprint(f.Frames[0].Line()-1)+":") {
				t.Errorf("at %v", places(f.Frames))
			}
			if got := n.ok("fmt.Print(kept)"); got != "2" {
				t.Errorf("kept is %s", got)
			}
		})
		notebooks[i].t = t
	}
}

// Goroutines that an earlier cell has left behind may wake a cell, unless they wait too.
func TestDeadlockOfCells(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("c, d := make(chan int), make(chan int)\ngo func() {\n\tc <- 1 + <-d\n}()\nfunc wait(c chan int) int {\n\treturn <-c\n}")
	f := n.cell("wait(c)").Failure
	if f == nil || !slices.Equal(places(f.Frames), []string{"1:6", "2:1"}) {
		t.Fatalf("%+v", f)
	}
	if len(f.Waits) != 2 || f.Waits[0].Run != 2 || f.Waits[1].Run != 1 || f.Waits[1].At.Line() != 3 {
		t.Errorf("waits %+v", f.Waits)
	}
	if got := n.ok("d <- 2\nfmt.Print(wait(c))"); got != "3" {
		t.Errorf("the goroutine of the first cell sent %s", got)
	}
	n.ok("go func() {\n\ttime.Sleep(3 * time.Second)\n\tc <- 4\n}()")
	if got := n.ok("fmt.Print(wait(c))"); got != "4" {
		t.Errorf("the goroutine of another cell sent %s", got)
	}
}

// What waits for a timer, for input or for the world outside is left alone.
func TestNoDeadlock(t *testing.T) {
	cells := []string{
		"<-time.After(2 * time.Second)",
		"select {\ncase <-make(chan int):\ncase <-time.NewTimer(2 * time.Second).C:\n}",
		"time.Sleep(2 * time.Second)",
		"c := make(chan int)\ngo func() { time.Sleep(2 * time.Second); c <- 1 }()\n<-c",
		"c := make(chan int)\ntime.AfterFunc(2*time.Second, func() { c <- 1 })\n<-c",
		"ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)\ndefer cancel()\n<-ctx.Done()",
		"exec.Command(`sleep`, `2`).Run()",
		"var wg sync.WaitGroup\nwg.Go(func() { exec.Command(`sleep`, `2`).Run() })\nwg.Wait()",
		"l, _ := net.Listen(`tcp`, `127.0.0.1:0`)\ngo func() { time.Sleep(2 * time.Second); l.Close() }()\n_, _ = l.Accept()",
		"c := make(chan int)\ngo func() { s := 0; for start := time.Now(); time.Since(start) < 2*time.Second; { s++ }; c <- s }()\n<-c",
	}
	var notebooks []*notebook
	var runs []*interp.Run
	for _, cell := range cells {
		n := newNotebook(t, interp.Options{})
		_, r := n.begin(cell)
		notebooks, runs = append(notebooks, n), append(runs, r)
	}
	for i, cell := range cells {
		n := notebooks[i]
		if done, death := n.wait(runs[i]); death != nil || done.Failure != nil {
			t.Errorf("%s: %+v %+v", cell, death, done)
		}
		if text := n.printed(n.run); text != "" {
			t.Errorf("%s: printed %q", cell, text)
		}
	}
}

// Where only a look would not tell who wakes a goroutine, the cell goes on and says why it may not.
func TestPerhapsDeadlock(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	run, r := n.begin("ctx, cancel := context.WithTimeout(context.Background(), time.Hour)\ndefer cancel()\n<-ctx.Done()")
	until(t, "a note", func() bool { return strings.Contains(n.printed(run), "line 3 (chan receive)") })
	if err := n.ip.Interrupt(run); err != nil {
		t.Fatal(err)
	}
	if done, _ := n.wait(r); done.Failure == nil || done.Failure.Kind != link.FailInterrupt {
		t.Errorf("%+v", done.Failure)
	}
	if text := n.printed(run); strings.Count(text, "note:") != 1 {
		t.Errorf("printed %q", text)
	}
}
