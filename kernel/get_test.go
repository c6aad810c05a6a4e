//go:build unix

package kernel_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/wire"
)

// A proxy is a directory that the go command downloads modules from.
type proxy string

// newProxy makes a proxy without modules, and a cache for what is downloaded from it, for the test.
func newProxy(t *testing.T) proxy {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Fatal(err)
	}
	p := proxy(t.TempDir())
	t.Setenv("GOPROXY", "file://"+string(p))
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GONOSUMCHECK", "1")
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	return p
}

// add puts a module into the proxy. Files are "name: text", the rest of go.mod is rest.
func (p proxy) add(t *testing.T, path, version, rest string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(string(p), path, "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mod := "module " + path + "\n" + rest
	z, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	w := zip.NewWriter(z)
	put := func(name, text string) {
		f, err := w.Create(path + "@" + version + "/" + name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", mod)
	for name, text := range files {
		put(name, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{".mod": mod, ".info": `{"Version":"` + version + `","Time":"2026-01-01T00:00:00Z"}`} {
		if err := os.WriteFile(filepath.Join(dir, version+name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.OpenFile(filepath.Join(dir, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = list.WriteString(version + "\n")
		list.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestGet(t *testing.T) {
	p := newProxy(t)
	p.add(t, "example.com/base", "v1.2.0", "go 1.21\n", map[string]string{"base.go": `package base

import "fmt"

var Log []string

var b = a + 1
var a = note("a") // before b

func note(s string) int { Log = append(Log, s); return len(s) }

func init() { Log = append(Log, "init1") }
func init() { Log = append(Log, fmt.Sprint("init2 ", b)) }

// Turns returns what closures see after the loop, in a module of a Go before 1.22.
func Turns() (out []int) {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i })
	}
	for _, s := range []int{7, 8, 9} {
		fs = append(fs, func() int { return s })
	}
	for _, f := range fs {
		out = append(out, f())
	}
	return out
}
`})
	p.add(t, "example.com/tool", "v0.1.0", "go 1.25\nrequire example.com/base v1.2.0\n", map[string]string{
		// The name of the package isn't that of its folder.
		"shapes/kinds.go": `// Package kinds has shapes.
package kinds

import (
	"embed"
	"errors"
	"fmt"
	_ "unsafe"

	"example.com/base"
)

func init() { base.Log = append(base.Log, "kinds") }

//go:embed data
var files embed.FS

//go:embed data/a.txt
var text string

// Text returns what is embedded.
func Text() string {
	b, err := files.ReadFile("data/sub/b.txt")
	if err != nil {
		panic(err)
	}
	return text + string(b)
}

type Square struct{ Side float64 }

func (s Square) Area() float64   { return s.Side * s.Side }
func (s *Square) Grow(n float64) { s.Side += n; s.check() }
func (s *Square) check()         {}
func (s Square) String() string  { return fmt.Sprintf("square of %g", s.Side) }

type Shape interface{ Area() float64 }

type Stack[T any] struct{ list []T }

func (s *Stack[T]) Push(v T) { s.list = append(s.list, v) }
func (s *Stack[T]) Pop() (v T, err error) {
	if len(s.list) == 0 {
		return v, ErrEmpty
	}
	v = s.list[len(s.list)-1]
	s.list = s.list[:len(s.list)-1]
	return v, nil
}

var ErrEmpty = errors.New("empty stack")

func Fast(x int) int

//go:linkname secret runtime.secretThing
func secret() int

func Secret() int { return secret() }

func Index(i int) int { return []int{1, 2}[i] }
`,
		"shapes/fast.s":         "",
		"shapes/data/a.txt":     "A",
		"shapes/data/sub/b.txt": "B",
		"shapes/data/.hidden":   "C",
		"broken/broken.go":      "package broken\n\nvar X int = \"no\"\n",
		"cgo/cgo.go":            "package cgo\n\nimport \"C\"\n\nvar X = C.int(1)\n",
		"late/late.go":          "package late\n\nimport \"os\"\n\nvar X = must()\n\nfunc must() int {\n\tif os.Getenv(\"LATE\") == \"\" {\n\t\tpanic(\"LATE is not set\")\n\t}\n\treturn 5\n}\n",
		"internal/in/in.go":     "package in\n",
		"far/far.go":            "package far\n\nimport \"example.com/remote\"\n\nvar X = remote.X\n",
	})
	p.add(t, "example.com/tool", "v0.2.0", "go 1.25\nrequire example.com/base v1.2.0\n", map[string]string{"shapes/kinds.go": "package kinds\n\nconst New = true\n"})
	p.add(t, "example.com/remote", "v1.0.0", "", map[string]string{"r.go": "package remote\n\nvar X = 99\n"})

	f := start(t)
	f.Run("%get", "stdout: no modules: %get path@version gets one\n")
	f.Run("import \"example.com/tool/shapes\"", "error: compile error: 1:8: package example.com/tool/shapes is not there: %get example.com/tool/shapes gets it")
	f.Run("%get example.com/tool@v0.1.0", "stderr: downloading example.com/tool v0.1.0\n", "stdout: example.com/tool v0.1.0\n")
	f.Run("%get", "stdout: example.com/tool v0.1.0\n")
	begun := time.Now()
	f.Run("%get example.com/tool@v0.1.0", "stdout: example.com/tool v0.1.0\n")
	if d := time.Since(begun); d > time.Second {
		t.Errorf("what is there takes %v", d)
	}

	// A package is found by its name, and initialised once, after those that it needs.
	f.Run("s := kinds.Square{3}\ns.Grow(1)\nfmt.Printf(\"%v %T %.0f\", s, s, s.Area())",
		"stderr: downloading example.com/base v1.2.0\n", "stdout: square of 4 kinds.Square 16")
	f.Run("import \"example.com/base\"\nbase.Log", `result: []string{"a", "init1", "init2 2", "kinds"}`)
	f.Run("reflect.TypeOf(s).PkgPath()", `result: "example.com/tool/shapes"`)
	f.Run("base.Turns()", "result: []int{3, 3, 3, 9, 9, 9}")
	f.Run("kinds.Text()", `result: "AB"`)
	f.Run("type Cube struct{ kinds.Square }\nvar sh kinds.Shape = &Cube{s}\nfmt.Print(sh, sh.Area())", "stdout: square of 4 16")
	f.Run("func (c Cube) Area() float64 { return 6 * c.Square.Area() }\nsh = Cube{s}\nsh.Area()", "result: 96")
	f.Run("var st kinds.Stack[Cube]\nst.Push(Cube{s})\nfmt.Printf(\"%T\", st)\n_, err := st.Pop()\nif err == nil { _, err = st.Pop() }\nerrors.Is(err, kinds.ErrEmpty)", "stdout: kinds.Stack[main.Cube]", "result: true")

	// What can't be interpreted is an error when it is called, where the cell calls it.
	f.Run("kinds.Fast(1)", "error: panic: example.com/tool/shapes.Fast can't be interpreted: it is written in assembly")
	f.Run("kinds.Secret()", "error: panic: example.com/tool/shapes.secret can't be interpreted: it is runtime.secretThing, inside the runtime of compiled programs")
	r := f.Cell("func at(i int) int {\n\treturn kinds.Index(i)\n}\nat(5)")
	r.Idle("input: …", "error: runtime error: …index out of range [5] with length 2")
	var reply wire.ErrorReply
	r.Reply(wire.MsgExecuteReply, &reply)
	if all := strings.Join(reply.Traceback, "\n"); !strings.Contains(all, "line 2, in at") {
		t.Errorf("the traceback doesn't show where the cell called the module:\n%s", all)
	}
	f.Run("import \"example.com/tool/broken\"", "error: compile error: 1:8: package example.com/tool/broken doesn't compile here: broken.go:3: cannot use \"no\" (untyped string constant) as int value in variable declaration")
	f.Run("import \"example.com/tool/cgo\"", "error: compile error: 1:8: package example.com/tool/cgo has no Go files that can be interpreted here: they need cgo or another system")
	f.Run("import \"example.com/tool/internal/in\"", "error: compile error: 1:8: use of internal package example.com/tool/internal/in not allowed")

	// An initialisation that fails is tried again.
	f.Run("import \"example.com/tool/late\"\nlate.X", "error: panic: LATE is not set")
	f.Run("%env LATE=1")
	f.Run("late.X", "result: 5")

	// What only one of a module's packages needs is downloaded when that is imported.
	f.Run("import \"example.com/tool/far\"\nfar.X", "stderr: downloading example.com/remote v1.0.0\n", "result: 99")

	// A new interpreter gets the packages, initialised.
	f.Run("x := 1\nfunc show() any { return kinds.Square{2} }")
	f.Run("proc, _ := os.FindProcess(os.Getpid())\n_ = proc.Kill()\nselect {}", "error: killed: …")
	f.Run("show()", "result: square of 2")
	f.Run("len(base.Log)", "result: 4")

	// Another version is for a fresh start.
	f.Run("%get example.com/tool@v0.2.0", "stderr: downloading example.com/tool v0.2.0\n", "stdout: example.com/tool v0.2.0\n",
		"stderr: note: packages of example.com/tool are in use as of v0.1.0: %reset ends that\n")
	f.Run("show()", "result: square of 2")
	f.Run("%reset")
	f.Run("kinds.New", "result: true")
	f.Run("kinds.Text", "error: compile error: 1:7: undefined: kinds.Text")

	// Mistakes.
	f.Run("%get strings", "error: magic error: %get: strings is no module: its path would begin with a host, as in github.com/google/uuid; packages of the standard library are there already")
	f.Run("%get -u", `error: magic error: %get: "-u" is no module: write path or path@version`)
	f.Run("%get example.com/tool@v9.9.9", "error: magic error: %get: …")
	f.Run("%get example.com/nothing", "error: magic error: %get: …")
}

func TestGetNeedsGo(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	f := start(t)
	f.Run("%get github.com/google/uuid", "error: magic error: %get: there is no go command, which is needed to download modules: install Go (https://go.dev/dl) so that go is found in PATH")
	f.Run("1 + 1", "result: 2")
}

// TestGetInterrupted has a go command that doesn't end.
func TestGetInterrupted(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\ncase $1 in mod) exit 0 ;; esac\necho 'go: downloading example.com/slow v1.0.0' >&2\nexec sleep 100\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	f := start(t)
	r := f.Cell("%get example.com/slow")
	r.Until("stderr: downloading example.com/slow v1.0.0\n")
	f.Interrupt()
	begun := time.Now()
	r.End("stderr: downloading example.com/slow v1.0.0\n", "error: interrupted: …")
	if d := time.Since(begun); d > 2*time.Second {
		t.Errorf("the interrupt took %v", d)
	}
}
