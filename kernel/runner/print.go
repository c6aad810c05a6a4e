package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/goherd/goherd/kernel/notebook"
	"github.com/goherd/goherd/kernel/wire"
)

// A printer writes what the cells print to stdout and stderr as it arrives,
// and keeps a line about the progress below it where stderr is a terminal. Its
// methods may be called from any goroutine.
type printer struct {
	stdout, stderr io.Writer
	quiet          bool
	live           bool       // stderr is a terminal: show progress
	shared         bool       // stdout is one too, most likely the same
	width          func() int // of the terminal, in columns

	mu       sync.Mutex
	midLine  bool // what was last written to stdout did not end its line
	errLine  bool // the same for stderr
	progress int  // columns of the progress line that stands there now
	failure  error

	// The cell that runs; n is 0 between cells.
	i, n    int
	started time.Time
	ticker  chan struct{} // closed at the end of the cell
	ticking sync.WaitGroup

	printed map[string]string // by display ID, what stands printed
	updated map[string]string // what has replaced it since
	order   []string          // display IDs in order of their first update
	latest  string            // first line of the latest update
}

func newPrinter(stdout, stderr io.Writer, quiet bool) *printer {
	p := &printer{
		stdout: stdout, stderr: stderr, quiet: quiet,
		printed: make(map[string]string), updated: make(map[string]string),
	}
	fd, ok := isTerminal(stderr)
	p.live = ok && !quiet && os.Getenv("TERM") != "dumb"
	_, p.shared = isTerminal(stdout)
	p.width = func() int {
		w, _, err := term.GetSize(fd)
		if err != nil || w <= 0 {
			return 80
		}
		return w
	}
	return p
}

// tick is how often the progress line is drawn.
const tick = 200 * time.Millisecond

// begin starts cell i of n.
func (p *printer) begin(i, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.i, p.n, p.started = i, n, time.Now()
	if !p.live {
		return
	}
	done := make(chan struct{})
	p.ticker = done
	p.draw()
	p.ticking.Go(func() {
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				p.mu.Lock()
				p.erase()
				p.draw()
				p.mu.Unlock()
			}
		}
	})
}

// end ends the cell: the progress line goes, and displays that have changed
// since they were printed are printed as they are now.
func (p *printer) end() {
	p.mu.Lock()
	if p.ticker != nil {
		close(p.ticker)
		p.ticker = nil
	}
	p.n = 0
	p.erase()
	for _, id := range p.order {
		if text := p.updated[id]; text != p.printed[id] {
			p.printed[id] = text
			p.block(text)
		}
	}
	clear(p.updated)
	p.order, p.latest = nil, ""
	p.mu.Unlock()
	p.ticking.Wait()
}

// draw shows the progress line, unless it would stand behind text of a cell
// that has not ended its line.
func (p *printer) draw() {
	if !p.live || p.n == 0 || p.errLine || p.shared && p.midLine {
		return
	}
	line := fmt.Sprintf("cell %d/%d  %s", p.i, p.n, elapsed(time.Since(p.started)))
	if p.latest != "" {
		line += "  " + p.latest
	}
	runes := []rune(line)
	if w := p.width() - 1; len(runes) > w {
		runes = runes[:max(w, 0)]
	}
	p.progress = len(runes)
	p.raw(p.stderr, string(runes))
}

// erase takes the progress line away.
func (p *printer) erase() {
	if p.progress > 0 {
		p.raw(p.stderr, "\r"+strings.Repeat(" ", p.progress)+"\r")
		p.progress = 0
	}
}

// elapsed gives a time in seconds, and in minutes from one on.
func elapsed(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
}

// raw writes, and remembers the first failure of stdout: output that is lost
// must not look like success.
func (p *printer) raw(w io.Writer, s string) {
	if _, err := io.WriteString(w, s); err != nil && w == p.stdout && p.failure == nil {
		p.failure = err
	}
}

// writeError returns why stdout could not be written, or nil.
func (p *printer) writeError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure == nil {
		return nil
	}
	return fmt.Errorf("cannot write to stdout: %w", p.failure)
}

// out writes text of a cell to stdout as it is.
func (p *printer) out(text string) {
	if p.quiet || text == "" {
		return
	}
	p.erase()
	if p.shared && p.errLine {
		p.raw(p.stderr, "\n")
		p.errLine = false
	}
	p.raw(p.stdout, text)
	p.midLine = !strings.HasSuffix(text, "\n")
	p.draw()
}

// block writes text as lines of its own to stdout.
func (p *printer) block(text string) {
	if text == "" {
		return
	}
	if p.midLine {
		p.out("\n")
	}
	p.out(strings.TrimSuffix(text, "\n") + "\n")
}

// err writes text to stderr.
func (p *printer) err(text string) {
	if text == "" {
		return
	}
	p.erase()
	if p.shared && p.midLine {
		p.raw(p.stdout, "\n")
		p.midLine = false
	}
	p.raw(p.stderr, text)
	p.errLine = !strings.HasSuffix(text, "\n")
	p.draw()
}

// errBlock writes text as lines of its own to stderr.
func (p *printer) errBlock(text string) {
	if p.errLine {
		p.err("\n")
	}
	p.err(strings.TrimSuffix(text, "\n") + "\n")
}

// text prints lines of its own to stdout.
func (p *printer) text(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.block(text)
}

// errorf prints a line about an error.
func (p *printer) errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errBlock("goherd run: " + fmt.Sprintf(format, args...))
}

// note is errorf for what is no error.
func (p *printer) note(format string, args ...any) {
	if !p.quiet {
		p.errorf(format, args...)
	}
}

// prompt asks a question on stderr, behind which the user types.
func (p *printer) prompt(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err(text)
	p.erase()
	p.errLine = true // no progress line while the user types
}

// answered says that the user ended the line.
func (p *printer) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errLine = false
	p.midLine = p.midLine && !p.shared
}

// message prints what a message on IOPub shows. Messages that cannot be
// decoded were reported by who recorded them.
func (p *printer) message(msgType string, content json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch msgType {
	case wire.MsgStream:
		var m wire.Stream
		if json.Unmarshal(content, &m) != nil {
			return
		}
		if m.Name == "stderr" {
			if !p.quiet {
				p.err(m.Text)
			}
			return
		}
		p.out(m.Text)
	case wire.MsgError:
		var m wire.Error
		if json.Unmarshal(content, &m) != nil {
			return
		}
		text := strings.Join(m.Traceback, "\n")
		if strings.TrimSpace(text) == "" {
			text = m.Ename + ": " + m.Evalue
		}
		if _, ok := isTerminal(p.stderr); !ok {
			text = notebook.StripANSI(text)
		}
		p.errBlock(text)
	case wire.MsgDisplayData, wire.MsgExecuteResult, wire.MsgUpdateDisplayData:
		var m struct {
			Data      notebook.Bundle `json:"data"`
			Transient wire.Transient  `json:"transient"`
		}
		if json.Unmarshal(content, &m) != nil {
			return
		}
		p.display(msgType, m.Transient.DisplayID, plain(m.Data))
	}
}

// display prints something that was shown. An update is not printed yet: a
// progress bar would fill the screen. It shows in the progress line, and its
// last state is printed when the cell ends.
func (p *printer) display(msgType, id, text string) {
	if msgType != wire.MsgUpdateDisplayData {
		p.block(text)
		if id != "" {
			p.printed[id] = text
			delete(p.updated, id)
			p.order = slices.DeleteFunc(p.order, func(s string) bool { return s == id })
		}
		return
	}
	if _, ok := p.printed[id]; !ok {
		return // nothing was shown by that ID
	}
	if _, ok := p.updated[id]; !ok {
		p.order = append(p.order, id)
	}
	p.updated[id] = text
	p.latest, _, _ = strings.Cut(strings.TrimSpace(notebook.StripANSI(text)), "\n")
	if p.n == 0 { // a goroutine that outlived its cell
		p.printed[id] = text
		p.block(text)
		return
	}
	if !utf8.ValidString(p.latest) {
		p.latest = ""
	}
	p.erase()
	p.draw()
}
