package child

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/token"
)

// currentRun returns the run that the calling goroutine belongs to, 0 for none.
func currentRun() int {
	if t := token.Current(); t != nil {
		return t.Run
	}
	return 0
}

// An Output is what os.Stdout and os.Stderr are in a cell. What is written goes to
// the cell whose goroutine writes it, also after that cell has ended. It embeds the
// real file, for code that needs an *os.File; what is written to that belongs to the
// cell that runs at the time.
type Output struct {
	*os.File
	real *os.File // what File was: a cell may put another file there
	kind link.Kind
	w    *link.Writer
	// wrote is set when something is written, if it isn't nil.
	wrote *atomic.Bool
}

func newOutput(f *os.File, kind link.Kind, w *link.Writer) *Output {
	return &Output{File: f, real: f, kind: kind, w: w}
}

// Write writes p to the cell of the calling goroutine.
func (o *Output) Write(p []byte) (int, error) {
	if o.File != o.real {
		return o.File.Write(p)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := o.w.Print(o.kind, currentRun(), p); err != nil {
		return 0, err
	}
	if o.wrote != nil {
		o.wrote.Store(true)
	}
	return len(p), nil
}

// WriteString writes s like Write.
func (o *Output) WriteString(s string) (int, error) { return o.Write([]byte(s)) }

// ReadFrom copies r to the cell, for io.Copy.
func (o *Output) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{o}, r)
}

// Close does nothing: the cell's output isn't the user's to close.
func (o *Output) Close() error {
	if o.File != o.real {
		return o.File.Close()
	}
	return nil
}

// Sync does nothing: nothing is buffered.
func (o *Output) Sync() error { return nil }

// An Input is what os.Stdin is in a cell: it asks the front end for a line when it
// is read empty. It is an io.RuneScanner, without which fmt.Scan would lose the
// character after each token.
type Input struct {
	*os.File
	// ask gets a line. It is called by one goroutine at a time.
	ask func() (string, error)

	mu   sync.Mutex
	run  int // whose line the rest is
	rest strings.Reader
}

func (in *Input) fill() error {
	if run := currentRun(); run != in.run {
		in.run = run // what an earlier cell left unread is forgotten
		in.rest.Reset("")
	}
	if in.rest.Len() > 0 {
		return nil
	}
	line, err := in.ask()
	if err != nil {
		return err
	}
	in.rest.Reset(line + "\n")
	return nil
}

// Read reads what is left of the line, or asks for one.
func (in *Input) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.fill(); err != nil {
		return 0, err
	}
	return in.rest.Read(p)
}

// ReadRune reads a character like Read.
func (in *Input) ReadRune() (rune, int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.fill(); err != nil {
		return 0, 0, err
	}
	return in.rest.ReadRune()
}

// UnreadRune takes the last ReadRune back.
func (in *Input) UnreadRune() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.rest.UnreadRune()
}

// ReadFrom is an error: nothing can be written to it.
func (in *Input) ReadFrom(io.Reader) (int64, error) {
	return 0, errors.New("os.Stdin can't be written to")
}

// WriteTo reads lines until the front end gives no more, for io.Copy.
func (in *Input) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{in})
}

// Close does nothing: the front end's input isn't the user's to close.
func (in *Input) Close() error { return nil }
