package link

import (
	"bytes"
	"iter"
	"regexp"
	"strconv"
	"strings"
)

// atFrame finds the frames of hook.At and hook.AtIndex in a Go traceback; their first
// argument is a Pos.
var atFrame = regexp.MustCompile(`hook\.At(?:Index)?\((0x[0-9a-f]+)`)

// Frames returns the positions of the user's code in a Go traceback, innermost
// first. One position that several nested nodes share is named once.
func Frames(stack []byte) []Pos {
	var out []Pos
	for _, m := range atFrame.FindAllSubmatch(stack, -1) {
		n, err := strconv.ParseUint(string(m[1]), 0, 64)
		p := Pos(n)
		if err != nil || p.Serial() == 0 || len(out) > 0 && out[len(out)-1] == p {
			continue
		}
		out = append(out, p)
	}
	return out
}

// cellLabel finds a token's label in the header of a goroutine's traceback.
var cellLabel = regexp.MustCompile(`"?cell"?: ?"?(\d+)`)

// RunOf returns the run that a goroutine belongs to, by the labels in its traceback;
// 0 if to none. The Go runtime prints them where GODEBUG has tracebacklabels=1.
func RunOf(goroutine []byte) int {
	head, _, _ := bytes.Cut(goroutine, []byte("\n"))
	if m := cellLabel.FindSubmatch(head); m != nil {
		n, _ := strconv.Atoi(string(m[1])) // digits
		return n
	}
	return 0
}

var goroutineHead = regexp.MustCompile(`(?m)^goroutine \d+ `)

// goroutines yields the tracebacks of the goroutines in a dump, but for those of the
// Go runtime itself.
func goroutines(dump []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for g := range bytes.SplitSeq(dump, []byte("\n\n")) {
			at := goroutineHead.FindIndex(g)
			if at == nil || bytes.HasPrefix(g[at[0]:], []byte("goroutine 0 ")) {
				continue
			}
			if !yield(g[at[0]:]) {
				return
			}
		}
	}
}

// Crashed returns the run and the user's frames of the goroutine that ended a
// process, given its last words: the Go runtime prints that one first.
func Crashed(dump []byte) (run int, frames []Pos) {
	for g := range goroutines(dump) {
		return RunOf(g), Frames(g)
	}
	return 0, nil
}

// busy finds goroutines that are not waiting, by the header of their traceback.
var busy = regexp.MustCompile(`^goroutine [^\n]*\[(running|runnable)`)

// Running returns the run and the user's frames of a goroutine that runs user code;
// where none does, of one that waits in it.
func Running(dump []byte) (run int, frames []Pos) {
	for g := range goroutines(dump) {
		of, at := RunOf(g), Frames(g)
		if len(at) == 0 {
			continue
		}
		if busy.Match(g) {
			return of, at
		}
		if frames == nil {
			run, frames = of, at
		}
	}
	return run, frames
}

// yaegiPlace begins the text of an error with which the interpreter panics.
var yaegiPlace = regexp.MustCompile(`^` + File + `:\d+:\d+: `)

// GoWords says in the words of the Go compiler what package reflect, which runs
// interpreted code, and the interpreter panic with; ok is false if s is none of these.
func GoWords(s string) (words string, ok bool) {
	if at := yaegiPlace.FindString(s); at != "" {
		return s[len(at):], true
	}
	if !strings.HasPrefix(s, "reflect: ") && !strings.HasPrefix(s, "reflect.") {
		return s, false
	}
	s = strings.TrimPrefix(s, "reflect: ")
	switch {
	case strings.Contains(s, "index out of range"):
		return "index out of range", true
	case strings.Contains(s, "slice index out of bounds"), strings.Contains(s, "string slice index"):
		return "slice bounds out of range", true
	case strings.Contains(s, "zero Value"), strings.Contains(s, "nil pointer"), strings.Contains(s, "nil interface"):
		return "invalid memory address or nil pointer dereference", true
	}
	return s, true
}
