package kernel

import (
	"os"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v4/mem"
)

// memoryShare is the share of the machine's memory that an interpreter may use.
const memoryShare = 0.9

// memoryLimit returns how many bytes an interpreter may use before it is ended: nine
// tenths of what the machine has, or the control group allows. Beyond, the operating
// system would choose whom to end.
func memoryLimit() int64 {
	if s := os.Getenv("GOHERD_MEMORY_LIMIT"); s != "" {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 {
			return n
		}
	}
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0
	}
	total := v.Total
	if limit, ok := cgroupLimit(); ok && limit < total {
		total = limit
	}
	return int64(float64(total) * memoryShare)
}

// cgroupLimit returns the memory limit of the control group, versions 2 and 1.
func cgroupLimit() (uint64, bool) {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}
