// Package engine runs programs of package code: it makes of each function a tree of Go
// closures, one for each node, that are specialised by the types and forms of their
// operands and work on frames of typed memory.
//
// Values of a session are Go values, of types that package rtype makes: a struct of the
// session lies in memory as compiled Go lays it out, a func value of the session is a
// Go func value that compiled code can call, an interface holds what a compiled one
// holds. Nothing is converted at the border between interpreted and compiled code.
//
// The closures are typed by class: the Go type that a value of an int, a string, a
// pointer … is moved as. Structs and arrays are moved from memory to memory.
package engine

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/natives"
	"github.com/goherd/goherd/kernel/interp/rtype"
)

// A Host is what an engine needs of the process around it. Its methods are called from
// any goroutine.
type Host interface {
	// Symbol returns what a compiled package has under a name: a func, a pointer to a
	// variable, or (*T)(nil) for a type.
	Symbol(path, name string) (reflect.Value, bool)
	// Method returns a func that is called in place of a method of a compiled type, with the
	// receiver as its first parameter. name is "path.T.M" or "path.(*T).M".
	Method(name string) (reflect.Value, bool)
	// Box returns what an interface with methods holds in place of v, a value of a compiled type that
	// Boxed names. Unbox returns what v is in the place of, or v.
	Box(v any) any
	Unbox(v any) any
	Boxed(t reflect.Type) bool
	// Result takes the values of a cell's last expression, with their types as the user
	// knows them. call says that they come from a call, at a place.
	Result(call bool, types []string, values []reflect.Value, at link.Pos)
	// Describe takes the value of a session variable.
	Describe(name string, value reflect.Value)
	// Loops returns how often a timed statement runs.
	Loops() int
	// Check is called at loops and calls while Engine.Stop is not zero. It may end the goroutine (runtime.Goexit).
	Check()
	// Done returns a channel that closes when what the calling goroutine waits for is no longer wanted, and a func
	// that then ends the goroutine. The channel may be nil.
	Done() (done <-chan struct{}, exit func())
	// Started and Ended frame the life of a goroutine of the session's code; both are called on it. Ended may be
	// given what it panicked with: the goroutine's alone.
	Started()
	Ended(p *Panic)
	// Exiting reports whether the calling goroutine ends because the program exits: then its
	// deferred calls are not carried out.
	Exiting() bool
	// Fatal is told of a panic that ends the cell before it reaches compiled code that called the session's: that may
	// recover from it.
	Fatal(f Fatal, at []Frame)
	// Print writes what the builtins print and println do.
	Print(text string)
}

// An Engine runs the programs of one session. Load is called by one goroutine at a
// time; what was loaded runs in any number of them meanwhile.
type Engine struct {
	// Stop is not zero while goroutines should call Host.Check.
	Stop atomic.Int32

	host  Host
	types *rtype.Table

	mu      sync.Mutex // held while a program is loaded; guards what follows
	known   map[code.TypeID]*typ
	globals map[code.GlobalID]*global
	funcs   map[code.FuncID]*function
	// literals are the functions that are only there as long as they are needed. Some may be gone.
	literals map[code.FuncID]weak.Pointer[function]
	// Indices in Thread.free.
	indices  int                        // how many there are
	spare    []int                      // that nobody has
	indexed  map[int]weak.Pointer[impl] // who has them. Some may be gone
	sweepAt  int                        // how many there are when it is looked who is gone
	sigs     map[reflect.Type]*signature
	kinds    map[kindKey]*kind
	effects  []code.FuncID                   // of the programs that were loaded
	inits    map[code.FuncID]code.GlobalID   // which variable says that an initialiser was called
	used     map[code.FuncID]sum             // the contents of functions that Use has put in place
	kept     map[version]*impl               // what Use has compiled, of parts that weren't dropped
	holders  map[version]int                 // how many parts have it
	parts    map[string]*Part                // by what they were asked for, until the next Load
	sent     map[string]*contents            // of parts, by ID
	sentLast []string                        // their IDs, as they were made
	stores   map[code.FuncID]*stores         // until the next Load
	errors   map[code.GlobalID]reflect.Value // until the next Load; nil: not yet looked for
	// promised are functions that something refers to but that aren't loaded.
	promised map[code.FuncID]*function
	// Of the program being loaded.
	pending        map[code.FuncID]*function
	pendingGlobals map[code.GlobalID]*global

	methods sync.Map  // of the session's types: methodKey to methodEntry
	threads sync.Pool // of *Thread
	running sync.Map  // *Thread of calls of Run

	onTimers atomic.Int32

	notesMu sync.Mutex
	notes   map[uintptr]*note // by goroutine: where its panic was
}

// Check returns an error if the Go version is one whose types or func values the engine
// can't make. It may be called from any goroutine.
func Check() error {
	if err := rtype.Check(); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if err := selfCheck(); err != nil {
		return fmt.Errorf("engine: with %s %w", runtime.Version(), err)
	}
	return nil
}

// New returns an engine without a program. It fails if Check does.
func New(h Host) (*Engine, error) {
	if err := Check(); err != nil {
		return nil, err
	}
	e := &Engine{
		host: h, known: map[code.TypeID]*typ{}, globals: map[code.GlobalID]*global{}, funcs: map[code.FuncID]*function{}, literals: map[code.FuncID]weak.Pointer[function]{}, indexed: map[int]weak.Pointer[impl]{}, sigs: map[reflect.Type]*signature{}, kinds: map[kindKey]*kind{}, promised: map[code.FuncID]*function{}, inits: map[code.FuncID]code.GlobalID{}, used: map[code.FuncID]sum{}, kept: map[version]*impl{}, holders: map[version]int{},
		parts: map[string]*Part{}, sent: map[string]*contents{}, stores: map[code.FuncID]*stores{}, notes: map[uintptr]*note{},
	}
	e.types = rtype.NewTable(e.externType, e.method)
	return e, nil
}

func (e *Engine) externType(path, name string) (reflect.Type, bool) {
	v, ok := e.host.Symbol(path, name)
	if !ok {
		v, ok = natives.Symbol(path, name)
	}
	if !ok || v.Kind() != reflect.Pointer {
		return nil, false
	}
	return v.Type().Elem(), true
}
