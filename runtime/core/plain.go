package core

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/goherd/goherd/runtime/bus"
	"github.com/goherd/goherd/runtime/ship"
)

var theHost atomic.Pointer[Host]

// SetHost tells the package which process it is in. It is called once, before anything else is.
func SetHost(h Host) { theHost.Store(&h) }

func host() Host {
	if h := theHost.Load(); h != nil {
		return *h
	}
	return plain{}
}

// plain is the host of a program that no kernel runs. It has goroutines only.
type plain struct{}

var errPlain = errors.New("worker processes are there only in a notebook and in goherd run: use pool.Goroutines in this program")

func (plain) Connect(bool) (bus.Address, error)                         { return bus.Address{}, errPlain }
func (plain) Run() int                                                  { return 0 }
func (plain) Done() (<-chan struct{}, func())                           { return nil, runtime.Goexit }
func (plain) Pack(reflect.Value) (*Packed, error)                       { return nil, errPlain }
func (plain) PackInit(reflect.Value) (*Packed, error)                   { return nil, errPlain }
func (plain) Codec() *ship.Codec                                        { return nil }
func (plain) Extend([]string, []int32, []int32) (string, []byte, error) { return "", nil, errPlain }
func (plain) Place() string                                             { return "" }
func (plain) PlaceOf(uint64) string                                     { return "" }
func (plain) Warn(run int, text string)                                 { fmt.Fprintln(os.Stderr, text) }
func (plain) Display(run int, id string, update bool, content Content)  {}

func (plain) Describe(f reflect.Value) (name, place string) {
	if f.Kind() != reflect.Func || f.IsNil() {
		return "nil", ""
	}
	fn := runtime.FuncForPC(f.Pointer())
	if fn == nil {
		return "a function", ""
	}
	file, line := fn.FileLine(fn.Entry())
	return shortName(fn.Name()), fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// shortName is the name of a function without the path of its package.
func shortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func (plain) Protect(f func()) (failure *bus.Failure) {
	finished := false
	defer func() {
		if finished {
			return
		}
		if v := recover(); v != nil {
			failure = &bus.Failure{Kind: "panic", Name: "panic", Text: panicText(v), Stack: panicStack()}
			if _, ok := v.(runtime.Error); ok {
				failure.Name = "runtime error"
			}
		}
	}()
	f()
	finished = true
	return nil
}

func panicText(v any) string {
	if err, ok := v.(error); ok {
		return err.Error()
	}
	return fmt.Sprint(v)
}

// panicStack returns the functions that a panic came through, up to this package. It is called by what recovers.
func panicStack() []bus.Frame {
	pcs := make([]uintptr, 64)
	pcs = pcs[:runtime.Callers(1, pcs)]
	var stack []bus.Frame
	panicked := false
	for frames := runtime.CallersFrames(pcs); ; {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case !panicked || strings.HasPrefix(f.Function, "runtime."):
		case strings.HasPrefix(f.Function, "reflect."), strings.HasSuffix(f.Function, ".plain.Protect"):
			return stack // what called the item
		default:
			stack = append(stack, bus.Frame{Func: shortName(f.Function), Place: fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)})
		}
		if !more {
			return stack
		}
	}
}
