package cell_test

import (
	"testing"

	"github.com/goherd/goherd/kernel/cell"
)

// What is known of a function is forgotten with it.
func TestFactsOfReplacedFunctions(t *testing.T) {
	const call = `logf("%d", "text")`
	s := session(t, "func logf(format string, args ...any) { fmt.Printf(format, args...) }")
	if p := mustCompile(t, s, 2, call); len(p.Warnings) != 1 {
		t.Fatalf("a wrong call of a function of an earlier cell: %v", p.Warnings)
	}
	s.Unwarned = true
	mustCompile(t, s, 3, "func logf(format string, args ...any) {}").Commit()
	s.Unwarned = false
	if p := mustCompile(t, s, 4, call+" // again"); len(p.Warnings) != 0 {
		t.Errorf("the function that the warning is about is gone: %v", p.Warnings)
	}
}

// A type from before its declaration is called what the user calls it.
func TestWarningsNameTypes(t *testing.T) {
	s := session(t, "type T struct{ mu sync.Mutex }\nvar t1 T", "type T struct{ n int }")
	p, err := s.Compile(cell.Source{Serial: 3, Text: "t2 := t1\nt2.mu.Lock()"}, cell.Normal)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Warnings) != 1 || p.Warnings[0].Text != "assignment copies lock value to t2: earlier T contains sync.Mutex" {
		t.Error(p.Warnings)
	}
}
