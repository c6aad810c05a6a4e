package child

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/bindings/std"
	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/natives"
	"github.com/goherd/goherd/kernel/interp/rtype"
	"github.com/goherd/goherd/runtime/ship"
)

// names knows what values that travel to and from another process name: it is the session as package ship sees it.
type names struct {
	s *session
	// packing is set where the variables of cells travel, too: errors that they hold then arrive
	// as what the variables hold, and need no name.
	packing bool
}

func (n names) TypeID(t reflect.Type) (int32, bool) {
	id, ok := n.s.engine.TypeID(t)
	return int32(id), ok
}

func (n names) Type(id int32) (reflect.Type, error) {
	if t := n.s.engine.Type(code.TypeID(id)); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("type %d of the session isn't here", id)
}

func (n names) Compiled(path, name string) (reflect.Type, error) {
	if v, ok := n.s.host.Symbol(path, name); ok && v.Kind() == reflect.Pointer {
		if t := v.Type().Elem(); t.PkgPath() == path && t.Name() == name {
			return t, nil
		}
	}
	if t, ok := natives.Type(path, name); ok {
		return t, nil
	}
	if t, ok := rtype.Compiled(path, name); ok {
		return t, nil
	}
	return nil, fmt.Errorf("this process has no type %s.%s", path, name)
}

func (n names) Open(f reflect.Value) (ship.Func, error) {
	fn, err := n.s.engine.TakeApart(f)
	switch {
	case errors.Is(err, engine.ErrCompiled):
		return ship.Func{}, ship.ErrCompiled
	case err != nil:
		return ship.Func{}, err
	}
	out := ship.Func{ID: int32(fn.ID), Recv: fn.Receiver, Name: funcName(fn.Name), Place: n.s.place(fn.Pos)}
	for _, v := range fn.Captured {
		out.Captured = append(out.Captured, v.Value.Addr())
		out.Names = append(out.Names, v.Name)
	}
	return out, nil
}

func (n names) Make(t reflect.Type, f ship.Func) (reflect.Value, error) {
	return n.s.engine.Join(t, code.FuncID(f.ID), f.Captured, f.Recv)
}

func (n names) Captures(id int32, bound bool) (captured []reflect.Type, recv reflect.Type, err error) {
	return n.s.engine.Needs(code.FuncID(id), bound)
}

func (n names) CompiledFunc(name string) (reflect.Value, error) {
	if f, ok := natives.Func(name); ok {
		return reflect.ValueOf(f), nil
	}
	if path, member, ok := cutSymbol(name); ok {
		if v, ok := n.s.host.Symbol(path, member); ok && v.Kind() == reflect.Func && !v.IsNil() {
			if v.Pointer() != 0 && compiledName(v) == name {
				return v, nil
			}
		}
	}
	if _, f, ok := n.s.host.standin(name); ok {
		return f, nil
	}
	return reflect.Value{}, fmt.Errorf("cells can't use a function %s", name)
}

// standin returns what stands for a function of the library in cells, as that does which prints into the cell, and the name
// of what it stands for, given its own name. There is none if several have one name.
func (h *engineHost) standin(name string) (of string, f reflect.Value, ok bool) {
	for _, overlay := range h.overlay {
		for key, symbols := range overlay {
			for member, v := range symbols {
				if v.Kind() != reflect.Func || compiledName(v) != name {
					continue
				}
				if ok {
					return "", reflect.Value{}, false
				}
				of, f, ok = key[:strings.LastIndexByte(key, '/')]+"."+member, v, true
			}
		}
	}
	return of, f, ok
}

// compiledName is the name of a compiled function.
func compiledName(f reflect.Value) string {
	if fn := runtime.FuncForPC(f.Pointer()); fn != nil {
		return fn.Name()
	}
	return ""
}

// sessionError begins the name of an error that a variable holds which isn't compiled. Its ID follows and, after a colon, the
// text of the error, for who doesn't have the variable.
const sessionError = "session:"

func (n names) ErrorName(err error) (string, bool) {
	p, ok := identity(err)
	if !ok {
		return "", false
	}
	for id, v := range n.s.engine.Errors() {
		if held(v) != p || n.packing && !n.s.engine.Initialised(id) {
			continue
		}
		// Who doesn't have the variable can make errors of the commonest type only.
		if n.s.worker != nil || reflect.TypeOf(err) == plainError {
			return sessionError + strconv.Itoa(int(id)) + ":" + safely(err.Error), true
		}
	}
	name, ok := libraryErrors()[p]
	return name, ok
}

func (n names) ErrorNamed(name string) (error, bool) {
	if rest, ok := strings.CutPrefix(name, sessionError); ok {
		num, text, _ := strings.Cut(rest, ":")
		id, err := strconv.Atoi(num)
		if err != nil {
			return nil, false
		}
		if v, ok := n.s.engine.Errors()[code.GlobalID(id)]; ok && !v.IsNil() {
			return v.Interface().(error), true
		}
		return errors.New(text), true
	}
	path, member, ok := cutSymbol(name)
	if !ok {
		return nil, false
	}
	symbols, _ := std.Symbols(path)
	v, ok := symbols[member]
	if !ok || !v.CanAddr() || !v.Type().Implements(errorType) || v.IsNil() {
		return nil, false
	}
	return v.Interface().(error), true
}

var (
	errorType  = reflect.TypeFor[error]()
	plainError = reflect.TypeOf(errors.New(""))
)

// identity returns what tells an error from others that say the same, if anything does: a pointer to something.
func identity(err error) (unsafe.Pointer, bool) {
	v := reflect.ValueOf(err)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem().Size() == 0 {
		return nil, false
	}
	return v.UnsafePointer(), true
}

// held returns the pointer in a variable that is one or an interface. Another goroutine may be storing there.
func held(v reflect.Value) unsafe.Pointer {
	p := v.Addr().UnsafePointer()
	if v.Kind() == reflect.Interface {
		p = unsafe.Add(p, unsafe.Sizeof(uintptr(0)))
	}
	return atomic.LoadPointer((*unsafe.Pointer)(p))
}

// libraryErrors are the names of the standard library's variables that hold errors.
var libraryErrors = sync.OnceValue(func() map[unsafe.Pointer]string {
	m := map[unsafe.Pointer]string{}
	for _, path := range std.Packages() {
		symbols, _ := std.Symbols(path)
		for name, v := range symbols {
			if k := v.Kind(); !v.CanAddr() || k != reflect.Interface && k != reflect.Pointer || !v.Type().Implements(errorType) || v.IsNil() {
				continue
			}
			if p, ok := identity(v.Interface().(error)); ok && (m[p] == "" || path+"."+name < m[p]) {
				m[p] = path + "." + name
			}
		}
	}
	return m
})

// cutSymbol splits "net/http.Get".
func cutSymbol(name string) (path, member string, ok bool) {
	slash := strings.LastIndexByte(name, '/')
	dot := strings.IndexByte(name[slash+1:], '.')
	if dot < 0 {
		return "", "", false
	}
	return name[:slash+1+dot], name[slash+dot+2:], true
}

// literalName finds what names of func literals and of the bodies of ranges over functions end in.
var literalName = regexp.MustCompile(`^(.+?)(?:[.-](?:func|range)?\d+)+$`)

// funcName is the name of a function as the user is told it.
func funcName(name string) string {
	if !strings.ContainsAny(name, ".-") {
		return name
	}
	switch m := literalName.FindStringSubmatch(name); {
	case m == nil:
		return name
	case m[1] == "main":
		return "a func literal"
	default:
		return "a func literal in " + m[1]
	}
}
