package interp

import "os/exec"

func isolate(*exec.Cmd) {}

// killTree ends the child; processes that it has started may live on.
func killTree(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func dumpAndKill(cmd *exec.Cmd, _ <-chan struct{}) { killTree(cmd) }

func signalText(exit *exec.ExitError) string { return exit.String() }
