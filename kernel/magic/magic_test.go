package magic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       []Part
	}{
		{"empty", " \n// nothing\n", nil},
		{"go", "x := 1\nx", []Part{{Body: "x := 1\nx", Line: 1}}},
		{"shell", "!ls -l", []Part{{Name: "!", Args: "ls -l", Line: 1}}},
		{"mixed", "x := 1\n%who\n!echo hi\nx", []Part{
			{Body: "x := 1\n", Line: 1}, {Name: "who", Line: 2}, {Name: "!", Args: "echo hi", Line: 3}, {Body: "x", Line: 4}}},
		{"two lines of shell", "!echo a \\\n  b\n1", []Part{{Name: "!", Args: "echo a \n  b", Line: 1}, {Body: "1", Line: 3}}},
		{"after two lines of shell", "!a \\\n  \"b\n!c \\\r\n d\n%who", []Part{
			{Name: "!", Args: "a \n  \"b", Line: 1}, {Name: "!", Args: "c \n d", Line: 3}, {Name: "who", Line: 5}}},
		{"goes on to the end", "!a \\", []Part{{Name: "!", Args: "a \\", Line: 1}}},
		{"after a comment", "x // y\n%who", []Part{{Body: "x // y\n", Line: 1}, {Name: "who", Line: 2}}},
		{"within a block", "if x {\n\t!b\n}", []Part{{Body: "if x {\n\t!b\n}", Line: 1}}},
		{"indented", "  %who\n\t!ls", []Part{{Name: "who", Line: 1}, {Name: "!", Args: "ls", Line: 2}}},
		{"CRLF", "x := 1\r\n%time x\r\nx", []Part{{Body: "x := 1\r\n", Line: 1}, {Name: "time", Args: "x", Line: 2}, {Body: "x", Line: 3}}},
		{"cell magic not first", "x\n%%bash\nls", []Part{{Body: "x\n", Line: 1}, {Name: "bash", Line: 2}, {Body: "ls", Line: 3}}},
		{"cell", "\n%%bash -e\necho 'x\n", []Part{{Name: "bash", Args: "-e", Body: "echo 'x\n", Cell: true, Line: 3}}},
		{"operator", "x := 7\n%2", []Part{{Body: "x := 7\n", Line: 1}, {Name: "2", Line: 2}}},
		{"remainder goes on", "x := 7 +\n%2", []Part{{Body: "x := 7 +\n%2", Line: 1}}},
		{"not after &&", "ok := a &&\n!b", []Part{{Body: "ok := a &&\n!b", Line: 1}}},
		{"not in brackets", "f(\n!b,\n)", []Part{{Body: "f(\n!b,\n)", Line: 1}}},
		{"not in a string", "s := `\n%who\n`", []Part{{Body: "s := `\n%who\n`", Line: 1}}},
		{"not in a comment", "/*\n!rm\n*/ 1", []Part{{Body: "/*\n!rm\n*/ 1", Line: 1}}},
		{"quotes in a magic", "!echo \"it's\n1", []Part{{Name: "!", Args: "echo \"it's", Line: 1}, {Body: "1", Line: 2}}},
		{"question", "strings.ToUpper?", []Part{{Name: "?", Args: "strings.ToUpper", Line: 1}}},
		{"question before", "??x", []Part{{Name: "?", Args: "x", Double: true, Line: 1}}},
		{"magic question", "%time?", []Part{{Name: "?", Args: "%time", Line: 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Split(c.code)); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("x := 1\n!ls\n%time f(\n)")
	f.Add("%%bash\n`")
	f.Add("!a\\\n\\\n%b")
	f.Fuzz(func(t *testing.T, code string) {
		last := 0
		for _, p := range Split(code) {
			if p.Line < 1 || p.Line < last || p.Line > strings.Count(code, "\n")+2 {
				t.Errorf("%q: %+v", code, p)
			}
			last = p.Line
		}
	})
}
