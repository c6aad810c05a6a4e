// Package history keeps the cells that were run, over sessions and kernels, so
// that a front end can offer them again: what history_request of the Jupyter
// messaging protocol asks for, with IPython's meaning of its parameters.
//
// It is not a journal of the session (nothing is restored from it), and no cell
// ever waits for it: cells are handed to a goroutine that lives only while there
// is something to do. The database is opened at first use. Several kernels use
// one file at the same time. Trouble with the file is logged and never reaches
// the user's cells: a damaged file is moved aside, an unusable one is replaced by
// memory that is gone when the kernel ends.
package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
	"unicode/utf8"
)

// Memory is the path of a history that is kept in memory only.
const Memory = ":memory:"

const (
	maxQueue  = 10_000  // cells waiting to be written
	maxSource = 1 << 20 // bytes of a cell
	maxOutput = 64 << 10
)

// ErrClosed is returned by queries after [Store.Close].
var ErrClosed = errors.New("the history is closed")

// Entry is one cell that was run.
type Entry struct {
	Session int // numbered from 1, in the order in which sessions began
	Line    int // the execution count
	Source  string
	Output  *string // the text of its result; nil: none, or not asked for
}

// Store is the history. All methods may be called from any goroutine.
type Store struct {
	path string
	log  *slog.Logger
	db   database // used by the goroutine of run only

	hurry chan struct{} // has a value when someone waits for a query

	mu      sync.Mutex
	queue   []op
	running bool // a goroutine of run exists
	closed  bool
	dropped bool // said that the queue is full
}

// op is a write, or a call for which someone waits.
type op struct {
	write write
	call  func(*database)
}

// write is one cell, or with output set the result of one.
type write struct {
	session, line int
	source        string
	output        *string
}

// DefaultPath returns where the history of this user is: $GOHERD_HISTORY if that
// is set, else a file in the user's data directory.
func DefaultPath() (string, error) {
	if p := os.Getenv("GOHERD_HISTORY"); p != "" {
		return p, nil
	}
	dir, err := dataDir(runtime.GOOS, os.Getenv)
	if err != nil {
		return "", fmt.Errorf("finding the place of the history: %w", err)
	}
	return filepath.Join(dir, "goherd", "history.sqlite"), nil
}

func dataDir(system string, getenv func(string) string) (string, error) {
	switch system {
	case "windows":
		if dir := getenv("LOCALAPPDATA"); dir != "" {
			return dir, nil
		}
	default:
		if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return dir, nil
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	switch system {
	case "windows":
		return filepath.Join(home, "AppData", "Local"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support"), nil
	}
	return filepath.Join(home, ".local", "share"), nil
}

// Open returns the history in the file at path, or in memory if path is
// [Memory]. It touches nothing: the file and its folders are made at first use,
// readable by their user only.
func Open(path string, log *slog.Logger) *Store {
	return &Store{path: path, log: log, hurry: make(chan struct{}, 1), db: database{path: path, log: log, written: pruneEvery}}
}

// NewSession begins a session and returns its number, after opening the
// database. Without it the first cell begins one.
func (s *Store) NewSession(ctx context.Context) (number int, err error) {
	err = s.call(ctx, func(d *database) error {
		number, err = d.newSession(ctx)
		return err
	})
	return number, err
}

// Add notes that a cell was run; session 0 is the current one. It doesn't wait.
// The same line again replaces the earlier one. A cell above 1 MiB isn't kept.
func (s *Store) Add(session, line int, source string) {
	if len(source) > maxSource {
		s.log.Warn("a cell is too large for the history", "line", line, "bytes", len(source))
		return
	}
	s.enqueue(op{write: write{session: session, line: line, source: source}})
}

// SetOutput notes the text of a cell's result, cut after 64 KiB. It doesn't wait.
// A cell that isn't in the history is left out.
func (s *Store) SetOutput(session, line int, text string) {
	if len(text) > maxOutput {
		n := maxOutput
		for !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n] + "…"
	}
	s.enqueue(op{write: write{session: session, line: line, output: &text}})
}

// Tail returns the last n cells, oldest first, with their outputs if asked for.
// Neither this nor the other queries return more than 10,000 cells or, roughly,
// 16 MiB.
func (s *Store) Tail(ctx context.Context, n int, output bool) (entries []Entry, err error) {
	if n <= 0 {
		return nil, nil
	}
	err = s.call(ctx, func(d *database) error {
		entries, err = d.tail(ctx, n, output)
		return err
	})
	return entries, err
}

// Range returns the cells of one session from line start to before stop. Session
// 0 is the current one, a negative number counts back from it. A negative start
// or stop counts back from the end; stop 0 is the end.
func (s *Store) Range(ctx context.Context, session, start, stop int, output bool) (entries []Entry, err error) {
	err = s.call(ctx, func(d *database) error {
		entries, err = d.lines(ctx, session, start, stop, output)
		return err
	})
	return entries, err
}

// Search returns the last n cells that a glob matches, oldest first; n ≤ 0 means
// all. In the pattern * is any text, ? one character, [a-z] and [^a-z] one of a
// set or not of it; an empty one matches all. With unique, of cells with the same
// text only the last is returned.
func (s *Store) Search(ctx context.Context, pattern string, n int, unique, output bool) (entries []Entry, err error) {
	err = s.call(ctx, func(d *database) error {
		entries, err = d.search(ctx, pattern, n, unique, output)
		return err
	})
	return entries, err
}

// Close writes what waits and closes the database. It takes at most a few
// seconds, which only another process that blocks the file can cause.
func (s *Store) Close() error {
	done := make(chan error, 1)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.push(op{call: func(d *database) { done <- d.close() }})
	s.closed = true
	s.mu.Unlock()
	return <-done
}

// call runs f after everything that was enqueued before it.
func (s *Store) call(ctx context.Context, f func(*database) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	done := make(chan error, 1)
	ok := s.enqueue(op{call: func(d *database) {
		done <- d.do(func() error { return f(d) })
	}})
	if !ok {
		return ErrClosed
	}
	// f ends soon after ctx does, as all its queries have it; waiting for that
	// lets f set its caller's variables.
	if err := <-done; err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

func (s *Store) enqueue(o op) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if len(s.queue) >= maxQueue && o.call == nil {
		if !s.dropped {
			s.log.Warn("the history can't be written fast enough; cells are left out", "path", s.path)
		}
		s.dropped = true
		return true
	}
	s.push(o)
	return true
}

// push needs s.mu.
func (s *Store) push(o op) {
	s.queue = append(s.queue, o)
	if !s.running {
		s.running = true
		go s.run()
	}
	if o.call != nil {
		select {
		case s.hurry <- struct{}{}:
		default: // it knows already
		}
	}
}

// pause is how long writes are collected: a transaction for each cell would take a
// processor from the cells. A query, and Close, don't wait for it.
const pause = 200 * time.Millisecond

// run works off the queue and ends when it is empty.
func (s *Store) run() {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.running, s.dropped = false, false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		select {
		case <-time.After(pause):
		case <-s.hurry:
		}
		s.mu.Lock()
		ops := s.queue
		s.queue = nil
		s.mu.Unlock()
		wrote := false // since the last flush
		for _, o := range ops {
			if wrote = o.call == nil; wrote {
				s.db.pending = append(s.db.pending, o.write)
				continue
			}
			s.db.flush()
			o.call(&s.db)
		}
		if wrote {
			s.db.flush()
		}
	}
}
