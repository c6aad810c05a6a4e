package link

import (
	"bytes"
	"encoding/binary"
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

// AtLabel is the key of the label whose value is the Stamp of where a goroutine is.
const AtLabel = "at"

var atLabel = regexp.MustCompile(`"` + AtLabel + `": ("(?:[^"\\]|\\.)*")`)

// At returns where a goroutine of the typed engine is, by the labels in its traceback; 0 if it
// doesn't tell.
func At(goroutine []byte) Pos {
	head, _, _ := bytes.Cut(goroutine, []byte("\n"))
	m := atLabel.FindSubmatch(head)
	if m == nil {
		return 0
	}
	s, err := strconv.Unquote(string(m[1]))
	if err != nil || len(s) != 8 {
		return 0
	}
	return Stamp(binary.LittleEndian.Uint64([]byte(s))).Pos()
}

// engineFrame is in the traceback of goroutines that run code of cells in the engine, not those that they have started
// in compiled code, which have their labels.
var engineFrame = []byte("/kernel/interp/engine.")

// places returns the positions of the user's code in the traceback of a goroutine,
// innermost first.
func places(goroutine []byte) []Pos {
	out := Frames(goroutine)
	if at := At(goroutine); len(out) == 0 && at != 0 && bytes.Contains(goroutine, engineFrame) {
		out = []Pos{at}
	}
	return out
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
		return RunOf(g), places(g)
	}
	return 0, nil
}

// busy finds goroutines that are not waiting, by the header of their traceback.
var busy = regexp.MustCompile(`^goroutine [^\n]*\[(running|runnable)`)

// Running returns the run and the user's frames of a goroutine that runs user code;
// where none does, of one that waits in it.
func Running(dump []byte) (run int, frames []Pos) {
	for g := range goroutines(dump) {
		of, at := RunOf(g), places(g)
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

// A Wait is a goroutine of the user's code that waits for another.
type Wait struct {
	Run int `json:"run"`
	At  Pos `json:"at"`
	// For is what it waits for, as the Go runtime puts it: "chan receive", "sync.Mutex.Lock".
	For string `json:"for"`
}

// waitReason finds why a goroutine waits in the header of its traceback.
var waitReason = regexp.MustCompile(`^goroutine \d+(?: [^\[\n]*)? \[([^,\]]*?)(?:,| labels:|\])`)

// What the functions are, in Go's words, in which the engine and the shims wait until another goroutine of
// the user's does something.
var waitingIn = []struct{ frame, reason string }{
	{"interp/engine.receive[", "chan receive"},
	{"interp/engine.chanOf[...].send", "chan send"},
	{"interp/engine.chanOfMem.value", "chan receive"},
	{"interp/engine.chanOfMem.send", "chan send"},
	{"interp/engine.(*compiler).selectStmt", "select"},
	{"interp/shim.lockMutex", "sync.Mutex.Lock"},
	{"interp/shim.lockRWMutex", "sync.RWMutex.Lock"},
	{"interp/shim.rlockRWMutex", "sync.RWMutex.RLock"},
	{"interp/shim.waitGroup", "sync.WaitGroup.Wait"},
	{"interp/shim.condWait", "sync.Cond.Wait"},
}

// waits says what a goroutine waits for, if that is another goroutine of the user's. helper is set
// where it is one of those that the shims wait with.
func waits(goroutine []byte) (reason string, helper bool) {
	m := waitReason.FindSubmatch(goroutine)
	if m == nil {
		return "", false
	}
	reason = string(m[1])
	for _, f := range []string{"interp/shim.wait.func1(", "interp/shim.condWait.func1("} {
		helper = helper || bytes.Contains(goroutine, []byte(f))
	}
	switch {
	case strings.HasPrefix(reason, "sync."), strings.HasSuffix(reason, "(nil chan)"), reason == "select (no cases)":
		return reason, helper
	case reason != "select":
		return "", false
	}
	// The first function that isn't the runtime's or one of those below decides.
	for line := range bytes.SplitSeq(goroutine, []byte("\n")) {
		line := string(line)
		switch {
		case strings.HasPrefix(line, "goroutine "), strings.HasPrefix(line, "\t"), strings.HasPrefix(line, "runtime."), strings.HasPrefix(line, "reflect.rselect"),
			strings.Contains(line, "interp/engine.(*Engine).wait("), strings.Contains(line, "interp/shim.wait("), strings.Contains(line, "interp/shim.lock("):
			continue
		}
		for _, w := range waitingIn {
			if strings.Contains(line, w.frame) {
				return w.reason, false
			}
		}
		return "", false
	}
	return "", false
}

// Asleep returns what the goroutines of the user's code wait for. ok is false if one of them doesn't wait for another: it
// runs, sleeps, or is in code that isn't known.
func Asleep(dump []byte) (all []Wait, ok bool) {
	for g := range goroutines(dump) {
		w := Wait{Run: RunOf(g), At: At(g)}
		if w.Run == 0 && !bytes.Contains(g, engineFrame) {
			continue
		}
		var helper bool
		if w.For, helper = waits(g); w.For == "" {
			return nil, false
		}
		if !helper {
			all = append(all, w)
		}
	}
	return all, true
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
