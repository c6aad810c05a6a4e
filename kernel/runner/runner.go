// Package runner is the verb "goherd run": it executes a notebook from the
// command line as a Jupyter client would, through a kernel process of its own,
// prints the outputs as they arrive, and writes the executed notebook and a
// page.
//
// It is not a front end: nothing is edited, shown richly or kept open. It
// never runs user code itself and knows nothing of the interpreter; all it
// knows of the kernel is what the Jupyter messaging protocol says.
package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/notebook"
	"github.com/goherd/goherd/kernel/wire"
)

// Exit codes of [Main].
const (
	exitOK          = 0
	exitFailed      = 1   // a cell failed
	exitUsage       = 2   // nothing was run, or a target could not be written
	exitInterrupted = 130 // Ctrl-C: 128 and the number of the signal, as shells count
	exitTerminated  = 143
)

const usage = `usage: goherd run [flags] NOTEBOOK.ipynb

Runs the cells of a notebook in order and prints what they print. Errors and
progress go to stderr. The exit code is 1 if a cell failed, 2 if the notebook
could not be run at all.

  -o FILE              write the executed notebook (.ipynb)
  --html FILE          write the executed notebook as one self-contained page
  -p NAME=VALUE        set a parameter of the cell tagged "parameters"; repeatable
  --allow-errors       go on after a cell that failed
  --timeout DURATION   interrupt a cell that runs longer, such as 90s or 5m
  -q                   print neither outputs nor progress, only errors
`

// A config is a parsed command line.
type config struct {
	path        string
	out, html   string
	params      []param
	allowErrors bool
	timeout     time.Duration
	quiet       bool
}

// Main runs the verb with the arguments that follow it and returns the exit
// code of the process. The kernel is started with kernelArgv, whose element
// {connection_file} is replaced, in the folder of the notebook.
//
// Only what the cells print goes to stdout. Requests for input are answered
// from stdin where that is a terminal and refused otherwise. Main handles
// SIGINT itself: the first interrupts the running cell, the second kills the
// kernel. The end of ctx kills it too. In all these cases the targets are
// written, as far as the notebook was executed.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, kernelArgv []string) int {
	launch := func(ctx context.Context, dir string, opts client.Options) (kernel, error) {
		return client.Launch(ctx, kernelArgv, client.LaunchOptions{Dir: dir, Client: opts})
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	return run(ctx, args, stdin, stdout, stderr, launch, signals)
}

// A launcher starts a kernel in a folder.
type launcher func(ctx context.Context, dir string, opts client.Options) (kernel, error)

// run is Main with the kernel and the signals as parameters.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, launch launcher, signals <-chan os.Signal) int {
	fail := func(err error) int {
		fmt.Fprintf(stderr, "goherd run: %s\n", oneLine(err.Error()))
		return exitUsage
	}
	cfg, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	if err != nil {
		return fail(err)
	}
	nb, err := load(cfg)
	if err != nil {
		return fail(err)
	}
	for _, target := range []string{cfg.out, cfg.html} {
		if target == "" {
			continue
		}
		if err := notebook.CheckTarget(target); err != nil {
			return fail(err)
		}
	}

	p := newPrinter(stdout, stderr, cfg.quiet)
	s := newSession(cfg, nb, p, newAsker(stdin, p))
	dir, err := filepath.Abs(filepath.Dir(cfg.path))
	if err != nil {
		return fail(err)
	}
	code, err := s.start(ctx, launch, dir, signals)
	if err != nil {
		fail(err)
		return code
	}
	code = s.run(ctx, signals)
	if err := write(cfg, nb); err != nil {
		return fail(err)
	}
	if err := p.writeError(); err != nil {
		return fail(err)
	}
	return code
}

// parse reads the command line. Flags may stand behind the notebook, too.
func parse(args []string) (*config, error) {
	cfg := &config{}
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&cfg.out, "o", "", "")
	fs.StringVar(&cfg.html, "html", "", "")
	fs.BoolVar(&cfg.allowErrors, "allow-errors", false, "")
	fs.BoolVar(&cfg.quiet, "q", false, "")
	fs.Func("timeout", "", func(s string) (err error) {
		if cfg.timeout, err = time.ParseDuration(s); err != nil || cfg.timeout <= 0 {
			return errors.New(`want a duration such as "90s" or "5m"`)
		}
		return nil
	})
	fs.Func("p", "", func(s string) error {
		p, err := parseParam(s)
		cfg.params = append(cfg.params, p)
		return err
	})
	var paths []string
	for rest := args; ; {
		if err := fs.Parse(rest); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			break
		}
		paths = append(paths, fs.Arg(0))
		rest = fs.Args()[1:]
	}
	switch {
	case len(paths) == 0:
		return nil, errors.New("no notebook given: goherd run NOTEBOOK.ipynb (-h lists the flags)")
	case len(paths) > 1:
		return nil, fmt.Errorf("one notebook at a time, have %s", strings.Join(paths, " and "))
	}
	cfg.path = paths[0]
	if ext := filepath.Ext(cfg.path); ext != ".ipynb" {
		return nil, fmt.Errorf("%s: only notebooks (.ipynb) can be run", cfg.path)
	}
	if cfg.out != "" && same(cfg.out, cfg.html) {
		return nil, fmt.Errorf("-o and --html name the same file %s", cfg.out)
	}
	if cfg.html != "" && same(cfg.html, cfg.path) {
		return nil, fmt.Errorf("--html would replace the notebook %s", cfg.path)
	}
	return cfg, nil
}

// same reports whether two paths name one file.
func same(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	return err == nil && os.SameFile(ia, ib)
}

// load reads the notebook and prepares it: parameters set, old outputs gone,
// and metadata that says which kernel it is for.
func load(cfg *config) (*notebook.Notebook, error) {
	nb, err := notebook.Read(cfg.path)
	if err != nil {
		return nil, err
	}
	if err := setKernel(nb.Metadata); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.path, err)
	}
	if len(cfg.params) > 0 {
		if err := inject(nb, cfg.params); err != nil {
			return nil, fmt.Errorf("%s: %w", cfg.path, err)
		}
	}
	for _, c := range nb.Cells {
		if c.Type == notebook.Code && !c.HasTag(tagSkip) {
			c.ClearOutputs()
		}
	}
	return nb, nil
}

// setKernel fills in what a notebook says about its kernel and its language.
// A notebook in another language is an error; one that is for another kernel
// for Go is not.
func setKernel(meta notebook.Metadata) error {
	var spec struct {
		Name     string `json:"name"`
		Language string `json:"language"`
	}
	var info struct {
		Name string `json:"name"`
	}
	haveSpec, err := meta.Get("kernelspec", &spec)
	if err != nil {
		return err
	}
	haveInfo, err := meta.Get("language_info", &info)
	if err != nil {
		return err
	}
	for _, language := range []string{spec.Language, info.Name} {
		if language != "" && !strings.EqualFold(language, "go") {
			return fmt.Errorf("the notebook is written in %s, not in Go", language)
		}
	}
	if !haveSpec {
		if err := meta.Set("kernelspec", map[string]string{
			"name": "goherd", "display_name": "Go (goherd)", "language": "go",
		}); err != nil {
			return err
		}
	}
	if !haveInfo {
		return meta.Set("language_info", map[string]string{
			"name": "go", "file_extension": ".go", "mimetype": "text/x-go",
			"codemirror_mode": "text/x-go", "pygments_lexer": "go",
		})
	}
	return nil
}

// write writes the targets.
func write(cfg *config, nb *notebook.Notebook) error {
	if cfg.out != "" {
		if err := nb.Write(cfg.out); err != nil {
			return err
		}
	}
	if cfg.html == "" {
		return nil
	}
	var page bytes.Buffer
	if err := notebook.HTML(&page, nb, notebook.HTMLOptions{
		Name:  strings.TrimSuffix(filepath.Base(cfg.path), ".ipynb"),
		Files: os.DirFS(filepath.Dir(cfg.path)),
	}); err != nil {
		return err
	}
	return notebook.WriteFile(cfg.html, page.Bytes())
}

// oneLine joins the lines of a message.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// isTerminal reports whether a stream of this process is a terminal, and its
// file descriptor.
func isTerminal(stream any) (fd int, ok bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// kernel is what running a notebook needs of a *client.Kernel, whose
// documentation says what the methods do.
type kernel interface {
	Execute(ctx context.Context, code string, opts client.ExecOptions, handle func(*wire.Message)) (*wire.ExecuteReply, error)
	Interrupt(ctx context.Context) error
	Shutdown(ctx context.Context) error
	Kill()
}

// pageText returns the text of the pages that a reply asks to show.
func pageText(payload []any) string {
	raw, err := json.Marshal(payload)
	if err != nil {
		return ""
	}
	var pages []wire.PagePayload
	if json.Unmarshal(raw, &pages) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range pages {
		if text, ok := p.Data["text/plain"].(string); ok && p.Source == "page" {
			b.WriteString(strings.TrimRight(text, "\n") + "\n")
		}
	}
	return b.String()
}
