package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

type countingReader struct {
	io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

type upper struct{ io.Writer }

func (u upper) Write(p []byte) (int, error) { return u.Writer.Write(bytes.ToUpper(p)) }

type rw struct {
	io.Reader
	io.Writer
}

type reverse struct{ sort.Interface }

func (r reverse) Less(i, j int) bool { return r.Interface.Less(j, i) }

func main() {
	c := &countingReader{Reader: strings.NewReader("some text\nmore")}
	out, err := io.ReadAll(c)
	fmt.Println(string(out), err, c.n)
	io.Copy(upper{os.Stdout}, strings.NewReader("shout\n"))
	var b bytes.Buffer
	x := rw{strings.NewReader("in"), &b}
	io.Copy(x, x)
	fmt.Println(b.String())
	s := []int{3, 1, 2}
	sort.Sort(reverse{sort.IntSlice(s)})
	fmt.Println(s)
	sc := bufio.NewScanner(struct{ io.Reader }{strings.NewReader("a b\nc")})
	for sc.Scan() {
		fmt.Println(sc.Text())
	}
}
