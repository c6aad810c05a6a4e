package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var logs = `2024-01-01T10:00:00Z INFO server started port=80
2024-01-01T10:00:05Z ERROR db failed code=17
2024-01-01T10:01:00Z WARN slow query ms=1500
2024-01-01T10:02:00Z ERROR db failed code=18
garbage line`

type Entry struct {
	Time   time.Time
	Level  string
	Msg    string
	Fields map[string]string
}

var re = regexp.MustCompile(`^(\S+) (INFO|WARN|ERROR) (.*?)((?: \w+=\w+)*)$`)

func parse(l string) (*Entry, error) {
	m := re.FindStringSubmatch(l)
	if m == nil {
		return nil, fmt.Errorf("bad line %q", l)
	}
	t, err := time.Parse(time.RFC3339, m[1])
	if err != nil {
		return nil, err
	}
	e := &Entry{t, m[2], m[3], map[string]string{}}
	for _, f := range strings.Fields(m[4]) {
		k, v, _ := strings.Cut(f, "=")
		e.Fields[k] = v
	}
	return e, nil
}

func main() {
	byLevel := map[string][]*Entry{}
	var first, last time.Time
	for i, l := range strings.Split(logs, "\n") {
		e, err := parse(l)
		if err != nil {
			fmt.Println(i+1, err)
			continue
		}
		if first.IsZero() {
			first = e.Time
		}
		last = e.Time
		byLevel[e.Level] = append(byLevel[e.Level], e)
	}
	for _, l := range slices.Sorted(maps.Keys(byLevel)) {
		fmt.Println(l, len(byLevel[l]))
		for _, e := range byLevel[l] {
			fmt.Println("  ", e.Msg, e.Fields)
		}
	}
	fmt.Println(last.Sub(first))
}
