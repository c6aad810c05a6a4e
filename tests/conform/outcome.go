package conform

import (
	"regexp"
	"strings"
)

// An Outcome is what a program did: compiled, or in the kernel.
type Outcome struct {
	Output string `json:",omitempty"` // stdout and stderr, as they came
	Stdout string `json:",omitempty"` // stdout alone
	Exit   int    `json:",omitempty"` // status, where it ended by itself
	Crash  string `json:",omitempty"` // what the Go runtime said at its end: "panic: …" or "fatal error: …"
	Millis int64  // how long it ran

	// Of the kernel alone.
	Name, Value string `json:"-"` // of the error that ended the cell
	Text        string `json:"-"` // the traceback
	Cell        int    `json:"-"` // which one, from 1
	Died        bool   `json:"-"` // the interpreter, or the kernel
	Hung        bool   `json:"-"`
}

// A Class says how the kernel's outcome compares with the compiled program's.
type Class string

const (
	Same      Class = "same"
	Errored   Class = "error"     // the kernel says that it can't
	Different Class = "different" // and nobody said so: the worst
	Hang      Class = "hang"
	Crashed   Class = "crash"    // the interpreter died where the program doesn't
	Excluded  Class = "excluded" // listed with the reason
	Unusable  Class = "unusable" // no single outcome to compare with, and not listed
)

// Classes are all there are, in the order of the table.
var Classes = []Class{Same, Errored, Different, Hang, Crashed, Excluded, Unusable}

// Compare compares and says what the difference is.
func Compare(want, got *Outcome) (Class, string) {
	switch {
	case got.Hung:
		return Hang, "still running" + where(want, got)
	case want.Crash == "" && got.Died, got.Died && !sameCrash(want.Crash, got):
		return Crashed, oneLine(got.Name + ": " + got.Value)
	case got.Name != "" && refused(got):
		return Errored, oneLine(got.Value)
	}
	wantOut, gotOut := tidy(want.Output), tidy(got.Output)
	switch exit := got.Name == "exit"; {
	case got.Name != "" && want.Crash == "" && !exit:
		return Different, "an error that Go doesn't have: " + oneLine(got.Name+": "+got.Value)
	case want.Crash != "" && got.Name == "":
		return Different, "no error, Go has: " + oneLine(want.Crash)
	case want.Crash != "" && !sameCrash(want.Crash, got):
		return Different, "Go says: " + oneLine(want.Crash) + "; the kernel: " + oneLine(got.Name+": "+got.Value)
	case want.Crash == "" && want.Exit != got.Exit:
		return Different, "exit status " + digits(got.Exit) + ", Go has " + digits(want.Exit)
	case wantOut != gotOut:
		return Different, firstDifference(wantOut, gotOut)
	case tidy(want.Stdout) != tidy(got.Stdout):
		return Different, "the same text on other streams"
	}
	return Same, ""
}

// refused tells an error of the kernel from one of the program.
func refused(o *Outcome) bool {
	return o.Name == "compile error" || o.Name == "kernel error" ||
		strings.Contains(o.Value, "cannot run") || strings.Contains(o.Value, "can't run")
}

var (
	address   = regexp.MustCompile(`0x[0-9a-f]+`)
	recovered = regexp.MustCompile(` \[recovered[^\]]*\]`)
	typed     = regexp.MustCompile(`^\(([^)]+)\) `)
)

// sameCrash reports whether the kernel's error says what the Go runtime says. A value
// that the runtime tells by its address is as good as one told by its contents.
func sameCrash(crash string, o *Outcome) bool {
	lines := strings.Split(crash, "\n")
	want := lines[len(lines)-1]
	if len(lines) > 1 && !strings.HasPrefix(want, "\tpanic: ") {
		want = crash
	}
	want = strings.TrimPrefix(strings.TrimSpace(want), "panic: ")
	want = recovered.ReplaceAllString(want, "")
	if m := typed.FindStringSubmatch(want); m != nil {
		return o.Name == m[1] || strings.Contains(o.Value, m[1]) || strings.Contains(o.Text, m[1])
	}
	for _, got := range []string{o.Value, o.Name + ": " + o.Value, o.Name + "(" + o.Value + ")", o.Name + `("` + o.Value + `")`} {
		if plain(got) == plain(want) {
			return true
		}
	}
	return false
}

// plain makes texts of errors comparable: the runtime indents lines, prints floats in
// its own way and addresses as they are.
func plain(s string) string {
	s = address.ReplaceAllString(s, "0x")
	s = strings.TrimPrefix(s, "fatal error: ")
	return strings.TrimSpace(strings.ReplaceAll(s, "\n\t", "\n"))
}

// where says which output came before a hang.
func where(want, got *Outcome) string {
	if w, g := tidy(want.Output), tidy(got.Output); !strings.HasPrefix(w, g) {
		return "; and " + firstDifference(w, g)
	}
	return ""
}

var notUTF8 = regexp.MustCompile("\uFFFD+")

// tidy makes one replacement character of each run of bytes that aren't text, of
// which Jupyter's messages can't say how many they were.
func tidy(s string) string {
	return notUTF8.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "\uFFFD")
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w) || i == len(w)-1 && w[i] == "" && i < len(g):
			return "line " + digits(i+1) + ": more than Go: " + quoteLine(g[i])
		case i >= len(g):
			return "line " + digits(i+1) + ": missing: " + quoteLine(w[i])
		case w[i] != g[i]:
			return "line " + digits(i+1) + ": " + quoteLine(g[i]) + ", Go has " + quoteLine(w[i])
		}
	}
	return ""
}
