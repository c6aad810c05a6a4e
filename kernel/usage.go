package kernel

import (
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/goherd/goherd/kernel/wire"
)

// load remembers the processor time of the last usage_request, so that the next one
// can tell the share since.
type load struct {
	mu   sync.Mutex
	at   time.Time
	used float64 // seconds
}

// usage answers a usage_request, which jupyter-resource-usage sends: the memory and
// processor time of the kernel process and all that it has started.
func (k *Kernel) usage() wire.UsageReply {
	r := wire.UsageReply{Hostname: hostname(), PID: os.Getpid(), CPUCount: runtime.NumCPU()}
	var used float64
	for _, p := range family(int32(r.PID)) {
		if m, err := p.MemoryInfo(); err == nil { // it may have ended
			r.KernelMemory += m.RSS
		}
		if t, err := p.Times(); err == nil {
			used += t.User + t.System
		}
	}
	now := time.Now()
	k.load.mu.Lock()
	if since := now.Sub(k.load.at).Seconds(); !k.load.at.IsZero() && since > 0 && used >= k.load.used {
		r.KernelCPU = 100 * (used - k.load.used) / since
	}
	k.load.at, k.load.used = now, used
	k.load.mu.Unlock()
	if percent, err := cpu.Percent(0, false); err == nil && len(percent) > 0 {
		r.HostCPUPercent = percent[0]
	}
	if v, err := mem.VirtualMemory(); err == nil {
		r.HostVirtualMemory = &wire.VirtualMemory{Total: v.Total, Available: v.Available, Percent: v.UsedPercent, Used: v.Used, Free: v.Free}
	}
	return r
}

// family returns a process and its descendants.
func family(pid int32) []*process.Process {
	p, err := process.NewProcess(pid)
	if err != nil {
		return nil
	}
	out := []*process.Process{p}
	for i := 0; i < len(out); i++ { // out grows
		children, err := out[i].Children()
		if err == nil { // none, or it has ended
			out = append(out, children...)
		}
	}
	return out
}
