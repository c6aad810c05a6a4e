package head

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goherd/goherd/internal/machine"
)

// Memory implements Machine.
func (thisMachine) Memory() (used, total int64, by string) {
	total, available := meminfo()
	used, by = total-available, "the machine"
	limit, file, ok := machine.MemoryLimit()
	if !ok || !strings.HasPrefix(file, "/sys/fs/cgroup") {
		return used, total, by
	}
	if in, ok := groupUse(file); ok && (total == 0 || int64(limit)-in < total-used) {
		return in, int64(limit), file
	}
	return used, total, by
}

// meminfo returns the memory of the machine, and how much of it can be had.
func meminfo() (total, available int64) {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0
	}
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, err := strconv.ParseInt(string(f[1]), 10, 64)
		if err != nil {
			continue
		}
		switch string(f[0]) {
		case "MemTotal:":
			total = n << 10
		case "MemAvailable:":
			return total, n << 10
		}
	}
	return 0, 0
}

// groupUse returns how much a control group uses whose limit is in a file, without the files' contents that it can do without.
func groupUse(limit string) (int64, bool) {
	dir := filepath.Dir(limit)
	current, inactive := "memory.current", "inactive_file"
	if filepath.Base(limit) == "memory.limit_in_bytes" {
		current, inactive = "memory.usage_in_bytes", "total_inactive_file"
	}
	b, err := os.ReadFile(filepath.Join(dir, current))
	if err != nil {
		return 0, false
	}
	used, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil {
		return 0, false
	}
	stat, err := os.ReadFile(filepath.Join(dir, "memory.stat"))
	if err != nil {
		return used, true
	}
	for line := range bytes.Lines(stat) {
		if f := bytes.Fields(line); len(f) == 2 && string(f[0]) == inactive {
			if n, err := strconv.ParseInt(string(f[1]), 10, 64); err == nil {
				used -= n
			}
		}
	}
	return max(used, 0), true
}

// GPUs implements Machine.
func (thisMachine) GPUs() int {
	devices, err := filepath.Glob("/dev/nvidia[0-9]*")
	if err != nil {
		return 0
	}
	return len(devices)
}
