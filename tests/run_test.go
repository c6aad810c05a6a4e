package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goherd run is a command among others: its exit code, its two streams and its files are its promise.
func TestRun(t *testing.T) {
	w := bareWorld(t)
	good := w.write("good.ipynb", newNotebook("goherd", "import \"fmt\"\n\nfmt.Println(\"so far\")", "6 * 7"))
	bad := w.write("bad.ipynb", newNotebook("goherd", `import "fmt"`, `panic("on purpose")`, `fmt.Println("afterwards")`))
	slow := w.write("slow.ipynb", newNotebook("goherd", "for {\n}"))
	noJSON := w.write("no.ipynb", `{"cells": [`)
	noNotebook := w.write("other.ipynb", `{"a": 1}`)
	out := func(name string) string { return filepath.Join(w.work, name) }
	tests := []struct {
		name     string
		args     []string
		code     int
		stdout   string   // is in it
		stderr   string   // is in it
		made     []string // files that are there afterwards
		missing  []string // files that are not
		oneLiner bool     // stderr is one line
	}{
		{name: "all cells run", args: []string{good}, stdout: "42"},
		{name: "output files", args: []string{good, "-o", out("a.ipynb"), "--html", out("a.html")}, stdout: "so far", made: []string{"a.ipynb", "a.html"}},
		{name: "a cell fails", args: []string{bad, "-o", out("b.ipynb")}, code: 1, stderr: "on purpose", made: []string{"b.ipynb"}},
		{name: "errors allowed", args: []string{bad, "--allow-errors", "-o", out("c.ipynb")}, stdout: "afterwards", made: []string{"c.ipynb"}},
		{name: "a cell takes too long", args: []string{slow, "--timeout", "1s"}, code: 1, stderr: "1s"},
		{name: "no such notebook", args: []string{out("nowhere.ipynb"), "-o", out("d.ipynb")}, code: 2, stderr: "nowhere.ipynb", missing: []string{"d.ipynb"}, oneLiner: true},
		{name: "broken notebook", args: []string{noJSON, "-o", out("e.ipynb")}, code: 2, stderr: "no.ipynb", missing: []string{"e.ipynb"}, oneLiner: true},
		{name: "no notebook", args: []string{noNotebook}, code: 2, stderr: "other.ipynb", oneLiner: true},
		{name: "unwritable target", args: []string{good, "-o", out("no/such/folder.ipynb")}, code: 2, stderr: "folder", oneLiner: true},
		{name: "unknown flag", args: []string{good, "--nonsense"}, code: 2, stderr: "nonsense"},
		{name: "no argument", code: 2},
		{name: "unknown parameter", args: []string{good, "-p", "nonsense"}, code: 2, oneLiner: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := w.goherd(append([]string{"run"}, tt.args...)...)
			if r.code != tt.code {
				t.Errorf("exit %d, want %d", r.code, tt.code)
			}
			if !strings.Contains(r.stdout, tt.stdout) {
				t.Errorf("%q is not in standard output", tt.stdout)
			}
			if !strings.Contains(r.stderr, tt.stderr) {
				t.Errorf("%q is not in standard error", tt.stderr)
			}
			if tt.oneLiner && strings.Count(r.stderr, "\n") != 1 {
				t.Error("standard error is not one line")
			}
			if tt.code == 2 && r.stdout != "" {
				t.Error("something was printed before the arguments were checked")
			}
			for _, name := range tt.made {
				if st, err := os.Stat(out(name)); err != nil || st.Size() == 0 {
					t.Errorf("%s was not written: %v", name, err)
				}
			}
			for _, name := range tt.missing {
				if _, err := os.Stat(out(name)); err == nil {
					t.Errorf("%s was written", name)
				}
			}
			if t.Failed() {
				t.Logf("stdout:\n%s\nstderr:\n%s", r.stdout, r.stderr)
			}
		})
	}
	t.Run("the failed cell is named", func(t *testing.T) {
		if r := w.goherd("run", bad); !strings.Contains(r.stderr, "cell 2") {
			t.Errorf("standard error is %q", r.stderr)
		}
	})
}

// yaegi, which runs the cells where the engine can't, still does: with what it can't do refused.
func TestRunWithYaegi(t *testing.T) {
	w := bareWorld(t)
	w.env = append(w.env, "GOHERD_INTERPRETER=yaegi")
	if r := w.goherd("run", w.copy("examples/quickstart.ipynb")); r.code != 0 || !strings.Contains(r.stdout, "338350") {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	path := w.write("func.ipynb", newNotebook("goherd", "for range (func(func() bool))(nil) {\n}"))
	if r := w.goherd("run", path); r.code != 1 || !strings.Contains(r.stderr, "the interpreter can't do this yet: range over a function") {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

func TestRunParameters(t *testing.T) {
	w := bareWorld(t)
	path := w.copy("examples/quickstart.ipynb")
	r := w.goherd("run", path, "-p", "limit=30", "-p", "title=Primes below 30", "-o", filepath.Join(w.work, "out.ipynb"))
	if r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	var all strings.Builder
	for _, c := range readNotebook(t, filepath.Join(w.work, "out.ipynb")) {
		for _, o := range c.Outputs {
			all.Write(o.Data["application/json"])
		}
	}
	if s := all.String(); !strings.Contains(s, "Primes below 30") || strings.Contains(s, "31") || !strings.Contains(s, "29") {
		t.Errorf("with limit=30 the primes are %s", s)
	}
}

// Ctrl-C ends goherd run with its kernel, and what was executed is written.
func TestRunInterrupted(t *testing.T) {
	w := bareWorld(t)
	path := w.write("endless.ipynb", newNotebook("goherd", "import \"fmt\"\n\nfmt.Println(\"it runs\")\nfor {\n}"))
	cmd := w.command(t.Context(), binary, "run", path)
	var out lines
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the cell's first output", func() bool { return strings.Contains(out.String(), "it runs") })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if err == nil {
		t.Errorf("exit 0 after an interrupt:\n%s", out.String())
	}
}
