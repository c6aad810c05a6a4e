package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// line returns the doctor's line on name.
func line(t *testing.T, out, name string) string {
	t.Helper()
	for l := range strings.Lines(out) {
		if strings.HasPrefix(l[min(6, len(l)):], name+"  ") {
			return l
		}
	}
	t.Errorf("nothing about %s in:\n%s", name, out)
	return ""
}

func TestDoctor(t *testing.T) {
	data := home(t)
	code, out, errs := call(t, "doctor")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, stderr %q, stdout:\n%s", code, errs, out)
	}
	for _, name := range []string{"Go", "JupyterLab", "kernelspec", "memory", "memory limit", "shared memory", "ports",
		"Jupyter's data", "Jupyter's runtime", "history", "cache", "temporary files", "open files", "terminal"} {
		line(t, out, name)
	}
	if l := line(t, out, "kernelspec"); !strings.HasPrefix(l, "warn") {
		t.Errorf("without a kernelspec: %q", l)
	}
	if _, err := os.Stat(data); err == nil {
		t.Errorf("the doctor wrote %q", files(t, data))
	}

	// Installed, it is well; without its program, nothing works.
	if code, _, errs := call(t, "install"); code != 0 {
		t.Fatal(errs)
	}
	if _, out, _ := call(t, "doctor"); !strings.HasPrefix(line(t, out, "kernelspec"), "ok") {
		t.Errorf("installed: %q", line(t, out, "kernelspec"))
	}
	if err := os.Remove(filepath.Join(data, "kernels", Name, copyName())); err != nil {
		t.Fatal(err)
	}
	code, out, errs = call(t, "doctor")
	if l := line(t, out, "kernelspec"); code != 1 || !strings.HasPrefix(l, "fail") || !strings.Contains(errs, "cannot be used") {
		t.Errorf("without the program: exit %d, %q, stderr %q", code, l, errs)
	}
}

func TestDoctorFindsBadFolders(t *testing.T) {
	home(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("JUPYTER_RUNTIME_DIR", filepath.Join(file, "runtime"))
	code, out, _ := call(t, "doctor")
	if l := line(t, out, "Jupyter's runtime"); code != 1 || !strings.HasPrefix(l, "fail") {
		t.Errorf("exit %d, %q", code, l)
	}
}

func TestDoctorWithoutTools(t *testing.T) {
	home(t)
	t.Setenv("PATH", t.TempDir())
	code, out, errs := call(t, "doctor")
	if code != 0 {
		t.Fatalf("exit %d, stderr %q", code, errs)
	}
	for _, name := range []string{"Go", "JupyterLab"} {
		if l := line(t, out, name); !strings.HasPrefix(l, "warn") {
			t.Errorf("%q", l)
		}
	}
	if !strings.Contains(out, "-> ") {
		t.Errorf("no advice in:\n%s", out)
	}
}

func TestLabWithoutJupyterLab(t *testing.T) {
	data := home(t)
	t.Setenv("PATH", t.TempDir())
	code, out, errs := call(t, "lab")
	if code != 1 || out != "" || !strings.Contains(errs, "pipx install jupyterlab") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out, errs)
	}
	if _, err := os.Stat(data); err == nil {
		t.Errorf("lab wrote %q", files(t, data))
	}
}

// ensure installs where nothing is, leaves alone what is right, and mends in place what is not.
func TestLabEnsuresKernelspec(t *testing.T) {
	data := home(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(data, "kernels", Name)
	var errs strings.Builder
	c := &command{verb: "lab", exe: self, stderr: &errs}
	ensure := func() string {
		t.Helper()
		errs.Reset()
		if err := c.ensure(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		return errs.String()
	}
	if said := ensure(); !strings.Contains(said, dir) {
		t.Errorf("the first time it said %q", said)
	}
	if said := ensure(); said != "" {
		t.Errorf("the second time it said %q", said)
	}
	if err := os.Remove(filepath.Join(dir, copyName())); err != nil {
		t.Fatal(err)
	}
	if said := ensure(); !strings.Contains(said, dir) {
		t.Errorf("without its program it said %q", said)
	}
	if v, err := programVersion(t.Context(), filepath.Join(dir, copyName())); err != nil || v != Version() {
		t.Errorf("afterwards the program says %q, %v", v, err)
	}
}

func TestJudge(t *testing.T) {
	for n, want := range map[uint64]verdict{0: failure, 9: failure, 10: warning, 19: warning, 20: fine} {
		if got := judge(n, 10, 20); got != want {
			t.Errorf("judge(%d) is %v, want %v", n, got, want)
		}
	}
}
