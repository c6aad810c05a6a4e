package interp

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"github.com/goherd/goherd/kernel/interp/link"
)

// A Death says why an interpreter process ended.
type Death struct {
	// Name is a word for the kind: "panic", "fatal error", "out of memory", "killed".
	Name string
	// Text is the reason, for a person.
	Text string
	// Run is the run whose goroutine caused it, 0 if that isn't known.
	Run int
	// Frames are the positions of the user's code on that goroutine's stack,
	// innermost first.
	Frames []link.Pos
	// Wanted is set where the kernel ended the process itself.
	Wanted bool
}

// maxDump bounds what is kept of a child's standard error, in bytes. The reason is
// at the beginning of a dump.
const maxDump = 4 << 20

// A tail keeps what the Go runtime writes to standard error when it gives up.
type tail struct {
	max int

	mu  sync.Mutex
	buf []byte
}

// dumpStart begins the runtime's last words.
var dumpStart = regexp.MustCompile(`(?m)^(panic: |fatal error: |runtime: |SIGQUIT: |unexpected fault address|signal arrived)`)

// write keeps p if it is part of a dump, and reports whether it is.
func (t *tail) write(p []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.buf) == 0 && !dumpStart.Match(p) {
		return false
	}
	if room := t.max - len(t.buf); room > 0 {
		t.buf = append(t.buf, p[:min(len(p), room)]...)
	}
	return true
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf
}

var (
	panicText = regexp.MustCompile(`(?m)^panic: (.*)`)
	fatalText = regexp.MustCompile(`(?m)^fatal error: (.*)`)
	// An error or Stringer is printed as main.T{…} or as its text, and a value that
	// was panicked again has a note behind it.
	repanicked = regexp.MustCompile(` \[recovered(, repanicked)?\]$`)
	goexitCode = regexp.MustCompile(`^\[signal .*\]$`)
)

// explain finds out why a child ended: killed is our own reason, err what waiting for
// it returned, dump the end of its standard error.
func explain(killed string, err error, dump []byte) *Death {
	d := &Death{}
	d.Run, d.Frames = culprit(dump)
	switch {
	case strings.HasPrefix(killed, "out of memory"):
		d.Name, d.Text = "out of memory", strings.TrimPrefix(killed, "out of memory: ")
		return d
	case killed != "":
		d.Name, d.Text, d.Wanted = "killed", killed, true
		return d
	}
	if m := fatalText.FindSubmatch(dump); m != nil {
		d.Name, d.Text = "fatal error", string(m[1])
		switch {
		case strings.Contains(d.Text, "stack overflow"):
			d.Text = "stack overflow: the recursion has no end"
		case strings.Contains(d.Text, "out of memory"), strings.Contains(d.Text, "cannot allocate"):
			d.Name, d.Text = "out of memory", "the operating system gave no more memory"
		}
		return d
	}
	if m := panicText.FindSubmatch(dump); m != nil {
		d.Name, d.Text = "panic", repanicked.ReplaceAllString(string(m[1]), "")
		if rest, ok := strings.CutPrefix(d.Text, "runtime error: "); ok {
			d.Name, d.Text = "runtime error", rest
		}
		d.Text = strings.TrimSpace(goexitCode.ReplaceAllString(d.Text, ""))
		return d
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		d.Name, d.Text = "exit", "it ended by itself"
	case errors.As(err, &exit):
		d.Name, d.Text = "killed", signalText(exit)
		if exit.ExitCode() >= 0 {
			d.Name, d.Text = "exit", fmt.Sprintf("exit status %d", exit.ExitCode())
		}
	default:
		d.Name, d.Text = "killed", err.Error()
	}
	return d
}

// culprit returns the run and the user's frames of the first goroutine of a dump that
// has any. The runtime prints the goroutine that gave up first.
func culprit(dump []byte) (run int, frames []link.Pos) {
	first := true
	for _, g := range bytes.Split(dump, []byte("\n\n")) {
		i := bytes.Index(g, []byte("goroutine "))
		if i < 0 || bytes.HasPrefix(g[i:], []byte("goroutine 0 ")) {
			continue
		}
		g = g[i:]
		of, at := link.RunOf(g), link.Frames(g)
		if len(at) > 0 {
			return of, at
		}
		if first {
			run, first = of, false
		}
	}
	return run, nil
}
