package bus

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// maxInline is the size from which on a payload doesn't ride on the bus.
const maxInline = 256 << 10

// align is what the large slices in a payload are aligned to.
const align = 64

// Pack makes a payload of what package ship wrote. Where it is large it is copied into a blob, which lives until the
// head has taken it, Drop is called or the connection is closed. Else it is copied into one slice.
func (c *Conn) Pack(data []byte, segments [][]byte) (Payload, error) {
	p := Payload{Size: int64(len(data))}
	size := p.Size
	for _, s := range segments {
		p.Segments = append(p.Segments, int64(len(s)))
		size = aligned(size) + int64(len(s))
	}
	if size <= maxInline {
		p.Data = make([]byte, 0, size)
		p.Data = append(p.Data, data...)
		for _, s := range segments {
			p.Data = append(p.Data[:aligned(int64(len(p.Data)))], s...)
		}
		return p, nil
	}
	b, err := newBlob(c.addr.Dir, c.addr.User, data, segments, size)
	if err != nil {
		return Payload{}, fmt.Errorf("%d bytes can't be passed on: %w", size, err)
	}
	p.Blob = b.name
	if !c.own.add(b) {
		return Payload{}, ErrClosed
	}
	return p, nil
}

// Drop frees the blob of a payload that Pack made and that isn't sent after all.
func (c *Conn) Drop(p Payload) { c.own.close(p.Blob) }

// Open opens a payload that came from the head. Close of the result tells the head that it isn't needed any more.
func (c *Conn) Open(p Payload) (*Image, error) {
	m, err := openImage(p, c.addr.Dir)
	if err != nil {
		return nil, err
	}
	if p.Blob != "" {
		m.taken = func() { _ = c.Send(&Taken{Blob: p.Blob}) } // a connection that has ended needs no message
	}
	return m, nil
}

// An Image is a payload being read. Its methods may be called from one goroutine at a time.
type Image struct {
	Data  []byte  // without the large slices
	Sizes []int64 // of the large slices
	at    []int64 // where they begin
	bytes []byte  // the whole image, where there is no file
	file  *os.File
	taken func()
}

// Segment reads the large slice i whole into p, which has its size.
func (m *Image) Segment(i int, p []byte) error {
	if i < 0 || i >= len(m.Sizes) || int64(len(p)) != m.Sizes[i] {
		return fmt.Errorf("there is no slice %d of %d bytes in what was passed", i, len(p))
	}
	if m.file == nil {
		copy(p, m.bytes[m.at[i]:])
		return nil
	}
	return inParts(p, m.at[i], m.file.ReadAt)
}

// Close ends reading. Data stays valid.
func (m *Image) Close() {
	if m.file != nil {
		_ = m.file.Close() // it was only read
		m.file = nil
	}
	if m.taken != nil {
		m.taken()
		m.taken = nil
	}
}

func aligned(n int64) int64 { return (n + align - 1) &^ (align - 1) }

// layout returns where the slices of a payload begin and the size of its image.
func layout(p Payload) (at []int64, size int64, err error) {
	size = p.Size
	const most = 1 << 50
	if size < 0 || size > most {
		return nil, 0, errBadPayload
	}
	for _, n := range p.Segments {
		size = aligned(size)
		at = append(at, size)
		if n < 0 || n > most {
			return nil, 0, errBadPayload
		}
		if size += n; size > most {
			return nil, 0, errBadPayload
		}
	}
	return at, size, nil
}

var errBadPayload = errors.New("the sizes in what was passed are wrong")

func openImage(p Payload, dir string) (*Image, error) {
	if p.Blob == "" && p.Size == 0 && len(p.Segments) == 0 {
		p.Size = int64(len(p.Data))
	}
	at, size, err := layout(p)
	if err != nil {
		return nil, err
	}
	m := &Image{Sizes: p.Segments, at: at}
	if p.Blob == "" {
		if int64(len(p.Data)) != size {
			return nil, errBadPayload
		}
		m.Data, m.bytes = p.Data[:p.Size:p.Size], p.Data
		return m, nil
	}
	if m.file, err = openBlob(p.Blob, dir, size); err != nil {
		return nil, fmt.Errorf("what was passed in %s: %w", p.Blob, err)
	}
	m.Data = make([]byte, p.Size)
	if _, err := io.ReadFull(io.NewSectionReader(m.file, 0, p.Size), m.Data); err != nil {
		_ = m.file.Close() // it was only read
		return nil, fmt.Errorf("what was passed in %s: %w", p.Blob, err)
	}
	return m, nil
}

// A blob is a file with the image of a payload, which its owner keeps open.
type blob struct {
	name string
	size int64
	file *os.File
	path string // to be removed, where it has a path
}

func (b *blob) close() {
	if b.file != nil {
		_ = b.file.Close() // all was written
	}
	if b.path != "" {
		_ = os.Remove(b.path) // the session's directory is removed at the latest
	}
}

// writeImage writes an image at the offsets that layout gives.
func writeImage(f *os.File, data []byte, segments [][]byte) error {
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	at := int64(len(data))
	for _, s := range segments {
		at = aligned(at)
		if err := inParts(s, at, f.WriteAt); err != nil {
			return err
		}
		at += int64(len(s))
	}
	return nil
}

// inParts reads or writes p at an offset, a large p in parts at the same time: most of it is the system finding pages.
func inParts(p []byte, at int64, do func(p []byte, at int64) (int, error)) error {
	const least = 4 << 20
	n := min(len(p)/least, runtime.GOMAXPROCS(0), 4)
	if n <= 1 {
		_, err := do(p, at)
		return err
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		from, to := len(p)/n*i, len(p)/n*(i+1)
		if i == n-1 {
			to = len(p)
		}
		wg.Go(func() { _, errs[i] = do(p[from:to], at+int64(from)) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// blobs are those that a process keeps, by name.
type blobs struct {
	mu     sync.Mutex
	m      map[string]*blob
	closed bool
}

func (s *blobs) add(b *blob) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		b.close()
		return false
	}
	if s.m == nil {
		s.m = map[string]*blob{}
	}
	s.m[b.name] = b
	return true
}

// close frees a blob that isn't needed.
func (s *blobs) close(name string) {
	if b := s.remove(name); b != nil {
		b.close()
	}
}

// taken lets go of a blob that the head has now: it removes the file.
func (s *blobs) taken(name string) {
	if b := s.remove(name); b != nil {
		b.path = ""
		b.close()
	}
}

func (s *blobs) remove(name string) *blob {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.m[name]
	delete(s.m, name)
	return b
}

func (s *blobs) closeAll() {
	s.mu.Lock()
	m := s.m
	s.m, s.closed = nil, true
	s.mu.Unlock()
	for _, b := range m {
		b.close()
	}
}

// splitName takes the name of a memory file apart: its path, and its tag, which is never used again, as a path of a
// file descriptor is. Names of files have none.
func splitName(name string) (path, tag string, ok bool) { return strings.Cut(name, "#") }

var (
	errNotBlob  = errors.New("it isn't a payload's file")
	errBlobGone = errors.New("it was freed")
)

// blobDir is where blobs that are files are, in the session's directory.
const blobDir = "blobs"

// newFileBlob writes a payload to a file that only the user can read. Its name begins with the client's, so that
// the head can remove what a client that died has left.
func newFileBlob(dir, user string, data []byte, segments [][]byte, size int64) (*blob, error) {
	name := user + "." + rand.Text()
	path := filepath.Join(dir, blobDir, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	b := &blob{name: name, size: size, file: f, path: path}
	err = f.Truncate(size)
	if err == nil {
		err = writeImage(f, data, segments)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func openFileBlob(name, dir string, size int64) (*os.File, error) {
	if name != filepath.Base(name) || name == "." || name == ".." {
		return nil, errNotBlob
	}
	path := filepath.Join(dir, blobDir, name)
	st, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errNotBlob
	}
	if st.Size() < size {
		return nil, errBadPayload
	}
	return os.Open(path)
}
