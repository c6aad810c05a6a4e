package child

import (
	"errors"
	"fmt"
	"os/exec"

	"github.com/goherd/goherd/kernel/interp/link"
)

// command runs a command line in the user's shell. Its output streams into the cell;
// an interrupt ends it with everything it has started.
func (s *session) command(r *run, line string) {
	cmd := shellCommand(line)
	cmd.Stdout, cmd.Stderr = s.stdout, s.stderr
	group(cmd)
	if err := cmd.Start(); err != nil {
		r.fail(&link.Failure{Kind: link.FailCommand, Name: "command", Text: err.Error()})
		return
	}
	s.mu.Lock()
	r.command = cmd
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		select {
		case <-r.tok.Done:
			interruptGroup(cmd, ended)
		case <-ended:
		}
	}()
	err := cmd.Wait()
	close(ended)
	if r.tok.Interrupted() {
		r.fail(&link.Failure{Kind: link.FailInterrupt})
		return
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		r.fail(&link.Failure{Kind: link.FailCommand, Name: "command", Text: fmt.Sprint(exit)})
	} else if err != nil {
		r.fail(&link.Failure{Kind: link.FailCommand, Name: "command", Text: err.Error()})
	}
}

// killCommands ends the commands that are running: the kernel is gone.
func (s *session) killCommands() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		if r.command != nil {
			killGroup(r.command)
		}
	}
}
