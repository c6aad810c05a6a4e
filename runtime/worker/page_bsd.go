//go:build unix && !linux

package worker

import "os"

// pageFile makes the memory that is shared: a file without a name.
func pageFile() (*os.File, error) {
	f, err := os.CreateTemp("", "goherd-page-*")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		err = f.Truncate(pageSize)
	}
	if err != nil {
		_ = f.Close() // of no use
		return nil, err
	}
	return f, nil
}
