package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every source file of the packages is there, and no test.
func TestFiles(t *testing.T) {
	for _, dir := range []string{"pool", "task"} {
		onDisk, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, name := range onDisk {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			n++
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Files.ReadFile(filepath.ToSlash(name)); err != nil || string(got) != string(want) {
				t.Errorf("%s isn't embedded as it is: %v", name, err)
			}
		}
		embedded, err := Files.ReadDir(dir)
		if err != nil || len(embedded) != n || n == 0 {
			t.Errorf("%s: %d files are embedded, %d are there: %v", dir, len(embedded), n, err)
		}
	}
}
