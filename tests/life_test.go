package tests

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// lines collects what a program prints while it runs. It may be used from any goroutine.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// holder is a Python program that starts the kernel as Jupyter does, runs its argument in it and says the kernel's process.
const holder = `
import sys
from jupyter_client.manager import start_new_kernel
km, kc = start_new_kernel(kernel_name="goherd")
kc.execute_interactive(sys.argv[1], timeout=30)
print(km.provisioner.pid, km.connection_file, flush=True)
sys.stdin.readline()
kc.stop_channels()
km.shutdown_kernel()
print("ended", flush=True)
`

// held is a kernel that a Jupyter client holds.
type held struct {
	cmd    *exec.Cmd
	in     *os.File
	out    *bufio.Scanner
	errs   *lines
	kernel *process.Process
	file   string // the connection file
}

// hold starts a kernel that has run a cell.
func hold(t *testing.T, w *world, cell string) *held {
	t.Helper()
	h := &held{errs: new(lines)}
	h.cmd = w.command(context.WithoutCancel(t.Context()), python(), "-c", holder, cell)
	r, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	h.in = in
	h.cmd.Stdin, h.cmd.Stderr = r, h.errs
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	t.Cleanup(func() {
		_ = in.Close()
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	})
	h.out = bufio.NewScanner(stdout)
	if !h.out.Scan() {
		t.Fatalf("no kernel was started:\n%s", h.errs)
	}
	pid, file, _ := strings.Cut(h.out.Text(), " ")
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatalf("the holder says %q", h.out.Text())
	}
	h.file = file
	if h.kernel, err = process.NewProcess(int32(n)); err != nil {
		t.Fatal(err)
	}
	return h
}

// running tells whether p is a process that is no zombie.
func running(p *process.Process) bool {
	up, err := p.IsRunning()
	if err != nil || !up {
		return false
	}
	st, err := p.Status()
	return err != nil || !strings.Contains(strings.Join(st, " "), process.Zombie)
}

// children returns the kernel's processes below it, of which there must be the interpreter.
func (h *held) children(t *testing.T) []*process.Process {
	t.Helper()
	kids, err := h.kernel.Children()
	if err != nil || len(kids) == 0 {
		t.Fatalf("the kernel has no interpreter: %v", err)
	}
	return kids
}

func gone(t *testing.T, within time.Duration, ps ...*process.Process) {
	t.Helper()
	for _, p := range ps {
		line, _ := p.Cmdline()
		eventually(t, within, "the end of "+line, func() bool { return !running(p) })
	}
}

func TestKernelKilled(t *testing.T) {
	w := newWorld(t)
	h := hold(t, w, "x := 1")
	kids := h.children(t)
	if err := h.kernel.Kill(); err != nil {
		t.Fatal(err)
	}
	gone(t, 3*time.Second, kids...)
	// The connection file is Jupyter's: it removes it at its own end.
	_, _ = h.in.WriteString("\n")
	if !h.out.Scan() {
		t.Errorf("the client did not end by itself:\n%s", h.errs)
	}
}

func TestParentKilled(t *testing.T) {
	w := newWorld(t)
	h := hold(t, w, "x := 1")
	kids := append(h.children(t), h.kernel)
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone(t, 5*time.Second, kids...)
	// What the killed client could not remove.
	if err := os.Remove(h.file); err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestShutdown(t *testing.T) {
	w := newWorld(t)
	h := hold(t, w, "x := 1")
	kids := append(h.children(t), h.kernel)
	if _, err := h.in.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	gone(t, 5*time.Second, kids...)
	if !h.out.Scan() || h.out.Text() != "ended" {
		t.Errorf("the client says %q:\n%s", h.out.Text(), h.errs)
	}
	if _, err := os.Stat(h.file); err == nil {
		t.Errorf("left: %s", filepath.Base(h.file))
	}
}
