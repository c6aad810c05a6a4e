package engine_test

import (
	"slices"
	"testing"
	"time"
)

const waiting = `package main

type big struct{ a, b, c int }

var (
	ended = make(chan string, 20)
	runs = map[string]func(){
		"receive": func() { <-make(chan int) },
		"receive from nil": func() { var c chan int; <-c },
		"receive two": func() { _, ok := <-make(chan string); _ = ok },
		"receive a struct": func() { <-make(chan big) },
		"receive a struct from nil": func() { var c chan big; <-c },
		"range": func() { for range make(chan []int) {} },
		"send": func() { make(chan int) <- 1 },
		"send to nil": func() { var c chan any; c <- 1 },
		"send a struct": func() { make(chan big) <- big{} },
		"send when full": func() { c := make(chan bool, 1); c <- true; c <- false },
		"select": func() { c := make(chan int); select { case <-c: case c <- 1: } },
		"select of nil": func() { var c chan int; select { case <-c: } },
		"select of none": func() { select {} },
	}
)

func run(name string) {
	defer func() { ended <- name }()
	runs[name]()
	ended <- "not stopped: " + name
}

var start = run
`

// TestWait ends goroutines that wait for a channel.
func TestWait(t *testing.T) {
	h := &host{done: make(chan struct{})}
	p := load(t, h, waiting)
	start, ended := *value[func(string)](t, p, "start"), *value[chan string](t, p, "ended")
	var want, got []string
	for name := range *value[map[string]func()](t, p, "runs") {
		want = append(want, name)
		go start(name)
	}
	select {
	case name := <-ended:
		t.Fatalf("%s didn't wait", name)
	case <-time.After(50 * time.Millisecond):
	}
	close(h.done)
	for range want {
		select {
		case name := <-ended:
			got = append(got, name)
		case <-time.After(10 * time.Second):
			t.Fatalf("only these ended: %q", got)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%q ended, want %q", got, want)
	}
}
