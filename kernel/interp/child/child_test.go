package child

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"weak"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/display/comm"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
)

// TestMain makes the test binary a worker if it is told so.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		if err := WorkerMain(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

type list struct {
	value int
	next  *list
}

type pair struct {
	a, b *list
	m    map[string][]int
	any  any
	f    func()
}

func TestSize(t *testing.T) {
	shared := &list{}
	circle := &list{}
	circle.next = circle
	var long *list
	for range 300_000 {
		long = &list{next: long}
	}
	for _, c := range []struct {
		name     string
		value    any
		min, max int
	}{
		{"nil", nil, 0, 0},
		{"int", 1, 8, 8},
		{"string", "hello", 21, 21},
		{"slice of int", make([]int, 10, 20), 24 + 160, 24 + 160},
		{"strings", []string{"ab", "cd"}, 24 + 32 + 4, 24 + 32 + 4},
		{"array", [4]int32{}, 16, 16},
		{"pointer", shared, 8 + 16, 8 + 16},
		{"shared", [2]*list{shared, shared}, 16 + 16, 16 + 16},
		{"circle", circle, 8 + 16, 8 + 16},
		{"nil map", map[int]int(nil), 8, 8},
		{"map", map[int]int{1: 1, 2: 2}, 8 + 32, 8 + 64},
		{"map of slices", map[string][]int{"ab": make([]int, 100)}, 8 + 40 + 2 + 800, 8 + 60 + 2 + 800},
		{"struct", pair{a: shared, b: shared, m: nil, any: "xyz", f: nil}, 48 + 16 + 16 + 3, 48 + 16 + 16 + 3},
		{"channel", make(chan int, 100), 808, 1000},
		{"nil pointer", (*list)(nil), 8, 8},
		{"function", func() {}, 8, 8},
		{"error", errors.New("x"), 8 + 16 + 1, 8 + 16 + 1},
		{"unexported interface", struct{ e error }{io.EOF}, 16, 200},
		{"long list", long, 300_000 * 16, 300_000*16 + 8},
		{"many slices", make([][]int, 3<<20), 24 + 3<<20*24, 24 + 3<<20*24},
	} {
		if got := Size(c.value); got < c.min || got > c.max {
			t.Errorf("%s: %d bytes, want %d to %d", c.name, got, c.min, c.max)
		}
	}
	// More than is looked at is estimated.
	many := make([]*list, 3<<20)
	for i := range many {
		many[i] = &list{}
	}
	if got, want := Size(many), len(many)*(8+16); got < want*9/10 || got > want*11/10 {
		t.Errorf("3 million pointers: %d bytes, want about %d", got, want)
	}
}

type textual struct{ s string }

func (t textual) String() string { return "textual " + t.s }

type broken struct{}

func (*broken) Error() string { panic("in Error") }

func TestPanicFailure(t *testing.T) {
	caught := func(f func()) (v any) {
		defer func() { v = recover() }()
		f()
		return nil
	}
	var m map[string]int
	var p *list
	xs := []int{1}
	i := 5
	for _, c := range []struct {
		v          any
		name, text string
		chain      []string
	}{
		{"boom", "panic", "boom", nil},
		{42, "panic", "42", nil},
		{list{value: 1}, "panic", "{value:1 next:<nil>}", nil},
		{textual{"x"}, "child.textual", "textual x", nil},
		{&broken{}, "*child.broken", "(the value's own method panicked: in Error)", nil},
		{errors.New("no"), "error", "no", nil},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", io.EOF)), "error", "a: b: EOF", []string{"error: b: EOF", "error: EOF"}},
		{errors.Join(io.EOF, os.ErrClosed), "error", "EOF\nfile already closed", []string{"error: EOF", "error: file already closed"}},
		{caught(func() { _ = xs[i] }), "runtime error", "index out of range [5] with length 1", nil},
		{caught(func() { m["a"] = 1 }), "runtime error", "assignment to entry in nil map", nil},
		{caught(func() { p.value = 1 }), "runtime error", "invalid memory address or nil pointer dereference", nil},
		{caught(func() { _ = any(1).(string) }), "type assertion", "interface conversion: interface {} is int, not string", nil},
		{caught(func() { reflect.ValueOf(xs).Index(7) }), "runtime error", "index out of range", nil},
		{caught(func() { reflect.Value{}.Field(0) }), "runtime error", "invalid memory address or nil pointer dereference", nil},
		{reflect.ValueOf("wrapped"), "panic", "wrapped", nil},
		{reflect.Value{}, "panic", "nil", nil},
	} {
		f := panicFailure(c.v, nil, nil)
		if f.Kind != link.FailPanic || f.Name != c.name || f.Text != c.text || !slices.Equal(f.Chain, c.chain) {
			t.Errorf("%v: %+v", c.v, f)
		}
	}
	// What was announced is said of that value only.
	said := &announced{value: []int{1}, name: "T", text: func() string { return "said" }}
	if f := panicFailure([]int{1}, said, nil); f.Name != "T" || f.Text != "said" {
		t.Errorf("%+v", f)
	}
	if f := panicFailure([]int{2}, said, nil); f.Text != "[2]" {
		t.Errorf("%+v", f)
	}
}

func TestChain(t *testing.T) {
	err := io.EOF
	for range 20 {
		err = fmt.Errorf("x%w", err)
	}
	if got := Chain(err); len(got) != maxChain {
		t.Errorf("%d errors, want %d", len(got), maxChain)
	}
	if got := Chain(nil); got != nil {
		t.Errorf("the chain of nil is %q", got)
	}
}

// A mailbox never makes its writer wait, keeps the order, and tells what it lost.
func TestMailbox(t *testing.T) {
	var m mailbox
	for i := range maxMail + 5 {
		m.put(comm.Event{ID: fmt.Sprint(i)})
	}
	mail, lost := m.take()
	if len(mail) != maxMail || lost != 5 || mail[0].ID != "0" || mail[maxMail-1].ID != fmt.Sprint(maxMail-1) {
		t.Errorf("%d messages, %d lost", len(mail), lost)
	}
	go func() {
		time.Sleep(10 * time.Millisecond)
		m.put(comm.Event{ID: "a"})
	}()
	if mail, lost := m.take(); len(mail) != 1 || lost != 0 {
		t.Errorf("%d messages, %d lost", len(mail), lost)
	}
}

func TestNanoseconds(t *testing.T) {
	for ns, want := range map[float64]string{
		0.5: "0.50 ns", 7.25: "7.25 ns", 43.66: "43.7 ns", 999: "999 ns", 1500: "1.50 µs", 2.5e6: "2.50 ms", 12e9: "12.0 s",
	} {
		if got := nanoseconds(ns); got != want {
			t.Errorf("%v: %s, want %s", ns, got, want)
		}
	}
	for n, want := range map[int]string{1: "1", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestEnviron(t *testing.T) {
	s := &session{environ: os.Environ()}
	t.Setenv("GOHERD_X", "a=b")
	t.Setenv("GOHERD_EMPTY", "")
	got := s.changedEnv()
	slices.Sort(got)
	if want := []string{"GOHERD_EMPTY=", "GOHERD_X=a=b"}; !slices.Equal(got, want) {
		t.Errorf("changed: %q, want %q", got, want)
	}
	os.Unsetenv("GOHERD_X")
	if got := s.changedEnv(); !slices.Equal(got, []string{"GOHERD_X"}) {
		t.Errorf("unset: %q", got)
	}
	if got := s.changedEnv(); len(got) != 0 {
		t.Errorf("nothing changed: %q", got)
	}
	setenv("GOHERD_X=1")
	setenv("GOHERD_EMPTY")
	if _, ok := os.LookupEnv("GOHERD_EMPTY"); ok || os.Getenv("GOHERD_X") != "1" {
		t.Error("setenv")
	}
	if name, value, ok := cutEnv("=C:=C:\\x"); !ok || name != "=C:" || value != `C:\x` {
		t.Errorf("a name that begins with =: %q %q", name, value)
	}
}

// A stack as long as it may be is cut, not endless.
func TestStack(t *testing.T) {
	var deep func(n int) []byte
	deep = func(n int) []byte {
		if n == 0 {
			return stack()
		}
		return deep(n - 1)
	}
	if s := string(deep(1000)); !strings.Contains(s, "child.stack") || !strings.Contains(s, "testing.tRunner") || len(s) > maxStack {
		t.Errorf("%d bytes", len(s))
	}
}

// The checks are on while a goroutine of an interrupted run lives, no longer.
func TestSweep(t *testing.T) {
	s := &session{runs: map[int]*run{}, interrupted: map[weak.Pointer[token.Token]]bool{}}
	release := make(chan bool)
	entered := make(chan bool)
	begin := func(id int) {
		tok := token.New(id)
		s.runs[id] = &run{id: id, tok: tok, session: s}
		go func() {
			tok.Enter()
			entered <- true
			<-release
		}()
		<-entered
	}
	begin(1)
	begin(2)
	s.interrupt(1)
	s.interrupt(1)
	s.interrupt(3) // there is none
	if !stop.Load() || len(s.interrupted) != 1 {
		t.Errorf("stop %v, %d interrupted", stop.Load(), len(s.interrupted))
	}
	s.mu.Lock()
	delete(s.runs, 1)
	s.mu.Unlock()
	time.Sleep(sweepFirst + 200*time.Millisecond)
	if !stop.Load() {
		t.Error("the checks are off while a goroutine of the interrupted run lives")
	}
	release <- true // one of the two, whichever
	release <- true
	for end := time.Now().Add(10 * time.Second); stop.Load(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the checks stay on")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sweeping || len(s.interrupted) != 0 {
		t.Error("the sweeper is still there")
	}
}

// A result that can't be told ends the run all the same.
func TestReport(t *testing.T) {
	var frames, marks bytes.Buffer
	nonce := link.NewNonce()
	s := &session{w: link.NewWriter(&frames, nonce), marks: link.NewWriter(&marks, nonce)}
	s.report(3, &link.Done{Dir: "/x", Result: &link.Bundle{Data: map[string]any{"x": make(chan int)}}})
	f, err := link.NewReader(&frames, nonce).Next()
	if err != nil || f.Event == nil || f.Event.Type != link.EventDone || f.Run != 3 || f.Event.Done.Dir != "/x" {
		t.Fatalf("%+v %v", f, err)
	}
	if fail := f.Event.Done.Failure; fail == nil || !strings.Contains(fail.Text, "can't be shown") {
		t.Errorf("failure %+v", fail)
	}
	if f, err := link.NewReader(&marks, nonce).Next(); err != nil || f.Kind != link.Mark || f.Run != 3 {
		t.Errorf("mark %+v %v", f, err)
	}
}
