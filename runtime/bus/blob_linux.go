package bus

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// seals make a memory file one that nobody can change.
const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

// memoryFiles is whether blobs are memory files. Tests switch it off.
var memoryFiles = true

// newBlob writes a payload to a memory file; where the system has none, to one in dir.
func newBlob(dir, user string, data []byte, segments [][]byte, size int64) (*blob, error) {
	if !memoryFiles {
		return newFileBlob(dir, user, data, segments, size)
	}
	tag := rand.Text()
	fd, err := unix.MemfdCreate(memName(tag), unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if errors.Is(err, unix.ENOSYS) {
		return newFileBlob(dir, user, data, segments, size)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "memory file")
	err = f.Truncate(size)
	if err == nil {
		err = writeImage(f, data, segments)
	}
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals)
	}
	if err != nil {
		_ = f.Close() // nothing of it is kept
		return nil, err
	}
	return &blob{name: procName(f, tag), size: size, file: f}, nil
}

func memName(tag string) string { return "goherd-" + tag }

// procName is how another process of the user opens a memory file of this one.
func procName(f *os.File, tag string) string {
	return fmt.Sprintf("/proc/%d/fd/%d#%s", os.Getpid(), f.Fd(), tag)
}

// openBlob opens a blob that has at least size bytes, and checks that it is that and no other.
func openBlob(name, dir string, size int64) (*os.File, error) {
	path, tag, _ := splitName(name)
	if tag == "" {
		return openFileBlob(name, dir, size)
	}
	rest, isProc := strings.CutPrefix(path, "/proc/")
	pid, fd, isFd := strings.Cut(rest, "/fd/")
	if _, err := strconv.ParseUint(pid, 10, 32); err != nil || !isProc || !isFd {
		return nil, errNotBlob
	}
	if _, err := strconv.ParseUint(fd, 10, 32); err != nil {
		return nil, errNotBlob
	}
	// What the descriptor is isn't known yet: a pipe mustn't hold this up.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := checkMemory(f, tag, size); err != nil {
		_ = f.Close() // it wasn't read
		return nil, err
	}
	return f, nil
}

func checkMemory(f *os.File, tag string, size int64) error {
	link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		return err
	}
	if link != "/memfd:"+memName(tag)+" (deleted)" {
		return errBlobGone
	}
	got, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || got&seals != seals {
		return errNotBlob
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() < size {
		return errBadPayload
	}
	return nil
}

// adopt opens a blob of another process so that it lives on with this one.
func adopt(name, dir string, size int64) (*blob, error) {
	f, err := openBlob(name, dir, size)
	if err != nil {
		return nil, err
	}
	_, tag, ok := splitName(name)
	if !ok {
		return &blob{name: name, size: size, file: f, path: filepath.Join(dir, blobDir, name)}, nil
	}
	return &blob{name: procName(f, tag), size: size, file: f}, nil
}
