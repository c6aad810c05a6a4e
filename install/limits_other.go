//go:build !linux

package install

// memoryLimit returns no limit: only Linux has control groups.
func memoryLimit() (limit uint64, where string, ok bool) { return 0, "", false }

func sharedMemory() finding {
	return finding{name: "shared memory", detail: "not limited by the system"}
}
