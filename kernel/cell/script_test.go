package cell_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/cell"
	"github.com/goherd/goherd/kernel/cell/std"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/child"
	"github.com/goherd/goherd/kernel/interp/link"
)

var update = flag.Bool("update", false, "write the scripts in testdata anew, with the output that the cells have now")

// TestMain makes the test binary its own interpreter.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "interp" {
		if err := child.Main(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// yaegi copies frames that other goroutines write to. What is tested here is the
	// compiler; the interpreter's own tests look at races.
	os.Setenv("GORACE", "report_bugs=0 atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}

// library is the packages that cells import.
type library struct{ *std.Importer }

func (library) ByName(name string) []string { return std.ByName(name) }

// lib is shared: decoding the standard library's types once is enough.
var lib = library{std.NewImporter()}

// A notebook is a session with an interpreter.
type notebook struct {
	cells *cell.Session
	ip    *interp.Interp
	runs  int

	mu  sync.Mutex
	out strings.Builder // since the cell began
}

func newNotebook(t testing.TB) *notebook {
	t.Helper()
	n := &notebook{cells: cell.NewSession(lib)}
	n.start(t)
	t.Cleanup(func() { n.ip.Close() })
	return n
}

// start starts an interpreter and gives it what the session has declared.
func (n *notebook) start(t testing.TB) {
	t.Helper()
	var err error
	n.ip, err = interp.Start(interp.Options{Output: n.output, Event: n.event})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := n.ip.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	n.runs++
	r := n.ip.Run(n.runs, &n.cells.Replay().Program)
	<-r.Done
	if done, death := r.Result(); death != nil || done.Failure != nil {
		t.Fatalf("replay: %+v %+v", done, death)
	}
}

func (n *notebook) output(_ int, _ link.Kind, p []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.out.Write(p)
}

func (n *notebook) event(e *link.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e.Display != nil {
		fmt.Fprintf(&n.out, "display: %v\n", text(&e.Display.Bundle))
	}
}

// text returns a bundle for a script: its text, and the names of richer types.
func text(b *link.Bundle) string {
	s := fmt.Sprint(b.Data["text/plain"])
	for _, m := range []string{"text/html", "text/markdown", "image/svg+xml"} {
		if v, ok := b.Data[m]; ok {
			s += fmt.Sprintf("\n%s: %v", m, v)
		}
	}
	return s
}

// run compiles and runs a cell and returns all that a person would see of it.
func (n *notebook) run(t testing.TB, src string) string {
	t.Helper()
	switch words := strings.Fields(src + " %"); words[0] {
	case "%die":
		n.ip.Close()
		lost := n.cells.Lose()
		n.start(t)
		return fmt.Sprint("lost: ", lost)
	case "%del":
		return fmt.Sprint("unknown: ", n.cells.Delete(words[1:len(words)-1]...))
	case "%whos":
		var b strings.Builder
		for _, v := range n.cells.Vars() {
			fmt.Fprintf(&b, "%s %s lost=%t\n", v.Name, v.Type, v.Lost)
		}
		return b.String() + strings.Join(n.cells.Names(), " ")
	}
	n.runs++
	p, err := n.cells.Compile(cell.Source{Serial: n.runs, Text: src}, cell.Normal)
	if err != nil {
		var e *cell.Error
		if !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		var b strings.Builder
		for _, d := range e.Diagnostics {
			if s := d.Pos.Serial(); s != n.runs {
				fmt.Fprintf(&b, "error in source %d: ", s-n.runs)
			}
			fmt.Fprintf(&b, "%d:%d: %s\n", d.Pos.Line(), d.Pos.Column(), d.Text)
		}
		return b.String()
	}
	return n.execute(t, p)
}

func (n *notebook) execute(t testing.TB, p *cell.Program) string {
	t.Helper()
	n.mu.Lock()
	n.out.Reset()
	n.mu.Unlock()
	r := n.ip.Run(n.runs, &p.Program)
	select {
	case <-r.Started:
		p.Commit()
	case <-r.Done:
		select {
		case <-r.Started:
			p.Commit()
		default:
		}
	case <-time.After(time.Minute):
		t.Fatal("the cell doesn't start")
	}
	select {
	case <-r.Done:
	case <-time.After(time.Minute):
		t.Fatal("the cell doesn't end")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.out.String(); s != "" && !strings.HasSuffix(s, "\n") {
		n.out.WriteString("⏎\n")
	}
	for _, note := range p.Notes {
		fmt.Fprintf(&n.out, "note: %s\n", note)
	}
	done, death := r.Result()
	switch {
	case death != nil:
		fmt.Fprintf(&n.out, "death: %s: %s\n", death.Name, death.Text)
	case done.Failure != nil:
		f := done.Failure
		fmt.Fprintf(&n.out, "%s: %s: %s", f.Kind, f.Name, f.Text)
		for _, c := range f.Chain {
			fmt.Fprintf(&n.out, " <- %s", c)
		}
		last := 0
		for _, p := range f.Frames {
			if at := p.Serial()<<20 | p.Line(); at != last { // nodes of one line are one frame
				fmt.Fprintf(&n.out, " @%d:%d", p.Serial()-n.runs, p.Line())
				last = at
			}
		}
		n.out.WriteByte('\n')
	case done.Result != nil:
		fmt.Fprintf(&n.out, "= %s\n", text(done.Result))
	}
	return n.out.String()
}

// TestScripts runs the notebooks in testdata. A file holds notebooks, each begun by
// "== name"; a notebook holds cells, "-- in --", each with what it shall show,
// "-- out --".
//
// What is shown is printed output, "note: …" for notes, "= …" for the result,
// "display: …" for what the cell displays, "line:column: …" for errors of the
// compiler. A failed run is "kind: name: text", " <- …" for each wrapped error, and
// "@cell:line" for each frame, the cell counted from the one that runs: 0, -1, …
//
// Besides Go a cell may be %die, which replaces the interpreter, %del and %whos.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { script(t, file) })
	}
}

const inMark, outMark, bookMark = "-- in --\n", "-- out --\n", "== "

func script(t *testing.T, file string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, books, _ := strings.Cut("\n"+string(b), "\n"+bookMark)
	var mu sync.Mutex
	var now []string
	all := strings.Split(books, "\n"+bookMark)
	now = make([]string, len(all))
	t.Run("", func(t *testing.T) {
		for i, book := range all {
			name, body, _ := strings.Cut(book, "\n")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got := replayBook(t, body)
				mu.Lock()
				now[i] = name + "\n" + got
				mu.Unlock()
			})
		}
	})
	if *update && !t.Failed() {
		text := strings.TrimPrefix(head, "\n") + "\n" + bookMark + strings.Join(now, "\n"+bookMark)
		if err := os.WriteFile(file, []byte(strings.TrimLeft(text, "\n")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// replayBook runs one notebook and returns it with the outputs that it has.
func replayBook(t *testing.T, body string) string {
	n := newNotebook(t)
	var now strings.Builder
	for i, c := range strings.Split("\n"+body, "\n"+inMark)[1:] {
		in, want, ok := strings.Cut("\n"+c, "\n"+outMark)
		in, want = strings.TrimPrefix(in, "\n"), strings.TrimRight(want, "\n")
		if !ok {
			in = strings.TrimRight(in, "\n")
		}
		got := strings.TrimRight(n.run(t, unescape(in)), "\n")
		if !*update && got != want {
			t.Errorf("cell %d: %s\n%s", i+1, in, cmp.Diff(want, got))
		}
		now.WriteString(inMark + in + "\n" + outMark)
		if got != "" {
			now.WriteString(got + "\n")
		}
		now.WriteByte('\n')
	}
	return strings.TrimSuffix(now.String(), "\n")
}

// unescape gives a script the bytes that a text file can't keep.
var unescape = strings.NewReplacer("␍", "\r").Replace

// A cell of thousands of lines runs, and its errors name their lines.
func TestLongCellRuns(t *testing.T) {
	n := newNotebook(t)
	var b strings.Builder
	b.WriteString("total := 0\nzero := 0\n")
	for i := range 1500 {
		fmt.Fprintf(&b, "x%d := %d\ntotal += x%d\n", i, i, i)
	}
	if got := n.run(t, b.String()+"total"); got != "= 1124250\n" {
		t.Errorf("%q", got)
	}
	if got := n.run(t, b.String()+"total / zero"); got != "panic: runtime error: integer divide by zero @0:3003\n" {
		t.Errorf("%q", got)
	}
}
