package std_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestGenerated generates everything anew, for all platforms, with the Go toolchain
// in use.
func TestGenerated(t *testing.T) {
	fresh := t.TempDir()
	if out, err := exec.Command("go", "run", "./gen", "-o", fresh).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names := map[string]bool{}
	for _, dir := range []string{".", fresh} {
		for _, pattern := range []string{"z_*.go", "missing.txt"} {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("%s in %s: %d files, %v", pattern, dir, len(files), err)
			}
			for _, f := range files {
				names[filepath.Base(f)] = true
			}
		}
	}
	var stale []string
	for name := range names {
		got, err1 := os.ReadFile(name)
		want, err2 := os.ReadFile(filepath.Join(fresh, name))
		if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
			stale = append(stale, name)
		}
	}
	if slices.Sort(stale); len(stale) > 0 {
		t.Errorf("not as this Go's standard library is: %v; run go generate ./kernel/interp/bindings/std", stale)
	}
}
