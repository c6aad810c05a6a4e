package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MemoryLimit returns the smallest limit in bytes that control groups or RLIMIT_AS set for this process, and who says
// so; ok is false where nothing does.
func MemoryLimit() (limit uint64, where string, ok bool) {
	lower := func(n uint64, by string) {
		if !ok || n < limit {
			limit, where, ok = n, by, true
		}
	}
	groups, _ := os.ReadFile("/proc/self/cgroup")
	for _, file := range cgroupFiles(string(groups)) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// "max" in version 2 and a number beyond any machine in version 1 mean no limit.
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && n < 1<<60 {
			lower(n, file)
		}
	}
	var as unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &as) == nil && as.Cur < 1<<60 {
		lower(as.Cur, "ulimit -v")
	}
	return limit, where, ok
}

// cgroupFiles returns the files with the memory limits of the groups in the text of /proc/self/cgroup and of the
// groups above them. In a container the path may be the host's: then only the root of the mount exists.
func cgroupFiles(groups string) []string {
	var files []string
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		root, name := "", ""
		switch {
		case fields[1] == "":
			root, name = "/sys/fs/cgroup", "memory.max"
		case strings.Contains(","+fields[1]+",", ",memory,"):
			root, name = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := filepath.Clean("/" + fields[2]); ; dir = filepath.Dir(dir) {
			files = append(files, filepath.Join(root, dir, name))
			if dir == "/" {
				break
			}
		}
	}
	return files
}
