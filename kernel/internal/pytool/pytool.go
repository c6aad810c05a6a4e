// Package pytool runs Python programs from tests, so that what we implement is
// checked against the ZeroMQ and Jupyter libraries that everybody uses. It is
// for tests only.
package pytool

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Python returns the interpreter with the libraries: $GOHERD_PYTHON, else the
// virtual environment .venv at the root of the repository. Without one the
// test fails, since a test that doesn't run proves nothing.
func Python(tb testing.TB) string {
	tb.Helper()
	path, err := find()
	if err != nil {
		tb.Fatalf("no Python with pyzmq and jupyter_client: run `make env` (%v)", err)
	}
	return path
}

var find = sync.OnceValues(func() (string, error) {
	path := os.Getenv("GOHERD_PYTHON")
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return "", err
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
				break
			}
			dir = filepath.Dir(dir)
		}
		path = filepath.Join(dir, ".venv", "bin", "python")
		if runtime.GOOS == "windows" {
			path = filepath.Join(dir, ".venv", "Scripts", "python.exe")
		}
	}
	out, err := exec.Command(path, "-c", "import zmq, jupyter_client").CombinedOutput()
	if err != nil {
		return "", &os.PathError{Op: "run", Path: path, Err: &failure{err, string(out)}}
	}
	return path, nil
})

type failure struct {
	error
	output string
}

func (f *failure) Error() string { return f.error.Error() + ": " + strings.TrimSpace(f.output) }

// patience is how long a line or the end of a program is waited for.
const patience = 60 * time.Second

// Program is a running Python program that talks in lines.
type Program struct {
	tb     testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan string
	stderr bytes.Buffer // read after done is closed
	done   chan struct{}
	err    error
}

// Start runs the program text with arguments (sys.argv[1:]). It is killed at
// the end of the test if it hasn't ended by itself.
func Start(tb testing.TB, text string, args ...string) *Program {
	tb.Helper()
	p := &Program{tb: tb, lines: make(chan string, 1024), done: make(chan struct{})}
	p.cmd = exec.Command(Python(tb), append([]string{"-u", "-c", text}, args...)...)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		in := bufio.NewScanner(stdout)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			p.lines <- in.Text()
		}
		p.err = p.cmd.Wait()
		close(p.done)
		close(p.lines)
	}()
	tb.Cleanup(func() {
		p.cmd.Process.Kill()
		for range p.lines { // until it is closed
		}
	})
	return p
}

// Line returns the next line that the program prints. The test fails if there
// is none.
func (p *Program) Line() string {
	p.tb.Helper()
	select {
	case line, ok := <-p.lines:
		if !ok {
			p.tb.Fatalf("the Python program ended: %v\n%s", p.err, p.stderr.String())
		}
		return line
	case <-time.After(patience):
		p.tb.Fatal("the Python program is silent")
	}
	return ""
}

// Expect reads a line and fails the test unless it is want.
func (p *Program) Expect(want string) {
	p.tb.Helper()
	if got := p.Line(); got != want {
		p.tb.Fatalf("the Python program says %q, want %q", got, want)
	}
}

// Send writes a line to the program's standard input.
func (p *Program) Send(line string) {
	p.tb.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		p.tb.Fatalf("to the Python program: %v", err)
	}
}

// Wait waits for the program to end, and fails the test unless it succeeded.
// Lines not read are dropped.
func (p *Program) Wait() {
	p.tb.Helper()
	p.stdin.Close()
	timeout := time.After(patience)
	for {
		select {
		case _, ok := <-p.lines:
			if ok {
				continue
			}
			if p.err != nil {
				p.tb.Fatalf("the Python program failed: %v\n%s", p.err, p.stderr.String())
			}
			return
		case <-timeout:
			p.tb.Fatal("the Python program doesn't end")
		}
	}
}
