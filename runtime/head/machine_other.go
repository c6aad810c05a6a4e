//go:build !linux

package head

import "github.com/shirou/gopsutil/v4/mem"

// Memory implements Machine.
func (thisMachine) Memory() (used, total int64, by string) {
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0, 0, ""
	}
	return int64(v.Total - v.Available), int64(v.Total), "the machine"
}

// GPUs implements Machine. Only Linux tells of them.
func (thisMachine) GPUs() int { return 0 }
