//go:build !linux

package machine

// MemoryLimit returns no limit: only Linux has control groups.
func MemoryLimit() (limit uint64, where string, ok bool) { return 0, "", false }
