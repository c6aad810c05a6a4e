package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

type rot13 struct{ r io.Reader }

func (r rot13) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, c := range p[:n] {
		switch {
		case c >= 'a' && c <= 'z':
			p[i] = 'a' + (c-'a'+13)%26
		case c >= 'A' && c <= 'Z':
			p[i] = 'A' + (c-'A'+13)%26
		}
	}
	return n, err
}

type sizer struct{ n int64 }

func (s *sizer) Write(p []byte) (int, error)       { s.n += int64(len(p)); return len(p), nil }
func (s *sizer) WriteString(p string) (int, error) { s.n += 1000; return len(p), nil }

type wt struct{ s string }

func (w wt) Read(p []byte) (int, error) { return 0, errors.New("Read is not used") }
func (w wt) WriteTo(x io.Writer) (int64, error) {
	n, err := io.WriteString(x, w.s)
	return int64(n), err
}

type closer struct{ name string }

func (c *closer) Close() error { fmt.Println("close", c.name); return nil }

type list flag

type flag []string

func (f *flag) String() string     { return strings.Join(*f, ",") }
func (f *flag) Set(s string) error { *f = append(*f, s); return nil }

func main() {
	b, err := io.ReadAll(rot13{strings.NewReader("Uryyb, Jbeyq!")})
	fmt.Println(string(b), err)
	s := &sizer{}
	io.WriteString(s, "abc")
	fmt.Fprint(s, "de")
	fmt.Println(s.n)
	n, err := io.Copy(os.Stdout, wt{"written by WriteTo\n"})
	fmt.Println(n, err)
	rc := struct {
		io.Reader
		io.Closer
	}{strings.NewReader("x"), &closer{"c"}}
	var c io.ReadCloser = rc
	io.Copy(io.Discard, c)
	c.Close()
	mw := io.MultiWriter(s, os.Stdout)
	fmt.Fprintln(mw, "multi")
	fmt.Println(s.n)
	lr := io.LimitReader(io.TeeReader(strings.NewReader("abcdef"), s), 3)
	b, _ = io.ReadAll(lr)
	fmt.Println(string(b))
	var l list
	fmt.Println(len(l))
	var fl flag
	fl.Set("a")
	fl.Set("b")
	fmt.Println(&fl, fl)
	pr, pw := io.Pipe()
	go func() { fmt.Fprint(pw, "through a pipe"); pw.Close() }()
	b, _ = io.ReadAll(pr)
	fmt.Println(string(b))
}
