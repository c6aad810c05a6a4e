package conform

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goherd/goherd/tests/conform/gen"
)

const (
	programs = "testdata/programs"
	known    = "testdata/known.txt"
	expected = "testdata/expected.json"
)

var built = flag.String("kernel", "", "the goherd `binary`; it is built if there is none")

// kernel returns goherd, or builds it.
func kernel(t *testing.T) string {
	t.Helper()
	if *built != "" {
		binary, err := filepath.Abs(*built)
		if err != nil {
			t.Fatal(err)
		}
		return binary
	}
	binary := filepath.Join(t.TempDir(), "goherd")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-o", binary, "github.com/goherd/goherd")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return binary
}

func native(t *testing.T) *Native {
	t.Helper()
	n, err := NewNative("")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Load(expected); err != nil {
		t.Fatal(err)
	}
	return n
}

func knownMisses(t *testing.T) Reasons {
	t.Helper()
	list, err := ReadReasons(known)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every program does in the kernel what it does compiled, but those of known.txt,
// which must not be longer than it has to.
func TestPrograms(t *testing.T) {
	all, err := Load(programs)
	if err != nil {
		t.Fatal(err)
	}
	misses := knownMisses(t)
	suite := &Suite{Binary: kernel(t), Native: native(t), Workers: min(runtime.NumCPU(), 8)}
	if err := suite.Run(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range all {
		seen[p.Name] = true
		switch reason := misses[p.Name]; {
		case p.Class == Same && reason != "":
			t.Errorf("%s comes right: take it out of %s", p.Name, known)
		case p.Class != Same && reason == "":
			t.Errorf("%s: %s: %s", p.Name, p.Class, p.Detail)
		}
	}
	for name := range misses {
		if !seen[name] {
			t.Errorf("%s: there is no program %s", known, name)
		}
	}
}

// Random programs do in the kernel what they do compiled. More of them, and others:
// go test ./tests/conform -run Random -rapid.checks 200
func TestRandom(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		f.Value.Set("6")
		defer f.Value.Set(f.DefValue)
	}
	flag.Set("rapid.nofailfile", "true")
	binary, compiled := kernel(t), native(t)
	rapid.Check(t, func(r *rapid.T) {
		source := gen.Program().Draw(r, "program")
		p := &Program{Name: "random", Source: []byte(source)}
		suite := &Suite{Binary: binary, Native: compiled}
		if err := suite.Run(t.Context(), []*Program{p}); err != nil {
			t.Fatal(err)
		}
		if p.Class != Same {
			r.Fatalf("%s: %s\n%s", p.Class, p.Detail, source)
		}
	})
}

// The outcomes in the repository are those of the programs in it: a fresh checkout
// need not compile them.
func TestExpectedIsComplete(t *testing.T) {
	all, err := Load(programs)
	if err != nil {
		t.Fatal(err)
	}
	n := native(t)
	for _, p := range all {
		if n.known[key(p.Source)] == nil {
			t.Errorf("%s is not in %s: go run ./tests/conform/cmd -kernel goherd -save tests/conform/%s tests/conform/%s",
				p.Name, expected, expected, programs)
		}
	}
	if len(n.known) != len(all) {
		t.Errorf("%s has %d outcomes of %d programs", expected, len(n.known), len(all))
	}
}

func TestReadReasons(t *testing.T) {
	for _, c := range []struct{ text, err string }{
		{"a.go why # note\n\n# comment\nb.go because of that", ""},
		{"a.go", "has no reason"},
		{"a.go x\na.go y", "twice"},
	} {
		file := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadReasons(file)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want %q", c.text, err, c.err)
			}
			continue
		}
		if err != nil || got["a.go"] != "why" || got["b.go"] != "because of that" || len(got) != 2 {
			t.Errorf("%q: %v, %v", c.text, got, err)
		}
	}
}
