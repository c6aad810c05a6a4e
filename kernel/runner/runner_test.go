package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/notebook"
	"github.com/goherd/goherd/kernel/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A scripted kernel answers a request by running the function that stands for
// the source. It tests what a well-behaved kernel does not do on request:
// dying, hanging, publishing late. What the real one does is tested with it.
type scripted struct {
	t         *testing.T
	opts      client.Options
	scripts   map[string]script
	session   *wire.Session
	count     int
	interrupt chan struct{}
	done      chan struct{}
	dead      sync.Once

	mu         sync.Mutex
	calls      []string
	interrupts int
}

// A script publishes outputs and returns the reply.
type script func(r *running) wire.ExecuteReply

type running struct {
	*scripted
	request *wire.Message
	opts    client.ExecOptions
}

func (r *running) send(msgType string, content any) {
	m, err := r.session.Message(r.request, msgType, content)
	if err != nil {
		r.t.Error(err)
		return
	}
	r.scripted.opts.OnIOPub(m)
}

func (r *running) out(text string) { r.send(wire.MsgStream, wire.Stream{Name: "stdout", Text: text}) }

func ok(f func(r *running)) script {
	return func(r *running) wire.ExecuteReply {
		f(r)
		return wire.ExecuteReply{Status: wire.StatusOK}
	}
}

func fails(ename, evalue string) script {
	return func(r *running) wire.ExecuteReply {
		tb := []string{"\x1b[31m" + ename + "\x1b[0m: " + evalue, "  cell, line 1"}
		r.send(wire.MsgError, wire.Error{Ename: ename, Evalue: evalue, Traceback: tb})
		return wire.ExecuteReply{Status: wire.StatusError, Ename: ename, Evalue: evalue, Traceback: tb}
	}
}

func (k *scripted) log(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, fmt.Sprintf(format, args...))
}

func (k *scripted) Execute(_ context.Context, code string, opts client.ExecOptions, _ func(*wire.Message)) (*wire.ExecuteReply, error) {
	f, found := k.scripts[code]
	if !found {
		k.t.Errorf("unexpected cell %q", code)
		return nil, errors.New("unexpected")
	}
	k.log("execute %s", code)
	req, err := k.session.Message(nil, wire.MsgExecuteRequest, struct{}{})
	if err != nil {
		return nil, err
	}
	k.count++
	r := &running{k, req, opts}
	r.send(wire.MsgStatus, wire.Status{ExecutionState: wire.StateBusy})
	r.send(wire.MsgExecuteInput, wire.ExecuteInput{Code: code, ExecutionCount: k.count})
	reply := f(r)
	r.send(wire.MsgStatus, wire.Status{ExecutionState: wire.StateIdle})
	reply.ExecutionCount = k.count
	select {
	case <-k.done:
		return nil, errors.New("the kernel process ended\n(signal: killed)")
	default:
		return &reply, nil
	}
}

func (k *scripted) Interrupt(context.Context) error {
	k.mu.Lock()
	k.interrupts++
	k.mu.Unlock()
	select {
	case k.interrupt <- struct{}{}:
	default:
	}
	return nil
}

func (k *scripted) Shutdown(context.Context) error {
	k.log("shutdown")
	k.end()
	return nil
}
func (k *scripted) Kill() { k.log("kill"); k.end() }
func (k *scripted) end()  { k.dead.Do(func() { close(k.done) }) }

// A bench is a run with a scripted kernel.
type bench struct {
	t              *testing.T
	dir            string
	kernel         *scripted
	signals        chan os.Signal
	stdout, stderr bytes.Buffer
	launched       string // the folder
}

func newBench(t *testing.T, scripts map[string]script) *bench {
	b := &bench{t: t, dir: t.TempDir(), signals: make(chan os.Signal, 4)}
	b.kernel = &scripted{
		t: t, scripts: scripts, session: wire.NewSession("test"),
		interrupt: make(chan struct{}, 1), done: make(chan struct{}),
	}
	return b
}

// notebook writes a notebook with a code cell for each source.
func (b *bench) notebook(sources ...string) string {
	nb := notebook.New()
	for i, src := range sources {
		c := notebook.NewCell(notebook.Code, src)
		c.ID = fmt.Sprintf("id%d", i+1)
		c.Outputs = []*notebook.Output{notebook.NewStream("stdout", "stale")}
		c.ExecutionCount = 99
		nb.Cells = append(nb.Cells, c)
	}
	return b.save(nb)
}

func (b *bench) save(nb *notebook.Notebook) string {
	path := filepath.Join(b.dir, "nb.ipynb")
	if err := nb.Write(path); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) run(args ...string) int {
	launch := func(_ context.Context, dir string, opts client.Options) (kernel, error) {
		b.launched = dir
		b.kernel.opts = opts
		return b.kernel, nil
	}
	return run(b.t.Context(), args, strings.NewReader(""), &b.stdout, &b.stderr, launch, b.signals)
}

func (b *bench) check(code, wantCode int, stdout, stderr string) {
	b.t.Helper()
	if code != wantCode {
		b.t.Errorf("exit code %d, want %d", code, wantCode)
	}
	if b.stdout.String() != stdout {
		b.t.Errorf("stdout %q, want %q", b.stdout.String(), stdout)
	}
	if b.stderr.String() != stderr {
		b.t.Errorf("stderr %q, want %q", b.stderr.String(), stderr)
	}
}

// outputs gives the stream text and error names of the cells of a file.
func (b *bench) outputs(path string) string {
	b.t.Helper()
	nb, err := notebook.Read(path)
	if err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, c := range nb.Cells {
		s := fmt.Sprintf("[%d]", c.ExecutionCount)
		for _, o := range c.Outputs {
			text, _ := o.Data.Text("text/plain")
			s += " " + strings.TrimSpace(o.Text()+o.EName+text)
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

func TestRun(t *testing.T) {
	b := newBench(t, map[string]script{
		"a": ok(func(r *running) {
			r.out("one\n")
			r.send(wire.MsgStream, wire.Stream{Name: "stderr", Text: "warn\n"})
			r.out("two")
		}),
		"b": ok(func(r *running) {
			r.send(wire.MsgDisplayData, wire.DisplayData{Data: wire.Bundle{"text/html": "<p>shown</p>"}})
			r.send(wire.MsgExecuteResult, wire.ExecuteResult{ExecutionCount: 2, Data: wire.Bundle{"text/plain": "42"}})
		}),
	})
	nb := b.notebook("a", "", "  \n", "b")
	out, page := filepath.Join(b.dir, "out.ipynb"), filepath.Join(b.dir, "out.html")
	// Flags behind the notebook, too.
	code := b.run("-o", out, nb, "--html", page)
	b.check(code, 0, "one\ntwo\nshown\n42\n", "warn\n")
	if got, want := b.outputs(out), "[1] one warn two, [0], [0], [2]  42"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}
	if got, want := strings.Join(b.kernel.calls, ", "), "execute a, execute b, shutdown"; got != want {
		t.Errorf("calls: %s, want %s", got, want)
	}
	if b.launched != b.dir {
		t.Errorf("the kernel ran in %s, not in the notebook's folder", b.launched)
	}
	html, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(html, []byte("<p>shown</p>")) || !bytes.Contains(html, []byte("<title>nb</title>")) {
		t.Errorf("the page: %v\n%s", err, html)
	}
	written, err := notebook.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(written.Metadata["kernelspec"]); !strings.Contains(got, `"goherd"`) {
		t.Errorf("kernelspec %s", got)
	}
	if got := string(written.Metadata["language_info"]); !strings.Contains(got, `".go"`) {
		t.Errorf("language_info %s", got)
	}
	// The notebook itself is as it was.
	if got, want := b.outputs(nb), "[99] stale, [99] stale, [99] stale, [99] stale"; got != want {
		t.Errorf("the source: %s", got)
	}
}

func TestRunFails(t *testing.T) {
	scripts := map[string]script{
		"good":           ok(func(r *running) { r.out("fine") }),
		"\nx := a[5]\ny": fails("runtime error", "index out of range\n[5]"),
	}
	const traceback = "runtime error: index out of range\n[5]\n  cell, line 1\n"
	const named = "goherd run: cell 2 of 3 (id id2: x := a[5]) failed: runtime error: index out of range [5]\n"

	b := newBench(t, scripts)
	out := filepath.Join(b.dir, "out.ipynb")
	code := b.run(b.notebook("good", "\nx := a[5]\ny", "good"), "-o", out)
	b.check(code, 1, "fine", traceback+named)
	if got, want := b.outputs(out), "[1] fine, [2] runtime error, [0]"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}

	b = newBench(t, scripts)
	code = b.run("--allow-errors", b.notebook("good", "\nx := a[5]\ny", "good"))
	b.check(code, 0, "finefine", traceback+named+"goherd run: 1 of 3 cells failed\n")

	b = newBench(t, scripts)
	code = b.run("-q", b.notebook("good", "\nx := a[5]\ny", "good"))
	b.check(code, 1, "", traceback+named)
}

func TestTags(t *testing.T) {
	b := newBench(t, map[string]script{"bad": fails("E", "v"), "end": ok(func(*running) {})})
	nb := notebook.New()
	for _, c := range [][2]string{{tagSkip, "never"}, {tagRaises, "bad"}, {"x", "end"}} {
		cell := notebook.NewCell(notebook.Code, c[1])
		cell.AddTag(c[0])
		cell.Outputs = []*notebook.Output{notebook.NewStream("stdout", "kept")}
		nb.Cells = append(nb.Cells, cell)
	}
	out := filepath.Join(b.dir, "out.ipynb")
	code := b.run(b.save(nb), "-o", out)
	b.check(code, 0, "", "E: v\n  cell, line 1\n")
	if got, want := b.outputs(out), "[0] kept, [1] E, [2]"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}
}

func TestParameters(t *testing.T) {
	b := newBench(t, map[string]script{
		"n := 10\ns := \"a\"":                ok(func(*running) {}),
		"// Parameters\ns = \"b c\"\nn = 20": ok(func(r *running) { r.out("set\n") }),
	})
	nb := notebook.New()
	nb.Cells = []*notebook.Cell{notebook.NewCell(notebook.Code, "n := 10\ns := \"a\"")}
	nb.Cells[0].AddTag("parameters")
	b.check(b.run("-p", "s=b c", b.save(nb), "-p", "n=20"), 0, "set\n", "")
}

func TestLateOutputStaysWithItsCell(t *testing.T) {
	var first *running
	b := newBench(t, map[string]script{
		"first": ok(func(r *running) { first = r; r.out("1\n") }),
		"second": ok(func(r *running) {
			r.out("2\n")
			first.out("late\n")
			r.out("3\n")
			// What answers no request of ours is no output.
			stranger, err := r.session.Message(nil, wire.MsgStream, wire.Stream{Name: "stdout", Text: "stranger"})
			if err != nil {
				t.Error(err)
			}
			r.scripted.opts.OnIOPub(stranger)
		}),
	})
	out := filepath.Join(b.dir, "out.ipynb")
	b.check(b.run("-o", out, b.notebook("first", "second")), 0, "1\n2\nlate\n3\n", "")
	if got, want := b.outputs(out), "[1] 1\nlate, [2] 2\n3"; got != want {
		t.Errorf("written: %q, want %q", got, want)
	}
}

func TestDisplayUpdates(t *testing.T) {
	show := func(r *running, msgType, text string) {
		r.send(msgType, wire.DisplayData{Data: wire.Bundle{"text/plain": text}, Transient: &wire.Transient{DisplayID: "p"}})
	}
	b := newBench(t, map[string]script{"a": ok(func(r *running) {
		show(r, wire.MsgDisplayData, "0 %")
		for i := range 100 {
			show(r, wire.MsgUpdateDisplayData, fmt.Sprint(i+1, " %"))
		}
		r.out("done\n")
	})})
	out := filepath.Join(b.dir, "out.ipynb")
	// Not a hundred lines: the first state and the last.
	b.check(b.run("-o", out, b.notebook("a")), 0, "0 %\ndone\n100 %\n", "")
	if got, want := b.outputs(out), "[1] 100 % done"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}
}

func TestPages(t *testing.T) {
	b := newBench(t, map[string]script{"fmt?": func(*running) wire.ExecuteReply {
		return wire.ExecuteReply{Status: wire.StatusOK, Payload: []any{
			wire.PagePayload{Source: "page", Data: wire.Bundle{"text/plain": "package fmt\n"}},
			wire.SetNextInputPayload{Source: "set_next_input", Text: "x"},
		}}
	}})
	b.check(b.run(b.notebook("fmt?")), 0, "package fmt\n", "")
}

func TestInputIsRefusedWithoutATerminal(t *testing.T) {
	b := newBench(t, map[string]script{"scan": ok(func(r *running) {
		if r.opts.Input != nil {
			t.Error("the kernel may ask although nobody can answer")
		}
		if !r.opts.GoOn {
			t.Error("an error would abort requests")
		}
	})})
	b.check(b.run(b.notebook("scan")), 0, "", "")
}

// blocks is a cell that runs until it is interrupted.
func blocks(r *running) wire.ExecuteReply {
	r.out("running\n")
	select {
	case <-r.interrupt:
		return fails("interrupted", "")(r)
	case <-r.done:
	}
	return wire.ExecuteReply{}
}

func TestTimeout(t *testing.T) {
	b := newBench(t, map[string]script{"loop": blocks, "end": ok(func(r *running) { r.out("end\n") })})
	out := filepath.Join(b.dir, "out.ipynb")
	code := b.run("--timeout", "20ms", b.notebook("loop", "end"), "-o", out)
	b.check(code, 1, "running\n", "interrupted: \n  cell, line 1\ngoherd run: cell 1 of 2 (id id1: loop) timed out after 20ms\n")
	if got, want := b.outputs(out), "[1] running interrupted, [0]"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}

	b = newBench(t, map[string]script{"loop": blocks, "end": ok(func(r *running) { r.out("end\n") })})
	if code := b.run("--timeout", "20ms", "--allow-errors", b.notebook("loop", "end")); code != 0 || b.stdout.String() != "running\nend\n" {
		t.Errorf("exit code %d, stdout %q", code, b.stdout.String())
	}
}

func TestInterrupt(t *testing.T) {
	b := newBench(t, map[string]script{"end": ok(func(*running) {})})
	b.kernel.scripts["loop"] = func(r *running) wire.ExecuteReply {
		b.signals <- os.Interrupt
		return blocks(r)
	}
	out := filepath.Join(b.dir, "out.ipynb")
	// Going on after an error is not what the user asked for here.
	code := b.run("-q", "--allow-errors", b.notebook("loop", "end"), "-o", out)
	b.check(code, 130, "", "interrupted: \n  cell, line 1\ngoherd run: cell 1 of 2 (id id1: loop) was interrupted\n")
	if got, want := b.outputs(out), "[1] running interrupted, [0]"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}
}

func TestSecondInterruptKills(t *testing.T) {
	b := newBench(t, nil)
	b.kernel.scripts = map[string]script{"deaf": func(r *running) wire.ExecuteReply {
		r.out("running\n")
		b.signals <- os.Interrupt
		<-r.interrupt // and ignore it
		b.signals <- os.Interrupt
		<-r.done
		return wire.ExecuteReply{}
	}}
	out := filepath.Join(b.dir, "out.ipynb")
	code := b.run(b.notebook("deaf", "never"), "-o", out)
	b.check(code, 130, "running\n", "goherd run: interrupting the cell; once more kills the kernel\n"+
		"goherd run: cell 1 of 2 (id id1: deaf) was killed with the kernel\n")
	if got, want := b.outputs(out), "[1] running, [0]"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}
}

func TestKernelDies(t *testing.T) {
	b := newBench(t, map[string]script{"die": ok(func(r *running) { r.out("last words\n"); r.end() })})
	out := filepath.Join(b.dir, "out.ipynb")
	code := b.run("--allow-errors", b.notebook("die", "never"), "-o", out)
	b.check(code, 1, "last words\n", "goherd run: cell 1 of 2 (id id1: die) was lost: the kernel process ended (signal: killed)\n")
	if got, want := b.outputs(out), "[1] last words, [0]"; got != want {
		t.Errorf("written: %s, want %s", got, want)
	}
}

func TestBadMessage(t *testing.T) {
	b := newBench(t, map[string]script{"a": ok(func(r *running) {
		r.send(wire.MsgStream, map[string]int{"text": 1})
	})})
	code := b.run(b.notebook("a"))
	if code != 1 || !strings.Contains(b.stderr.String(), "stream message") {
		t.Errorf("exit code %d, stderr %q", code, b.stderr.String())
	}
}

// TestRefused gives what cannot be run. Each is one line and exit code 2,
// before a kernel is started, and nothing is written.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	files := map[string]string{
		"broken.ipynb": "{\n  oops",
		"old.ipynb":    `{"nbformat": 3, "worksheets": []}`,
		"python.ipynb": `{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {"kernelspec": {"name": "python3", "language": "python"}}}`,
		"meta.ipynb":   `{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {"kernelspec": "go"}}`,
		"good.ipynb":   `{"nbformat": 4, "nbformat_minor": 4, "cells": [{"cell_type": "code", "source": "n := 1", "metadata": {"tags": ["parameters"]}, "outputs": [], "execution_count": null}], "metadata": {}}`,
		"main.go":      "package main",
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"", "no notebook given: goherd run NOTEBOOK.ipynb (-h lists the flags)"},
		{"good.ipynb broken.ipynb", "one notebook at a time, have good.ipynb and broken.ipynb"},
		{"--nope good.ipynb", "flag provided but not defined: -nope"},
		{"good.ipynb -o", "flag needs an argument: -o"},
		{"good.ipynb --timeout soon", `invalid value "soon" for flag -timeout: want a duration such as "90s" or "5m"`},
		{"good.ipynb --timeout -1s", `invalid value "-1s" for flag -timeout: want a duration such as "90s" or "5m"`},
		{"good.ipynb -p n", `invalid value "n" for flag -p: want NAME=VALUE`},
		{"good.ipynb -p m=1", `good.ipynb: -p m: the cell tagged "parameters" declares no such variable`},
		{"good.ipynb -p n=x", "good.ipynb: -p n=x: the variable is of type int"},
		{"main.go", "main.go: only notebooks (.ipynb) can be run"},
		{"missing.ipynb", "missing.ipynb: no such file or directory"},
		{"broken.ipynb", "broken.ipynb:2:3: not JSON: invalid character 'o' looking for beginning of object key string"},
		{"old.ipynb", "old.ipynb: nbformat 3 is too old, this program reads version 4: convert it with jupyter nbconvert --to notebook --nbformat 4"},
		{"python.ipynb", "python.ipynb: the notebook is written in python, not in Go"},
		{"meta.ipynb", `meta.ipynb: metadata "kernelspec" cannot be a string`},
		{"good.ipynb -o none/out.ipynb", "cannot write none/out.ipynb: there is no such folder"},
		{"good.ipynb --html .", "cannot write .: it is a folder"},
		{"good.ipynb -o out --html ./out", "-o and --html name the same file out"},
		{"good.ipynb --html good.ipynb", "--html would replace the notebook good.ipynb"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			b := newBench(t, nil)
			code := b.run(strings.Fields(tt.args)...)
			b.check(code, 2, "", "goherd run: "+tt.want+"\n")
			if b.launched != "" {
				t.Error("a kernel was started")
			}
		})
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(files) {
		t.Errorf("files now: %v, %v", entries, err)
	}

	b := newBench(t, nil)
	if code := b.run("-h"); code != 0 || !strings.HasPrefix(b.stdout.String(), "usage: goherd run") {
		t.Errorf("-h: exit code %d, stdout %q", code, b.stdout.String())
	}
}

func TestInterruptWhileStarting(t *testing.T) {
	b := newBench(t, nil)
	launch := func(ctx context.Context, _ string, _ client.Options) (kernel, error) {
		b.signals <- os.Interrupt
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	code := run(t.Context(), []string{b.notebook("a")}, nil, &b.stdout, &b.stderr, launch, b.signals)
	b.check(code, 130, "", "goherd run: the kernel did not start: interrupted\n")
}

func TestUndecodableMessage(t *testing.T) {
	b := newBench(t, map[string]script{"a": ok(func(r *running) {
		r.scripted.opts.OnUnexpected(wire.IOPub, nil, wire.ErrTooLarge)
	})})
	code := b.run(b.notebook("a"))
	b.check(code, 1, "", "goherd run: the kernel sent what is not in the outputs: message too large\n")
}

func TestEndOfInputInterrupts(t *testing.T) {
	b := newBench(t, map[string]script{"scan": func(r *running) wire.ExecuteReply {
		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			if _, err := r.opts.Input(ctx, wire.InputRequest{Prompt: "? "}); err == nil {
				t.Error("an answer came")
			}
		}()
		reply := blocks(r)
		cancel()
		<-asked
		return reply
	}})
	nb, err := load(&config{path: b.notebook("scan")})
	if err != nil {
		t.Fatal(err)
	}
	p := newPrinter(&b.stdout, &b.stderr, false)
	s := newSession(&config{}, nb, p, newAsker(strings.NewReader(""), p))
	s.ask.terminal = true
	s.kernel, b.kernel.opts.OnIOPub = b.kernel, s.onIOPub
	if code := s.run(t.Context(), b.signals); code != 1 || !strings.Contains(b.stderr.String(), "the input has ended; interrupting the cell\n") {
		t.Errorf("exit code %d, stderr %q", code, b.stderr.String())
	}
}

func TestKernelDoesNotStart(t *testing.T) {
	b := newBench(t, nil)
	var stderr bytes.Buffer
	launch := func(context.Context, string, client.Options) (kernel, error) {
		return nil, errors.New("exec:\nno such file")
	}
	code := run(t.Context(), []string{b.notebook("a")}, nil, &b.stdout, &stderr, launch, nil)
	if want := "goherd run: the kernel did not start: exec: no such file\n"; code != 2 || stderr.String() != want {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestLostOutputIsNoSuccess(t *testing.T) {
	b := newBench(t, map[string]script{"a": ok(func(r *running) { r.out("x") })})
	launch := func(_ context.Context, _ string, opts client.Options) (kernel, error) {
		b.kernel.opts = opts
		return b.kernel, nil
	}
	code := run(t.Context(), []string{b.notebook("a")}, nil, brokenWriter{}, &b.stderr, launch, nil)
	if want := "goherd run: cannot write to stdout: disk full\n"; code != 2 || b.stderr.String() != want {
		t.Errorf("exit code %d, stderr %q", code, b.stderr.String())
	}
}

// A screen is what a terminal shows: it carries out carriage returns.
func screen(s string) string { return notebook.NewStream("", s).Text() }

func TestProgressLine(t *testing.T) {
	var both bytes.Buffer // one terminal for both
	p := newPrinter(&both, &both, false)
	p.live, p.shared, p.width = true, true, func() int { return 20 }
	shown := func() string {
		p.mu.Lock()
		defer p.mu.Unlock()
		return screen(both.String())
	}
	p.begin(1, 3)
	if got := shown(); got != "cell 1/3  0.0 s" {
		t.Errorf("have %q", got)
	}
	p.message(wire.MsgStream, []byte(`{"name": "stdout", "text": "part"}`))
	if got := strings.TrimRight(shown(), " "); got != "part" {
		t.Errorf("the line stands behind text: %q", got)
	}
	p.message(wire.MsgStream, []byte(`{"name": "stdout", "text": " of a line\n"}`))
	if got := shown(); got != "part of a line \ncell 1/3  0.0 s" {
		t.Errorf("have %q", got)
	}
	p.message(wire.MsgStream, []byte(`{"name": "stderr", "text": "warn"}`))
	p.message(wire.MsgStream, []byte(`{"name": "stdout", "text": "x"}`))
	p.errorf("oops")
	p.message(wire.MsgDisplayData, []byte(`{"data": {"text/plain": "0 %"}, "transient": {"display_id": "p"}}`))
	p.message(wire.MsgUpdateDisplayData, []byte(`{"data": {"text/plain": "50 % of it\nmore"}, "transient": {"display_id": "p"}}`))
	if got := shown(); !strings.HasSuffix(got, "\ncell 1/3  0.0 s  50") {
		t.Errorf("have %q", got)
	}
	p.end()
	var lines []string
	for line := range strings.Lines(shown()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	want := "part of a line|warn|x|goherd run: oops|0 %|50 % of it|more"
	if got := strings.Join(lines, "|"); got != want {
		t.Errorf("have %s\nwant %s", got, want)
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1234 * time.Millisecond: "1.2 s", 59900 * time.Millisecond: "59.9 s", 61 * time.Second: "1:01 min", time.Hour: "60:00 min",
	} {
		if got := elapsed(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestInput(t *testing.T) {
	var stderr bytes.Buffer
	p := newPrinter(&bytes.Buffer{}, &stderr, false)
	a := newAsker(strings.NewReader("first\r\nsecond"), p)
	if a.terminal {
		t.Error("there is no terminal, but someone would be asked")
	}
	ask := func(r wire.InputRequest) (string, error) { return a.line(t.Context(), r) }
	for _, want := range []string{"first", "second"} {
		if got, err := ask(wire.InputRequest{Prompt: "? "}); got != want || err != nil {
			t.Errorf("have %q, %v, want %q", got, err, want)
		}
	}
	if _, err := ask(wire.InputRequest{}); err == nil || err.Error() != "the input has ended" {
		t.Errorf("have %v", err)
	}
	if stderr.String() != "? ? " {
		t.Errorf("stderr %q", stderr.String())
	}

	a.password = func() (string, error) { return "secret", nil }
	if got, err := ask(wire.InputRequest{Password: true}); got != "secret" || err != nil {
		t.Errorf("have %q, %v", got, err)
	}

	// A cell that ends while it asks leaves the answer to the next.
	typed := make(chan string)
	a.readLine = func() (string, error) { return <-typed, nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.line(ctx, wire.InputRequest{}); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	go func() { typed <- "late" }()
	if got, err := ask(wire.InputRequest{}); got != "late" || err != nil {
		t.Errorf("have %q, %v", got, err)
	}
}
