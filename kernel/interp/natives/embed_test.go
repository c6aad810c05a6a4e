package natives

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestEmbedFiles(t *testing.T) {
	got := embedFiles([]string{"a.txt", "d/b.txt", "d/e/c.txt", "d-x/f", "z"}, []string{"1", "2", "3", "4", ""})
	if err := fstest.TestFS(got, "a.txt", "d/b.txt", "d/e/c.txt", "d-x/f", "z"); err != nil {
		t.Error(err)
	}
	if b, err := fs.ReadFile(got, "d/e/c.txt"); err != nil || string(b) != "3" {
		t.Errorf("%q, %v", b, err)
	}
}
