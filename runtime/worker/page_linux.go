package worker

import (
	"os"

	"golang.org/x/sys/unix"
)

// pageFile makes the memory that is shared.
func pageFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("goherd-page", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "page")
	if err := f.Truncate(pageSize); err != nil {
		_ = f.Close() // of no use
		return nil, err
	}
	return f, nil
}
