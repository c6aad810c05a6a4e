package machine

import (
	"slices"
	"testing"
)

func TestCgroupFiles(t *testing.T) {
	for text, want := range map[string][]string{
		"":          nil,
		"0::/a/b\n": {"/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max"},
		"5:cpu,memory:/x\n3:pids:/y\nnonsense\n": {
			"/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"},
		"0::/../../x\n": {"/sys/fs/cgroup/x/memory.max", "/sys/fs/cgroup/memory.max"},
	} {
		if got := cgroupFiles(text); !slices.Equal(got, want) {
			t.Errorf("cgroupFiles(%q) is %q, want %q", text, got, want)
		}
	}
}

// What is reported was read: from a file, or from ulimit.
func TestMemoryLimit(t *testing.T) {
	limit, where, ok := MemoryLimit()
	if ok != (limit > 0) || ok != (where != "") {
		t.Errorf("limit %d (%s), %v", limit, where, ok)
	}
}
