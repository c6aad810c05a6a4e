package child

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/traefik/yaegi/interp"

	"github.com/goherd/goherd/display/pretty"
	"github.com/goherd/goherd/kernel/interp/hook"
	"github.com/goherd/goherd/kernel/interp/link"
	celltoken "github.com/goherd/goherd/kernel/interp/token"
)

// A run is one execution of a program or a command line.
type run struct {
	id      int
	tok     *celltoken.Token
	session *session
	answers chan link.Request // to the input it asked for

	exited atomic.Bool // by os.Exit

	// Of the run's own goroutine.
	returned bool
	loops    int // how often a timed statement is repeated
	types    []*pretty.Type
	methods  map[string]reflect.Value // "Type.Method" -> func(Type) …

	mu      sync.Mutex
	failure *link.Failure
	result  *link.Bundle
	vars    []link.Var
	next    *announced // the value that the next panic will carry
	last    *announced // the value that the last panic carried
}

// end is deferred by the run's goroutine: it says how the run ended where f didn't.
func (r *run) end() {
	if v := recover(); v != nil {
		trace := stack()
		r.mu.Lock()
		last := r.last
		r.mu.Unlock()
		r.fail(panicFailure(v, last, trace))
		return
	}
	switch {
	case r.returned:
	case r.tok.Interrupted():
		r.fail(&link.Failure{Kind: link.FailInterrupt})
	default:
		r.fail(&link.Failure{Kind: link.FailExit, Name: "exit", Text: "runtime.Goexit ended the cell"})
	}
}

// abandon ends the run although its goroutine goes on.
func (r *run) abandon() {
	r.fail(&link.Failure{Kind: link.FailInterrupt})
	r.mu.Lock()
	defer r.mu.Unlock()
	f := *r.failure
	f.Abandoned = true
	r.failure = &f
}

// fail records why the run failed; the first reason stays.
func (r *run) fail(f *link.Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == nil {
		r.failure = f
	}
}

func (r *run) done() *link.Done {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := &link.Done{Failure: r.failure, Vars: r.vars}
	if r.failure == nil {
		d.Result = r.result
	}
	d.Dir, _ = os.Getwd() // an unreadable directory has no name
	return d
}

// execute compiles a program and calls its entry.
func (s *session) execute(r *run, p *link.Program) {
	if len(p.Code) > 0 {
		s.executeCode(r, p)
		return
	}
	if len(p.Types) > 0 {
		types, err := pretty.Decode(p.Types)
		if err != nil {
			r.fail(&link.Failure{Kind: link.FailCompile, Text: err.Error()})
			return
		}
		r.types = types
	}
	entry, err := s.load(r.id, p)
	if err != nil {
		r.fail(compileFailure(err))
		return
	}
	if s.w.Send(link.Event{Type: link.EventStarted, Run: r.id}) != nil || !entry.IsValid() {
		return
	}
	s.timed(r, p, func() { entry.Call(nil) })
}

// timed calls the entry of a program as it is to be timed and shown.
func (s *session) timed(r *run, p *link.Program, entry func()) {
	switch p.Time {
	case "time":
		s.time(entry)
	case "timeit":
		s.timeit(r, entry)
	default:
		entry()
	}
	if p.Quiet {
		r.mu.Lock()
		r.result = nil
		r.mu.Unlock()
	}
}

// noPlace marks code that stands in no cell.
const noPlace link.Pos = 1

// imports carries out the imports of a file that the interpreter hasn't had yet, and
// takes all of them out of the file: yaegi takes a package only once for a file name.
func (s *session) imports(f *ast.File) error {
	decls := f.Decls[:0]
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			decls = append(decls, d)
			continue
		}
		for _, spec := range g.Specs {
			spec := spec.(*ast.ImportSpec)
			if s.imported[spec.Path.Value] {
				continue
			}
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if path, err = s.lib.Load(path); err != nil {
				return err
			}
			one := "package main\nimport " + spec.Name.Name + " " + strconv.Quote(path) + "\n"
			imp, err := parser.ParseFile(s.interp.FileSet(), link.File, one, 0)
			if err != nil {
				return err
			}
			if _, err := s.interp.CompileAST(imp); err != nil {
				return fmt.Errorf("import %s: the interpreter doesn't have this package", spec.Path.Value)
			}
			s.imported[spec.Path.Value] = true
		}
	}
	f.Decls, f.Imports = decls, nil
	return nil
}

// load compiles p and returns its entry function, if it has one.
func (s *session) load(id int, p *link.Program) (entry reflect.Value, err error) {
	s.compile.Lock()
	defer s.compile.Unlock()
	defer func() {
		if v := recover(); v != nil { // a defect of yaegi's compiler
			err = errors.New(firstLine(fmt.Sprint(v)))
		}
	}()
	fset := s.interp.FileSet()
	f, err := parser.ParseFile(fset, link.File, p.Source, parser.SkipObjectResolution)
	if err != nil {
		return reflect.Value{}, err
	}
	if err := s.imports(f); err != nil {
		return reflect.Value{}, err
	}
	hook.ForgetInstances(s.interp, f)
	program, err := s.interp.CompileAST(f)
	if err != nil {
		return reflect.Value{}, err
	}
	hook.Forget(s.interp)
	hook.Install(program, func(n hook.Node, e hook.Exec) hook.Exec {
		return s.wrap(n, max(link.Place(fset.Position(n.Pos)), noPlace), e)
	})
	s.funcs.Update(program)
	if p.Entry != "" {
		s.funcs.Forget(p.Entry)
	}
	if err := s.machine.Execute(program); err != nil {
		return reflect.Value{}, err
	}
	if p.Entry == "" {
		return reflect.Value{}, nil
	}
	return s.machine.Func(program, p.Entry)
}

// compileFailure says where yaegi's compiler stopped.
func compileFailure(err error) *link.Failure {
	f := &link.Failure{Kind: link.FailCompile, Name: "compile error", Text: err.Error()}
	if p, ok := err.(interp.Panic); ok {
		f.Text = fmt.Sprint(p.Value)
		f.Frames = link.Frames(p.Stack)
		return f
	}
	// "c:81925:2: undefined: x", perhaps more than once
	var line, column int
	for {
		if n, _ := fmt.Sscanf(f.Text, link.File+":%d:%d: ", &line, &column); n != 2 {
			return f
		}
		if p := link.Place(token.Position{Filename: link.File, Line: line, Column: column}); p != 0 {
			f.Frames = []link.Pos{p}
		}
		f.Text = strings.TrimSpace(strings.SplitN(f.Text, ":", 4)[3])
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// time runs f and prints how long it took.
func (s *session) time(f func()) {
	cpu, start := cpuTime(), time.Now()
	defer func() {
		wall := time.Since(start)
		fmt.Fprintf(s.stdout, "CPU time: %s, wall time: %s\n", round(cpuTime()-cpu), round(wall))
	}()
	f()
}

const (
	timeitRepeats = 7
	timeitTarget  = 100 * time.Millisecond // of one repetition
)

// timeit runs f, which repeats a statement r.loops times, until the time of one
// repetition is known well enough, and prints it.
func (s *session) timeit(r *run, f func()) {
	once := func(loops int) time.Duration {
		r.loops = loops
		start := time.Now()
		f()
		return time.Since(start)
	}
	loops, took := 1, once(1)
	for took < timeitTarget && loops < 1e9 {
		more := 10.0
		if took > time.Millisecond {
			more = math.Min(10, 1.2*float64(timeitTarget)/float64(took))
		}
		loops = int(float64(loops)*more) + 1
		took = once(loops)
	}
	repeats := timeitRepeats
	if took > time.Second {
		repeats = 3
	}
	var sum, squares float64
	best := math.Inf(1)
	for range repeats {
		ns := float64(once(loops)) / float64(loops)
		sum += ns
		squares += ns * ns
		best = math.Min(best, ns)
	}
	mean := sum / float64(repeats)
	dev := math.Sqrt(math.Max(0, squares/float64(repeats)-mean*mean))
	fmt.Fprintf(s.stdout, "%s ± %s a loop, best %s (%d runs, %s loops each)\n",
		nanoseconds(mean), nanoseconds(dev), nanoseconds(best), repeats, thousands(loops))
}

func round(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(time.Millisecond)
	case d > time.Millisecond:
		return d.Round(time.Microsecond)
	}
	return d
}

// nanoseconds writes a duration with three digits.
func nanoseconds(ns float64) string {
	unit, div := "ns", 1.0
	switch {
	case ns >= 1e9:
		unit, div = "s", 1e9
	case ns >= 1e6:
		unit, div = "ms", 1e6
	case ns >= 1e3:
		unit, div = "µs", 1e3
	}
	v := ns / div
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f %s", v, unit)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.2f %s", v, unit)
}

// thousands writes n with a comma between thousands.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
