package code

import (
	"encoding/binary"
	"errors"

	"github.com/goherd/goherd/kernel/interp/link"
)

// version is the first byte of an encoded program.
const version = 2

// Encode writes p as bytes that Decode reads.
func (p *Program) Encode() []byte {
	e := &encoder{b: []byte{version}}
	e.int(len(p.Types))
	for i := range p.Types {
		e.typ(&p.Types[i])
	}
	e.int(len(p.Globals))
	for _, g := range p.Globals {
		e.int(int(g.ID))
		e.str(g.Name)
		e.int(int(g.Type))
		e.int(int(g.Init))
		e.bool(g.Done)
	}
	e.int(len(p.Funcs))
	for i := range p.Funcs {
		e.fn(&p.Funcs[i])
	}
	e.int(int(p.Entry))
	e.int(len(p.Effects))
	for _, id := range p.Effects {
		e.int(int(id))
	}
	return e.b
}

// Encode writes f as bytes that are the same for the same function.
func (f *Func) Encode() []byte {
	e := &encoder{b: []byte{version}}
	e.fn(f)
	return e.b
}

type encoder struct {
	b   []byte
	pos link.Pos // the last one
}

func (e *encoder) int(n int) { e.b = binary.AppendVarint(e.b, int64(n)) }

func (e *encoder) str(s string) {
	e.int(len(s))
	e.b = append(e.b, s...)
}

func (e *encoder) bool(v bool) {
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) ids(ids []TypeID) {
	e.int(len(ids))
	for _, id := range ids {
		e.int(int(id))
	}
}

// place writes a position as the distance from the one before: mostly a byte or two.
func (e *encoder) place(p link.Pos) {
	e.b = binary.AppendVarint(e.b, int64(p-e.pos))
	e.pos = p
}

func (e *encoder) typ(t *Type) {
	e.int(int(t.ID))
	e.int(int(t.Kind))
	e.str(t.Name)
	e.str(t.Path)
	e.str(t.PkgName)
	e.bool(t.Compiled)
	e.int(int(t.Elem))
	e.int(int(t.Key))
	e.int(int(t.Len))
	e.int(t.Dir)
	e.int(len(t.Fields))
	for _, f := range t.Fields {
		e.str(f.Name)
		e.str(f.Path)
		e.int(int(f.Type))
		e.str(f.Tag)
		e.bool(f.Embedded)
	}
	e.ids(t.In)
	e.ids(t.Out)
	e.bool(t.Variadic)
	e.int(len(t.Methods))
	for _, m := range t.Methods {
		e.str(m.Name)
		e.str(m.Path)
		e.int(int(m.Sig))
		e.int(int(m.Func))
		e.bool(m.Pointer)
	}
}

func (e *encoder) fn(f *Func) {
	e.int(int(f.ID))
	e.str(f.Name)
	e.place(f.Pos)
	e.int(int(f.Sig))
	e.ids(f.Slots)
	e.int(f.NumIn)
	e.int(f.NumOut)
	e.int(len(f.Cells))
	for _, c := range f.Cells {
		e.int(c)
	}
	e.int(len(f.Captured))
	for _, c := range f.Captured {
		e.str(c.Name)
		e.int(int(c.Type))
	}
	e.int(int(f.Flags))
	e.node(f.Body)
}

// What of a node is written.
const (
	hasType = 1 << iota
	hasPos
	hasA
	hasB
	hasS
	hasInts
	hasKids
)

func (e *encoder) node(n *Node) {
	if n == nil {
		e.b = append(e.b, byte(Bad))
		return
	}
	var has byte
	set := func(bit byte, on bool) {
		if on {
			has |= bit
		}
	}
	set(hasType, n.Type != 0)
	set(hasPos, n.Pos != 0)
	set(hasA, n.A != 0)
	set(hasB, n.B != 0)
	set(hasS, n.S != "")
	set(hasInts, len(n.Ints) > 0)
	set(hasKids, len(n.Kids) > 0)
	e.b = append(e.b, byte(n.Op), has)
	if has&hasType != 0 {
		e.int(int(n.Type))
	}
	if has&hasPos != 0 {
		e.place(n.Pos)
	}
	if has&hasA != 0 {
		e.b = binary.AppendVarint(e.b, n.A)
	}
	if has&hasB != 0 {
		e.b = binary.AppendVarint(e.b, n.B)
	}
	if has&hasS != 0 {
		e.str(n.S)
	}
	if has&hasInts != 0 {
		e.int(len(n.Ints))
		for _, v := range n.Ints {
			e.b = binary.AppendVarint(e.b, v)
		}
	}
	if has&hasKids != 0 {
		e.int(len(n.Kids))
		for _, k := range n.Kids {
			e.node(k)
		}
	}
}

// Decode reads what Encode wrote.
func Decode(b []byte) (p *Program, err error) {
	defer func() {
		if v := recover(); v != nil {
			if v != errShort {
				panic(v)
			}
			p, err = nil, errShort
		}
	}()
	if len(b) == 0 || b[0] != version {
		return nil, errors.New("code: not a program of this version")
	}
	d := &decoder{b: b[1:]}
	p = &Program{}
	p.Types = make([]Type, d.count())
	for i := range p.Types {
		d.typ(&p.Types[i])
	}
	p.Globals = make([]Global, d.count())
	for i := range p.Globals {
		p.Globals[i] = Global{GlobalID(d.int()), d.str(), TypeID(d.int()), FuncID(d.int()), d.bool()}
	}
	p.Funcs = make([]Func, d.count())
	for i := range p.Funcs {
		d.fn(&p.Funcs[i])
	}
	p.Entry = FuncID(d.int())
	if n := d.count(); n > 0 {
		p.Effects = make([]FuncID, n)
	}
	for i := range p.Effects {
		p.Effects[i] = FuncID(d.int())
	}
	if len(d.b) > 0 {
		return nil, errShort
	}
	return p, nil
}

var errShort = errors.New("code: damaged program")

type decoder struct {
	b   []byte
	pos link.Pos
}

func (d *decoder) int64() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		panic(errShort)
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int { return int(d.int64()) }

// count returns a number of things that follow, of a byte at least each.
func (d *decoder) count() int {
	n := d.int()
	if n < 0 || n > len(d.b) {
		panic(errShort)
	}
	return n
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		panic(errShort)
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) str() string {
	n := d.count()
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) bool() bool { return d.byte() != 0 }

func (d *decoder) ids() []TypeID {
	n := d.count()
	if n == 0 {
		return nil
	}
	out := make([]TypeID, n)
	for i := range out {
		out[i] = TypeID(d.int())
	}
	return out
}

func (d *decoder) place() link.Pos {
	d.pos += link.Pos(d.int64())
	return d.pos
}

func (d *decoder) typ(t *Type) {
	*t = Type{
		ID: TypeID(d.int()), Kind: Kind(d.int()), Name: d.str(), Path: d.str(), PkgName: d.str(), Compiled: d.bool(),
		Elem: TypeID(d.int()), Key: TypeID(d.int()), Len: d.int64(), Dir: d.int(),
	}
	if n := d.count(); n > 0 {
		t.Fields = make([]Field, n)
	}
	for i := range t.Fields {
		t.Fields[i] = Field{d.str(), d.str(), TypeID(d.int()), d.str(), d.bool()}
	}
	t.In, t.Out, t.Variadic = d.ids(), d.ids(), d.bool()
	if n := d.count(); n > 0 {
		t.Methods = make([]Method, n)
	}
	for i := range t.Methods {
		t.Methods[i] = Method{d.str(), d.str(), TypeID(d.int()), FuncID(d.int()), d.bool()}
	}
}

func (d *decoder) fn(f *Func) {
	*f = Func{ID: FuncID(d.int()), Name: d.str(), Pos: d.place(), Sig: TypeID(d.int()), Slots: d.ids(), NumIn: d.int(), NumOut: d.int()}
	if n := d.count(); n > 0 {
		f.Cells = make([]int, n)
	}
	for i := range f.Cells {
		f.Cells[i] = d.int()
	}
	if n := d.count(); n > 0 {
		f.Captured = make([]Captured, n)
	}
	for i := range f.Captured {
		f.Captured[i] = Captured{d.str(), TypeID(d.int())}
	}
	f.Flags = Flags(d.int())
	f.Body = d.node()
}

func (d *decoder) node() *Node {
	op := Op(d.byte())
	if op == Bad {
		return nil
	}
	n := &Node{Op: op}
	has := d.byte()
	if has&hasType != 0 {
		n.Type = TypeID(d.int())
	}
	if has&hasPos != 0 {
		n.Pos = d.place()
	}
	if has&hasA != 0 {
		n.A = d.int64()
	}
	if has&hasB != 0 {
		n.B = d.int64()
	}
	if has&hasS != 0 {
		n.S = d.str()
	}
	if has&hasInts != 0 {
		n.Ints = make([]int64, d.count())
		for i := range n.Ints {
			n.Ints[i] = d.int64()
		}
	}
	if has&hasKids != 0 {
		n.Kids = make([]*Node, d.count())
		for i := range n.Kids {
			n.Kids[i] = d.node()
		}
	}
	return n
}
