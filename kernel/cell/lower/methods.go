package lower

import (
	"fmt"
	"go/types"

	"github.com/goherd/goherd/kernel/interp/code"
)

// methods are those of a type that isn't an interface and of the pointer to it. What they need of
// code is asked for.
func (p *Program) methods(id code.TypeID, t types.Type) []code.Method {
	if types.IsInterface(t) {
		return nil
	}
	var out []code.Method
	set := types.NewMethodSet(types.NewPointer(t))
	for sel := range set.Methods() {
		f := sel.Obj().(*types.Func)
		if f.Name() == "_" || p.l.modules.hides(f) {
			continue
		}
		m := code.Method{Name: f.Name()}
		if !f.Exported() {
			m.Path = p.path(f.Pkg())
		}
		switch {
		case len(sel.Index()) == 1 && p.isExtern(f):
			continue // of sync/atomic.noCopy, on which nobody calls them
		case len(sel.Index()) == 1:
			_, m.Pointer = types.Unalias(f.Signature().Recv().Type()).(*types.Pointer)
			m.Func = p.funcID(f, nil)
		default:
			steps := p.steps(t, sel.Index())
			if p.hidden(f, steps) {
				continue
			}
			m.Pointer = takesPointer(f) && !steps.indirect
			m.Func = p.promoted(id, t, f, m.Pointer, sel.Index())
		}
		m.Sig = p.sigID(f.Signature(), nil)
		out = append(out, m)
	}
	sortMethods(out)
	return out
}

// takesPointer reports whether the receiver of a method is a pointer.
func takesPointer(f *types.Func) bool {
	_, ok := types.Unalias(f.Signature().Recv().Type()).(*types.Pointer)
	return ok
}

// A path is the way to an embedded field.
type path struct {
	fields   []int
	types    []types.Type // of the fields
	indirect bool         // it leads through a pointer, which may be the last field itself
}

// steps follows the index of a promoted method.
func (p *Program) steps(t types.Type, index []int) path {
	var out path
	for _, i := range index[:len(index)-1] {
		if ptr, ok := t.Underlying().(*types.Pointer); ok {
			t = ptr.Elem()
		}
		t = types.Unalias(t.Underlying().(*types.Struct).Field(i).Type())
		out.fields = append(out.fields, i)
		out.types = append(out.types, t)
		if _, ok := t.Underlying().(*types.Pointer); ok {
			out.indirect = true
		}
	}
	return out
}

func (s path) last() types.Type { return s.types[len(s.types)-1] }

// hidden reports whether a promoted method of a compiled package can neither be called nor
// be asked for: its name isn't exported and no interface that others can embed or assert has it.
func (p *Program) hidden(f *types.Func, s path) bool {
	if f.Exported() || p.unit(f.Pkg()) != nil {
		return false
	}
	if types.IsInterface(s.last()) {
		return false
	}
	scope := f.Pkg().Scope()
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !tn.Exported() {
			continue
		}
		if it, ok := tn.Type().Underlying().(*types.Interface); ok {
			for m := range it.Methods() {
				if m.Id() == f.Id() {
					return false
				}
			}
		}
	}
	return true
}

// promoted returns the function that is method f of t, of one of its embedded fields.
func (p *Program) promoted(id code.TypeID, t types.Type, f *types.Func, pointer bool, index []int) code.FuncID {
	var callee code.FuncID
	isIface := types.IsInterface(f.Signature().Recv().Type())
	if !isIface && !p.isExtern(f) {
		callee = p.funcID(f, nil)
	}
	sig := p.sigID(f.Signature(), nil)
	fid := p.internFunc(fmt.Sprintf("promoted %d.%s:%d:%d:%t%v", id, f.Id(), sig, callee, pointer, index))
	if p.queued[fid] || p.l.bodies[fid] != nil {
		return fid
	}
	p.queued[fid] = true
	name := p.receiverName(t, pointer) + "." + f.Name()
	p.queue = append(p.queue, job{id: fid, name: name, make: func() (code.Func, error) {
		return p.wrapper(fid, name, t, f, pointer, index, callee), nil
	}})
	return fid
}

// receiverName is how stacks show a receiver.
func (p *Program) receiverName(t types.Type, pointer bool) string {
	name := "struct {...}"
	if n, ok := types.Unalias(t).(*types.Named); ok {
		name = p.typeName(n)
	}
	if pointer {
		return "(*" + name + ")"
	}
	return name
}

// wrapper makes the code of a promoted method: it calls that of the embedded field.
func (p *Program) wrapper(id code.FuncID, name string, t types.Type, f *types.Func, pointer bool, index []int, callee code.FuncID) code.Func {
	sig := f.Signature()
	recv := t
	if pointer {
		recv = types.NewPointer(t)
	}
	fn := code.Func{ID: id, Name: name, Sig: p.sigID(sig, recv), Flags: code.Wrapper | code.NoResultInit}
	fn.Slots = append(fn.Slots, p.typeID(recv))
	at := &code.Node{Op: code.Local, Type: p.typeID(recv)}
	s := p.steps(t, index)
	for i, field := range s.fields {
		// at is the struct that the field is in, or a pointer to it
		if ptr, ok := recv.Underlying().(*types.Pointer); ok {
			at = &code.Node{Op: code.Deref, Type: p.typeID(ptr.Elem()), Kids: []*code.Node{at}}
		}
		at = &code.Node{Op: code.FieldOf, Type: p.typeID(s.types[i]), A: int64(field), Kids: []*code.Node{at}}
		recv = s.types[i]
	}
	var args []*code.Node
	for v := range sig.Params().Variables() {
		id := p.typeID(v.Type())
		args = append(args, &code.Node{Op: code.Local, Type: id, A: int64(len(fn.Slots))})
		fn.Slots = append(fn.Slots, id)
	}
	fn.NumIn = len(fn.Slots)
	var results []types.Type
	for v := range sig.Results().Variables() {
		results = append(results, v.Type())
		fn.Slots = append(fn.Slots, p.typeID(v.Type()))
	}
	fn.NumOut = len(results)
	call := &code.Node{Op: code.CallIface, S: f.Name()}
	if !types.IsInterface(sig.Recv().Type()) {
		_, isPtr := recv.Underlying().(*types.Pointer)
		switch wants := takesPointer(f); {
		case wants && !isPtr:
			at = &code.Node{Op: code.Addr, Type: p.typeID(types.NewPointer(recv)), Kids: []*code.Node{at}}
		case !wants && isPtr && !isNamed(recv):
			at = &code.Node{Op: code.Deref, Type: p.typeID(recv.Underlying().(*types.Pointer).Elem()), Kids: []*code.Node{at}}
		}
		if callee != 0 {
			call.Op, call.S, call.A = code.CallFunc, "", int64(callee)
		} else {
			call.Op = code.CallMethod
			if !f.Exported() {
				fn.Body = p.panicNode("method " + f.FullName() + " of a compiled package can't be called")
				return fn
			}
		}
	}
	call.Kids = append([]*code.Node{at}, args...)
	fn.Body = p.returnCall(&fn, call, results)
	return fn
}

func isNamed(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Named)
	return ok
}

// returnCall returns the results of a call.
func (p *Program) returnCall(fn *code.Func, call *code.Node, results []types.Type) *code.Node {
	switch len(results) {
	case 0:
		call.Type = p.tupleID()
		return block(&code.Node{Op: code.Eval, Kids: []*code.Node{call}}, &code.Node{Op: code.Return})
	case 1:
		call.Type = p.typeID(results[0])
		return block(&code.Node{Op: code.Return, Kids: []*code.Node{call}})
	}
	call.Type = p.tupleID(results...)
	unpack := &code.Node{Op: code.Unpack, Kids: []*code.Node{call}}
	for i := range results {
		unpack.Ints = append(unpack.Ints, int64(fn.NumIn+i))
	}
	return block(unpack, &code.Node{Op: code.Return})
}

func block(kids ...*code.Node) *code.Node { return &code.Node{Op: code.Block, Kids: kids} }

// panicNode panics with a string.
func (p *Program) panicNode(text string) *code.Node {
	s := &code.Node{Op: code.Const, Type: p.typeID(types.Typ[types.String]), S: text}
	return block(&code.Node{Op: code.Panic, Kids: []*code.Node{{Op: code.ToIface, Type: p.typeID(types.NewInterfaceType(nil, nil)), Kids: []*code.Node{s}}}})
}
