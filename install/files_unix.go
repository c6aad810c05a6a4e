//go:build unix

package install

import (
	"fmt"
	"syscall"
)

func openFiles() finding {
	f := finding{name: "open files"}
	var n syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &n); err != nil {
		f.verdict, f.detail = warning, "limit unknown: "+err.Error()
		return f
	}
	f.detail = fmt.Sprintf("%d allowed", n.Cur)
	if f.verdict = judge(uint64(n.Cur), minFiles, goodFiles); f.verdict != fine {
		f.advice = "ulimit -n 4096 before starting Jupyter"
	}
	return f
}
