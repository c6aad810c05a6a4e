// Goherd is a Jupyter kernel for Go with a parallel runtime inside. This file only
// finds the verb; each is a function of a package below.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/goherd/goherd/install"
	"github.com/goherd/goherd/kernel"
	"github.com/goherd/goherd/kernel/client"
	"github.com/goherd/goherd/kernel/interp/child"
	"github.com/goherd/goherd/kernel/runner"
)

const usage = `goherd is a Jupyter kernel for Go.

usage: goherd VERB [arguments]

  run NOTEBOOK   run a notebook and show its outputs
  lab            open JupyterLab, with the kernel installed
  install        install the kernel for Jupyter (uninstall takes it out again)
  doctor         check what goherd needs, and say what to do
  version        say which version this is
  kernel -f FILE the kernel itself, as Jupyter starts it

"goherd VERB -h" tells a verb's arguments.
`

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	verb, args := args[0], args[1:]
	switch verb {
	case "run":
		self, err := os.Executable()
		if err != nil {
			fmt.Fprintln(stderr, "goherd: finding the running program:", err)
			return 1
		}
		return runner.Main(ctx, args, stdin, stdout, stderr, []string{self, "kernel", "-f", client.ConnectionFileArg})
	case "kernel":
		return kernel.Main(ctx, args, stderr)
	case "interp": // started by the kernel, not by people
		if err := child.Main(); err != nil {
			fmt.Fprintln(stderr, "goherd:", err)
			return 1
		}
		return 0
	case "worker": // started by the kernel, too
		if err := child.WorkerMain(); err != nil {
			fmt.Fprintln(stderr, "goherd:", err)
			return 1
		}
		return 0
	case "install", "uninstall", "lab", "doctor", "version":
		return install.Main(ctx, verb, args, stdin, stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return 0
	}
	fmt.Fprintf(stderr, "goherd: there is no verb %q; goherd help lists them\n", verb)
	return 2
}
