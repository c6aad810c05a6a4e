//go:build unix

package interp

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolate puts the child into a process group of its own, so that it can be ended
// with what it has started, and a Ctrl-C in the terminal is the kernel's.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// inherit makes the child inherit a file, and returns the file's descriptor there.
func inherit(cmd *exec.Cmd, f *os.File) uintptr {
	cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	return uintptr(2 + len(cmd.ExtraFiles))
}

// killTree ends the child and the processes of its group. The child mustn't have been
// waited for long ago: its process ID could be another's.
func killTree(p *os.Process) { killGroup(p.Pid) }

func killGroup(pgid int) { _ = unix.Kill(-pgid, unix.SIGKILL) } // it may have ended

// lastWords reports whether a process ended as the Go runtime ends it after it has
// said why, or was ended by a fault.
func lastWords(exit *exec.ExitError) bool {
	ws, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !ws.Signaled() {
		return exit.ExitCode() == 2
	}
	return ws.Signal() != unix.SIGKILL && ws.Signal() != unix.SIGTERM
}

// fault reports whether a process was ended by a signal for what it did itself.
func fault(exit *exec.ExitError) bool {
	ws, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !ws.Signaled() {
		return false
	}
	switch ws.Signal() {
	case unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS, unix.SIGABRT, unix.SIGPIPE:
		return true
	}
	return false
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
