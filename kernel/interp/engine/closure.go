package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/link"
)

// A Closure is a func value of the session taken apart: all that another process needs to call it.
type Closure struct {
	// ID identifies what the function does by its content: the code of it and of all that it uses. Two
	// closures of one function literal that captured different values have the same ID.
	ID   string
	Name string
	Pos  link.Pos
	Type reflect.Type
	// Program holds the function and the functions, types and variables that it uses, directly or not.
	// Its IDs begin at 1, which is the function's, and mean nothing outside it.
	Program *code.Program
	// Captured are the variables of surrounding functions that it uses, in the order of its
	// Env, settable.
	Captured []Variable
	// Receiver is the bound receiver of a method value; else it is not valid.
	Receiver reflect.Value
	// Globals are the session variables that it uses, directly or not, in the order of
	// Program.Globals, settable.
	Globals []Variable
}

// A Variable is a variable of the session, or of a function.
type Variable struct {
	Name  string
	Value reflect.Value
	// Written says that the closure may change it.
	Written bool
}

// ErrCompiled is the error for functions that are not of the session.
var ErrCompiled = errors.New("engine: a compiled function has no code that could be sent elsewhere")

// Closure takes the func value f apart. It may be called from any goroutine.
func (e *Engine) Closure(f reflect.Value) (*Closure, error) {
	if f.Kind() != reflect.Func || f.IsNil() {
		return nil, fmt.Errorf("engine: %v is not a function to be sent", f)
	}
	p := reflect.New(f.Type())
	p.Elem().Set(f)
	cl := closureOf(*(*unsafe.Pointer)(p.UnsafePointer()))
	if cl == nil {
		return nil, ErrCompiled
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	im := cl.fn.impl.Load()
	w := newCollector(e)
	out := &Closure{Name: im.name, Pos: im.pos, Type: f.Type(), Program: w.out}
	w.fn(cl.fn.id)
	if err := w.collect(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(w.plain().Encode())
	out.ID = fmt.Sprintf("%x", sum[:16])
	body := cl.fn.body
	for i, c := range body.Captured {
		cell := *(*unsafe.Pointer)(unsafe.Add(cl.env, uintptr(i)*unsafe.Sizeof(uintptr(0))))
		out.Captured = append(out.Captured, Variable{c.Name, reflect.NewAt(e.typ(c.Type).rt, cell).Elem(), w.envs[int64(i)]})
	}
	if cl.recv != nil {
		out.Receiver = reflect.NewAt(im.slots[0].rt, cl.recv).Elem()
	}
	for _, id := range w.order {
		g := e.globals[id]
		out.Globals = append(out.Globals, Variable{g.name, reflect.NewAt(g.t.rt, g.ptr).Elem(), w.written[id]})
	}
	return out, nil
}

// Needs returns the types of the variables that a function captures and, for a method,
// of its receiver, else nil: what Open wants.
func (e *Engine) Needs(id code.FuncID, method bool) (captured []reflect.Type, recv reflect.Type, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.body(id)
	if f == nil || method && f.NumIn == 0 {
		return nil, nil, fmt.Errorf("engine: no function %d", id)
	}
	for _, c := range f.Captured {
		captured = append(captured, e.typ(c.Type).rt)
	}
	if method {
		recv = e.typ(f.Slots[0]).rt
	}
	return captured, recv, nil
}

// Open makes a func value of a function, with variables of its own that have the captured values, and
// bound to recv if that is valid. The types must be those that Needs returns.
func (e *Engine) Open(id code.FuncID, captured []reflect.Value, recv reflect.Value) (reflect.Value, error) {
	types, rt, err := e.Needs(id, recv.IsValid())
	if err != nil {
		return reflect.Value{}, err
	}
	if len(captured) != len(types) {
		return reflect.Value{}, fmt.Errorf("engine: %d values for %d captured variables", len(captured), len(types))
	}
	copied := func(v reflect.Value, t reflect.Type) (unsafe.Pointer, error) {
		if !v.IsValid() || v.Type() != t {
			return nil, fmt.Errorf("engine: a value of type %s is wanted, not %v", t, v)
		}
		p := reflect.New(t)
		p.Elem().Set(v)
		return p.UnsafePointer(), nil
	}
	cells := make([]unsafe.Pointer, len(captured))
	for i, v := range captured {
		if cells[i], err = copied(v, types[i]); err != nil {
			return reflect.Value{}, err
		}
	}
	var bound unsafe.Pointer
	if recv.IsValid() {
		if bound, err = copied(recv, rt); err != nil {
			return reflect.Value{}, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	fn := e.lookup(id)
	if fn == nil {
		return reflect.Value{}, fmt.Errorf("engine: no function %d", id)
	}
	sig := fn.sig.rt
	if bound != nil {
		sig = withoutFirst(sig)
	}
	v := newClosure(e.kind(sig, ""), fn, unsafe.Pointer(unsafe.SliceData(cells)), bound)
	return reflect.NewAt(sig, unsafe.Pointer(&v)).Elem(), nil
}

// withoutFirst returns the type of a method value.
func withoutFirst(sig reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for i := 1; i < sig.NumIn(); i++ {
		in = append(in, sig.In(i))
	}
	for i := range sig.NumOut() {
		out = append(out, sig.Out(i))
	}
	return reflect.FuncOf(in, out, sig.IsVariadic())
}

// A collector finds what a function needs, and gives it new IDs in the order in
// which it comes across it.
type collector struct {
	e       *Engine
	same    bool // the IDs stay
	out     *code.Program
	types   map[code.TypeID]code.TypeID
	funcs   map[code.FuncID]code.FuncID
	globals map[code.GlobalID]code.GlobalID
	todo    []code.FuncID
	order   []code.GlobalID
	written map[code.GlobalID]bool
	envs    map[int64]bool // captured variables that the function itself may change
	err     error
}

func newCollector(e *Engine) *collector {
	return &collector{
		e: e, out: &code.Program{}, types: map[code.TypeID]code.TypeID{}, funcs: map[code.FuncID]code.FuncID{},
		globals: map[code.GlobalID]code.GlobalID{}, written: map[code.GlobalID]bool{},
	}
}

func (w *collector) collect() error {
	for first := true; len(w.todo) > 0 && w.err == nil; first = false {
		id := w.todo[0]
		w.todo = w.todo[1:]
		f := w.e.body(id)
		if f == nil {
			return fmt.Errorf("engine: function %d has no body", id)
		}
		c := *f // in w.same nothing below differs from it
		c.ID, c.Sig = w.fn(id), w.typ(f.Sig)
		c.Slots = make([]code.TypeID, len(f.Slots))
		for i, t := range f.Slots {
			c.Slots[i] = w.typ(t)
		}
		c.Captured = slices.Clone(f.Captured)
		for i := range c.Captured {
			c.Captured[i].Type = w.typ(c.Captured[i].Type)
		}
		c.Body = w.node(f.Body)
		if first {
			w.envs = map[int64]bool{}
			places(f.Body, func(root *code.Node) {
				if root.Op == code.Env {
					w.envs[root.A] = true
				}
			})
		}
		places(f.Body, func(root *code.Node) {
			if root.Op == code.GlobalVar {
				w.written[code.GlobalID(root.A)] = true
			}
		})
		w.out.Funcs = append(w.out.Funcs, c)
	}
	return w.err
}

func (w *collector) fn(id code.FuncID) code.FuncID {
	if id == 0 {
		return 0
	}
	n, ok := w.funcs[id]
	if !ok {
		n = code.FuncID(len(w.funcs) + 1)
		if w.same {
			n = id
		}
		w.funcs[id] = n
		w.todo = append(w.todo, id)
	}
	return n
}

func (w *collector) global(id code.GlobalID) code.GlobalID {
	n, ok := w.globals[id]
	if !ok {
		n = code.GlobalID(len(w.globals) + 1)
		if w.same {
			n = id
		}
		w.globals[id] = n
		w.order = append(w.order, id)
		g := w.e.globals[id]
		if g == nil {
			w.err = fmt.Errorf("engine: no variable %d", id)
			return 0
		}
		to := code.Global{ID: n, Name: g.name, Type: w.typ(g.t.id)}
		if w.same {
			to.Init, to.Done = w.fn(g.init), g.done
		}
		w.out.Globals = append(w.out.Globals, to)
	}
	return n
}

func (w *collector) typ(id code.TypeID) code.TypeID {
	if id == 0 {
		return 0
	}
	if n, ok := w.types[id]; ok {
		return n
	}
	n := code.TypeID(len(w.types) + 1)
	if w.same {
		n = id
	}
	w.types[id] = n
	at := len(w.out.Types)
	w.out.Types = append(w.out.Types, code.Type{})
	d := w.e.types.Desc(id)
	if d == nil {
		w.err = fmt.Errorf("engine: no type %d", id)
		return 0
	}
	t := *d
	t.ID, t.Elem, t.Key = n, w.typ(d.Elem), w.typ(d.Key)
	all := func(ids []code.TypeID) []code.TypeID {
		var out []code.TypeID
		for _, id := range ids {
			out = append(out, w.typ(id))
		}
		return out
	}
	t.In, t.Out = all(d.In), all(d.Out)
	t.Fields, t.Methods = slices.Clone(d.Fields), slices.Clone(d.Methods)
	for i := range t.Fields {
		t.Fields[i].Type = w.typ(t.Fields[i].Type)
	}
	for i := range t.Methods {
		t.Methods[i].Sig, t.Methods[i].Func = w.typ(t.Methods[i].Sig), w.fn(t.Methods[i].Func)
	}
	w.out.Types[at] = t
	return n
}

func (w *collector) node(n *code.Node) *code.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Type = w.typ(n.Type)
	switch n.Op {
	case code.FuncVal, code.Closure, code.Bind, code.CallFunc:
		c.A = int64(w.fn(code.FuncID(n.A)))
	case code.GlobalVar:
		c.A = int64(w.global(code.GlobalID(n.A)))
	case code.Assert, code.TypeIs:
		c.A = int64(w.typ(code.TypeID(n.A)))
	}
	c.Kids = make([]*code.Node, len(n.Kids))
	for i, k := range n.Kids {
		c.Kids[i] = w.node(k)
	}
	return &c
}

// places calls f with the variable below each place that n stores in or whose address it takes.
func places(n *code.Node, f func(root *code.Node)) {
	if n == nil {
		return
	}
	switch n.Op {
	case code.Assign, code.Update, code.Addr, code.SliceOp, code.MapSet, code.Delete, code.Clear, code.Copy:
		if root := rootOf(n.Kids[0]); root != nil {
			f(root)
		}
	}
	for _, k := range n.Kids {
		places(k, f)
	}
}

// rootOf returns what a place is part of: a GlobalVar, an Env, or nil.
func rootOf(n *code.Node) *code.Node {
	for n != nil {
		switch n.Op {
		case code.GlobalVar, code.Env:
			return n
		case code.FieldOf, code.Index, code.Deref, code.SliceOp, code.MapIndex:
			n = n.Kids[0]
		default:
			return nil
		}
	}
	return nil
}

// plain returns the program without names of functions and positions, which say where the code stands
// and not what it does.
func (w *collector) plain() *code.Program {
	p := *w.out
	p.Funcs = slices.Clone(p.Funcs)
	for i := range p.Funcs {
		p.Funcs[i].Name, p.Funcs[i].Pos = "", 0
		p.Funcs[i].Body = withoutPos(p.Funcs[i].Body)
	}
	return &p
}

func withoutPos(n *code.Node) *code.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Pos = 0
	c.Kids = make([]*code.Node, len(n.Kids))
	for i, k := range n.Kids {
		c.Kids[i] = withoutPos(k)
	}
	return &c
}
