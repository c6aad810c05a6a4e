package kernel

import (
	"fmt"
	"os"
	"strconv"

	"github.com/shirou/gopsutil/v4/mem"

	"github.com/goherd/goherd/internal/machine"
)

// memoryShare is the share of the machine's memory that an interpreter may use.
const memoryShare = 0.9

// memoryLimit returns how many bytes an interpreter may use before it is ended: what
// GOHERD_MEMORY_LIMIT says, else nine tenths of what the machine has, or the control
// group allows. Beyond, the operating system would choose whom to end. 0 means that
// nothing is known.
func memoryLimit() (int64, error) {
	if s := os.Getenv("GOHERD_MEMORY_LIMIT"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			return 0, fmt.Errorf("GOHERD_MEMORY_LIMIT is %q: it must be a number of bytes", s)
		}
		return n, nil
	}
	total, _, ok := machine.MemoryLimit()
	if v, err := mem.VirtualMemory(); err == nil && (!ok || v.Total < total) {
		total = v.Total
	}
	return int64(float64(total) * memoryShare), nil
}
