package conform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Native compiles programs with the Go toolchain and runs them. What they did is kept,
// by the text of the program, so that it costs nothing the second time.
type Native struct {
	dir string // of what is kept

	mu    sync.Mutex
	known map[string]*Outcome // by key; read from a file of the repository
}

// NewNative keeps outcomes in dir; "" is a folder in the user's cache.
func NewNative(dir string) (*Native, error) {
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "goherd-conform")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Native{dir: dir, known: map[string]*Outcome{}}, nil
}

// Load takes the outcomes in a file that Save has written; programs that have changed
// since are compiled nevertheless.
func (n *Native) Load(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := json.Unmarshal(text, &n.known); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// Save writes the outcomes of programs to a file.
func (n *Native) Save(file string, programs []*Program) error {
	out := map[string]*Outcome{}
	for _, p := range programs {
		if p.Want != nil {
			out[key(p.Source)] = p.Want
		}
	}
	text, err := json.MarshalIndent(out, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// key identifies a program and the release of Go that it is compiled with.
func key(src []byte) string {
	v := strings.SplitN(runtime.Version(), ".", 3)
	h := sha256.New()
	fmt.Fprintf(h, "1 %s\n", strings.Join(v[:min(2, len(v))], "."))
	h.Write(src)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// nativeLimit is how long a compiled program may run.
const nativeLimit = 60 * time.Second

// Run returns what the compiled program does.
func (n *Native) Run(ctx context.Context, src []byte) (*Outcome, error) {
	k := key(src)
	n.mu.Lock()
	o := n.known[k]
	n.mu.Unlock()
	if o != nil {
		return o, nil
	}
	file := filepath.Join(n.dir, k+".json")
	if text, err := os.ReadFile(file); err == nil {
		o := new(Outcome)
		if json.Unmarshal(text, o) == nil {
			return o, nil
		}
	}
	o, err := n.run(ctx, src)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return o, os.WriteFile(file, text, 0o644)
}

func (n *Native) run(ctx context.Context, src []byte) (*Outcome, error) {
	dir, err := os.MkdirTemp("", "conform-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file, bin := filepath.Join(dir, "program.go"), filepath.Join(dir, "program.exe")
	if err := os.WriteFile(file, src, 0o644); err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, file)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, oneLine(string(out)))
	}
	// Once with both streams in one pipe, for the order; once apart.
	var both, stdout, stderr bytes.Buffer
	begin := time.Now()
	code, err := n.execute(ctx, bin, &both, &both)
	if err != nil {
		return nil, err
	}
	took := time.Since(begin)
	again, err := n.execute(ctx, bin, &stdout, &stderr)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Output: both.String(), Stdout: stdout.String(), Exit: code, Millis: took.Milliseconds()}
	if code != again {
		return nil, fmt.Errorf("it ended with status %d and then with %d", code, again)
	}
	if code == 2 {
		o.cutCrash(stderr.String())
	}
	if tidyLen := len(stdout.String()) + len(stderr.String()); o.Crash == "" && tidyLen != both.Len() {
		return nil, errors.New("two runs print different things")
	}
	return o, nil
}

// cutCrash takes what the Go runtime says at the end of a program out of its output.
func (o *Outcome) cutCrash(stderr string) {
	end := strings.Index(stderr, "\n\ngoroutine ")
	if end < 0 {
		return
	}
	text := stderr[:end]
	at := -1
	for _, head := range []string{"panic: ", "fatal error: "} {
		for i := len(text); i >= 0; {
			i = strings.LastIndex(text[:i], head)
			if i >= 0 && (i == 0 || text[i-1] == '\n') {
				at = max(at, i)
				break
			}
			if i < 0 {
				break
			}
		}
	}
	if at < 0 { // after a line that has no end
		at = strings.LastIndex(text, "panic: ")
	}
	if at < 0 {
		return
	}
	crash := text[at:]
	if i := strings.Index(o.Output, crash); i >= 0 {
		o.Output = o.Output[:i]
		if j := strings.Index(o.Output, "runtime: goroutine stack exceeds"); j >= 0 {
			o.Output = o.Output[:j]
		}
	}
	if i := strings.Index(crash, "\n[signal "); i >= 0 {
		crash = crash[:i]
	}
	o.Crash = crash
}

func (n *Native) execute(ctx context.Context, bin string, stdout, stderr *bytes.Buffer) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, nativeLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "conform-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	c := exec.CommandContext(ctx, bin)
	c.Dir, c.Stdout, c.Stderr = dir, stdout, stderr
	c.Env = append(os.Environ(), bareEnv(dir)...)
	c.WaitDelay = time.Second
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, fmt.Errorf("the compiled program runs for more than %v", nativeLimit)
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	}
	return 0, err
}

// bareEnv hides the Go toolchain, and the user's own files.
func bareEnv(home string) []string {
	return []string{"PATH=" + filepath.Join(home, "bin"), "GOROOT=", "GOPATH=", "GOFLAGS=", "HOME=" + home, "GOHERD_WARNINGS=off",
		"XDG_DATA_HOME=", "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "APPDATA=" + home, "LOCALAPPDATA=" + home}
}
