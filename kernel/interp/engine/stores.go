package engine

import (
	"strings"

	"github.com/goherd/goherd/kernel/interp/code"
)

// stores are the variables that a function changes, as far as its code shows it: by storing in them, or in what they hold, or by
// calling a method or function for that. Who reads them through a pointer is not meant.
type stores struct {
	env     map[int]bool           // captured variables, also by literals in the function
	globals map[code.GlobalID]bool // but not by functions that it calls
	params  map[int]bool           // what the parameter points to
}

// storesOf finds out what a function stores in. e.mu is held.
func (e *Engine) storesOf(id code.FuncID) *stores {
	if s := e.stores[id]; s != nil {
		return s
	}
	s := &stores{map[int]bool{}, map[code.GlobalID]bool{}, map[int]bool{}}
	e.stores[id] = s // in a recursion what is known so far
	if f := e.body(id); f != nil {
		w := storing{e, f, s}
		w.visit(f.Body)
	}
	return s
}

type storing struct {
	e   *Engine
	fn  *code.Func
	out *stores
}

func (w *storing) visit(n *code.Node) {
	if n == nil {
		return
	}
	switch n.Op {
	case code.Assign, code.Update:
		w.store(n.Kids[0], false)
	case code.MapSet, code.Delete, code.Clear, code.Copy:
		w.store(n.Kids[0], true)
	case code.Closure:
		inner := w.e.storesOf(code.FuncID(n.A))
		for i, k := range n.Kids {
			if inner.env[i] && k.Op == code.Env {
				w.out.env[int(k.A)] = true
			}
		}
	case code.CallFunc:
		callee := w.e.storesOf(code.FuncID(n.A))
		for i, k := range n.Kids {
			if callee.params[i] {
				w.store(k, true)
			}
		}
	case code.CallMethod:
		// Of a captured variable the pointer is at hand.
		if recv := n.Kids[0].Op; (recv == code.Addr || recv == code.Env) && !onlyReads(n.S) {
			w.store(n.Kids[0], true)
		}
	}
	for _, k := range n.Kids {
		w.visit(k)
	}
}

// store notes that something is stored in a place, or, if inside is set, in what a value refers to.
func (w *storing) store(n *code.Node, inside bool) {
	for n != nil {
		switch n.Op {
		case code.GlobalVar:
			w.out.globals[code.GlobalID(n.A)] = true
			return
		case code.Env:
			w.out.env[int(n.A)] = true
			return
		case code.Local:
			if inside && int(n.A) < w.fn.NumIn {
				w.out.params[int(n.A)] = true
			}
			return
		case code.Index:
			d := w.e.types.Desc(n.Kids[0].Type)
			inside = inside || d != nil && d.Kind == code.Slice
		case code.Deref:
			inside = true
		case code.Addr, code.FieldOf, code.SliceOp, code.MapIndex:
		default:
			return
		}
		n = n.Kids[0]
	}
}

// onlyReads reports whether a method with that name, whose receiver is a pointer, usually doesn't change what that points to.
func onlyReads(name string) bool {
	switch name {
	case "Bytes", "Cap", "Error", "Format", "Len", "Load", "MarshalBinary", "MarshalJSON", "MarshalText", "Size", "String", "Unwrap":
		return true
	}
	return strings.HasPrefix(name, "Is") || strings.HasPrefix(name, "Get")
}
