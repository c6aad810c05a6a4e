package install

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/shirou/gopsutil/v4/mem"

	"github.com/goherd/goherd/internal/machine"
)

const (
	mib = 1 << 20

	// Below minMemory the two processes of a session don't fit; below goodMemory a cell has little to work with.
	minMemory  = 128 * mib
	goodMemory = 1024 * mib

	// A container without further words has 64 MiB of shared memory.
	goodShared = 256 * mib

	// A kernel has some thirty files open, its sockets included.
	minFiles  = 64
	goodFiles = 1024
)

// size prints bytes for a person.
func size(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}

// judge compares an amount with what is needed at least and what is good.
func judge(n, least, good uint64) verdict {
	switch {
	case n < least:
		return failure
	case n < good:
		return warning
	}
	return fine
}

func memoryFindings() []finding {
	total := finding{name: "memory"}
	if m, err := mem.VirtualMemory(); err != nil {
		total.verdict, total.detail = warning, "unknown: "+err.Error()
	} else {
		total.detail = fmt.Sprintf("%s available of %s", size(m.Available), size(m.Total))
		if total.verdict = judge(m.Available, minMemory, goodMemory); total.verdict != fine {
			total.advice = "end other programs; a cell that runs out of memory loses its variables"
		}
	}
	limit := finding{name: "memory limit", detail: "none"}
	if n, where, ok := machine.MemoryLimit(); ok {
		limit.detail = fmt.Sprintf("%s (%s)", size(n), where)
		if limit.verdict = judge(n, minMemory, goodMemory); limit.verdict != fine {
			limit.advice = "give the container or the session more memory"
		}
	}
	return []finding{total, limit}
}

// loopback binds the five ports of a kernel on 127.0.0.1 and connects to each.
func loopback(ctx context.Context) finding {
	f := finding{name: "ports"}
	fail := func(err error) finding {
		f.verdict, f.detail = failure, err.Error()
		f.advice = "a kernel listens on 127.0.0.1: allow it, or have Jupyter use transport ipc"
		return f
	}
	for range 5 {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return fail(err)
		}
		defer l.Close()
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", l.Addr().String())
		if err != nil {
			return fail(err)
		}
		_ = conn.Close()
	}
	f.detail = "five bound and reached on 127.0.0.1"
	return f
}
