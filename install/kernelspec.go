package install

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
)

// Name is the kernelspec's name where no other is asked for.
const Name = "goherd"

var (
	//go:embed logo/logo-32x32.png
	logo32 []byte
	//go:embed logo/logo-64x64.png
	logo64 []byte
	//go:embed logo/logo-svg.svg
	logoSVG []byte
)

// kernelspec is a kernel.json, as described in "Making kernels for Jupyter".
type kernelspec struct {
	Argv          []string       `json:"argv"`
	DisplayName   string         `json:"display_name"`
	Language      string         `json:"language"`
	InterruptMode string         `json:"interrupt_mode,omitempty"`
	Metadata      map[string]any `json:"metadata,omitempty"`
}

// marker is the key in the metadata by which goherd knows its own kernelspecs; its value is the version that wrote it.
const marker = "goherd"

// ours tells whether goherd wrote k.
func (k kernelspec) ours() bool { return k.Metadata[marker] != nil && len(k.Argv) > 0 }

var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// checkName refuses what Jupyter doesn't take as the name of a kernelspec, and what would be no single folder.
func checkName(name string) error {
	if !goodName.MatchString(name) {
		return fmt.Errorf("bad name %q: a kernelspec's name has small letters, digits, '.', '_' and '-' and begins with a letter or digit", name)
	}
	return nil
}

// newSpec returns the kernelspec that starts the program exe.
func newSpec(name, exe string) kernelspec {
	return kernelspec{
		Argv:          []string{exe, "kernel", "-f", "{connection_file}"},
		DisplayName:   "Go (" + name + ")",
		Language:      "go",
		InterruptMode: "message",
		Metadata:      map[string]any{"debugger": false, marker: map[string]any{"version": Version()}},
	}
}

// copyName is the name of the program's copy in a kernelspec's folder.
func copyName() string {
	if runtime.GOOS == "windows" {
		return "goherd.exe"
	}
	return "goherd"
}

// write installs the kernelspec and returns the program that it starts: exe, or a copy of it beside kernel.json where
// exe won't last. kernel.json is written last, and each file appears whole: a folder without kernel.json is no
// kernelspec to Jupyter. What a failed write has made is removed again.
func write(t target, exe string) (program string, err error) {
	dir := t.dir()
	old, err := readSpec(dir)
	switch {
	case err == nil && !old.ours():
		return "", fmt.Errorf("%s is the kernelspec of another kernel, %q; choose a different --name", dir, old.DisplayName)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%w; remove the folder or choose a different --name", err)
	}
	made, err := mkdirAll(dir)
	if err != nil {
		return "", fmt.Errorf("installing the kernelspec: %w", err)
	}
	defer func() {
		if err == nil {
			return
		}
		for _, d := range made { // the innermost first
			if d == dir {
				_ = os.RemoveAll(d)
			} else {
				_ = os.Remove(d)
			}
		}
	}()

	program = exe
	if transient(exe) {
		program = filepath.Join(dir, copyName())
		if err := copyProgram(program, exe); err != nil {
			return "", fmt.Errorf("copying the program: %w", err)
		}
	}
	spec, err := json.MarshalIndent(newSpec(t.name, program), "", "  ")
	if err != nil {
		return "", fmt.Errorf("kernel.json: %w", err)
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{"logo-32x32.png", logo32}, {"logo-64x64.png", logo64}, {"logo-svg.svg", logoSVG}, {"kernel.json", append(spec, '\n')}} {
		if err := writeFile(filepath.Join(dir, f.name), f.text); err != nil {
			return "", fmt.Errorf("installing the kernelspec: %w", err)
		}
	}
	if program == exe {
		// An earlier install from a temporary program may have left its copy, which nothing starts any more.
		_ = os.Remove(filepath.Join(dir, copyName()))
	}
	return program, nil
}

// mkdirAll is os.MkdirAll that returns the folders that it made, the innermost first.
func mkdirAll(dir string) (made []string, err error) {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		for _, d := range made {
			_ = os.Remove(d)
		}
		return nil, err
	}
	return made, nil
}

// readSpec reads the kernelspec in dir. The error wraps fs.ErrNotExist where there is none.
func readSpec(dir string) (kernelspec, error) {
	path := filepath.Join(dir, "kernel.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return kernelspec{}, fmt.Errorf("reading the kernelspec: %w", err)
	}
	var k kernelspec
	if err := json.Unmarshal(text, &k); err != nil {
		return kernelspec{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// remove deletes what write has made at t and nothing else. It returns what it removed and what else lies in the
// folder, which then stays.
func remove(t target) (removed, left []string, err error) {
	dir := t.dir()
	old, err := readSpec(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("the kernelspec %s is not installed in %s", t.name, t.data)
	} else if err != nil {
		return nil, nil, err
	} else if !old.ours() {
		return nil, nil, fmt.Errorf("%s is the kernelspec of another kernel, %q, and is left alone", dir, old.DisplayName)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("uninstalling: %w", err)
	}
	// kernel.json first: from then on Jupyter no longer offers the kernel.
	files := []string{"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg", copyName()}
	for _, name := range files {
		path := filepath.Join(dir, name)
		switch err := os.Remove(path); {
		case err == nil:
			removed = append(removed, path)
		case !errors.Is(err, fs.ErrNotExist):
			return removed, nil, fmt.Errorf("uninstalling: %w", err)
		}
	}
	for _, e := range entries {
		if !slices.Contains(files, e.Name()) {
			left = append(left, filepath.Join(dir, e.Name()))
		}
	}
	if left == nil {
		if err := os.Remove(dir); err != nil {
			return removed, nil, fmt.Errorf("uninstalling: %w", err)
		}
		removed = append(removed, dir)
	}
	return removed, left, nil
}

// find returns the kernelspec called name that Jupyter uses and its folder. jupyter is the program that is asked, with
// `kernelspec list`, since only Python knows where it searches; where it is empty or fails, only the user's data
// folder is looked at. The error wraps fs.ErrNotExist where there is no such kernelspec.
func find(ctx context.Context, jupyter, name string) (kernelspec, string, error) {
	if jupyter != "" {
		out, err := exec.CommandContext(ctx, jupyter, "kernelspec", "list", "--json").Output()
		var list struct {
			Kernelspecs map[string]struct {
				Dir string `json:"resource_dir"`
			} `json:"kernelspecs"`
		}
		if err == nil && json.Unmarshal(out, &list) == nil {
			found, ok := list.Kernelspecs[name]
			if !ok {
				return kernelspec{}, "", fmt.Errorf("kernelspec %s: %w", name, fs.ErrNotExist)
			}
			spec, err := readSpec(found.Dir)
			return spec, found.Dir, err
		}
	}
	data, err := dataDir()
	if err != nil {
		return kernelspec{}, "", err
	}
	t := target{name: name, data: data}
	spec, err := readSpec(t.dir())
	return spec, t.dir(), err
}

// transient tells whether the program exe lies where it will not last: in the temporary folder, or where `go run`
// builds, which is a folder go-build… or the build cache.
func transient(exe string) bool {
	dirs := []string{os.TempDir(), os.Getenv("GOTMPDIR"), os.Getenv("GOCACHE")}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		if real, err := filepath.EvalSymlinks(dir); err == nil && (within(real, exe) || within(dir, exe)) {
			return true
		}
	}
	return goBuild.MatchString(filepath.ToSlash(exe))
}

// goBuild matches a path through a folder of the go command's: go-build in the user's cache, go-build123 elsewhere.
var goBuild = regexp.MustCompile(`/go-build[0-9]*/`)

// within tells whether path lies in dir.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// writeFile writes a file that appears at once as a whole, in place of an older one.
func writeFile(path string, text []byte) error {
	return replace(path, 0o644, func(f *os.File) error {
		_, err := f.Write(text)
		return err
	})
}

// copyProgram copies the program src to dst.
func copyProgram(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	return replace(dst, 0o755, func(f *os.File) error {
		_, err := io.Copy(f, in)
		return err
	})
}

// replace has fill write a new file beside path and gives it path's name when it is complete.
func replace(path string, mode fs.FileMode, fill func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil && runtime.GOOS != "windows" {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
