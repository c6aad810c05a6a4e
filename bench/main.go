// Command bench measures goherd beside ipykernel, each through the same neutral client (kernel.py, with jupyter_client
// and pyzmq), alternately and in one run, so that what the machine does meanwhile meets both. It prints a Markdown table
// of medians with their spread and writes it to bench/RESULTS.md. It is run from the root of the repository, after
// `make env`. It is no test: it judges nothing by its exit code but that everything could be measured.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// kernel is a kernel to be measured: the name of its kernelspec and the code that does the same in its language.
// In trivial and growing, {i} is a number that is new in each cell, so that nothing can be answered from a cache.
type kernel struct {
	name string
	code map[string]string
}

var kernels = []kernel{
	{"goherd", map[string]string{
		"trivial": "{i}+1",
		"growing": "x := {i}\nx + 1",
		"setup":   "import (\"fmt\"; \"strings\")",
		"prints":  "for i := 0; i < 10_000; i++ { fmt.Println(i) }",
		"big":     "line := strings.Repeat(\"x\", 999)\nfor i := 0; i < 100_000; i++ { fmt.Println(line) }",
		"keep":    "kept := 41",
		"spin":    "for { kept = kept }",
		"kept":    "if kept != 41 { panic(\"lost\") }",
	}},
	{"python3", map[string]string{
		"trivial": "{i}+1",
		"growing": "x = {i}\nx + 1",
		"setup":   "pass",
		"prints":  "for i in range(10000): print(i)",
		"big":     "line = 'x' * 999\nfor _ in range(100_000): print(line)",
		"keep":    "kept = 41",
		"spin":    "while True: kept = kept",
		"kept":    "assert kept == 41",
	}},
}

func main() {
	rounds := flag.Int("rounds", 5, "how often each kernel is measured")
	starts := flag.Int("starts", 3, "how often it is started in each round")
	cells := flag.Int("cells", 10_000, "how many cells are run for the growth of memory")
	out := flag.String("o", filepath.Join("bench", "RESULTS.md"), "the `file` for the table")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, *rounds, *starts, *cells, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, rounds, starts, cells int, out string) error {
	dir, err := os.MkdirTemp("", "goherd-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	env, python, err := prepare(ctx, dir)
	if err != nil {
		return err
	}
	measure := func(k kernel, what string, n int, result any) error {
		fmt.Fprintf(os.Stderr, "bench: %s %s\n", k.name, strings.ToLower(what))
		code, err := json.Marshal(k.code)
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, python, filepath.Join("bench", "kernel.py"), k.name, what, strconv.Itoa(n))
		var text, errs bytes.Buffer
		cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, bytes.NewReader(code), &text, &errs
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("measuring %s: %w\n%s", k.name, err, &errs)
		}
		if err := json.Unmarshal(text.Bytes(), result); err != nil {
			return fmt.Errorf("measuring %s: %w in %q", k.name, err, &text)
		}
		return nil
	}
	results := make([][]round, len(kernels))
	growth := make([]long, len(kernels))
	for range rounds {
		for i, k := range kernels {
			var r round
			if err := measure(k, "ROUND", starts, &r); err != nil {
				return err
			}
			results[i] = append(results[i], r)
		}
	}
	for i, k := range kernels {
		if err := measure(k, "CELLS", cells, &growth[i]); err != nil {
			return err
		}
	}
	var page bytes.Buffer
	fmt.Fprintf(&page, "# goherd beside ipykernel\n\n"+
		"Measured with `make bench` on %s/%s with %d processors: %d rounds of each kernel in turn, %d starts in each,\n"+
		"%d cells in one kernel for the growth of memory. Medians, with the smallest and the largest of the rounds.\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds, starts, cells)
	table(&page, results[0], results[1], growth[0], growth[1])
	if _, err := os.Stdout.Write(page.Bytes()); err != nil {
		return err
	}
	return os.WriteFile(out, page.Bytes(), 0o644)
}

// prepare builds goherd, installs it for a Jupyter of its own in dir, and returns the environment in which that is
// found and the Python to measure with.
func prepare(ctx context.Context, dir string) (env []string, python string, err error) {
	python, err = filepath.Abs(filepath.Join(".venv", "bin", "python"))
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Stat(python); err != nil {
		return nil, "", fmt.Errorf("%w: run `make env`, and bench from the root of the repository", err)
	}
	binary := filepath.Join(dir, "goherd")
	env = append(os.Environ(), "JUPYTER_DATA_DIR="+filepath.Join(dir, "jupyter"), "JUPYTER_RUNTIME_DIR="+filepath.Join(dir, "run"),
		"GOHERD_HISTORY="+filepath.Join(dir, "history.sqlite"), "IPYTHONDIR="+filepath.Join(dir, "ipython"), "PYTHONWARNINGS=ignore")
	for _, argv := range [][]string{{"go", "build", "-o", binary, "."}, {binary, "install"}} {
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env, cmd.Stdout, cmd.Stderr = env, io.Discard, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, "", fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
		}
	}
	return env, python, nil
}
