package tests

import (
	"path/filepath"
	"strings"
	"testing"
)

// examples returns the example notebooks.
func examples(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "examples", "*.ipynb"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return paths
}

// The examples run in the clients that others use.
func TestClients(t *testing.T) {
	for _, path := range examples(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".ipynb")
		t.Run("nbclient/"+name, func(t *testing.T) {
			w := newWorld(t)
			out := filepath.Join(w.work, "out.ipynb")
			if r := w.exec(python(), filepath.Join(root, "tests", "python", "execute.py"), path, out); r.code != 0 {
				t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			executed(t, readNotebook(t, out))
		})
		t.Run("papermill/"+name, func(t *testing.T) {
			w := newWorld(t)
			out := filepath.Join(w.work, "out.ipynb")
			if r := w.exec(tool("papermill"), path, out, "-k", "goherd"); r.code != 0 {
				t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			executed(t, readNotebook(t, out))
		})
		t.Run("goherd/"+name, func(t *testing.T) {
			w := bareWorld(t)
			out, page := filepath.Join(w.work, "out.ipynb"), filepath.Join(w.work, "out.html")
			if r := w.goherd("run", path, "-o", out, "--html", page); r.code != 0 {
				t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			executed(t, readNotebook(t, out))
		})
	}
}
