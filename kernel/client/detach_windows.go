package client

import "syscall"

// detached makes a process the leader of a process group of its own, out of
// reach of the console's Ctrl-C, which is meant for the client.
var detached = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
