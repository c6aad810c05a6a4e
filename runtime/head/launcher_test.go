//go:build unix

package head_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/head"
)

// A launcher starts this test's program as workers.
type launcher struct {
	dir string

	mu    sync.Mutex
	procs []*proc // all that were started
	env   []string
	fail  error // of Start
	rss   func(name string) int64
}

func (l *launcher) Start(spec head.WorkerSpec) (head.Process, error) {
	l.mu.Lock()
	env, fail := l.env, l.fail
	l.mu.Unlock()
	if fail != nil {
		return nil, fail
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(append(os.Environ(), "HEAD_TEST_WORKER=1"), env...), spec.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &proc{l: l, cmd: cmd, spec: spec, gone: make(chan struct{}), page: filepath.Join(l.dir, spec.Address.User)}
	p.printed.L = &p.mu
	if err := os.WriteFile(p.page, nil, 0o600); err != nil {
		return nil, err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.procs = append(l.procs, p)
	l.mu.Unlock()
	b, _ := json.Marshal(map[string]any{"Address": spec.Address, "Page": p.page})
	_, _ = stdin.Write(append(b, '\n')) // it may have died
	go func() {
		p.read(stdout)
		p.err = cmd.Wait()
		_ = stdin.Close()
		p.mu.Lock()
		p.mark = 1 << 60
		p.printed.Broadcast()
		p.mu.Unlock()
		close(p.gone)
	}()
	return p, nil
}

// started returns the processes that were started and haven't ended.
func (l *launcher) running() (ps []*proc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.procs {
		select {
		case <-p.gone:
		default:
			ps = append(ps, p)
		}
	}
	return ps
}

func (l *launcher) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

type proc struct {
	l    *launcher
	cmd  *exec.Cmd
	spec head.WorkerSpec
	page string
	gone chan struct{}
	err  error

	mu      sync.Mutex
	printed sync.Cond
	mark    int
	reason  string
}

func (p *proc) read(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		var task uint64
		var mark int
		if _, err := fmt.Sscanf(s.Text(), "M %d", &mark); err == nil {
			p.mu.Lock()
			p.mark = mark
			p.printed.Broadcast()
			p.mu.Unlock()
		} else if _, err := fmt.Sscanf(s.Text(), "P %d", &task); err == nil {
			text := strings.SplitN(s.Text(), " ", 3)[2]
			time.Sleep(20 * time.Millisecond) // who prints is in no hurry
			p.spec.Output(task, false, []byte(text))
		}
	}
}

func (p *proc) Pid() int { return p.cmd.Process.Pid }

func (p *proc) Printed(mark int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.mark < mark {
		p.printed.Wait()
	}
}

func (p *proc) Kill(reason string) {
	p.mu.Lock()
	p.reason = reason
	p.mu.Unlock()
	_ = syscall.Kill(-p.Pid(), syscall.SIGKILL) // it may have ended
}

func (p *proc) signal(s syscall.Signal) {
	select {
	case <-p.gone:
	default:
		_ = syscall.Kill(p.Pid(), s) // it may have ended
	}
}

func (p *proc) Gone() <-chan struct{} { return p.gone }

func (p *proc) Death() head.Death {
	p.mu.Lock()
	defer p.mu.Unlock()
	var d head.Death
	b, _ := os.ReadFile(p.page)
	_, _ = fmt.Sscanf(string(b), "%d %d", &d.Running, &d.Item) // empty if it ran nothing
	var exit *exec.ExitError
	errors.As(p.err, &exit)
	switch {
	case p.reason != "":
		d.Name, d.Text, d.Code, d.Wanted = "killed", p.reason, -1, true
	case exit == nil || exit.ExitCode() >= 0:
		d.Name, d.Code, d.Own = "exit", p.cmd.ProcessState.ExitCode(), true
		d.Text = fmt.Sprintf("exit status %d", d.Code)
	default:
		d.Name, d.Text, d.Code = "killed", exit.String(), -1
	}
	return d
}

func (p *proc) Usage() head.Usage {
	var u head.Usage
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
	if i := strings.LastIndex(string(b), ") "); i >= 0 {
		u.Stopped = b[i+2] == 'T'
	}
	b, _ = os.ReadFile(p.page)
	_, _ = fmt.Sscanf(string(b), "%d %d", &u.Running, &u.Item)
	u.RSS = 20e6
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	if p.l.rss != nil {
		u.RSS = p.l.rss(p.spec.Name)
	}
	return u
}

// A client has jobs done and counts what it gets.
type client struct {
	t    testing.TB
	conn *bus.Conn
	dir  string // the session's

	mu      sync.Mutex
	more    sync.Cond
	job     uint64
	results map[[2]uint64][]*bus.Result
	notes   []string
	started []*bus.Started
	caps    []*bus.Capacity
	keep    bool // don't say Taken
}

func (c *client) take(ms []bus.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range ms {
		switch m := m.(type) {
		case *bus.Result:
			k := [2]uint64{m.Job, m.Task}
			if m.Output.Blob != "" && !c.keep {
				im, err := c.conn.Open(m.Output)
				if err != nil {
					c.t.Errorf("result: %v", err)
				} else {
					m.Output = bus.Payload{Data: im.Data}
					im.Close()
				}
			}
			c.results[k] = append(c.results[k], m)
		case *bus.Note:
			c.notes = append(c.notes, m.Text)
		case *bus.Started:
			c.started = append(c.started, m)
		case *bus.Capacity:
			c.caps = append(c.caps, m)
		}
	}
	c.more.Broadcast()
}

// wait waits until f, which is called with the client locked.
func (c *client) wait(what string, f func() bool) {
	c.t.Helper()
	late := false
	timer := time.AfterFunc(60*time.Second, func() {
		c.mu.Lock()
		late = true
		c.more.Broadcast()
		c.mu.Unlock()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !f() && !late {
		c.more.Wait()
	}
	if late && !f() {
		c.t.Fatalf("waited in vain for %s", what)
	}
}

// open begins a job.
func (c *client) open(pool uint64, change func(*bus.Open)) uint64 {
	c.mu.Lock()
	c.job++
	o := &bus.Open{Job: c.job, Pool: pool, Run: 7, Spec: bus.Spec{Name: "f", Place: "cell [1], line 1", Deaths: 1}}
	c.mu.Unlock()
	if change != nil {
		change(o)
	}
	c.send(o)
	return o.Job
}

func (c *client) send(ms ...bus.Message) {
	c.t.Helper()
	if err := c.conn.Send(ms...); err != nil {
		c.t.Fatal(err)
	}
}

// task sends a task.
func (c *client) task(job, task uint64, items ...string) {
	c.t.Helper()
	b, _ := json.Marshal(items)
	in, err := c.conn.Pack(b, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(&bus.Task{Job: job, Task: task, Items: len(items), Input: in})
}

// result waits for the result of a task.
func (c *client) result(job, task uint64) *bus.Result {
	c.t.Helper()
	k := [2]uint64{job, task}
	c.wait(fmt.Sprintf("the result of task %d of job %d", task, job), func() bool { return len(c.results[k]) > 0 })
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.results[k][0]
}

// do has items done as one task and returns what they gave.
func (c *client) do(pool uint64, items ...string) (*bus.Result, []string) {
	c.t.Helper()
	j := c.open(pool, nil)
	c.task(j, 1, items...)
	c.send(&bus.Close{Job: j})
	r := c.result(j, 1)
	return r, outputs(r)
}

func outputs(r *bus.Result) (out []string) {
	_ = json.Unmarshal(r.Output.Data, &out) // nothing if there is nothing
	return out
}
