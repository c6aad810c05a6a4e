package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

type P struct{ X, Y int }

func (p *P) Scan(s fmt.ScanState, verb rune) error {
	_, err := fmt.Fscanf(s, "<%d,%d>", &p.X, &p.Y)
	return err
}

func main() {
	var a int
	var s string
	var f float64
	n, err := fmt.Sscan("12 word 2.5", &a, &s, &f)
	fmt.Println(n, err, a, s, f)
	n, err = fmt.Sscanf("key=7;x", "key=%d;%s", &a, &s)
	fmt.Println(n, err, a, s)
	var p P
	n, err = fmt.Sscan("<3,4>", &p)
	fmt.Println(n, err, p)
	n, err = fmt.Sscan("abc", &a)
	fmt.Println(n, err)
	r := bufio.NewReader(strings.NewReader("1 2\n3"))
	for {
		var x int
		if _, err := fmt.Fscan(r, &x); err != nil {
			fmt.Println(err == io.EOF)
			break
		}
		fmt.Print(x, " ")
	}
}
