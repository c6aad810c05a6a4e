package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var (
	root    string // of the repository
	binary  string // goherd, built once
	venv    string // the Python environment of make env
	goPaths []string
)

func TestMain(m *testing.M) {
	code, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tests:", err)
		code = 1
	}
	os.Exit(code)
}

func prepare(m *testing.M) (int, error) {
	wd, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	root = filepath.Dir(wd)
	venv = filepath.Join(root, ".venv")
	if _, err := os.Stat(python()); err != nil {
		return 0, fmt.Errorf("%w: run `make env` before", err)
	}
	// A home of its own must not mean an empty build cache.
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		return 0, fmt.Errorf("go env: %w", err)
	}
	dirs := strings.Fields(string(out))
	if len(dirs) != 3 {
		return 0, fmt.Errorf("go env says %q", out)
	}
	goPaths = []string{"GOCACHE=" + dirs[0], "GOMODCACHE=" + dirs[1], "GOPATH=" + dirs[2]}

	dir, err := os.MkdirTemp("", "goherd-tests-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "goherd")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building goherd: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// tool returns a program of the Python environment.
func tool(name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", name+".exe")
	}
	return filepath.Join(venv, "bin", name)
}

func python() string { return tool("python") }
