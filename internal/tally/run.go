package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// run executes one command line, given as its fields, and puts what came of it into r.
func run(ctx context.Context, r *report, fields []string) {
	if len(fields) == 0 {
		r.fail("(empty command)", "", "")
		return
	}
	name := strings.Join(fields, " ")
	r.step(name)
	if len(fields) > 1 && fields[0] == "go" && fields[1] == "test" {
		goTest(ctx, r, name, slices.Insert(slices.Clone(fields), 2, "-json"))
		return
	}
	var out bytes.Buffer
	cmd := command(ctx, fields)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		r.fail(name, "", out.String()+err.Error()+"\n")
		return
	}
	r.pass()
}

// goTest runs `go test -json` and reads its events as they come. A failure of the command that no event explains, as
// of a flag that it does not know, counts as one failed test.
func goTest(ctx context.Context, r *report, name string, fields []string) {
	cmd := command(ctx, fields)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		r.fail(name, "", err.Error()+"\n")
		return
	}
	if err := cmd.Start(); err != nil {
		r.fail(name, "", err.Error()+"\n")
		return
	}
	failed := r.failed
	read(pipe, r)
	_, _ = io.Copy(io.Discard, pipe)
	if err := cmd.Wait(); err != nil && r.failed == failed {
		r.fail(name, "", errs.String()+err.Error()+"\n")
	}
}

// command makes a process that sees no terminal input and that is asked to end, then made to, where ctx ends.
func command(ctx context.Context, fields []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, fields[0], fields[1:]...)
	cmd.Env = os.Environ()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
