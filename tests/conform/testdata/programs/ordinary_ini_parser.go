package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

const config = `
; comment
name = demo
[server]
host = localhost
port = 8080
[paths]
root=/srv
bad line
`

type Section map[string]string

type ParseError struct {
	Line int
	Text string
}

func (e ParseError) Error() string { return fmt.Sprintf("line %d: cannot parse %q", e.Line, e.Text) }

func parse(r io.Reader) (map[string]Section, error) {
	out := map[string]Section{"": {}}
	cur := ""
	var errs []error
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		switch {
		case line == "" || line[0] == ';':
		case line[0] == '[' && line[len(line)-1] == ']':
			cur = line[1 : len(line)-1]
			out[cur] = Section{}
		default:
			k, v, ok := strings.Cut(line, "=")
			if !ok {
				errs = append(errs, ParseError{n, line})
				continue
			}
			out[cur][strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out, errors.Join(errs...)
}

func main() {
	cfg, err := parse(strings.NewReader(config))
	fmt.Println(cfg, err)
	var pe ParseError
	if errors.As(err, &pe) {
		fmt.Println("at line", pe.Line)
	}
}
