package engine

import (
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// A selectCase is what the runtime wants to know of a case, and what reflect tells it.
type selectCase struct {
	dir  int
	typ  unsafe.Pointer // isn't used
	ch   unsafe.Pointer
	elem unsafe.Pointer
}

const (
	selectSend = iota + 1
	selectRecv
	selectDefault
)

//go:linkname runSelect reflect.rselect
func runSelect(cases []selectCase) (chosen int, ok bool)

// wait carries out one of the cases, none of which is a default, unless the host ends it.
func (e *Engine) wait(cases []selectCase) (chosen int, ok bool) {
	done, exit := e.host.Done()
	if done != nil {
		cases = append(cases, selectCase{selectRecv, nil, *(*unsafe.Pointer)(unsafe.Pointer(&done)), nil})
	}
	for i := range cases {
		e.onTimer(cases[i].ch, 1)
	}
	chosen, ok = runSelect(cases)
	for i := range cases {
		e.onTimer(cases[i].ch, -1)
	}
	if done != nil && chosen == len(cases)-1 {
		exit()
	}
	return chosen, ok
}

// A clause is a case of a select statement.
type clause struct {
	dir   int
	ch    func(*frame) unsafe.Pointer
	elem  *typ
	store storer  // what is sent
	value uintptr // slots for what is received; 0 for none
	ok    uintptr
	body  stmt
}

func (c *compiler) selectStmt(n *code.Node) stmt {
	clauses := make([]clause, len(n.Kids))
	byDefault := -1
	for i, k := range n.Kids {
		cl := &clauses[i]
		switch k.Op {
		case code.SelSend:
			cl.dir = selectSend
			cl.ch, cl.elem = c.chanExpr(k.Kids[0])
			x := c.expr(k.Kids[1])
			if x.t.class != cl.elem.class || x.t.size != cl.elem.size {
				panic(fault("a %s is sent to a channel of %s", x.t, cl.elem))
			}
			cl.store, cl.body = x.t.builder().store(x), c.stmt(k.Kids[2])
		case code.SelRecv:
			cl.dir = selectRecv
			cl.ch, cl.elem = c.chanExpr(k.Kids[0])
			cl.body = c.stmt(k.Kids[1])
			if len(k.Ints) > 0 && k.Ints[0] >= 0 {
				if t := c.slots[k.Ints[0]]; t.class != cl.elem.class || t.size != cl.elem.size {
					panic(fault("a %s comes from a channel of %s", t, cl.elem))
				}
				cl.value = c.offs[k.Ints[0]]
			}
			if len(k.Ints) > 1 && k.Ints[1] >= 0 {
				if t := c.slots[k.Ints[1]]; t.class != cBool {
					panic(fault("a %s says whether a channel is closed", t))
				}
				cl.ok = c.offs[k.Ints[1]]
			}
		case code.SelDefault:
			cl.dir, cl.body = selectDefault, c.stmt(k.Kids[0])
			byDefault = i
		default:
			panic(fault("%d is no case of a select", k.Op))
		}
	}
	e, brk := c.e, jump(toBreak, n.A)
	return func(f *frame) ctl {
		cases := make([]selectCase, len(clauses), len(clauses)+1)
		for i := range clauses {
			cl := &clauses[i]
			cs := &cases[i]
			cs.dir = cl.dir
			switch cl.dir {
			case selectSend:
				cs.ch, cs.elem = cl.ch(f), newObject(cl.elem.ptr)
				cl.store(f, cs.elem)
			case selectRecv:
				cs.ch = cl.ch(f)
				if cl.value != 0 {
					cs.elem = unsafe.Add(unsafe.Pointer(f), cl.value)
				}
			}
		}
		var chosen int
		var ok bool
		if byDefault >= 0 {
			chosen, ok = runSelect(cases)
		} else {
			chosen, ok = e.wait(cases)
		}
		cl := &clauses[chosen]
		if cl.ok != 0 {
			*at[bool](f, cl.ok) = ok
		}
		if k := cl.body(f); k != brk {
			return k
		}
		return next
	}
}
