// Package install makes goherd known to Jupyter on this machine and looks after it: it writes and removes the
// kernelspec, opens JupyterLab, says what is missing and which version this is. It is what stands behind the verbs
// install, uninstall, lab, doctor and version. It installs nothing else: neither Jupyter nor Python nor Go, and it
// starts no kernel.
package install

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The exit codes of [Main].
const (
	exitOK     = 0
	exitFailed = 1 // the verb could not do what it is for
	exitUsage  = 2 // it was not called rightly
)

// Main runs one of the verbs install, uninstall, lab, doctor and version with the arguments that follow it and returns
// the exit code of the process: 0, 1 where the verb failed, 2 where it was called wrongly. What was asked for goes to
// stdout, what went wrong to stderr. On Unix `lab` doesn't return where it succeeds: JupyterLab takes the process over,
// with the process's own standard files.
func Main(ctx context.Context, verb string, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	exe, err := os.Executable()
	if err != nil {
		fmt.Fprintf(stderr, "goherd %s: finding the running program: %v\n", verb, err)
		return exitFailed
	}
	c := &command{verb: verb, exe: exe, stdin: stdin, stdout: stdout, stderr: stderr}
	var run func(context.Context, []string) error
	switch verb {
	case "install":
		run = c.install
	case "uninstall":
		run = c.uninstall
	case "lab":
		run = c.lab
	case "doctor":
		run = c.doctor
	case "version":
		run = c.version
	default:
		run = func(context.Context, []string) error { return usageError("no such verb") }
	}
	err = run(ctx, args)
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "goherd %s: %v\n", verb, err)
		return exitUsage
	case errors.Is(err, errReported):
		return exitFailed
	}
	fmt.Fprintf(stderr, "goherd %s: %v\n", verb, err)
	return exitFailed
}

// command is one call of a verb.
type command struct {
	verb           string
	exe            string // the running program
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError says what is wrong with a verb's arguments.
type usageError string

func (e usageError) Error() string { return string(e) }

// errReported is the error of a verb that has told already what failed.
var errReported = errors.New("failed")

// parse reads args into the flags. It returns flag.ErrHelp after having printed the help that was asked for, and a
// usageError for a flag that does not exist and for any argument that is no flag.
func (c *command) parse(fs *flag.FlagSet, args []string, about string) error {
	fs.SetOutput(io.Discard)
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(c.stdout, "usage: goherd %s [flags]\n\n%s\n", c.verb, about)
		fs.SetOutput(c.stdout)
		fs.PrintDefaults()
		return err
	} else if err != nil {
		return usageError(err.Error())
	}
	if fs.NArg() > 0 {
		return usageError(fmt.Sprintf("unexpected argument %q", fs.Arg(0)))
	}
	return nil
}

// target is where a kernelspec goes and what it is called.
type target struct {
	name string // of the kernelspec
	data string // Jupyter's data folder, which holds kernels/
}

func (t target) dir() string { return filepath.Join(t.data, "kernels", t.name) }

// target reads the flags that install and uninstall share.
func (c *command) target(ctx context.Context, args []string, about string) (target, error) {
	fs := flag.NewFlagSet(c.verb, flag.ContinueOnError)
	fs.Bool("user", false, "for this user, in Jupyter's data folder (the default)")
	sysPrefix := fs.Bool("sys-prefix", false, "for the active Python environment: VIRTUAL_ENV, CONDA_PREFIX or the one of `python3`")
	prefix := fs.String("prefix", "", "for the environment in `DIR`, in its share/jupyter")
	name := fs.String("name", Name, "the kernelspec's `name`")
	if err := c.parse(fs, args, about); err != nil {
		return target{}, err
	}
	places, prefixGiven := 0, false
	fs.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "user", "sys-prefix":
			if f.Value.String() == "true" {
				places++
			}
		case "prefix":
			places++
			prefixGiven = true
		}
	})
	if places > 1 {
		return target{}, usageError("only one of --user, --sys-prefix and --prefix can be given")
	}
	if err := checkName(*name); err != nil {
		return target{}, usageError(err.Error())
	}
	t := target{name: *name}
	switch {
	case prefixGiven:
		if *prefix == "" {
			return target{}, usageError("--prefix needs a folder")
		}
		abs, err := filepath.Abs(*prefix)
		if err != nil {
			return target{}, fmt.Errorf("prefix %s: %w", *prefix, err)
		}
		t.data = shareJupyter(abs)
	case *sysPrefix:
		env, err := environment(ctx)
		if err != nil {
			return target{}, err
		}
		t.data = shareJupyter(env)
	default:
		data, err := dataDir()
		if err != nil {
			return target{}, err
		}
		t.data = data
	}
	return t, nil
}

func (c *command) install(ctx context.Context, args []string) error {
	t, err := c.target(ctx, args, "Writes the kernelspec, with which Jupyter starts goherd.")
	if err != nil {
		return err
	}
	argv, err := write(t, c.exe)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "installed the kernelspec %s in %s\n", t.name, t.dir())
	if argv == c.exe {
		fmt.Fprintf(c.stdout, "it starts %s\n", argv)
	} else {
		fmt.Fprintf(c.stdout, "it starts a copy of this program, %s,\nbecause %s is a temporary file\n", argv, c.exe)
	}
	return nil
}

func (c *command) uninstall(ctx context.Context, args []string) error {
	t, err := c.target(ctx, args, "Removes the kernelspec that goherd install wrote with the same flags.")
	if err != nil {
		return err
	}
	removed, left, err := remove(t)
	for _, path := range removed {
		fmt.Fprintf(c.stdout, "removed %s\n", path)
	}
	for _, path := range left {
		fmt.Fprintf(c.stdout, "left %s, which goherd did not install\n", path)
	}
	return err
}
