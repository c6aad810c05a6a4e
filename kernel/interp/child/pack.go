package child

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/goherd/goherd/kernel/interp/code"
	"github.com/goherd/goherd/kernel/interp/engine"
	"github.com/goherd/goherd/kernel/interp/link"
	"github.com/goherd/goherd/runtime/core"
	"github.com/goherd/goherd/runtime/ship"
)

// Pack makes f ready for another process: the part of the program that it needs, and its value with those of the
// session variables that it uses.
func (h runtimeHost) Pack(f reflect.Value) (*core.Packed, error) { return h.s.pack(f, false) }

// PackInit is Pack for a function that makes a worker ready.
func (h runtimeHost) PackInit(f reflect.Value) (*core.Packed, error) { return h.s.pack(f, true) }

func (s *session) pack(f reflect.Value, init bool) (*core.Packed, error) {
	fn, err := s.engine.TakeApart(f)
	if err != nil {
		return nil, err
	}
	user := s.userFunc(fn)
	out := &core.Packed{Name: funcName(user.Name), Place: s.place(user.Pos)}
	p := &packing{s: s, value: f.Interface(), init: init, funcs: s.funcsIn(fn, nil)}
	if err := p.run(); err != nil {
		var waiting *ship.Waiting
		if errors.As(err, &waiting) {
			out.Waits = waiting.On
			return out, nil
		}
		return nil, cantTravel(out, err)
	}
	out.ID, out.Program, out.Func = p.part.ID, p.part.Encoded, p.enc
	out.Func.Data = append(p.header(), p.enc.Data...)
	out.Lost = p.lost(out)
	return out, nil
}

// Portable implements core.Porter.
func (h runtimeHost) Portable(f reflect.Value) bool {
	fn, err := h.s.engine.TakeApart(f)
	if err != nil {
		return false
	}
	funcs := h.s.funcsIn(fn, nil)
	part, err := h.s.engine.Part(funcs, nil)
	if err != nil || len(part.Globals) > 0 {
		return false
	}
	for _, id := range funcs {
		_, _, captured, _ := h.s.engine.Describe(id)
		if slices.ContainsFunc(captured, func(v engine.Variable) bool { return v.Written }) {
			return false
		}
	}
	return true
}

// Around implements core.Porter.
func (h runtimeHost) Around() int {
	_, version := h.s.surroundings()
	return version
}

// A packing is what Pack is at.
type packing struct {
	s     *session
	value any // the func value
	init  bool
	funcs []code.FuncID
	types []code.TypeID

	part *engine.Part
	enc  ship.Encoded
}

// run writes the function and the variables that it uses. What is in these may need more of the program, which
// may use more variables.
func (p *packing) run() error {
	for {
		part, err := p.s.engine.Part(p.funcs, p.types)
		if err != nil {
			return err
		}
		if p.part != nil && len(part.Globals) == len(p.part.Globals) {
			p.part = part
			return nil
		}
		p.part = part
		vars := make([]ship.Variable, 1, 1+len(part.Globals))
		vars[0].Value = reflect.ValueOf(&p.value).Elem()
		for _, g := range part.Globals {
			vars = append(vars, ship.Variable{Name: g.Name, Value: g.Value})
		}
		if p.enc, err = p.s.packer.EncodeAll(vars...); err != nil {
			return err
		}
		n := len(p.funcs) + len(p.types)
		for _, id := range p.enc.Funcs {
			if !slices.Contains(p.funcs, code.FuncID(id)) {
				p.funcs = append(p.funcs, code.FuncID(id))
			}
		}
		for _, id := range p.enc.Types {
			if !slices.Contains(p.types, code.TypeID(id)) {
				p.types = append(p.types, code.TypeID(id))
			}
		}
		if len(p.funcs)+len(p.types) == n {
			return nil
		}
	}
}

// surroundings returns what around is, for functions that are sent.
func (s *session) surroundings() ([]byte, int) {
	if s.worker != nil {
		return s.around.told()
	}
	return s.around.look()
}

// header says which variables the values belong to, the names of the cells that the functions stand in, and where they run.
func (p *packing) header() []byte {
	b := binary.AppendUvarint(nil, uint64(len(p.part.Globals)))
	for _, g := range p.part.Globals {
		v := uint64(g.ID) << 1
		if p.init && g.Written {
			v |= 1
		}
		b = binary.AppendUvarint(b, v)
	}
	names := p.s.cellsOf(p.part.Serials)
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, serial := range slices.Sorted(maps.Keys(names)) {
		name := names[serial]
		b = binary.AppendUvarint(b, uint64(serial))
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	around, _ := p.s.surroundings()
	b = binary.AppendUvarint(b, uint64(len(around)))
	return append(b, around...)
}

// A packedHeader is what header wrote.
type packedHeader struct {
	globals []code.GlobalID
	keep    []code.GlobalID // those of them that stay in the worker as the function leaves them
	cells   map[int]string
	around  []byte
}

var errHeader = errors.New("a function came damaged")

func readHeader(b []byte) (h packedHeader, rest []byte, err error) {
	next := func() int {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > 1<<32 {
			err = errHeader
			return 0
		}
		b = b[n:]
		return int(v)
	}
	for n := next(); n > 0 && err == nil; n-- {
		v := next()
		h.globals = append(h.globals, code.GlobalID(v>>1))
		if v&1 != 0 {
			h.keep = append(h.keep, code.GlobalID(v>>1))
		}
	}
	h.cells = map[int]string{}
	for n := next(); n > 0 && err == nil; n-- {
		serial, size := next(), next()
		if err == nil && size > len(b) {
			err = errHeader
		}
		if err == nil {
			h.cells[serial], b = string(b[:size]), b[size:]
		}
	}
	size := next()
	if err == nil && size > len(b) {
		err = errHeader
	}
	if err == nil {
		h.around, b = b[:size], b[size:]
	}
	return h, b, err
}

// lost returns the variables that the functions change.
func (p *packing) lost(of *core.Packed) (out []core.Variable) {
	add := func(v engine.Variable, place string) {
		w := core.Variable{Name: v.Name, Type: v.Value.Type().String(), Place: place}
		if v.Written && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	for _, id := range p.funcs {
		_, pos, captured, ok := p.s.engine.Describe(id)
		if place := p.s.place(pos); ok && place != "" { // of a cell
			for _, v := range captured {
				add(v, place)
			}
		}
	}
	for _, g := range p.part.Globals {
		if !p.init {
			add(g.Variable, of.Place)
		}
	}
	return out
}

// funcsIn returns the functions in a func value: itself and those in variables that it captures.
func (s *session) funcsIn(fn *engine.Func, seen []code.FuncID) []code.FuncID {
	if slices.Contains(seen, fn.ID) {
		return seen
	}
	seen = append(seen, fn.ID)
	for _, v := range fn.Captured {
		if v.Value.Kind() != reflect.Func || v.Value.IsNil() {
			continue
		}
		if inner, err := s.engine.TakeApart(v.Value); err == nil {
			seen = s.funcsIn(inner, seen)
		}
	}
	return seen
}

// userFunc returns the function of the user that a func value of a package of ours calls: one that it captures. It is fn itself if that
// stands in a cell.
func (s *session) userFunc(fn *engine.Func) *engine.Func {
	if s.place(fn.Pos) != "" {
		return fn
	}
	for _, v := range fn.Captured {
		if v.Value.Kind() != reflect.Func || v.Value.IsNil() {
			continue
		}
		inner, err := s.engine.TakeApart(v.Value)
		if err != nil || inner.ID == fn.ID {
			continue
		}
		if u := s.userFunc(inner); s.place(u.Pos) != "" {
			return u
		}
	}
	return fn
}

// cantTravel says which function something belongs to that can't travel, if that isn't the one that was to be packed.
func cantTravel(of *core.Packed, err error) error {
	var e *ship.Error
	if errors.As(err, &e) && e.Func != "" && e.Place != "" && e.Place != of.Place {
		return fmt.Errorf("in %s (%s), which it uses, %w", e.Func, e.Place, err)
	}
	return err
}

// place writes a position for the user, "" if it is in no cell.
func (s *session) place(pos link.Pos) string {
	s.mu.Lock()
	name := s.cells[pos.Serial()]
	s.mu.Unlock()
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%s, line %d", name, pos.Line())
}

// cellsOf returns the names of cells.
func (s *session) cellsOf(serials []int) map[int]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[int]string{}
	for _, n := range serials {
		if name := s.cells[n]; name != "" {
			out[n] = name
		}
	}
	return out
}

// nameCells remembers the names of cells.
func (s *session) nameCells(names map[int]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, name := range names {
		s.cells[n] = name
	}
}
