package bus

import (
	"os"
	"testing"
)

func setMemoryFiles(t *testing.T, on bool) {
	before := memoryFiles
	memoryFiles = on
	t.Cleanup(func() { memoryFiles = before })
}

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// A memory file can't be changed once it was passed on, and its name isn't that of the next with the same descriptor.
func TestSealed(t *testing.T) {
	b, err := newBlob("", "u", []byte("hello"), nil, 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.file.WriteAt([]byte("j"), 0); err == nil {
		t.Error("it can be written")
	}
	if err := b.file.Truncate(2); err == nil {
		t.Error("it can be cut")
	}
	f, err := openBlob(b.name, "", 5)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close() // it was only read
	if _, err := openBlob(b.name, "", 6); err == nil {
		t.Error("it has more bytes than were written")
	}
	b.close()
	other, err := newBlob("", "u", []byte("other"), nil, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if path, _, _ := splitName(b.name); path != other.name[:len(path)] {
		t.Fatalf("%s isn't used again: %s", b.name, other.name)
	}
	if _, err := openBlob(b.name, "", 5); err == nil {
		t.Error("another was opened in its place")
	}
}
