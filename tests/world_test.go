package tests

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// world is a home of its own with an installed kernelspec. When the test ends, nothing that it started may still run
// and no temporary file may be left.
type world struct {
	t    *testing.T
	dir  string // all of it
	home string
	tmp  string // TMPDIR
	work string // the working directory, for notebooks
	run  string // JUPYTER_RUNTIME_DIR
	env  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	if out, err := w.command(t.Context(), binary, "install").CombinedOutput(); err != nil {
		t.Fatalf("goherd install: %v\n%s", err, out)
	}
	return w
}

// bareWorld is a world without a kernelspec.
func bareWorld(t *testing.T) *world {
	t.Helper()
	// Not t.TempDir: its name carries the test's, and a socket's path must be short. Links in it would hide processes.
	dir, err := os.MkdirTemp("", "gh")
	if err != nil {
		t.Fatal(err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, home: filepath.Join(dir, "home"), tmp: filepath.Join(dir, "tmp"),
		work: filepath.Join(dir, "work"), run: filepath.Join(dir, "run")}
	for _, d := range []string{w.home, w.tmp, w.work, w.run} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "JUPYTER"), strings.HasPrefix(name, "GOHERD_"),
			strings.HasPrefix(name, "CONDA"), strings.HasPrefix(name, "PYTHON"):
		case slices.Contains([]string{"HOME", "USERPROFILE", "TMPDIR", "PATH", "GOCACHE", "GOMODCACHE", "GOPATH"}, name):
		default:
			w.env = append(w.env, v)
		}
	}
	w.env = append(w.env, goPaths...)
	w.env = append(w.env, "HOME="+w.home, "USERPROFILE="+w.home, "TMPDIR="+w.tmp, "JUPYTER_RUNTIME_DIR="+w.run,
		"PATH="+filepath.Dir(python())+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "GOHERD_TEST_WORLD="+dir)
	shared := sharedFiles()
	t.Cleanup(func() {
		w.noProcesses()
		w.noFiles(w.tmp)
		w.noFiles(w.run, "jupyter_cookie_secret", "file_locks") // these are Jupyter's to keep
		for _, f := range sharedFiles() {
			if !slices.Contains(shared, f) {
				t.Errorf("left in shared memory: %s", f)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("removing the world: %v", err)
		}
	})
	return w
}

// command is a program in this world, started in its working directory.
func (w *world) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = w.env, w.work
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// result is what a program has done.
type result struct {
	code           int
	stdout, stderr string
}

// goherd runs the binary to its end, which must come within a minute.
func (w *world) goherd(args ...string) result {
	w.t.Helper()
	return w.exec(binary, args...)
}

func (w *world) exec(name string, args ...string) result {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	cmd := w.command(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		w.t.Fatalf("%s %q: %v (%v)\nstdout: %s\nstderr: %s", name, args, err, ctx.Err(), &stdout, &stderr)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// write puts a file into the working directory and returns its path.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.work, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// processes returns what runs in this world: whatever has its folder or the binary in its command line, or its name
// in its environment where the system lets us read that.
func (w *world) processes() []*process.Process {
	all, err := process.Processes()
	if err != nil {
		w.t.Fatalf("listing processes: %v", err)
	}
	var ours []*process.Process
	for _, p := range all {
		if int(p.Pid) == os.Getpid() {
			continue
		}
		if st, err := p.Status(); err == nil && slices.Contains(st, process.Zombie) {
			continue
		}
		line, _ := p.Cmdline()
		env, _ := p.Environ()
		if strings.Contains(line, w.dir) || strings.Contains(line, binary) || slices.Contains(env, "GOHERD_TEST_WORLD="+w.dir) {
			ours = append(ours, p)
		}
	}
	return ours
}

// noProcesses waits up to five seconds until nothing runs in this world, and else fails the test and kills the rest.
func (w *world) noProcesses() {
	w.t.Helper()
	var left []*process.Process
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if left = w.processes(); len(left) == 0 {
			return
		}
	}
	for _, p := range left {
		line, _ := p.Cmdline()
		w.t.Errorf("still running: process %d, %s", p.Pid, line)
		_ = p.Kill()
	}
}

// noFiles fails the test for each file below dir but those called by one of the names.
func (w *world) noFiles(dir string, names ...string) {
	w.t.Helper()
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		if slices.Contains(names, d.Name()) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		w.t.Errorf("left behind: %s", path)
		return nil
	})
}

// sharedFiles lists the memory files of this system that have a name.
func sharedFiles() []string {
	entries, err := os.ReadDir("/dev/shm")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		// Others on this machine may use shared memory meanwhile; Chromium and Python's semaphores are theirs to remove.
		if strings.Contains(e.Name(), "goherd") {
			names = append(names, e.Name())
		}
	}
	return names
}

// eventually waits until ok is true, for at most the given time.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// copy copies a file of the repository into the working directory and returns its path.
func (w *world) copy(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.write(filepath.Base(name), string(data))
}
