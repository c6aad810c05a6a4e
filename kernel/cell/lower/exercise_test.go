package lower_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/cell/lower/internal/exercise"
	"github.com/goherd/goherd/kernel/cell/lower/internal/shapes"
)

// TestExercise runs what is generic in the standard library, and compares with compiled code.
func TestExercise(t *testing.T) {
	src, err := os.ReadFile("internal/exercise/exercise.go")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "package exercise", "package main", 1) + `
func main() {
	for seed := range int64(20) {
		var b strings.Builder
		Run(&b, seed)
		fmt.Print(b.String())
	}
}
`
	got, err := run(text)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for seed := range int64(20) {
		exercise.Run(&b, seed)
	}
	want := strings.NewReplacer("github.com/goherd/goherd/kernel/cell/lower/internal/exercise.", "main.", "exercise.", "main.").Replace(b.String())
	compareLines(t, got, want)
}

// TestLocalShapes has the names of types that functions declare, instances and not.
func TestLocalShapes(t *testing.T) {
	src, err := os.ReadFile("internal/shapes/shapes.go")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "package shapes", "package main", 1) + `
func main() {
	for _, t := range append(Types, Local()...) {
		println(t.Name(), "of", t.PkgPath(), "is", t.String(), t.Size(), t.NumMethod(), reflect.PointerTo(t).NumMethod())
	}
}
`
	got, err := run(text)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, t := range append(shapes.Types, shapes.Local()...) {
		fmt.Fprintln(&b, t.Name(), "of", t.PkgPath(), "is", t.String(), t.Size(), t.NumMethod(), reflect.PointerTo(t).NumMethod())
	}
	want := strings.NewReplacer("github.com/goherd/goherd/kernel/cell/lower/internal/shapes", "main", "shapes.", "main.").Replace(b.String())
	compareLines(t, got, want)
}

func compareLines(t *testing.T, got, want string) {
	t.Helper()
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i, line := range gotLines {
		if i >= len(wantLines) || line != wantLines[i] {
			t.Errorf("line %d is\n%s\nwant\n%s", i, line, strings.Join(wantLines[i:min(i+1, len(wantLines))], ""))
		}
	}
	if len(gotLines) < len(wantLines) {
		t.Errorf("%d lines, want %d", len(gotLines), len(wantLines))
	}
}
