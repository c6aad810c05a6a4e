// Command tally runs the project's checks one after the other and counts them: each argument is a command line, split
// at spaces. A command that starts with `go test` is run with -json and each of its tests counts; any other command
// counts as one test, named by its command line. What fails is printed as it fails; what passes is only counted. The
// last line is
//
//	N passed, N failed
//
// and the exit status is 1 where anything failed, where nothing ran, or where a test was skipped: a skipped test counts
// as failed, since a run that leaves things out must not look like one that tried them. tally is no test framework and
// knows no options; a package without tests is nothing to it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: tally COMMAND-LINE...")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := newReport(os.Stdout)
	for _, line := range os.Args[1:] {
		if ctx.Err() != nil {
			r.fail(line, "", "interrupted\n")
			break
		}
		run(ctx, r, strings.Fields(line))
	}
	r.close()
	if !r.ok() {
		os.Exit(1)
	}
}
