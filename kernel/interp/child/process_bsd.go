//go:build unix && !linux

package child

import "syscall"

// dieTogether does nothing: a command outlives an interpreter that is killed.
func dieTogether(*syscall.SysProcAttr) {}
