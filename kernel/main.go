package kernel

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/goherd/goherd/kernel/history"
	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/wire"
)

// Main is the verb "kernel": it serves a connection file until a client asks for the
// end, the process that started it has ended, or a signal comes. It returns the exit
// code.
func Main(ctx context.Context, args []string, stderr io.Writer) int {
	fs := flag.NewFlagSet("goherd kernel", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	file := fs.String("f", "", "connection `file`, which Jupyter writes")
	if err := fs.Parse(args); err != nil || fs.NArg() > 0 || *file == "" {
		fmt.Fprintln(stderr, "goherd: usage: goherd kernel -f FILE (Jupyter starts it; to run a notebook: goherd run NOTEBOOK)")
		return 2
	}
	info, err := wire.LoadConnection(*file)
	if err != nil {
		fmt.Fprintln(stderr, "goherd:", err)
		return 2
	}
	limit, err := memoryLimit()
	if err != nil {
		fmt.Fprintln(stderr, "goherd:", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: logLevel()}))
	// Signals first: one that comes now must not end the process half-way.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	path, err := history.DefaultPath()
	if err != nil {
		log.Warn("the history is kept in memory", "error", err)
		path = ":memory:"
	}
	// The kernel's own garbage is short-lived: collecting it four times less often costs
	// some MB while cells run, which are given back when none does.
	debug.SetGCPercent(gcPercent)
	k, err := Start(info, Options{Log: log, History: history.Open(path, log), Interp: interp.Options{MemoryLimit: limit}})
	if err != nil {
		fmt.Fprintln(stderr, "goherd:", err)
		return 1
	}
	ended := make(chan struct{})
	defer close(ended)
	go watchParent(k, ended)
	go func() {
		for {
			select {
			case sig := <-signals:
				if sig == os.Interrupt {
					k.Interrupt()
					continue
				}
				k.Shutdown(errShutdown)
			case <-ctx.Done():
				k.Shutdown(context.Cause(ctx))
				return
			case <-ended:
				return
			}
		}
	}()
	if err := k.Wait(); err != nil && !errors.Is(err, errOrphan) {
		fmt.Fprintln(stderr, "goherd:", err)
		return 1
	}
	return 0
}

const gcPercent = 400

func logLevel() slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(os.Getenv("GOHERD_LOG"))); err != nil {
		return slog.LevelWarn
	}
	return l
}

// errOrphan is why a kernel ends whose parent has ended.
var errOrphan = errors.New("the process that started the kernel has ended")

// parentEvery is how often a kernel looks whether its parent lives.
const parentEvery = time.Second

// watchParent ends a kernel whose Jupyter server is gone: nobody else would. Servers
// name themselves in JPY_PARENT_PID.
func watchParent(k *Kernel, ended <-chan struct{}) {
	server, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	if err != nil || server <= 1 {
		return
	}
	parent := os.Getppid()
	t := time.NewTicker(parentEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ended:
			return
		}
		alive, err := process.PidExists(int32(server))
		if os.Getppid() != parent || err == nil && !alive {
			k.Shutdown(errOrphan)
			return
		}
	}
}
