package child

import (
	"os"
	"testing"
)

// What an interpreter has changed, and only that, is what a worker changes: also what isn't there any more.
func TestAround(t *testing.T) {
	t.Setenv("AROUND_OLD", "old")
	t.Setenv("AROUND_NEW", "")
	os.Unsetenv("AROUND_NEW")
	here, there := newAround(), newAround()
	before := t.TempDir()
	t.Chdir(before)
	set := func(old, new *string) []byte {
		for name, value := range map[string]*string{"AROUND_OLD": old, "AROUND_NEW": new} {
			if value == nil {
				os.Unsetenv(name)
			} else {
				os.Setenv(name, *value)
			}
		}
		b, _ := here.look()
		return b
	}
	text := func(s string) *string { return &s }
	for i, want := range []struct{ old, new *string }{{text("other"), text("=a b")}, {nil, text("")}, {text("old"), nil}, {text("x"), text("y")}} {
		b := set(want.old, want.new)
		_, version := here.look()
		if b2, again := here.look(); string(b2) != string(b) || again != version {
			t.Errorf("%d: looking twice gives %d and %d", i, version, again)
		}
		set(text("mine"), text("too")) // what the worker has
		if err := there.enter(b); err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]*string{"AROUND_OLD": want.old, "AROUND_NEW": want.new} {
			// A variable that the session hasn't changed isn't set anew where it wasn't before.
			if got, ok := os.LookupEnv(name); value != nil && (got != *value || !ok) && *value != "old" {
				t.Errorf("%d: %s is %q, %t", i, name, got, ok)
			}
		}
		for n := range len(b) {
			if s, err := readSurroundings(b[:n]); err == nil && string(s.append(nil)) != string(b[:n]) {
				t.Errorf("%d: of %d bytes %d are read as %+v", i, len(b), n, s)
			}
		}
	}
}
