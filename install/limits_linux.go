package install

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func sharedMemory() finding {
	f := finding{name: "shared memory"}
	var st unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &st); err != nil {
		f.verdict, f.detail = warning, fmt.Sprintf("/dev/shm: %v", err)
		f.advice = "mount a tmpfs on /dev/shm; large values are shared between processes through it"
		return f
	}
	total, free := st.Blocks*uint64(st.Bsize), st.Bavail*uint64(st.Bsize)
	f.detail = fmt.Sprintf("%s free of %s in /dev/shm", size(free), size(total))
	if judge(free, 0, goodShared) != fine {
		f.verdict, f.advice = warning, "give the container more, as with docker run --shm-size=1g"
	}
	return f
}
