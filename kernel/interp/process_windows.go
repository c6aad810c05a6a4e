package interp

import (
	"os"
	"os/exec"
	"syscall"
)

func isolate(*exec.Cmd) {}

// inherit makes the child inherit a handle, which must be marked for that, and returns its number there.
func inherit(cmd *exec.Cmd, f *os.File) uintptr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.AdditionalInheritedHandles = append(cmd.SysProcAttr.AdditionalInheritedHandles, syscall.Handle(f.Fd()))
	return f.Fd()
}

// killTree ends the child; processes that it has started may live on.
func killTree(p *os.Process) { _ = p.Kill() }

// killGroup does nothing: no process groups are reported on this system.
func killGroup(int) {}

// lastWords reports whether a process ended as the Go runtime ends it after it has
// said why.
func lastWords(exit *exec.ExitError) bool { return exit.ExitCode() == 2 }

// fault reports false: there are no signals on this system.
func fault(*exec.ExitError) bool { return false }

func signalText(exit *exec.ExitError) string { return exit.String() }
