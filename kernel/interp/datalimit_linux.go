package interp

import "golang.org/x/sys/unix"

// limitData makes the operating system refuse a process more than that many bytes of memory. It is
// the second line: where it can't be told, the process is watched all the same.
func limitData(pid int, bytes int64) {
	_ = unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}, nil)
}
