package child

import (
	"maps"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"github.com/goherd/goherd/display"
	"github.com/goherd/goherd/display/pretty"
	"github.com/goherd/goherd/kernel/interp/bindings"
	"github.com/goherd/goherd/kernel/interp/bindings/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/shim"
	celltoken "github.com/goherd/goherd/kernel/interp/token"
)

// engineHost is the session as its engine sees it.
type engineHost struct {
	s       *session
	overlay []map[string]map[string]reflect.Value // in front of the library, by "path/name"
	methods map[string]reflect.Value

	mu   sync.Mutex
	pkgs map[string]map[string]reflect.Value // by import path
}

// newEngine returns the engine of the session.
func (s *session) newEngine() error {
	h := &engineHost{s: s, methods: map[string]reflect.Value{}, pkgs: map[string]map[string]reflect.Value{}}
	funcs, methods := shim.Guarded(func(f func()) { s.engine.Guard(f) })
	overlay := s.symbols()
	delete(overlay["os/os"], "Stdin") // these are *os.File, as in compiled Go: box says how they are used
	delete(overlay["os/os"], "Stdout")
	delete(overlay["os/os"], "Stderr")
	overlay["runtime/debug/debug"] = map[string]reflect.Value{"SetMaxStack": reflect.ValueOf(engine.LimitStack)}
	overlay["time/time"] = map[string]reflect.Value{"Sleep": reflect.ValueOf(shim.Sleep)}
	overlay["goherd/host/host"]["Discarded"] = reflect.ValueOf(func(c display.Content) { display.Show(c) })
	h.overlay = append(h.overlay, funcs, overlay, bindings.Symbols)
	for _, m := range []map[string]reflect.Value{shim.Methods, methods, s.fileMethods()} {
		maps.Copy(h.methods, m)
	}
	e, err := engine.New(h)
	if err != nil {
		return err
	}
	s.engine, s.host = e, h
	s.connectRuntime()
	return nil
}

// fileMethods are the methods of os.Stdin, os.Stdout and os.Stderr when a cell calls
// them: what they write belongs to the cell of the goroutine.
func (s *session) fileMethods() map[string]reflect.Value {
	return map[string]reflect.Value{
		"os.(*File).Write": reflect.ValueOf(func(f *os.File, b []byte) (int, error) {
			if o := s.output(f); o != nil {
				return o.Write(b)
			}
			return f.Write(b)
		}),
		"os.(*File).WriteString": reflect.ValueOf(func(f *os.File, text string) (int, error) {
			if o := s.output(f); o != nil {
				return o.WriteString(text)
			}
			return f.WriteString(text)
		}),
		"os.(*File).Read": reflect.ValueOf(func(f *os.File, b []byte) (int, error) {
			if f == s.stdin.File {
				return s.stdin.Read(b)
			}
			return f.Read(b)
		}),
		"os.(*File).Close": reflect.ValueOf(func(f *os.File) error {
			if s.output(f) != nil || f == s.stdin.File {
				return nil // they aren't the cell's to close
			}
			return f.Close()
		}),
		"os.(*File).Sync": reflect.ValueOf(func(f *os.File) error {
			if s.output(f) != nil {
				return nil // nothing is buffered
			}
			return f.Sync()
		}),
	}
}

// output returns what a cell's writing to f goes to, nil if that is f itself.
func (s *session) output(f *os.File) *Output {
	switch f {
	case s.stdout.real:
		return s.stdout
	case s.stderr.real:
		return s.stderr
	}
	return nil
}

// Box is asked for a value that is put into an interface: os.Stdout is, there, what
// knows the cell that writes.
func (h *engineHost) Box(v any) any {
	f, ok := v.(*os.File)
	if !ok || f == nil {
		return v
	}
	if o := h.s.output(f); o != nil {
		return o
	}
	if f == h.s.stdin.File {
		return h.s.stdin
	}
	return v
}

// Unbox is the other way.
func (h *engineHost) Unbox(v any) any {
	switch v := v.(type) {
	case *Output:
		return v.real
	case *Input:
		return v.File
	}
	return v
}

func (h *engineHost) Boxed(t reflect.Type) bool { return t == reflect.TypeFor[*os.File]() }

func (h *engineHost) Symbol(path, name string) (reflect.Value, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if wakers[path] || wakers[path+"."+name] {
		h.s.wakers.Store(true)
	}
	symbols, ok := h.pkgs[path]
	if !ok {
		symbols, _ = std.Symbols(path)
		if symbols == nil {
			symbols = map[string]reflect.Value{}
		}
		key := path + "/" + path[strings.LastIndexByte(path, '/')+1:]
		for _, overlay := range h.overlay {
			maps.Copy(symbols, overlay[key])
		}
		h.pkgs[path] = symbols
	}
	v, ok := symbols[name]
	if ok && v.CanAddr() {
		v = v.Addr()
	}
	return v, ok
}

func (h *engineHost) Method(name string) (reflect.Value, bool) {
	f, ok := h.methods[name]
	return f, ok
}

func (h *engineHost) Check() { checkpoint() }

func (h *engineHost) Done() (<-chan struct{}, func()) {
	t := celltoken.Current()
	if t == nil {
		return nil, runtime.Goexit
	}
	return t.Done, t.Exit
}

// Fatal makes the cell fail, even if compiled code recovers from the panic.
func (h *engineHost) Fatal(f engine.Fatal, at []engine.Frame) {
	if r := h.s.current(); r != nil {
		r.fail(enginePanic(&engine.Panic{Value: f, Frames: at}))
	}
}

// stackAt returns the whole of the stack that ends with at, if it is that of a cell's own
// goroutine.
func (s *session) stackAt(at []link.Pos) []link.Pos {
	for _, frames := range s.engine.Where() {
		if all := positions(frames); len(all) > 0 && (len(at) == 0 || all[0] == at[0]) {
			return all
		}
	}
	return at
}

// Exiting is true after os.Exit, until the run has ended.
func (h *engineHost) Exiting() bool {
	r := h.s.current()
	return r != nil && r.exited.Load()
}

func (h *engineHost) Loops() int { return h.s.Loops() }

func (h *engineHost) Print(text string) { _, _ = h.s.stderr.WriteString(text) }

func (h *engineHost) Started() {}

// Ended is told how a goroutine of a cell ended. A panic ends the cell that started it,
// as it would end a program, and nothing else.
func (h *engineHost) Ended(p *engine.Panic) {
	if p == nil {
		return
	}
	f := enginePanic(p)
	r := h.s.current()
	if r == nil && h.s.worker != nil {
		h.s.late(f)
		return
	}
	if r == nil {
		_ = h.s.w.Send(link.Event{Type: link.EventLate, Run: currentRun(), Done: &link.Done{Failure: f}}) // or the kernel is gone
		return
	}
	f.Goroutine = true
	r.fail(f)
	h.s.interrupt(r.id)
}

// enginePanic describes a panic that nobody recovered.
func enginePanic(p *engine.Panic) *link.Failure {
	f := panicFailure(p.Value, nil, nil)
	if fatal, ok := p.Value.(engine.Fatal); ok {
		f.Name, f.Text, f.Chain = "fatal error", string(fatal), nil
	}
	f.Frames = positions(p.Frames)
	return f
}

// positions returns where the frames of a stack are in the cells.
func positions(frames []engine.Frame) []link.Pos {
	var out []link.Pos
	for _, f := range frames {
		if f.Pos != 0 {
			out = append(out, f.Pos)
		}
	}
	return out
}

// run runs a program that the engine takes.
func (s *session) executeCode(r *run, p *link.Program) {
	s.nameCells(p.Cells)
	program, err := code.Decode(p.Code)
	if err == nil {
		err = s.engine.Load(program)
	}
	if err != nil {
		r.fail(&link.Failure{Kind: link.FailCompile, Name: "compile error", Text: err.Error()})
		return
	}
	s.mentions.note(program)
	if s.w.Send(link.Event{Type: link.EventStarted, Run: r.id}) != nil || program.Entry == 0 {
		return
	}
	defer s.engine.Forget(program.Entry)
	f := func() {
		if p := s.engine.Run(program.Entry); p != nil {
			r.fail(enginePanic(p))
		}
	}
	s.timed(r, p, f)
}

// Result takes the values of a cell's last expression.
func (h *engineHost) Result(call bool, types []string, values []reflect.Value, at link.Pos) {
	r := h.s.current()
	if r == nil {
		return
	}
	if n := len(values) - 1; call && n >= 0 && n < len(types) && types[n] == "error" {
		if !values[n].IsNil() {
			err := values[n].Interface().(error)
			r.fail(&link.Failure{
				Kind: link.FailError, Name: typeName(err), Text: safely(err.Error), Chain: Chain(err), Frames: []link.Pos{at},
			})
			return
		}
		values = values[:n]
	}
	r.show(values)
}

// show makes values the result of the run.
func (r *run) show(values []reflect.Value) {
	var b *link.Bundle
	switch len(values) {
	case 0:
		return
	case 1:
		if shown := display.BundleOf(values[0].Interface()); len(shown.Data) > 0 {
			b = &link.Bundle{Data: shown.Data, Metadata: shown.Metadata}
		}
	default:
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = pretty.Format(v, nil, pretty.Options{})
		}
		b = lines(texts)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = b
}

// Describe reports the value of a session variable to the kernel.
func (h *engineHost) Describe(name string, v reflect.Value) {
	if r := h.s.current(); r != nil {
		r.describe(name, v, nil, pretty.Options{})
	}
}
