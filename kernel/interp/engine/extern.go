package engine

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/natives"
)

// cutName splits "path.Name". Name may be an instance, "Sort[int]".
func cutName(s string) (path, name string) {
	end := strings.IndexByte(s, '[')
	if end < 0 {
		end = len(s)
	}
	i := strings.LastIndexByte(s[:end], '.')
	if i < 0 {
		panic(fault("%q is no name of a compiled package", s))
	}
	return s[:i], s[i+1:]
}

// externVar returns the pointer to a variable of a compiled package.
func (e *Engine) externVar(s string) reflect.Value {
	path, name := cutName(s)
	v, ok := e.host.Symbol(path, name)
	if !ok || v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fault("no variable %s", s))
	}
	return v
}

// externFunc returns a compiled function.
func (e *Engine) externFunc(s string) reflect.Value {
	path, name := cutName(s)
	if v, ok := e.host.Symbol(path, name); ok && v.Kind() == reflect.Func && !v.IsNil() {
		return v
	}
	if f, ok := natives.Func(s); ok {
		return reflect.ValueOf(f)
	}
	panic(fault("no function %s", s))
}

// externMethod returns a method of a compiled type as a func that takes the receiver first.
func (e *Engine) externMethod(rt reflect.Type, name string) (f reflect.Value, id string) {
	id = methodID(rt, name)
	if f, ok := e.host.Method(id); ok {
		if f.Kind() != reflect.Func || f.Type().NumIn() == 0 || f.Type().In(0) != rt {
			panic(fault("%s stands for %s", f.Type(), id))
		}
		return f, id
	}
	m, ok := rt.MethodByName(name)
	if !ok {
		panic(fault("%s has no method %s", rt, name))
	}
	return m.Func, id
}

// methodID returns the name by which the host knows a method.
func methodID(rt reflect.Type, name string) string {
	if rt.Kind() == reflect.Pointer && rt.Name() == "" {
		return rt.Elem().PkgPath() + ".(*" + rt.Elem().Name() + ")." + name
	}
	return rt.PkgPath() + "." + rt.Name() + "." + name
}

// extern returns the compiled function or method that n calls.
func (c *compiler) extern(n *code.Node) reflect.Value {
	if n.Op == code.CallExtern {
		return c.e.externFunc(n.S)
	}
	if len(n.Kids) == 0 {
		panic(fault("method %s is called without a receiver", n.S))
	}
	f, _ := c.e.externMethod(c.typeOf(n.Kids[0]).rt, n.S)
	return f
}

// setExtern makes cl a call of compiled code.
func (c *compiler) setExtern(cl *callee, n *code.Node) {
	f := c.extern(n)
	cl.sig = c.e.signature(f.Type())
	cl.fv = objectOf(f)
	if k := closureOf(cl.fv); k != nil { // a symbol may be a func of a session, too
		panic(fault("%s isn't compiled", n.S))
	}
	cl.extern = c.e.invoker(cl.sig, false)
}

// externCall makes the result of a call of a compiled function.
func externCall[T any](cl *callee) func(*frame) T {
	if fn := directCall[T](cl); fn != nil {
		return fn
	}
	sig, fv, call, pos := cl.sig, cl.fv, cl.extern, cl.pos
	out := sig.outOff[0]
	switch len(cl.args) {
	case 1:
		a0, o0 := cl.args[0], sig.inOff[0]
		return func(f *frame) T {
			th := f.th
			b := th.block(sig)
			a0(f, unsafe.Add(unsafe.Pointer(b), o0))
			f.pos = pos
			call(fv, nil, unsafe.Pointer(b))
			v := *at[T](b, out)
			th.unblock(sig, b)
			return v
		}
	case 2:
		a0, o0, a1, o1 := cl.args[0], sig.inOff[0], cl.args[1], sig.inOff[1]
		return func(f *frame) T {
			th := f.th
			b := th.block(sig)
			a0(f, unsafe.Add(unsafe.Pointer(b), o0))
			a1(f, unsafe.Add(unsafe.Pointer(b), o1))
			f.pos = pos
			call(fv, nil, unsafe.Pointer(b))
			v := *at[T](b, out)
			th.unblock(sig, b)
			return v
		}
	}
	return func(f *frame) T {
		b := cl.externBlock(f)
		v := *at[T](b, out)
		f.th.unblock(sig, b)
		return v
	}
}

// externBlock carries out the call of a compiled function and returns the block with the results.
func (cl *callee) externBlock(f *frame) *frame {
	b := f.th.block(cl.sig)
	for i, a := range cl.args {
		a(f, unsafe.Add(unsafe.Pointer(b), cl.sig.inOff[i]))
	}
	f.pos = cl.pos
	cl.extern(cl.fv, nil, unsafe.Pointer(b))
	return b
}

// directCall makes a call of a compiled function of one of the commonest types without a
// block: nil if it isn't of one.
func directCall[T any](cl *callee) func(*frame) T {
	var fn any
	switch cl.sig.classes {
	case [3]class{cFloat64, cNone, cFloat64}:
		fn = direct1[float64, float64](cl)
	case [3]class{cFloat64, cFloat64, cFloat64}:
		fn = direct2[float64, float64, float64](cl)
	case [3]class{cString, cNone, cString}:
		fn = direct1[string, string](cl)
	case [3]class{cInt64, cNone, cString}:
		fn = direct1[int64, string](cl)
	case [3]class{cString, cString, cBool}:
		fn = direct2[string, string, bool](cl)
	case [3]class{cString, cString, cInt64}:
		fn = direct2[string, string, int64](cl)
	case [3]class{cInt32, cNone, cBool}:
		fn = direct1[int32, bool](cl)
	case [3]class{cInt32, cNone, cInt32}:
		fn = direct1[int32, int32](cl)
	case [3]class{cPtr, cNone, cInt64}:
		fn = direct1[unsafe.Pointer, int64](cl)
	case [3]class{cPtr, cNone, cString}:
		fn = direct1[unsafe.Pointer, string](cl)
	}
	f, _ := fn.(func(*frame) T)
	return f
}

// The type of fn is exact but for the names of types.

func direct1[A, R any](cl *callee) func(*frame) R {
	p := cl.fv
	fn, a, pos := *(*func(A) R)(unsafe.Pointer(&p)), get[A](cl.operands[0]), cl.pos
	if off := cl.operands[0].slot; off != 0 {
		return func(f *frame) R { f.pos = pos; return fn(*at[A](f, off)) }
	}
	return func(f *frame) R {
		v := a(f)
		f.pos = pos
		return fn(v)
	}
}

func direct2[A, B, R any](cl *callee) func(*frame) R {
	p := cl.fv
	fn, a, b, pos := *(*func(A, B) R)(unsafe.Pointer(&p)), get[A](cl.operands[0]), get[B](cl.operands[1]), cl.pos
	return func(f *frame) R {
		v := a(f)
		w := b(f)
		f.pos = pos
		return fn(v, w)
	}
}
