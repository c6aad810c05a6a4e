package child

import "syscall"

// dieTogether makes a command end with this process, however this process ends.
func dieTogether(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
