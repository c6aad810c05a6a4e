package child

import (
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/goherd/goherd/kernel/interp/link"
)

// command runs a command line in the user's shell. Its output streams into the cell;
// an interrupt ends it with everything it has started. What it leaves in the background
// goes on, and may print, until the interpreter ends.
func (s *session) command(r *run, line string) {
	if err := s.runCommand(r, line); r.tok.Interrupted() {
		r.fail(&link.Failure{Kind: link.FailInterrupt})
	} else if err != nil {
		r.fail(&link.Failure{Kind: link.FailCommand, Name: "command", Text: err.Error()})
	}
}

func (s *session) runCommand(r *run, line string) error {
	cmd := shellCommand(line)
	group(cmd)
	stdout, err := s.pump(s.stdout)
	if err != nil {
		return err
	}
	defer stdout.w.Close()
	stderr, err := s.pump(s.stderr)
	if err != nil {
		return err
	}
	defer stderr.w.Close()
	cmd.Stdout, cmd.Stderr = stdout.w, stderr.w
	if err := cmd.Start(); err != nil {
		return err
	}
	stdout.w.Close()
	stderr.w.Close()
	s.holdCommand(r, cmd, stdout, stderr)

	ended := make(chan struct{})
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		select {
		case <-r.tok.Done:
			interruptGroup(cmd, ended)
		case <-ended:
		}
	}()
	err = cmd.Wait() // "exit status 1"
	close(ended)
	<-killed
	stdout.settle()
	stderr.settle()
	return err
}

// holdCommand keeps a command among those that end with this process, until nobody can
// write to its output any more.
func (s *session) holdCommand(r *run, cmd *exec.Cmd, pumps ...*pump) {
	s.mu.Lock()
	s.commands[cmd] = true
	s.mu.Unlock()
	tell := func(event string) {
		_ = s.w.Send(link.Event{Type: event, Run: r.id, Group: processGroup(cmd)}) // the pipe ends with us
	}
	tell(link.EventGroup)
	go func() {
		for _, p := range pumps {
			<-p.ended
		}
		s.mu.Lock()
		delete(s.commands, cmd)
		s.mu.Unlock()
		tell(link.EventUngroup)
	}()
}

// killCommands ends the commands that are running: the kernel is gone.
func (s *session) killCommands() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for cmd := range s.commands {
		killGroup(cmd)
	}
}

// A pump copies what a command writes to the cell that started it, until the last
// process that holds w has ended.
type pump struct {
	w     *os.File
	ended chan struct{} // closed after the last write
	busy  atomic.Bool
	count atomic.Int64 // of reads
}

// pump starts a pump to the cell of the calling goroutine.
func (s *session) pump(to *Output) (*pump, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("the output of a command: %w", err)
	}
	p := &pump{w: w, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		defer r.Close()
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			p.busy.Store(true)
			p.count.Add(1)
			if n > 0 {
				if _, err := to.Write(buf[:n]); err != nil {
					return // the kernel is gone
				}
			}
			if err != nil {
				return
			}
			p.busy.Store(false)
		}
	}()
	return p, nil
}

// settleTime is how long the output of a command may be silent after its shell has
// ended before it is left to the background.
const settleTime = 50 * time.Millisecond

// settle waits until everything that was written has come, and doesn't wait for a
// process in the background that may write more.
func (p *pump) settle() {
	t := time.NewTicker(settleTime)
	defer t.Stop()
	for {
		seen := p.count.Load()
		select {
		case <-p.ended:
			return
		case <-t.C:
			if !p.busy.Load() && p.count.Load() == seen {
				return
			}
		}
	}
}
