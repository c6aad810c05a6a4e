package interp

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"github.com/goherd/goherd/kernel/interp/link"
)

// A Death says why an interpreter process ended.
type Death struct {
	// Name is a word for the kind: "panic", "runtime error", "fatal error", "out of
	// memory", "exit", "killed", or the type of the error that a goroutine panicked with.
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
	// Code is the exit code, -1 if a signal ended the process.
	Code int
	// Own is set where what ran in the process ended it: it ended itself, made a fault, or took too much memory. A signal
	// that somebody sent isn't its own.
	Own bool
	// Used and Limit are bytes of memory, where there was too much for MemoryLimit; else 0.
	Used, Limit int64
}

// outOfMemory begins the reason for ending a child that uses too much memory.
const outOfMemory = "out of memory: "

// maxDump bounds what is kept of a child's standard error, in bytes. The reason is
// at the beginning of a dump.
const maxDump = 4 << 20

// A tail keeps what the Go runtime writes to standard error when it gives up. The zero
// value is ready to use; one goroutine uses it.
type tail struct {
	buf []byte
}

// dumpStart begins the runtime's last words.
var dumpStart = regexp.MustCompile(`(?m)^(panic: |fatal error: |runtime: |SIGQUIT: |unexpected fault address|signal arrived|SIG[A-Z]+: )`)

// write keeps what of p is part of a dump and returns the rest.
func (t *tail) write(p []byte) []byte {
	rest := p[:0]
	if len(t.buf) == 0 {
		at := dumpStart.FindIndex(p)
		if at == nil {
			return p
		}
		rest, p = p[:at[0]], p[at[0]:]
	}
	t.buf = append(t.buf, p[:min(len(p), max(maxDump-len(t.buf), 0))]...)
	return rest
}

// release returns what was kept, and forgets it.
func (t *tail) release() []byte {
	p := t.buf
	t.buf = nil
	return p
}

// sigquit begins the last words of a Go program that was sent SIGQUIT, with which it ends by itself.
var sigquit = []byte("SIGQUIT: ")

var (
	fatalText = regexp.MustCompile(`(?m)^fatal error: (.*)`)
	// A panic whose value was recovered and panicked again is printed once more.
	panicNote = regexp.MustCompile(` \[recovered(, repanicked)?\]$`)
	// The runtime says no more than the type and address of a value that isn't simple
	// and, built with the race detector, not even that.
	unprintable = regexp.MustCompile(`^(\(|panic during panic)`)
	boxed       = regexp.MustCompile(`^<.* Value>$`) // the interpreter's wrapping, before it is taken off
	panicType   = regexp.MustCompile(`^[\w.*\[\]]+\((".*"|[-+\w.]+)\)$`)
)

// explain says why the child ended: err is what waiting for it returned. i.mu is held.
func (i *Interp) explain(err error) *Death {
	d := &Death{Code: -1, Own: true}
	if text, ok := strings.CutPrefix(i.killed, outOfMemory); ok {
		d.Name, d.Text, d.Used, d.Limit = "out of memory", text, i.used, i.opts.MemoryLimit
		if i.where != nil {
			d.Run, d.Frames = i.where.Run, i.where.Frames
		}
		return d
	}
	if i.killed != "" {
		return &Death{Name: "killed", Text: i.killed, Wanted: true, Code: -1}
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		d.Name, d.Text, d.Code = "exit", "the process ended by itself, with exit status 0", 0
	case !errors.As(err, &exit):
		d.Name, d.Text, d.Own = "killed", err.Error(), false
	case exit.ExitCode() >= 0:
		d.Name, d.Text, d.Code = "exit", fmt.Sprintf("exit status %d", exit.ExitCode()), exit.ExitCode()
	default:
		d.Name, d.Text, d.Own = "killed", signalText(exit), fault(exit)
	}
	if exit == nil || !lastWords(exit) {
		return d
	}
	dump := i.stderr.buf
	if bytes.HasPrefix(dump, sigquit) {
		d.Name, d.Text, d.Code, d.Own = "killed", "signal: quit", -1, false
		return d
	}
	run, frames := link.Crashed(dump)
	if m := fatalText.FindSubmatch(dump); m != nil {
		d.Run, d.Frames = run, frames
		d.Name, d.Text = "fatal error", string(m[1])
		switch {
		case strings.Contains(d.Text, "stack overflow"):
			d.Text = "stack overflow: the recursion has no end"
		case strings.Contains(d.Text, "out of memory"), strings.Contains(d.Text, "cannot allocate"):
			d.Name, d.Text = "out of memory", "the operating system gave no more memory"
		}
		return d
	}
	text, ok := panicText(dump)
	if !ok {
		return d
	}
	d.Run, d.Frames = run, frames
	d.Name, d.Text = "panic", text
	switch rest, isRuntime := strings.CutPrefix(text, "runtime error: "); {
	case isRuntime:
		d.Name, d.Text = "runtime error", rest
	case unprintable.MatchString(text) && i.panic != nil && i.panic.Run == run:
		d.Name, d.Text = i.panic.Panic.Name, i.panic.Panic.Text
	default:
		if words, ok := link.GoWords(text); ok {
			d.Name, d.Text = "runtime error", words
		} else if m := panicType.FindStringSubmatch(text); m != nil {
			d.Text = strings.Trim(m[1], `"`)
		}
	}
	return d
}

// numbered reports whether a panic is the one before it with the numbers of its bounds,
// as hook.AtIndex panics anew.
func numbered(before, text string) bool {
	words, ok := link.GoWords(before)
	return ok && strings.HasPrefix(text, "runtime error: "+words+" [")
}

// panicText finds the value of the panic that ended a process. Where deferred calls
// panicked again with other values, these follow the first.
func panicText(dump []byte) (string, bool) {
	_, rest, ok := bytes.Cut(append([]byte("\n"), dump...), []byte("\npanic: "))
	if !ok {
		return "", false
	}
	for _, end := range []string{"\n\ngoroutine ", "\n[signal ", "\n\nruntime:"} {
		if i := bytes.Index(rest, []byte(end)); i >= 0 {
			rest = rest[:i]
		}
	}
	var texts []string
	for _, s := range strings.Split(string(rest), "\n\tpanic: ") {
		// The runtime indents the further lines of a value.
		s = strings.ReplaceAll(panicNote.ReplaceAllString(strings.TrimSpace(s), ""), "\n\t", "\n")
		if n := len(texts); n > 0 && (texts[n-1] == s || boxed.MatchString(texts[n-1]) || numbered(texts[n-1], s)) {
			texts = texts[:n-1]
		}
		texts = append(texts, s)
	}
	text := texts[0]
	for _, s := range texts[1:] {
		text += "; then, in a deferred call: " + s
	}
	return text, true
}
