package interp

import (
	"os"
	"os/exec"
)

func isolate(*exec.Cmd) {}

// killTree ends the child; processes that it has started may live on.
func killTree(p *os.Process) { _ = p.Kill() }

// killGroup does nothing: no process groups are reported on this system.
func killGroup(int) {}

// lastWords reports whether a process ended as the Go runtime ends it after it has
// said why.
func lastWords(exit *exec.ExitError) bool { return exit.ExitCode() == 2 }

func signalText(exit *exec.ExitError) string { return exit.String() }
