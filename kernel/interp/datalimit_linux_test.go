package interp_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/goherd/goherd/kernel/interp"
)

// A program that takes memory faster than it is watched is refused it. (The one here isn't watched.)
func TestDataLimit(t *testing.T) {
	o := interp.Options{DataLimit: 400 << 20}
	if raceDetector { // which takes more than that for itself
		binary := filepath.Join(t.TempDir(), "goherd")
		if out, err := exec.Command("go", "build", "-o", binary, "github.com/goherd/goherd").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		o.Argv = []string{binary, "interp"}
	}
	n := newBareNotebook(t, o)
	n.ok("var all [][]byte\nfor range 5 {\nall = append(all, make([]byte, 20<<20))\n}")
	death := n.fatal("for range 1000 {\nall = append(all, make([]byte, 20<<20))\n}")
	// Where it is a thread for which there is no memory, a program that was built with cgo says so in other words.
	if refused := death.Name == "out of memory" && death.Text == "the operating system gave no more memory"; !refused && death.Code != 2 || !death.Own {
		t.Errorf("%+v", death)
	}
}
