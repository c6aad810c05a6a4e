package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// event is what `go test -json` says, one in a line (see `go doc test2json` and, for the build's, `go help buildjson`).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output and build-fail
	Test       string
	Output     string
	Elapsed    float64 // seconds

	FailedBuild string // of a package's fail: the build that failed, with a build-fail of its own
}

// report counts tests and prints the output of those that fail. It is used by one goroutine.
type report struct {
	w       io.Writer
	started time.Time
	passed  int
	failed  int
	skipped int

	output map[string]*strings.Builder // by package and test, of tests that still run
	broken map[string]bool             // tests with a subtest that failed, and packages with a test that failed
}

func newReport(w io.Writer) *report {
	return &report{w: w, started: time.Now(), output: map[string]*strings.Builder{}, broken: map[string]bool{}}
}

func (r *report) ok() bool { return r.failed == 0 && r.passed > 0 }

// step says what begins now.
func (r *report) step(name string) {
	const most = 90 // the packages of a `go test` would fill the screen
	if len(name) > most {
		name = name[:most] + " …"
	}
	fmt.Fprintf(r.w, "==> %s (%d passed, %d failed so far, %.0f s)\n", name, r.passed, r.failed, time.Since(r.started).Seconds())
}

func (r *report) pass() { r.passed++ }

// fail counts and prints a failure; test is empty where a package or a command failed as a whole.
func (r *report) fail(name, test, output string) {
	r.failed++
	if test != "" {
		name += " " + test
	}
	fmt.Fprintf(r.w, "--- FAIL: %s\n%s", name, output)
	if output != "" && !strings.HasSuffix(output, "\n") {
		fmt.Fprintln(r.w)
	}
}

// close prints the closing line.
func (r *report) close() {
	if r.skipped > 0 {
		fmt.Fprintf(r.w, "%d skipped, which counts as failed\n", r.skipped)
	}
	fmt.Fprintf(r.w, "%d passed, %d failed\n", r.passed, r.failed)
}

// read takes the events of one `go test -json` until its end. A line that is no event is printed as it is.
func read(in io.Reader, r *report) {
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var e event
		if line := sc.Bytes(); json.Unmarshal(line, &e) != nil || e.Action == "" {
			fmt.Fprintf(r.w, "%s\n", line)
			continue
		}
		r.event(e)
	}
	if err := sc.Err(); err != nil {
		r.fail("go test -json", "", "reading its events: "+err.Error()+"\n")
	}
}

func (r *report) event(e event) {
	id := e.Package
	if e.ImportPath != "" {
		id = e.ImportPath
	}
	if e.Test != "" {
		id += " " + e.Test
	}
	switch e.Action {
	case "output", "build-output":
		b := r.output[id]
		if b == nil {
			b = new(strings.Builder)
			r.output[id] = b
		}
		b.WriteString(e.Output)
		return
	case "build-fail":
		r.fail(e.ImportPath, "", r.take(id))
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	out := r.take(id)
	if e.Test == "" {
		// A package: it failed by itself only where none of its tests explains it, as when TestMain exits or it panics.
		switch {
		case e.Action == "fail" && !r.broken[e.Package] && e.FailedBuild == "":
			r.fail(e.Package, "", r.rest(e.Package)+out)
		case e.Action == "pass":
			fmt.Fprintf(r.w, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
		}
		return
	}
	switch e.Action {
	case "pass":
		r.pass()
	case "skip":
		r.skipped++
		r.fail(e.Package, e.Test, "skipped\n"+out)
	case "fail":
		// A test that only hands on its subtests' failures is no failure more.
		inner := r.broken[id]
		r.spoil(e)
		if !inner {
			r.fail(e.Package, e.Test, out)
		}
	}
}

// spoil marks the tests above e and its package, so that their failures are not counted once more.
func (r *report) spoil(e event) {
	r.broken[e.Package] = true
	for name := e.Test; ; {
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return
		}
		name = name[:i]
		r.broken[e.Package+" "+name] = true
	}
}

// take returns the output collected for one test and forgets it.
func (r *report) take(id string) string {
	b := r.output[id]
	delete(r.output, id)
	if b == nil {
		return ""
	}
	return b.String()
}

// rest returns the output of the package's tests that never ended, as after a panic.
func (r *report) rest(pkg string) string {
	var all strings.Builder
	for id := range r.output {
		if strings.HasPrefix(id, pkg+" ") {
			all.WriteString(r.take(id))
		}
	}
	return all.String()
}
