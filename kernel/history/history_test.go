package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// TestMain also is another kernel: see TestKernelsShareAFile.
func TestMain(m *testing.M) {
	if path := os.Getenv("HISTORY_TEST_WRITER"); path != "" {
		s := Open(path, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		for line := range 200 {
			s.Add(0, line+1, fmt.Sprint("cell ", line+1))
		}
		if err := s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var ctx = context.Background()

// logged collects what is logged.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func open(t *testing.T, path string) (*Store, *logged) {
	t.Helper()
	l := new(logged)
	s := Open(path, slog.New(slog.NewTextHandler(l, nil)))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, l
}

func quiet(t *testing.T, l *logged) {
	t.Helper()
	if s := l.String(); s != "" {
		t.Errorf("logged: %s", s)
	}
}

// text shows entries as session.line:source[=output].
func text(t *testing.T, entries []Entry, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, e := range entries {
		s := fmt.Sprintf("%d.%d:%s", e.Session, e.Line, e.Source)
		if e.Output != nil {
			s += "=" + *e.Output
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func TestQueries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir", "history ü?#%.sqlite")
	for session := 1; session <= 3; session++ {
		s, l := open(t, path)
		if session == 2 {
			if n, err := s.NewSession(ctx); n != 2 || err != nil {
				t.Fatal(n, err)
			}
		}
		s.Add(0, 1, "a")
		s.Add(0, 2, fmt.Sprint("b", session))
		s.SetOutput(0, 2, "out")
		s.SetOutput(0, 99, "of no cell")
		s.Add(0, 3, "c[x]")
		if session == 3 {
			s.Add(1, 4, "late")
			s.Add(0, 2, "again")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		quiet(t, l)
	}
	s, l := open(t, path)
	if n, err := s.NewSession(ctx); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	s.Add(0, 1, "now")
	for _, test := range []struct {
		name string
		run  func() ([]Entry, error)
		want string
	}{
		{"tail", func() ([]Entry, error) { return s.Tail(ctx, 3, true) }, "3.2:again 3.3:c[x] 4.1:now"},
		{"tail with output", func() ([]Entry, error) { return s.Tail(ctx, 6, true) }, "2.2:b2=out 2.3:c[x] 3.1:a 3.2:again 3.3:c[x] 4.1:now"},
		{"tail without output", func() ([]Entry, error) { return s.Tail(ctx, 6, false) }, "2.2:b2 2.3:c[x] 3.1:a 3.2:again 3.3:c[x] 4.1:now"},
		{"tail 0", func() ([]Entry, error) { return s.Tail(ctx, 0, false) }, ""},
		{"tail of all", func() ([]Entry, error) { return s.Tail(ctx, 1<<62, false) }, "1.1:a 1.2:b1 1.3:c[x] 1.4:late 2.1:a 2.2:b2 2.3:c[x] 3.1:a 3.2:again 3.3:c[x] 4.1:now"},
		{"range", func() ([]Entry, error) { return s.Range(ctx, 1, 2, 3, true) }, "1.2:b1=out"},
		{"range of the current", func() ([]Entry, error) { return s.Range(ctx, 0, 1, 0, true) }, "4.1:now"},
		{"range of the one before", func() ([]Entry, error) { return s.Range(ctx, -1, 0, 0, false) }, "3.1:a 3.2:again 3.3:c[x]"},
		{"range from the end", func() ([]Entry, error) { return s.Range(ctx, 1, -3, -1, false) }, "1.2:b1 1.3:c[x]"},
		{"range beyond", func() ([]Entry, error) { return s.Range(ctx, -100, 0, 0, false) }, ""},
		{"search", func() ([]Entry, error) { return s.Search(ctx, "b*", 0, false, true) }, "1.2:b1=out 2.2:b2=out"},
		{"search n", func() ([]Entry, error) { return s.Search(ctx, "b?", 1, false, false) }, "2.2:b2"},
		{"search set", func() ([]Entry, error) { return s.Search(ctx, "b[^2]", 0, false, false) }, "1.2:b1"},
		{"search all", func() ([]Entry, error) { return s.Search(ctx, "", 2, false, false) }, "3.3:c[x] 4.1:now"},
		{"search unique", func() ([]Entry, error) { return s.Search(ctx, "[ac]*", 0, true, false) }, "3.1:a 3.2:again 3.3:c[x]"},
		{"search unique n", func() ([]Entry, error) { return s.Search(ctx, "*", 2, true, false) }, "3.3:c[x] 4.1:now"},
		{"search literal", func() ([]Entry, error) { return s.Search(ctx, "c[[]x]", 1, false, false) }, "3.3:c[x]"},
	} {
		entries, err := test.run()
		if got := text(t, entries, err); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
	quiet(t, l)
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s is open to others: %v", name, info.Mode())
		}
	}
}

func TestNothingIsTouchedBeforeUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	s, _ := open(t, path)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Tail(ctx, 1, false); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	s.Add(0, 1, "x")
	s.SetOutput(0, 1, "x")
}

func TestMemory(t *testing.T) {
	s, l := open(t, Memory)
	entries, err := s.Range(ctx, 0, 0, 0, false)
	if got := text(t, entries, err); got != "" {
		t.Errorf("got %s", got)
	}
	s.Add(0, 1, "a")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Tail(cancelled, 1, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	entries, err = s.Tail(ctx, 9, false)
	if got := text(t, entries, err); got != "1.1:a" {
		t.Errorf("got %s", got)
	}
	quiet(t, l)
}

// A query that is cancelled while it runs must not take the memory with it.
func TestCancelledQuery(t *testing.T) {
	s, _ := open(t, Memory)
	slow := strings.Repeat("a", 100_000)
	for line := range 200 {
		s.Add(0, line+1, slow)
	}
	if _, err := s.Tail(ctx, 1, false); err != nil { // all is written
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := s.Search(short, strings.Repeat("*a", 20)+"b", 0, false, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if entries, err := s.Tail(ctx, 1000, false); len(entries) != 168 || err != nil { // 16 MiB of 20
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestManyCells(t *testing.T) {
	s, l := open(t, Memory)
	if _, err := s.NewSession(ctx); err != nil {
		t.Fatal(err)
	}
	err := s.call(ctx, func(d *database) error { // as Add would, in a hundredth of the time
		_, err := d.sql.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
			INSERT INTO cells (session, line, source) SELECT 1, i, 'x' FROM n`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Search(ctx, "*", 0, false, false)
	if err != nil || len(entries) != maxReply || entries[maxReply-1].Line != 25_000 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	s.Add(0, 30_000, strings.Repeat("x", maxSource+1))
	s.Add(0, 30_001, "y")
	s.SetOutput(0, 30_001, strings.Repeat("é", maxOutput))
	entries, err = s.Tail(ctx, 2, true)
	if err != nil || entries[0].Line != 25_000 || entries[1].Line != 30_001 || len(*entries[1].Output) != maxOutput+len("…") {
		t.Errorf("got %d entries, %v", len(entries), err)
	}
	if !strings.Contains(l.String(), "too large") {
		t.Errorf("logged %s", l)
	}
}

func TestRetention(t *testing.T) {
	var d database
	d.log = slog.New(slog.DiscardHandler)
	if err := d.openMemory(); err != nil {
		t.Fatal(err)
	}
	for session := range 3 {
		if _, err := d.newSession(ctx); err != nil {
			t.Fatal(err)
		}
		for line := range 10 {
			d.pending = append(d.pending, write{line: line + 1, source: fmt.Sprint(session)})
		}
		d.flush()
	}
	tx, err := d.sql.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(prune(tx, 12), tx.Commit()); err != nil {
		t.Fatal(err)
	}
	var cells, first, sessions int
	row := d.sql.QueryRow("SELECT COUNT(*), MIN(session), (SELECT COUNT(*) FROM sessions) FROM cells")
	if err := errors.Join(row.Scan(&cells, &first, &sessions), d.close()); err != nil {
		t.Fatal(err)
	}
	if cells != 12 || first != 2 || sessions != 2 {
		t.Errorf("%d cells from session %d, %d sessions", cells, first, sessions)
	}
}

func TestKernelsShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const kernels = 6
	var wg sync.WaitGroup
	for range kernels {
		wg.Go(func() {
			cmd := exec.Command(exe)
			cmd.Env = append(os.Environ(), "HISTORY_TEST_WRITER="+path)
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v %s", err, out)
			}
		})
	}
	wg.Wait()
	s, l := open(t, path)
	for session := 1; session <= kernels; session++ {
		entries, err := s.Range(ctx, session, 0, 0, false)
		if err != nil || len(entries) != 200 || entries[199].Source != "cell 200" {
			t.Errorf("session %d: %d cells, %v", session, len(entries), err)
		}
	}
	quiet(t, l)
}

func TestDamagedFile(t *testing.T) {
	for name, damage := range map[string]func(string) error{
		"not a database": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("rubbish ", 1000)), 0o600) },
		"overwritten": func(path string) error {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, 8192), 100)
			return errors.Join(err, f.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "history.sqlite")
			first, _ := open(t, path)
			for line := range 500 {
				first.Add(0, line+1, strings.Repeat("x", 100))
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			s, l := open(t, path)
			s.Add(0, 1, "new")
			entries, err := s.Tail(ctx, 10, false)
			if got := text(t, entries, err); got != "1.1:new" {
				t.Errorf("got %s", got)
			}
			if !strings.Contains(l.String(), "begins anew") || strings.Contains(l.String(), "memory") {
				t.Errorf("logged %s", l)
			}
			if moved, err := filepath.Glob(path + ".damaged-*"); len(moved) != 1 || err != nil {
				t.Errorf("moved %v, %v", moved, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again, l := open(t, path)
			entries, err = again.Tail(ctx, 10, false)
			if got := text(t, entries, err); got != "1.1:new" {
				t.Errorf("after a restart: got %s", got)
			}
			quiet(t, l)
		})
	}
}

// A file that is damaged while it is open, by another process for example.
func TestDamagedWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	s, l := open(t, path)
	other, ol := open(t, path)
	for line := range 500 {
		s.Add(0, line+1, strings.Repeat("x", 100))
	}
	for _, s := range []*Store{s, other} {
		if _, err := s.Tail(ctx, 1, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := os.WriteFile(path+suffix, bytes.Repeat([]byte{0xff}, 1<<16), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*Store{s, other} {
		s.Add(0, 501, "after")
		entries, err := s.Search(ctx, "after", 1, false, false)
		if err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
	}
	if moved, err := filepath.Glob(path + ".damaged-*[0-9]"); len(moved) != 1 || err != nil {
		t.Errorf("moved %v, %v", moved, err)
	}
	if got := l.String() + ol.String(); strings.Count(got, "begins anew") != 1 {
		t.Errorf("logged %s", got)
	}
}

func TestUnusableFileIsReplacedByMemory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer")
	var d database
	d.path, d.log = newer, slog.New(slog.DiscardHandler)
	if err := d.use(); err != nil {
		t.Fatal(err)
	}
	_, err := d.sql.Exec("PRAGMA user_version = 99")
	if err := errors.Join(err, d.close()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(file, "history.sqlite"), dir, newer} {
		s, l := open(t, path)
		s.Add(0, 1, "a")
		entries, err := s.Tail(ctx, 10, false)
		if got := text(t, entries, err); got != "1.1:a" {
			t.Errorf("got %s", got)
		}
		if strings.Count(l.String(), "kept in memory only") != 1 {
			t.Errorf("logged %s", l)
		}
	}
}

// Another process that holds the lock for long delays the history but loses
// nothing.
func TestBlockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.sqlite")
	blocker := database{path: path, log: slog.New(slog.DiscardHandler)}
	if err := blocker.use(); err != nil {
		t.Fatal(err)
	}
	tx, err := blocker.sql.Begin()
	if err != nil {
		t.Fatal(err)
	}
	s, l := open(t, path)
	s.Add(0, 1, "a")
	if entries, err := s.Tail(ctx, 10, false); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
	if !strings.Contains(l.String(), "blocked by another process") {
		t.Errorf("logged %s", l)
	}
	s.Add(0, 2, "b")
	if err := errors.Join(tx.Rollback(), blocker.close()); err != nil {
		t.Fatal(err)
	}
	entries, err := s.Tail(ctx, 10, false)
	if got := text(t, entries, err); got != "1.1:a 1.2:b" {
		t.Errorf("got %s", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	s, l := open(t, filepath.Join(t.TempDir(), "history.sqlite"))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				line := g*50 + i + 1
				s.Add(0, line, "x")
				s.SetOutput(0, line, "y")
				if i%10 == 0 {
					if _, err := s.Tail(ctx, 5, true); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	entries, err := s.Range(ctx, 0, 1, 0, true)
	if err != nil || len(entries) != 400 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, e := range entries {
		if e.Line != i+1 || e.Output == nil || *e.Output != "y" {
			t.Fatalf("got %+v", e)
		}
	}
	quiet(t, l)
}

func TestDefaultPath(t *testing.T) {
	t.Setenv("GOHERD_HISTORY", Memory)
	if p, err := DefaultPath(); p != Memory || err != nil {
		t.Errorf("got %s, %v", p, err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	abs := t.TempDir()
	var got []string
	for _, c := range [][3]string{{"linux", "XDG_DATA_HOME", abs}, {"linux", "XDG_DATA_HOME", "relative"}, {"darwin", "", ""}, {"windows", "LOCALAPPDATA", abs}, {"windows", "", ""}} {
		dir, err := dataDir(c[0], func(name string) string {
			if name == c[1] {
				return c[2]
			}
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(strings.Replace(dir, home, "~", 1)))
	}
	want := []string{filepath.ToSlash(abs), "~/.local/share", "~/Library/Application Support", filepath.ToSlash(abs), "~/AppData/Local"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
