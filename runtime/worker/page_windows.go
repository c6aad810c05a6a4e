package worker

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// pageFile makes the memory that is shared: a section of the paging file, whose handle is inherited.
func pageFile() (*os.File, error) {
	inherited := windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(windows.SecurityAttributes{})), InheritHandle: 1}
	h, err := windows.CreateFileMapping(windows.InvalidHandle, &inherited, windows.PAGE_READWRITE, 0, pageSize, nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateFileMapping", err)
	}
	return os.NewFile(uintptr(h), "page"), nil
}

func mapPage(f *os.File) ([]byte, error) {
	addr, err := windows.MapViewOfFile(windows.Handle(f.Fd()), windows.FILE_MAP_READ|windows.FILE_MAP_WRITE, 0, 0, pageSize)
	if err != nil {
		return nil, os.NewSyscallError("MapViewOfFile", err)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), pageSize), nil
}

func unmapPage(mem []byte) {
	_ = windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(mem)))) // can't fail: it is mapped
}
