//go:build !linux

package workers

import (
	"slices"
	"time"

	system "github.com/shirou/gopsutil/v4/process"

	"github.com/goherd/goherd/runtime/head"
)

// usage asks the system what a process uses; what it doesn't tell is 0.
func usage(pid int) (u head.Usage) {
	p, err := system.NewProcess(int32(pid))
	if err != nil {
		return u
	}
	if m, err := p.MemoryInfo(); err == nil {
		u.RSS, u.Peak = int64(m.RSS), int64(m.HWM)
	}
	if t, err := p.Times(); err == nil {
		u.CPU = time.Duration((t.User + t.System) * float64(time.Second))
	}
	if s, err := p.Status(); err == nil {
		u.Stopped = slices.Contains(s, system.Stop)
	}
	return u
}
