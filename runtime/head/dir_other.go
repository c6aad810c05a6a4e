//go:build !unix

package head

import "os"

// lock says that the lock is somebody's: where there are none, nothing that others may use is removed.
func lock(*os.File) bool { return false }
