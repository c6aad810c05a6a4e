package hook

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"unsafe"

	"github.com/traefik/yaegi/interp"
)

var (
	scopeType = field(reflect.TypeFor[interp.Interpreter](), "universe").Type.Elem()

	offUniverse   = field(reflect.TypeFor[interp.Interpreter](), "universe").Offset
	offScopes     = field(reflect.TypeFor[interp.Interpreter](), "scopes").Offset
	offPkgName    = field(reflect.TypeFor[interp.Program](), "pkgName").Offset
	offScopeTypes = field(scopeType, "types").Offset
	offScopeChild = field(scopeType, "child").Offset
)

// genRun makes the closures of a program.
//
//go:linkname genRun github.com/traefik/yaegi/interp.genRun
func genRun(root unsafe.Pointer) error

// genGlobalVars returns the node that initialises the variables of programs, or nil.
//
//go:linkname genGlobalVars github.com/traefik/yaegi/interp.genGlobalVars
func genGlobalVars(roots []node, scope unsafe.Pointer) (node, error)

// runCfg runs the nodes that follow start in a frame.
//
//go:linkname runCfg github.com/traefik/yaegi/interp.runCfg
func runCfg(start node, frame unsafe.Pointer, function, call node)

// A Machine executes the programs of one interpreter beside code of earlier programs
// that still runs. Its methods are called by one goroutine at a time.
type Machine struct {
	interp *interp.Interpreter
	ready  int // how many variables are ready
}

// variables is for how many variables there is room at first.
const variables = 1 << 12

// NewMachine returns the machine of an interpreter that has run nothing yet.
func NewMachine(i *interp.Interpreter) *Machine {
	m := &Machine{interp: i}
	m.room(variables)
	// yaegi sets this before each program. Nobody ever closes the channel.
	*framed[reflect.SelectCase](m.frame(), offDone) = reflect.SelectCase{
		Dir: reflect.SelectRecv, Chan: reflect.ValueOf((chan struct{})(nil)),
	}
	return m
}

// of returns a field of the interpreter.
func of[T any](m *Machine, off uintptr) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(m.interp), off))
}

func (m *Machine) frame() unsafe.Pointer { return *of[unsafe.Pointer](m, offFrame) }

// room makes room for n variables.
func (m *Machine) room(n int) {
	vars := framed[[]reflect.Value](m.frame(), offData)
	if n > len(*vars) {
		grown := make([]reflect.Value, max(n, 2*len(*vars)))
		copy(grown, *vars)
		*vars = grown
	}
}

// Execute puts the declarations of a program, which must be a file, in place: it does
// what yaegi's Execute does, but writes to nothing that running code reads. (yaegi moves
// the table of variables for each new one. It moves here too when it is full, every
// time to twice the room.)
func (m *Machine) Execute(p *interp.Program) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = interp.Panic{Value: v, Stack: debug.Stack()}
		}
	}()
	root := rootOf(p)
	if err := genRun(unsafe.Pointer(root)); err != nil {
		return err
	}
	universe := *of[unsafe.Pointer](m, offUniverse)
	types := *framed[[]reflect.Type](universe, offScopeTypes)
	m.room(len(types))
	vars := *framed[[]reflect.Value](m.frame(), offData)
	for ; m.ready < len(types); m.ready++ {
		vars[m.ready] = reflect.New(types[m.ready]).Elem()
	}
	m.run(root)
	scopes := *of[map[string]unsafe.Pointer](m, offScopes)
	pkg := *(*string)(unsafe.Add(unsafe.Pointer(p), offPkgName))
	if scopes[pkg] == nil {
		return fmt.Errorf("hook: the program's package %s has no scope", pkg)
	}
	initial, err := genGlobalVars([]node{root}, scopes[pkg])
	if err != nil {
		return err
	}
	m.run(initial)
	return nil
}

func (m *Machine) run(n node) {
	if n != nil {
		runCfg(*at[node](n, offStart), m.frame(), n, nil)
	}
}

// Func returns, as a Go function value, the function that p declares under name.
// It is valid after p was executed.
func (m *Machine) Func(p *interp.Program, name string) (reflect.Value, error) {
	for _, n := range *at[[]node](rootOf(p), offChild) {
		if kind(n) == "funcDecl" && declName(n) == name {
			return genFunctionWrapper(unsafe.Pointer(n))(m.frame()), nil
		}
	}
	return reflect.Value{}, fmt.Errorf("hook: the program declares no function %s", name)
}
