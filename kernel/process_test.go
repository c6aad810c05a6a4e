//go:build unix

package kernel_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/wire"
)

// launch starts the kernel as a process of its own.
func launch(t *testing.T, prefix ...string) *client.Kernel {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	k, err := client.Launch(ctx, append(prefix, self, "kernel", "-f", client.ConnectionFileArg), client.LaunchOptions{
		Env: []string{"GOHERD_HISTORY=" + filepath.Join(t.TempDir(), "h.sqlite")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

// run executes a cell and returns its text.
func run(t *testing.T, k *client.Kernel, code string) (string, *wire.ExecuteReply) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var text string
	reply, err := k.Execute(ctx, code, client.ExecOptions{}, func(m *wire.Message) {
		switch m.Header.MsgType {
		case wire.MsgStream:
			var s wire.Stream
			_ = m.Decode(&s)
			text += s.Text
		case wire.MsgExecuteResult:
			var r wire.ExecuteResult
			_ = m.Decode(&r)
			text += fmt.Sprint(r.Data["text/plain"])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return text, reply
}

func ended(t *testing.T, k *client.Kernel) {
	t.Helper()
	select {
	case <-k.Done():
	case <-time.After(10 * time.Second):
		t.Error("the kernel doesn't end")
	}
}

func TestSignals(t *testing.T) {
	k := launch(t)
	interp, _ := run(t, k, "os.Getpid()")
	go func() {
		time.Sleep(100 * time.Millisecond)
		_ = syscall.Kill(k.PID(), syscall.SIGINT) // an interrupt, for those who send it so
	}()
	if _, reply := run(t, k, "for {}"); reply.Ename != "interrupted" {
		t.Errorf("%+v", reply)
	}
	if text, _ := run(t, k, "1 + 1"); text != "2" {
		t.Error(text)
	}
	if err := syscall.Kill(k.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended(t, k)
	gone(t, interp)
}

// A kernel that is killed leaves no process behind.
func TestKilledKernel(t *testing.T) {
	k := launch(t)
	interp, _ := run(t, k, "os.Getpid()")
	k.Kill()
	gone(t, interp)
}

// A kernel ends when the server that started it has.
func TestOrphan(t *testing.T) {
	server := exec.Command("sleep", "1000")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	k := launch(t, "env", fmt.Sprintf("JPY_PARENT_PID=%d", server.Process.Pid))
	interp, _ := run(t, k, "os.Getpid()")
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait() // it was killed
	ended(t, k)
	gone(t, interp)
}

func TestRestart(t *testing.T) {
	k := launch(t)
	run(t, k, "x := 1")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for range 3 {
		if err := k.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		if text, _ := run(t, k, "6 * 7"); text != "42" {
			t.Error(text)
		}
	}
	if _, reply := run(t, k, "x"); reply.Status != wire.StatusError {
		t.Errorf("%+v", reply)
	}
	if err := k.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
