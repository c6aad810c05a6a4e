package conform

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/wire"
)

const (
	// startLimit is how long a kernel may take to be ready.
	startLimit = 30 * time.Second
	// minLimit is how long any program may run in the kernel.
	minLimit = 30 * time.Second
	// slower is how much longer it may take than compiled.
	slower = 10
)

// A recorder collects what a kernel publishes.
type recorder struct {
	mu             sync.Mutex
	output, stdout strings.Builder
}

func (r *recorder) see(m *wire.Message) {
	if m.Header.MsgType != wire.MsgStream || m.Parent.MsgType != wire.MsgExecuteRequest {
		return
	}
	var s wire.Stream
	if m.Decode(&s) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.output.WriteString(s.Text)
	if s.Name == "stdout" {
		r.stdout.WriteString(s.Text)
	}
}

// RunCells runs cells one after the other in a new kernel, the goherd binary, until
// one fails. limit is for all of them together.
func RunCells(ctx context.Context, binary string, cells []string, limit time.Duration) (*Outcome, error) {
	home, err := os.MkdirTemp("", "conform-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	var rec recorder
	startCtx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	k, err := client.Launch(startCtx, []string{binary, "kernel", "-f", client.ConnectionFileArg}, client.LaunchOptions{
		Client: client.Options{OnIOPub: rec.see},
		Dir:    home,
		Env:    bareEnv(home),
	})
	if err != nil {
		return nil, err
	}
	defer k.Close()
	begin := time.Now()
	ctx, cancelRun := context.WithTimeout(ctx, limit)
	defer cancelRun()
	o := new(Outcome)
	for i, text := range cells {
		o.Cell = i + 1
		reply, err := k.Execute(ctx, text, client.ExecOptions{NoHistory: true}, nil)
		if err != nil {
			if ctx.Err() != nil {
				o.Hung = true
			} else {
				o.Died, o.Name, o.Value = true, "kernel", err.Error()
			}
			break
		}
		if reply.Status == wire.StatusOK {
			continue
		}
		o.Name, o.Value, o.Text = reply.Ename, reply.Evalue, strings.Join(reply.Traceback, "\n")
		o.Died = strings.Contains(o.Text, "This ended the interpreter") && o.Name != "exit"
		if status, ok := strings.CutPrefix(o.Value, "exit status "); ok && o.Name == "exit" {
			o.Exit, _ = strconv.Atoi(status)
		}
		break
	}
	o.Millis = time.Since(begin).Milliseconds()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	o.Output, o.Stdout = rec.output.String(), rec.stdout.String()
	return o, nil
}

// Limit is how long a program may run in the kernel that ran for the given time
// compiled.
func Limit(native int64) time.Duration {
	return max(minLimit, slower*time.Duration(native)*time.Millisecond)
}
