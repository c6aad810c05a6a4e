//go:build unix

package child

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// takeStdin moves file descriptor 0, the requests, out of the user's reach. What is
// left there can't be read: an error, where an empty file would be a silent end.
func takeStdin() (*os.File, error) {
	requests, err := duplicate(0, "requests")
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	defer null.Close()
	if err := unix.Dup2(int(null.Fd()), 0); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return requests, nil
}

// duplicate returns a second descriptor for the pipe behind fd, which stays where it is
// for code that writes there directly.
func duplicate(fd int, name string) (*os.File, error) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("duplicating file descriptor %d: %w", fd, err)
	}
	return os.NewFile(uintptr(n), name), nil
}

// endGroup ends what cells have started and this process, if it leads its group as the
// kernel has made it do.
func endGroup() {
	if unix.Getpgrp() == os.Getpid() {
		_ = unix.Kill(0, unix.SIGKILL) // can't fail: it is our own group
	}
}

// cpuTime returns the processor time of this process and the commands it has ended.
func cpuTime() time.Duration {
	var sum int64
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			sum += u.Utime.Nano() + u.Stime.Nano()
		}
	}
	return time.Duration(sum)
}

// shellCommand makes a command of a line, or of a script whose first line names its
// interpreter in the manner of "#!".
func shellCommand(line string) *exec.Cmd {
	shell := "/bin/sh"
	if bash, err := exec.LookPath("bash"); err == nil {
		shell = bash
	}
	cmd := exec.Command(shell, "-c", line)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GODEBUG=tracebacklabels=1") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	return cmd
}

// group puts a command into a process group of its own, which ends with this process
// where the system can do that.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieTogether(cmd.SysProcAttr)
}

// processGroup returns the number of a command's process group.
func processGroup(cmd *exec.Cmd) int { return cmd.Process.Pid }

// interruptGroup asks the group to end, and soon makes it.
func interruptGroup(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGINT) // it may have ended
	select {
	case <-ended:
	case <-time.After(patience / 2):
	}
	killGroup(cmd)
}

func killGroup(cmd *exec.Cmd) { _ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
