package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module of small test packages and makes it the working directory.
func module(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module m\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

const head = "package p\nimport \"testing\"\n"

func TestCounts(t *testing.T) {
	tests := []struct {
		name     string
		text     string
		passed   int
		failed   int
		contains string
	}{
		{"all pass", head + `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}) }`, 2, 0, "2 passed, 0 failed\n"},
		{"a subtest's failure counts once", head + `func TestA(t *testing.T) {
			t.Run("x", func(t *testing.T) { t.Run("y", func(t *testing.T) { t.Fatal("the reason") }) }); t.Run("z", func(t *testing.T) {}) }`,
			1, 1, "the reason"},
		{"a parent that fails by itself", head + `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}); t.Fatal("late") }`, 1, 1, "late"},
		{"a skip fails", head + `func TestA(t *testing.T) {}; func TestB(t *testing.T) { t.Skip("lazy") }`, 1, 1, "1 skipped"},
		{"build failure", head + `func TestA(t *testing.T) { nonsense() }`, 0, 1, "undefined: nonsense"},
		{"exit in TestMain", "package p\nimport (\"os\"; \"testing\")\nfunc TestMain(m *testing.M) { println(\"bye\"); os.Exit(3) }\nfunc TestA(t *testing.T) {}", 0, 1, "bye"},
		{"a panic elsewhere", head + `func TestA(t *testing.T) { go panic("boom"); select {} }`, 0, 1, "boom"},
		{"a failure's output is printed, a pass's is not", head + `func TestA(t *testing.T) { t.Log("quiet") }; func TestB(t *testing.T) { t.Error("loud") }`, 1, 1, "loud"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			module(t, map[string]string{"p_test.go": tt.text})
			var out bytes.Buffer
			r := newReport(&out)
			run(context.Background(), r, []string{"go", "test", "./..."})
			r.close()
			if r.passed != tt.passed || r.failed != tt.failed {
				t.Errorf("counted %d passed, %d failed; want %d, %d", r.passed, r.failed, tt.passed, tt.failed)
			}
			if r.ok() != (tt.failed == 0) {
				t.Errorf("ok is %v", r.ok())
			}
			if !strings.Contains(out.String(), tt.contains) {
				t.Errorf("output lacks %q", tt.contains)
			}
			if strings.Contains(out.String(), "quiet") {
				t.Error("the output of a test that passed is printed")
			}
			if t.Failed() {
				t.Logf("output:\n%s", &out)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	module(t, map[string]string{"p_test.go": head + `func TestA(t *testing.T) {}`})
	for line, ok := range map[string]bool{
		"go version":               true,
		"go nonsense":              false,
		"no-such-program-anywhere": false,
		"go test ./...":            true,
		"go test -nonsense ./...":  false,
		"go test ./nowhere":        false,
		"":                         false,
	} {
		var out bytes.Buffer
		r := newReport(&out)
		run(context.Background(), r, strings.Fields(line))
		if r.ok() != ok {
			t.Errorf("%q: ok is %v, want %v; output:\n%s", line, r.ok(), ok, &out)
		}
	}
}

func TestNothingRunIsNoSuccess(t *testing.T) {
	if newReport(new(bytes.Buffer)).ok() {
		t.Error("an empty report is ok")
	}
}
