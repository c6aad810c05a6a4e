package session

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/wire"
)

// screen is a front that shows nothing but remembers.
type screen struct {
	mu      sync.Mutex
	texts   []string
	backlog int64
}

func (s *screen) Stream(_ *wire.Message, name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, name+" "+text)
}

func (s *screen) Publish(*wire.Message, string, any, map[string]any, [][]byte) {}

func (s *screen) Backlog() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backlog
}

func (s *screen) Input(context.Context, *wire.Message, string, bool) (string, error) { return "", nil }

// take returns what was shown since it was called last.
func (s *screen) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.texts
	s.texts = nil
	return t
}

func testOutput(limit int) (*output, *screen) {
	s := &screen{}
	o := newOutput(s, nil, "cell [1]", nil)
	o.limit = limit
	return o, s
}

func want(t *testing.T, s *screen, texts ...string) {
	t.Helper()
	if diff := cmp.Diff(texts, s.take()); diff != "" {
		t.Error(diff)
	}
}

func TestOutputBatches(t *testing.T) {
	o, s := testOutput(maxOutput)
	for _, p := range []string{"a\n", "b", "c\n", "d"} {
		o.write(stdout, []byte(p))
	}
	want(t, s)
	o.flush()
	want(t, s, "stdout a\nbc\nd")
	o.write(stdout, []byte("x"))
	o.write(stderr, []byte("y"))
	o.write(stdout, []byte("z"))
	o.flush()
	want(t, s, "stdout x", "stderr y", "stdout z")
	line := strings.Repeat("l", 99) + "\n"
	for range batchBytes/100 + 1 {
		o.write(stdout, []byte(line)) // a full batch waits for nothing
	}
	if got := s.take(); len(got) != 1 || !strings.HasSuffix(got[0], "l\n") || len(got[0]) < batchBytes {
		t.Errorf("%d batches", len(got))
	}
	o.end()
}

// Whole lines are sent after a batch's time, and a part of one when it goes no further.
func TestOutputTicks(t *testing.T) {
	o, s := testOutput(maxOutput)
	o.write(stdout, []byte("line\npart"))
	o.tick()
	want(t, s, "stdout line\n")
	o.write(stdout, []byte(" more"))
	o.tick()
	want(t, s, "stdout part more")
	o.tick()
	want(t, s)
	o.write(stdout, []byte("from a timer"))
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if got := s.take(); len(got) == 1 && got[0] == "stdout from a timer" {
			break
		} else if len(got) > 0 || time.Now().After(end) {
			t.Fatalf("%q", got)
		}
	}
}

func TestOutputCharacters(t *testing.T) {
	o, s := testOutput(maxOutput)
	for _, b := range []byte("aé日😀") {
		o.write(stdout, []byte{b})
		o.flush()
	}
	want(t, s, "stdout a", "stdout é", "stdout 日", "stdout 😀")
	o.write(stdout, []byte("\xe3\x81"))
	o.write(stderr, []byte("\xc3"))
	o.write(stdout, []byte("\x82"))
	o.write(stderr, []byte("\xa9"))
	o.flush()
	want(t, s, "stdout あ", "stderr é")
	o.write(stdout, []byte("bad\xffbyte\xf0\x9f"))
	o.end()
	want(t, s, "stdout bad\uFFFDbyte", "stdout \uFFFD")
	o.write(stdout, []byte("\xe3")) // of a goroutine that never goes on: no timer runs for it
	time.Sleep(3 * batch)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer != nil {
		t.Error("a timer runs")
	}
}

func TestOutputIsCut(t *testing.T) {
	o, s := testOutput(10)
	o.write(stdout, []byte("12345\n"))
	o.write(stdout, []byte("789\nand more"))
	want(t, s, "stdout 12345\n789\n", "stderr \n[more than 200 MB were printed: the rest is not shown]\n")
	o.write(stderr, []byte("x"))
	o.flush()
	want(t, s)
	o.end()
	want(t, s, "stderr [9 bytes of this cell's output are not shown]\n")
}

// An interrupt lets what is on its way pass, up to a limit, and waits for no client.
func TestOutputOfAnInterruptedCell(t *testing.T) {
	o, s := testOutput(maxOutput)
	s.backlog = maxBacklog + 1
	waits := make(chan bool)
	go func() {
		o.write(stdout, make([]byte, batchBytes))
		close(waits)
	}()
	select {
	case <-waits:
		t.Error("it doesn't wait for the client")
	case <-time.After(20 * time.Millisecond):
	}
	o.interrupt()
	<-waits
	s.take()
	for range 3 * maxAfter / batchBytes {
		o.write(stdout, []byte(strings.Repeat("x", batchBytes)))
	}
	o.finish()
	n := 0
	texts := s.take()
	for _, text := range texts {
		n += len(text)
	}
	if n > maxAfter+1000 || n < maxAfter/2 || !strings.Contains(texts[len(texts)-1], "not shown") {
		t.Errorf("%d bytes, %q", n, texts[len(texts)-1])
	}
	o.end()
	s.backlog = 0
	o.write(stdout, []byte("late\n"))
	o.flush()
	want(t, s, "stdout late\n")
	o.interrupt() // too late
	o.write(stdout, make([]byte, 2*maxAfter))
	o.flush()
	if got := s.take(); len(got) == 0 || strings.HasPrefix(got[len(got)-1], stderr) {
		t.Errorf("%.50q", got)
	}
}

// A session that ends lets go of a cell that waits for a client.
func TestOutputOfAClosedSession(t *testing.T) {
	s := &screen{backlog: maxBacklog + 1}
	closing := make(chan struct{})
	o := newOutput(s, nil, "", closing)
	done := make(chan struct{})
	go func() {
		o.write(stdout, make([]byte, batchBytes))
		close(done)
	}()
	close(closing)
	<-done
}

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"tiem": "%time", "timeti": "%timeit", "bsh": "%%bash", "bahs": "%%bash", "writefiel": "%%writefile", "hist": "%history", "xyzzy": "", "q": "",
	} {
		if got := nearest(name); got != want {
			t.Errorf("nearest(%q) is %q, want %q", name, got, want)
		}
	}
}
