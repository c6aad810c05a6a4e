package install

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/goherd/goherd/kernel/history"
)

// verdict is what the doctor thinks of one finding.
type verdict int

const (
	fine    verdict = iota
	warning         // goherd works, but something around it doesn't, or not well
	failure         // goherd does not work
)

func (v verdict) String() string { return [...]string{"ok", "warn", "fail"}[v] }

// finding is one thing that the doctor looked at.
type finding struct {
	verdict verdict
	name    string
	detail  string
	advice  string // what to do; "" where nothing is to be done
}

// doctor looks at what goherd needs and prints a line for each thing, with advice where it isn't well. It changes
// nothing on the machine. It fails where goherd can't be used.
func (c *command) doctor(ctx context.Context, args []string) error {
	if err := c.parse(flag.NewFlagSet(c.verb, flag.ContinueOnError), args, "Checks what goherd needs on this machine and says what to do."); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	findings := []finding{goToolchain(ctx)}
	findings = append(findings, jupyterFindings(ctx)...)
	findings = append(findings, memoryFindings()...)
	findings = append(findings, sharedMemory(), loopback(ctx))
	findings = append(findings, folderFindings()...)
	findings = append(findings, openFiles(), terminal(c.stdout))

	width, failed := 0, 0
	for _, f := range findings {
		width = max(width, len(f.name))
	}
	for _, f := range findings {
		fmt.Fprintf(c.stdout, "%-4s  %-*s  %s\n", f.verdict, width, f.name, f.detail)
		if f.advice != "" {
			fmt.Fprintf(c.stdout, "      %-*s  -> %s\n", width, "", f.advice)
		}
		if f.verdict == failure {
			failed++
		}
	}
	if failed > 0 {
		fmt.Fprintf(c.stderr, "goherd doctor: goherd cannot be used here: %d of %d checks failed\n", failed, len(findings))
		return errReported
	}
	return nil
}

func goToolchain(ctx context.Context) finding {
	f := finding{name: "Go"}
	path, err := exec.LookPath("go")
	if err != nil {
		f.verdict, f.detail = warning, "no go command in PATH"
		f.advice = "cells run without it; install Go for packages that are not in the standard library"
		return f
	}
	out, err := exec.CommandContext(ctx, path, "env", "GOVERSION", "GOROOT").Output()
	version, root, ok := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || !ok {
		f.verdict, f.detail = warning, fmt.Sprintf("%s env failed: %v", path, err)
		f.advice = "see to it that `go version` works"
		return f
	}
	f.detail = fmt.Sprintf("%s in %s", version, strings.TrimSpace(root))
	return f
}

func jupyterFindings(ctx context.Context) []finding {
	lab := finding{name: "JupyterLab"}
	program, ok := findTool("jupyter-lab")
	if !ok {
		lab.verdict, lab.detail = warning, "not found"
		lab.advice = "pipx install jupyterlab; goherd run does without"
	} else if out, err := exec.CommandContext(ctx, program, "--version").Output(); err != nil {
		lab.verdict, lab.detail = warning, fmt.Sprintf("%s --version: %v", program, err)
		lab.advice = "reinstall JupyterLab"
	} else {
		lab.detail = strings.TrimSpace(string(out)) + ", " + program
		if strings.HasPrefix(lab.detail, "3.") {
			lab.verdict, lab.advice = warning, "goherd is tested with JupyterLab 4"
		}
	}
	jupyter, found := findTool("jupyter")
	if !found && program != "" {
		jupyter = beside(program, "jupyter")
	}
	return []finding{lab, kernelspecFinding(ctx, jupyter)}
}

func kernelspecFinding(ctx context.Context, jupyter string) finding {
	f := finding{name: "kernelspec"}
	spec, dir, err := find(ctx, jupyter, Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.verdict, f.detail, f.advice = warning, "not installed", "goherd install"
		return f
	case err != nil:
		f.verdict, f.detail, f.advice = failure, err.Error(), "goherd install, after removing the folder"
		return f
	case !spec.ours():
		f.verdict, f.detail, f.advice = failure, dir+" was not written by goherd", "goherd install --name another"
		return f
	}
	program := spec.Argv[0]
	switch v, err := programVersion(ctx, program); {
	case errors.Is(err, fs.ErrNotExist):
		f.verdict, f.detail = failure, fmt.Sprintf("%s starts %s, which does not exist", dir, program)
	case err != nil:
		f.verdict, f.detail = failure, fmt.Sprintf("%s starts %s: %v", dir, program, err)
	case v != Version():
		f.verdict, f.detail = warning, fmt.Sprintf("%s starts goherd %s, this is %s", dir, v, Version())
	default:
		f.detail = dir
		return f
	}
	f.advice = "goherd install writes it anew"
	return f
}

func folderFindings() []finding {
	type folder struct {
		name string
		dir  string
		err  error
	}
	var folders []folder
	data, err := dataDir()
	folders = append(folders, folder{"Jupyter's data", data, err})
	run, err := runtimeDir()
	folders = append(folders, folder{"Jupyter's runtime", run, err})
	if file, err := history.DefaultPath(); file != history.Memory {
		folders = append(folders, folder{"history", filepath.Dir(file), err})
	}
	cache, err := os.UserCacheDir()
	folders = append(folders, folder{"cache", cache, err}, folder{"temporary files", os.TempDir(), nil})

	var findings []finding
	for _, d := range folders {
		f := finding{name: d.name, detail: d.dir}
		err := d.err
		if err == nil {
			err = writable(d.dir)
		}
		if err != nil {
			f.verdict, f.detail = failure, err.Error()
			f.advice = "make the folder writable, or point Jupyter's variables or HOME at another one"
		}
		findings = append(findings, f)
	}
	return findings
}

// writable tries to make a file in dir, or in the innermost folder above it that exists.
func writable(dir string) error {
	for {
		st, err := os.Stat(dir)
		if err == nil && !st.IsDir() {
			return fmt.Errorf("%s is not a folder", dir)
		}
		if err == nil {
			break
		}
		if up := filepath.Dir(dir); up != dir && errors.Is(err, fs.ErrNotExist) {
			dir = up
			continue
		}
		return err
	}
	f, err := os.CreateTemp(dir, ".goherd-*")
	if err != nil {
		return fmt.Errorf("%s is not writable: %w", dir, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func terminal(w io.Writer) finding {
	f := finding{name: "terminal"}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		f.detail = "output is no terminal: goherd run prints no progress line and no colour"
		return f
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		f.verdict, f.detail = warning, "its size is unknown: "+err.Error()
		return f
	}
	f.detail = fmt.Sprintf("%d columns, %d lines", width, height)
	if name := os.Getenv("TERM"); name != "" {
		f.detail = name + ", " + f.detail
	}
	if runtime.GOOS != "windows" && os.Getenv("TERM") == "dumb" {
		f.detail += ", no colour"
	}
	return f
}
