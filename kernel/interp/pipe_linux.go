package interp

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is how much a child can print while the kernel is busy, in bytes.
const pipeSize = 1 << 20

// widen enlarges a pipe. Where the system refuses, the default size works too.
func widen(f *os.File) { _, _ = unix.FcntlInt(f.Fd(), unix.F_SETPIPE_SZ, pipeSize) }
