// Command lang measures what the language of a cell costs: the same work in a goherd
// kernel, in yaegi alone, in CPython and in compiled Go, alternately in one run. It
// prints a Markdown table of the best times and the ratios and writes it to
// bench/LANGUAGE.md. It is run from the root of the repository.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"
)

// head and tail make a program of a workload. It measures itself, so that starting
// costs nobody anything.
const (
	head = "package main\n\nimport (\n\t\"fmt\"\n\t\"slices\"\n\t\"sort\"\n\t\"strconv\"\n\t\"strings\"\n\t\"time\"\n)\n\n" +
		"var _, _, _, _ = slices.Sort[[]int], sort.Ints, strconv.Itoa, strings.Fields\n"
	tail = `

func main() {
	best, result := time.Duration(1<<62), 0
	for i := 0; i < 3; i++ {
		start := time.Now()
		result = work()
		if d := time.Since(start); d < best {
			best = d
		}
	}
	fmt.Println("took", best.Nanoseconds(), result)
}
`
	pyTail = `

import time
best, result = 1 << 62, 0
for i in range(3):
    start = time.perf_counter_ns()
    result = work()
    best = min(best, time.perf_counter_ns() - start)
print("took", best, result)
`
)

// A machine runs a workload in one of the ways.
type machine struct {
	name string
	run  func(dir string, w workload) (string, error)
}

func main() {
	rounds := flag.Int("rounds", 3, "how often each is measured; the best counts")
	only := flag.String("only", "", "workloads whose name contains this")
	file := flag.String("o", filepath.Join("bench", "LANGUAGE.md"), "the `file` for the table")
	bin := flag.String("goherd", "", "the goherd `binary`; built if empty")
	inside := flag.String("yaegi", "", "run this `file` with yaegi, for the command's own use")
	flag.Parse()
	if *inside != "" {
		if err := yaegi(*inside); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	table, err := measure(*rounds, *only, *bin)
	if err == nil {
		fmt.Print(table)
		err = os.WriteFile(*file, []byte(table), 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/lang:", err)
		os.Exit(1)
	}
}

func yaegi(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	i := interp.New(interp.Options{})
	if err := i.Use(stdlib.Symbols); err != nil {
		return err
	}
	_, err = i.Eval(string(src))
	return err
}

func command(dir string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return string(out), nil
}

func measure(rounds int, only, bin string) (table string, err error) {
	dir, err := os.MkdirTemp("", "lang")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if bin == "" {
		bin = filepath.Join(dir, "goherd")
		if _, err := command("", "go", "build", "-o", bin, "."); err != nil {
			return "", err
		}
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	machines := []machine{
		{"goherd", func(dir string, w workload) (string, error) {
			return command(dir, bin, "run", "cell.ipynb")
		}},
		{"yaegi", func(dir string, w workload) (string, error) { return command(dir, self, "-yaegi", "yaegi.go") }},
		{"CPython", func(dir string, w workload) (string, error) { return command(dir, "python3", "work.py") }},
		{"compiled", func(dir string, w workload) (string, error) { return command(dir, "./work") }},
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# The language of cells\n\nThe same work in a goherd kernel, in CPython (%s), in yaegi v0.16.1 alone and in compiled Go (%s), on %d cores, alternately in one run: the best of %d runs of\n"+
		"three each, and how many times as long goherd takes. `go run ./bench/lang` makes this page.\n\n", pythonVersion(), runtime.Version(), runtime.NumCPU(), rounds)
	fmt.Fprintln(&out, "| work | goherd | of CPython | of yaegi | of compiled Go | CPython | yaegi | compiled |")
	fmt.Fprintln(&out, "|---|---|---|---|---|---|---|---|")
	for _, w := range workloads {
		if !strings.Contains(w.name, only) {
			continue
		}
		if err := prepare(dir, w); err != nil {
			return "", err
		}
		best := map[string]time.Duration{}
		result := ""
		for range rounds {
			for _, m := range machines {
				text, err := m.run(dir, w)
				took, got, ok := parse(text)
				switch {
				case err != nil && m.name == "yaegi": // can't run everything
					continue
				case err != nil:
					return "", fmt.Errorf("%s in %s: %w", w.name, m.name, err)
				case !ok:
					return "", fmt.Errorf("%s in %s printed %q", w.name, m.name, text)
				case result != "" && got != result:
					return "", fmt.Errorf("%s in %s gives %s, not %s", w.name, m.name, got, result)
				}
				result = got
				if b, ok := best[m.name]; !ok || took < b {
					best[m.name] = took
				}
			}
		}
		ratio := func(name string) string {
			if best[name] == 0 {
				return "–"
			}
			return fmt.Sprintf("%.2f", float64(best["goherd"])/float64(best[name]))
		}
		ms := func(name string) string {
			if best[name] == 0 {
				return "can't"
			}
			return fmt.Sprintf("%.1f ms", float64(best[name].Microseconds())/1000)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", w.name, ms("goherd"),
			ratio("CPython"), ratio("yaegi"), ratio("compiled"), ms("CPython"), ms("yaegi"), ms("compiled"))
	}
	return out.String(), nil
}

func pythonVersion() string {
	out, err := command("", "python3", "--version")
	if err != nil {
		return "?"
	}
	return strings.TrimPrefix(strings.TrimSpace(out), "Python ")
}

// prepare writes the workload in all forms into dir.
func prepare(dir string, w workload) error {
	program := head + w.golang + tail
	// yaegi doesn't know slices.Sort: it does this one with package sort.
	forYaegi := strings.ReplaceAll(strings.ReplaceAll(program, "slices.Sort[[]int]", "slices.Index"), "slices.Sort(", "sort.Ints(")
	forYaegi = strings.Replace(forYaegi, "\t\"slices\"\n", "", 1)
	forYaegi = strings.Replace(forYaegi, "var _, _, _, _ = slices.Index, ", "var _, _, _ = ", 1)
	cell, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "goherd", "language": "go", "display_name": "Go"}},
		"cells": []any{map[string]any{
			"cell_type": "code", "id": "work", "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil, "source": program,
		}},
	})
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"work.go": program, "yaegi.go": forYaegi, "work.py": w.python + pyTail, "cell.ipynb": string(cell),
		"go.mod": "module work\n\ngo 1.26\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	_, err = command(dir, "go", "build", "-o", "work", "work.go")
	return err
}

// parse reads the line that a program prints.
func parse(out string) (took time.Duration, result string, ok bool) {
	i := strings.LastIndex(out, "took ")
	if i < 0 {
		return 0, "", false
	}
	var ns int64
	n, _ := fmt.Sscanf(out[i:], "took %d %s", &ns, &result)
	return time.Duration(ns), result, n == 2
}
