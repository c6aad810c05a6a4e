package notebook

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// names lists a folder, hidden files included.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.ipynb")
	if err := CheckTarget(path); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "" {
		t.Fatalf("the check left %s", got)
	}
	for _, text := range []string{"first", "second, longer", "3"} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := CheckTarget(path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("have %q, %v; want %q", got, err, text)
		}
	}
	if got := names(t, dir); got != "out.ipynb" {
		t.Errorf("left behind: %s", got)
	}
}

func TestWriteFileKeepsLinkAndMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // neither exists there
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(target, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced by a file")
	}
	info, err := os.Stat(target)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got, _ := os.ReadFile(target); string(got) != "new" {
		t.Errorf("target holds %q", got)
	}

	// A link to a file that does not exist yet.
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink("later", dangling); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(dangling, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "later")); string(got) != "x" {
		t.Errorf("the dangling link's target holds %q", got)
	}

	if err := CheckTarget(os.DevNull); err != nil {
		t.Error(err)
	}
	if err := WriteFile(os.DevNull, []byte("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the null device was replaced")
	}
}

func TestUnwritableTargets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("kept"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ path, want string }{
		{"", "cannot write: the name of the file is empty"},
		{dir, "cannot write " + dir + ": it is a folder"},
		{filepath.Join(dir, "none", "x"), "cannot write " + filepath.Join(dir, "none", "x") + ": there is no such folder"},
		{filepath.Join(dir, "none") + "/", "cannot write " + filepath.Join(dir, "none") + "/: it is a folder's name"},
		{filepath.Join(file, "x"), "cannot write " + filepath.Join(file, "x") + ": not a directory"},
	} {
		if err := CheckTarget(tt.path); err == nil || err.Error() != tt.want {
			t.Errorf("CheckTarget: have %v, want %s", err, tt.want)
		}
		if err := WriteFile(tt.path, nil); err == nil || err.Error() != tt.want {
			t.Errorf("WriteFile: have %v, want %s", err, tt.want)
		}
	}
	if got := names(t, dir); got != "file" {
		t.Errorf("left behind: %s", got)
	}
	if os.Getuid() > 0 { // permissions do not bind root
		if err := os.Chmod(file, 0o444); err != nil {
			t.Fatal(err)
		}
		if err := CheckTarget(file); err == nil {
			t.Error("a read-only file was taken as writable")
		}
	}
}
