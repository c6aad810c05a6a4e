package workers

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"github.com/goherd/goherd/runtime/head"
)

// tick is the unit of times in /proc, which is the same on every machine that Go knows.
const tick = time.Second / 100

// usage reads what a process uses; what can't be read, because it has ended, is 0.
func usage(pid int) (u head.Usage) {
	dir := "/proc/" + strconv.Itoa(pid) + "/"
	lines(dir+"status", func(name string, value []byte) {
		switch name {
		case "State":
			u.Stopped = len(value) > 0 && (value[0] == 'T' || value[0] == 't')
		case "VmHWM":
			u.Peak = kilobytes(value)
		case "VmRSS":
			u.RSS = kilobytes(value)
		}
	})
	lines(dir+"smaps_rollup", func(name string, value []byte) {
		switch name {
		case "Pss":
			u.PSS = kilobytes(value)
		case "Private_Clean", "Private_Dirty":
			u.Unique += kilobytes(value)
		}
	})
	stat, _ := os.ReadFile(dir + "stat")
	// The name of the program, in brackets, may hold anything; the time in the program and in the system are the 12th
	// and 13th number behind it.
	if f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]); len(f) > 12 {
		user, _ := strconv.ParseInt(string(f[11]), 10, 64)
		system, _ := strconv.ParseInt(string(f[12]), 10, 64)
		u.CPU = time.Duration(user+system) * tick
	}
	return u
}

// lines calls f for each line "Name:   value" of a file.
func lines(file string, f func(name string, value []byte)) {
	b, _ := os.ReadFile(file)
	for line := range bytes.Lines(b) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			f(string(name), bytes.TrimSpace(value))
		}
	}
}

// kilobytes reads "1234 kB" as bytes.
func kilobytes(value []byte) int64 {
	n, _ := strconv.ParseInt(string(bytes.TrimSuffix(value, []byte(" kB"))), 10, 64)
	return n << 10
}
