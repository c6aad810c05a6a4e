package link

import (
	"bytes"
	"regexp"
	"strconv"
)

// atFrame finds the frames of hook.At in a Go traceback; their first argument is a
// Pos.
var atFrame = regexp.MustCompile(`hook\.At\((0x[0-9a-f]+)`)

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
