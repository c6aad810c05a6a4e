package child

import (
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/windows"
)

// takeStdin takes the requests; the user's os.Stdin asks the front end.
func takeStdin() (*os.File, error) {
	requests := os.Stdin
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	os.Stdin = null
	return requests, nil
}

// duplicate returns the standard file of that number: there are no descriptors to be
// had beside it.
func duplicate(fd int, _ string) (*os.File, error) {
	if fd == 1 {
		return os.Stdout, nil
	}
	return os.Stderr, nil
}

// endGroup does nothing: there are no process groups.
func endGroup() {}

// cpuTime returns the processor time of this process.
func cpuTime() time.Duration {
	var created, exited, kernel, user windows.Filetime
	if windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user) != nil {
		return 0
	}
	ticks := func(f windows.Filetime) time.Duration { // of 100 ns
		return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
	}
	return ticks(kernel) + ticks(user)
}

func shellCommand(line string) *exec.Cmd { return exec.Command("cmd.exe", "/C", line) }

func group(*exec.Cmd) {}

// processGroup returns 0: there are no process groups.
func processGroup(*exec.Cmd) int { return 0 }

func interruptGroup(cmd *exec.Cmd, _ <-chan struct{}) { killGroup(cmd) }

// killGroup ends the command; processes that it has started may live on.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
