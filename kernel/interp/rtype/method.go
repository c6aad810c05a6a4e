package rtype

import (
	"reflect"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/code"
)

// Code can't be made at run time, so there are stubs: pieces of assembly, each of which
// calls the func value in its entry of stubTable (stub_*.s). A method of a type made here
// is a stub, and its arguments, wherever they are, go unseen through it.

// stubTable has the func values that the stubs call.
var stubTable [stubCount]unsafe.Pointer

// stubCount is what a few big packages of modules need: some have several thousand methods.
const stubCount = 65536

// nextStub is the first that isn't used; under adding.
var nextStub int

// stubs is the first stub; the others follow. It isn't called from Go.
//
//lint:ignore U1000 assembly refers to it
func stubs()

// firstStub returns the address of stubs.
func firstStub() unsafe.Pointer

func stubCode(slot int) unsafe.Pointer {
	return unsafe.Add(firstStub(), slot*stubSize)
}

// A slotKey says what a stub is for. All versions of a type share it: a value of an old
// version runs the code of the newest.
type slotKey struct {
	id         code.TypeID
	name, path string
	sig        code.TypeID
	pointer    bool // the method needs a pointer
	use        slotUse
}

type slotUse uint8

const (
	byPointer slotUse = iota // the receiver is *T
	byValue                  // the receiver is T
	byWord                   // the receiver is T, in the data word of an interface
)

// A slotFill is a stub that must get its func value.
type slotFill struct {
	slot int
	m    code.Method
	recv reflect.Type
	typ  reflect.Type
	word bool
}

// methods gives a type, and the pointer to it, methods.
func (b *builder) methods(o *object) {
	direct := o.typ.tflag&flagDirect != 0
	own, all := o.typ.uncommon().methods(), o.ptr.uncommon().methods()
	next := 0
	for i, m := range o.all {
		sig := b.desc(m.Sig)
		common := method{
			name: methodName(m),
			typ:  addReflectOff(unsafe.Pointer(b.resolve(m.Sig))),
		}
		common.ifn = b.stub(o, m, sig, byPointer)
		common.tfn = common.ifn
		all[i] = common
		if m.Pointer {
			continue
		}
		if direct {
			// The value is the word.
			common.ifn = b.stub(o, m, sig, byWord)
			common.tfn = common.ifn
		} else {
			// The word is a pointer: ifn is what the pointer's method is.
			common.tfn = b.stub(o, m, sig, byValue)
		}
		own[next] = common
		next++
	}
}

// stub returns the number of a method's code.
func (b *builder) stub(o *object, m code.Method, sig *code.Type, use slotUse) int32 {
	k := slotKey{o.desc.ID, m.Name, m.Path, m.Sig, m.Pointer, use}
	slot, ok := b.t.slots[k]
	if !ok {
		slot = b.next
		b.next++
		if slot >= stubCount {
			return 0 // build fails
		}
		b.slots[k] = slot
	}
	f := slotFill{slot: slot, m: m, recv: o.typ.reflect(), word: use == byWord}
	first := f.recv
	switch use {
	case byPointer:
		f.recv = o.ptr.reflect()
		first = f.recv
	case byWord:
		first = reflect.TypeFor[unsafe.Pointer]()
	}
	f.typ = b.funcOf(first, sig)
	b.fills = append(b.fills, f)
	return addReflectOff(stubCode(slot))
}
