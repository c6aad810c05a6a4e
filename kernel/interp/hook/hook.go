// Package hook wraps the nodes of a compiled yaegi program before it runs, so
// that the kernel can stop a cell, name the line of a crash and replace a
// function that earlier cells call. It changes nothing in yaegi itself.
//
// yaegi compiles each syntax node to a closure, which the unexported node.gen
// makes and node.exec holds. Install replaces gen, so that the closure of a
// chosen node runs inside ours. Field offsets are found by reflection when the
// program starts; a yaegi that lacks one of the fields panics there, and the
// tests of this package run on it, so a version that doesn't fit can't be built
// into a kernel unseen. The package is not an interpreter and decides nothing:
// which nodes are wrapped, and how, is the caller's choice.
package hook

import (
	"fmt"
	"go/token"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/traefik/yaegi/interp"
)

// An Exec runs one node in a frame and returns the next one to run (yaegi's bltn).
type Exec func(frame unsafe.Pointer) Exec

type generator func(node unsafe.Pointer)

var (
	nodeType  = field(reflect.TypeFor[interp.Interpreter](), "roots").Type.Elem().Elem()
	frameType = field(reflect.TypeFor[interp.Interpreter](), "frame").Type.Elem()
	kindType  = field(nodeType, "kind").Type

	offChild  = field(nodeType, "child").Offset
	offStart  = field(nodeType, "start").Offset
	offGen    = field(nodeType, "gen").Offset
	offExec   = field(nodeType, "exec").Offset
	offKind   = field(nodeType, "kind").Offset
	offPos    = field(nodeType, "pos").Offset
	offIdent  = field(nodeType, "ident").Offset
	offTypes  = field(nodeType, "types").Offset
	offRoot   = field(reflect.TypeFor[interp.Program](), "root").Offset
	offInit   = field(reflect.TypeFor[interp.Program](), "init").Offset
	offDone   = field(frameType, "done").Offset
	offFrame  = field(reflect.TypeFor[interp.Interpreter](), "frame").Offset
	offRoots  = field(reflect.TypeFor[interp.Interpreter](), "roots").Offset
	offCancel = field(reflect.TypeFor[interp.Interpreter](), "cancelChan").Offset
)

func field(t reflect.Type, name string) reflect.StructField {
	f, ok := t.FieldByName(name)
	if !ok {
		panic(fmt.Sprintf("hook: yaegi's %v has no field %s", t, name))
	}
	return f
}

type node unsafe.Pointer

func at[T any](n node, off uintptr) *T { return (*T)(unsafe.Add(unsafe.Pointer(n), off)) }

// genName returns which of yaegi's generators makes the closure of n: "call",
// "recv", "_select", "getIndexArray", …
func genName(n node) string {
	gen := *at[generator](n, offGen)
	if gen == nil {
		return ""
	}
	f := runtime.FuncForPC(**(**uintptr)(unsafe.Pointer(&gen)))
	return f.Name()[strings.LastIndexByte(f.Name(), '.')+1:]
}

// kindNames caches how yaegi spells the kinds of syntax.
var kindNames sync.Map // uint -> string

func kind(n node) string {
	k := *at[uint](n, offKind)
	if s, ok := kindNames.Load(k); ok {
		return s.(string)
	}
	v := reflect.NewAt(kindType, unsafe.Pointer(at[uint](n, offKind))).Elem()
	s := v.Interface().(fmt.Stringer).String()
	kindNames.Store(k, s)
	return s
}

// setExec makes the closures of a function body, given its first node.
//
//go:linkname setExec github.com/traefik/yaegi/interp.setExec
func setExec(start unsafe.Pointer)

// genFunctionWrapper makes, from the node of a function declaration, what turns a
// frame into a Go function that runs it.
//
//go:linkname genFunctionWrapper github.com/traefik/yaegi/interp.genFunctionWrapper
func genFunctionWrapper(n unsafe.Pointer) func(frame unsafe.Pointer) reflect.Value

// A Node is what a Hook is told of the node it may wrap.
type Node struct {
	// Gen is the name of yaegi's generator. "[]" is appended where its first
	// operand is an index expression ("assign[]", "inc[]").
	Gen string
	// Loop marks the first node of a loop's body, of a function, or after a label.
	Loop bool
	Pos  token.Pos
	// Again makes a further, independent closure of the same node. It may be
	// called from several goroutines.
	Again func() Exec
}

// A Hook returns the closure that runs instead of exec, or exec itself.
type Hook func(n Node, exec Exec) Exec

// Install has hook wrap the nodes of a program, which must be a file of
// declarations, between CompileAST and Execute. Programs of one interpreter are
// installed one at a time.
func Install(p *interp.Program, hook Hook) {
	root := rootOf(p)
	seen := map[node]bool{}
	loopBody := map[node]bool{}
	var order, literals []node // literals: the first nodes of their bodies
	var walk func(n node)
	walk = func(n node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		order = append(order, n)
		children := *at[[]node](n, offChild)
		switch k := kind(n); {
		case k == "rangeStmt", k == "labeledStmt", strings.HasPrefix(k, "forStmt"):
			if len(children) > 0 {
				loopBody[*at[node](children[len(children)-1], offStart)] = true
			}
		case k == "funcLit", k == "funcDecl":
			if len(children) < 4 || children[3] == nil {
				break
			}
			start := *at[node](children[3], offStart)
			loopBody[start] = true // the entry of a function counts as one
			if k == "funcLit" {
				literals = append(literals, start)
			}
		}
		for _, c := range children {
			walk(c)
		}
	}
	walk(root)
	for _, n := range order {
		orig, name := *at[generator](n, offGen), genName(n)
		if orig == nil {
			continue
		}
		if children := *at[[]node](n, offChild); len(children) > 0 && children[0] != nil && kind(children[0]) == "indexExpr" {
			name += "[]"
		}
		exec := at[Exec](n, offExec)
		*exec = nil // function literals have one already
		info := Node{Gen: name, Loop: loopBody[n], Pos: *at[token.Pos](n, offPos)}
		info.Again = func() Exec {
			regen.Lock()
			defer regen.Unlock()
			hooked := *exec
			orig(unsafe.Pointer(n))
			e := *exec
			*exec = hooked
			return e
		}
		*at[generator](n, offGen) = func(unsafe.Pointer) {
			orig(unsafe.Pointer(n))
			if *exec != nil {
				*exec = hook(info, *exec)
			}
		}
	}
	for _, start := range literals {
		setExec(unsafe.Pointer(start))
	}
	runtime.KeepAlive(p)
}

// regen serialises Node.Again, which borrows the node's exec field.
var regen sync.Mutex

func rootOf(p *interp.Program) node { return *(*node)(unsafe.Add(unsafe.Pointer(p), offRoot)) }

// ClearInit drops the functions that executing p would run by itself: a function
// that the session calls main isn't the program's.
func ClearInit(p *interp.Program) {
	*(*[]node)(unsafe.Add(unsafe.Pointer(p), offInit)) = nil
}

// Func returns, as a Go function value, the function that p declares under name.
// It is valid after p was executed.
func Func(i *interp.Interpreter, p *interp.Program, name string) (reflect.Value, error) {
	for _, n := range *at[[]node](rootOf(p), offChild) {
		if kind(n) == "funcDecl" && declName(n) == name {
			frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(i), offFrame))
			return genFunctionWrapper(unsafe.Pointer(n))(frame), nil
		}
	}
	return reflect.Value{}, fmt.Errorf("hook: the program declares no function %s", name)
}

// ForgetRoots drops the list of all syntax trees that the interpreter has seen,
// which only its debugger reads and which would keep every cell alive.
func ForgetRoots(i *interp.Interpreter) {
	*(*[]node)(unsafe.Add(unsafe.Pointer(i), offRoots)) = nil
}

// SetCancelChan makes yaegi generate channel operations that also wait for the
// done channel of their frame, from the next compilation on.
func SetCancelChan(i *interp.Interpreter) {
	*(*bool)(unsafe.Add(unsafe.Pointer(i), offCancel)) = true
}

// SetDone says which channel ends the channel operations of a frame.
func SetDone(frame unsafe.Pointer, done reflect.SelectCase) {
	*(*reflect.SelectCase)(unsafe.Add(frame, offDone)) = done
}

// At runs exec in a Go frame of its own whose first argument is a position. Every
// Go traceback, a panic's stack as well as the dump of a fatal error, then shows
// it: "hook.At(0x30005002, …".
//
//go:noinline
func At(pos uintptr, exec Exec, frame unsafe.Pointer) Exec {
	next := exec(frame)
	if pos == 0 { // keeps pos alive over the call, so that the traceback can show it
		return nil
	}
	return next
}
