package engine

import (
	"errors"
	"reflect"
	"sync"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/rtype"
)

// A kind is what func values of one type have in common: how compiled code calls them.
type kind struct {
	e *Engine
	// An adapter is compiled code for arguments and results of some words. in and out say which values they are.
	adapter uintptr // the address of its code; 0: there is none
	in, out []move
	// Without one the value is like those of reflect.MakeFunc, whose object this is.
	made *madeFunc
	// deref says that the first argument is a pointer to the receiver, which the function takes as a value. It is
	// for the message when it is nil.
	deref string
	// Of values that call compiled code with a receiver bound: a method of an interface.
	sig    *signature
	extern invoker
}

// A kindKey says which func values are of one kind.
type kindKey struct {
	rt    reflect.Type
	deref string
}

// kind returns what values of a func type are made with. e.mu is held.
func (e *Engine) kind(rt reflect.Type, deref string) *kind {
	key := kindKey{rt, deref}
	if k := e.kinds[key]; k != nil {
		return k
	}
	k := &kind{e: e, deref: deref}
	e.kinds[key] = k
	ins, outs := make([]reflect.Type, rt.NumIn()), make([]reflect.Type, rt.NumOut())
	for i := range ins {
		ins[i] = rt.In(i)
	}
	for i := range outs {
		outs[i] = rt.Out(i)
	}
	in, inMoves, ok := words(ins)
	if out, outMoves, ok2 := words(outs); ok && ok2 {
		if code := adapters().code[in+">"+out]; code != 0 {
			k.adapter, k.in, k.out = code, inMoves, outMoves
			return k
		}
	}
	for i := range ins {
		ins[i] = rtype.Shape(ins[i])
	}
	for i := range outs {
		outs[i] = rtype.Shape(outs[i])
	}
	k.made = (*madeFunc)(objectOf(reflect.MakeFunc(reflect.FuncOf(ins, outs, false), func([]reflect.Value) []reflect.Value { return nil })))
	return k
}

// adapt returns a func value that calls cl. Its object is its code and cl.
func adapt[A, R any](cl *closure) func(A) R {
	return func(a A) (r R) {
		cl.called(unsafe.Pointer(&a), unsafe.Pointer(&r))
		return r
	}
}

// adaptReflect returns what reflect calls for a func of another kind.
func adaptReflect(cl *closure) func([]reflect.Value) []reflect.Value {
	return func(args []reflect.Value) []reflect.Value { return cl.calledSlowly(args) }
}

// An adapterTable has the code of adapters, by the words of arguments and results, and the other
// way round.
type adapterTable struct {
	code      map[string]uintptr
	known     map[uintptr]bool
	low, high uintptr // of all codes
	slow      uintptr // code of what adaptReflect returns
	made      uintptr // code of what reflect.MakeFunc returns
	err       error
}

// adapters makes the table, and finds out whether funcs are made as this package thinks.
var adapters = sync.OnceValue(func() *adapterTable {
	t := &adapterTable{code: map[string]uintptr{}, known: map[uintptr]bool{}, low: ^uintptr(0)}
	type (
		p = wordP
		w = wordW
		d = wordD
	)
	results[words0](t, "")
	results[p](t, "P")
	results[w](t, "W")
	results[d](t, "D")
	results[words2[p, p]](t, "PP")
	results[words2[p, w]](t, "PW")
	results[words2[w, p]](t, "WP")
	results[words2[w, w]](t, "WW")
	results[words2[p, d]](t, "PD")
	results[words2[w, d]](t, "WD")
	results[words2[d, d]](t, "DD")
	results[words3[p, p, p]](t, "PPP")
	results[words3[p, p, w]](t, "PPW")
	results[words3[p, w, p]](t, "PWP")
	results[words3[p, w, w]](t, "PWW")
	results[words3[w, p, p]](t, "WPP")
	results[words3[w, p, w]](t, "WPW")
	results[words3[w, w, p]](t, "WWP")
	results[words3[w, w, w]](t, "WWW")
	results[words4[p, p, p, p]](t, "PPPP")
	results[words4[p, p, p, w]](t, "PPPW")
	results[words4[p, p, w, w]](t, "PPWW")
	results[words4[p, w, p, w]](t, "PWPW")
	results[words4[p, w, p, p]](t, "PWPP")
	results[words4[w, w, w, w]](t, "WWWW")
	results[words5[p, p, p, p, p]](t, "PPPPP")
	results[words5[p, p, w, p, w]](t, "PPWPW")
	results[words5[p, p, w, w, w]](t, "PPWWW")
	// func([]T, []R, *int, func(int, error)), as which chunks of work are sent to workers
	addAdapter[words2[words3[p, w, w], words5[p, w, w, p, p]], words0](t, "PWWPWWPP>")

	cl := &closure{}
	f := adaptReflect(cl)
	slow := (*trampoline)(object(unsafe.Pointer(&f)))
	made := (*madeFunc)(objectOf(reflect.MakeFunc(reflect.TypeFor[func()](), f)))
	if slow.self != cl || made.fn != unsafe.Pointer(slow) {
		t.err = errors.New("func values aren't made as expected")
	}
	t.slow, t.made = slow.code, made.code
	return t
})

// results adds the adapters for arguments of the words A and results of any.
func results[A any](t *adapterTable, in string) {
	type (
		p = wordP
		w = wordW
		d = wordD
	)
	addAdapter[A, words0](t, in+">")
	addAdapter[A, p](t, in+">P")
	addAdapter[A, w](t, in+">W")
	addAdapter[A, d](t, in+">D")
	addAdapter[A, words2[p, p]](t, in+">PP")
	addAdapter[A, words2[p, w]](t, in+">PW")
	addAdapter[A, words2[w, w]](t, in+">WW")
	addAdapter[A, words3[p, p, p]](t, in+">PPP")
	addAdapter[A, words3[p, p, w]](t, in+">PPW")
	addAdapter[A, words3[p, w, w]](t, in+">PWW")
	addAdapter[A, words3[w, p, p]](t, in+">WPP")
	addAdapter[A, words4[p, w, p, p]](t, in+">PWPP")
	addAdapter[A, words5[p, w, w, p, p]](t, in+">PWWPP")
}

func addAdapter[A, R any](t *adapterTable, pattern string) {
	cl := &closure{}
	f := adapt[A, R](cl)
	o := (*trampoline)(object(unsafe.Pointer(&f)))
	if o.self != cl {
		t.err = errors.New("closures of generic functions aren't made as expected")
		return
	}
	t.code[pattern], t.known[o.code] = o.code, true
	t.low, t.high = min(t.low, o.code), max(t.high, o.code)
}

// A trampoline is a Go closure that holds one pointer.
type trampoline struct {
	code uintptr
	self *closure
}

// A madeFunc is what a func value points to that reflect.MakeFunc has made.
type madeFunc struct {
	code    uintptr
	stack   unsafe.Pointer
	argLen  uintptr
	regPtrs [2]byte
	ftyp    unsafe.Pointer
	fn      unsafe.Pointer // a func([]reflect.Value) []reflect.Value
}

// object returns what the func variable at p points to.
func object(p unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(p) }

// objectOf is object for reflect's funcs.
func objectOf(f reflect.Value) unsafe.Pointer {
	p := reflect.New(f.Type())
	p.Elem().Set(f)
	return object(p.UnsafePointer())
}
