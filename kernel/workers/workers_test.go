package workers_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/interp/child"
	"github.com/goherd/goherd/kernel/workers"
	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/head"
)

// TestMain makes the test binary its own worker: with the argument "worker" it is what package main is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		if err := child.WorkerMain(); err != nil {
			fmt.Fprintln(os.Stderr, "goherd:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func TestStartTime(t *testing.T) {
	hello := make(chan bus.Peer, 100)
	s, err := bus.Serve(bus.ServerOptions{Dir: t.TempDir(), Left: func(bus.Peer) {}, Handle: func(p bus.Peer, ms []bus.Message) {
		for _, m := range ms {
			if _, ok := m.(*bus.Hello); ok {
				hello <- p
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := workers.Options{}
	if bin := os.Getenv("BIN"); bin != "" {
		o.Argv = []string{bin, "worker"}
	}
	l := workers.New(o)
	for range 5 {
		start := time.Now()
		var ps []head.Process
		for i := range 4 {
			a, err := s.Admit(fmt.Sprintf("w%d", i), true)
			if err != nil {
				t.Fatal(err)
			}
			p, err := l.Start(head.WorkerSpec{Name: fmt.Sprintf("worker %d", i), Address: a, MemoryLimit: 500 << 20, Output: func(_ uint64, _ bool, b []byte) { os.Stderr.Write(b) }})
			if err != nil {
				t.Fatal(err)
			}
			ps = append(ps, p)
		}
		fmt.Println("started", time.Since(start))
		for range 4 {
			select {
			case <-hello:
				fmt.Println("hello", time.Since(start))
			case <-ps[0].Gone():
				t.Fatal(ps[0].Death())
			}
		}
		time.Sleep(300 * time.Millisecond)
		for i, p := range ps {
			t0 := time.Now()
			u := p.Usage()
			fmt.Printf("%+v %s\n", u, time.Since(t0))
			p.Kill("enough")
			<-p.Gone()
			if d := p.Death(); !d.Wanted || d.Text != "enough" {
				t.Errorf("%+v", d)
			}
			s.Expel(fmt.Sprintf("w%d", i))
		}
	}
	_ = errors.New
}
