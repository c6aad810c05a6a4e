package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
	"time"
)

type mem map[string]string

type file struct {
	name string
	*strings.Reader
}

func (f file) Stat() (fs.FileInfo, error) { return info{f.name, f.Size()}, nil }
func (f file) Close() error               { return nil }

type info struct {
	name string
	size int64
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }

func (m mem) Open(name string) (fs.File, error) {
	s, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return file{name, strings.NewReader(s)}, nil
}

func main() {
	m := mem{"a.txt": "content"}
	b, err := fs.ReadFile(m, "a.txt")
	fmt.Println(string(b), err)
	_, err = fs.ReadFile(m, "b")
	fmt.Println(err, errors.Is(err, fs.ErrNotExist))
	st, _ := fs.Stat(m, "a.txt")
	fmt.Println(st.Name(), st.Size(), st.Mode())
	t := fstest.MapFS{"d/x.txt": {Data: []byte("x")}, "d/y.txt": {Data: []byte("yy")}}
	names, _ := fs.Glob(t, "d/*.txt")
	fmt.Println(names)
	fs.WalkDir(t, ".", func(p string, d fs.DirEntry, err error) error { fmt.Print(p, " "); return err })
	fmt.Println()
}
