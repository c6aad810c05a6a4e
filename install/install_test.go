package install

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test program be the goherd that a kernelspec starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		os.Exit(Main(context.Background(), "version", nil, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// home makes an empty home the one of this test, without any Python environment, and returns Jupyter's data folder.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"HOME", "USERPROFILE"} {
		t.Setenv(name, dir)
	}
	for _, name := range []string{"APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CACHE_HOME", "JUPYTER_DATA_DIR",
		"JUPYTER_RUNTIME_DIR", "JUPYTER_PLATFORM_DIRS", "JUPYTER_CONFIG_DIR", "VIRTUAL_ENV", "CONDA_PREFIX", "GOHERD_HISTORY"} {
		t.Setenv(name, "")
	}
	if runtime.GOOS == "windows" {
		t.Setenv("LOCALAPPDATA", filepath.Join(dir, "Local"))
	}
	data, err := dataDir()
	if err != nil {
		t.Fatal(err)
	}
	if !within(dir, data) {
		t.Fatalf("Jupyter's data folder %s is not in the home %s", data, dir)
	}
	return data
}

// call runs a verb as the command line does.
func call(t *testing.T, verb string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(t.Context(), verb, args, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// files lists what lies below dir, folders with a slash.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if d.IsDir() {
			name += "/"
		}
		names = append(names, filepath.ToSlash(name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestInstallAndUninstall(t *testing.T) {
	data := home(t)
	prefix, venv := t.TempDir(), t.TempDir()
	tests := []struct {
		args []string
		dir  string
		name string
	}{
		{nil, filepath.Join(data, "kernels/goherd"), "goherd"},
		{[]string{"--user", "--name", "go-two"}, filepath.Join(data, "kernels/go-two"), "go-two"},
		{[]string{"--prefix", prefix}, filepath.Join(prefix, "share/jupyter/kernels/goherd"), "goherd"},
		{[]string{"--sys-prefix"}, filepath.Join(venv, "share/jupyter/kernels/goherd"), "goherd"},
	}
	t.Setenv("VIRTUAL_ENV", venv)
	for _, tt := range tests {
		for range 2 { // the second replaces the first
			code, out, errs := call(t, "install", tt.args...)
			if code != 0 || errs != "" || !strings.Contains(out, tt.dir) {
				t.Fatalf("install %q: exit %d, stdout %q, stderr %q", tt.args, code, out, errs)
			}
		}
		text, err := os.ReadFile(filepath.Join(tt.dir, "kernel.json"))
		if err != nil {
			t.Fatal(err)
		}
		var spec kernelspec
		if err := json.Unmarshal(text, &spec); err != nil {
			t.Fatal(err)
		}
		// The test's own program is a temporary one, so that the kernelspec has to start a copy.
		program := filepath.Join(tt.dir, copyName())
		if want := []string{program, "kernel", "-f", "{connection_file}"}; !slices.Equal(spec.Argv, want) {
			t.Errorf("argv is %q, want %q", spec.Argv, want)
		}
		if spec.DisplayName != "Go ("+tt.name+")" || spec.Language != "go" || spec.InterruptMode != "message" {
			t.Errorf("kernel.json is %s", text)
		}
		if spec.Metadata["debugger"] != false {
			t.Errorf("metadata is %v", spec.Metadata)
		}
		if v, err := programVersion(t.Context(), program); err != nil || v != Version() {
			t.Errorf("the copy says version %q, %v", v, err)
		}
		want := []string{copyName(), "kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}
		if got := files(t, tt.dir); !slices.Equal(got, want) {
			t.Errorf("installed %q, want %q", got, want)
		}
	}
	for _, tt := range tests {
		code, out, errs := call(t, "uninstall", tt.args...)
		if code != 0 || errs != "" || !strings.Contains(out, filepath.Join(tt.dir, "kernel.json")) {
			t.Errorf("uninstall %q: exit %d, stdout %q, stderr %q", tt.args, code, out, errs)
		}
		if _, err := os.Stat(tt.dir); err == nil {
			t.Errorf("uninstall %q left %s", tt.args, tt.dir)
		}
		code, out, errs = call(t, "uninstall", tt.args...)
		if code != 1 || out != "" || !strings.Contains(errs, "not installed") {
			t.Errorf("second uninstall %q: exit %d, stdout %q, stderr %q", tt.args, code, out, errs)
		}
	}
}

// A program that lasts is started where it is, and a copy from before is no longer kept.
func TestInstallLastingProgram(t *testing.T) {
	tt := target{name: Name, data: home(t)}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if program, err := write(tt, self); err != nil || program == self {
		t.Fatalf("write: %q, %v", program, err)
	}
	lasting := filepath.FromSlash("/opt/goherd/bin/goherd")
	if program, err := write(tt, lasting); err != nil || program != lasting {
		t.Fatalf("write: %q, %v", program, err)
	}
	if _, err := os.Stat(filepath.Join(tt.dir(), copyName())); err == nil {
		t.Error("the copy of the earlier install is still there")
	}
	if spec, err := readSpec(tt.dir()); err != nil || spec.Argv[0] != lasting {
		t.Errorf("the kernelspec starts %q, %v", spec.Argv, err)
	}
}

func TestSysPrefixOfPython(t *testing.T) {
	home(t)
	out, err := exec.Command("python3", "-c", "import sys; print(sys.prefix)").Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := environment(t.Context())
	if want := strings.TrimSpace(string(out)); err != nil || got != want {
		t.Errorf("the environment is %q, %v; want %q", got, err, want)
	}
	t.Setenv("PATH", t.TempDir())
	if got, err := environment(t.Context()); err == nil {
		t.Errorf("without Python the environment is %q", got)
	}
	t.Setenv("VIRTUAL_ENV", filepath.Join(t.TempDir(), "gone"))
	if code, _, errs := call(t, "install", "--sys-prefix"); code != 1 || !strings.Contains(errs, "gone") {
		t.Errorf("with an environment that doesn't exist: exit %d, %q", code, errs)
	}
}

func TestUsage(t *testing.T) {
	data := home(t)
	for _, args := range [][]string{
		{"--nonsense"}, {"here"}, {"--user", "--sys-prefix"}, {"--user", "--prefix", "x"}, {"--sys-prefix", "--prefix", "x"},
		{"--prefix", ""}, {"--name", ""}, {"--name", ".."}, {"--name", "a/b"}, {"--name", "Go"}, {"--name", "-x"}, {"--name", "go herd"},
	} {
		for _, verb := range []string{"install", "uninstall"} {
			code, out, errs := call(t, verb, args...)
			if code != 2 || out != "" || strings.Count(errs, "\n") != 1 {
				t.Errorf("%s %q: exit %d, stdout %q, stderr %q; want one line and 2", verb, args, code, out, errs)
			}
		}
	}
	for _, verb := range []string{"doctor", "version"} {
		if code, _, errs := call(t, verb, "x"); code != 2 || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s x: exit %d, stderr %q", verb, code, errs)
		}
	}
	if code, _, _ := call(t, "nonsense"); code != 2 {
		t.Errorf("an unknown verb: exit %d", code)
	}
	for _, verb := range []string{"install", "uninstall", "lab", "doctor", "version"} {
		if code, out, errs := call(t, verb, "--help"); code != 0 || !strings.Contains(out, "usage: goherd "+verb) || errs != "" {
			t.Errorf("%s --help: exit %d, stdout %q, stderr %q", verb, code, out, errs)
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Errorf("something was written: %q", files(t, data))
	}
}

func TestForeignKernelspecStays(t *testing.T) {
	data := home(t)
	dir := filepath.Join(data, "kernels", "python3")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kernel.json")
	for _, text := range []string{`{"argv": ["python3"], "display_name": "Python 3", "language": "python"}`, `{"argv": [`} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"install", "uninstall"} {
			if code, _, errs := call(t, verb, "--name", "python3"); code != 1 || !strings.Contains(errs, dir) {
				t.Errorf("%s over %s: exit %d, stderr %q", verb, text, code, errs)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("kernel.json is now %q, %v", got, err)
		}
	}
}

func TestUninstallLeavesForeignFiles(t *testing.T) {
	tt := target{name: Name, data: home(t)}
	if _, err := write(tt, "/opt/goherd"); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(tt.dir(), "notes.txt")
	if err := os.WriteFile(notes, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := call(t, "uninstall"); code != 0 || !strings.Contains(out, "left "+notes) {
		t.Errorf("exit %d, stdout %q", code, out)
	}
	if got := files(t, tt.dir()); !slices.Equal(got, []string{"notes.txt"}) {
		t.Errorf("left %q", got)
	}
}

func TestFailedInstallLeavesNothing(t *testing.T) {
	data := home(t)
	root := filepath.Dir(filepath.Dir(data))
	before := files(t, filepath.Dir(root))

	gone := filepath.Join(t.TempDir(), "goherd") // in the temporary folder, so that it would have to be copied
	if _, err := write(target{name: Name, data: data}, gone); err == nil {
		t.Error("a program that doesn't exist was installed")
	}
	if after := files(t, filepath.Dir(root)); !slices.Equal(after, before) {
		t.Errorf("a failed install left %q", after)
	}

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := call(t, "install", "--prefix", file); code != 1 || out != "" || !strings.Contains(errs, file) {
		t.Errorf("below a file: exit %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestDataDir(t *testing.T) {
	data := home(t)
	dir := t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", dir)
	if got, err := dataDir(); err != nil || got != dir {
		t.Errorf("with JUPYTER_DATA_DIR: %q, %v", got, err)
	}
	if got, err := runtimeDir(); err != nil || got != filepath.Join(dir, "runtime") {
		t.Errorf("the runtime folder is %q, %v", got, err)
	}
	t.Setenv("JUPYTER_DATA_DIR", "")
	if runtime.GOOS == "linux" {
		if !strings.HasSuffix(data, "/.local/share/jupyter") {
			t.Errorf("the default is %q", data)
		}
		t.Setenv("XDG_DATA_HOME", dir)
		if got, err := dataDir(); err != nil || got != filepath.Join(dir, "jupyter") {
			t.Errorf("with XDG_DATA_HOME: %q, %v", got, err)
		}
	}
}

func TestTransient(t *testing.T) {
	t.Setenv("GOCACHE", filepath.FromSlash("/var/gocache"))
	for path, want := range map[string]bool{
		filepath.Join(os.TempDir(), "x", "goherd"): true,
		"/home/u/.cache/go-build/a1/a1b2-d/goherd": true,
		"/scratch/go-build123456/b001/exe/goherd":  true,
		"/home/u/go/bin/goherd":                    false,
		"/home/u/src/goherd/goherd":                false,
		"/home/u/go-builder/bin/goherd":            false,
	} {
		if got := transient(filepath.FromSlash(path)); got != want {
			t.Errorf("transient(%q) is %v", path, got)
		}
	}
}

func TestLogos(t *testing.T) {
	for size, data := range map[int][]byte{32: logo32, 64: logo64} {
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Errorf("the logo of %d pixels has %v", size, b)
		}
	}
}

func TestVersion(t *testing.T) {
	code, out, _ := call(t, "version")
	v, ok := parseVersion(out)
	if code != 0 || !ok || v != Version() {
		t.Errorf("exit %d, version %q in %q", code, v, out)
	}
	for _, want := range []string{runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, "5.5"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %q", want, out)
		}
	}
	for _, bad := range []string{"", "Python 3.11.7\n", "goherd\n", "goherd \n"} {
		if v, ok := parseVersion(bad); ok {
			t.Errorf("parseVersion(%q) is %q", bad, v)
		}
	}
}
