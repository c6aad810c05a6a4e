//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// peer is a Python process that measures one of the peers: peers/serve.py.
type peer struct {
	cmd     *exec.Cmd
	rows    io.WriteCloser
	answers chan string // closed when it has ended
	errs    tail
}

func startPeer(python, name, dir string) (session, error) {
	p := &peer{answers: make(chan string)}
	p.cmd = exec.Command(python, filepath.Join("bench", "parallel", "peers", "serve.py"), name, dir)
	p.cmd.Env = append(os.Environ(), "PYTHONWARNINGS=ignore", "PYTHONDONTWRITEBYTECODE=1", "OMP_NUM_THREADS=1")
	p.cmd.Stderr = &p.errs
	p.cmd.WaitDelay = time.Second // what it leaves behind may keep the pipe
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if p.rows, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.answers)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.answers <- s.Text()
		}
	}()
	return p, nil
}

func (p *peer) pid() int { return p.cmd.Process.Pid }

func (p *peer) do(ctx context.Context, row string) (a answer, err error) {
	if _, err := fmt.Fprintln(p.rows, row); err != nil {
		return a, fmt.Errorf("%w\n%s", err, p.end())
	}
	select {
	case line, ok := <-p.answers:
		if !ok {
			return a, fmt.Errorf("it ended\n%s", p.end())
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			return a, fmt.Errorf("%w in %q", err, line)
		}
		return a, nil
	case <-ctx.Done():
		return a, fmt.Errorf("%w\n%s", context.Cause(ctx), p.end())
	}
}

// end kills it and returns its last words.
func (p *peer) end() string {
	p.cmd.Process.Kill() // fails if it has ended
	for range p.answers {
	}
	p.cmd.Wait() // of how it ended, its words say more
	return p.errs.String()
}

// close lets it end by itself, for a while.
func (p *peer) close() error {
	p.rows.Close()
	late := time.AfterFunc(20*time.Second, func() { p.cmd.Process.Kill() })
	defer late.Stop()
	for range p.answers {
	}
	p.cmd.Wait()
	return endOrphans()
}
