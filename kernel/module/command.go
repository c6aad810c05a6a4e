package module

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// tags choose the pure Go of packages that have faster ways too, which can't be interpreted.
const tags = "noasm,purego,arrow_json_stdlib"

// A goCommand is the user's go command in the module of a session.
type goCommand struct {
	dir      string
	env      []string
	progress func(string) // may be nil
}

// errNoGo says what is missing.
var errNoGo = errors.New("there is no go command, which is needed to download modules: install Go (https://go.dev/dl) so that go is found in PATH")

// begin makes the module if there is none.
func (g *goCommand) begin(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(g.dir, "go.mod")); err == nil {
		return nil
	}
	quiet := *g
	quiet.progress = nil
	_, err := quiet.run(ctx, "mod", "init", "notebook")
	return err
}

// graph returns the versions of all modules by path.
func (g *goCommand) graph(ctx context.Context) (map[string]string, error) {
	out, err := g.run(ctx, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var mod struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return nil, fmt.Errorf("go mod edit -json: %w", err)
	}
	graph := map[string]string{}
	for _, r := range mod.Require {
		graph[r.Path] = r.Version
	}
	return graph, nil
}

// packages returns the packages of modules that others can import. What these need is not looked at, and nothing is downloaded.
func (g *goCommand) packages(ctx context.Context, modules []Module) ([]Package, error) {
	args := []string{"list", "-e", "-find", "-mod=readonly", "-tags", tags, "-json=ImportPath,Name,Doc"}
	for _, m := range modules {
		args = append(args, m.Path+"/...")
	}
	here := *g
	here.env = append(slices.Clone(g.env), "GOPROXY=off")
	out, err := here.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	var list []Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Name, Doc string }
		switch err := dec.Decode(&p); {
		case err == io.EOF:
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("go list -json: %w", err)
		}
		if p.Name != "" && p.Name != "main" && !isInternal(p.ImportPath) {
			list = append(list, Package{p.ImportPath, p.Name, p.Doc})
		}
	}
}

// run runs the go command and returns what it prints.
func (g *goCommand) run(ctx context.Context, args ...string) ([]byte, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, errNoGo
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = g.dir
	flags := os.Getenv("GOFLAGS")
	for _, e := range g.env {
		if v, ok := strings.CutPrefix(e, "GOFLAGS="); ok {
			flags = v
		}
	}
	cmd.Env = append(append(os.Environ(), g.env...), "GOWORK=off", "GO111MODULE=on", "CGO_ENABLED=0",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOFLAGS="+strings.TrimSpace(flags+" -mod=mod"), "PWD="+g.dir)
	var out bytes.Buffer
	cmd.Stdout = &out
	notes := &lines{each: g.line}
	cmd.Stderr = notes
	cmd.Cancel = func() error {
		if runtime.GOOS == "windows" {
			return cmd.Process.Kill()
		}
		return cmd.Process.Signal(os.Interrupt) // it ends what it has started
	}
	cmd.WaitDelay = 3 * time.Second
	err = cmd.Run()
	notes.end()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, explain(args[0], notes.all, err)
}

// line passes on what is worth telling while it happens.
func (g *goCommand) line(text string) {
	if text, ok := strings.CutPrefix(text, "go: "); ok && g.progress != nil && strings.HasPrefix(text, "downloading ") {
		g.progress(text)
	}
}

// explain makes a short error of what the go command said.
func explain(verb string, said []string, err error) error {
	var own []string
	for _, text := range said {
		text = strings.TrimSpace(strings.TrimPrefix(text, "go: "))
		first, _, _ := strings.Cut(text, " ")
		switch first {
		case "", "downloading", "added", "upgraded", "downgraded", "removed", "creating", "finding", "found", "warning:":
			continue
		}
		own = append(own, text)
	}
	if len(own) == 0 {
		return fmt.Errorf("go %s: %w", verb, err)
	}
	all := strings.Join(own, "\n")
	hint := ""
	switch {
	case strings.Contains(all, "no such host"), strings.Contains(all, "connection refused"), strings.Contains(all, "network is unreachable"), strings.Contains(all, "i/o timeout"):
		hint = " (is there a connection to the network? the go command downloads from " + proxyHint() + ")"
	case strings.Contains(all, "terminal prompts disabled"), strings.Contains(all, "could not read Username"):
		hint = " (there is no such repository, or it is private: see GOPRIVATE in go help environment)"
		own = own[:1]
	}
	if len(own) > maxLines {
		own = append(own[:maxLines], "…")
	}
	for i, text := range own {
		if r := []rune(text); len(r) > maxLine {
			own[i] = string(r[:maxLine]) + "…"
		}
	}
	return errors.New(strings.Join(own, "\n") + hint)
}

// How much of what the go command says is shown.
const (
	maxLines = 4
	maxLine  = 300
)

func proxyHint() string {
	if p := os.Getenv("GOPROXY"); p != "" {
		return "GOPROXY=" + p
	}
	return "the module proxy that go env GOPROXY names"
}

// lines takes text and passes each whole line on.
type lines struct {
	each func(string)

	mu   sync.Mutex
	part []byte
	all  []string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, b...)
	for {
		i := bytes.IndexByte(l.part, '\n')
		if i < 0 {
			return len(b), nil
		}
		l.add(string(l.part[:i]))
		l.part = l.part[i+1:]
	}
}

func (l *lines) add(text string) {
	text = strings.TrimRight(text, "\r")
	l.all = append(l.all, text)
	l.each(text)
}

// end passes on what isn't a whole line.
func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.part) > 0 {
		l.add(string(l.part))
		l.part = nil
	}
}
