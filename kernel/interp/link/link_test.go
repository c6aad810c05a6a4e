package link_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/interp/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// all reads frames to the end and writes each as a line; raw bytes that follow each
// other are one.
func all(t testing.TB, r *link.Reader) []string {
	t.Helper()
	var out []string
	add := func(head, data string) {
		if n := len(out); n > 0 && head == "raw " && strings.HasPrefix(out[n-1], head) {
			out[n-1] += data
			return
		}
		out = append(out, head+data)
	}
	for {
		f, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			return append(out, "error: "+err.Error())
		case f.Event != nil:
			text := ""
			if f.Event.Done != nil && f.Event.Done.Failure != nil {
				text = f.Event.Done.Failure.Text
			}
			add(fmt.Sprintf("%s of %d ", f.Event.Type, f.Run), text)
		case f.Kind == link.Raw:
			add("raw ", string(f.Data))
		default:
			add(fmt.Sprintf("%c of %d ", f.Kind, f.Run), string(f.Data))
		}
	}
}

// done is an event with a text in it.
func done(run int, text string) link.Event {
	return link.Event{Type: link.EventDone, Run: run, Done: &link.Done{Failure: &link.Failure{Text: text}}}
}

// stream writes one of everything, with raw bytes in between.
func stream(t testing.TB, nonce link.Nonce) (data []byte, want []string) {
	t.Helper()
	var b bytes.Buffer
	w := link.NewWriter(&b, nonce)
	long := strings.Repeat("0123456789", 2000) // 20 kB
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	b.WriteString("before")
	check(w.Print(link.Stdout, 1, []byte("hello")))
	b.WriteString("be" + string(nonce[:8]) + "tween")
	check(w.Print(link.Stderr, 70000, []byte("\xff\x00\n")))
	check(w.Send(link.Event{Type: link.EventReady}))
	check(w.Mark(3))
	check(w.Send(done(2, long)))
	b.Write(nonce[:link.NonceSize-1])
	check(w.Print(link.Stdout, 4, []byte(long)))
	check(w.Print(link.Stdout, 5, nil))
	b.WriteString("after")
	want = []string{
		"raw before", "o of 1 hello", "raw be" + string(nonce[:8]) + "tween", "e of 70000 \xff\x00\n", "ready of 0 ", "k of 3 ",
		"done of 2 " + long, "raw " + string(nonce[:link.NonceSize-1]),
	}
	for rest := long; rest != ""; {
		n := min(len(rest), 4096-link.NonceSize-7)
		want = append(want, "o of 4 "+rest[:n])
		rest = rest[n:]
	}
	return b.Bytes(), append(want, "o of 5 ", "raw after")
}

func TestFrames(t *testing.T) {
	nonce := link.NewNonce()
	data, want := stream(t, nonce)
	for name, r := range map[string]io.Reader{
		"whole":       bytes.NewReader(data),
		"bytes":       iotest.OneByteReader(bytes.NewReader(data)),
		"halves":      iotest.HalfReader(bytes.NewReader(data)),
		"data at EOF": iotest.DataErrReader(bytes.NewReader(data)),
		"broken pipe": io.MultiReader(bytes.NewReader(data), iotest.ErrReader(os.ErrClosed)),
	} {
		if got := all(t, link.NewReader(r, nonce)); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%.200q\nwant\n%.200q", name, got, want)
		}
	}
}

// Text is handed on at once, even where it could be the beginning of a frame.
func TestRawAtOnce(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	frames := link.NewReader(r, link.NewNonce())
	for _, s := range []string{"a", "ÿ", "prompt? ", "\x00\x7f"} {
		go w.Write([]byte(s))
		if f, err := frames.Next(); err != nil || f.Kind != link.Raw || string(f.Data) != s {
			t.Fatalf("%q: %+v %v", s, f, err)
		}
	}
}

// A child that is killed while it writes leaves a part of a frame.
func TestCut(t *testing.T) {
	nonce := link.NewNonce()
	frame := func(write func(*link.Writer) error) []byte {
		var b bytes.Buffer
		if err := write(link.NewWriter(&b, nonce)); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	print := frame(func(w *link.Writer) error { return w.Print(link.Stdout, 3, []byte("hello")) })
	event := frame(func(w *link.Writer) error { return w.Send(done(1, "x")) })
	for n := range len(print) {
		var want []string
		switch text := n - (len(print) - len("hello")); {
		case text > 0:
			want = []string{"o of 3 " + "hello"[:text]}
		case n > 0 && n < link.NonceSize:
			want = []string{"raw " + string(nonce[:n])}
		}
		if got := all(t, link.NewReader(bytes.NewReader(print[:n]), nonce)); !slices.Equal(got, want) {
			t.Errorf("the first %d bytes of a print: %q, want %q", n, got, want)
		}
	}
	for n := link.NonceSize; n < len(event); n++ {
		if got := all(t, link.NewReader(bytes.NewReader(event[:n]), nonce)); len(got) != 0 {
			t.Errorf("the first %d bytes of an event: %q", n, got)
		}
	}
}

// A stream that no Writer has made.
func TestDamaged(t *testing.T) {
	nonce := link.NewNonce()
	head := func(kind byte, size int, data string) string {
		return string(nonce[:]) + string([]byte{kind, 1, 0, 0, 0, byte(size), byte(size >> 8)}) + data
	}
	for name, c := range map[string]struct{ data, want string }{
		"kind":  {head('?', 1, "x"), "error: frame of unknown kind '?' from the interpreter"},
		"size":  {head('o', 5000, strings.Repeat("x", 5000)), "error: a frame of 5000 bytes from the interpreter"},
		"event": {head('M', 3, "{]}"), "error: event of the interpreter: invalid character ']' looking for beginning of object key string"},
	} {
		got := all(t, link.NewReader(strings.NewReader(c.data), nonce))
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	// The end of an event never comes.
	endless := link.NewReader(&repeat{head('m', 4000, strings.Repeat(" ", 4000))}, nonce)
	if got := all(t, endless); len(got) != 1 || !strings.Contains(got[0], "larger than") {
		t.Errorf("endless event: %q", got)
	}
}

type repeat struct{ s string }

func (r *repeat) Read(p []byte) (int, error) { return copy(p, r.s[:min(len(p), len(r.s))]), nil }

func TestSendFails(t *testing.T) {
	var b bytes.Buffer
	w := link.NewWriter(&b, link.NewNonce())
	if err := w.Send(link.Event{Type: link.EventDone, Done: &link.Done{Result: &link.Bundle{Data: map[string]any{"x": make(chan int)}}}}); err == nil {
		t.Error("a channel was sent as JSON")
	}
	if err := w.Send(done(1, strings.Repeat("x", link.MaxEvent))); err == nil || !strings.Contains(err.Error(), "the limit is 64 MB") {
		t.Errorf("an event over the limit: %v", err)
	}
	if b.Len() > 0 {
		t.Errorf("%d bytes were written", b.Len())
	}
	w = link.NewWriter(failing{}, link.NewNonce())
	if err := w.Print(link.Stdout, 1, []byte("x")); err == nil {
		t.Error("a print into a closed pipe succeeds")
	}
	if err := w.Send(done(1, strings.Repeat("x", 10000))); err == nil {
		t.Error("an event into a closed pipe succeeds")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

// Frames of several goroutines don't mix.
func TestConcurrentWriters(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	nonce := link.NewNonce()
	lw := link.NewWriter(w, nonce)
	const each = 200
	var writers sync.WaitGroup
	for run := 1; run <= 4; run++ {
		writers.Go(func() {
			for i := range each {
				if i%2 == 0 {
					_ = lw.Print(link.Stdout, run, bytes.Repeat([]byte{byte('0' + run)}, 9000))
				} else {
					_ = lw.Send(done(run, strings.Repeat(fmt.Sprint(run), 9000)))
				}
			}
		})
	}
	go func() { writers.Wait(); w.Close() }()
	bytesOf, eventsOf := map[int]int{}, map[int]int{}
	for frames := link.NewReader(r, nonce); ; {
		f, err := frames.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
			t.Fatal(err)
		case f.Event != nil:
			eventsOf[f.Run]++
			if want := strings.Repeat(fmt.Sprint(f.Run), 9000); f.Event.Done.Failure.Text != want {
				t.Fatalf("event of %d damaged", f.Run)
			}
		default:
			bytesOf[f.Run] += len(f.Data)
			if n := bytes.Count(f.Data, []byte{byte('0' + f.Run)}); n != len(f.Data) || f.Kind != link.Stdout {
				t.Fatalf("output of %d damaged", f.Run)
			}
		}
	}
	for run := 1; run <= 4; run++ {
		if bytesOf[run] != each/2*9000 || eventsOf[run] != each/2 {
			t.Errorf("run %d: %d bytes, %d events", run, bytesOf[run], eventsOf[run])
		}
	}
	r.Close()
}

func FuzzReader(f *testing.F) {
	nonce := link.Nonce{0xff, 1, 2, 3}
	data, _ := stream(f, nonce)
	f.Add(data, 7)
	f.Add(data[:500], 1)
	f.Add([]byte("text"), 2)
	f.Add(append(nonce[:], "o\x01\x00\x00\x00\x02\x00ab"...), 3)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		whole := all(t, link.NewReader(bytes.NewReader(data), nonce))
		parts := all(t, link.NewReader(&stepReader{data, max(step, 1)}, nonce))
		if !slices.Equal(whole, parts) {
			t.Errorf("read at once %q, in steps %q", whole, parts)
		}
		if !bytes.Contains(data, nonce[:1]) && len(data) > 0 && (len(whole) != 1 || whole[0] != "raw "+string(data)) {
			t.Errorf("text comes as %q", whole)
		}
	})
}

// A stepReader returns n bytes a call.
type stepReader struct {
	data []byte
	n    int
}

func (r *stepReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.n)], r.data)
	r.data = r.data[n:]
	return n, nil
}

// The end of a pipe that somebody else holds open comes when its writer has ended, and
// not before all was read.
func TestDrain(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close() // held open
	ended := make(chan struct{})
	d := link.Drain(r, ended)
	read := make(chan string)
	go func() {
		buf := make([]byte, 4)
		for {
			n, err := d.Read(buf)
			if n > 0 {
				read <- string(buf[:n])
			}
			if err != nil {
				read <- err.Error()
				return
			}
		}
	}()
	if _, err := w.WriteString("onetwo"); err != nil {
		t.Fatal(err)
	}
	if a, b := <-read, <-read; a+b != "onetwo" {
		t.Errorf("read %q, %q", a, b)
	}
	if _, err := w.WriteString("abcdefgh"); err != nil {
		t.Fatal(err)
	}
	close(ended)
	time.Sleep(300 * time.Millisecond) // a reader that takes its time
	if a, b, end := <-read, <-read, <-read; a+b != "abcdefgh" || end != "EOF" {
		t.Errorf("read %q, %q, %q", a, b, end)
	}
}
