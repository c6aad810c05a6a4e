package lower_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower/internal/statements"
)

// TestStatements runs expressions and statements of all kinds, and compares with compiled code.
func TestStatements(t *testing.T) {
	src, err := os.ReadFile("internal/statements/statements.go")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "package statements", "package main", 1) + `
func main() {
	var b strings.Builder
	Run(&b)
	fmt.Print(b.String())
}
`
	got, err := run(text)
	if err != nil {
		t.Error(err)
	}
	var b strings.Builder
	statements.Run(&b)
	want := strings.NewReplacer("github.com/goherd/goherd/kernel/cell/lower/internal/statements.", "main.", "statements.", "main.").Replace(b.String())
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i, line := range wantLines {
		if i >= len(gotLines) {
			t.Fatalf("output ends after line %d, want\n%s", i, line)
		}
		if gotLines[i] != line {
			t.Fatalf("line %d is\n%s\nwant\n%s\nafter\n%s", i+1, gotLines[i], line, strings.Join(wantLines[max(0, i-3):i], "\n"))
		}
	}
}
