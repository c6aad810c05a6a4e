package engine

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/goherd/goherd/kernel/interp/rtype"
)

// An invoker calls the compiled func value fv with arguments and results in a block of its signature. recv
// is the first word that it is given, before the arguments, if the invoker was made for that.
type invoker func(fv, recv, block unsafe.Pointer)

// invoker returns what calls compiled functions of a signature; first says that a data word goes before the arguments.
func (e *Engine) invoker(s *signature, first bool) invoker {
	i := 0
	if first {
		i = 1
	}
	if s.invoke[i] == nil {
		s.invoke[i] = fastInvoker(s, first)
	}
	if s.invoke[i] == nil {
		s.invoke[i] = slowInvoker(s, first)
	}
	return s.invoke[i]
}

// fastInvoker returns nil if a function of the signature can't be called without reflection.
func fastInvoker(s *signature, first bool) invoker {
	_, in, ok := words(types(s.in))
	if !ok {
		return nil
	}
	pattern, out, ok := words(types(s.out))
	if !ok {
		return nil
	}
	mk := invokers()[pattern]
	if mk == nil {
		return nil
	}
	p := &passing{out: out, outOff: s.outOff}
	for _, m := range in {
		if m.kind >= float4 {
			p.floats = append(p.floats, s.inOff[m.item]+m.off)
		} else {
			p.ints = append(p.ints, s.inOff[m.item]+m.off)
		}
	}
	if first && len(p.ints) == maxInts {
		return nil
	}
	return mk(p, first)
}

// slowInvoker calls with reflection.
func slowInvoker(s *signature, first bool) invoker {
	rt := s.rt
	if first {
		in := []reflect.Type{reflect.TypeFor[unsafe.Pointer]()}
		rt = reflect.FuncOf(append(in, types(s.in)...), types(s.out), rt.IsVariadic())
	}
	return func(fv, recv, block unsafe.Pointer) {
		touch(fv)
		f := reflect.NewAt(rt, unsafe.Pointer(&fv)).Elem()
		args := make([]reflect.Value, 0, rt.NumIn())
		if first {
			args = append(args, reflect.ValueOf(recv))
		}
		for i, t := range s.in {
			args = append(args, reflect.NewAt(t.rt, unsafe.Add(block, s.inOff[i])).Elem())
		}
		var out []reflect.Value
		if rt.IsVariadic() {
			out = f.CallSlice(args)
		} else {
			out = f.Call(args)
		}
		for i, v := range out {
			reflect.NewAt(s.out[i].rt, unsafe.Add(block, s.outOff[i])).Elem().Set(v)
		}
	}
}

// A passing says where in a block words come from and go to.
type passing struct {
	ints, floats []uintptr // offsets of arguments
	out          []move
	outOff       []uintptr
}

// together returns the offset in a block where the results are one struct of
// their words, or 0.
func (p *passing) together() uintptr {
	for i, m := range p.out {
		if at := p.outOff[m.item] + m.off; at != p.outOff[0]+uintptr(i)*8 || at%8 != 0 {
			return 0
		}
	}
	if len(p.out) == 0 {
		return 0
	}
	return p.outOff[0]
}

// store stores results that r points to.
func (p *passing) store(block, r unsafe.Pointer) {
	for i := range p.out {
		m := &p.out[i]
		m.copy(unsafe.Add(block, p.outOff[m.item]+m.off), unsafe.Add(r, m.reg))
	}
}

// arg reads a word of an argument. The block keeps alive what it points to.
func arg(block unsafe.Pointer, off uintptr) uint64 { return *(*uint64)(unsafe.Add(block, off)) }

// makeInvoker makes an invoker for results of the words R. More registers may be set than a
// function reads.
func makeInvoker[R any](p *passing, first bool) invoker {
	var i [maxInts]uintptr
	var d [maxFloats]uintptr
	copy(i[:], p.ints)
	copy(d[:], p.floats)
	out := p.together()
	done := func(block unsafe.Pointer, r *R) {
		if out != 0 {
			*(*R)(unsafe.Add(block, out)) = *r
		} else {
			p.store(block, unsafe.Pointer(r))
		}
	}
	type w = uint64
	switch {
	case first && len(p.ints) <= 3 && len(p.floats) == 0:
		i0, i1, i2 := i[0], i[1], i[2]
		return func(fv, recv, b unsafe.Pointer) {
			r := (*(*func(unsafe.Pointer, w, w, w) R)(unsafe.Pointer(&fv)))(recv, arg(b, i0), arg(b, i1), arg(b, i2))
			done(b, &r)
		}
	case first:
		return func(fv, recv, b unsafe.Pointer) {
			f := *(*func(unsafe.Pointer, w, w, w, w, w, w, w, w, float64, float64, float64, float64) R)(unsafe.Pointer(&fv))
			r := f(recv, arg(b, i[0]), arg(b, i[1]), arg(b, i[2]), arg(b, i[3]), arg(b, i[4]), arg(b, i[5]), arg(b, i[6]), arg(b, i[7]),
				floatArg(b, d[0]), floatArg(b, d[1]), floatArg(b, d[2]), floatArg(b, d[3]))
			done(b, &r)
		}
	case len(p.ints) <= 3 && len(p.floats) == 0:
		i0, i1, i2 := i[0], i[1], i[2]
		return func(fv, _, b unsafe.Pointer) {
			r := (*(*func(w, w, w) R)(unsafe.Pointer(&fv)))(arg(b, i0), arg(b, i1), arg(b, i2))
			done(b, &r)
		}
	}
	return func(fv, _, b unsafe.Pointer) {
		f := *(*func(w, w, w, w, w, w, w, w, w, float64, float64, float64, float64) R)(unsafe.Pointer(&fv))
		r := f(arg(b, i[0]), arg(b, i[1]), arg(b, i[2]), arg(b, i[3]), arg(b, i[4]), arg(b, i[5]), arg(b, i[6]), arg(b, i[7]), arg(b, i[8]),
			floatArg(b, d[0]), floatArg(b, d[1]), floatArg(b, d[2]), floatArg(b, d[3]))
		done(b, &r)
	}
}

func floatArg(block unsafe.Pointer, off uintptr) float64 { return *(*float64)(unsafe.Add(block, off)) }

// invokers has what makes an invoker for results of a pattern.
var invokers = sync.OnceValue(func() map[string]func(*passing, bool) invoker {
	type (
		p = wordP
		w = wordW
		d = wordD
	)
	return map[string]func(*passing, bool) invoker{
		"":      makeInvoker[words0],
		"W":     makeInvoker[w],
		"P":     makeInvoker[p],
		"D":     makeInvoker[d],
		"WW":    makeInvoker[words2[w, w]],
		"WP":    makeInvoker[words2[w, p]],
		"PW":    makeInvoker[words2[p, w]],
		"PP":    makeInvoker[words2[p, p]],
		"WD":    makeInvoker[words2[w, d]],
		"DD":    makeInvoker[words2[d, d]],
		"PWW":   makeInvoker[words3[p, w, w]],
		"PWP":   makeInvoker[words3[p, w, p]],
		"PPW":   makeInvoker[words3[p, p, w]],
		"PPP":   makeInvoker[words3[p, p, p]],
		"PPD":   makeInvoker[words3[p, p, d]],
		"WPP":   makeInvoker[words3[w, p, p]],
		"WWP":   makeInvoker[words3[w, w, p]],
		"WWW":   makeInvoker[words3[w, w, w]],
		"PWPW":  makeInvoker[words4[p, w, p, w]],
		"PWPP":  makeInvoker[words4[p, w, p, p]],
		"PPPP":  makeInvoker[words4[p, p, p, p]],
		"WWPP":  makeInvoker[words4[w, w, p, p]],
		"PWPWW": makeInvoker[words5[p, w, p, w, w]],
		"PWWPP": makeInvoker[words5[p, w, w, p, p]],
		"WWPPP": makeInvoker[words5[w, w, p, p, p]],
		"PWWPWWW": makeInvoker[struct {
			a p
			b words2[w, w]
			c p
			d words3[w, w, w]
		}],
	}
})

func types(ts []*typ) []reflect.Type {
	out := make([]reflect.Type, len(ts))
	for i, t := range ts {
		out[i] = t.rt
	}
	return out
}

// block returns memory for arguments and results of a call of compiled code.
func (th *Thread) block(s *signature) *frame {
	if s.index < len(th.free) {
		if b := th.free[s.index]; b != nil {
			th.free[s.index] = b.caller
			return b
		}
	}
	return (*frame)(newObject(s.block))
}

// unblock gives a block back.
func (th *Thread) unblock(s *signature, b *frame) {
	if s.clear {
		clearMemory(s.block, unsafe.Add(unsafe.Pointer(b), headerSize), headerSize, s.size-headerSize)
	}
	th.keep(s.index, b)
}

// arrange gives the signature its block. A word more than the values need is at its end: words are read as
// eight bytes where a value has fewer.
func (s *signature) arrange(slots []*typ, index int) {
	pad := &typ{rt: reflect.TypeFor[uint64]()}
	rt, offs := frameOf(append(slots[:len(slots):len(slots)], pad))
	s.inOff, s.outOff = offs[:len(s.in)], offs[len(s.in):len(slots)]
	s.block, s.size, s.index = rtype.Ptr(rt), rt.Size(), index
	for _, t := range slots {
		s.clear = s.clear || pointers(t.rt)
	}
}
