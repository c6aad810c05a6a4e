package interp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goherd/goherd/kernel/interp"
	"github.com/goherd/goherd/kernel/interp/link"
)

// Everything that is printed in a cell arrives, in order, before the cell is done.
func TestOutput(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	for _, c := range []struct{ name, cell, want string }{
		{"Print", "fmt.Print(`a`, 1)\nfmt.Println(`b`)\nfmt.Printf(`%d`, 2)", "a1b\n2"},
		{"println", "println(`a`, 1)\nprint(`b`)", "a 1\nb"},
		{"os.Stdout", "os.Stdout.Write([]byte(`a`))\nos.Stdout.WriteString(`b`)\nfmt.Fprintf(os.Stdout, `c`)\nio.Copy(os.Stdout, strings.NewReader(`d`))", "abcd"},
		{"os.Stderr", "fmt.Fprintln(os.Stderr, `a`)\nos.Stderr.WriteString(`b`)", "a\nb"},
		{"both", "fmt.Print(`a`)\nfmt.Fprint(os.Stderr, `b`)\nfmt.Print(`c`)\nprintln(`d`)", "abcd\n"},
		{"log", "log.SetFlags(0)\nlog.Print(`a`)\nlog.Printf(`%d`, 1)\nlog.Default().Println(`b`)\nlog.New(os.Stdout, `p `, 0).Print(`c`)", "a\n1\nb\np c\n"},
		{"bufio", "w := bufio.NewWriter(os.Stdout)\nfmt.Fprint(w, `a`)\nw.Flush()", "a"},
		{"io.Writer", "var w io.Writer = os.Stdout\nfmt.Fprint(w, `a`)", "a"},
		{"command", "c := exec.Command(`sh`, `-c`, `echo out; echo err >&2`)\nc.Stdout = os.Stdout\nc.Stderr = os.Stdout\nfmt.Println(c.Run())", "out\nerr\n<nil>\n"},
		{"a command's error", "c := exec.Command(`sh`, `-c`, `echo err >&2; exit 3`)\nc.Stderr = os.Stderr\nfmt.Println(c.Run())", "err\nexit status 3\n"},
		{"no UTF-8", "fmt.Print(\"\\xff\\x00\\xfe\", \"\\xe2\\x82\")\nos.Stdout.Write([]byte{0xac, 0xff})", "\xff\x00\xfe\xe2\x82\xac\xff"},
		{"goroutines", "var wg sync.WaitGroup\nfor i := 0; i < 3; i++ { wg.Add(1); go func() { defer wg.Done(); fmt.Print(`x`) }() }\nwg.Wait()", "xxx"},
		{"timer", "c := make(chan bool)\ntime.AfterFunc(0, func() { fmt.Print(`a`); close(c) })\n<-c", "a"},
		{"compiled goroutine", "s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Print(`a`) }))\nhttp.Get(s.URL)\ns.Close()", "a"},
		{"after os.Stdout.Close", "os.Stdout.Close()\nfmt.Print(`a`)", "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.t = t
			if got := n.ok(c.cell); got != c.want {
				t.Errorf("printed %q, want %q", got, c.want)
			}
		})
	}
	n.t = t
}

// What is written to the file descriptors themselves keeps its place.
func TestRawOutput(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("fmt.Print(`a`)\nsyscall.Write(1, []byte(`b`))\nfmt.Print(`c`)\nsyscall.Write(1, []byte(`d`))")
	if got := n.everything(); got != "abcd" {
		t.Errorf("descriptor 1: %q", got)
	}
	n.log = nil
	n.ok("fmt.Print(`a`)\nf := os.Stdout\nf.WriteString(`b`)\nfmt.Print(`c`)")
	if got := n.everything(); got != "abc" {
		t.Errorf("a copy of os.Stdout: %q", got)
	}
	// Descriptor 2 is another pipe: its place is before the end of the cell.
	for i := range 50 {
		n.log = nil
		n.ok(fmt.Sprintf("syscall.Write(2, []byte(`err %d`))", i))
		if got := n.everything(); got != fmt.Sprint("err ", i) || n.log[0].kind != interp.RawStderr {
			t.Errorf("descriptor 2: %q", got)
		}
	}
	// What looks like last words isn't, if the interpreter lives.
	n.log = nil
	n.ok("syscall.Write(2, []byte(\"a\\npanic: no\\n\"))\nsyscall.Write(2, []byte(\"goroutine 1\\n\"))")
	if got := n.everything(); got != "a\npanic: no\ngoroutine 1\n" {
		t.Errorf("printed %q", got)
	}
	// A closed descriptor costs the order, not the session.
	n.ok("syscall.Close(2)")
	if got := n.ok("fmt.Print(`still here`)"); got != "still here" {
		t.Errorf("printed %q", got)
	}
}

// What a goroutine prints after the end of its cell is still its cell's.
func TestLateOutput(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("c := make(chan string)\ngo func() { for s := range c { fmt.Print(s) } }()")
	first := n.run
	n.ok("c <- `late`\nc <- ` and later`\nfmt.Print(`mine`)")
	until(t, "the late output", func() bool { return n.printed(first) == "late and later" })
	if got := n.printed(n.run); got != "mine" {
		t.Errorf("the second cell printed %q", got)
	}
}

// 100 MB arrive whole, as one print and as many.
func TestMuchOutput(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	for _, cell := range []string{
		"fmt.Print(strings.Repeat(`0123456789`, 10<<20))",
		"s := strings.Repeat(`x`, 10<<10)\nfor i := 0; i < 10<<10; i++ { fmt.Print(s) }",
	} {
		n.mu.Lock()
		n.count, n.bytes = true, 0
		n.mu.Unlock()
		n.ok(cell)
		n.mu.Lock()
		if n.bytes != 100<<20 {
			t.Errorf("%s: %d bytes, want %d", cell, n.bytes, 100<<20)
		}
		n.count = false
		n.mu.Unlock()
	}
}

// A reader that takes its time gets all of what a process printed that has died since.
func TestOutputOfTheDead(t *testing.T) {
	n := newBareNotebook(t, interp.Options{})
	n.mu.Lock() // the reader waits
	p := n.compile("fmt.Print(strings.Repeat(`x`, 300<<10), `end`)\nsyscall.Exit(0)")
	r := n.ip.Run(1, &p.Program)
	time.Sleep(400 * time.Millisecond)
	n.mu.Unlock()
	n.wait(r)
	if got := n.printed(1); len(got) != 300<<10+3 || !strings.HasSuffix(got, "end") {
		t.Errorf("%d bytes", len(got))
	}
}

func TestInput(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	for _, c := range []struct {
		name, cell string
		lines      []string
		want       string
	}{
		{"Scan", "var a, b int\nfmt.Scan(&a, &b)\nfmt.Print(a, b)", []string{"1 2"}, "1 2"},
		{"Scan over lines", "var a, b int\nfmt.Scan(&a, &b)\nfmt.Print(a, b)", []string{"1", "2"}, "1 2"},
		{"Scanln", "var a, b string\nn, err := fmt.Scanln(&a, &b)\nfmt.Print(a, b, n, err)", []string{"x y"}, "xy2 <nil>"},
		{"Scanf", "var a int\nfmt.Scanf(`v%d`, &a)\nfmt.Print(a)", []string{"v7"}, "7"},
		{"Scan twice", "var a, b int\nfmt.Scan(&a)\nfmt.Scan(&b)\nfmt.Print(a, b)", []string{"1 2"}, "1 2"},
		{"Scanner", "s := bufio.NewScanner(os.Stdin)\ns.Scan()\nfmt.Print(s.Text())\ns.Scan()\nfmt.Print(s.Text())", []string{"a b", "ä"}, "a bä"},
		{"Reader", "line, err := bufio.NewReader(os.Stdin).ReadString('\\n')\nfmt.Printf(`%q %v`, line, err)", []string{"a"}, `"a\n" <nil>`},
		{"ReadAll", "b, err := io.ReadAll(os.Stdin)\nfmt.Printf(`%q %v`, b, err)", []string{"a", "b", "!"}, `"a\nb\n" no more`},
		{"refused", "var a int\n_, err := fmt.Scan(&a)\nfmt.Print(err)", []string{"!"}, "no more"},
		{"empty line", "line, err := bufio.NewReader(os.Stdin).ReadString('\\n')\nfmt.Printf(`%q %v`, line, err)", []string{""}, `"\n" <nil>`},
		{"prompt", "s, err := display.Input(`name? `)\nfmt.Print(s, err)", []string{"Eva"}, "Eva<nil>"},
		{"in a goroutine", "c := make(chan string)\ngo func() { var s string; fmt.Scan(&s); c <- s }()\nfmt.Print(<-c)", []string{"x"}, "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.t = t
			lines := c.lines
			n.mu.Lock()
			n.input = func(*link.Input) (string, string) {
				line := lines[0]
				lines = lines[1:]
				if line == "!" {
					return "", "no more"
				}
				return line, ""
			}
			n.mu.Unlock()
			if got := n.ok(c.cell); got != c.want {
				t.Errorf("printed %q, want %q", got, c.want)
			}
			if len(lines) > 0 {
				t.Errorf("not asked for: %q", lines)
			}
		})
	}
	n.t = t
	// What an earlier cell left unread is forgotten.
	n.input = func(*link.Input) (string, string) { return "a b", "" }
	n.ok("var s string\nfmt.Scan(&s)")
	if got := n.ok("fmt.Scan(&s)\nfmt.Print(s)"); got != "a" {
		t.Errorf("read %q", got)
	}
	// Nobody answers.
	n.input = nil
	n.events = nil
	run, r := n.begin("fmt.Scan(&s)")
	until(t, "the request", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.events) > 0
	})
	if err := n.ip.Interrupt(run); err != nil {
		t.Fatal(err)
	}
	if done, _ := n.wait(r); done.Failure == nil || done.Failure.Kind != link.FailInterrupt || done.Failure.Abandoned {
		t.Errorf("failure %+v", done.Failure)
	}
	// The descriptor itself is no way to the requests.
	if got := n.ok("n, err := syscall.Read(0, make([]byte, 1))\nfmt.Print(n, err)"); got != "-1 bad file descriptor" {
		t.Errorf("descriptor 0: %s", got)
	}
	if got := n.ok("fmt.Print(s)"); got != "a" {
		t.Errorf("s is %q", got)
	}
}

func TestShell(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	n.ok("os.Chdir(`/tmp`)\nos.Setenv(`GREETING`, `hello`)")
	for _, c := range []struct{ line, out, failure string }{
		{"echo hi; echo err >&2", "hi\nerr\n", ""},
		{"pwd; echo $GREETING", "/tmp\nhello\n", ""},
		{"exit 3", "", "exit status 3"},
		{"kill -TERM $$", "", "signal: terminated"},
		{"head -c 100000 /dev/zero | tr '\\0' x", strings.Repeat("x", 100000), ""},
		{"read x; echo got $x", "got\n", ""},
		{"printf '\\377\\376'", "\xff\xfe", ""},
		{"nosuchcommand 2>/dev/null", "", "exit status 127"},
	} {
		done := n.shell(c.line)
		got := ""
		if done.Failure != nil {
			got = done.Failure.Text
			if done.Failure.Kind != link.FailCommand {
				t.Errorf("%s: failure %+v", c.line, done.Failure)
			}
		}
		out := n.printed(n.run)
		if c.line == "echo hi; echo err >&2" && out == "err\nhi\n" {
			out = c.out // two pipes have no order
		}
		if got != c.failure || out != c.out {
			t.Errorf("%s: printed %.50q, failure %q", c.line, out, got)
		}
	}
	// A process in the background isn't waited for, but heard.
	start := time.Now()
	n.shell("(sleep 1; echo late) & echo now")
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Errorf("it was waited for: %v", took)
	}
	run := n.run
	until(t, "the late output", func() bool { return n.printed(run) == "now\nlate\n" })
	// An interrupt ends all of its processes.
	n.run++
	r := n.ip.Shell(n.run, "trap '' INT; sleep 1045 | sleep 1046; echo BAD")
	until(t, "the sleeps", func() bool { return running("1045") && running("1046") })
	if err := n.ip.Interrupt(n.run); err != nil {
		t.Fatal(err)
	}
	if done, _ := n.wait(r); done.Failure == nil || done.Failure.Kind != link.FailInterrupt || done.Failure.Abandoned {
		t.Errorf("failure %+v", done.Failure)
	}
	until(t, "no sleeps", func() bool { return !running("1045") && !running("1046") })
	if got := n.printed(n.run); got != "" {
		t.Errorf("printed %q", got)
	}
}

// A run tells what it did to the environment and the working directory.
func TestEnvironment(t *testing.T) {
	n := newNotebook(t, interp.Options{})
	done := n.cell("os.Setenv(`GOHERD_A`, `1=2`)\nos.Chdir(`/`)")
	if done.Dir != "/" || len(done.Env) != 1 || done.Env[0] != "GOHERD_A=1=2" {
		t.Errorf("%q %q", done.Dir, done.Env)
	}
	if done := n.cell("1"); done.Dir != "/" || len(done.Env) != 0 {
		t.Errorf("%q %q", done.Dir, done.Env)
	}
	if done := n.cell("os.Unsetenv(`GOHERD_A`)"); len(done.Env) != 1 || done.Env[0] != "GOHERD_A" {
		t.Errorf("%q", done.Env)
	}
	for _, err := range []error{n.ip.Setenv("GOHERD_B=x"), n.ip.Setenv("HOME"), n.ip.Chdir("/tmp"), n.ip.Collect()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := n.ok("dir, _ := os.Getwd()\n_, home := os.LookupEnv(`HOME`)\nfmt.Print(dir, os.Getenv(`GOHERD_B`), home)"); got != "/tmpxfalse" {
		t.Errorf("got %s", got)
	}
	if err := n.ip.Chdir("/nowhere"); err != nil {
		t.Fatal(err)
	}
	n.ok("1")
	if got := n.everything(); !strings.Contains(got, "chdir /nowhere: no such file or directory") {
		t.Errorf("printed %q", got)
	}
}
