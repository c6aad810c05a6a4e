//go:build linux

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tree returns a process and all that descend from it.
func tree(root int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// After the command, which stands in brackets and may have any name: state, parent.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		parent, err := strconv.Atoi(string(fields[1]))
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		children[parent] = append(children[parent], pid)
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// pss returns the proportional set size of processes together, in bytes. One that has ended has none.
func pss(pids []int) (float64, error) {
	sum := 0.0
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "Pss:" {
				kb, err := strconv.ParseFloat(f[1], 64)
				if err != nil {
					return 0, fmt.Errorf("memory of process %d: %w", pid, err)
				}
				sum += kb * 1024
			}
		}
	}
	return sum, nil
}

// adopt makes this process the parent of what its descendants leave behind, so that endOrphans finds it.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// endOrphans kills all that descends from this process; nothing that it has started itself may be running any more.
func endOrphans() error {
	for range 100 {
		left := tree(os.Getpid())[1:]
		if len(left) == 0 {
			return nil
		}
		for _, pid := range left {
			unix.Kill(pid, unix.SIGKILL) // fails if it has ended
			unix.Wait4(pid, nil, 0, nil) // fails if its parent is another one, still
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("processes that were started don't end")
}

// loadOf returns the load of the last minute, "" if it isn't known.
func loadOf() string {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	return load
}

// machine describes the processors and the memory.
func machine() (cpu, memory string) {
	cpu, memory = "processors", "?"
	value := func(file, key string) string {
		f, err := os.Open(file)
		if err != nil {
			return ""
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if k, v, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == key {
				return strings.TrimSpace(v)
			}
		}
		return ""
	}
	if name := value("/proc/cpuinfo", "model name"); name != "" {
		cpu = name
	}
	if kb, err := strconv.ParseFloat(strings.TrimSuffix(value("/proc/meminfo", "MemTotal"), " kB"), 64); err == nil {
		memory = fmt.Sprintf("%.0f GB", kb*1024/1e9)
	}
	return cpu, memory
}
