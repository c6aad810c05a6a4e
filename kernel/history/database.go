package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

const (
	schemaVersion = 1
	maxCells      = 100_000 // kept in the file, over all sessions
	maxReply      = 10_000  // returned by one query
	maxReplyBytes = 16 << 20
	pruneEvery    = 1000 // cells written between two looks at maxCells
	busyTimeout   = 2 * time.Second
)

const schema = `
CREATE TABLE IF NOT EXISTS sessions (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	started TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS cells (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	session INTEGER NOT NULL,
	line    INTEGER NOT NULL,
	source  TEXT NOT NULL,
	output  TEXT,
	UNIQUE (session, line)
);
`

// database is the file, or the memory in its place. It is used by one goroutine
// at a time.
type database struct {
	path string
	log  *slog.Logger

	sql     *sql.DB     // nil: not open
	file    fs.FileInfo // the file as it was opened; nil in memory
	current int         // the session of this kernel; 0: none yet
	pending []write     // not yet written
	written int         // cells since the last pruning
	blocked bool        // said that another process blocks the file
}

// use opens the database if it isn't open. What is wrong with the file is cured
// or logged; an error means that another process blocks the file or that not
// even memory can be had.
func (d *database) use() error {
	if d.sql != nil {
		return nil
	}
	if d.path != Memory {
		err := d.openPatiently()
		if damaged(err) {
			d.moveAside(err)
			err = d.openPatiently()
		}
		if err == nil || busy(err) {
			return err
		}
		d.log.Warn("the history is kept in memory only", "path", d.path, "error", err)
	}
	return d.openMemory()
}

func (d *database) openMemory() error {
	d.path, d.file = Memory, nil
	return d.connect(Memory)
}

// openPatiently tries again while other kernels make the same file: SQLite does
// not wait by itself for the change to its write-ahead log.
func (d *database) openPatiently() error {
	for deadline := time.Now().Add(busyTimeout); ; time.Sleep(20 * time.Millisecond) {
		if err := d.openFile(); !busy(err) || time.Now().After(deadline) {
			return err
		}
	}
}

func (d *database) openFile() error {
	path, err := filepath.Abs(d.path)
	if err != nil {
		return err
	}
	d.path = path
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// SQLite would make the file readable by others.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	d.file = info
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // before a drive's letter
	}
	return d.connect((&url.URL{Scheme: "file", Path: slashed}).String())
}

func (d *database) connect(name string) error {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(wal)",   // several kernels read and write at once
		"synchronous(normal)", // a power cut may lose the last cells, not the file
		"cache_size(-512)",    // kB
	}}
	db, err := sql.Open("sqlite", name+"?"+q.Encode())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // a second one would see another memory
	var version int
	err = db.QueryRow("PRAGMA user_version").Scan(&version)
	switch {
	case err != nil:
	case version > schemaVersion:
		err = fmt.Errorf("it is of version %d, this kernel knows %d", version, schemaVersion)
	case version < schemaVersion:
		_, err = db.Exec(schema + fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	d.sql = db
	return nil
}

func (d *database) close() error {
	defer func() { d.pending = nil }()
	if n := len(d.pending); n > 0 {
		d.log.Warn("cells are not in the history: its file is blocked by another process", "path", d.path, "cells", n)
	}
	if d.sql == nil {
		return nil
	}
	err := d.sql.Close()
	d.sql = nil
	if err != nil {
		return fmt.Errorf("closing the history: %w", err)
	}
	return nil
}

// code is the primary result code of an SQLite error, 0 for another error.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func damaged(err error) bool {
	c := code(err)
	return c == codes.SQLITE_CORRUPT || c == codes.SQLITE_NOTADB
}

func busy(err error) bool {
	c := code(err)
	return c == codes.SQLITE_BUSY || c == codes.SQLITE_LOCKED
}

// moveAside renames a damaged file, so that a new one can be made and the old
// one looked at. If another kernel was faster the file is new and stays.
func (d *database) moveAside(cause error) {
	if d.sql != nil {
		d.sql.Close() // the file is damaged: there is nothing to learn from its error
		d.sql = nil
	}
	now, err := os.Stat(d.path)
	if err != nil || d.file == nil || !os.SameFile(now, d.file) {
		return
	}
	to := d.path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000")
	d.log.Warn("the history is damaged and begins anew", "path", d.path, "moved", to, "error", cause)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(d.path+suffix, to+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.log.Warn("the damaged history can't be moved", "error", err)
		}
	}
}

// do runs f on the open database, once more if it finds the file damaged.
func (d *database) do(f func() error) error {
	err := d.use()
	if err == nil {
		err = f()
	}
	if damaged(err) && d.path != Memory {
		d.moveAside(err)
		if err = d.use(); err == nil {
			err = f()
		}
	}
	return err
}

// flush writes what is pending, if it can.
func (d *database) flush() {
	if len(d.pending) == 0 {
		return
	}
	err := d.do(d.tryFlush)
	if busy(err) {
		if !d.blocked {
			d.log.Warn("the history is blocked by another process; its cells wait", "path", d.path, "error", err)
		}
		d.blocked = true
		if extra := len(d.pending) - maxQueue; extra > 0 {
			d.pending = slices.Delete(d.pending, 0, extra)
		}
		return
	}
	if err != nil && d.path != Memory {
		d.log.Warn("the history can't be written and is kept in memory from now on", "path", d.path, "error", err)
		if d.sql != nil {
			d.sql.Close() // its error would be the same again
			d.sql = nil
		}
		if err = d.openMemory(); err == nil {
			err = d.tryFlush()
		}
	}
	if err != nil {
		d.log.Warn("cells are not in the history", "cells", len(d.pending), "error", err)
	}
	d.blocked = false
	d.pending = nil
}

func (d *database) tryFlush() error {
	// The caller of Add has no context and the time is bounded by busyTimeout.
	ctx := context.Background()
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	current, err := d.ensureSession(ctx, tx)
	if err != nil {
		return err
	}
	written := d.written
	for _, w := range d.pending {
		if w.session == 0 {
			w.session = current
		}
		if w.output != nil {
			_, err = tx.Exec("UPDATE cells SET output = ? WHERE session = ? AND line = ?", *w.output, w.session, w.line)
		} else {
			_, err = tx.Exec(`INSERT INTO cells (session, line, source) VALUES (?, ?, ?)
				ON CONFLICT (session, line) DO UPDATE SET source = excluded.source, output = NULL`, w.session, w.line, w.source)
			written++
		}
		if err != nil {
			return err
		}
	}
	if written >= pruneEvery {
		if err := prune(tx, maxCells); err != nil {
			return err
		}
		written = 0
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	d.current, d.pending, d.written = current, nil, written
	return nil
}

// ensureSession returns the current session, which is also made known to a file
// that has been begun anew.
func (d *database) ensureSession(ctx context.Context, tx *sql.Tx) (int, error) {
	if d.current == 0 {
		return insertSession(ctx, tx)
	}
	_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO sessions (id) VALUES (?)", d.current)
	return d.current, err
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func insertSession(ctx context.Context, db execer) (int, error) {
	r, err := db.ExecContext(ctx, "INSERT INTO sessions DEFAULT VALUES")
	if err != nil {
		return 0, err
	}
	id, err := r.LastInsertId()
	return int(id), err
}

// prune removes the oldest cells, and the sessions before those that are left.
func prune(db *sql.Tx, keep int) error {
	_, err := db.Exec(`DELETE FROM cells WHERE id <= (SELECT MAX(id) FROM cells) - ?;
		DELETE FROM sessions WHERE id < (SELECT MIN(session) FROM cells)`, keep)
	return err
}

func (d *database) newSession(ctx context.Context) (int, error) {
	id, err := insertSession(ctx, d.sql)
	if err == nil {
		d.current = id
	}
	return id, err
}

func (d *database) tail(ctx context.Context, n int, output bool) ([]Entry, error) {
	entries, err := d.entries(ctx, output, "ORDER BY session DESC, line DESC LIMIT ?", min(n, maxReply))
	slices.Reverse(entries)
	return entries, err
}

func (d *database) lines(ctx context.Context, session, start, stop int, output bool) ([]Entry, error) {
	if session <= 0 {
		current := d.current
		if current == 0 { // it will be the next one
			if err := d.sql.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) + 1 FROM sessions").Scan(&current); err != nil {
				return nil, err
			}
		}
		session += current
	}
	var end int // one past the last line
	if err := d.sql.QueryRowContext(ctx, "SELECT COALESCE(MAX(line), 0) + 1 FROM cells WHERE session = ?", session).Scan(&end); err != nil {
		return nil, err
	}
	if start < 0 {
		start += end
	}
	if stop < 0 {
		stop += end
	} else if stop == 0 {
		stop = end
	}
	return d.entries(ctx, output, "WHERE session = ? AND line >= ? AND line < ? ORDER BY line LIMIT ?", session, start, stop, maxReply)
}

func (d *database) search(ctx context.Context, pattern string, n int, unique, output bool) ([]Entry, error) {
	if pattern == "" {
		pattern = "*"
	}
	if n <= 0 || n > maxReply {
		n = maxReply
	}
	where := "WHERE source GLOB ?"
	if unique {
		// A packed key rather than a tuple, because MAX takes one value.
		where = "WHERE (session << 32 | line) IN (SELECT MAX(session << 32 | line) FROM cells WHERE source GLOB ? GROUP BY source)"
	}
	entries, err := d.entries(ctx, output, where+" ORDER BY session DESC, line DESC LIMIT ?", pattern, n)
	slices.Reverse(entries)
	return entries, err
}

func (d *database) entries(ctx context.Context, output bool, where string, args ...any) (entries []Entry, err error) {
	column := "NULL"
	if output {
		column = "output"
	}
	rows, err := d.sql.QueryContext(ctx, "SELECT session, line, source, "+column+" FROM cells "+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for bytes := 0; bytes < maxReplyBytes && rows.Next(); {
		var e Entry
		if err := rows.Scan(&e.Session, &e.Line, &e.Source, &e.Output); err != nil {
			return nil, err
		}
		entries = append(entries, e)
		bytes += len(e.Source)
		if e.Output != nil {
			bytes += len(*e.Output)
		}
	}
	return entries, rows.Err()
}
