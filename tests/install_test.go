package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Jupyter itself finds the kernelspec where goherd install put it, and no longer after uninstall.
func TestInstall(t *testing.T) {
	w := bareWorld(t)
	specs := func() map[string]string {
		t.Helper()
		r := w.exec(tool("jupyter"), "kernelspec", "list", "--json")
		if r.code != 0 {
			t.Fatalf("jupyter kernelspec list: exit %d\n%s", r.code, r.stderr)
		}
		var list struct {
			Kernelspecs map[string]struct {
				Dir string `json:"resource_dir"`
			}
		}
		if err := json.Unmarshal([]byte(r.stdout), &list); err != nil {
			t.Fatal(err)
		}
		dirs := map[string]string{}
		for name, s := range list.Kernelspecs {
			dirs[name] = s.Dir
		}
		return dirs
	}
	prefix := filepath.Join(w.home, "env")
	w.env = append(w.env, "JUPYTER_PATH="+filepath.Join(prefix, "share", "jupyter"))
	if dir, ok := specs()["goherd"]; ok {
		t.Fatalf("there is a kernelspec before the test: %s", dir)
	}
	for _, tt := range []struct {
		name string
		args []string
	}{{"goherd", nil}, {"go-two", []string{"--name", "go-two"}}, {"goherd", []string{"--prefix", prefix}}} {
		if r := w.goherd(append([]string{"install"}, tt.args...)...); r.code != 0 {
			t.Fatalf("install %q: exit %d, %s", tt.args, r.code, r.stderr)
		} else if dir := specs()[tt.name]; dir == "" || !strings.Contains(r.stdout, dir) {
			t.Errorf("install %q says %q, Jupyter finds it in %q", tt.args, r.stdout, dir)
		}
		r := w.goherd("doctor")
		if r.code != 0 {
			t.Errorf("doctor: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		if r := w.goherd(append([]string{"uninstall"}, tt.args...)...); r.code != 0 {
			t.Errorf("uninstall %q: exit %d, %s", tt.args, r.code, r.stderr)
		}
		if dir, ok := specs()[tt.name]; ok {
			t.Errorf("after uninstall %q Jupyter finds it in %s", tt.args, dir)
		}
	}
}

// goherd lab installs the kernelspec and becomes JupyterLab.
func TestLabVerb(t *testing.T) {
	w := bareWorld(t)
	for range 2 {
		r := w.goherd("lab", "--version")
		if r.code != 0 || !strings.HasPrefix(r.stdout, "4.") {
			t.Fatalf("exit %d, stdout %q, stderr %q", r.code, r.stdout, r.stderr)
		}
	}
	var found bool
	err := filepath.WalkDir(w.home, func(path string, d os.DirEntry, err error) error {
		found = found || filepath.Base(path) == "kernel.json"
		return err
	})
	if err != nil || !found {
		t.Errorf("no kernelspec was installed: %v", err)
	}
}
