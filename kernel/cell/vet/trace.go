package vet

import "go/token"

// A trace is what a function does, reduced to what matters between goroutines:
// which variables it reads and writes, which locks it takes, where it waits for
// others and where it lets others go on. It refers to no syntax and no types.
type trace struct {
	name   string
	params []*variable // the receiver first
	body   []op
	opaque bool // has a goto: what runs after what isn't known
	cell   bool // the statements of a cell
	ran    bool // has been followed
}

// A variable is one that a trace mentions.
type variable struct {
	name   string
	pos    token.Pos
	global bool // known to all cells by its name
}

// A place is a variable or a part of it.
type place struct {
	root *variable
	path []step
}

// A step goes from a value to a part of it.
type step struct {
	kind stepKind
	name string      // of a field; for an element the text of the index
	vars []*variable // that the index of an element mentions
	lit  bool        // the index is a constant
}

type stepKind uint8

const (
	field stepKind = iota
	deref
	elem      // of a slice
	arrayElem // of an array
	mapElem   // of a map: any
	anyElem   // of a slice or array, all of them
)

// indirect reports whether the part lies outside of the value.
func (s step) indirect() bool { return s.kind == deref || s.kind == elem || s.kind == mapElem }

// and returns the part of a place; it shares nothing that may change.
func (p place) and(s step) place {
	return place{p.root, append(p.path[:len(p.path):len(p.path)], s)}
}

// text is the place as the user writes it, as well as the path tells.
func (p place) text() string {
	s := p.root.name
	for _, st := range p.path {
		switch st.kind {
		case field:
			s += "." + st.name
		case elem, arrayElem:
			s += "[" + st.name + "]"
		}
	}
	return s
}

type opKind uint8

const (
	opRead opKind = iota
	opWrite
	opDeclare // a variable begins to exist
	opLock
	opRLock
	opUnlock
	opAcquire // wait for what others did before a release
	opRelease
	opSync  // something unknown, which may wait for others
	opCall  // a function of the session, a literal
	opSpawn // the same in a goroutine of its own
	opOnce  // run its body at most once, everyone else waits
	opDefer
	opLoop
	opBranch // one of alts
	opReturn
	opPanic
	opBreak
	opContinue
)

// An op is one step of a trace.
type op struct {
	kind opKind
	pos  token.Pos
	end  token.Pos
	at   place // of read, write, declare, locks and channels; root nil: unknown

	how    change // of a write
	src    string // of a write: the statement or expression in short
	closes bool   // of a release: the channel is closed
	pseudo bool   // of an acquire or release: only if the channel serves as a lock
	plain  bool   // of a sync or call: it is given nothing to wait with; of a lock: it may be a reader's
	atomic bool   // of an acquire or release: it is an atomic variable
	wide   bool   // of an acquire or release: it lets several in at a time

	body  []op   // of loop, once, defer
	alts  [][]op // of branch
	once  bool   // of a branch: a condition that holds once in a loop
	stops bool   // of a branch: break leaves it
	twice bool   // of a loop: it may run more than once
	ends  bool   // of a loop: it may end without break
	label string // of loop, branch, break, continue

	key  string // of call, spawn: the function of the session
	fn   *trace // or the literal
	via  *variable
	args []arg
}

// A change is the kind of a write, for the advice about it.
type change uint8

const (
	replace change = iota
	count          // x++, x += y
	grow           // x = append(x, y)
	mapWrite
	mutate // a method of a type that isn't made for several goroutines
)

// An arg is what a parameter is bound to.
type arg struct {
	at   place // root nil: nothing that the callee could change
	addr bool  // its address
	fn   *trace
	key  string
}
