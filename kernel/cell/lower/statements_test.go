package lower_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower/internal/statements"
)

// TestStatements runs expressions and statements of all kinds, and compares with compiled code.
func TestStatements(t *testing.T) {
	got, err := run(oneFile(t, "internal/statements/statements.go", "internal/statements/values.go") + `
func main() {
	var b strings.Builder
	Run(&b)
	fmt.Print(b.String())
}
`)
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

var (
	importBlock = regexp.MustCompile(`(?s)\nimport \((.*?)\n\)\n`)
	packageLine = regexp.MustCompile(`(?m)^package .*$`)
)

// oneFile returns the files of a package as one, of package main.
func oneFile(t *testing.T, names ...string) string {
	imports := map[string]bool{}
	var text strings.Builder
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range strings.Fields(importBlock.FindStringSubmatch(string(b))[1]) {
			imports[path] = true
		}
		text.WriteString(packageLine.ReplaceAllString(importBlock.ReplaceAllString(string(b), "\n"), ""))
	}
	paths := slices.Sorted(maps.Keys(imports))
	return "package main\n\nimport (\n" + strings.Join(paths, "\n") + "\n)\n" + text.String()
}
