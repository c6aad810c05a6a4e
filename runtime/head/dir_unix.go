//go:build unix

package head

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock takes the lock of a file, which its process holds until it ends, however it ends.
func lock(f *os.File) bool { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }
