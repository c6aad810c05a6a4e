//go:build unix

package worker

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapPage(f *os.File) ([]byte, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return mem, os.NewSyscallError("mmap", err)
}

func unmapPage(mem []byte) { _ = unix.Munmap(mem) } // can't fail: it is mapped
