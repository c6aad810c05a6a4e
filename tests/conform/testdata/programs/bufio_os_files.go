package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	dir, err := os.MkdirTemp("", "x")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	p := filepath.Join(dir, "a.txt")
	fmt.Println(os.WriteFile(p, []byte("one\ntwo\nthree three\n"), 0o600))
	f, err := os.OpenFile(p, os.O_APPEND|os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(f, "four")
	f.Seek(0, io.SeekStart)
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		fmt.Println(n, sc.Text())
	}
	f.Close()
	b, _ := os.ReadFile(p)
	ws := bufio.NewScanner(bytes.NewReader(b))
	ws.Split(bufio.ScanWords)
	n := 0
	for ws.Scan() {
		n++
	}
	fmt.Println(n, len(b))
	custom := bufio.NewScanner(strings.NewReader("a,b,,c"))
	custom.Split(func(data []byte, eof bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, ','); i >= 0 {
			return i + 1, data[:i], nil
		}
		if eof && len(data) > 0 {
			return len(data), data, bufio.ErrFinalToken
		}
		return 0, nil, nil
	})
	for custom.Scan() {
		fmt.Printf("%q ", custom.Text())
	}
	fmt.Println()
	os.Mkdir(filepath.Join(dir, "sub"), 0o755)
	os.WriteFile(filepath.Join(dir, "sub", "b.go"), nil, 0o644)
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		fmt.Println(rel, d.IsDir())
		return err
	})
	st, err := os.Stat(p)
	fmt.Println(st.Name(), st.Size(), err, st.Mode())
	_, err = os.Stat(p + "x")
	fmt.Println(os.IsNotExist(err), errors.Is(err, fs.ErrNotExist))
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	fmt.Fprintf(w, "buffered %d\n", w.Buffered())
	r := bufio.NewReader(strings.NewReader("line\nrest"))
	l, _ := r.ReadString('\n')
	c, _, _ := r.ReadRune()
	r.UnreadRune()
	pk, _ := r.Peek(2)
	rest, err := r.ReadString('\n')
	fmt.Fprintf(w, "%q %c %s %q %v\n", l, c, pk, rest, err)
	os.Setenv("CONFORM_X", "val")
	fmt.Fprintln(w, os.Getenv("CONFORM_X"), os.ExpandEnv("$CONFORM_X!"))
}
