//go:build unix

package kernel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goherd/goherd/kernel/notebook"
	"github.com/goherd/goherd/kernel/wire"
)

func TestMagics(t *testing.T) {
	f := start(t)
	dir := t.TempDir()
	t.Setenv("HOME", dir) // of the kernel; a new interpreter inherits it
	f.Run("%cd "+dir, "stdout: "+dir+"\n")
	f.Run("%pwd", "stdout: "+dir+"\n")
	f.Run("%cd nowhere", "error: magic error: %cd: …nowhere: no such file or directory")
	f.Run("%env GOHERD_TEST=a b", []string{}...)
	f.Run("%env GOHERD_TEST", "stdout: a b\n")
	f.Run("os.Getenv(\"GOHERD_TEST\")", "result: \"a b\"")
	f.Run("_ = os.Setenv(\"GOHERD_TEST2\", \"c\"); _ = os.Mkdir(\"sub\", 0o777); _ = os.Chdir(\"sub\");")
	f.Run("%env GOHERD_NOTHING", "error: magic error: %env: GOHERD_NOTHING is not set")
	f.Run("%env =x", "error: magic error: %env: a name is missing")

	// Directory and environment survive the interpreter.
	f.Run("go func() { panic(\"x\") }(); select {}", "error: panic: x")
	f.Run("wd, _ := os.Getwd(); wd", "result: \""+dir+"/sub\"")
	f.Run("os.Getenv(\"GOHERD_TEST\") + os.Getenv(\"GOHERD_TEST2\")", "result: \"a bc\"")
	f.Run("%env GOHERD_TEST=\n!echo \"[$GOHERD_TEST]\"", "stdout: []\n")
	f.Run("%cd", "stdout: "+dir+"\n")

	// Commands.
	f.Run("!echo out; pwd", "stdout: out\n"+dir+"\n")
	f.Run("!echo err >&2", "stderr: err\n")
	f.Run("!exit 3", "error: command: exit status 3")
	f.Run("!no-such-command", "stderr: …no-such-command…", "error: command: exit status 127")
	f.Run("!", "error: magic error: !: a command is missing")
	f.Run("fmt.Println(1)\n!echo 2\nfmt.Println(3)", "stdout: 1\n2\n3\n")
	f.Run("%%bash\nx=(1 2); echo ${x[1]}\necho \"it's\"", "stdout: 2\nit's\n")
	f.Run("%%bash -e\nfalse\necho no", "error: command: exit status 1")
	f.Run("%%sh\necho $0", "stdout: sh\n")
	r := f.Cell("!echo begun; sleep 100; echo never")
	r.Until("stdout: begun\n") // it streams
	f.Interrupt()
	r.End("stdout: begun\n", "error: interrupted: …")

	// Time.
	f.Run("%time 1 + 1", "stdout: CPU time: …, wall time: …\n", "result: 2")
	f.Run("%%time\na := 2\na * 3", "stdout: CPU time: …, wall time: …\n", "result: 6")
	f.Run("a", "result: 2")
	f.Run("%time", "error: magic error: %time: a statement is missing")
	f.Run("%%time x", "error: magic error: %%time: the statements go on the next lines")
	f.Run("%timeit time.Sleep(time.Millisecond)", "stdout: …ms ± …loop…\n")
	f.Run("x := 1\n%time  nothing", "error: compile error: 2:8: undefined: nothing")

	// Names.
	f.Run("%reset")
	f.Run("%who", "stdout: nothing is declared\n")
	f.Run("%whos", "stdout: no variables\n")
	f.Run("type T struct{ X int }\nfunc g() {}\nb, c := T{1}, []int{1, 2}")
	f.Run("%who", "stdout: variables: b  c\nfunctions, types, constants: T  g\n")
	f.Run("%whos", "stdout: name …type …length …bytes …value\nb …T …8 …{X: 1}\nc …[]int …2 …{1, 2}\n")
	f.Run("%del b nothing", "error: magic error: %del: nothing is called nothing; nothing was deleted")
	f.Run("%del b, g")
	f.Run("%who", "stdout: variables: c\nfunctions, types, constants: T\n")
	f.Run("b", "error: compile error: 1:1: undefined: b")
	f.Run("%del", "error: magic error: %del: a name is missing")
	f.Run("%reset\nd := 1")
	f.Run("%who", "stdout: variables: d\n")
	f.Run("%reset hard", "error: magic error: %reset takes no arguments…")

	// Files.
	f.Run("%%writefile sub/a.txt\nline 1\nline 2\n", "stdout: wrote sub/a.txt, 14 bytes\n")
	f.Run("%%writefile -a sub/a.txt\nline 3\n", "stdout: appended to sub/a.txt, 7 bytes\n")
	f.Run("%%writefile sub/a.txt\nnew\n", "stdout: overwrote sub/a.txt, 4 bytes\n")
	f.Run("%%writefile nowhere/x\n", "error: magic error: %%writefile: …no such file…")
	f.Run("%%writefile", "error: magic error: %%writefile: a file is missing")
	f.Run("%writefile x", "error: magic error: %writefile: it is a magic of a cell: write %%writefile…")
	f.Run("%%cd x", "error: magic error: %%cd: it is a magic of a line: write %cd folder")
	reply := f.Run("%load sub/a.txt")
	if p := reply.Payload[0].(map[string]any); len(reply.Payload) != 1 || p["source"] != "set_next_input" || p["text"] != "// %load sub/a.txt\nnew\n" || p["replace"] != true {
		t.Errorf("%+v", reply.Payload)
	}
	f.Run("%load nowhere", "error: magic error: %load: …")
	f.Run("%load", "error: magic error: %load: a file is missing")

	// Help.
	for _, q := range []string{"strings.ToUpper?", "?strings.ToUpper", "strings.ToUpper??"} {
		reply = f.Run(q)
		p := reply.Payload[0].(map[string]any)
		if text, _ := p["data"].(map[string]any)["text/plain"].(string); len(reply.Payload) != 1 || p["source"] != "page" || p["start"] != 0. || !strings.Contains(text, "upper case") {
			t.Errorf("%s: %+v", q, reply.Payload)
		}
	}
	f.Run("nothing?", "error: magic error: nothing is known about nothing")
	f.Run("%help", "stdout: …!command …%time statement, %%time …%help…")
	f.Run("%tiem x", "error: magic error: line 1: there is no magic %tiem (did you mean %time?); %help lists them")
	f.Run("d\n%%bsh\n", "error: …")
	f.Run("\n%%bsh\nx", "error: magic error: line 2: there is no magic %%bsh (did you mean %%bash?); %help lists them")
	f.Run("%xyzzyx", "error: magic error: line 1: there is no magic %xyzzyx; %help lists them")
	f.Run("%history", "error: magic error: %history: this kernel keeps none")
}

func TestRunMagic(t *testing.T) {
	f := start(t)
	dir := t.TempDir()
	f.Run("%cd "+dir, "stdout: …")
	nb := notebook.New()
	for _, c := range []struct {
		kind notebook.CellType
		text string
	}{{notebook.Code, "v := 3\nfmt.Println(\"one\")"}, {notebook.Markdown, "# no code"}, {notebook.Code, "func twice(n int) int {\n\treturn n * 2 / zero\n}\nvar zero = 1\ntwice(v)"}} {
		nb.Cells = append(nb.Cells, notebook.NewCell(c.kind, c.text))
	}
	if err := nb.Write(filepath.Join(dir, "part one.ipynb")); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f.Run("%run \"part one.ipynb\"", "stdout: one\n")
	f.Run("v + twice(4)", "result: 11")
	// An error is shown where it is.
	f.Run("zero = 0;")
	reply := f.Run("twice(1)", "error: runtime error: integer divide by zero")
	if tb := traceback(reply.Traceback); !strings.Contains(tb, "part one.ipynb, code cell 2, line 2, in twice") {
		t.Error(tb)
	}
	write("broken.go", "package main\n\nfunc f() {\n\tnothing()\n}\n")
	reply = f.Run("%run broken.go", "error: compile error: 4:2: undefined: nothing")
	if tb := traceback(reply.Traceback); !strings.Contains(tb, "broken.go, line 4, column 2") {
		t.Error(tb)
	}
	write("prog.go", "package main\n\nimport \"fmt\"\n\nfunc helper() int { return 5 }\n\nfunc main() { fmt.Println(\"main runs\", helper()) }\n")
	f.Run("%run prog.go", "stdout: main runs 5\n")
	f.Run("helper()", "result: 5")
	write("self.go", "%run self.go\n")
	f.Run("%run self.go", "error: magic error: %run: 20 files run each other: do they end?")
	f.Run("%run nowhere.ipynb", "error: magic error: %run: …nowhere.ipynb…")
	f.Run("%run x.txt", "error: magic error: %run: …x.txt is neither a notebook (.ipynb) nor a Go file (.go)")
	f.Run("%run", "error: magic error: %run: a file is missing")
	var i wire.InspectReply
	f.Ask(wire.Shell, wire.MsgInspectRequest, wire.InspectRequest{Code: "twice", CursorPos: 1}, &i)
	if !i.Found {
		t.Errorf("%+v", i)
	}
}
