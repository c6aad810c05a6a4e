//go:build !linux

package bus

import (
	"os"
	"path/filepath"
)

// newBlob writes a payload to a file in the session's directory.
func newBlob(dir, user string, data []byte, segments [][]byte, size int64) (*blob, error) {
	return newFileBlob(dir, user, data, segments, size)
}

// openBlob opens a blob that has at least size bytes.
func openBlob(name, dir string, size int64) (*os.File, error) {
	return openFileBlob(name, dir, size)
}

// adopt makes a blob of another process this one's.
func adopt(name, dir string, size int64) (*blob, error) {
	f, err := openFileBlob(name, dir, size)
	if err != nil {
		return nil, err
	}
	return &blob{name: name, size: size, file: f, path: filepath.Join(dir, blobDir, name)}, nil
}
