//go:build linux

// Command parallel measures goherd's parallel runtime beside multiprocessing.Pool, ProcessPoolExecutor, joblib and
// Ray: the same work in a goherd kernel and in Python processes, in turn and in several rounds of one run. It prints a
// Markdown table of medians and writes it to bench/PARALLEL.md. It is run from the root of the repository, and makes
// itself a Python environment in the user's cache directory when it is run for the first time. Each result is checked.
// It is no test: it judges nothing by its exit code but that everything could be measured.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An answer is what a system says of a row.
type answer struct {
	Value   float64 `json:"value"` // seconds, or how many a second
	Check   string  `json:"check"` // what was computed
	Note    string  `json:"note"`  // what went otherwise than it should
	Missing bool    `json:"missing"`
	PIDs    []int   `json:"pids"`
}

// A session is a system that runs.
type session interface {
	// do measures a row.
	do(ctx context.Context, row string) (answer, error)
	// pid is of its first process.
	pid() int
	// close ends it and all that it has started.
	close() error
}

// A system is what is measured: goherd, or a peer.
type system struct {
	id, name string
}

// systems are measured in turn. Those with a name are the columns of the table.
var systems = []system{
	{"goherd", "goherd"},
	{"pool", "multiprocessing .Pool"},
	{"executor", "ProcessPool Executor"},
	{"joblib", "joblib"},
	{"ray", "Ray"},
	{spawn, ""},
}

// spawn is the pool once more, of which nothing but the start is measured.
const spawn = "spawn"

func main() {
	rounds := flag.Int("rounds", 3, "how often each is measured")
	only := flag.String("only", "", "rows with these `ids`, separated by commas")
	with := flag.String("with", "", "systems with these `ids`, separated by commas: goherd, pool, executor, joblib, ray, spawn")
	out := flag.String("o", filepath.Join("bench", "PARALLEL.md"), "the `file` for the table")
	python := flag.String("python", "", "a Python `command` that has what requirements.txt asks for; if empty an environment is made")
	binary := flag.String("goherd", "", "the goherd `binary`; built if empty")
	verbose := flag.Bool("v", false, "print each measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{
		python: *python, binary: *binary, verbose: *verbose,
		only: list(*only), with: list(*with), results: map[string]map[string][]answer{}, versions: map[string]string{},
	}
	page, err := b.run(ctx, *rounds)
	if err == nil {
		fmt.Print(page)
		err = os.WriteFile(*out, []byte(page), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/parallel:", err)
		os.Exit(1)
	}
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// bench is one run of the command.
type bench struct {
	dir, python, binary string
	verbose             bool
	only, with          []string                       // what is measured, all if empty
	results             map[string]map[string][]answer // by row and system
	versions            map[string]string              // by system
}

// patience is how long a row may take.
const patience = 3 * time.Minute

func (b *bench) run(ctx context.Context, rounds int) (page string, err error) {
	if b.dir, err = os.MkdirTemp("", "herd-"); err != nil { // short: Ray makes sockets below it
		return "", err
	}
	defer os.RemoveAll(b.dir)
	load := loadOf()
	if err := adopt(); err != nil {
		return "", err
	}
	if err := b.prepare(ctx); err != nil {
		return "", err
	}
	for n := range rounds {
		for i := range systems {
			// Another one begins each round.
			s := systems[(i+n)%len(systems)]
			if b.with != nil && !slices.Contains(b.with, s.id) {
				continue
			}
			fmt.Fprintf(os.Stderr, "bench/parallel: round %d, %s\n", n+1, s.id)
			if err := b.round(ctx, s.id); err != nil {
				return "", fmt.Errorf("%s: %w", s.id, err)
			}
		}
	}
	var text strings.Builder
	b.page(&text, rounds, load)
	return text.String(), nil
}

// prepare builds goherd and finds Python, where they are needed and not given.
func (b *bench) prepare(ctx context.Context) error {
	if b.binary == "" && (b.with == nil || slices.Contains(b.with, "goherd")) {
		b.binary = filepath.Join(b.dir, "goherd")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, ".").CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	if b.python == "" && !slices.Equal(b.with, []string{"goherd"}) {
		var err error
		if b.python, err = environment(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) open(ctx context.Context, id string) (session, error) {
	if id == "goherd" {
		return startKernel(ctx, b.binary, b.dir)
	}
	return startPeer(b.python, id, b.dir)
}

// round measures all rows of one system, in fresh processes.
func (b *bench) round(ctx context.Context, id string) (err error) {
	begin := time.Now()
	s, err := b.open(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	about, err := b.do(ctx, s, "about")
	if err != nil {
		return err
	}
	b.versions[id] = about.Check
	first := time.Since(begin)
	own, err := pss(tree(s.pid()))
	if err != nil {
		return err
	}
	begin = time.Now() // looking at the memory isn't counted
	start, err := b.do(ctx, s, "start")
	if err != nil {
		return err
	}
	first += time.Since(begin)
	b.add(id, "start", start)
	b.add(id, "first", answer{Value: first.Seconds()})
	if err := b.memory(ctx, id, s, own); err != nil {
		return err
	}
	if id == spawn {
		return nil
	}
	for _, r := range rows {
		if r.harness || b.only != nil && !slices.Contains(b.only, r.id) {
			continue
		}
		a, err := b.do(ctx, s, r.id)
		if err != nil {
			return err
		}
		b.add(id, r.id, a)
	}
	return nil
}

// memory measures idle workers. own is the PSS that the system had before it had workers, in bytes.
func (b *bench) memory(ctx context.Context, id string, s session, own float64) error {
	a, err := b.do(ctx, s, "pids")
	if err != nil {
		return err
	}
	if len(a.PIDs) != workers {
		return fmt.Errorf("the tasks were done by %d workers, not by %d", len(a.PIDs), workers)
	}
	select { // until they are idle
	case <-time.After(2500 * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	theirs, err := pss(a.PIDs)
	if err != nil {
		return err
	}
	all, err := pss(tree(s.pid()))
	if err != nil {
		return err
	}
	b.add(id, "worker", answer{Value: theirs / workers})
	b.add(id, "memory", answer{Value: all - own})
	return nil
}

// do lets s answer and checks what it has computed.
func (b *bench) do(ctx context.Context, s session, id string) (answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no answer within %v", patience))
	defer cancel()
	a, err := s.do(ctx, id)
	if err != nil {
		return a, fmt.Errorf("%s: %w", id, err)
	}
	i := slices.IndexFunc(rows, func(r row) bool { return r.id == id })
	if i >= 0 && !a.Missing && a.Check != rows[i].want {
		return a, fmt.Errorf("%s: the result is %q, not %q", id, a.Check, rows[i].want)
	}
	return a, nil
}

func (b *bench) add(id, row string, a answer) {
	if b.results[row] == nil {
		b.results[row] = map[string][]answer{}
	}
	b.results[row][id] = append(b.results[row][id], a)
	if b.verbose {
		fmt.Fprintf(os.Stderr, "%s %s: %g %s\n", id, row, a.Value, a.Note)
	}
}

// A tail keeps the end of what is written to it.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const most = 8 << 10
	if n, err := t.Buffer.Write(p); err != nil {
		return n, err
	}
	if extra := t.Len() - most; extra > 0 {
		t.Next(extra)
	}
	return len(p), nil
}
