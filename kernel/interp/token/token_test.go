package token

import (
	"context"
	"runtime/pprof"
	"sync"
	"testing"
	"time"
)

func TestLayout(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
}

// A token reaches goroutines started by compiled code, and pprof's own labels are
// not taken for one.
func TestInherited(t *testing.T) {
	var wg sync.WaitGroup
	wg.Go(func() {
		tok := New(7)
		tok.Enter()
		inner := make(chan *Token)
		time.AfterFunc(0, func() { go func() { inner <- Current() }() })
		if got := <-inner; got != nil {
			t.Errorf("a timer's goroutine has token %v, want none", got.Run)
		}
		go func() { inner <- Current() }()
		if got := <-inner; got != tok {
			t.Errorf("child goroutine has %v", got)
		}
		pprof.Do(context.Background(), pprof.Labels("cell", "7"), func(context.Context) {
			if got := Current(); got != nil {
				t.Errorf("foreign labels taken for a token: %v", got.Run)
			}
		})
	})
	wg.Wait()
	if Current() != nil {
		t.Error("the test's own goroutine has a token")
	}
}

// Exit runs deferred calls, isn't seen by recover, and isn't stopped again in them.
func TestExit(t *testing.T) {
	tok := New(1)
	done := make(chan string, 3)
	go func() {
		tok.Enter()
		defer func() { done <- "end" }()
		defer func() {
			if r := recover(); r != nil {
				done <- "recovered"
			}
			if !Current().Interrupted() {
				done <- "defer"
			}
		}()
		tok.Interrupt()
		if Current().Interrupted() {
			Current().Exit()
		}
		done <- "went on"
	}()
	if a, b := <-done, <-done; a != "defer" || b != "end" {
		t.Fatal(a, b)
	}
}

func BenchmarkCurrent(b *testing.B) {
	done := make(chan bool)
	go func() {
		New(1).Enter()
		for b.Loop() {
			if Current() == nil {
				panic("no token")
			}
		}
		done <- true
	}()
	<-done
}
