package conform

import "testing"

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name      string
		want, got Outcome
		class     Class
	}{
		{"same", Outcome{Output: "a\n", Stdout: "a\n"}, Outcome{Output: "a\n", Stdout: "a\n"}, Same},
		{"other text", Outcome{Output: "a\n"}, Outcome{Output: "b\n"}, Different},
		{"less text", Outcome{Output: "a\nb\n"}, Outcome{Output: "a\n"}, Different},
		{"other stream", Outcome{Output: "a\n", Stdout: "a\n"}, Outcome{Output: "a\n"}, Different},
		{"binary", Outcome{Output: "\xff\xfe!"}, Outcome{Output: "\uFFFD!"}, Same},
		{"hang", Outcome{}, Outcome{Hung: true}, Hang},
		{"refused", Outcome{}, Outcome{Name: "compile error", Value: "1:1: no"}, Errored},
		{"refused at run time", Outcome{}, Outcome{Name: "error", Value: "cannot run x at 1:1"}, Errored},
		{"own panic", Outcome{}, Outcome{Name: "runtime error", Value: "index out of range"}, Different},
		{"died", Outcome{}, Outcome{Name: "fatal error", Value: "fault", Died: true}, Crashed},
		{"panic", Outcome{Crash: "panic: runtime error: index out of range [5] with length 3", Exit: 2},
			Outcome{Name: "runtime error", Value: "index out of range [5] with length 3"}, Same},
		{"no panic", Outcome{Crash: "panic: x", Exit: 2}, Outcome{}, Different},
		{"other panic", Outcome{Crash: "panic: x", Exit: 2}, Outcome{Name: "panic", Value: "y"}, Different},
		{"panic twice", Outcome{Crash: "panic: x [recovered]\n\tpanic: y", Exit: 2}, Outcome{Name: "panic", Value: "y"}, Same},
		{"panic again", Outcome{Crash: "panic: x [recovered, repanicked]", Exit: 2}, Outcome{Name: "panic", Value: "x"}, Same},
		{"panic with a struct", Outcome{Crash: "panic: (main.T) 0xc000012345", Exit: 2}, Outcome{Name: "main.T", Value: "{1 2}"}, Same},
		{"panic with a number", Outcome{Crash: "panic: main.T(3)", Exit: 2}, Outcome{Name: "main.T", Value: "3"}, Same},
		{"output before a panic", Outcome{Output: "a", Crash: "panic: x", Exit: 2}, Outcome{Name: "panic", Value: "x"}, Different},
		{"deadlock", Outcome{Crash: "fatal error: all goroutines are asleep - deadlock!", Exit: 2},
			Outcome{Name: "fatal error", Value: "all goroutines are asleep - deadlock!", Died: true}, Same},
		{"exit", Outcome{Exit: 3}, Outcome{Name: "exit", Value: "exit status 3", Exit: 3}, Same},
		{"other exit", Outcome{Exit: 3}, Outcome{Name: "exit", Value: "exit status 1", Exit: 1}, Different},
		{"no exit", Outcome{Exit: 3}, Outcome{}, Different},
	} {
		if class, detail := Compare(&c.want, &c.got); class != c.class {
			t.Errorf("%s: %s (%s), want %s", c.name, class, detail, c.class)
		}
	}
}

func TestCutCrash(t *testing.T) {
	const trace = "\n\ngoroutine 1 [running]:\nmain.main()\n"
	for _, c := range []struct{ name, stderr, output, crash, rest string }{
		{"panic", "panic: x" + trace, "out\npanic: x" + trace, "panic: x", "out\n"},
		{"after a line without end", "abcpanic: x" + trace, "abcpanic: x" + trace, "panic: x", "abc"},
		{"text that looks like it", "panic: no\npanic: x" + trace, "panic: no\npanic: x" + trace, "panic: x", "panic: no\n"},
		{"chained", "panic: a\n\tpanic: b" + trace, "panic: a\n\tpanic: b" + trace, "panic: a\n\tpanic: b", ""},
		{"nil", "panic: e\n[signal SIGSEGV]" + trace, "panic: e\n[signal SIGSEGV]" + trace, "panic: e", ""},
		{"fatal", "fatal error: f" + trace, "o\nfatal error: f" + trace, "fatal error: f", "o\n"},
		{"no crash", "usage\n", "usage\n", "", "usage\n"},
	} {
		o := Outcome{Output: c.output}
		if o.cutCrash(c.stderr); o.Crash != c.crash || o.Output != c.rest {
			t.Errorf("%s: crash %q, output %q", c.name, o.Crash, o.Output)
		}
	}
}
