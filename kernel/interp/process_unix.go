//go:build unix

package interp

import (
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// isolate puts the child into a process group of its own, so that it can be ended
// with what it has started, and a Ctrl-C in the terminal is the kernel's.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killTree ends the child and the processes of its group.
func killTree(cmd *exec.Cmd) { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }

// dumpAndKill asks the Go runtime of the child for a traceback and then ends it.
func dumpAndKill(cmd *exec.Cmd, gone <-chan struct{}) {
	_ = unix.Kill(cmd.Process.Pid, unix.SIGQUIT) // it may have ended
	select {
	case <-gone:
	case <-time.After(300 * time.Millisecond):
		killTree(cmd)
	}
}

func signalText(exit *exec.ExitError) string {
	ws, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !ws.Signaled() {
		return exit.String()
	}
	if ws.Signal() == unix.SIGKILL {
		return "signal: killed (by a person, or by the operating system because memory ran out)"
	}
	return fmt.Sprintf("signal: %s", ws.Signal())
}
