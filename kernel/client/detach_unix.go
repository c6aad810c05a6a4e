//go:build unix

package client

import "syscall"

// detached makes a process the leader of a session of its own, out of reach of
// the terminal's Ctrl-C, which is meant for the client.
var detached = &syscall.SysProcAttr{Setsid: true}
