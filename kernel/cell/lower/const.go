package lower

import (
	"go/constant"
	"go/token"
	"go/types"
	"math"

	"github.com/goherd/goherd/kernel/interp/code"
)

// constant is a constant value of type t; if that is an interface type, of its default type in
// the interface.
func (f *fn) constant(v constant.Value, t types.Type, pos token.Pos) *code.Node {
	if types.IsInterface(t) {
		d := defaultType(v)
		return f.node(code.ToIface, t, pos, f.constant(v, d, pos))
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		f.fail(pos, "lowering: a constant of type %s", t)
	}
	n := &code.Node{Op: code.Const, Type: f.tid(t), Pos: f.pos(pos)}
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		if constant.BoolVal(v) {
			n.A = 1
		}
	case info&types.IsString != 0:
		if v.Kind() == constant.Int { // a conversion
			n.S = runeText(v)
		} else {
			n.S = constant.StringVal(v)
		}
	case info&types.IsInteger != 0:
		n.A = f.integer(v, b, pos)
	case info&types.IsFloat != 0:
		n.A = floatBits(constant.ToFloat(v), b.Kind() == types.Float32)
	case info&types.IsComplex != 0:
		c := constant.ToComplex(v)
		single := b.Kind() == types.Complex64
		n.A = floatBits(constant.Real(c), single)
		n.B = floatBits(constant.Imag(c), single)
	case b.Kind() == types.UnsafePointer: // unsafe.Pointer(uintptr) of a constant
		return f.node(code.Convert, t, pos, f.constant(v, types.Typ[types.Uintptr], pos))
	default:
		f.fail(pos, "lowering: a constant of type %s", t)
	}
	return n
}

// integer returns the bits of an integer as those of an int64.
func (f *fn) integer(v constant.Value, b *types.Basic, pos token.Pos) int64 {
	v = constant.ToInt(v)
	if b.Info()&types.IsUnsigned != 0 {
		if u, ok := constant.Uint64Val(v); ok {
			return int64(u)
		}
	} else if i, ok := constant.Int64Val(v); ok {
		return i
	}
	f.fail(pos, "cannot use %s as a value of type %s", v, b)
	return 0
}

// floatBits returns the bits of a constant as a float64, rounded to a float32 if single.
func floatBits(v constant.Value, single bool) int64 {
	v = constant.ToFloat(v)
	if single {
		x, _ := constant.Float32Val(v)
		return int64(math.Float64bits(float64(x)))
	}
	x, _ := constant.Float64Val(v)
	return int64(math.Float64bits(x))
}

// runeText is the string of a code point.
func runeText(v constant.Value) string {
	if i, ok := constant.Int64Val(v); ok && i >= 0 && i <= 0x10ffff {
		return string(rune(i))
	}
	return "\uFFFD"
}

// defaultType is the type of an untyped constant.
func defaultType(v constant.Value) types.Type {
	switch v.Kind() {
	case constant.Bool:
		return types.Typ[types.Bool]
	case constant.String:
		return types.Typ[types.String]
	case constant.Int:
		return types.Typ[types.Int]
	case constant.Float:
		return types.Typ[types.Float64]
	}
	return types.Typ[types.Complex128]
}

// intConst is a constant int.
func (f *fn) intConst(i int64) *code.Node {
	return &code.Node{Op: code.Const, Type: f.tid(types.Typ[types.Int]), A: i}
}

// boolConst is a constant bool.
func (f *fn) boolConst(v bool) *code.Node {
	n := &code.Node{Op: code.Const, Type: f.tid(types.Typ[types.Bool])}
	if v {
		n.A = 1
	}
	return n
}

// one is the constant 1 of a type of numbers.
func (f *fn) one(t types.Type, pos token.Pos) *code.Node {
	return f.constant(constant.MakeInt64(1), t, pos)
}
