package std_test

import (
	"bytes"
	"fmt"
	"go/constant"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/kernel/interp/bindings/std"
)

// machine is an interpreter with the library.
type machine struct {
	*interp.Interpreter
	lib *std.Loader
}

func newMachine(t *testing.T, overlays ...interp.Exports) machine {
	t.Helper()
	i := interp.New(interp.Options{Unrestricted: true})
	lib, err := std.New(i, overlays...)
	if err != nil {
		t.Fatal(err)
	}
	return machine{i, lib}
}

// load imports packages under names of their own: the last element of the path.
func (m machine) load(t *testing.T, paths ...string) {
	t.Helper()
	for _, p := range paths {
		path, err := m.lib.Load(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Eval("import " + name(p) + " \"" + path + "\""); err != nil {
			t.Fatalf("import %s: %v", p, err)
		}
	}
}

// name returns the name of a package of the standard library.
func name(path string) string {
	path = strings.TrimSuffix(path, "/v2")
	return path[strings.LastIndexByte(path, '/')+1:]
}

func (m machine) eval(t *testing.T, src string) any {
	t.Helper()
	v, err := m.Eval(src)
	if err != nil {
		t.Fatalf("%s\n%v", src, err)
	}
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

// TestEverySymbol compiles a use of everything that is bound.
func TestEverySymbol(t *testing.T) {
	m := newMachine(t)
	m.eval(t, "func take(v interface{}) {}")
	for i, path := range std.Packages() {
		symbols, ok := std.Symbols(path)
		if !ok {
			t.Errorf("%s has no symbols", path)
			continue
		}
		load, err := m.lib.Load(path)
		if err != nil {
			t.Error(err)
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "import p%d %q\nfunc use%d() {\n", i, load, i)
		for n, v := range symbols {
			if v.Kind() == reflect.Pointer && v.IsNil() && !v.CanAddr() {
				fmt.Fprintf(&b, "var v%s *p%d.%s\n", n, i, n)
			} else if path != "unsafe" { // whose functions can only be called
				use := fmt.Sprintf("p%d.%s", i, n)
				if c, ok := v.Interface().(constant.Value); ok && c.Kind() == constant.Int {
					if _, exact := constant.Int64Val(c); !exact {
						use = "uint64(" + use + ")" // an int can't hold it
					}
				}
				fmt.Fprintf(&b, "take(%s)\n", use)
			}
		}
		b.WriteString("}\n")
		if _, err := m.Eval(b.String()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestNew runs what yaegi's own bindings, of Go 1.22, don't have.
func TestNew(t *testing.T) {
	tests := []struct {
		imports, src string
		want         any
	}{
		{"math/rand/v2", `rand.New(rand.NewPCG(1, 2)).IntN(1) + len(rand.Perm(3))`, 3},
		{"strings", `func() string { s := ""; strings.Lines("a\nb\n")(func(l string) bool { s = l + s; return true }); return s }()`, "b\na\n"},
		{"strings", `func() int { n := 0; strings.SplitSeq("a,b,c", ",")(func(string) bool { n++; return n < 2 }); return n }()`, 2},
		{"sync", `func() int { var wg sync.WaitGroup; n := 0; wg.Go(func() { n = 7 }); wg.Wait(); return n }()`, 7},
		{"crypto/sha3", `len(sha3.New256().Sum(nil))`, 32},
		{"encoding/hex crypto/rand", `len(rand.Text()) > 20 && hex.EncodedLen(3) == 6`, true},
		{"crypto/mlkem", `mlkem.SeedSize`, 64},
		{"testing/synctest", `synctest.Test != nil`, true},
		{"os", `func() bool { r, err := os.OpenRoot("."); return err == nil && r.Close() == nil }()`, true},
		{"time", `time.DateOnly`, "2006-01-02"},
		{"log/slog io", `slog.New(slog.NewMultiHandler(slog.NewTextHandler(io.Discard, nil))) != nil`, true},
		{"net/netip", `netip.MustParsePrefix("10.0.0.0/8").Compare(netip.MustParsePrefix("10.0.0.0/8"))`, 0},
		{"bytes", `string(bytes.TrimSpace([]byte(" x ")))`, "x"},
		{"go/version", `version.Compare("go1.21", "go1.26")`, -1},
		{"unsafe", `unsafe.String(unsafe.StringData("abc"), 2)`, "ab"},
		{"math", `uint64(math.MaxUint64) - 1`, uint64(1<<64 - 2)},
	}
	for _, tt := range tests {
		m := newMachine(t)
		m.load(t, strings.Fields(tt.imports)...)
		m.eval(t, "func result() interface{} { r := "+tt.src+"; return r }")
		if got := m.eval(t, "result()"); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s = %v, want %v", tt.src, got, tt.want)
		}
	}
}

// TestWrapperWithoutImport passes an interpreted type as an interface of a package
// that isn't loaded.
func TestWrapperWithoutImport(t *testing.T) {
	m := newMachine(t)
	m.load(t, "bufio")
	m.eval(t, `type src struct{ n int }
func (s *src) Read(b []byte) (int, error) { s.n++; b[0] = 'x'; if s.n > 2 { b[0] = '\n' }; return 1, nil }`)
	m.eval(t, `func read() string { s, _ := bufio.NewReader(&src{}).ReadString('\n'); return s }`)
	if got := m.eval(t, `read()`); got != "xx\n" {
		t.Errorf("read %q", got)
	}
}

func TestOverlays(t *testing.T) {
	var out bytes.Buffer
	fn := reflect.ValueOf
	first := interp.Exports{
		"fmt/fmt":        {"Println": fn(func(...any) (int, error) { panic("laid over") })},
		"os/os":          {"Getpid": fn(func() int { return 7 })},
		"goherd/own/own": {"X": fn(func() int { return 8 })},
	}
	second := interp.Exports{"fmt/fmt": {
		"Println": fn(func(v ...any) (int, error) { return fmt.Fprintln(&out, v...) }),
	}}
	m := newMachine(t, first, second)
	m.load(t, "fmt", "os", "goherd/own")
	m.eval(t, `type S struct{}
func (S) String() string { return "a stringer" }`)
	m.eval(t, `fmt.Println(os.Getpid(), own.X(), S{}, fmt.Sprint(S{}))`)
	if got, want := out.String(), "7 8 a stringer a stringer\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if own, _ := std.Symbols("os"); own["Getpid"].Call(nil)[0].Int() == 7 {
		t.Error("an overlay is laid over the package for everybody")
	}
}

// TestLoadWhileRunning loads every package while another goroutine looks for wrappers
// as yaegi does in running programs: in the tables of the packages, without a lock. The
// race detector would see a write to any of them.
func TestLoadWhileRunning(t *testing.T) {
	m := newMachine(t)
	stop, found := make(chan struct{}), make(chan int)
	var rounds atomic.Int64
	go func() {
		for {
			n := 0
			for path, table := range m.Symbols("") { // makes a copy of the outer table only
				if strings.HasPrefix(path, "goherd/std/") {
					continue
				}
				for range table {
					n++
				}
			}
			rounds.Add(1)
			select {
			case <-stop:
				found <- n
				return
			default:
			}
		}
	}()
	for rounds.Load() == 0 {
		runtime.Gosched()
	}
	for _, p := range std.Packages() {
		if _, err := m.lib.Load(p); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	if n := <-found; n < 150 {
		t.Errorf("only %d wrappers", n)
	}
}

// TestResponseWriter checks that compiled code finds what an interpreted
// http.ResponseWriter has besides.
func TestResponseWriter(t *testing.T) {
	m := newMachine(t)
	m.load(t, "net/http")
	m.eval(t, `type rw struct{ flushed *int }
func (rw) Header() http.Header { return http.Header{} }
func (rw) Write(b []byte) (int, error) { return len(b), nil }
func (rw) WriteHeader(int) {}
func (w rw) Flush() { *w.flushed++ }
func flush() int {
	n := 0
	if err := http.NewResponseController(rw{&n}).Flush(); err != nil { return -1 }
	return n
}`)
	if got := m.eval(t, "flush()"); got != 1 {
		t.Errorf("flushed %v times", got)
	}
}

// TestHandlers checks that a server shows the process only if that was asked for.
func TestHandlers(t *testing.T) {
	m := newMachine(t)
	get := func(path string) int {
		w := httptest.NewRecorder()
		http.DefaultServeMux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		_, _ = io.Copy(io.Discard, w.Result().Body)
		return w.Code
	}
	m.load(t, "net/http")
	for path, pkg := range map[string]string{"/debug/pprof/cmdline": "net/http/pprof", "/debug/vars": "expvar"} {
		if code := get(path); code != http.StatusNotFound {
			t.Errorf("%s answers %d before the import", path, code)
		}
		m.load(t, pkg)
		if _, err := m.lib.Load(pkg); err != nil { // a second time
			t.Error(err)
		}
		if code := get(path); code != http.StatusOK {
			t.Errorf("%s answers %d after the import", path, code)
		}
	}
}

func TestLoadOther(t *testing.T) {
	m := newMachine(t)
	for _, path := range []string{"unsafe", "example.com/x", "plugin", "goherd/host"} {
		if got, err := m.lib.Load(path); got != path || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if p := std.Packages(); !slices.IsSorted(p) || slices.Contains(p, "plugin") || !slices.Contains(p, "unsafe") {
		t.Errorf("packages: %v", p)
	}
}
