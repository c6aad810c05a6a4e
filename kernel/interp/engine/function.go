package engine

import (
	"reflect"
	"strconv"
	"sync/atomic"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/kernel/interp/rtype"
)

// A function is what stays of a function when it is declared anew: calls look up what
// to run when they run. A literal is there as long as something refers to it: the code around it, a func value, or a Part
// that has arrived with it.
type function struct {
	id   code.FuncID
	sig  *signature
	impl atomic.Pointer[impl]
	body *code.Func // what impl was made of, for Parts; nil if there can be none with it. Guarded by Engine.mu
}

// A version is a function as it is, or was, in the session.
type version struct {
	id  code.FuncID
	sum sum
}

// An impl is the code of a function.
type impl struct {
	fn        *function
	name      string
	pos       link.Pos
	index     int // in Thread.free
	frameType unsafe.Pointer
	size      uintptr
	clear     bool // the frame has pointers
	slots     []*typ
	offs      []uintptr // of the slots
	numIn     int
	numOut    int
	in        []uintptr        // offs of the parameters
	out       []uintptr        // offs of the results
	zero      []func(f *frame) // results
	cells     []cell
	flags     flags
	body      stmt
}

// A cell is a result that is in memory of its own until the function returns.
type cell struct {
	slot, result uintptr
	t            *typ
}

type flags uint8

const (
	hasDefer flags = 1 << iota
	wrapper
)

// A signature is how arguments and results of a func type lie in a frame.
type signature struct {
	rt      reflect.Type
	in, out []*typ
	inOff   []uintptr
	outOff  []uintptr
	block   unsafe.Pointer // type of a frame with nothing else
	size    uintptr        // of a block
	clear   bool           // a block has pointers
	index   int            // in Thread.free
	invoke  [2]invoker     // of compiled functions; with a data word first
	// classes are those of at most two parameters and one result, else nothing.
	classes [3]class
}

// signature returns the layout of a func type. Frames of functions of the type begin
// with it.
func (e *Engine) signature(rt reflect.Type) *signature {
	if s := e.sigs[rt]; s != nil {
		return s
	}
	s := &signature{rt: rt}
	var slots []*typ
	for i := range rt.NumIn() {
		s.in = append(s.in, e.typeOf(rt.In(i)))
	}
	for i := range rt.NumOut() {
		s.out = append(s.out, e.typeOf(rt.Out(i)))
	}
	slots = append(append(slots, s.in...), s.out...)
	s.arrange(slots, e.newIndex())
	if len(s.in) <= 2 && len(s.out) == 1 {
		for i, t := range s.in {
			s.classes[i] = t.class
		}
		s.classes[2] = s.out[0].class
	}
	e.sigs[rt] = s
	return s
}

var headerType = reflect.TypeFor[frame]()

// frameOf returns the type of a frame with slots, and where they are.
func frameOf(slots []*typ) (reflect.Type, []uintptr) {
	fields := make([]reflect.StructField, 0, len(slots)+1)
	fields = append(fields, reflect.StructField{Name: "H", Type: headerType})
	for i, t := range slots {
		fields = append(fields, reflect.StructField{Name: "S" + strconv.Itoa(i), Type: rtype.Shape(t.rt)})
	}
	rt := reflect.StructOf(fields)
	offs := make([]uintptr, len(slots))
	for i := range slots {
		offs[i] = rt.Field(i + 1).Offset
	}
	return rt, offs
}

// arrange gives an impl its frame.
func (im *impl) arrange() {
	rt, offs := frameOf(im.slots)
	im.offs = offs
	im.in, im.out = offs[:im.numIn], offs[im.numIn:im.numIn+im.numOut]
	im.frameType, im.size = rtype.Ptr(rt), rt.Size()
	for _, t := range im.slots {
		if pointers(t.rt) {
			im.clear = true
		}
	}
}

// pointers reports whether values of a type hold pointers.
func pointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && pointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if pointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice, reflect.String, reflect.UnsafePointer:
		return true
	}
	return false
}

// run runs the frame, whose parameters are in place, to its end.
func (im *impl) run(f *frame) {
	for _, z := range im.zero {
		z(f)
	}
	if f.th.e.Stop.Load() != 0 {
		f.th.check()
	}
	if im.flags&hasDefer != 0 {
		im.runDeferring(f)
	} else {
		im.body(f)
	}
	for _, c := range im.cells {
		typedMove(c.t.ptr, unsafe.Add(unsafe.Pointer(f), c.result), *at[unsafe.Pointer](f, c.slot))
	}
}

// callback calls a function for compiled code: fill stores the arguments in the frame, read gets
// the results.
func (e *Engine) callback(fn *function, env unsafe.Pointer, fill, read func(nf *frame)) {
	th := e.thread()
	im := fn.impl.Load()
	nf := th.take(im)
	nf.env = env
	fill(nf)
	th.enter()
	th.push(nf, th.top)
	if v := th.finish(nf); v != nil {
		th.restore()
		panic(v)
	}
	if read != nil {
		read(nf)
	}
	th.pop(nf)
	th.restore()
	e.release(th)
}

// finish runs a frame and returns what it panicked with. Where that was is taken down while the stack is
// there. Goexit passes. (Who calls it panics again: with the stack unwound, so that a long recursion through
// compiled code needs no more stack for its panics.)
func (th *Thread) finish(nf *frame) (v any) {
	done := false
	defer func() {
		if done {
			return
		}
		if v = recover(); v != nil {
			first := th.e.note(th, v)
			if f, ok := v.(Fatal); ok && first {
				th.e.host.Fatal(f, th.allFrames())
			}
		}
	}()
	if stackUsed() > stackLimit.Load() {
		th.checkStack()
	}
	nf.im.run(nf)
	done = true
	return nil
}
