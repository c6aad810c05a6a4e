//go:build !linux

package install

func sharedMemory() finding {
	return finding{name: "shared memory", detail: "not limited by the system"}
}
