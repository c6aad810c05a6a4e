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
	"go/ast"
	"go/token"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

	offChild     = field(nodeType, "child").Offset
	offStart     = field(nodeType, "start").Offset
	offGen       = field(nodeType, "gen").Offset
	offExec      = field(nodeType, "exec").Offset
	offKind      = field(nodeType, "kind").Offset
	offPos       = field(nodeType, "pos").Offset
	offIdent     = field(nodeType, "ident").Offset
	offTypes     = field(nodeType, "types").Offset
	offInterp    = field(nodeType, "interp").Offset
	offRval      = field(nodeType, "rval").Offset
	offRoot      = field(reflect.TypeFor[interp.Program](), "root").Offset
	offID        = field(frameType, "id").Offset
	offAnc       = field(frameType, "anc").Offset
	offData      = field(frameType, "data").Offset
	offDone      = field(frameType, "done").Offset
	offFrame     = field(reflect.TypeFor[interp.Interpreter](), "frame").Offset
	offRoots     = field(reflect.TypeFor[interp.Interpreter](), "roots").Offset
	offCancel    = field(reflect.TypeFor[interp.Interpreter](), "cancelChan").Offset
	offRootFrame = field(frameType, "root").Offset
	offMade      = field(reflect.TypeFor[interp.Interpreter](), "generic").Offset
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
	f := runtime.FuncForPC(codeOf(gen))
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
	// Bounds returns a BoundsError if the operands of an index or slice expression are
	// out of range in a frame, or nil if they aren't or can't be told. It is nil for
	// other nodes, and for maps.
	Bounds func(frame unsafe.Pointer) error
}

// A Hook returns the closure that runs instead of exec, or exec itself.
type Hook func(n Node, exec Exec) Exec

// Install has hook wrap the nodes of a program, which must be a file of
// declarations, between CompileAST and Execute. Instances of generic functions and
// types that the compilation made are wrapped too. Programs of one interpreter are
// installed one at a time.
func Install(p *interp.Program, hook Hook) {
	root := rootOf(p)
	w := wrapper{hook: hook, seen: map[node]bool{}, loopBody: map[node]bool{}}
	w.find(root)
	for _, n := range instances(*at[*interp.Interpreter](root, offInterp)) {
		if kind(n) == "funcDecl" {
			w.find(n)
		}
	}
	for _, n := range w.order {
		w.wrap(n)
	}
	for _, start := range w.made {
		setExec(unsafe.Pointer(start))
	}
	runtime.KeepAlive(p)
}

// A wrapper is one Install.
type wrapper struct {
	hook     Hook
	seen     map[node]bool
	loopBody map[node]bool // first nodes of loops and functions
	order    []node        // to wrap
	made     []node        // first nodes of bodies whose closures yaegi has made already
}

// find collects the nodes below n that are to be wrapped.
func (w *wrapper) find(n node) {
	if n == nil || w.seen[n] {
		return
	}
	w.seen[n] = true
	children := *at[[]node](n, offChild)
	switch k := kind(n); {
	case k == "rangeStmt", k == "labeledStmt", strings.HasPrefix(k, "forStmt"):
		if len(children) > 0 {
			w.loopBody[*at[node](children[len(children)-1], offStart)] = true
		}
	case k == "funcLit", k == "funcDecl":
		if len(children) < 4 || children[3] == nil {
			break
		}
		start := *at[node](children[3], offStart)
		if isTemplate(n) || wrapped(n) || wrapped(children[3]) || wrapped(start) {
			return // copied for each instance, or one that an earlier program made
		}
		w.loopBody[start] = true // the entry of a function counts as one
		w.made = append(w.made, start)
	}
	w.order = append(w.order, n)
	for _, c := range children {
		w.find(c)
	}
}

// isTemplate reports whether a function is generic: only its instances run.
func isTemplate(f node) bool {
	children := *at[[]node](f, offChild)
	signature := *at[[]node](children[2], offChild)
	if len(signature) > 0 && len(*at[[]node](signature[0], offChild)) > 0 {
		return true
	}
	for _, receiver := range *at[[]node](children[0], offChild) {
		parts := *at[[]node](receiver, offChild)
		if len(parts) == 0 {
			continue
		}
		t := parts[len(parts)-1]
		if kind(t) == "starExpr" {
			t = (*at[[]node](t, offChild))[0]
		}
		if k := kind(t); k == "indexExpr" || k == "indexListExpr" {
			return true
		}
	}
	return false
}

// wrap replaces the generator of n.
func (w *wrapper) wrap(n node) {
	orig, name := *at[generator](n, offGen), genName(n)
	if orig == nil {
		return
	}
	if wrapped(n) { // yaegi has analysed it again, and will make its closure again
		*at[Exec](n, offExec) = nil
		return
	}
	if children := *at[[]node](n, offChild); len(children) > 0 && children[0] != nil && kind(children[0]) == "indexExpr" {
		name += "[]"
	}
	*at[Exec](n, offExec) = nil // function literals and instances have one already
	info := Node{Gen: name, Loop: w.loopBody[n], Pos: *at[token.Pos](n, offPos)}
	info.Again = func() Exec {
		twin := reflect.New(nodeType) // what n.exec holds is in use
		twin.Elem().Set(reflect.NewAt(nodeType, unsafe.Pointer(n)).Elem())
		orig(twin.UnsafePointer())
		return *at[Exec](node(twin.UnsafePointer()), offExec)
	}
	*at[generator](n, offGen) = wrapping(n, orig, info, w.hook)
}

// wrapping returns a generator whose closures run inside those of hook. Inlined, it
// would return closures of another code for each place.
//
//go:noinline
func wrapping(n node, orig generator, info Node, hook Hook) generator {
	return func(p unsafe.Pointer) {
		if p != unsafe.Pointer(n) { // a copy, in an instance of a generic type
			orig(p)
			return
		}
		orig(p)
		if exec := at[Exec](n, offExec); *exec != nil {
			info := info
			info.Bounds = boundsOf(n, info.Gen)
			*exec = hook(info, *exec)
		}
	}
}

// codeOf returns where the code of a generator begins.
func codeOf(gen generator) uintptr { return **(**uintptr)(unsafe.Pointer(&gen)) }

// wrappingCode is that of the generators that wrapping returns.
var wrappingCode = codeOf(wrapping(nil, nil, Node{}, nil))

// wrapped reports whether n is wrapped already.
func wrapped(n node) bool {
	gen := *at[generator](n, offGen)
	return gen != nil && codeOf(gen) == wrappingCode
}

// instances returns yaegi's table of the instances of generic functions, types and
// methods: by "name[types]", where the name of a method is without its type.
func instances(i *interp.Interpreter) map[string]node {
	return *(*map[string]node)(unsafe.Add(unsafe.Pointer(i), offMade))
}

// ForgetInstances drops, before a file is compiled, the instances of the generic
// functions that it declares: they would be taken for its own.
func ForgetInstances(i *interp.Interpreter, f *ast.File) {
	table := instances(i)
	for key, n := range table {
		name, _, _ := strings.Cut(key, "[")
		declares := func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Recv == nil && f.Name.Name == name
		}
		if kind(n) == "funcDecl" && slices.ContainsFunc(f.Decls, declares) {
			delete(table, key)
		}
	}
}

func rootOf(p *interp.Program) node { return *(*node)(unsafe.Add(unsafe.Pointer(p), offRoot)) }

// Forget drops what only yaegi's debugger reads, the lists of all syntax trees and of
// all scopes, which would keep every cell alive.
func Forget(i *interp.Interpreter) {
	*(*[]node)(unsafe.Add(unsafe.Pointer(i), offRoots)) = nil
	for _, scope := range *(*map[string]unsafe.Pointer)(unsafe.Add(unsafe.Pointer(i), offScopes)) {
		*(*[]unsafe.Pointer)(unsafe.Add(scope, offScopeChild)) = nil
	}
}

// SetCancelChan makes yaegi generate channel operations that also wait for the
// done channel of their frame, from the next compilation on.
func SetCancelChan(i *interp.Interpreter) {
	*(*bool)(unsafe.Add(unsafe.Pointer(i), offCancel)) = true
}

// WithDone returns a frame like frame whose channel operations end when done is
// selected. The frame itself can't be changed: other goroutines may be reading it, to
// make frames of closures.
func WithDone(frame unsafe.Pointer, done reflect.SelectCase) unsafe.Pointer {
	twin := reflect.New(frameType).UnsafePointer()
	*framed[uint64](twin, offID) = atomic.LoadUint64(framed[uint64](frame, offID))
	*framed[unsafe.Pointer](twin, offRootFrame) = *framed[unsafe.Pointer](frame, offRootFrame)
	*framed[unsafe.Pointer](twin, offAnc) = *framed[unsafe.Pointer](frame, offAnc)
	*framed[[]reflect.Value](twin, offData) = *framed[[]reflect.Value](frame, offData)
	*framed[reflect.SelectCase](twin, offDone) = done
	return twin
}

func framed[T any](frame unsafe.Pointer, off uintptr) *T { return (*T)(unsafe.Add(frame, off)) }

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
