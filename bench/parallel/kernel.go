//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/wire"
)

// kernel is goherd: a kernel in which the cells of cells.go are run.
type kernel struct {
	k   *client.Kernel
	dir string
}

func startKernel(ctx context.Context, binary, dir string) (session, error) {
	k, err := client.Launch(ctx, []string{binary, "kernel", "-f", client.ConnectionFileArg}, client.LaunchOptions{
		Dir: dir, Env: []string{"GOHERD_HISTORY=" + dir + "/history.sqlite"}})
	if err != nil {
		return nil, err
	}
	return &kernel{k, dir}, nil
}

func (k *kernel) pid() int { return k.k.PID() }

func (k *kernel) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(k.k.Shutdown(ctx), endOrphans())
}

// errCell is wrapped by the error of a cell that failed.
var errCell = errors.New("the cell failed")

// cell runs a cell and returns what it printed. begun, if there is one, is called when the kernel is busy with it.
func (k *kernel) cell(ctx context.Context, code string, begun func()) (printed string, err error) {
	var out strings.Builder
	reply, err := k.k.Execute(ctx, code, client.ExecOptions{}, func(m *wire.Message) {
		switch m.Header.MsgType {
		case wire.MsgStatus:
			if begun != nil {
				begun()
				begun = nil
			}
		case wire.MsgStream:
			var s wire.Stream
			if err := m.Decode(&s); err == nil {
				out.WriteString(s.Text)
			}
		}
	})
	if err == nil && reply.Status != wire.StatusOK {
		err = fmt.Errorf("%w: %s: %s", errCell, reply.Ename, reply.Evalue)
	}
	return out.String(), err
}

func (k *kernel) do(ctx context.Context, row string) (answer, error) {
	switch row {
	case "about":
		_, err := k.cell(ctx, setup, nil)
		return answer{Check: strings.TrimPrefix(runtime.Version(), "go")}, err
	case "interrupted":
		return k.interrupted(ctx)
	}
	code, ok := cells[row]
	if !ok {
		return answer{Missing: true}, nil
	}
	folder, err := os.MkdirTemp(k.dir, "")
	if err != nil {
		return answer{}, err
	}
	defer os.RemoveAll(folder)
	out, err := k.cell(ctx, "{\nfolder := "+strconv.Quote(folder)+"\n_ = folder\n"+code+"\n}", nil)
	if err != nil {
		return answer{}, err
	}
	return parse(out)
}

// parse reads what the func measured of a cell prints, which may stand between other lines.
func parse(out string) (a answer, err error) {
	for line := range strings.Lines(out) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "measured ")
		if !ok {
			continue
		}
		value, check, _ := strings.Cut(rest, " ")
		if a.Value, err = strconv.ParseFloat(value, 64); err != nil {
			return a, err
		}
		check, pids, _ := strings.Cut(check, " by ")
		a.Check = check
		for p := range strings.FieldsSeq(pids) {
			pid, err := strconv.Atoi(p)
			if err != nil {
				return a, err
			}
			a.PIDs = append(a.PIDs, pid)
		}
		return a, nil
	}
	return a, fmt.Errorf("the cell measured nothing: it printed %q", out)
}

// interrupted measures from the interrupt of one cell to the results of the next.
func (k *kernel) interrupted(ctx context.Context) (answer, error) {
	var begin time.Time
	sent := make(chan error, 1)
	_, err := k.cell(ctx, spinning, func() {
		go func() {
			time.Sleep(500 * time.Millisecond)
			begin = time.Now()
			sent <- k.k.Interrupt(ctx)
		}()
	})
	if err := errors.Join(<-sent, ctx.Err()); err != nil {
		return answer{}, err
	}
	if !errors.Is(err, errCell) {
		return answer{}, fmt.Errorf("the interrupted cell ended with the error %v", err)
	}
	out, err := k.cell(ctx, afterwards, nil)
	if err != nil {
		return answer{}, err
	}
	a, err := parse(out)
	a.Value = time.Since(begin).Seconds()
	return a, err
}
