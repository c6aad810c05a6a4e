package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/wire"
)

// ANSI colours of a traceback.
const (
	red    = "\x1b[31m"
	redB   = "\x1b[1;31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	dim    = "\x1b[2m"
	reset  = "\x1b[0m"
)

// maxFrames bounds how many frames of a traceback are told: the innermost and, where
// there are more, the outermost.
const maxFrames = 12

// maxWaits bounds how many goroutines are told of that wait for ever.
const maxWaits = 10

// failure makes an error message of a failed run.
func (s *Session) failure(f *link.Failure) *wire.Error {
	var b strings.Builder
	e := &wire.Error{Ename: f.Name, Evalue: f.Text}
	switch f.Kind {
	case link.FailInterrupt:
		e.Ename, e.Evalue = "interrupted", "the cell was interrupted"
		fmt.Fprintf(&b, "%sinterrupted%s", redB, reset)
		if f.Abandoned {
			e.Evalue += "; compiled code that it called still runs"
			b.WriteString(": a compiled function that doesn't return goes on in the background; restart the kernel if it disturbs")
		}
	case link.FailCommand:
		fmt.Fprintf(&b, "%scommand failed%s: %s", redB, reset, f.Text)
	case link.FailExit:
		fmt.Fprintf(&b, "%s%s%s: the cell called os.Exit or log.Fatal; the session goes on", redB, f.Text, reset)
	case link.FailCompile:
		e.Ename = "compile error"
		fmt.Fprintf(&b, "%scompile error%s: the interpreter can't run this: %s", redB, reset, f.Text)
	default:
		fmt.Fprintf(&b, "%s%s%s: %s", redB, f.Name, reset, f.Text)
		if f.Goroutine {
			b.WriteString("\n  in a goroutine that the cell started: the cell ends with it, the session goes on")
		}
		for i, w := range f.Waits {
			if i == maxWaits {
				fmt.Fprintf(&b, "\n  … and %d more", len(f.Waits)-i)
				break
			}
			fmt.Fprintf(&b, "\n  [%s] at %s", w.For, s.where(w.At))
		}
		for i, c := range f.Chain {
			if !slices.Contains(f.Chain[:i], c) { // the items of a call often fail with one and the same
				fmt.Fprintf(&b, "\n  wraps %s", c)
			}
		}
	}
	e.Traceback = append(wire.List[string]{b.String()}, s.frames(f.Frames)...)
	return e
}

// explain makes a message for the front end of what ended a cell.
func (s *Session) explain(x *execution, err error) *wire.Error {
	var (
		compile *cell.Error
		run     runError
		death   *deathError
		bug     defect
		misuse  *misuseError
	)
	name := "error"
	switch {
	case errors.As(err, &compile):
		return s.compileError(compile)
	case errors.As(err, &run):
		return s.failure(run.failure)
	case errors.As(err, &death):
		return s.deathMessage(death)
	case errors.Is(err, errInterrupted):
		return s.failure(&link.Failure{Kind: link.FailInterrupt})
	case errors.Is(err, errClosed):
		err = errClosed
	case errors.As(err, &misuse):
		name = "magic error"
	case errors.As(err, &bug):
		name = "kernel error"
	}
	return &wire.Error{Ename: name, Evalue: err.Error(), Traceback: wire.List[string]{redB + name + reset + ": " + err.Error()}}
}

// deathMessage makes an error message of an interpreter that died.
func (s *Session) deathMessage(err *deathError) *wire.Error {
	d := err.death
	e := &wire.Error{Ename: d.Name, Evalue: d.Text}
	if err.forced {
		e.Ename, e.Evalue = "interrupted", "the cell didn't stop when it was interrupted: its interpreter was replaced"
	}
	head := fmt.Sprintf("%s%s%s: %s", redB, e.Ename, reset, e.Evalue)
	if err.other != "" {
		head += " (in a goroutine that " + err.other + " had started)"
	}
	e.Traceback = append(wire.List[string]{head}, s.frames(d.Frames)...)
	note := "This ended the interpreter; a new one has the session's functions, types and constants."
	lost := err.engine.lost
	switch len(lost) {
	case 0:
	case 1:
		note += " The value of one variable was lost: "
	default:
		note += fmt.Sprintf(" The values of %d variables were lost: ", len(lost))
	}
	const most = 30
	if len(lost) > most {
		note += strings.Join(lost[:most], ", ") + fmt.Sprintf(" and %d more", len(lost)-most)
	} else {
		note += strings.Join(lost, ", ")
	}
	e.Traceback = append(e.Traceback, yellow+note+reset)
	return e
}

// frames writes the places of a stack, innermost first.
func (s *Session) frames(places []link.Pos) []string {
	var out []string
	// Nested expressions are several places of one line: the innermost is told.
	var kept []link.Pos
	for _, p := range places {
		if n := len(kept); n > 0 && kept[n-1].Serial() == p.Serial() && kept[n-1].Line() == p.Line() {
			continue
		}
		kept = append(kept, p)
	}
	for i, p := range kept {
		if len(kept) > maxFrames && i == maxFrames-2 {
			out = append(out, fmt.Sprintf("%s… %d more frames …%s", dim, len(kept)-maxFrames+1, reset))
		}
		if len(kept) > maxFrames && i >= maxFrames-2 && i < len(kept)-1 {
			continue
		}
		if text := s.frame(p); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// frame writes one place: where it is, and the lines around it; "" if its cell was
// forgotten.
func (s *Session) frame(p link.Pos) string {
	s.cellsMu.Lock()
	f := s.cells.FuncAt(p.Serial(), p.Line())
	s.cellsMu.Unlock()
	s.mu.Lock()
	e, ok := s.journal[p.Serial()]
	s.mu.Unlock()
	if !ok {
		return ""
	}
	return at(e.name, p, f) + excerpt(e.text, p.Line(), 0)
}

// where says in a line where a place is.
func (s *Session) where(p link.Pos) string {
	s.cellsMu.Lock()
	f := s.cells.FuncAt(p.Serial(), p.Line())
	s.cellsMu.Unlock()
	s.mu.Lock()
	e, ok := s.journal[p.Serial()]
	s.mu.Unlock()
	if !ok {
		return "a cell that was forgotten"
	}
	return at(e.name, p, f)
}

func at(cell string, p link.Pos, f string) string {
	where := fmt.Sprintf("%s%s%s, line %d", green, cell, reset, p.Line())
	if f != "" {
		where += ", in " + f
	}
	return where
}

// excerpt shows a line with one around it, marked, and the column if it isn't 0.
func excerpt(text string, line, column int) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for n := max(1, line-1); n <= min(len(lines), line+1); n++ {
		src := strings.TrimRight(strings.ReplaceAll(lines[n-1], "\t", "    "), "\r ")
		if n != line {
			fmt.Fprintf(&b, "\n%s%6d │ %s%s", dim, n, src, reset)
			continue
		}
		fmt.Fprintf(&b, "\n%s→%5d%s │ %s", red, n, reset, src)
		if column > 0 && column <= len(lines[n-1])+1 {
			before := strings.ReplaceAll(lines[n-1][:column-1], "\t", "    ")
			fmt.Fprintf(&b, "\n       %s│ %s%s^%s", dim, strings.Repeat(" ", len([]rune(before))), redB, reset)
		}
	}
	return b.String()
}

// maxDiagnostics bounds how many errors of a cell are told.
const maxDiagnostics = 20

// compileError makes an error message of a cell that doesn't compile.
func (s *Session) compileError(err *cell.Error) *wire.Error {
	first := err.Diagnostics[0]
	e := &wire.Error{Ename: "compile error", Evalue: place(first.Pos) + first.Text}
	head := fmt.Sprintf("%scompile error%s: %s", redB, reset, first.Text)
	if n := len(err.Diagnostics); n > 1 {
		e.Evalue += fmt.Sprintf(" (and %d more)", n-1)
		head = fmt.Sprintf("%s%d compile errors%s: nothing of the cell was run", redB, n, reset)
	}
	e.Traceback = wire.List[string]{head}
	for i, d := range err.Diagnostics {
		if i == maxDiagnostics {
			e.Traceback = append(e.Traceback, fmt.Sprintf("%s… %d more%s", dim, len(err.Diagnostics)-i, reset))
			break
		}
		s.mu.Lock()
		en, ok := s.journal[d.Pos.Serial()]
		s.mu.Unlock()
		if !ok {
			e.Traceback = append(e.Traceback, d.Text)
			continue
		}
		e.Traceback = append(e.Traceback, fmt.Sprintf("%s%s%s, line %d, column %d: %s%s", green, en.name, reset,
			d.Pos.Line(), d.Pos.Column(), d.Text, excerpt(en.text, d.Pos.Line(), d.Pos.Column())))
	}
	return e
}

func place(p link.Pos) string {
	if p.Serial() == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%d: ", p.Line(), p.Column())
}
