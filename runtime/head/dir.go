package head

import (
	"os"
	"path/filepath"
)

// Directories of sessions have such names, and a file in them that is locked while the session lives.
const (
	dirName  = "goherd-*"
	lockName = "lock"
)

// makeDir makes the session's directory, and removes those of sessions that were killed.
func makeDir(base string) (dir string, held *os.File, err error) {
	if base == "" {
		base = os.TempDir()
	}
	sweep(base)
	if dir, err = os.MkdirTemp(base, dirName); err != nil { // of mode 0700
		return "", nil, err
	}
	held, err = os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		_ = os.Remove(dir) // it is empty
		return "", nil, err
	}
	lock(held) // nobody else has it: the name is new
	return dir, held, nil
}

func sweep(base string) {
	locks, err := filepath.Glob(filepath.Join(base, dirName, lockName))
	if err != nil {
		return
	}
	for _, name := range locks {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // another user's, or just removed
		}
		if lock(f) {
			_ = os.RemoveAll(filepath.Dir(name)) // the next session tries again
		}
		_ = f.Close() // nothing was written
	}
}
